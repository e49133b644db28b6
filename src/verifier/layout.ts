/**
 * The ranks of a batch, and what each has of it: docs/accounting.md, "Split of the batch". Every index of a stage is walked, every
 * sequence and every layer dealt.
 */
import type { Strategy } from '../planner/strategy.ts';
import type { BatchWorkload } from '../planner/workload.ts';
import type { Specs, VerifierProblem } from './claim.ts';
import type { Fault } from './compare.ts';
import { type Grid, gridOf, walkLimit } from './grid.ts';

export interface Layout extends Grid {
  /** Sequences of a micro-batch. */
  readonly microBatch: number;
  /** Micro-batches of a step, each counted as full. */
  readonly microBatches: number;
  /** What happens to the ranks of a stage is the same for all of a run. */
  readonly runs: readonly IndexRun[];
}

/** Neighbouring indices of a stage that hold equally many sequences, and whose experts see equally many tokens. */
export interface IndexRun {
  readonly first: number;
  readonly count: number;
  /** Sequences of the rank. */
  readonly sequences: number;
  /** Tokens that enter the experts from the rank's EP × ETP block: each rank's, divided over its TP group. */
  readonly blockTokens: number;
}

const names = ['tp', 'cp', 'dp', 'pp', 'ep', 'etp', 'replicas', 'microBatchSize'] as const;

export function countLayers({ model }: Pick<Specs, 'model'>): number {
  let count = 0;
  for (const run of model.layers) count += run.count;
  return count;
}

/** What keeps a strategy from having ranks, stages and sequences at all. Without these nothing else can be derived. */
export function structuralFaults(problem: VerifierProblem, strategy: Strategy): readonly Fault[] {
  const faults: Fault[] = [];
  for (const name of names) {
    const value = strategy[name];
    if (!Number.isSafeInteger(value) || value < 1) {
      faults.push({ expected: 1, actual: finiteOrNull(value), text: `${name} is no integer of at least 1.` });
    }
  }
  if (faults.length > 0) return faults;
  const { tp, cp, dp, pp, ep, etp } = strategy;
  const inStage = tp * cp * dp;
  if (inStage % (ep * etp) !== 0) {
    faults.push({
      expected: inStage,
      actual: ep * etp,
      text: `tp·cp·dp = ${inStage} GPUs a stage do not fold into ep·etp = ${ep * etp}: expert data parallelism is no integer.`,
    });
  }
  const layers = countLayers(problem);
  if (pp > layers)
    faults.push({ expected: layers, actual: pp, text: `${pp} stages are more than the ${layers} layers.` });
  const { batchSize } = problem.workload;
  if (dp > batchSize) {
    faults.push({
      expected: batchSize,
      actual: dp,
      text: `${dp} data-parallel ranks are more than the ${batchSize} sequences: some have none.`,
    });
  }
  return faults;
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** @throws RangeError for a strategy with structural faults. */
export function layoutOf(problem: VerifierProblem, strategy: Strategy): Layout {
  const [fault] = structuralFaults(problem, strategy);
  if (fault) throw new RangeError(fault.text);
  const { dp, microBatchSize } = strategy;
  const grid = gridOf(strategy, problem);
  return {
    ...grid,
    microBatch: microBatchSize,
    microBatches: Math.ceil(sequencesOf(problem.workload, dp, 0) / microBatchSize),
    runs: (grid.inStage > walkLimit ? classesOfIndices : walkIndices)(grid, problem.workload),
  };
}

/** Sequences of data-parallel rank `index`: dealt evenly, the first ones take what is over. */
export function sequencesOf({ batchSize }: BatchWorkload, dp: number, index: number): number {
  return Math.floor(batchSize / dp) + (index < batchSize % dp ? 1 : 0);
}

export type Fold = Pick<Layout, 'tp' | 'cp' | 'dp' | 'ep' | 'etp' | 'edp' | 'inStage'>;

export function walkIndices({ tp, cp, dp, ep, etp, edp, inStage }: Fold, workload: BatchWorkload): readonly IndexRun[] {
  const sequencesAt = new Float64Array(inStage);
  const blockTokens = new Float64Array(edp);
  for (let i = 0; i < inStage; i += 1) {
    const sequences = sequencesOf(workload, dp, Math.floor(i / (cp * tp)));
    const block = Math.floor(i / (ep * etp));
    sequencesAt[i] = sequences;
    blockTokens[block] = (blockTokens[block] ?? 0) + (sequences * workload.sequenceLength) / cp / tp;
  }
  const runs: IndexRun[] = [];
  let first = 0;
  for (let i = 1; i <= inStage; i += 1) {
    const tokens = blockTokens[Math.floor(first / (ep * etp))] ?? 0;
    const goesOn = sequencesAt[i] === sequencesAt[first] && blockTokens[Math.floor(i / (ep * etp))] === tokens;
    if (i < inStage && goesOn) continue;
    runs.push({ first, count: i - first, sequences: sequencesAt[first] ?? 0, blockTokens: tokens });
    first = i;
  }
  return runs;
}

/** The same without a walk: sequences change at one index, and at most one block lies across it. */
export function classesOfIndices({ tp, cp, dp, ep, etp, inStage }: Fold, workload: BatchWorkload): readonly IndexRun[] {
  const block = ep * etp;
  const more = (workload.batchSize % dp) * cp * tp;
  const mixed = more - (more % block);
  const edges = [...new Set([0, mixed, more, Math.min(mixed + block, inStage), inStage])].sort((a, b) => a - b);
  return edges.slice(0, -1).map((first, index) => {
    const start = first - (first % block);
    const withMore = Math.min(Math.max(more - start, 0), block);
    const few = Math.floor(workload.batchSize / dp);
    const blockSequences = withMore * (few + 1) + (block - withMore) * few;
    return {
      first,
      count: (edges[index + 1] ?? inStage) - first,
      sequences: first < more ? few + 1 : few,
      blockTokens: (blockSequences * workload.sequenceLength) / (cp * tp),
    };
  });
}
