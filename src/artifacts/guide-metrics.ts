/**
 * Which metric of a running engine stands for which figure of the plan. Names as in vllm v1/metrics/loggers.py, sglang
 * srt/metrics/collector.py and docs/references/production_metrics.md, tensorrt_llm metrics/collector.py and its llm-d table
 * (llm-d-inference-scheduler, metrics of model servers), read in November 2026.
 */
import type { FeasibleServingPlan } from '../http/schemas/serving-answer.ts';
import { amount, count, duration, percent, table } from './markdown.ts';
import type { Role } from './served-workers.ts';

type EngineName = Exclude<FeasibleServingPlan['resolved']['engine']['name'], 'generic'>;

interface EngineMetrics {
  /** Where the engine tells them, and what has to be switched on first. */
  readonly where: string;
  /** Histograms in seconds, by their base name. */
  readonly ttft: string;
  readonly tpot: string;
  /** Queries that stand alone. */
  readonly outputTokens: string;
  readonly running: string;
  readonly waiting: string;
  readonly cacheUse: string;
  readonly capacity: string;
  readonly hits?: string;
  readonly accepted?: string;
  /** What tells that the cache was too small for what ran: it should stay at 0. */
  readonly pushedBack?: string;
}

export const engineMetrics: Readonly<Record<EngineName, EngineMetrics>> = {
  vllm: {
    where: '`GET /metrics` of each API server',
    ttft: 'vllm:time_to_first_token_seconds',
    tpot: 'vllm:request_time_per_output_token_seconds',
    outputTokens: 'sum(rate(vllm:generation_tokens_total[5m]))',
    running: 'vllm:num_requests_running',
    waiting: 'vllm:num_requests_waiting',
    cacheUse: 'vllm:kv_cache_usage_perc',
    capacity: 'vllm:cache_config_info: num_gpu_blocks × block_size',
    hits: 'rate(vllm:prefix_cache_hits_total[5m]) / rate(vllm:prefix_cache_queries_total[5m])',
    accepted:
      'rate(vllm:spec_decode_num_accepted_tokens_total[5m]) / rate(vllm:spec_decode_num_draft_tokens_total[5m])',
    pushedBack: 'vllm:num_preemptions_total',
  },
  sglang: {
    where: '`GET /metrics` of each server started with `--enable-metrics`',
    ttft: 'sglang:time_to_first_token_seconds',
    tpot: 'sglang:inter_token_latency_seconds',
    outputTokens: 'sum(rate(sglang:generation_tokens_total[5m]))',
    running: 'sglang:num_running_reqs',
    waiting: 'sglang:num_queue_reqs',
    cacheUse: 'sglang:token_usage',
    capacity: 'sglang:max_total_num_tokens',
    hits: 'sglang:cache_hit_rate',
    accepted: 'sglang:spec_accept_rate',
    pushedBack: 'sglang:num_retracted_reqs',
  },
  'tensorrt-llm': {
    where: '`GET /prometheus/metrics` of each server started with `return_perf_metrics: true`',
    ttft: 'trtllm_time_to_first_token_seconds',
    tpot: 'trtllm_time_per_output_token_seconds',
    outputTokens: 'rate(trtllm_request_success_total[5m]) × output tokens of a request',
    running: 'trtllm_num_requests_running',
    waiting: 'trtllm_num_requests_waiting',
    cacheUse: 'trtllm_kv_cache_utilization',
    capacity: '`GET /metrics`: kvCacheStats.maxNumBlocks × kvCacheStats.tokensPerBlock',
    hits: 'trtllm_kv_cache_hit_rate',
  },
};

/** The mean of what a histogram has seen in five minutes. */
function meanOf(histogram: string): string {
  return `rate(${histogram}_sum[5m]) / rate(${histogram}_count[5m])`;
}

/** Engines count every draft token, a plan says the chance of one whose forerunners were right: the share is (a + a² + … + aⁿ)/n. */
function acceptedShare({ tokens, acceptance }: { readonly tokens: number; readonly acceptance: number }): number {
  let sum = 0;
  for (let i = 1; i <= tokens; i++) sum += acceptance ** i;
  return sum / tokens;
}

/** A kind of worker, as far as metrics tell of it. */
export interface MeteredKind {
  readonly role: Role;
  /** What the guide calls it; empty where there is one kind. */
  readonly name: string;
  readonly load: FeasibleServingPlan['estimate']['load'];
  readonly memory: Pick<FeasibleServingPlan['estimate']['memory'], 'kvCacheTokens'>;
}

/** Nothing where the plan is for no engine in particular: its metrics have no names that we know. */
export function metricsTable(plan: FeasibleServingPlan, kinds: readonly MeteredKind[]): string | undefined {
  const { engine, workload } = plan.resolved;
  if (engine.name === 'generic') return undefined;
  const metrics = engineMetrics[engine.name];
  const { time, throughput } = plan.estimate;
  const code = (text: string) => (text.startsWith('`') ? text : `\`${text}\``);
  const rows: (readonly [figure: string, planned: string, metric: string])[] = [
    ['TTFT, mean', duration(time.ttftMs), code(meanOf(metrics.ttft))],
  ];
  // One token has no further ones.
  if (workload.outputTokens > 1) rows.push(['TPOT, mean', duration(time.tpotMs), code(meanOf(metrics.tpot))]);
  rows.push(['Output tokens a second, of all workers', amount(throughput.tokensPerSecond), code(metrics.outputTokens)]);
  for (const { role, name, load, memory } of kinds) {
    const of = name === '' ? '' : `, ${name}`;
    // A prefill worker reads prompts one after another: what runs there at once says nothing of the plan.
    if (role !== 'prefill') {
      const used = (100 * load.sequences * load.contextTokens) / memory.kvCacheTokens;
      rows.push(
        [`Requests in a step, of a data-parallel rank${of}`, amount(load.sequences), code(metrics.running)],
        [`KV cache in use${of}`, percent(used), code(metrics.cacheUse)],
      );
    }
    rows.push([
      `KV pool of a data-parallel rank${of}`,
      `${count(memory.kvCacheTokens)} tokens`,
      code(metrics.capacity),
    ]);
  }
  if (metrics.hits !== undefined && workload.prefixCacheHitRate > 0) {
    rows.push(['Prompt tokens from the prefix cache', percent(100 * workload.prefixCacheHitRate), code(metrics.hits)]);
  }
  if (metrics.accepted !== undefined && workload.speculative) {
    rows.push(['Draft tokens accepted', percent(100 * acceptedShare(workload.speculative)), code(metrics.accepted)]);
  }
  const told = `${metrics.where} tells the other half. The engine counts from the arrival of a request to its own first token: a client sees what lies between them on top.`;
  return `${told}\n\n${table(['Figure', 'This plan', 'Metric'], rows)}`;
}
