/** verify_strategy.py on every kind of mixer and on random models: it and the TypeScript verifier share no code, and have to agree. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problems, strategies } from '../../test/properties/any-problem.ts';
import { cluster, type Shape } from '../../test/properties/hand-claims.ts';
import { fileOf, type Json } from '../../test/properties/hand-file.ts';
import { around, mixers } from '../../test/properties/hand-mixers.ts';
import { env, script, tampered, verdictsOf } from '../../test/properties/python.ts';
import { hasPython } from '../../test/support/tools.ts';
import { strategyName } from '../planner/strategy.ts';
import { verify } from '../verifier/verify.ts';

const shapes: readonly (readonly [string, Shape])[] = [...Object.entries(mixers), ['around a mixer', around]];

function documentOf(shape: Shape): Json {
  return fileOf(shape, strategyName(shape.strategy, shape.problem.model));
}

/** The model's part of a file, which is what these tests are about; verify-strategy.test.ts changes all the others. */
const ofModel = /^\/specification\/model\/(layers|hiddenSize|vocabulary|finalNorm|residual|parameters|kvElements)/;

function failedOf(documents: readonly Json[]): readonly string[] {
  return verdictsOf(documents).flatMap(({ verdict, failed }) => (verdict === 'optimal' ? [] : [failed.join()]));
}

describe.runIf(hasPython)('verify_strategy.py', () => {
  it('passes on every kind of mixer', () => {
    expect(failedOf(shapes.map(([, shape]) => documentOf(shape)))).toEqual([]);
  });

  it.each(shapes)('catches one number or flag of %s changed', (_, shape) => {
    const other = (leaf: Json) => (typeof leaf === 'number' ? leaf + 1 : typeof leaf === 'boolean' ? !leaf : undefined);
    const copies = [...tampered(documentOf(shape), other)].filter(([path]) => ofModel.test(path));
    expect(copies.length).toBeGreaterThan(6);
    const verdicts = verdictsOf(copies.map(([, copy]) => copy));
    const missed = copies
      .map(([path]) => path)
      .filter((__, index) => !/invalid|malformed/.test(verdicts[index]?.verdict ?? ''));
    expect(missed).toEqual([]);
  });

  it('agrees with the TypeScript verifier on random models', { timeout: 120_000 }, () => {
    const drawn = fc.sample(fc.tuple(problems, strategies), { numRuns: 2000, seed: 3 });
    const documents: Json[] = [];
    const kinds = new Set<string | undefined>();
    for (const [drawnProblem, { micro, ...degrees }] of drawn) {
      const problem = { ...drawnProblem, cluster };
      const moe = problem.model.layers.some((run) => run.moe);
      const most = Math.ceil(problem.workload.batchSize / degrees.dp);
      const microBatchSize = degrees.pp === 1 ? most : Math.min(most, 2 ** micro);
      const strategy = { ...degrees, ...(!moe && { ep: 1, etp: 1 }), replicas: 1, microBatchSize };
      if (verify(problem, { strategy }, { provedBest: true }).verdict === 'optimal') {
        documents.push(documentOf({ problem, strategy }));
        for (const { mixer } of problem.model.layers) kinds.add(mixer?.kind);
      }
    }
    expect(kinds.size).toBe(8); // Seven, and layers without one.
    expect(documents.length).toBeGreaterThan(300);
    expect(failedOf(documents)).toEqual([]);
  });

  it.each([
    [
      'a mixer that it does not know',
      { kind: 'hyena', heads: 4 },
      "/mixer/kind is 'hyena', and none of attention, mla",
    ],
    ['a mixer without its kind', { heads: 4 }, '/mixer/kind is missing'],
    [
      'a field that it does not know',
      { kind: 'lightning', heads: 4, headDim: 8, decay: 1 },
      '/mixer/decay is no field',
    ],
    ['chunks of no size', { kind: 'attention', heads: 4, kvHeads: 4, headDim: 8, chunked: true }, 'says no window'],
  ])('exits 2 with a sentence for %s', (_, mixer, sentence) => {
    const folder = mkdtempSync(join(tmpdir(), 'shardwell-'));
    const path = join(folder, 'strategy.json');
    const text = JSON.stringify(documentOf(mixers['lightning attention']), (key, value) =>
      key === 'mixer' ? mixer : value,
    );
    writeFileSync(path, text);
    const { status, stderr } = spawnSync('python3', [script, path], { env, encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(status).toBe(2);
    expect(stderr).toContain(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
