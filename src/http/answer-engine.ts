/** `resolved.workload` and `resolved.engine` of an answer for serving: a reader can derive every figure from them. */
import type { Static } from 'typebox';
import { heldToMeans } from '../planner/cost/serving/interval.ts';
import type { Engine, EngineTimes } from '../planner/engine.ts';
import type { ServingSetting } from '../planner/serving-result.ts';
import type { Routing, ServingLoad, Slo } from '../planner/workload.ts';
import { figure, ms, us } from './answer-units.ts';
import { engineConstants } from './schemas/engine-times.ts';
import type { ResolvedEngine, ResolvedServingWorkload } from './schemas/resolved-serving.ts';

type Workload = Static<typeof ResolvedServingWorkload>;

export function servingWorkloadOf(setting: Pick<ServingSetting, 'cluster' | 'workload'>): Workload {
  const { workload } = setting;
  const { inputTokens, outputTokens, lengthSpread, load, slo, prefixCacheHitRate, speculation, routing } = workload;
  return {
    kind: 'serving',
    inputTokens,
    outputTokens,
    lengthSpread,
    ...loadOf(load),
    slo: {
      ...boundsOf(slo),
      ...(slo.confidence !== undefined && {
        confidence: slo.confidence,
        means: boundsOf(heldToMeans(setting).workload.slo),
      }),
    },
    prefixCacheHitRate,
    ...(speculation && { speculative: { ...speculation } }),
    routing: routingOf(routing),
  };
}

function boundsOf({ ttft, tpot }: Slo): { readonly ttftMs?: number; readonly tpotMs?: number } {
  return { ...(ttft !== undefined && { ttftMs: ms(ttft) }), ...(tpot !== undefined && { tpotMs: ms(tpot) }) };
}

function loadOf(load: ServingLoad): Pick<Workload, 'concurrency' | 'requestsPerSecond' | 'saturated' | 'staticBatch'> {
  switch (load.kind) {
    case 'concurrency':
      return { concurrency: load.concurrency };
    case 'rate':
      return { requestsPerSecond: load.requestsPerSecond };
    case 'saturated':
      return { saturated: true };
    case 'static':
      return { staticBatch: load.batch };
  }
}

function routingOf(routing: Routing): Workload['routing'] {
  switch (routing.kind) {
    case 'usual':
    case 'uniform':
      return routing.kind;
    case 'zipf':
      return { zipf: routing.exponent };
    case 'loads':
      return { loads: [...routing.loads] };
  }
}

/** Bytes as they are: whoever recomputes a KV pool from them must come to the same byte. */
export function engineOf(engine: Engine): Static<typeof ResolvedEngine> {
  const { name, rankLayout, memory, batchTokens, maxSequences, nativeFp8Cache, fusesQuantisation, exchange } = engine;
  const { generatedExperts, times } = engine;
  return {
    name,
    rankLayout: { stages: rankLayout.stages, expert: [...rankLayout.expert] },
    memory: {
      basis: memory.basis,
      memoryFraction: memory.fraction,
      overheadAloneBytes: memory.overheadAlone,
      overheadWithCollectivesBytes: memory.overheadWithCollectives,
      logitBytes: memory.logitBytes,
      blockTokens: memory.blockTokens,
      outputReserve: memory.outputReserve,
    },
    maxBatchTokens: batchTokens,
    maxSequences,
    nativeFp8Cache,
    fusesQuantisation,
    exchange,
    generatedExperts: { ...generatedExperts },
    times: timesOf(times),
  };
}

const inUnit = { '': figure, Ms: ms, Us: us } as const;

function timesOf(times: EngineTimes): Record<string, number> {
  const values = new Map<string, number>(Object.entries(times));
  return Object.fromEntries(
    Object.entries(engineConstants).map(([name, { unit }]) => [`${name}${unit}`, inUnit[unit](values.get(name) ?? 0)]),
  );
}
