/** What each collective moves: one row per op, group and purpose, for the stage that sends most. Sizes are exact; seconds are the model's. */
import type { CollectiveOp, CollectiveUse, GroupKind } from '../estimate.ts';
import { ranksPerDomain } from '../placement.ts';
import { dtypeBytes, residualBytes } from '../precision.ts';
import { type Strategy, stageGpus, strategyGpus } from '../strategy.ts';
import type { BatchCost, BatchProblem } from './batch.ts';
import { allToAllTime, axisSpan, gatherTime, hopTime, type Span } from './collectives.ts';
import { expertWidth, gatheredKvBytes } from './layer.ts';
import { residualTokenBytes, routedTokens } from './memory.ts';
import { microBatchOf, type StageShape } from './shape.ts';

/** One kind of call of a stage. */
interface Call {
  readonly op: CollectiveOp;
  readonly group: GroupKind;
  readonly purpose: string;
  readonly span: Span;
  /** Calls a step. */
  readonly calls: number;
  readonly bytes: number;
  /** Seconds of one call. */
  readonly seconds: number;
}

function stageCalls(
  { cluster, model, workload }: BatchProblem,
  cost: BatchCost,
  strategy: Strategy,
  shape: StageShape,
): Call[] {
  const micro = microBatchOf(strategy, workload);
  const spans = cost.spans(strategy);
  const { tp, cp, ep, etp, pp } = strategy;
  const h = model.hiddenSize;
  const a = dtypeBytes[model.precision.activations];
  const calls: Call[] = [];
  const gathers = (
    purpose: string,
    span: Span,
    group: GroupKind,
    times: number,
    sizes: { gather?: number; scatter?: number; slower?: number },
  ) => {
    if (span.size === 1 || times === 0) return;
    const add = (op: 'allGather' | 'reduceScatter', bytes: number) =>
      calls.push({
        op,
        group,
        purpose,
        span,
        calls: times * micro.count,
        bytes,
        seconds: gatherTime(cluster, span, bytes * (sizes.slower ?? 1), op).seconds,
      });
    if (sizes.gather !== undefined) add('allGather', sizes.gather);
    if (sizes.scatter !== undefined) add('reduceScatter', sizes.scatter);
  };
  const full = micro.tokens * h * residualBytes;
  for (const [i, { mixer, dense, moe }] of model.layers.entries()) {
    const count = shape.counts[i] ?? 0;
    if (count === 0) continue;
    if (mixer) gathers('attention', spans.tp.span, 'tp', count, { gather: full, scatter: full });
    const kv = gatheredKvBytes(mixer, model, { tokens: micro.sequences * workload.sequenceLength, tp });
    if (cp > 1 && kv > 0) gathers('kv', spans.cp.span, 'cp', count, { gather: kv });
    if (dense) gathers('dense', spans.tp.span, 'tp', count, { gather: full, scatter: full });
    if (!moe) continue;
    if (moe.sharedIntermediateSize > 0) gathers('shared', spans.tp.span, 'tp', count, { gather: full, scatter: full });
    const { imbalance } = routedTokens(moe, strategy, micro.share);
    const copies = micro.share * moe.expertsPerToken * expertWidth(moe, h);
    if (ep > 1) {
      const exchange = (purpose: string, bytes: number) =>
        calls.push({
          op: 'allToAll',
          group: 'ep',
          purpose,
          span: spans.ep.span,
          calls: count * micro.count,
          bytes,
          seconds: allToAllTime(cluster, spans.ep.span, bytes, imbalance).seconds,
        });
      exchange('dispatch', copies * a);
      exchange('combine', copies * residualBytes);
    }
    gathers('experts', spans.etp.span, 'etp', count, {
      gather: etp * copies * a,
      scatter: etp * copies * residualBytes,
      slower: imbalance,
    });
  }
  if (shape.last && model.vocabulary) {
    gathers('logits', spans.tp.span, 'tp', 1, { gather: micro.sequences * 4 * model.vocabulary.size });
  }
  if (!shape.last) {
    const bytes = micro.share * residualTokenBytes(model);
    const world = strategyGpus(strategy);
    const span = axisSpan(
      { size: pp, stride: stageGpus(strategy), world, perDomain: ranksPerDomain(strategy, cluster.domainGpus) },
      cluster,
    );
    calls.push({
      op: 'pointToPoint',
      group: 'pp',
      purpose: 'activations',
      span,
      calls: micro.count,
      bytes,
      seconds: hopTime(cluster, spans.hopCrosses, bytes).seconds,
    });
  }
  return calls;
}

function sent({ op, span, bytes, calls }: Call): number {
  if (op === 'pointToPoint') return calls * bytes;
  const once = (calls * bytes * (span.size - 1)) / span.size;
  return op === 'allReduce' ? 2 * once : once;
}

/** Calls of one kind over different layer kinds of a stage, as one row. */
function merged(calls: readonly Call[]): CollectiveUse[] {
  const rows = new Map<string, CollectiveUse>();
  for (const call of calls) {
    const key = `${call.op} ${call.group} ${call.purpose}`;
    const known = rows.get(key);
    rows.set(key, {
      op: call.op,
      group: call.group,
      purpose: call.purpose,
      groupSize: call.span.size,
      calls: (known?.calls ?? 0) + call.calls,
      messageBytes: Math.max(known?.messageBytes ?? 0, call.bytes),
      bytesPerGpu: (known?.bytesPerGpu ?? 0) + sent(call),
      crossesDomains: call.span.domains > 1,
      crossesNodes: call.span.crossesNodes,
      seconds: (known?.seconds ?? 0) + call.calls * call.seconds,
    });
  }
  return [...rows.values()];
}

export function collectiveUses(problem: BatchProblem, cost: BatchCost, strategy: Strategy): readonly CollectiveUse[] {
  const rows = new Map<string, CollectiveUse>();
  for (const shape of cost.shapes(strategy.pp)) {
    for (const use of merged(stageCalls(problem, cost, strategy, shape))) {
      const key = `${use.op} ${use.group} ${use.purpose}`;
      const known = rows.get(key);
      if (!known || use.bytesPerGpu > known.bytesPerGpu) rows.set(key, use);
    }
  }
  return [...rows.values()];
}
