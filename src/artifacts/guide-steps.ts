/**
 * The guide's steps: from bare nodes to a checked run. The Python in it is for any program built on torch.distributed; its
 * groups were compared with the placement on every rank of a strategy with all axes above 1, under PyTorch 2.13 and its
 * fake process group.
 */
import type { FeasiblePlan } from '../http/schemas/answer.ts';
import { localGpus, ranges } from './guide-layout.ts';
import { mixerSlice, slice } from './guide-mixers.ts';
import { bytes, count, duration, list, percent, plural } from './markdown.ts';
import { sequencesOf } from './placement-pages.ts';
import type { PlacementSummary } from './placement-summary.ts';

export function startStep(plan: FeasiblePlan, summary: PlacementSummary): string {
  const [run] = summary.nodes;
  const nodes = summary.nodes.reduce((sum, { nodes }) => sum + nodes, 0);
  const alike = summary.nodes.length === 1;
  const gpus = run ? localGpus(plan, run) : [];
  const holes = gpus.some((gpu, j) => gpu !== j);
  const where =
    nodes === 1 ? '' : ` --nnodes ${nodes} --node-rank "$NODE_RANK" --master-addr "$FIRST_NODE" --master-port 29500`;
  const visible = holes ? `CUDA_VISIBLE_DEVICES=${gpus.join(',')} ` : '';
  const lines = [
    nodes === 1
      ? 'One process per GPU:'
      : 'One process per GPU, and on every node the same command. `NODE_RANK` counts the nodes in the order of the map above: neighbours there must be neighbours here, since groups were laid out by it.',
    '',
    '```bash',
    `${visible}torchrun${where} --nproc-per-node ${run?.ranksPerNode ?? 1} main.py`,
    '```',
  ];
  if (!alike) lines.push('', 'Nodes differ in their number of ranks: give each the number of its row in the map.');
  if (holes)
    lines.push(
      '',
      `Only GPUs ${ranges(gpus)} of a node have ranks: with the others a group would straddle two domains.`,
    );
  return lines.join('\n');
}

const attentionAxes = ['replica', 'pp', 'dp', 'cp', 'tp'] as const;
const expertAxes = ['replica', 'pp', 'edp', 'ep', 'etp'] as const;

export function groupsStep({ strategy, links }: FeasiblePlan): string {
  const degree = { ...strategy, replica: strategy.replicas };
  const shape = (axes: readonly (keyof typeof degree)[]) => `(${axes.map((axis) => degree[axis]).join(', ')})`;
  const names = (axes: readonly string[]) => `(${axes.map((axis) => `"${axis}"`).join(', ')})`;
  const moe = strategy.ep * strategy.etp > 1;
  const meshes = [
    `attention = init_device_mesh("cuda", ${shape(attentionAxes)}, mesh_dim_names=${names(attentionAxes)})`,
    ...(moe ? [`experts = init_device_mesh("cuda", ${shape(expertAxes)}, mesh_dim_names=${names(expertAxes)})`] : []),
  ];
  const checked = [
    ...['tp', 'cp', 'dp', 'pp'].map((k) => `"${k}": attention`),
    ...(moe ? ['ep', 'etp', 'edp'].map((k) => `"${k}": experts`) : []),
  ];
  return [
    `${moe ? 'Two meshes over the same ranks: attention and experts read one rank number in two ways.' : 'One mesh.'} Its last axis is the fastest, as in the numbering above. A group is \`attention.get_group("tp")\`${moe ? ', `experts.get_group("ep")`' : ''} and so on. The end of the program compares every group with the plan's placement, fetched from the service at \`$SHARDWELL\` before.`,
    '',
    '```bash',
    `curl -H 'Accept: application/x-ndjson' "$SHARDWELL${links.placement}" > placement.ndjson`,
    '```',
    '',
    '```python',
    'import json, os',
    'import torch, torch.distributed as dist',
    'from torch.distributed.device_mesh import init_device_mesh',
    '',
    'torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))',
    'dist.init_process_group("nccl")',
    `assert dist.get_world_size() == ${strategy.gpus}`,
    ...meshes,
    '',
    'with open("placement.ndjson") as lines:',
    '    row = next(r for r in map(json.loads, lines) if r["rank"] == dist.get_rank())',
    `for kind, mesh in {${checked.join(', ')}}.items():`,
    '    group = row["groups"][kind]',
    '    members = [group["first"] + j * group["stride"] for j in range(group["size"])]',
    '    assert dist.get_process_group_ranks(mesh.get_group(kind)) == members, kind',
    '```',
  ].join('\n');
}

/** Each kind once, in the order in which layers have them. */
function distinct<T>(values: readonly (T | undefined)[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()].flatMap((value) => value ?? []);
}

