/**
 * What a request says by reference: names of the catalog, and a config.json. A schema cannot judge them; here they are judged with
 * it, so that all that is wrong with a request is told at once, and names are written as the catalog writes them, so that a
 * question has one id however it is spelt.
 */

import { findGpu } from '../catalog/gpus.ts';
import { findModelEntry, modelSpelling } from '../catalog/models.ts';
import type { Fault } from './ports.ts';
import { createFindings, type Findings } from './resolve-findings.ts';
import { findNamedGpu } from './resolve-gpu.ts';
import { findNamedModel, readConfig } from './resolve-model.ts';
import type { PlanRequest } from './schemas/request.ts';

export interface ReferenceFaults {
  readonly faults: readonly Fault[];
  /** Pointers below which a schema's word adds nothing to these faults. */
  readonly settled: readonly string[];
}

/** Of any JSON value: what is not of the right shape is the schema's to refuse. */
export function referenceFaults(request: unknown): ReferenceFaults {
  const findings = createFindings();
  const gpu = at(at(request, 'cluster'), 'gpu');
  if (isName(gpu)) findNamedGpu(gpu, findings);
  const model = at(request, 'model');
  const catalog = at(model, 'catalog');
  if (isName(model)) findNamedModel(model, '/model', findings);
  if (isName(catalog)) findNamedModel(catalog, '/model/catalog', findings);
  if (looksLikeConfig(model)) {
    findings.fault(
      '/model',
      'looks like a Hugging Face config.json: give it as { "huggingFace": <the config>, "precision": … }',
    );
    return { faults: findings.faults, settled: ['/model/'] };
  }
  const config = at(model, 'huggingFace');
  if (isObject(config)) judgeConfig(config, findings);
  return { faults: findings.faults, settled: [] };
}

/** Configs nest four deep. Whatever walks a request may recurse that far, and need not fear for its stack. */
const deepest = 32;

function judgeConfig(config: object, findings: Findings): void {
  if (isDeeper(config, deepest)) {
    findings.fault('/model/huggingFace', `is nested more than ${deepest} deep, which no config.json is`);
    return;
  }
  readConfig(config, {}, findings);
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

/** The same request with the catalog's own spelling of each name, and `"x"` for `{ "catalog": "x" }`. */
export function withCatalogNames<T extends Pick<PlanRequest, 'cluster' | 'model'>>(request: T): T {
  const { gpu } = request.cluster;
  const cluster = typeof gpu === 'string' ? { ...request.cluster, gpu: findGpu(gpu)?.name ?? gpu } : request.cluster;
  return { ...request, cluster, model: namedModel(request.model) };
}

function namedModel(model: PlanRequest['model']): PlanRequest['model'] {
  if (typeof model === 'string') return modelSpelling(model) ?? model;
  if (!('catalog' in model)) return model;
  if (model.precision === undefined) return modelSpelling(model.catalog) ?? model.catalog;
  return { ...model, catalog: findModelEntry(model.catalog)?.name ?? model.catalog };
}

function looksLikeConfig(model: unknown): boolean {
  return (
    isObject(model) &&
    at(model, 'huggingFace') === undefined &&
    ['model_type', 'architectures'].some((key) => Object.hasOwn(model, key))
  );
}

function at(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 200;
}
