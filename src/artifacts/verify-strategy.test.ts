/** verify_strategy.py on whole files and on tampered copies. The files are written from the TypeScript verifier's own figures. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dense, folded, latent, reference, referenceStrategy, type Shape } from '../../test/properties/hand-claims.ts';
import { fileOf, type Json, parsed } from '../../test/properties/hand-file.ts';
import { env, script, tampered, verdictsOf } from '../../test/properties/python.ts';
import { planOf } from '../../test/support/plan-of.ts';
import { hasPython } from '../../test/support/tools.ts';
import type { PlanRequest } from '../http/schemas/request.ts';
import { strategyJson } from './strategy-json.ts';

const shapes: readonly (readonly [string, Shape])[] = [
  ['EP64_TP2', { problem: reference, strategy: referenceStrategy }],
  ['EP2_TP2_ETP1_PP2_DP2', latent],
  ['EP2_TP4_ETP2_CP2', folded],
  ['TP3_PP2_DP2', dense],
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shardwell-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(content: string, options: { readonly beside?: boolean } = {}) {
  const path = join(folder, 'optimal_parallel_strategy.json');
  rmSync(join(folder, 'verification_results.json'), { force: true });
  writeFileSync(path, content);
  copyFileSync(script, join(folder, 'verify_strategy.py'));
  const command = options.beside ? [join(folder, 'verify_strategy.py')] : [script, path];
  return spawnSync('python3', command, { env, encoding: 'utf8' });
}

describe.runIf(hasPython)('verify_strategy.py', () => {
  it.each(shapes)('passes on %s, and writes what it found', (name, shape) => {
    const { status, stdout, stderr } = run(JSON.stringify(fileOf(shape, name)), { beside: true });
    expect(stderr).toBe('');
    expect(stdout).not.toContain(' fail ');
    expect(status).toBe(0);
    const results = JSON.parse(readFileSync(join(folder, 'verification_results.json'), 'utf8'));
    expect(results).toMatchObject({ strategy: name, verdict: 'optimal' });
    for (const id of [
      'gpu-count',
      'expert-balance',
      'memory-efficiency',
      'compute-efficiency',
      'load-balance',
      'communication',
      'overall',
    ]) {
      expect(results.checks).toContainEqual(expect.objectContaining({ id, status: 'pass' }));
    }
  });

  it('exits 1 when a figure does not hold, and says which', () => {
    const [name, shape] = shapes[0] ?? ['', latent];
    const text = JSON.stringify(fileOf(shape, name)).replace(/"expertWeightBytes":\d+/, '"expertWeightBytes":1');
    const { status, stdout } = run(text);
    expect(status).toBe(1);
    expect(stdout).toContain('expertWeightBytes of rank 0 is 33554432, and the file says 1.');
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['a list', '[]'],
    ['no object at all', '3'],
    ['another format', '{"format":"other/1"}'],
    ['nothing but a format', '{"format":"shardwell-strategy/1"}'],
    ['no end to its depth', '['.repeat(200_000)],
  ])('exits 2 without a traceback for %s', (_, text) => {
    const { status, stderr } = run(text);
    expect(status).toBe(2);
    expect(stderr).not.toContain('Traceback');
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('exits 2 where there is no file', () => {
    const { status, stderr } = spawnSync('python3', [script, join(folder, 'nowhere.json')], { env, encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).not.toContain('Traceback');
  });

  // Names, and what only bounds a time from below: another value is another specification, under which the figures may hold.
  const free = [
    /^\/(id|objective)$/,
    /\/name$/,
    /\/(model|curves)$/,
    /\/time\/breakdown\/\d+\/(part|bound)$/,
    /\/(intraNode|interNode)\//,
    /\/memoryBandwidthGBps$/,
    /\/peakTflops\/\w+$/,
    /\/perCollective\/\d+\/ms$/,
    /\/bubblePercent$/,
    /\/evidenceOf\/(memory|compute)$/,
    /\/tied$/,
    /\/weights\/\w+\/(dtype|bytesPerParameter)$/,
  ];

  it.each(shapes)('catches one number of %s changed, wherever it is', (name, shape) => {
    const file = fileOf(shape, name);
    const more = (leaf: Json) =>
      typeof leaf === 'number' ? leaf + (leaf > 1e4 ? Math.ceil(leaf * 1e-6) : 1) : undefined;
    const copies = [...tampered(file, more)].filter(([path]) => !free.some((pattern) => pattern.test(path)));
    expect(copies.length).toBeGreaterThan(90);
    const verdicts = verdictsOf(copies.map(([, copy]) => copy));
    const missed = copies
      .map(([path]) => path)
      .filter((_, index) => !/invalid|malformed/.test(verdicts[index]?.verdict ?? ''));
    expect(missed).toEqual([]);
  });

  it('catches one word or flag changed, wherever it is', () => {
    for (const [name, shape] of shapes) {
      const other = (leaf: Json) =>
        typeof leaf === 'string' ? `${leaf}x` : typeof leaf === 'boolean' ? !leaf : undefined;
      const copies = [...tampered(fileOf(shape, name), other)].filter(
        ([path]) => path === '/strategy/name' || !free.some((pattern) => pattern.test(path)),
      );
      const verdicts = verdictsOf(copies.map(([, copy]) => copy));
      const missed = copies
        .map(([path]) => path)
        .filter((_, index) => !/invalid|malformed/.test(verdicts[index]?.verdict ?? ''));
      expect(missed).toEqual([]);
    }
  });

  it('never ends in anything but a verdict or a sentence, whatever stands where', () => {
    const [name, shape] = shapes[1] ?? ['', latent];
    const file = fileOf(shape, name);
    const values: readonly Json[] = [null, -1, 0, 1e300, 'x', []];
    const copies = values.flatMap((value) => [...tampered(file, () => value)].map(([, copy]) => copy));
    // The driver lets every exception but Malformed through, which would show on stderr.
    expect(verdictsOf(copies)).toHaveLength(copies.length);
  });

  describe('on real plans', () => {
    const requestOf = (change: Partial<PlanRequest>): PlanRequest => ({
      cluster: {
        nodes: 16,
        gpusPerNode: 8,
        gpu: { memoryGiB: 64, peakTflops: { fp8: 400 }, memoryBandwidthGBps: 1800 },
        intraNode: { bandwidthGBps: 450, latencyUs: 3 },
        interNode: { bandwidthGBps: 50, latencyUs: 10 },
      },
      model: { layers: 16, hiddenSize: 1024, moe: { experts: 64, intermediateSize: 2048 }, precision: 'fp8' },
      workload: { kind: 'batch', batchSize: 128, sequenceLength: 1024 },
      ...change,
    });
    const latentModel: PlanRequest['model'] = {
      layers: 7,
      hiddenSize: 512,
      heads: 8,
      mla: { kvRank: 64, queryRank: 96, nopeDim: 32, ropeDim: 16, valueDim: 32 },
      intermediateSize: 1536,
      gated: true,
      moe: {
        experts: 24,
        expertsPerToken: 6,
        intermediateSize: 384,
        gated: true,
        sharedIntermediateSize: 384,
        firstDenseLayers: 1,
      },
      vocabSize: 4096,
      tiedEmbeddings: true,
      precision: { weights: 'int4', activations: 'bf16', kvCache: 'fp8' },
    };
    const denseModel: PlanRequest['model'] = {
      layers: 9,
      hiddenSize: 1536,
      heads: 12,
      kvHeads: 4,
      headDim: 128,
      intermediateSize: 4096,
      gated: true,
      vocabSize: 32_000,
      precision: 'bf16',
    };
    const workload = { kind: 'batch', batchSize: 21, sequenceLength: 240 } as const;
    const narrow = { ...requestOf({}).cluster, nodes: 3, gpusPerNode: 6, nvlinkDomainGpus: 3 };
    const wide = { ...requestOf({}).cluster, nodes: 12, gpusPerNode: 4, nvlinkDomainGpus: 24 };
    it.each([
      ['the reference', requestOf({ objective: 'balance' })],
      ['the reference for latency', requestOf({ objective: 'latency' })],
      ['the reference for memory', requestOf({ objective: 'memory' })],
      ['the published summary', requestOf({ options: { memoryAccounting: 'published-summary' } })],
      ['latent attention', requestOf({ model: latentModel, workload, objective: 'memory' })],
      ['latent attention in stages', requestOf({ model: latentModel, workload, constraints: { pp: 3, cp: 2 } })],
      ['a dense model in stages', requestOf({ model: denseModel, workload, constraints: { pp: 4, dp: 2 } })],
      ['domains of three', requestOf({ cluster: narrow, model: denseModel, workload, objective: 'throughput' })],
      ['domains of six nodes', requestOf({ cluster: wide, model: latentModel, workload, constraints: { ep: 12 } })],
    ])('passes: %s', (_, request) => {
      const plan = planOf(request);
      const { status, stdout, stderr } = run(strategyJson(plan));
      expect(stderr).toBe('');
      expect(stdout).not.toContain(' fail ');
      expect(status).toBe(0);
      expect(stdout.split('\n')[0]).toBe(`${plan.strategy.name}: ${plan.verification.verdict}`);
    });
  });

  it('recomputes the published words of the reference: 1, 64 and 64 MiB, 0.197 % and 0.0215 %', () => {
    const mebibyte = 2 ** 20;
    const words = {
      perGpu: {
        attentionWeightBytes: mebibyte,
        expertWeightBytes: 64 * mebibyte,
        activationBytes: 64 * mebibyte,
        totalBytes: 129 * mebibyte,
      },
      utilizationPercent: (100 * 129) / 65_536,
      accounting: 'published-summary',
    };
    const work = (2 * 128 * 1024 * 1024 ** 2 + 4 * 128 * 1024 * 1024 * 2048) * 16;
    const percent = (100 * work) / (2 * 128) / 400e12;
    expect(percent).toBeCloseTo(0.0215, 4);
    const file = fileOf({ problem: reference, strategy: referenceStrategy }, 'EP64_TP2');
    const published = (changes: object, figure: number) =>
      parsed(
        JSON.stringify(file, (key, value) => {
          if (key === 'memory' && value.perGpu) return { ...value, ...words, ...changes };
          return key === 'compute' && value.flopsPerGpu ? { ...value, publishedUtilizationPercent: figure } : value;
        }),
      );
    const [good, badAccount, badFigure] = verdictsOf([
      published({}, percent),
      published({ perGpu: { ...words.perGpu, activationBytes: mebibyte } }, percent),
      published({}, percent * 2),
    ]);
    expect(good).toEqual({ verdict: 'optimal', failed: [] });
    expect(badAccount?.failed).toContain('memory-efficiency');
    expect(badFigure?.failed).toContain('compute-efficiency');
  });
});
