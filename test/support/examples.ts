/** The requests of examples/, which the README, the OpenAPI document and the tests share. */
import { readdirSync, readFileSync } from 'node:fs';
import { Value } from 'typebox/value';
import { ModelSpec } from '../../src/http/schemas/model-request.ts';
import { Gpu, PlanRequest } from '../../src/http/schemas/request.ts';

const folder = new URL('../../examples/', import.meta.url);

const names: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length))
  .sort();

/** Of a batch. */
export const exampleNames: readonly string[] = names.filter((name) => exampleRequest(name).workload.kind === 'batch');
export const servingExampleNames: readonly string[] = names.filter((name) => !exampleNames.includes(name));

/** @throws where the file is not of the public shape. */
export function exampleRequest(name: string): PlanRequest {
  return Value.Parse(PlanRequest, JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')));
}

/** The reference request, which gives its GPU and its model by their dimensions. */
export function referenceRequest() {
  const request = exampleRequest('reference');
  const gpu = Value.Parse(Gpu, request.cluster.gpu);
  return { ...request, cluster: { ...request.cluster, gpu }, model: Value.Parse(ModelSpec, request.model) };
}
