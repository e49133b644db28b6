/** docs/engine-flags.md and the tables that launch files are read by, against each other and against the files that are made. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { engineFlagsPage } from '../../bench/engine-flags-page.ts';
import { launchFaults } from '../../src/verifier/launch/check-launch.ts';
import { type FlagTable, readFlags } from '../../src/verifier/launch/flags.ts';
import { disaggregatedKeys, sglangRouterFlags, vllmRouterFlags } from '../../src/verifier/launch/router-flags.ts';
import { sglangFlags, sglangVariables } from '../../src/verifier/launch/sglang-flags.ts';
import { mpirun, tensorRtKeys, trtllmServe } from '../../src/verifier/launch/tensorrt-llm-keys.ts';
import { vllmFlags, vllmVariables } from '../../src/verifier/launch/vllm-flags.ts';
import { engineCases, type LaunchCase, launchCase, launched } from '../support/launched.ts';
import { oneWorker as one } from '../support/serving.ts';

/** What the golden cases do not have. */
const further: readonly LaunchCase[] = [
  {
    engine: 'vllm',
    model: 'deepseek-v3',
    request: { mode: 'aggregated', ...one, tp: 4, cp: 4, ep: 16, maxConcurrency: 8 },
  },
  { engine: 'vllm', model: 'GLM-5', request: { mode: 'aggregated', ...one, tp: 8, cp: 2, ep: 16, maxConcurrency: 8 } },
  { engine: 'vllm', model: 'llama-3.1-70b', precision: 'fp8', request: { mode: 'aggregated', ...one, tp: 4 } },
  {
    engine: 'vllm',
    model: 'deepseek-v3',
    request: { mode: 'aggregated', ...one, tp: 16, dp: 2, ep: 32, maxConcurrency: 32 },
  },
  { engine: 'sglang', model: 'llama-3.1-70b', precision: 'fp8', request: { mode: 'aggregated', ...one, tp: 4 } },
  {
    engine: 'sglang',
    model: 'llama-3.1-70b',
    request: { mode: 'aggregated', ...one, tp: 8 },
    workload: { speculation: { tokens: 3, acceptance: 0.7 } },
  },
  {
    engine: 'sglang',
    model: 'qwen3-30b-a3b',
    request: { mode: 'aggregated', ...one, dp: 4, ep: 4, maxConcurrency: 1024 },
  },
  // Six GPUs of each node: eight would cut a group of six.
  {
    engine: 'tensorrt-llm',
    model: 'GPT3-175B',
    request: { mode: 'aggregated', ...one, tp: 6, pp: 2, maxConcurrency: 4 },
  },
];

const made = [
  ...engineCases.map(([name, engine]) => ({ engine, ...launchCase(name, engine) })),
  ...further.map((each) => ({ ...each, ...launched(each) })),
];
const text = made.flatMap(({ files }) => files.map(({ content }) => content)).join('\n');

it('is in step with the tables: `npm run docs` writes it', () => {
  expect(readFileSync(new URL('../../docs/engine-flags.md', import.meta.url), 'utf8')).toBe(engineFlagsPage());
});

it('the further cases say what their plans say', () => {
  for (const { engine, files, expected } of made) {
    if (engine !== 'generic') expect(launchFaults(expected(engine), files)).toEqual([]);
  }
});

/** Files in which a program's flags or keys are. */
const tables: readonly (readonly [FlagTable, RegExp])[] = [
  [vllmFlags, /^vllm(-prefill|-decode)?\.sh$/],
  [vllmRouterFlags, /^vllm-router\.sh$/],
  [sglangFlags, /^sglang(-prefill|-decode)?\.sh$/],
  [sglangRouterFlags, /^sglang-router\.sh$/],
  [trtllmServe, /^tensorrt-llm(-prefill|-decode)?\.sh$/],
  [mpirun, /^tensorrt-llm(-prefill|-decode)?\.sh$/],
  [tensorRtKeys, /^tensorrt-llm(-prefill|-decode)?\.yaml$/],
  [disaggregatedKeys, /^tensorrt-llm-router\.sh$/],
];

describe.each(tables)('%o', (table, where) => {
  const own = made
    .flatMap(({ files }) => files.filter(({ name }) => where.test(name)))
    .map(({ content }) => content.replaceAll(/^#.*$/gm, ''))
    .join('\n');

  it('has no flag that no file has', () => {
    const unused = table.rules.filter(({ flag }) => {
      const last = flag.split('.').at(-1) ?? flag;
      return !new RegExp(`(^|\\s)${last.replaceAll('-', '\\-')}(\\s|:|$)`, 'm').test(own);
    });
    expect(unused.map(({ flag }) => flag)).toEqual([]);
  });

  it('gives every flag a source, and none that it has given up', () => {
    const gone = new Set(table.gone.map(({ flag }) => flag));
    for (const { flag, source, meaning } of table.rules) {
      expect(source.length, flag).toBeGreaterThan(5);
      expect(meaning, flag).not.toBe('');
      expect(gone.has(flag), flag).toBe(false);
    }
  });

  it('refuses what is given up, and says what took its place', () => {
    for (const { flag, instead } of table.gone.filter((each) => each.flag.startsWith('--')))
      expect(readFlags([flag, '1'], table).faults).toEqual([`${table.program} has given up ${flag}: ${instead}`]);
  });
});

it('the variables of the environment are those that files set', () => {
  const set = new Set([...text.matchAll(/^export (\w+)=/gm)].map(([, name]) => name));
  const told = new Set([...vllmVariables, ...sglangVariables].map(({ name }) => name));
  expect([...set].toSorted()).toEqual([...told].toSorted());
});
