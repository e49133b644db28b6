/**
 * What a rank sends in a step, by docs/accounting.md, "Messages": every call of every layer of every stage is written down, then
 * added up by op, group and purpose; the stage that sends most stands for all.
 */
import type { CollectiveOp, GroupKind } from '../planner/estimate.ts';
import { dtypeBytes } from '../planner/precision.ts';
import type { VerifierProblem } from './claim.ts';
import type { Grid } from './grid.ts';
import type { Layout } from './layout.ts';
import { streamOfToken } from './memory.ts';
import type { Tokens } from './routing.ts';
import { gatheredOfToken } from './sequence-bytes.ts';
import type { LayerKind, Stage } from './stages.ts';

export interface Message {
  readonly op: CollectiveOp;
  readonly group: GroupKind;
  readonly purpose: string;
}

export interface DerivedUse extends Message {
  readonly groupSize: number;
  readonly calls: number;
  readonly messageBytes: number;
  readonly bytesPerGpu: number;
}

export interface Call extends Message {
  readonly bytes: number;
}

const streamBytes = 2;
const logitBytes = 4;

export function keyOf({ op, group, purpose }: Message): string {
  return `${op} over ${group} for ${purpose}`;
}

/** Gathered before an operator that the TP group splits, scattered and summed after it. */
function aroundOperator(purpose: string, bytes: number): readonly Call[] {
  return [
    { op: 'allGather', group: 'tp', purpose, bytes },
    { op: 'reduceScatter', group: 'tp', purpose, bytes },
  ];
}

function callsOfLayer(problem: VerifierProblem, layout: Layout, kind: LayerKind, tokens: Tokens): readonly Call[] {
  const { model, workload } = problem;
  const h = model.hiddenSize;
  const read = dtypeBytes[model.precision.activations];
  const { mixer, dense, moe } = kind.run;
  const stream = tokens.micro * h * streamBytes;
  const calls: Call[] = [];
  if (mixer) calls.push(...aroundOperator('attention', stream));
  const ofToken = gatheredOfToken(mixer, { model, tp: layout.tp });
  // A state is handed on inside its kernel, and a layer that reads another's cache has that one's call.
  if (ofToken > 0) {
    const bytes = layout.microBatch * workload.sequenceLength * ofToken;
    calls.push({ op: 'allGather', group: 'cp', purpose: 'kv', bytes });
  }
  if (dense) calls.push(...aroundOperator('dense', stream));
  if (moe) {
    if (moe.sharedIntermediateSize > 0) calls.push(...aroundOperator('shared', stream));
    const elements = tokens.split * moe.expertsPerToken * (moe.latentSize ?? h);
    calls.push(
      { op: 'allToAll', group: 'ep', purpose: 'dispatch', bytes: elements * read },
      { op: 'allGather', group: 'etp', purpose: 'experts', bytes: layout.etp * elements * read },
      { op: 'reduceScatter', group: 'etp', purpose: 'experts', bytes: layout.etp * elements * streamBytes },
      { op: 'allToAll', group: 'ep', purpose: 'combine', bytes: elements * streamBytes },
    );
  }
  return calls;
}

/** What each GPU of a group of n sends of a tensor: all but its own part; a hop carries all. */
function sentShare(op: CollectiveOp, size: number): number {
  if (op === 'pointToPoint') return 1;
  return ((op === 'allReduce' ? 2 : 1) * (size - 1)) / size;
}

/** Adds up the calls of each stage by op, group and purpose, and keeps the stage that sends most of each. Groups of one call nobody. */
export function heaviest(
  grid: Grid,
  stages: readonly Stage[],
  callsOf: (stage: Stage) => Iterable<Call & { readonly times: number }>,
): readonly DerivedUse[] {
  const most = new Map<string, DerivedUse>();
  for (const stage of stages) {
    const here = new Map<string, DerivedUse>();
    for (const call of callsOf(stage)) {
      const { op, group, purpose, bytes, times } = call;
      const groupSize = grid[group];
      if (groupSize === 1 || times === 0) continue;
      const key = keyOf(call);
      const { calls = 0, messageBytes = 0, bytesPerGpu = 0 } = here.get(key) ?? {};
      here.set(key, {
        op,
        group,
        purpose,
        groupSize,
        calls: calls + times,
        messageBytes: Math.max(messageBytes, bytes),
        bytesPerGpu: bytesPerGpu + times * bytes * sentShare(op, groupSize),
      });
    }
    for (const [key, use] of here) {
      const best = most.get(key);
      // The first stage of those that send equally much: an ulp from summing in another order is no difference.
      if (!best || use.bytesPerGpu > best.bytesPerGpu * (1 + 1e-12)) most.set(key, use);
    }
  }
  return [...most.values()];
}

export function messagesOf(
  problem: VerifierProblem,
  layout: Layout,
  stages: readonly Stage[],
  tokens: Tokens,
): readonly DerivedUse[] {
  const { model } = problem;
  return heaviest(layout, stages, function* (stage) {
    const times = layout.microBatches;
    for (const { kind, count } of stage.kinds) {
      for (const { op, group, purpose, bytes } of callsOfLayer(problem, layout, kind, tokens))
        yield { op, group, purpose, bytes, times: times * count };
    }
    if (stage.isLast && model.vocabulary) {
      const bytes = layout.microBatch * logitBytes * model.vocabulary.size;
      yield { op: 'allGather', group: 'tp', purpose: 'logits', bytes, times };
    }
    if (!stage.isLast) {
      const bytes = tokens.split * streamOfToken(problem);
      yield { op: 'pointToPoint', group: 'pp', purpose: 'activations', bytes, times };
    }
  });
}
