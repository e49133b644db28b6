/** The KV pool that an engine reports, beside ours. */
import { mean } from './metrics.ts';
import type { Outcome } from './predict.ts';
import { oneDecimal, type Table } from './report.ts';
import type { EstimateBody } from './rows.ts';
import { type KvPool, kvPools, maxModelLength, memoryFraction } from './vllm-kv-pools.ts';

const gib = 2 ** 30;

export function poolBody({ model, config, kvCache, tp, pp }: KvPool): EstimateBody {
  const precision = { weights: 'bf16', kvCache } as const;
  return {
    cluster: { nodes: 1, gpusPerNode: tp * pp, gpu: 'H100-SXM-80GB' },
    model: config ? { huggingFace: config, name: model, precision } : { catalog: model, precision },
    engine: 'vllm',
    engineSettings: { memoryFraction },
    workload: {
      kind: 'serving',
      inputTokens: maxModelLength - 1024,
      outputTokens: 1024,
      saturated: true,
    },
    strategy: { tp, pp },
  };
}

export interface PoolErrors {
  readonly table: Table;
  /** Percent, mean of absolute errors. */
  readonly pool?: number;
  readonly concurrency?: number;
}

interface Seen {
  readonly pool: KvPool;
  readonly why?: string;
  readonly poolGiB?: number;
  readonly poolError?: number;
  readonly tokens?: number;
  readonly tokensError?: number;
  readonly concurrencyError?: number;
}

export async function poolErrors(ask: (body: EstimateBody) => Outcome | Promise<Outcome>): Promise<PoolErrors> {
  const outcomes = await Promise.all(kvPools.map(async (pool) => ({ pool, outcome: await ask(poolBody(pool)) })));
  const seen = outcomes.map(({ pool, outcome }): Seen => {
    if ('why' in outcome) return { pool, why: outcome.why };
    const { kvPoolBytes, kvCacheTokens, maxConcurrency } = outcome.prediction.memory;
    return {
      pool,
      poolGiB: kvPoolBytes / gib,
      poolError: percentOff(kvPoolBytes / gib, pool.poolGiB),
      ...(pool.tokens !== undefined && {
        tokens: kvCacheTokens,
        tokensError: percentOff(kvCacheTokens, pool.tokens),
        concurrencyError: percentOff(maxConcurrency, pool.tokens / maxModelLength),
      }),
    };
  });
  const pools = seen.flatMap(({ poolError, tokensError }) => {
    const error = tokensError ?? poolError;
    return error === undefined ? [] : [Math.abs(error)];
  });
  const concurrencies = seen.flatMap(({ concurrencyError }) =>
    concurrencyError === undefined ? [] : [Math.abs(concurrencyError)],
  );
  return {
    ...(pools.length > 0 && { pool: mean(pools) }),
    ...(concurrencies.length > 0 && { concurrency: mean(concurrencies) }),
    table: {
      title: 'KV pool that vLLM 0.19.0 reports on an H100',
      note: 'Errors in percent. Tokens and concurrency (of sequences of 8192) are those of the pool on one data-parallel rank; where the source prints none, the pool is put together from the parts it prints.',
      head: ['model', 'KV', 'TP', 'PP', 'GiB', 'ours', 'error', 'tokens', 'ours', 'error', 'concurrency error'],
      rows: seen.map((one) => {
        const { model, kvCache, tp, pp, poolGiB, tokens } = one.pool;
        const of = [model, kvCache, String(tp), String(pp), poolGiB.toFixed(2)];
        if (one.why !== undefined) return [...of, one.why, '', '', '', '', ''];
        const error = (value: number | undefined) => (value === undefined ? '' : oneDecimal(value));
        return [
          ...of,
          one.poolGiB?.toFixed(2) ?? '',
          error(one.poolError),
          tokens === undefined ? '' : tokens.toLocaleString('en'),
          one.tokens === undefined ? '' : one.tokens.toLocaleString('en'),
          error(one.tokensError),
          error(one.concurrencyError),
        ];
      }),
    },
  };
}

const percentOff = (ours: number, theirs: number): number => (100 * (ours - theirs)) / theirs;
