/** What each collective moves in a mean step, as docs/accounting.md ("Serving") defines it. Sizes are exact; seconds are the model's. */
import type { CollectiveOp, CollectiveUse, GroupKind } from '../../estimate.ts';
import { ranksPerDomain } from '../../placement.ts';
import { dtypeBytes, residualBytes } from '../../precision.ts';
import type { StepLoad } from '../../serving-estimate.ts';
import type { ServingSetting } from '../../serving-result.ts';
import { strategyGpus, type WorkerStrategy } from '../../strategy.ts';
import { allReduceTime, exchangeTime, gatherTime, hopTime, type Span } from '../collectives.ts';
import { expertWidth } from '../layer.ts';
import { residualTokenBytes } from '../memory.ts';
import { cacheShares, gatheredPassBytes, partialBytes } from './context-parallel.ts';
import type { WorkerCost } from './cost.ts';
import { paddedVocabulary } from './memory.ts';
import { promptPasses } from './passes.ts';
import type { Stage } from './worker.ts';

/** Decode tokens of a step, guesses of it, or one pass of a prompt: how often a step, and tokens of a data-parallel rank. */
interface Flow {
  readonly name: 'decode' | 'draft' | 'prefill';
  readonly times: number;
  readonly tokens: number;
  /** Mean tokens of a prompt in the cache before a pass. */
  readonly history: number;
  /** Sequences whose next token is chosen. */
  readonly chosen: number;
}

interface Call {
  readonly op: CollectiveOp;
  readonly group: GroupKind;
  readonly purpose: string;
  readonly span: Span;
  readonly calls: number;
  readonly bytes: number;
  readonly seconds: number;
}

function flowsOf({ workload, engine }: ServingSetting, dp: number, load: StepLoad): readonly Flow[] {
  const each = 1 + (workload.speculation?.tokens ?? 0);
  const { tokens, passes, history } = promptPasses(workload, engine);
  const flows: Flow[] = [];
  if (load.sequences > 0) {
    const decoding = load.sequences * each;
    flows.push({ name: 'decode', times: 1, tokens: decoding, history: 0, chosen: decoding });
  }
  if (load.promptTokens > 0) {
    // Ranks that only read do it together; beside answers each waits for the others' passes.
    const ranks = load.sequences > 0 ? dp : 1;
    const times = (load.promptTokens / tokens) * ranks;
    flows.push({ name: 'prefill', times, tokens, history, chosen: 1 / passes });
  }
  return flows;
}

function stageCalls(
  { cluster, model, engine }: ServingSetting,
  { tp, cp, dp, ep, etp }: WorkerStrategy,
  { spans, layers: { runs } }: WorkerCost,
  { stage, flow }: { stage: Stage; flow: Flow },
): Call[] {
  const calls: Call[] = [];
  const h = model.hiddenSize;
  const a = dtypeBytes[model.precision.activations];
  const decodes = flow.name !== 'prefill';
  // What decodes is on every cp rank, of a prompt its part.
  const tokens = decodes ? flow.tokens : flow.tokens / cp;
  const parts = decodes ? dp : dp * cp;
  const sent = flow.tokens / (tp * cp);
  const shares = cacheShares({ engine, model }, cp);
  const add = (call: Omit<Call, 'purpose' | 'calls'> & { purpose: string; layers: number }) => {
    const { op, group, purpose, span, bytes, seconds, layers } = call;
    if (span.size <= 1 || layers === 0) return;
    calls.push({ op, group, purpose: `${purpose} (${flow.name})`, span, calls: layers * flow.times, bytes, seconds });
  };
  const residual = tokens * h * residualBytes;
  const reduce = (purpose: string, layers: number, group: 'tp' | 'cp' = 'tp', bytes = residual) => {
    const span = spans[group];
    add({ op: 'allReduce', group, purpose, span, bytes, seconds: allReduceTime(cluster, span, bytes).seconds, layers });
  };
  const gatherOverCp = (purpose: string, layers: number, bytes: number) => {
    const { seconds } = gatherTime(cluster, spans.cp, bytes);
    add({ op: 'allGather', group: 'cp', purpose, span: spans.cp, bytes, seconds, layers });
  };
  for (const [i, { mixer, dense, moe }] of runs.entries()) {
    const layers = stage.counts[i] ?? 0;
    if (layers === 0) continue;
    if (mixer) reduce('attention', layers);
    if (mixer && !decodes) {
      const pass = { tokens: flow.tokens, prompts: 1, history: flow.history, tp, shares };
      const kv = gatheredPassBytes(mixer, model, pass);
      if (kv > 0) gatherOverCp('kv', layers, kv);
    }
    const partial = mixer && decodes ? partialBytes(mixer, { tokens, tp, shares }) : undefined;
    if (partial) {
      gatherOverCp('log-sum-exps', layers, partial.logSumExps);
      reduce('partial attention', layers, 'cp', partial.outputs);
    }
    if (dense) reduce('dense', layers);
    if (!moe) continue;
    if (decodes && dp === 1) reduce('experts', layers, 'cp');
    else if (decodes && ep * etp > 1) gatherOverCp('experts', layers, residual);
    if (parts === 1) {
      reduce('experts', layers);
      continue;
    }
    if (moe.sharedIntermediateSize > 0) reduce('shared', layers);
    const outer = expertWidth(moe, h);
    const kernels = decodes ? 'exchangeLowLatency' : 'exchangeNormal';
    const topk = moe.expertsPerToken;
    for (const { direction, op, width } of [
      { direction: 'dispatch', op: 'allGather', width: a },
      { direction: 'combine', op: 'reduceScatter', width: residualBytes },
    ] as const) {
      const own = sent * outer * width;
      if (engine.exchange === 'deepep') {
        const exchange = { direction, kernels, tokens: sent, bytesPerToken: outer * width, topk } as const;
        const { seconds } = exchangeTime(cluster, spans.ep, exchange);
        add({ op: 'allToAll', group: 'ep', purpose: direction, span: spans.ep, bytes: topk * own, seconds, layers });
      } else {
        const { seconds } = gatherTime(cluster, spans.ep, ep * own, op);
        add({ op, group: 'ep', purpose: direction, span: spans.ep, bytes: ep * own, seconds, layers });
      }
    }
    for (const [op, width] of [
      ['allGather', a],
      ['reduceScatter', residualBytes],
    ] as const) {
      const bytes = etp * sent * outer * width;
      const { seconds } = gatherTime(cluster, spans.etp, bytes, op);
      add({ op, group: 'etp', purpose: 'experts', span: spans.etp, bytes, seconds, layers });
    }
  }
  if (stage.last && model.vocabulary) {
    const bytes = flow.chosen * residualBytes * paddedVocabulary(model.vocabulary.size, tp);
    const { seconds } = gatherTime(cluster, spans.tp, bytes);
    add({ op: 'allGather', group: 'tp', purpose: 'logits', span: spans.tp, bytes, seconds, layers: 1 });
  }
  return calls;
}

