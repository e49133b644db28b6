/**
 * What degrees of parallelism contradict on any hardware: a tp that does not divide the heads, more GPUs than there are.
 * Pins and bounds of /plans and whole strategies of /estimates and /verifications are judged by the same rules.
 */
import { type Cluster, clusterGpus } from '../planner/cluster.ts';
import type { Mixer } from '../planner/mixer.ts';
import { splitUnits } from '../planner/mixer-parameters.ts';
import { layerCount, type Model, mixtureOf } from '../planner/model.ts';
import type { Range } from '../planner/result.ts';
import type { ServingSetting } from '../planner/serving-result.ts';
import type { DegreeName, Degrees } from '../planner/strategy.ts';
import type { BatchWorkload } from '../planner/workload.ts';
import type { Findings } from './resolve-findings.ts';

export type DegreeRanges = Readonly<Partial<Record<DegreeName, Range>>>;

export interface BatchSetting {
  readonly cluster: Cluster;
  readonly model: Model;
  readonly workload: BatchWorkload;
}

export type Setting = BatchSetting | ServingSetting;

/**
 * Reports every contradiction under `base`, which is /constraints or where a strategy's degrees stand.
 * @param redundantExperts of a serving strategy; absent where they are not given, so that any ep may divide the experts with some.
 */
export function findContradictions(
  degrees: DegreeRanges,
  setting: Setting,
  { base, findings, redundantExperts }: { base: string; findings: Findings; redundantExperts?: number },
): void {
  const { model } = setting;
  const mixture = mixtureOf(model);
  const divides = (degree: DegreeName, total: number, what: string): void => {
    const range = degrees[degree];
    if (range === undefined || hasDivisor(total, range)) return;
    findings.fault(
      `${base}/${degree}`,
      range.min === range.max
        ? `${degree} ${range.min} does not divide ${what}`
        : `no ${degree} from ${range.min} to ${range.max} divides ${what}`,
    );
  };
  const atMost = (degree: DegreeName, limit: number, why: string): void => {
    const range = degrees[degree];
    if (range !== undefined && range.min > limit)
      findings.fault(`${base}/${degree}`, `${degree} ${range.min} is more than ${why}`);
  };

  for (const [what, total] of splitByTp(setting)) divides('tp', total, what);
  const tp = pinned(degrees.tp) ?? 1;
  for (const [what, shared] of sharedByTp(model, tp)) {
    if (shared % tp !== 0 && tp % shared !== 0)
      findings.fault(`${base}/tp`, `tp ${tp} neither divides ${what} nor is a multiple of them`);
  }
  const { workload } = setting;
  if (workload.kind === 'batch') {
    const { batchSize } = workload;
    findChunkContradiction(degrees.cp, workload, { base, findings });
    atMost('dp', batchSize, `the ${batchSize} sequences of the batch: a rank would have none`);
    atMost('replicas', 1, 'the one that a batch workload has: it is split over dp');
  }
  const layers = layerCount(model);
  atMost('pp', layers, `the model’s ${layers} layers: a stage would have none`);
  if (mixture) {
    const { experts } = mixture;
    if (setting.workload.kind === 'batch' || redundantExperts === 0) divides('ep', experts, `the ${experts} experts`);
    else if (redundantExperts !== undefined)
      divides('ep', experts + redundantExperts, `the ${experts} experts with ${redundantExperts} redundant ones`);
    divides('etp', mixture.intermediateSize, `the experts’ intermediateSize of ${mixture.intermediateSize}`);
  } else {
    atMost('ep', 1, 'a dense model can have: it has no experts');
    atMost('etp', 1, 'a dense model can have: it has no experts');
  }
  findFoldContradiction(degrees, { base, findings, moe: mixture !== undefined });
  findGpuContradiction(degrees, setting.cluster, { base, findings });
}

/** Each rank has an early and a late chunk of every sequence. */
function findChunkContradiction(
  cp: Range | undefined,
  { sequenceLength }: BatchWorkload,
  { base, findings }: { base: string; findings: Findings },
): void {
  if (cp === undefined || cp.min === 1 || hasDivisor(sequenceLength / 2, cp)) return;
  findings.fault(
    `${base}/cp`,
    `a sequenceLength of ${sequenceLength} does not divide into 2·cp chunks for a cp ${spanOf(cp)}`,
  );
}

