/** The guide once the engine runs: the load as a command, the engine's metrics beside the plan's figures, what to watch. */
import { describe, expect, it } from 'vitest';
import { servedPlan } from '../../test/support/served-file.ts';
import { chat, modelNamed, oneWorker, settingOf } from '../../test/support/serving.ts';
import { engines } from '../catalog/engines.ts';
import type { FeasibleServingPlan } from '../http/schemas/serving-answer.ts';
import { estimateServing, type ServingStrategyRequest } from '../planner/serving.ts';
import type { ServingWorkload } from '../planner/workload.ts';
import { benchmarkCommand } from './guide-load.ts';
import { engineMetrics } from './guide-metrics.ts';
import { servingGuide } from './guide-serving.ts';

type Engine = keyof typeof engines;

const worker = { ...oneWorker, dp: 4, ep: 4 };
const shared: ServingStrategyRequest = { mode: 'aggregated', ...worker };
const apart: ServingStrategyRequest = { mode: 'disaggregated', prefill: worker, decode: { ...worker, replicas: 2 } };

function planOf(
  engine: Engine,
  { workload = {}, strategy = shared }: { workload?: Partial<ServingWorkload>; strategy?: ServingStrategyRequest } = {},
): FeasibleServingPlan {
  const setting = settingOf(modelNamed('Qwen3-30B-A3B'), {
    engine: engines[engine],
    workload: { ...chat, ...workload },
  });
  const result = estimateServing(setting, strategy);
  if (result.status !== 'feasible') throw new Error(JSON.stringify(result));
  return servedPlan(setting, { ...result.chosen, modules: result.modules });
}

/** The options of the only command in a fence, without its quotes and line ends. */
function optionsOf(command: string): ReadonlyMap<string, string> {
  const words = command
    .replaceAll(/```(bash)?|\\\n/g, ' ')
    .split(/\s+/)
    .filter((word) => word !== '');
  return new Map(words.flatMap((word, i) => (word.startsWith('--') ? [[word, words[i + 1] ?? ''] as const] : [])));
}

const rowsOf = (guide: string) =>
  new Map(
    [...guide.matchAll(/^\| ([^|]+) \| ([^|]+) \| (`[^|]+`) \|$/gm)].map(([, figure = '', planned, metric]) => [
      figure,
      { planned, metric },
    ]),
  );

describe('the command that loads a deployment as planned', () => {
  it.each(['vllm', 'sglang', 'tensorrt-llm', 'generic'] as const)('asks %s for the planned lengths', (engine) => {
    const options = optionsOf(benchmarkCommand(planOf(engine)));
    expect(options.get('--max-concurrency')).toBe('16');
    // Whole answers, whatever the model likes.
    expect(options.has('--ignore-eos')).toBe(engine !== 'sglang');
  });

  it.each([
    ['vllm', 0, ['2000', '500', '0']],
    ['vllm', 0.25, ['2000', '500', '0.25']],
    ['tensorrt-llm', 1, ['2000', '500', '0.999']],
    // SGLang's draws from a share of the length up to it: 1500 to 2500 tokens.
    ['sglang', 0.25, ['2500', '625', '0.6']],
    ['sglang', 0, ['2000', '500', '1']],
  ] as const)('draws lengths for %s as far apart as planned: 1 ± %d', (engine, lengthSpread, expected) => {
    const options = optionsOf(benchmarkCommand(planOf(engine, { workload: { lengthSpread } })));
    const names = ['--random-input-len', '--random-output-len', '--random-range-ratio'];
    expect(names.map((name) => options.get(name))).toEqual(expected);
  });

  it.each([
    [{ kind: 'concurrency', concurrency: 3 }, '--max-concurrency', '3', '50'],
    [{ kind: 'rate', requestsPerSecond: 2.5 }, '--request-rate', '2.5', '750'],
    [{ kind: 'static', batch: 12 }, '--max-concurrency', '12', '120'],
  ] as const)('comes from the load %j', (load, option, value, requests) => {
    const options = optionsOf(benchmarkCommand(planOf('vllm', { workload: { load } })));
    expect(options.get(option)).toBe(value);
    expect(options.get('--num-prompts')).toBe(requests);
    expect(options.has('--request-rate')).toBe(option === '--request-rate');
  });

  it('fills a saturated engine up to what it admits', () => {
    const plan = planOf('sglang', { workload: { load: { kind: 'saturated' } }, strategy: apart });
    if (plan.strategy.mode !== 'disaggregated') throw new Error('planned as one kind of worker');
    const { maxConcurrency } = plan.strategy.decode.strategy;
    expect(optionsOf(benchmarkCommand(plan)).get('--max-concurrency')).toBe(String(maxConcurrency));
  });
});

describe('metrics of the engine', () => {
  it.each(['vllm', 'sglang', 'tensorrt-llm'] as const)('of %s stand beside the figures they measure', (engine) => {
    const rows = rowsOf(servingGuide(planOf(engine)));
    expect(rows.get('TTFT, mean')?.metric).toContain(`${engineMetrics[engine].ttft}_sum`);
    expect(rows.get('TPOT, mean')?.metric).toContain(`${engineMetrics[engine].tpot}_count`);
    // Sixteen requests over four data-parallel ranks.
    expect(rows.get('Requests in a step, of a data-parallel rank')).toMatchObject({
      metric: `\`${engineMetrics[engine].running}\``,
    });
    expect(Number(rows.get('Requests in a step, of a data-parallel rank')?.planned)).toBeLessThanOrEqual(4);
  });

  it('are asked of decode workers alone where prompts are read elsewhere', () => {
    const rows = rowsOf(servingGuide(planOf('sglang', { strategy: apart })));
    expect([...rows.keys()].filter((figure) => figure.startsWith('Requests in a step'))).toEqual([
      'Requests in a step, of a data-parallel rank, decode workers',
    ]);
    expect(rows.has('KV pool of a data-parallel rank, prefill workers')).toBe(true);
  });

  it('count every draft token, where a plan says the chance of one', () => {
    const workload: Partial<ServingWorkload> = {
      speculation: { tokens: 2, acceptance: 0.8 },
      prefixCacheHitRate: 0.25,
    };
    const guide = servingGuide(planOf('vllm', { workload }));
    const rows = rowsOf(guide);
    // (0.8 + 0.8²) / 2
    expect(rows.get('Draft tokens accepted')?.planned).toBe('72 %');
    expect(rows.get('Prompt tokens from the prefix cache')?.planned).toBe('25 %');
    expect(guide).toContain('Random prompts share no prefix');
    expect(guide).toContain('Drafts of random text are seldom accepted');
  });

  it('have no names where no engine is named', () => {
    const guide = servingGuide(planOf('generic'));
    expect(rowsOf(guide).size).toBe(0);
    expect(guide).toContain('## 4. Watch');
    expect(guide).not.toMatch(/undefined|NaN|Infinity|\[object/);
  });
});

describe('what to watch', () => {
  it('says how much room the plan leaves under each bound', () => {
    const plan = planOf('vllm');
    const bound = plan.estimate.time.tpotMs * 2;
    const { resolved } = plan;
    const told = servingGuide({
      ...plan,
      resolved: { ...resolved, workload: { ...resolved.workload, slo: { tpotMs: bound } } },
    });
    expect(told).toContain('this plan leaves 50 % of the TPOT');
  });
});