function hopCall(
  { cluster, model }: ServingSetting,
  strategy: WorkerStrategy,
  { spans }: WorkerCost,
  flow: Flow,
): CollectiveUse {
  const tokens = flow.name === 'decode' ? flow.tokens : flow.tokens / strategy.cp;
  const bytes = tokens * residualTokenBytes(model);
  const perDomain = ranksPerDomain(strategy, cluster.domainGpus);
  const worker = strategyGpus({ ...strategy, replicas: 1 });
  return {
    op: 'pointToPoint',
    group: 'pp',
    purpose: `activations (${flow.name})`,
    groupSize: strategy.pp,
    calls: flow.times,
    messageBytes: bytes,
    bytesPerGpu: flow.times * bytes,
    crossesDomains: spans.hopCrosses,
    crossesNodes: worker > Math.min(perDomain, cluster.gpusPerNode),
    seconds: flow.times * hopTime(cluster, spans.hopCrosses, bytes).seconds,
  };
}

/** Every collective of a mean step: of all stages the one that sends most of it. */
export function workerMessages(
  setting: ServingSetting,
  strategy: WorkerStrategy,
  cost: WorkerCost,
  load: StepLoad,
): readonly CollectiveUse[] {
  const uses = new Map<string, CollectiveUse>();
  const flows = flowsOf(setting, strategy.dp, load);
  const passesOf = (stage: Stage): readonly { readonly flow: Flow; readonly passed: Stage }[] => {
    const own = flows.map((flow) => ({ flow, passed: stage }));
    if (!stage.last) return own;
    const { sequences } = load;
    const drafted = cost.layers.guesses.map(({ stage: passed, times }) => {
      const flow = { name: 'draft', times, tokens: sequences, history: 0, chosen: sequences } as const;
      return { flow, passed };
    });
    return sequences > 0 ? [...own, ...drafted] : own;
  };
  for (const stage of cost.stages) {
    const own = new Map<string, CollectiveUse>();
    for (const { flow, passed } of passesOf(stage)) {
      for (const call of stageCalls(setting, strategy, cost, { stage: passed, flow })) {
        const key = `${call.op} ${call.group} ${call.purpose}`;
        const known = own.get(key);
        const { size } = call.span;
        const share = ((call.op === 'allReduce' ? 2 : 1) * (size - 1)) / size;
        own.set(key, {
          op: call.op,
          group: call.group,
          purpose: call.purpose,
          groupSize: size,
          calls: (known?.calls ?? 0) + call.calls,
          messageBytes: Math.max(known?.messageBytes ?? 0, call.bytes),
          bytesPerGpu: (known?.bytesPerGpu ?? 0) + call.calls * call.bytes * share,
          crossesDomains: call.span.domains > 1,
          crossesNodes: call.span.crossesNodes,
          seconds: (known?.seconds ?? 0) + call.calls * call.seconds,
        });
      }
    }
    for (const [key, use] of own) {
      const known = uses.get(key);
      if (!known || use.bytesPerGpu > known.bytesPerGpu) uses.set(key, use);
    }
  }
  const hops = strategy.pp > 1 ? flows.map((flow) => hopCall(setting, strategy, cost, flow)) : [];
  return [...uses.values(), ...hops];
}
