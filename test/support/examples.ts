/** The requests of examples/, which the README, the OpenAPI document and the tests share. */
import { readdirSync, readFileSync } from 'node:fs';
import { Value } from 'typebox/value';
import { PlanRequest } from '../../src/http/schemas/request.ts';

const folder = new URL('../../examples/', import.meta.url);

export const exampleNames: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length))
  .sort();

/** @throws where the file is not of the public shape. */
export function exampleRequest(name: string): PlanRequest {
  return Value.Parse(PlanRequest, JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')));
}
