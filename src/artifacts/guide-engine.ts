/**
 * A worker's degrees in the words of the engine that runs it. Options as read in vllm config/parallel.py @00193b82 and cache.py
 * @002f10e0 and v1/worker/gpu/pcp_manager.py @0036d38d, sglang server_args.py and its parallelism explainer @51907e21, tensorrt_llm llmapi/llm_args.py. They were not launched by us.
 */
import type { FeasibleServingPlan } from '../http/schemas/serving-answer.ts';
import type { Workers } from './served-workers.ts';

type Engine = FeasibleServingPlan['resolved']['engine'];

/** An option, its value, and what it does in this plan. */
export type OptionRow = readonly [option: string, value: string, meaning: string];

interface Told {
  readonly engine: Engine;
  readonly workers: Workers;
  /** Requests of one data-parallel rank. */
  readonly perRank: number;
  /** Whether the engine shares a sequence's cache out over cp ranks. */
  readonly sharesCache: boolean;
}

/** A limit on requests, where answers need one. A prefill worker reads one after another, and those that move on still count. */
function requestLimit({ role }: Workers, row: OptionRow): readonly OptionRow[] {
  return role === 'prefill' ? [] : [row];
}

function vllmOptions({ engine, workers, perRank, sharesCache }: Told): readonly OptionRow[] {
  const { tp, cp, pp, dp, ep, redundantExperts } = workers.strategy;
  const rows: OptionRow[] = [['--tensor-parallel-size', String(tp), 'attention by heads']];
  if (cp > 1) rows.push(['--prefill-context-parallel-size', String(cp), 'parts of a prompt']);
  if (cp > 1 && sharesCache) rows.push(['--decode-context-parallel-size', String(cp), 'parts of a sequence’s cache']);
  if (pp > 1) rows.push(['--pipeline-parallel-size', String(pp), 'layers in stages']);
  if (dp > 1) rows.push(['--data-parallel-size', String(dp), 'requests over attention ranks of one worker']);
  if (ep > 1) rows.push(['--enable-expert-parallel', '', `whole experts, over all ${ep} GPUs of a stage`]);
  if (redundantExperts > 0) {
    const config = `'{"num_redundant_experts":${redundantExperts}}'`;
    rows.push(['--enable-eplb --eplb-config', config, 'further copies of busy experts']);
  }
  rows.push(
    [
      '--gpu-memory-utilization',
      String(engine.memory.memoryFraction),
      'share of all memory for weights, steps and cache',
    ],
    ['--max-num-batched-tokens', String(engine.maxBatchTokens), 'tokens of a step, of each data-parallel rank'],
    ...requestLimit(workers, ['--max-num-seqs', String(perRank), 'requests at once, of each data-parallel rank']),
  );
  return rows;
}

function sglangOptions({ engine, workers, perRank }: Told): readonly OptionRow[] {
  const { tp, pp, dp, ep, etp, redundantExperts } = workers.strategy;
  const rows: OptionRow[] = [
    [
      '--tp-size',
      String(tp * dp),
      dp > 1 ? `all GPUs of a stage: attention takes ${tp} of them` : 'attention by heads',
    ],
  ];
  if (pp > 1) rows.push(['--pp-size', String(pp), 'layers in stages']);
  if (dp > 1) rows.push(['--enable-dp-attention --dp-size', String(dp), 'requests over attention ranks of one worker']);
  if (ep > 1) rows.push(['--ep-size', String(ep), `experts over ${ep} ranks, each of them on ${etp}`]);
  if (ep > 1 && etp > 1) rows.push(['--moe-a2a-backend', 'none', 'the others set ep to all GPUs of a stage']);
  if (ep > 1 && etp === 1 && engine.exchange === 'deepep' && dp > 1) {
    rows.push(['--moe-a2a-backend', 'deepep', 'how tokens reach their experts']);
  }
  if (redundantExperts > 0) {
    rows.push(['--enable-eplb --ep-num-redundant-experts', String(redundantExperts), 'further copies of busy experts']);
  }
  rows.push(
    ['--mem-fraction-static', String(engine.memory.memoryFraction), 'share of all memory for weights and cache'],
    ['--chunked-prefill-size', String(engine.maxBatchTokens * dp), 'prompt tokens of a step; divided by dp'],
    ...requestLimit(workers, [
      '--max-running-requests',
      String(perRank * dp),
      'requests of a worker at once; divided by dp',
    ]),
  );
  return rows;
}

