/** The reader of scripts against bash itself: both come to the same command and the same environment. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchCase } from '../../../test/support/launched.ts';
import { hasShellcheck } from '../../../test/support/tools.ts';
import { calculate } from './shell-arithmetic.ts';
import { programOf } from './shell-program.ts';
import { scriptFolder, startedBy } from './shell-run.ts';
import { arithmeticOf, Unreadable } from './shell-words.ts';

const folder = mkdtempSync(join(tmpdir(), 'shell-'));
const programs = ['vllm', 'python3', 'trtllm-serve', 'mpirun', 'vllm-router'];
const watched = [
  'CUDA_VISIBLE_DEVICES',
  'VLLM_PP_LAYER_PARTITION',
  'SGLANG_PP_LAYER_PARTITION',
  'VLLM_NIXL_SIDE_CHANNEL_HOST',
  'VLLM_NIXL_SIDE_CHANNEL_PORT',
  'SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK',
];
const environment = { MODEL: 'a model/with "odd" $characters', DRAFT_MODEL: 'draft', NODE_ADDRESS: '10.0.0.9' };

beforeAll(() => {
  for (const name of programs) {
    const show = watched.map((variable) => `printf '%s=%s\\0' ${variable} "\${${variable}-unset}"`);
    writeFileSync(
      join(folder, name),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a shell's
      ['#!/bin/sh', 'printf "%s\\0" "${0##*/}" "$@"', 'printf "\\0"', ...show].join('\n'),
    );
    chmodSync(join(folder, name), 0o755);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ran {
  readonly command: readonly string[];
  readonly environment: readonly string[];
}

function byBash(script: string, args: readonly string[]): Ran {
  const file = join(folder, 'script.sh');
  writeFileSync(file, script);
  const out = execFileSync('bash', [file, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: `${folder}:${process.env.PATH}`, ...environment },
  });
  const [command = '', variables = ''] = out.split('\0\0');
  return { command: command.split('\0'), environment: variables.split('\0').filter((each) => each !== '') };
}

function byUs(script: string, args: readonly string[]): Ran {
  const started = startedBy(programOf(script), { arguments: args, environment });
  return {
    command: started.command.map((word) => word.replace(`${scriptFolder}/`, `${folder}/`)),
    environment: watched.map((name) => `${name}=${started.environment.get(name) ?? 'unset'}`),
  };
}

/** Every combination of worker, node and addresses that a usage line asks for. */
function callsOf(script: string): readonly (readonly string[])[] {
  const usage = /^# Usage: \.\/\S+ ?(.*)$/m.exec(script)?.[1] ?? '';
  if (usage.startsWith('ADDRESS')) {
    const nodes = /^# nodes (.*)$/m.exec(script)?.[1]?.split(' ') ?? [];
    return [nodes.map((node) => `10.0.0.${node}`)];
  }
  const choices = usage
    .split(' ')
    .filter(Boolean)
    .map((name) => {
      const below = Number(new RegExp(`^whole ${name} .* (\\d+)$`, 'm').exec(script)?.[1] ?? 0);
      if (below > 0) return Array.from({ length: below }, (_, i) => String(i));
      return [`some ${name.toLowerCase()}`];
    });
  return choices.reduce<readonly (readonly string[])[]>(
    (calls, own) => calls.flatMap((call) => own.map((each) => [...call, each])),
    [[]],
  );
}

describe.each([
  ['parts-of-a-node', 'vllm'],
  ['deepseek-v3-on-32', 'vllm'],
  ['llama-405b-uneven-stages', 'sglang'],
  ['llama-405b-tp8-pp2', 'tensorrt-llm'],
  ['disaggregated', 'sglang'],
  ['deepseek-v3-disaggregated', 'vllm'],
] as const)('the scripts of %s under %s', (name, engine) => {
  it('start what bash makes of them', () => {
    for (const { name: file, content } of launchCase(name, engine).files.filter((each) => each.name.endsWith('.sh'))) {
      for (const call of callsOf(content))
        expect(byUs(content, call), `${file} ${call}`).toEqual(byBash(content, call));
    }
  });
});

it.skipIf(!hasShellcheck)('shellcheck has nothing to say of any script', () => {
  const files = ['parts-of-a-node', 'llama-405b-tp8-pp2', 'disaggregated'].flatMap((name) =>
    (['vllm', 'sglang', 'tensorrt-llm'] as const).flatMap((engine) =>
      launchCase(name, engine)
        .files.filter((file) => file.name.endsWith('.sh'))
        .map(({ name: script, content }) => {
          const file = join(folder, `${name}-${script}`);
          writeFileSync(file, content);
          return file;
        }),
    ),
  );
  expect(files.length).toBeGreaterThan(15);
  expect(spawnSync('shellcheck', ['--severity=style', ...files], { encoding: 'utf8' }).stdout).toBe('');
});

it('a file that a script writes is what bash writes', () => {
  const script =
    launchCase('disaggregated', 'tensorrt-llm').files.find(({ name }) => name.endsWith('router.sh'))?.content ?? '';
  const args = ['10.0.0.1', '10.0.0.2'];
  const ran = byBash(script, args);
  const [path = ''] = ran.command.slice(-1);
  const [ours = ''] = startedBy(programOf(script), { arguments: args, environment }).written.values();
  expect(ours).toContain('10.0.0.2:8004');
  expect(readFileSync(path, 'utf8')).toBe(`${ours}\n`);
  rmSync(path);
});

describe('arithmetic', () => {
  it.each(['1 + 2 * 3', '(1 + 2) * 3', '7 % 4 - 2', '3 < 2 ? 10 : 20 + 1', '2 == 2 ? 5 % 3 : 9', '1 != 1'])(
    '%s',
    (text) => {
      const bash = execFileSync('bash', ['-c', `echo $(( ${text} ))`], { encoding: 'utf8' }).trim();
      expect(String(calculate(arithmeticOf(text), () => 0))).toBe(bash);
    },
  );

  it.each(['', '1 +', '(1', '1 2', 'a[0]', '1 ? 2'])('%s is refused', (text) => {
    expect(() => calculate(arithmeticOf(text), () => 0)).toThrow(Unreadable);
  });
});

describe('what launch files never have', () => {
  const around = (line: string) => `#!/usr/bin/env bash\nset -euo pipefail\n${line}\nexec vllm serve\n`;
  it.each([
    'x="$(ls)"',
    'x=`ls`',
    'rm -rf /',
    'PATH=. vllm serve',
    'x="unclosed',
    'for i in 1 2; do echo; done',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is bash's
    'echo "${x//a/b}"',
    'exec other',
    'x=$y',
    'echo "$nowhere"',
  ])('%s', (line) => {
    expect(() => startedBy(programOf(around(line)), { arguments: [], environment: {} })).toThrow(Unreadable);
  });
});
