/** The built command as its users run it: a process of its own, with files, pipes and signals. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { artifactsOf } from '../../src/artifacts/artifacts.ts';
import { startApi } from '../support/api.ts';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const example = (name: string) => fileURLToPath(new URL(`../../examples/${name}.json`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'shardwell-cli-'));
const inFolder = (name: string, content: unknown) => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

beforeAll(() => {
  if (!existsSync(cli)) throw new Error('dist/cli.js is not there: npm run build');
});
afterAll(() => rmSync(folder, { recursive: true }));

function shardwell(args: readonly string[], input = ''): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(cli, [...args], { input, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** Code in the source and in the build has ids of its own. */
const withoutIds = (text: string) => text.replaceAll(/[0-9a-f]{64}/g, '<id>');

describe('shardwell plan', () => {
  it('answers a request with the bytes of the service, and writes its files', async () => {
    const api = await startApi();
    const body = JSON.parse(readFileSync(example('reference'), 'utf8'));
    const { text } = await api.call('POST', '/plans', { body });
    await api.close();
    const files = join(folder, 'deep', 'files');
    const { status, stdout, stderr } = shardwell(['plan', example('reference'), '--json', '-o', files]);
    expect([status, stderr]).toEqual([0, '']);
    expect(withoutIds(stdout)).toBe(withoutIds(text));
    const names = artifactsOf(JSON.parse(text)).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['optimal_parallel_strategy.json', 'sglang.sh']));
    expect(readdirSync(files).sort()).toEqual(names.sort());
    expect(statSync(join(files, 'sglang.sh')).mode & 0o100).toBe(0o100);
    expect(statSync(join(files, 'implementation_guide.md')).mode & 0o111).toBe(0);

    // Whoever tampers with what it has written is found out.
    const strategy = join(files, 'optimal_parallel_strategy.json');
    const forged = JSON.parse(readFileSync(strategy, 'utf8'));
    forged.estimate.memory.perGpu.totalBytes -= 1;
    const refused = shardwell(['verify', inFolder('forged.json', forged), '--json']);
    expect(refused.status).toBe(1);
    const { verification } = JSON.parse(refused.stdout);
    expect(verification.verdict).toBe('invalid');
    expect(verification.checks).toContainEqual(
      expect.objectContaining({ id: 'memory-efficiency', status: 'fail', actual: 121_702_399, expected: 121_702_400 }),
    );
  });

  it('reads a pipe, and prints plain text of a hundred columns at most', () => {
    const { status, stdout, stderr } = shardwell(['plan'], readFileSync(example('serving-llama-70b'), 'utf8'));
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^TP4x1\+TP4x1: best for throughput\n/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
  });

  it('says 1 where nothing is feasible, with what would make it so', () => {
    const request = { ...JSON.parse(readFileSync(example('dense-8-gpus'), 'utf8')), constraints: { gpus: 1 } };
    const { status, stdout } = shardwell(['plan', '-'], JSON.stringify(request));
    expect(status).toBe(1);
    expect(stdout).toMatch(/^Infeasible: /);
    expect(stdout).toMatch(/What came nearest\n {2}\S+/);
    expect(stdout).toMatch(/What would make it feasible, each planned\n {2}\S+/);
  });

  it('says 2 where the request is wrong, with every fault at its pointer', () => {
    const request = JSON.parse(readFileSync(example('reference'), 'utf8'));
    const wrong = { ...request, modell: 1, cluster: { ...request.cluster, nodes: 0, gpu: 'h20x' } };
    const { status, stdout, stderr } = shardwell(['plan', inFolder('wrong.json', wrong)]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/wrong\.json: The request has 3 faults\./);
    for (const pointer of ['/cluster/nodes', '/cluster/gpu', '/modell']) expect(stderr).toContain(`\n  ${pointer}\n`);
  });

  it('ends in silence when its reader goes, and at once when it is interrupted', async () => {
    const piped = spawnSync(
      'bash',
      ['-c', `"$0" plan "$1" | head -1; echo "\${PIPESTATUS[0]}"`, cli, example('reference')],
      {
        encoding: 'utf8',
      },
    );
    expect([piped.stdout, piped.stderr]).toEqual(['EP64_TP2: best for balance\n0\n', '']);

    // A shell calls a process that a signal ended 128 and the number of the signal: 130.
    const waiting = spawn(cli, ['plan'], { stdio: ['pipe', 'pipe', 'inherit'] });
    waiting.stdin.write('{');
    setTimeout(() => waiting.kill('SIGINT'), 100);
    expect(await once(waiting, 'exit')).toEqual([null, 'SIGINT']);
  });
});

describe('shardwell estimate', () => {
  it.each([
    ['reference', /^EP64_TP2: what it would do\n/],
    ['serving-llama-70b', /^TP\S+: what it would do\n/],
    ['serving-deepseek-v3', /what it would do\n[\s\S]*Memory of a GPU, prefill workers\n/],
  ])('answers %s with the bytes of the service, or as text', async (name, begins) => {
    const api = await startApi();
    const body = JSON.parse(readFileSync(example(`estimates/${name}`), 'utf8'));
    const { text } = await api.call('POST', '/estimates', { body });
    await api.close();
    const asJson = shardwell(['estimate', example(`estimates/${name}`), '--json']);
    expect([asJson.status, asJson.stderr, asJson.stdout]).toEqual([0, '', text]);
    const { status, stdout } = shardwell(['estimate'], JSON.stringify(body));
    expect(status).toBe(0);
    expect(stdout).toMatch(begins);
    for (const section of ['Strategy', 'What to expect', 'Memory of a GPU', 'Time of'])
      expect(stdout).toContain(section);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('says 1 and why where the strategy cannot be, and 2 where the request has faults', () => {
    const request = JSON.parse(readFileSync(example('estimates/serving-llama-70b'), 'utf8'));
    const small = { ...request, model: 'llama-3.1-405b', strategy: { tp: 1 } };
    const { status, stdout } = shardwell(['estimate'], JSON.stringify(small));
    expect([status, stdout.split('\n')[0]]).toEqual([1, 'TP1: infeasible']);
    expect(stdout).toMatch(/\nWhy\n {2}\S.*GiB/);
    const refused = shardwell(['estimate'], JSON.stringify({ ...request, strategy: { tp: 0 }, x: 1 }));
    expect([refused.status, refused.stdout]).toEqual([2, '']);
    for (const pointer of ['/strategy/tp', '/x']) expect(refused.stderr).toContain(`\n  ${pointer}\n`);
  });
});

describe('shardwell', () => {
  it('verifies the body of POST /verifications', () => {
    const { status, stdout } = shardwell(['verify', example('verifications/reference')]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^EP64_TP2 is valid/);
  });

  it('refuses what it cannot make sense of', () => {
    expect(statSync(cli).mode & 0o111).toBe(0o111);
    const refused = shardwell(['plam', '--jsom', '/nowhere']);
    expect([refused.status, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toBe(
      'shardwell: unknown command "plam": did you mean plan?\nshardwell: unknown option --jsom: did you mean --json?\nTry: shardwell --help\n',
    );
  });
});