export function weightsStep({ strategy, resolved }: FeasiblePlan): string {
  const { tp, ep, etp, pp } = strategy;
  const { layers, vocabulary } = resolved.model;
  const items: string[] = [];
  if (pp > 1) items.push('Only the layers of its stage.');
  for (const mixer of distinct(layers.map((run) => run.mixer))) items.push(mixerSlice(mixer, tp));
  for (const { intermediateSize } of distinct(layers.map((run) => run.dense)))
    items.push(`Dense FFN: ${slice('inner columns', 'tp', intermediateSize / tp)} of ${count(intermediateSize)}.`);
  const moe = layers.find((run) => run.moe)?.moe;
  if (moe) {
    const shard =
      etp === 1
        ? 'whole'
        : `of each ${slice('the inner columns', 'etp', moe.intermediateSize / etp)} of ${count(moe.intermediateSize)}`;
    items.push(
      `Routed experts of each MoE layer: ${slice('experts', 'ep', moe.experts / ep)} of ${count(moe.experts)}, ${shard}.${ep === 1 ? '' : ` Expert e is on ep = ${moe.experts === ep ? 'e' : `⌊e / ${moe.experts / ep}⌋`}.`}`,
    );
    if (moe.sharedIntermediateSize > 0)
      items.push(
        `Shared experts: ${slice('inner columns', 'tp', moe.sharedIntermediateSize / tp)}; never split by ep.`,
      );
    items.push('Routers whole, on every rank.');
  }
  if (vocabulary?.perLayer)
    items.push(
      'Per-layer embeddings: their tables by rows like the embedding, with the layers of the stage; or on the host.',
    );
  items.push('Norms whole, on every rank.');
  if (vocabulary)
    items.push(
      `Embedding on the first stage and LM head on the last: ${slice('rows', 'tp', vocabulary.size / tp)} of ${count(vocabulary.size)}.`,
    );
  return `The numbers are a rank's coordinates. Read only the slice that the rank keeps: it may have no room for more.\n\n${list(items)}`;
}

export function feedStep({ strategy, resolved }: FeasiblePlan): string {
  const { batchSize, sequenceLength } = resolved.workload;
  const { cp, dp, pp, microBatchSize } = strategy;
  const first = sequencesOf({ batchSize, dp, position: 0 });
  const last = sequencesOf({ batchSize, dp, position: dp - 1 });
  const share =
    first.count === last.count
      ? count(first.count)
      : `${count(first.count)} (the first ${batchSize % dp}) or ${count(last.count)}`;
  const items = [
    `${count(batchSize)} sequences of ${count(sequenceLength)} tokens; each data-parallel rank takes ${share}, in order.`,
  ];
  if (cp > 1)
    items.push(
      `Each sequence is cut in ${2 * cp} equal chunks; a rank takes chunk cp and chunk ${2 * cp - 1} − cp, so that causal work is even.`,
    );
  if (pp > 1) items.push(`They pass the stages in micro-batches of ${plural(microBatchSize, 'sequence')}.`);
  return list(items);
}

export function checkStep({ estimate, strategy }: FeasiblePlan): string {
  const { memory, time, balance } = estimate;
  const items = [
    'The figures themselves: `python3 verify_strategy.py` beside `optimal_parallel_strategy.json` recomputes every one from the specs and exits 1 when one does not hold. It needs Python 3 and nothing else.',
    'The groups: the program above stops where one is not the plan’s.',
  ];
  if (memory.accounting === 'physical') {
    items.push(
      `Memory: \`torch.cuda.max_memory_allocated()\` after a step against ${bytes(memory.perGpu.totalBytes)}, which the plan gives rank ${count(memory.largestRank)}; no rank should need more. What the driver reports beyond that is the reserve.`,
    );
  }
  items.push(
    `Time: a step after warm-up against ${duration(time.stepMs)}, and each part against its row in the table of times. The part that is furthest off is the one to profile.`,
  );
  if (strategy.ep > 1 && balance.expectedRoutingImbalance > 1) {
    items.push(
      `Routing: the busiest rank of an EP group should receive about ${balance.expectedRoutingImbalance.toFixed(2)} times the mean, which is what uniform random routing gives. A real router is rarely uniform: the time of the experts and of their exchange grows with it.`,
    );
  }
  items.push(
    `Compute: ${percent(estimate.compute.utilizationPercent)} of the peak of ${count(estimate.compute.peakTflops)} TFLOP/s over a step is what the plan expects, no more.`,
  );
  return list(items);
}

export function watchStep({ estimate, strategy, resolved }: FeasiblePlan): string {
  const { freeBytes } = estimate.memory;
  const items = [
    `Allocated memory: ${bytes(freeBytes)} a GPU are free under the plan.`,
    ...(strategy.ep > 1 ? ['Tokens received per expert, max over mean: the experts of one busy rank delay all.'] : []),
    ...(estimate.communication.perCollective.some((use) => use.crossesNodes)
      ? [`Errors and retransmissions of ${resolved.cluster.interNode.name}: some collectives cross nodes.`]
      : []),
    'The slowest rank of a step: with balanced shares, one that is always last is a sick GPU or link.',
  ];
  return list(items);
}

export function againStep({ resolved, strategy }: FeasiblePlan): string {
  const { batchSize, sequenceLength } = resolved.workload;
  return list([
    `The batch or the length of its sequences leaves ${count(batchSize)} × ${count(sequenceLength)}: KV cache and activations grow with both, and another strategy may be faster well before this one no longer fits.`,
    `GPUs are added or lost: this plan needs exactly ${plural(strategy.gpus, 'GPU')}.`,
    'Measured times disagree with the table by more than the differences between the alternatives: correct the specification (peaks, bandwidths, latencies as measured) and plan with that.',
    'The model changes in shape or number format.',
  ]);
}
