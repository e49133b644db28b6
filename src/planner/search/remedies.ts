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

type Attempt = (problem: Problem) => string | undefined;

/** The largest of 1 … `from`−1 that is feasible, if feasibility grows as the number falls. */
function largestBelow(
  from: number,
  feasible: (value: number) => string | undefined,
): { value: number; name: string } | undefined {
  const one = feasible(1);
  if (from < 2 || one === undefined) return undefined;
  let low = { value: 1, name: one };
  let high = from;
  while (high - low.value > 1) {
    const middle = Math.floor((low.value + high) / 2);
    const name = feasible(middle);
    if (name === undefined) high = middle;
    else low = { value: middle, name };
  }
  return low;
}

/** The fewest nodes that are feasible: doubled until one is, then halved in between. */
function moreNodes(problem: Problem, attempt: Attempt): Remedy | undefined {
  const { cluster } = problem;
  const feasible = (nodes: number) => attempt({ ...problem, cluster: { ...cluster, nodes } });
  let low = cluster.nodes;
  let high = low * 2;
  let name = feasible(high);
  while (name === undefined) {
    low = high;
    high *= 2;
    if (high > cluster.nodes * growthLimit || high * cluster.gpusPerNode > gpuLimit) return undefined;
    name = feasible(high);
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const found = feasible(middle);
    if (found === undefined) low = middle;
    else {
      high = middle;
      name = found;
    }
  }
  return {
    change: `${high} nodes instead of ${cluster.nodes} (${high * cluster.gpusPerNode} GPUs instead of ${clusterGpus(cluster)})`,
    path: '/cluster/nodes',
    from: cluster.nodes,
    to: high,
    strategyName: name,
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

function narrowerPrecision(problem: Problem, attempt: Attempt): Remedy | undefined {
  const { model } = problem;
  const bytes = (weightClass: WeightClass) => model.precision.weights[weightClass].bytesPerParameter;
  const from = setByWord.reduce((widest, next) => (bytes(next) > bytes(widest) ? next : widest));
  for (const word of ['fp8', 'fp4'] as const) {
    if (dtypeBytes[word] >= bytes(from)) continue;
    const name = attempt({ ...problem, model: { ...model, precision: narrowed(model.precision, word) } });
    if (name !== undefined) {
      const was = model.precision.weights[from].dtype;
      return {
        change: `${word} instead of ${was}, where the GPUs and the model's quality allow it`,
        path: '/model/precision',
        from: was,
        to: word,
        strategyName: name,
      };
    }
  }
  return undefined;
}

function smallerBatch(problem: Problem, attempt: Attempt): Remedy | undefined {
  const { workload } = problem;
  const found = largestBelow(workload.batchSize, (batchSize) =>
    attempt({ ...problem, workload: { ...workload, batchSize } }),
  );
  return (
    found && {
      change: `a batch of ${found.value} sequences instead of ${workload.batchSize}`,
      path: '/workload/batchSize',
      from: workload.batchSize,
      to: found.value,
      strategyName: found.name,
    }
  );
}

function looserConstraints(problem: Problem, attempt: Attempt): readonly Remedy[] {
  const { constraints } = problem;
  const remedies: Remedy[] = [];
  const offer = (key: string, without: Constraints, from: string) => {
    const name = attempt({ ...problem, constraints: without });
    if (name !== undefined) {
      remedies.push({
        change: `no constraint on ${key}`,
        path: `/constraints/${key}`,
        from,
        to: 'absent',
        strategyName: name,
      });
    }
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
  return remedies;
}

export function remediesFor(problem: Problem, outOfTime: OutOfTime): readonly Remedy[] {
  // Any one that fits will do, so the order is the one whose bounds are cheapest.
  const attempt: Attempt = (changed) => {
    const first = search({ ...changed, objective: 'balance', top: 0 }, { outOfTime, uncounted: true }).best[0];
    return first && strategyName(first.strategy, changed.model);
  };
  const remedies: Remedy[] = [];
  for (const remedy of [moreNodes, narrowerPrecision, smallerBatch]) {
    if (outOfTime()) break;
    const found = remedy(problem, attempt);
    if (found) remedies.push(found);
  }
  return [...remedies, ...looserConstraints(problem, attempt)];
}
