import { expect, it } from 'vitest';
import { readCommand, UsageError, usage } from './command.ts';

const faultsOf = (...args: string[]): readonly string[] => {
  try {
    readCommand(args);
  } catch (error) {
    if (error instanceof UsageError) return error.faults;
  }
  throw new Error(`${args.join(' ')} was understood`);
};

it('reads commands, wherever the options stand', () => {
  expect(readCommand(['plan', 'a.json'])).toEqual({
    kind: 'plan',
    file: 'a.json',
    json: false,
    folder: undefined,
    timeoutMs: 60_000,
  });
  expect(readCommand(['--json', 'plan', '-o', 'out', '-', '--timeout=0.5'])).toEqual({
    kind: 'plan',
    file: undefined,
    json: true,
    folder: 'out',
    timeoutMs: 500,
  });
  expect(readCommand(['estimate', 'a.json', '--json'])).toEqual({ kind: 'estimate', file: 'a.json', json: true });
  expect(readCommand(['verify'])).toEqual({ kind: 'verify', file: undefined, json: false });
  for (const args of [['--help'], ['-h'], ['help'], ['plan', 'a.json', '--help']])
    expect(readCommand(args)).toEqual({ kind: 'help' });
  expect(readCommand(['-V'])).toEqual({ kind: 'version' });
});

it('tells all that is wrong at once', () => {
  expect(faultsOf('plan', 'a', 'b', '--jsn', '--timeout', 'soon', '-o')).toEqual([
    'unknown option --jsn: did you mean --json?',
    '-o wants a value',
    'one file at most, and there is "b" beside it',
    '--timeout "soon" is no number of seconds above 0 and up to 86400',
  ]);
  expect(faultsOf()).toEqual(['a command is wanted: plan, estimate or verify']);
  expect(faultsOf('estimate', '--timeout', '5')).toEqual(['--timeout is not for estimate']);
  expect(faultsOf('verify', '-o', 'out', '--json=yes')).toEqual(['-o is not for verify', '--json takes no value']);
  for (const wrong of ['0', '-1', '1e9', 'NaN', ' ']) expect(faultsOf('plan', `--timeout=${wrong}`)).toHaveLength(1);
});

it('has help that fits the lines of the rest', () => {
  for (const line of usage.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
});
