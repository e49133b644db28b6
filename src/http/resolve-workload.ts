/** `workload` of a request, in SI. */

import type { Static } from 'typebox';
import { extended } from '../planner/extended.ts';
import { type Model, mixtureOf } from '../planner/model.ts';
import type * as planned from '../planner/workload.ts';
import { usualLengthSpread } from '../planner/workload.ts';
import type { Findings } from './resolve-findings.ts';
import type { BatchWorkload, Routing, ServingWorkload } from './schemas/workload-request.ts';

type Serving = Static<typeof ServingWorkload>;

export function resolveBatchWorkload(
  { kind, batchSize, sequenceLength }: Static<typeof BatchWorkload>,
  { hiddenSize }: Model,
  findings: Findings,
): planned.BatchWorkload {
  refuseUncountable(
    `${batchSize} sequences of ${sequenceLength} tokens of ${hiddenSize} elements`,
    batchSize * sequenceLength * hiddenSize,
    findings,
  );
  return { kind, batchSize, sequenceLength };
}

export function resolveServingWorkload(input: Serving, model: Model, findings: Findings): planned.ServingWorkload {
  const { inputTokens, outputTokens, slo = {}, speculative } = input;
  const sequences = input.concurrency ?? input.staticBatch ?? 1;
  const tokens = inputTokens + outputTokens;
  if (slo.confidence !== undefined && slo.ttftMs === undefined && slo.tpotMs === undefined)
    findings.fault('/workload/slo/confidence', 'has no bound to be sure of: give ttftMs, tpotMs or both');
  refuseUncountable(
    `${sequences} sequences of ${tokens} tokens of ${model.hiddenSize} elements`,
    sequences * tokens * model.hiddenSize,
    findings,
  );
  return {
    kind: 'serving',
    inputTokens,
    outputTokens,
    lengthSpread: resolveLengthSpread(input, findings),
    load: loadOf(input),
    slo: extended(
      extended(
        slo.ttftMs === undefined ? {} : { ttft: slo.ttftMs / 1e3 },
        slo.tpotMs === undefined ? {} : { tpot: slo.tpotMs / 1e3 },
      ),
      slo.confidence === undefined ? {} : { confidence: slo.confidence },
    ),
    prefixCacheHitRate: findings.orAssume(
      input.prefixCacheHitRate,
      '/workload/prefixCacheHitRate',
      0,
      'no prompt begins as another did: the request names no hits of the prefix cache',
    ),
    ...(speculative && { speculation: { ...speculative } }),
    routing: resolveRouting(input.routing, model, findings),
  };
}

/** Only a load of which requests come and go has lengths that differ, and only where somebody waits for others do they count. */
function resolveLengthSpread(input: Serving, findings: Findings): number {
  const { lengthSpread, concurrency, requestsPerSecond, staticBatch } = input;
  const path = '/workload/lengthSpread';
  if (staticBatch !== undefined && lengthSpread !== undefined && lengthSpread > 0) {
    findings.fault(
      path,
      'contradicts staticBatch: prompts that begin together and answers that end together are all equal',
      [0],
    );
  }
  if (concurrency !== undefined) {
    const why =
      'the request does not say how far lengths differ: between runs of which all are equal (0) and those drawn from 0.8 to 1.0 of nominal (1/9)';
    return findings.orAssume(lengthSpread, path, usualLengthSpread, why);
  }
  if (requestsPerSecond !== undefined) {
    const why = 'the request does not say how far lengths differ: in the queue all prompts take as long to read';
    return findings.orAssume(lengthSpread, path, 0, why);
  }
  return lengthSpread ?? 0;
}

/** Beyond 2^53 elements bytes are no longer whole numbers in a double, and nothing could check them. */
function refuseUncountable(what: string, elements: number, findings: Findings): void {
  if (elements <= Number.MAX_SAFE_INTEGER) return;
  findings.fault('/workload', `${what} are more than can be counted exactly (${Number.MAX_SAFE_INTEGER})`);
}

/** The schema has seen to it that exactly one is there. */
function loadOf({ concurrency, requestsPerSecond, staticBatch }: Serving): planned.ServingLoad {
  if (concurrency !== undefined) return { kind: 'concurrency', concurrency };
  if (requestsPerSecond !== undefined) return { kind: 'rate', requestsPerSecond };
  return staticBatch === undefined ? { kind: 'saturated' } : { kind: 'static', batch: staticBatch };
}

function resolveRouting(input: Static<typeof Routing> | undefined, model: Model, findings: Findings): planned.Routing {
  const path = '/workload/routing';
  const experts = mixtureOf(model)?.experts;
  if (input === undefined) {
    if (experts === undefined) return { kind: 'uniform' };
    findings.assume(
      path,
      'usual',
      'the request knows of no loads: experts are as unequally busy as those of trained models usually are (Zipf’s law of 0.5)',
    );
    return { kind: 'usual' };
  }
  if (input === 'uniform') return { kind: 'uniform' };
  if (experts === undefined) {
    findings.fault(path, 'contradicts the model, which is dense: it has no experts to choose among', ['uniform']);
    return { kind: 'uniform' };
  }
  if (input === 'usual') return { kind: 'usual' };
  if ('zipf' in input) return { kind: 'zipf', exponent: input.zipf };
  const { loads } = input;
  if (loads.length !== experts)
    findings.fault(`${path}/loads`, `has ${loads.length} numbers for the ${experts} experts of a layer`);
  else if (!loads.some((load) => load > 0)) findings.fault(`${path}/loads`, 'are all 0: no expert was ever chosen');
  return { kind: 'loads', loads };
}