function tensorRtOptions({ engine, workers, perRank }: Told): readonly OptionRow[] {
  const { tp, pp, dp, ep, etp, redundantExperts } = workers.strategy;
  const rows: OptionRow[] = [['tensor_parallel_size', String(tp * dp), 'all GPUs of a stage']];
  if (pp > 1) rows.push(['pipeline_parallel_size', String(pp), 'layers in stages']);
  if (dp > 1) rows.push(['enable_attention_dp', 'true', 'attention by requests, all or nothing']);
  if (ep * etp > 1) {
    rows.push(['moe_expert_parallel_size', String(ep), 'experts over ranks that are neighbours']);
    rows.push(['moe_tensor_parallel_size', String(etp), `parts of an expert, ${ep} ranks apart`]);
  }
  if (redundantExperts > 0) {
    const slots = ep * (workers.placement.expertsOf(0)?.count ?? 0);
    rows.push([
      'moe_config.load_balancer: num_slots',
      String(slots),
      `${redundantExperts} of them copies of busy experts`,
    ]);
  }
  rows.push(
    [
      'kv_cache_config.free_gpu_memory_fraction',
      String(engine.memory.memoryFraction),
      'share of what is free after loading, for the cache',
    ],
    ['max_num_tokens', String(engine.maxBatchTokens), 'tokens of a step, of each rank'],
    ...requestLimit(workers, ['max_batch_size', String(perRank), 'requests at once, of each rank']),
  );
  return rows;
}

/** Nothing where the plan is for no engine in particular. */
export function engineOptions(told: Told): readonly OptionRow[] {
  switch (told.engine.name) {
    case 'vllm':
      return vllmOptions(told);
    case 'sglang':
      return sglangOptions(told);
    case 'tensorrt-llm':
      return tensorRtOptions(told);
    case 'generic':
      return [];
  }
}

/** How an instance of the engine is started on several nodes. */
const overNodes: Readonly<Record<Engine['name'], string>> = {
  vllm: 'one instance, by Ray (`--distributed-executor-backend ray`), or with `--data-parallel-size-local` and `--data-parallel-address` where whole data-parallel ranks fit in a node',
  sglang: 'on each with the same options and `--nnodes`, `--node-rank` and `--dist-init-addr`',
  'tensorrt-llm': 'one instance, its ranks by MPI or Slurm (`trtllm-llmapi-launch`)',
  generic: 'one instance, by the engine’s own means',
};

/** Nodes that the workers' ranks lie on, of the worker that has most. */
function nodesOfWorker({ strategy, placement }: Workers): number {
  const ranks = placement.world / strategy.replicas;
  const node = (rank: number) => placement.gpuOf(rank).node;
  let most = 1;
  for (let first = 0; first < placement.world; first += ranks)
    most = Math.max(most, 1 + node(first + ranks - 1) - node(first));
  return most;
}

/** What one has to know of the engine before one trusts the table. */
export function engineCaveats({ name }: Engine, workers: Workers): readonly string[] {
  const { role } = workers;
  const nodes = nodesOfWorker(workers);
  const spread = nodes > 1 ? [`A worker lies on up to ${nodes} nodes: start it ${overNodes[name]}.`] : [];
  const transfer =
    role === 'both'
      ? []
      : ['Prompts’ caches move from prefill to decode workers: set the engine’s transfer backend up on every worker.'];
  const own: Readonly<Record<Engine['name'], readonly string[]>> = {
    vllm: [
      'Workers are separate instances behind a load balancer; `--data-parallel-size` is within one.',
      'Stages lie inside each data-parallel rank: see the numbering above before you pin ranks to GPUs.',
      ...(workers.strategy.cp > 1
        ? [
            'Context parallelism wants the second model runner (`VLLM_USE_V2_MODEL_RUNNER=1`) and no full CUDA graphs; layers of sparse latent attention none at all (`-cc.cudagraph_mode=NONE`). The times here are of replayed graphs.',
          ]
        : []),
    ],
    sglang: [
      'Without `--enable-dp-attention` a `--dp-size` means copies of all of it, not attention data parallelism.',
      'Batch sizes are told for a whole worker and divided by dp.',
    ],
    'tensorrt-llm': ['Parts of one expert are not neighbours: the ranks of an EP group are.'],
    generic: [
      'No engine is named in the request: its degrees are to be read as an engine of your own understands them.',
    ],
  };
  return [...own[name], ...spread, ...transfer];
}