function mixersOf({ layers }: Model): Mixer[] {
  return layers.flatMap(({ mixer }) => mixer ?? []);
}

/** What ranks may share, once a rank at least. A tp that does not even divide the heads has been told so already. */
function sharedByTp(model: Model, tp: number): Map<string, number> {
  const shared = new Map<string, number>();
  for (const mixer of mixersOf(model)) {
    const units = splitUnits(mixer);
    if (units.heads.some((heads) => heads % tp !== 0)) continue;
    for (const heads of units.shared)
      shared.set(`the ${heads} ${mixer.kind === 'mamba2' ? 'state groups' : 'key-value heads'}`, heads);
  }
  return shared;
}

/** Everything that tensor parallelism splits, with what it is called. */
function splitByTp({ model, workload }: Setting): Map<string, number> {
  const split = new Map<string, number>();
  for (const mixer of mixersOf(model)) {
    const what = mixer.kind === 'mamba1' ? 'inner channels' : 'heads';
    for (const heads of splitUnits(mixer).heads) split.set(`the ${heads} ${what}`, heads);
  }
  for (const { dense, moe } of model.layers) {
    if (dense) split.set(`the dense intermediateSize of ${dense.intermediateSize}`, dense.intermediateSize);
    if (moe && moe.sharedIntermediateSize > 0)
      split.set(`the sharedIntermediateSize of ${moe.sharedIntermediateSize}`, moe.sharedIntermediateSize);
  }
  const { vocabulary } = model;
  // Serving engines pad the vocabulary.
  if (vocabulary && workload.kind === 'batch') split.set(`the vocabSize of ${vocabulary.size}`, vocabulary.size);
  return split;
}

/** Attention and experts use the same GPUs: tp·cp·dp = etp·ep·edp with a whole edp. */
function findFoldContradiction(
  { tp, cp, dp, ep, etp }: DegreeRanges,
  { base, findings, moe }: { base: string; findings: Findings; moe: boolean },
): void {
  const attention = [tp, cp, dp].map(pinned);
  if (!moe || attention.includes(undefined)) return;
  const gpus = attention.reduce<number>((product, degree) => product * (degree ?? 1), 1);
  const wanted = (pinned(ep) ?? 1) * (pinned(etp) ?? 1);
  if (gpus % wanted === 0) return;
  findings.fault(
    `${base}/${pinned(ep) === undefined ? 'etp' : 'ep'}`,
    `a stage has tp·cp·dp = ${gpus} GPUs, which is no multiple of ep·etp = ${wanted}`,
  );
}

function findGpuContradiction(
  degrees: DegreeRanges,
  cluster: Cluster,
  { base, findings }: { base: string; findings: Findings },
): void {
  const least = (name: DegreeName): number => degrees[name]?.min ?? 1;
  const stage = Math.max(least('tp') * least('cp') * least('dp'), least('ep') * least('etp'));
  const needed = stage * least('pp') * least('replicas');
  const gpus = clusterGpus(cluster);
  if (needed > gpus) findings.fault(base, `these degrees need at least ${needed} GPUs, and the cluster has ${gpus}`);
}

function pinned(range: Range | undefined): number | undefined {
  return range !== undefined && range.min === range.max ? range.min : undefined;
}

function spanOf({ min, max }: Range): string {
  return min === max ? `of ${min}` : `from ${min} to ${max}`;
}

/** The degrees of a strategy as ranges of one value each. */
export function rangesOf(degrees: Degrees): DegreeRanges {
  return Object.fromEntries(Object.entries(degrees).map(([name, value]) => [name, { min: value, max: value }]));
}

/** Whether an integer of the range divides a number. */
export function hasDivisor(total: number, { min, max }: Range): boolean {
  if (!Number.isInteger(total)) return false;
  for (let small = 1; small * small <= total; small++) {
    if (total % small !== 0) continue;
    const large = total / small;
    if ((small >= min && small <= max) || (large >= min && large <= max)) return true;
  }
  return false;
}
