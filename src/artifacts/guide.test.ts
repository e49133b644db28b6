import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { exampleNames, exampleRequest } from '../../test/support/examples.ts';
import { type PlacedPlanInput, placedPlan } from '../../test/support/placed-plan.ts';
import { planOf } from '../../test/support/plan-of.ts';
import { hasPython } from '../../test/support/tools.ts';
import { implementationGuide } from './guide.ts';

const reference = planOf(exampleRequest('reference'));

/** A guide to another layout, with the reference's figures: only what follows from the layout is looked at. */
const guideTo = (input: PlacedPlanInput) => implementationGuide({ ...reference, ...placedPlan(input) });

const pythonOf = (guide: string) => /```python\n(.*?)```/s.exec(guide)?.[1] ?? '';

describe('the guide to the reference', () => {
  const guide = implementationGuide(reference);

  it('says which ranks are on which node, and who forms a group', () => {
    expect(guide).toContain('| 0–15 | 0–127; node n has 8 × n and the next 7 | 0–7 |');
    expect(guide).toMatch(/\| ep \| 2 \| 64 \| 2 \| 0, 2, 4, …, 126 \| .* \| between nodes \|/);
    expect(guide).toMatch(/\| tp \| 64 \| 2 \| 1 \| 0, 1 \| .* \| inside a node \|/);
  });

  it('starts one process per GPU on every node', () => {
    expect(guide).toContain('torchrun --nnodes 16 --node-rank "$NODE_RANK"');
    expect(guide).toContain('--nproc-per-node 8 main.py');
  });

  it('gives Megatron-Core’s flags', () => {
    expect(guide).toContain('--tensor-model-parallel-size 2');
    expect(guide).toContain('--expert-model-parallel-size 64');
    expect(guide).toContain('--expert-tensor-parallel-size 2');
    expect(guide).not.toContain('--pipeline-model-parallel-layout');
  });

  it('lists every assumption and every part of the time', () => {
    for (const { path } of reference.assumptions) expect(guide).toContain(`\`${path}\``);
    for (const { part, ms } of reference.estimate.time.breakdown) if (ms > 0) expect(guide).toContain(`| ${part} |`);
  });
});

describe.each(exampleNames)('the guide to %s', (name) => {
  const guide = implementationGuide(planOf(exampleRequest(name)));

  it('lacks no value', () => {
    expect(guide).not.toMatch(/undefined|NaN|Infinity|\[object/);
  });

  it.runIf(hasPython)('has Python that parses', () => {
    execFileSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], { input: pythonOf(guide) });
  });
});

describe('other layouts', () => {
  it('cuts uneven stages as planned', () => {
    const guide = guideTo({ degrees: { tp: 2, dp: 4, pp: 3, ep: 4, etp: 2 }, denseLayers: 3, moeLayers: 13 });
    expect(guide).toContain('--pipeline-model-parallel-layout "Et*6|t*5|t*5L"');
    expect(guide).toContain('| 0 | 0–7 | 0–5 (3 dense, 3 with experts) |');
    expect(guide).toContain('| 2 | 16–23 | 11–15 (with experts) | final norm |');
  });

  it('names the GPUs to use where groups of three leave some out', () => {
    const guide = guideTo({ degrees: { tp: 3, dp: 4, ep: 4, etp: 3 }, experts: 4, nodes: 2 });
    expect(guide).toContain('| 0–1 | 0–11; node n has 6 × n and the next 5 | 0–5 |');
    expect(guide).toContain('4 GPUs of 16 have no rank.');
  });

  it('hides the left-out GPUs from the processes where they lie between others', () => {
    const guide = guideTo({ degrees: { tp: 3, dp: 2, etp: 3 }, nodes: 1, domainGpus: 4 });
    expect(guide).toContain('CUDA_VISIBLE_DEVICES=0,1,2,4,5,6 torchrun --nproc-per-node 6');
  });

  it('says which nodes have fewer ranks', () => {
    const guide = guideTo({ degrees: { tp: 4, dp: 5, ep: 5, etp: 4 }, experts: 5, nodes: 4 });
    expect(guide).toContain('| 0–1 | 0–15; node n has 8 × n and the next 7 | 0–7 |\n| 2 | 16–19 | 0–3 |');
    expect(guide).toContain('Nodes differ in their number of ranks');
  });

  it('says nothing of experts where there are none', () => {
    const guide = guideTo({ degrees: { tp: 4, dp: 2 }, nodes: 1, denseLayers: 8, moeLayers: 0 });
    expect(guide).toContain('One mesh.');
    expect(guide).not.toMatch(/--expert-|Routed experts of each|\| edp/);
  });

  it('stays readable for a million GPUs', () => {
    const guide = guideTo({ degrees: { tp: 8, dp: 2 ** 11, pp: 64, ep: 64, etp: 8 }, nodes: 2 ** 17, moeLayers: 100 });
    expect(guide).toContain('… and 40 more stages in the placement.');
    expect(guide.length).toBeLessThan(30_000);
  });
});

it('warns where the memory is in the words of the published summary', () => {
  const guide = implementationGuide(
    planOf({ ...exampleRequest('reference'), options: { memoryAccounting: 'published-summary' } }),
  );
  expect(guide).toContain('in the words of the published summary');
  expect(guide).toContain('| **Total** | 129 MiB |');
});
