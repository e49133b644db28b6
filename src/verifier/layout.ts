/**
 * Ranks, recounted. The rules are those of docs/accounting.md, "Ranks" and "Split of the batch"; the way is brute force: walk
 * every index of a stage, deal every sequence and every layer. Above `walkLimit` ranks the walk becomes a handful of classes of
 * equal ranks, and whoever uses them says so.
 */
import type { Cluster } from '../planner/cluster.ts';
import type { Degrees, Strategy } from '../planner/strategy.ts';
import type { BatchWorkload } from '../planner/workload.ts';
import type { VerifierProblem } from './claim.ts';
import type { Fault } from './compare.ts';

/** Ranks up to which everything is walked one by one; more would not fit in a request's time. */
export const walkLimit = 65_536;

export interface Layout extends Degrees {
  readonly edp: number;
  /** Sequences of a micro-batch. */
  readonly microBatch: number;
  /** Micro-batches of a step, each counted as full. */
  readonly microBatches: number;
  /** GPUs of one stage. */
  readonly inStage: number;
  readonly world: number;
  /** GPUs of each fast domain that take ranks. */
  readonly perDomain: number;
  readonly cluster: Cluster;
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

export function countLayers({ model }: VerifierProblem): number {
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
  const { tp, cp, dp, pp, ep, etp, replicas, microBatchSize } = strategy;
  const inStage = tp * cp * dp;
  const degrees = { tp, cp, dp, pp, ep, etp, replicas, edp: inStage / (ep * etp), inStage };
  return {
    ...degrees,
    microBatch: microBatchSize,
    microBatches: Math.ceil(sequencesOf(problem.workload, dp, 0) / microBatchSize),
    world: inStage * pp * replicas,
    perDomain: filledGpus(problem.cluster.domainGpus, tp, etp),
    cluster: problem.cluster,
    runs: (inStage > walkLimit ? classesOfIndices : walkIndices)(degrees, problem.workload),
  };
}

/** GPUs of a domain that take ranks. The least common multiple is looked for, not computed: degrees are small. */
function filledGpus(domainGpus: number, tp: number, etp: number): number {
  let unit = tp;
  while (unit % etp !== 0 && unit <= domainGpus) unit += tp;
  if (unit > domainGpus) unit = tp;
  return unit > domainGpus ? domainGpus : domainGpus - (domainGpus % unit);
}

export function gpuOf({ perDomain, cluster }: Pick<Layout, 'perDomain' | 'cluster'>, rank: number): number {
  const domain = Math.floor(rank / perDomain);
  return domain * cluster.domainGpus + (rank - domain * perDomain);
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
