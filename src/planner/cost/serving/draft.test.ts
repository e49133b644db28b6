import { describe, expect, it } from 'vitest';
import { servingProblem } from '../../../../test/support/serving-problems.ts';
import type { Model } from '../../model.ts';
import { mtpParameters } from '../../parameters.ts';
import { workerCosts } from './cost.ts';
import { draftOf } from './draft.ts';
import { mixedWork, plainWork } from './passes.ts';

const guessing = (tokens: number) => ({ speculation: { tokens, acceptance: 0.8 } });

describe('what guesses tokens', () => {
  const layer = { normElements: 8 };
  const model = { mtp: { modules: 3, layers: [{ count: 6, ...layer }] } } as const;

  it('is as many modules as tokens are guessed, and passes of the last one beyond', () => {
    expect(draftOf(model, {})).toBeUndefined();
    expect(draftOf({}, guessing(2))).toBeUndefined();
    expect(draftOf(model, guessing(2))).toMatchObject({ modules: 2, repeats: 0 });
    const draft = draftOf(model, guessing(5));
    expect(draft).toMatchObject({ modules: 3, repeats: 2 });
    expect(draft?.runs.map(({ joins }) => joins)).toEqual([true, undefined, true, undefined, true, undefined]);
    expect(draft?.again).toEqual([
      { count: 1, ...layer, joins: true },
      { count: 1, ...layer },
    ]);
  });
});

describe('DeepSeek-V3 and its module', () => {
  const worker = { tp: 8, cp: 1, dp: 1, pp: 1, ep: 8, etp: 1, replicas: 1, redundantExperts: 0 } as const;
  const costOf = (tokens: number, pp = 1, change: (model: Model) => Model = (model) => model) => {
    const workload = tokens > 0 ? guessing(tokens) : {};
    const problem = servingProblem({ model: 'deepseek-v3', gpu: 'h200-sxm', nodes: 2, engine: 'generic', workload });
    const setting = { ...problem, model: change(problem.model) };
    return { setting, cost: workerCosts(setting).of({ ...worker, pp }) };
  };
  const total = (cost: ReturnType<typeof costOf>['cost'], stage: number) =>
    cost.memory('both').at(stage)?.account.total ?? 0;

  it('hold the module’s weights on the last stage alone, cut as the model’s', () => {
    const { setting, cost: plain } = costOf(0, 2);
    const { cost } = costOf(3, 2);
    expect(total(cost, 0)).toBe(total(plain, 0));
    const { vocabulary, hiddenSize: h, precision } = setting.model;
    // Experts are cut in eight as all else is, but the latents' projections, routers, norms and what joins.
    const cut = (mtpParameters(setting.model) - 2 * h * h) / 8;
    const joining = 2 * h * h * precision.weights.norm.bytesPerParameter;
    const table = (((vocabulary?.size ?? 0) * h) / 8) * precision.weights.embedding.bytesPerParameter;
    const added = total(cost, -1) - total(plain, -1);
    expect(added).toBeGreaterThan(cut + joining + table);
    expect(added).toBeLessThan(1.03 * (cut + joining + table));
    expect(cost.memory('both').at(-1)?.perSequence).toBeCloseTo(
      (plain.memory('both').at(-1)?.perSequence ?? 0) * (31 / 30),
      0,
    );
  });

  it('take a layer more for what passes the model, and a pass of it for each further guess', () => {
    const { setting, cost: one } = costOf(1);
    const { layers } = setting.model;
    const last = layers.at(-1);
    if (!last) throw new Error('no layers');
    const deeper = [...layers.slice(0, -1), { ...last, count: last.count + 1 }];
    const { cost: none } = costOf(1, 1, ({ mtp: _, ...model }) => ({ ...model, layers: deeper }));
    const work = plainWork(setting.workload, 32);
    // A head and what joins for 32 tokens are all that is more.
    const head = one.kernels(work) - none.kernels(work);
    expect(head).toBeGreaterThan(0);
    expect(head).toBeLessThan(0.02 * one.kernels(work));
    const prompts = mixedWork(setting.workload, setting.engine, { sequences: 0, together: 1 });
    expect(one.kernels(prompts) / none.kernels(prompts)).toBeGreaterThan(1);
    expect(one.kernels(prompts) / none.kernels(prompts)).toBeLessThan(1.01);
    const times = [2, 3, 4].map((tokens) => costOf(tokens).cost.kernels(work));
    const [two = 0, three = 0, four = 0] = times;
    expect(three - two).toBeGreaterThan(head);
    expect(four - three).toBeCloseTo(three - two, 9);
  });

  it('are told by parts as they are in sum', () => {
    for (const pp of [1, 2]) {
      const { setting, cost } = costOf(3, pp);
      for (const work of [
        plainWork(setting.workload, 24),
        mixedWork(setting.workload, setting.engine, { sequences: 24, together: 1 }),
      ]) {
        expect(cost.parts(work).profile.total / cost.kernels(work)).toBeCloseTo(1, 9);
      }
    }
  });
});
