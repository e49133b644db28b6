/** `model` of a request: a name of the catalog, a config.json, or dimensions. */
import type { Static } from 'typebox';
import { type HuggingFaceModel as Read, readHuggingFaceConfig } from '../catalog/hugging-face/read.ts';
import { findModel, findModelEntry, modelOfGguf, precisionInName, suggestModels } from '../catalog/models.ts';
import type { PrecisionRequest } from '../catalog/precision.ts';
import type { Model } from '../planner/model.ts';
import { show } from './explain-words.ts';
import { notInCatalog } from './not-in-catalog.ts';
import { resolveBareModel } from './resolve-bare-model.ts';
import type { Findings } from './resolve-findings.ts';
import { askedPrecision, precisionText } from './resolve-precision.ts';
import { allUnits, onUnits, type Units } from './resolve-units.ts';
import type { CatalogModel, HuggingFaceModel, Model as ModelInput } from './schemas/model-request.ts';

/** What a model is resolved with: the units of the GPUs that it is for, and where what is found goes. */
interface Resolving {
  readonly findings: Findings;
  readonly units: Units;
}

/** Undefined where there is no model to plan for: what is wrong is then among the faults. */
export function resolveModel(
  input: Static<typeof ModelInput>,
  findings: Findings,
  units: Units = allUnits,
): Model | undefined {
  const resolving = { findings, units };
  if (typeof input === 'string') return resolveNamed({ catalog: input }, '/model', resolving);
  if ('catalog' in input) return resolveNamed(input, '/model/catalog', resolving);
  if ('huggingFace' in input) return resolveConfig(input, resolving);
  return resolveBareModel(input, findings, units);
}

/** The catalog's entry of a name; where there is none, a fault at `pointer` says so, with the names that are like it. */
export function findNamedModel(name: string, pointer: string, findings: Findings) {
  const entry = findModelEntry(name);
  if (entry) return entry;
  const inGguf = modelOfGguf(name);
  findings.fault(
    pointer,
    inGguf === undefined
      ? notInCatalog(name, { near: suggestModels(name), list: '/models' })
      : `${show(name)} is a GGUF file, whose mixed formats are not planned: ask for "${inGguf}" in the precision nearest to it`,
  );
  return undefined;
}

function resolveNamed(
  { catalog, precision }: Static<typeof CatalogModel>,
  pointer: string,
  { findings, units }: Resolving,
): Model | undefined {
  const entry = findNamedModel(catalog, pointer, findings);
  if (!entry) return undefined;
  const named = precision === undefined ? precisionInName(catalog) : undefined;
  if (named) assumeNamed(named, catalog, findings);
  const wanted = precision ?? named;
  const asked = wanted && askedPrecision(wanted, findings, units);
  const found = findModel(entry.name, asked);
  if (!found) return undefined;
  findings.assume(pointer, entry.name, `the catalog’s spec, which resolved.model has whole: ${entry.source}`);
  note(found, asked === undefined, findings);
  return asked ? found.model : onUnits(found.model, units, findings);
}

function assumeNamed(named: PrecisionRequest, name: string, findings: Findings): void {
  const why = `the name “${name}” says so`;
  const { weights, activations, kvCache } = typeof named === 'string' ? { weights: named } : named;
  findings.assume('/model/precision', weights, why);
  if (activations) findings.assume('/model/precision/activations', activations, why);
  if (kvCache) findings.assume('/model/precision/kvCache', kvCache, why);
}

/** What is wrong with a config.json, under its place in the request. */
export function readConfig(config: unknown, options: Parameters<typeof readHuggingFaceConfig>[1], findings: Findings) {
  const read = readHuggingFaceConfig(config, options);
  if (!('errors' in read)) return read;
  for (const { pointer, detail } of read.errors) findings.fault(`/model/huggingFace${pointer}`, detail);
  return undefined;
}

function resolveConfig(
  { huggingFace, name, precision }: Static<typeof HuggingFaceModel>,
  { findings, units }: Resolving,
): Model | undefined {
  const asked = precision && askedPrecision(precision, findings, units);
  const options = { ...(name !== undefined && { name }), ...(asked && { precision: asked }) };
  const read = readConfig(huggingFace, options, findings);
  if (!read) return undefined;
  if (name === undefined)
    findings.assume('/model/name', read.model.name, 'as the config names itself; only labels use it');
  note(read, precision === undefined, findings);
  return asked ? read.model : onUnits(read.model, units, findings);
}

function note(
  { model, assumptions, warnings }: Exclude<Read, { readonly errors: unknown }>,
  ownPrecision: boolean,
  findings: Findings,
): void {
  for (const { path, value, why } of assumptions) findings.assume(`/model/huggingFace${path}`, value, why);
  if (ownPrecision) findings.assume('/model/precision', precisionText(model), 'the checkpoint’s own');
  for (const warning of warnings) findings.warn(warning);
}
