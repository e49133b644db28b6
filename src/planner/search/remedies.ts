/** What would make an infeasible problem feasible. Each remedy changes one thing, and was planned before it is offered. */
import { clusterGpus } from '../cluster.ts';
import { type Dtype, dtypeBytes, type Precision, type WeightClass, type WeightFormat } from '../precision.ts';
import type { Constraints, OutOfTime, Problem, Remedy } from '../result.ts';
import { degreeNames, strategyName } from '../strategy.ts';
import { search } from './search.ts';

/** Clusters beyond this are not tried: the planner's own limit. */
const gpuLimit = 2 ** 20;
/** Beyond this many times the nodes, more hardware is not the remedy. */
const growthLimit = 256;

/** Whether any strategy fits. */
type Attempt = (problem: Problem) => boolean;
/** The name of the best strategy, if there is one. */
type Naming = (problem: Problem) => string | undefined;

/** A remedy that fits, with the problem as it then is. */
interface Change extends Omit<Remedy, 'strategyName'> {
  readonly problem: Problem;
}

/** The largest of 1 … `from`−1 that fits, if fitting grows as the number falls. */
function largestBelow(from: number, fits: (value: number) => boolean): number | undefined {
  if (from < 2 || !fits(1)) return undefined;
  let low = 1;
  let high = from;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** The fewest nodes that fit: doubled until they do, then halved in between. */
function moreNodes(problem: Problem, fits: Attempt): Change | undefined {
  const { cluster } = problem;
  const grown = (nodes: number): Problem => ({ ...problem, cluster: { ...cluster, nodes } });
  let low = cluster.nodes;
  let high = low * 2;
  while (high * cluster.gpusPerNode <= gpuLimit && high <= cluster.nodes * growthLimit && !fits(grown(high))) {
    low = high;
    high *= 2;
  }
  if (high * cluster.gpusPerNode > gpuLimit || high > cluster.nodes * growthLimit) return undefined;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(grown(middle))) high = middle;
    else low = middle;
  }
  return {
    change: `${high} nodes instead of ${cluster.nodes} (${high * cluster.gpusPerNode} GPUs instead of ${clusterGpus(cluster)})`,
    path: '/cluster/nodes',
    from: cluster.nodes,
    to: high,
    problem: grown(high),
  };
}

/** What a precision word sets: the matrices of the layers. Embedding, LM head, norms and (with published checkpoints) routers stay as they are. */
const setByWord: readonly WeightClass[] = ['attention', 'dense', 'expert', 'shared'];

/** Every matrix that takes more than the word does, in the word; the KV cache with it where the word's default is fp8. */
export function narrowed(precision: Precision, word: Dtype): Precision {
  const format: WeightFormat = { dtype: word, bytesPerParameter: dtypeBytes[word] };
  const weights = { ...precision.weights } satisfies Record<WeightClass, WeightFormat>;
  for (const weightClass of setByWord) {
    if (weights[weightClass].bytesPerParameter > format.bytesPerParameter) weights[weightClass] = format;
  }
  const kvCache = dtypeBytes[precision.kvCache] > 1 ? 'fp8' : precision.kvCache;
  return {
    weights,
    activations: dtypeBytes[precision.activations] > dtypeBytes[word] ? word : precision.activations,
    kvCache,
  };
}

function narrowerPrecision(problem: Problem, fits: Attempt): Change | undefined {
  const { model } = problem;
  const bytes = (weightClass: WeightClass) => model.precision.weights[weightClass].bytesPerParameter;
  const from = setByWord.reduce((widest, next) => (bytes(next) > bytes(widest) ? next : widest));
  for (const word of ['fp8', 'fp4'] as const) {
    if (dtypeBytes[word] >= bytes(from)) continue;
    const changed: Problem = { ...problem, model: { ...model, precision: narrowed(model.precision, word) } };
    if (fits(changed)) {
      const was = model.precision.weights[from].dtype;
      return {
        change: `${word} instead of ${was}, where the GPUs and the model's quality allow it`,
        path: '/model/precision',
        from: was,
        to: word,
        problem: changed,
      };
    }
  }
  return undefined;
}

function smallerBatch(problem: Problem, fits: Attempt): Change | undefined {
  const { workload } = problem;
  const shrunk = (batchSize: number): Problem => ({ ...problem, workload: { ...workload, batchSize } });
  const most = largestBelow(workload.batchSize, (batchSize) => fits(shrunk(batchSize)));
  return most === undefined
    ? undefined
    : {
        change: `a batch of ${most} sequences instead of ${workload.batchSize}`,
        path: '/workload/batchSize',
        from: workload.batchSize,
        to: most,
        problem: shrunk(most),
      };
}

function looserConstraints(problem: Problem, fits: Attempt): readonly Change[] {
  const { constraints } = problem;
  const changes: Change[] = [];
  const offer = (key: string, without: Constraints, from: string) => {
    const changed = { ...problem, constraints: without };
    if (!fits(changed)) return;
    const change = `no constraint on ${key}`;
    changes.push({ change, path: `/constraints/${key}`, from, to: 'absent', problem: changed });
  };
  for (const degree of degreeNames) {
    const range = constraints.degrees[degree];
    if (!range) continue;
    const { [degree]: _, ...others } = constraints.degrees;
    offer(degree, { ...constraints, degrees: others }, `${range.min} to ${range.max}`);
  }
  if (constraints.gpus) {
    const { gpus, ...others } = constraints;
    offer('gpus', others, `${gpus.min} to ${gpus.max}`);
  }
  if (constraints.memoryFree > 0)
    offer('memoryFreeGiB', { ...constraints, memoryFree: 0 }, String(constraints.memoryFree / 2 ** 30));
  return changes;
}

export function remediesFor(problem: Problem, outOfTime: OutOfTime): readonly Remedy[] {
  const fits: Attempt = (changed) =>
    search({ ...changed, objective: 'memory', top: 0 }, { outOfTime, uncounted: true, anyFit: true }).best.length > 0;
  /** The plan itself, under the objective that was asked for: what the remedy is named by. */
  const nameOf: Naming = (changed) => {
    const first = search({ ...changed, top: 0 }, { outOfTime, uncounted: true }).best[0];
    return first && strategyName(first.strategy, changed.model);
  };
  const found: (Change | undefined)[] = [];
  for (const remedy of [moreNodes, narrowerPrecision, smallerBatch])
    if (!outOfTime()) found.push(remedy(problem, fits));
  found.push(...looserConstraints(problem, fits));
  return found.flatMap((change) => {
    if (!change) return [];
    const { problem: changed, ...rest } = change;
    const strategy = nameOf(changed);
    return strategy === undefined ? [] : [{ ...rest, strategyName: strategy }];
  });
}
