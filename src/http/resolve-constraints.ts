/** `constraints` of a request: pins and bounds as inclusive ranges, checked against the rest of it. */
import type { Static } from 'typebox';
import { clusterGpus } from '../planner/cluster.ts';
import type { Constraints, Range } from '../planner/result.ts';
import { degreeNames } from '../planner/strategy.ts';
import type { Workload } from '../planner/workload.ts';
import { GiB } from './contract-units.ts';
import { findContradictions, type Setting } from './resolve-degrees.ts';
import type { Findings } from './resolve-findings.ts';
import { limits } from './schemas/limits.ts';
import type { Constraints as ConstraintsInput } from './schemas/request.ts';

type Input = Static<typeof ConstraintsInput>;
type Bound = number | { readonly min?: number; readonly max?: number };

export function resolveConstraints(input: Input | undefined, setting: Setting, findings: Findings): Constraints {
  const free = findings.orAssume(
    input?.memoryFreeGiB,
    '/constraints/memoryFreeGiB',
    0,
    'nothing is to be kept free beyond the runtime reserve',
  );
  const { memoryBytes } = setting.cluster.gpu;
  if (free * GiB >= memoryBytes) {
    findings.fault('/constraints/memoryFreeGiB', `keeps ${free} GiB free on a GPU that has ${memoryBytes / GiB}`);
  }

  const degrees: Partial<Record<(typeof degreeNames)[number], Range>> = {};
  for (const name of degreeNames) {
    const range = rangeOf(input?.[name], `/constraints/${name}`, findings);
    if (range) degrees[name] = range;
  }
  findContradictions(degrees, setting, { base: '/constraints', findings });

  const gpus = rangeOf(input?.gpus, '/constraints/gpus', findings);
  if (gpus) {
    const all = clusterGpus(setting.cluster);
    if (gpus.min > all)
      findings.fault('/constraints/gpus', `at least ${gpus.min} GPUs are demanded, and the cluster has ${all}`);
    findGpuBoundContradiction(degrees, gpus, { kind: setting.workload.kind, findings });
  }
  return { degrees, ...(gpus && { gpus }), memoryFree: free * GiB };
}

function rangeOf(bound: Bound | undefined, path: string, findings: Findings): Range | undefined {
  if (bound === undefined) return undefined;
  const { min = 1, max = limits.gpus } = typeof bound === 'number' ? { min: bound, max: bound } : bound;
  if (min > max) {
    findings.fault(path, `min ${min} is more than max ${max}`);
    return undefined;
  }
  return { min, max };
}

/** GPUs are tp·cp·dp·pp·replicas, of each kind of worker: where all that are free are bounded, so is the product. */
function findGpuBoundContradiction(
  degrees: Constraints['degrees'],
  gpus: Range,
  { kind, findings }: { kind: Workload['kind']; findings: Findings },
): void {
  let least = 1;
  let most = kind === 'batch' ? 1 : 2;
  for (const name of ['tp', 'cp', 'dp', 'pp', 'replicas'] as const) {
    least *= degrees[name]?.min ?? 1;
    // A batch has one replica whether the request says so or not.
    most *= degrees[name]?.max ?? (name === 'replicas' && kind === 'batch' ? 1 : limits.gpus);
  }
  if (least > gpus.max)
    findings.fault('/constraints/gpus', `at most ${gpus.max} GPUs are allowed, and the degrees need ${least}`);
  if (most < gpus.min)
    findings.fault('/constraints/gpus', `at least ${gpus.min} GPUs are demanded, and the degrees use at most ${most}`);
}
