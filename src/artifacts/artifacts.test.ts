import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { afterAll, describe, expect, it } from 'vitest';
import { exampleNames, exampleRequest } from '../../test/support/examples.ts';
import { planOf } from '../../test/support/plan-of.ts';
import { hasPython } from '../../test/support/tools.ts';
import { FeasiblePlan } from '../http/schemas/answer.ts';
import { type Artifact, artifactsOf } from './artifacts.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function named(plan: FeasiblePlan, name: string): Artifact {
  const artifact = artifactsOf(plan).find((a) => a.name === name);
  if (!artifact) throw new Error(`no ${name}`);
  return artifact;
}

const reference = planOf(exampleRequest('reference'));

it('lists the four files and those that start it, with their media types', () => {
  expect(artifactsOf(reference).map(({ name, mediaType }) => [name, mediaType])).toEqual([
    ['optimal_parallel_strategy.json', 'application/json'],
    ['implementation_guide.md', 'text/markdown; charset=utf-8'],
    ['verify_strategy.py', 'text/x-python; charset=utf-8'],
    ['verification_results.json', 'application/json'],
    ['sglang.sh', 'text/x-shellscript; charset=utf-8'],
    ['leaderworkerset-sglang.yaml', 'application/yaml'],
    ['dynamo-sglang.yaml', 'application/yaml'],
    ['slurm-sglang.sh', 'text/x-shellscript; charset=utf-8'],
  ]);
});

describe('optimal_parallel_strategy.json', () => {
  const text = named(reference, 'optimal_parallel_strategy.json').content();

  it('says the plan’s own figures and the specs they follow from', () => {
    expect(JSON.parse(text)).toMatchObject({
      format: 'shardwell-strategy/1',
      id: reference.id,
      strategy: reference.strategy,
      modules: reference.modules,
      estimate: reference.estimate,
      specification: reference.resolved,
      search: reference.search,
      verdict: 'optimal',
      layout: { ranks: 128, nodes: [{ firstNode: 0, nodes: 16, firstRank: 0, ranksPerNode: 8 }] },
      assumptions: reference.assumptions,
    });
  });

  it('is the same, byte for byte, for a plan read back from where it was stored', () => {
    const stored = Value.Parse(FeasiblePlan, JSON.parse(JSON.stringify(reference)));
    expect(named(stored, 'optimal_parallel_strategy.json').content()).toBe(text);
  });
});

it('gives verification_results.json as the plan has it', () => {
  const { verdict, checks } = reference.verification;
  expect(JSON.parse(named(reference, 'verification_results.json').content())).toEqual({
    id: reference.id,
    strategy: 'EP64_TP2',
    verdict,
    checks,
  });
});

describe.each(exampleNames)('the files of %s, in one folder', (example) => {
  const plan = planOf(exampleRequest(example));
  const folder = mkdtempSync(join(tmpdir(), 'shardwell-artifacts-'));
  folders.push(folder);
  for (const { name, content } of artifactsOf(plan)) writeFileSync(join(folder, name), content());

  it.runIf(hasPython)('satisfy verify_strategy.py, which reaches the verdict of the service', () => {
    execFileSync('python3', ['verify_strategy.py'], { cwd: folder });
    const results: unknown = JSON.parse(readFileSync(join(folder, 'verification_results.json'), 'utf8'));
    expect(results).toMatchObject({ strategy: plan.strategy.name, verdict: plan.verification.verdict });
  });

  it('have the script that every plan has', () => {
    expect(readFileSync(join(folder, 'verify_strategy.py'), 'utf8')).toBe(
      named(reference, 'verify_strategy.py').content(),
    );
  });
});
