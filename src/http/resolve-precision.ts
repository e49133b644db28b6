/** `precision` of a request. The rules of its words are the catalog's; here what a bare spec and an answer make of them. */
import type { Static } from 'typebox';
import { activationsFor, byClass, kvCacheFor, type PrecisionRequest, weightFormat } from '../catalog/precision.ts';
import type { Model } from '../planner/model.ts';
import { parameterCounts } from '../planner/parameters.ts';
import { type Precision, type WeightClass, weightClasses } from '../planner/precision.ts';
import type { Findings } from './resolve-findings.ts';
import { allUnits, multipliedIn, type Units } from './resolve-units.ts';
import type { Precision as PrecisionInput } from './schemas/model-request.ts';

type Input = Static<typeof PrecisionInput>;
type FullRequest = Required<Exclude<PrecisionRequest, string>>;

/** What the request asks for, activations and KV cache following the weights, and what the GPU multiplies, where it does not say. */
export function askedPrecision(input: Input, findings: Findings, units: Units = allUnits): FullRequest {
  const spec = typeof input === 'string' ? { weights: input } : input;
  const { weights } = spec;
  const ownActivations =
    activationsFor(weights) === weights &&
    (spec.activations !== undefined || multipliedIn(weights, units, findings) === weights);
  const fp8Cache = kvCacheFor(weights) === 'fp8' && units.multiplies('fp8');
  return {
    weights,
    activations: findings.orAssume(
      spec.activations,
      '/model/precision/activations',
      ownActivations ? weights : 'bf16',
      ownActivations
        ? 'products read their inputs in the format of the weights'
        : `${weights} is a format of weights only${activationsFor(weights) === weights ? ` on ${units.gpu}` : ''}: products read their inputs in bf16`,
    ),
    kvCache: findings.orAssume(
      spec.kvCache,
      '/model/precision/kvCache',
      fp8Cache ? 'fp8' : 'bf16',
      fp8Cache
        ? `engines that run ${weights} models keep the KV cache in fp8`
        : 'engines keep the KV cache in 16 bits unless told otherwise',
    ),
  };
}

const always16: ReadonlySet<WeightClass> = new Set(['embedding', 'head', 'norm']);

/** Of a bare spec: every matrix, routers included, at the word; norms, embedding and LM head at bf16. */
export function resolvePrecision(input: Input, findings: Findings, units: Units): Precision {
  const { weights, activations, kvCache } = askedPrecision(input, findings, units);
  return {
    weights: byClass((weightClass) => weightFormat(always16.has(weightClass) ? 'bf16' : weights)),
    activations,
    kvCache,
  };
}

/** `weights fp8 (attention, expert), bf16 (norm); activations fp8; KV cache bf16`: only classes that the model has. */
export function precisionText(model: Model): string {
  const { weights, activations, kvCache } = model.precision;
  const counts = parameterCounts(model);
  const classesOf = new Map<string, WeightClass[]>();
  for (const weightClass of weightClasses) {
    if (counts[weightClass] === 0) continue;
    const { dtype } = weights[weightClass];
    classesOf.set(dtype, [...(classesOf.get(dtype) ?? []), weightClass]);
  }
  const formats = [...classesOf].map(([dtype, classes]) =>
    classesOf.size === 1 ? dtype : `${dtype} (${classes.join(', ')})`,
  );
  return `weights ${formats.join(', ')}; activations ${activations}; KV cache ${kvCache}`;
}
