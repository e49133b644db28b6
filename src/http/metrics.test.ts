import { spawnSync } from 'node:child_process';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { hasPromtool } from '../../test/support/tools.ts';
import { createReadiness, registerHealth } from './health.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { registerMetrics } from './metrics-route.ts';
import type { JobResult } from './ports.ts';

const answer = (status: 'feasible' | 'infeasible'): JobResult => ({
  kind: 'answer',
  status,
  complete: true,
  json: '{}',
  timings: { searchMs: 12, verifyMs: 1 },
  search: { enumerated: 500, evaluated: 40 },
});

function used(): Metrics {
  const metrics = createMetrics();
  metrics.watch({
    pool: () => ({
      waiting: 3,
      running: 2,
      threads: 4,
      byClass: { small: { waiting: 1, running: 2 }, large: { waiting: 2, running: 0 } },
    }),
    store: () => [{ tier: 'memory', entries: 5, bytes: 1234 }],
    shared: () => 'read-only',
    durable: () => false,
  });
  metrics.describe({ version: '1.2.3', answers: 'ab'.repeat(32), node: 'v20.0.0' });
  metrics.requestDone({ route: '/plans/:id', method: 'GET', status: 200, seconds: 0.0004 });
  metrics.plans.planned({ result: answer('feasible'), objective: 'balance' });
  metrics.plans.planned({ result: answer('infeasible'), objective: 'latency' });
  metrics.plans.planned({ result: { kind: 'out-of-time' }, objective: 'surprise' });
  metrics.pool.waited(0.003, 'small');
  metrics.pool.refused();
  metrics.cache.hit('memory');
  metrics.cache.corruption('disk');
  metrics.cache.failure('shared');
  metrics.shared.operation('get', 0.0003);
  metrics.shared.turn('elsewhere');
  return metrics;
}

async function openApp() {
  const app = Fastify();
  const metrics = createMetrics();
  registerMetrics(app, metrics);
  registerHealth(app, createReadiness());
  return { app, metrics };
}

describe('the metrics', () => {
  it('count what happened', async () => {
    const text = await used().text('prometheus');
    for (const line of [
      'shardwell_http_request_duration_seconds_bucket{le="0.0005",route="/plans/:id",method="GET",status="200"} 1',
      'shardwell_plans_total{result="feasible",objective="balance"} 1',
      'shardwell_plans_total{result="infeasible",objective="latency"} 1',
      'shardwell_plans_total{result="out-of-time",objective="other"} 1',
      'shardwell_search_candidates_sum 1000',
      'shardwell_search_evaluated_candidates_count 2',
      'shardwell_search_duration_seconds_sum 0.024',
      'shardwell_verification_duration_seconds_count 1',
      'shardwell_planning_wait_seconds_count{class="small"} 1',
      'shardwell_planning_wait_seconds_count{class="large"} 0',
      'shardwell_planning_refusals_total 1',
      'shardwell_planning_queue_depth{class="small"} 1',
      'shardwell_planning_queue_depth{class="large"} 2',
      'shardwell_planning_jobs_running{class="small"} 2',
      'shardwell_planning_threads 4',
      'shardwell_cache_hits_total{tier="memory"} 1',
      'shardwell_cache_hits_total{tier="disk"} 0',
      'shardwell_cache_corruptions_total{tier="disk"} 1',
      'shardwell_cache_evictions_total{tier="memory"} 0',
      'shardwell_cache_bytes{tier="memory"} 1234',
      'shardwell_cache_failures_total{tier="shared"} 1',
      'shardwell_shared_cache_state{state="read-only"} 1',
      'shardwell_shared_cache_state{state="up"} 0',
      'shardwell_shared_cache_operation_seconds_bucket{le="0.0005",operation="get"} 1',
      'shardwell_planning_turns_total{outcome="elsewhere"} 1',
      'shardwell_planning_turns_total{outcome="alone"} 0',
      'shardwell_store_durable 0',
      'shardwell_build_info{version="1.2.3",commit="",answers="abababababab",node="v20.0.0"} 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).not.toMatch(/nodejs_active_\w+_total/);
  });

  it.runIf(hasPromtool)('are named as promtool check metrics wants them', async () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: await used().text('prometheus'),
    });
    expect(`${stdout}${stderr}`).toBe('');
    expect(status).toBe(0);
  });

  it('are the same in both formats, in whichever order they are asked for', async () => {
    const metrics = used();
    const samples = (text: string) => text.split('\n').filter((line) => line.startsWith('shardwell_'));
    const before = await metrics.text('prometheus');
    const open = await metrics.text('openmetrics');
    expect(samples(open)).toEqual(samples(before));
    expect(samples(await metrics.text('prometheus'))).toEqual(samples(before));
    expect(open).toContain('# TYPE shardwell_cache_hits counter\nshardwell_cache_hits_total{tier="memory"} 1\n');
    expect(open).toMatch(/\n# EOF\n$/);
    expect(open).not.toContain('\n\n');
  });
});

describe('GET /metrics', () => {
  it('answers in the format that is asked for', async () => {
    const { app } = await openApp();
    const prometheus = await app.inject('/metrics');
    expect(prometheus.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const accept = 'application/openmetrics-text;version=1.0.0;q=0.9,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
    const open = await app.inject({ url: '/metrics', headers: { accept } });
    expect(open.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(open.body).toMatch(/# EOF\n$/);
    const other = await app.inject({ url: '/metrics', headers: { accept: 'application/json' } });
    expect(other.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('has one series for all paths that are none', async () => {
    const { app, metrics } = await openApp();
    for (let i = 0; i < 20; i += 1) await app.inject(`/nothing/${i}`);
    await app.inject('/health/live');
    const text = await metrics.text('prometheus');
    const counts = text.split('\n').filter((line) => line.startsWith('shardwell_http_request_duration_seconds_count'));
    expect(counts.sort()).toEqual([
      'shardwell_http_request_duration_seconds_count{route="/health/live",method="GET",status="200"} 1',
      'shardwell_http_request_duration_seconds_count{route="none",method="GET",status="404"} 20',
    ]);
  });
});
