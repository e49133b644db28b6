/** The one form of a question: requests that are answered with the same words have the same plan id. */
import { servingModes } from '../planner/strategy.ts';
import { withCatalogNames } from './references.ts';
import type { PlanRequest } from './schemas/request.ts';

/** Names as the catalog writes them, modes once and in one order, and nothing that says nothing. */
export function inOneForm(request: PlanRequest): PlanRequest {
  const { engineSettings, constraints, options, workload, ...rest } = withCatalogNames(request);
  const orderedOptions = options?.modes
    ? { ...options, modes: servingModes.filter((mode) => options.modes?.includes(mode)) }
    : options;
  return {
    ...rest,
    workload: withoutEmptySlo(workload),
    ...(says(engineSettings) && { engineSettings }),
    ...(says(constraints) && { constraints }),
    ...(says(orderedOptions) && { options: orderedOptions }),
  };
}

function withoutEmptySlo(workload: PlanRequest['workload']): PlanRequest['workload'] {
  if (workload.kind !== 'serving' || says(workload.slo)) return workload;
  const { slo: _, ...rest } = workload;
  return rest;
}

function says<T extends object>(value: T | undefined): value is T {
  return value !== undefined && Object.keys(value).length > 0;
}
