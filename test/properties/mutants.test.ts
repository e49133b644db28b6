/**
 * The planner and the verifier share docs/accounting.md and no formula. On random small problems the verifier has to accept whatever
 * the planner makes, to turn away what the planner's rules turn away, and to reject every copy in which one thing is changed.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultCurves } from '../../src/catalog/default-curves.ts';
import type { Cluster } from '../../src/planner/cluster.ts';
import { groupKinds } from '../../src/planner/estimate.ts';
import type { LayerRun, Mixer, Model } from '../../src/planner/model.ts';
import { placementOf } from '../../src/planner/placement.ts';
import { createPlan, estimateStrategy } from '../../src/planner/plan.ts';
import { type Dtype, dtypeBytes, type WeightFormat } from '../../src/planner/precision.ts';
import type { Candidate, Modules, Problem } from '../../src/planner/result.ts';
import type { Strategy } from '../../src/planner/strategy.ts';
import { objectives } from '../../src/planner/workload.ts';
import { type Claim, type ClaimedPlacement, verify } from '../../src/verifier/verify.ts';

const dtypes: fc.Arbitrary<Dtype> = fc.constantFrom('bf16', 'fp8', 'mxfp8', 'fp4', 'mxfp4', 'int8', 'int4');

const formats: fc.Arbitrary<WeightFormat> = fc
  .record({ dtype: dtypes, block: fc.constantFrom(undefined, undefined, 16, 32) })
  .map(({ dtype, block }) => ({
    dtype,
    bytesPerParameter: dtypeBytes[dtype],
    ...(block !== undefined && { block }),
  }));

const mixers: fc.Arbitrary<Mixer> = fc.oneof(
  fc.record({
    kind: fc.constant('attention' as const),
    heads: fc.constantFrom(4, 6, 8, 12),
    kvHeads: fc.constantFrom(1, 2, 4),
    headDim: fc.constantFrom(8, 16, 32),
  }),
  fc.record({
    kind: fc.constant('mla' as const),
    heads: fc.constantFrom(4, 6, 8),
    queryRank: fc.constantFrom(0, 24),
    kvRank: fc.constantFrom(8, 16),
    nopeDim: fc.constantFrom(8, 16),
    ropeDim: fc.constantFrom(4, 8),
    valueDim: fc.constantFrom(8, 16),
  }),
);

const matrices = fc.constantFrom(2 as const, 3 as const);
const denseFfns = fc.record({ intermediateSize: fc.constantFrom(48, 64, 96), matrices });
const mixtures = fc.record({
  experts: fc.constantFrom(4, 6, 8),
  expertsPerToken: fc.integer({ min: 1, max: 4 }),
  intermediateSize: fc.constantFrom(32, 48, 64),
  matrices,
  sharedIntermediateSize: fc.constantFrom(0, 0, 32, 48),
});

const models: fc.Arbitrary<Model> = fc
  .record({
    hiddenSize: fc.constantFrom(32, 48, 64),
    shape: fc.constantFrom('dense', 'moe', 'dense-first', 'alternating', 'side-by-side'),
    count: fc.integer({ min: 1, max: 4 }),
    mixer: mixers,
    other: mixers,
    dense: denseFfns,
    moe: mixtures,
    vocabulary: fc.option(fc.record({ size: fc.constantFrom(96, 120, 256), tied: fc.boolean() })),
    weights: fc.record({
      attention: formats,
      dense: formats,
      expert: formats,
      shared: formats,
      router: formats,
      embedding: formats,
      head: formats,
      norm: formats,
    }),
    activations: fc.constantFrom<Dtype>('bf16', 'fp8', 'mxfp8', 'fp4'),
    kvCache: fc.constantFrom<Dtype>('bf16', 'fp8', 'fp4'),
  })
  .map(({ hiddenSize, shape, count, mixer, other, dense, moe, vocabulary, ...precision }): Model => {
    const layers: Record<typeof shape, readonly LayerRun[]> = {
      dense: [{ count: count + 1, mixer, dense }],
      moe: [{ count: count + 1, mixer, moe }],
      'dense-first': [
        { count: 1, mixer: other, dense },
        { count, mixer, moe },
      ],
      alternating: Array.from({ length: count }, () => [
        { count: 1, mixer, moe },
        { count: 1, mixer: other, dense },
      ]).flat(),
      'side-by-side': [{ count: count + 1, mixer, dense, moe }],
    };
    return { name: shape, hiddenSize, layers: layers[shape], precision, ...(vocabulary && { vocabulary }) };
  });

const clusters: fc.Arbitrary<Cluster> = fc
  .record({
    nodes: fc.integer({ min: 1, max: 4 }),
    domains: fc.constantFrom([8, 8], [8, 4], [8, 2], [4, 8], [6, 3], [1, 1]),
    memoryBytes: fc.constantFrom(80 * 2 ** 30, 2.3 * 2 ** 30, Math.round(2.17 * 2 ** 30) + 2 ** 19),
  })
  .map(({ nodes, domains: [gpusPerNode = 1, domainGpus = 1], memoryBytes }) => ({
    nodes,
    gpusPerNode,
    domainGpus,
    gpu: {
      name: 'any',
      memoryBytes,
      memoryBandwidth: 1.8e12,
      peakFlops: { bf16: 2e14, fp8: 4e14, fp4: 8e14, int8: 4e14 },
      curves: defaultCurves,
    },
    fast: { name: 'fast', bandwidth: 4.5e11, latency: 3e-6 },
    slow: { name: 'slow', bandwidth: 5e10, latency: 1e-5 },
  }));

const problems: fc.Arbitrary<Problem> = fc.record({
  cluster: clusters,
  model: models,
  workload: fc.record({
    kind: fc.constant('batch' as const),
    batchSize: fc.integer({ min: 1, max: 20 }),
    sequenceLength: fc.constantFrom(1, 8, 24, 60),
  }),
  objective: fc.constantFrom(...objectives),
  constraints: fc.constant({ degrees: {}, memoryFree: 0 }),
  top: fc.constant(3),
});

const factor = fc.constantFrom(1, 1, 2, 2, 3, 4);

/** Strategies near the rules: most fold and fit, some do not. */
const strategies = fc.record({
  tp: factor,
  cp: fc.constantFrom(1, 1, 1, 2, 3),
  dp: factor,
  pp: fc.constantFrom(1, 1, 2, 3),
  ep: factor,
  etp: fc.constantFrom(1, 1, 2, 3),
  micro: fc.integer({ min: 0, max: 3 }),
});

/** The planner's own placement, written out. */
function placementFrom(strategy: Strategy, { cluster, model }: Problem): ClaimedPlacement {
  const placement = placementOf(strategy, { cluster, model });
  const ranks = Array.from({ length: placement.world }, (_, rank) => rank);
  const groups = groupKinds.map((kind) => {
    const firsts = ranks.filter((rank) => placement.group(rank, kind).position === 0);
    const lists = firsts.map((rank) => {
      const { size, member } = placement.group(rank, kind);
      return Array.from({ length: size }, (_, j) => member(j));
    });
    return [kind, lists] as const;
  });
  const range = (found: { first: number; count: number } | undefined) =>
    Array.from({ length: found?.count ?? 0 }, (_, i) => (found?.first ?? 0) + i);
  const inStage = strategy.tp * strategy.cp * strategy.dp;
  return {
    gpus: ranks.map((rank) => placement.gpuOf(rank).gpu),
    groups: Object.fromEntries(groups),
    stageLayers: Array.from({ length: strategy.pp }, (_, stage) => range(placement.layersOf(stage * inStage))),
    ...(model.layers.some((run) => run.moe) && {
      expertHomes: Array.from({ length: strategy.ep }, (_, e) => range(placement.expertsOf(e * strategy.etp))),
    }),
  };
}

function claimFrom({ strategy, estimate }: Candidate, modules: Modules | undefined, problem: Problem): Claim {
  return { strategy, estimate, placement: placementFrom(strategy, problem), ...(modules && { modules }) };
}

/** What the verifier holds against a claim, for the report of a counterexample. */
function complaints(problem: Problem, claim: Claim): readonly string[] {
  const { checks } = verify(problem, claim, { provedBest: true });
  return checks.filter((check) => check.status !== 'pass').map((check) => `${check.id}: ${check.explanation}`);
}

type Plain = Readonly<Record<string, unknown>>;
const isPlain = (value: unknown): value is Plain => typeof value === 'object' && value !== null;

/** Copies of a value in which one number is another. Words are left: they are about figures, and none of them is one. */
function* withOneNumberChanged(value: unknown, path = ''): Generator<readonly [string, unknown]> {
  if (typeof value === 'number')
    yield [path, value + (Math.abs(value) > 1e4 ? Math.ceil(value * 1e-6) : Math.max(1e-6, value))];
  else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      for (const [at, copy] of withOneNumberChanged(item, `${path}/${i}`)) yield [at, value.with(i, copy)];
    }
  } else if (isPlain(value)) {
    for (const [key, item] of Object.entries(value)) {
      for (const [at, copy] of withOneNumberChanged(item, `${path}/${key}`)) yield [at, { ...value, [key]: copy }];
    }
  }
}

/** Times that are only bounded: the verifier does not repeat the time model. */
const bounded = /\/perCollective\/\d+\/seconds$|\/bubble$/;

/** Claims with one place changed: two ranks swapped, an expert, a layer or a message dropped, a group cut short. */
function misplaced(claim: Claim): readonly (readonly [string, Claim])[] {
  const { placement, estimate } = claim;
  const gpus = Array.from(placement?.gpus ?? []);
  const [a, b] = [gpus[0], gpus.at(-1)];
  const uses = estimate?.communication?.perCollective ?? [];
  const [layers = [], ...stages] = placement?.stageLayers ?? [];
  const [experts, ...homes] = placement?.expertHomes ?? [];
  const tp = placement?.groups?.tp ?? [];
  const mutants: (readonly [string, Claim])[] = [];
  const place = (name: string, change: ClaimedPlacement) =>
    mutants.push([name, { ...claim, placement: { ...placement, ...change } }]);
  if (a !== undefined && b !== undefined && a !== b) {
    place('two ranks swapped', { gpus: gpus.with(0, b).with(-1, a) });
    place('two ranks on one GPU', { gpus: gpus.with(0, b) });
  }
  place('a rank left out', { gpus: gpus.slice(1) });
  place('a layer dropped', { stageLayers: [layers.slice(1), ...stages] });
  place('a layer twice', { stageLayers: [[...layers, ...layers.slice(0, 1)], ...stages] });
  place('a group left out', { groups: { tp: tp.slice(1) } });
  place('a group cut short', { groups: { tp: tp.map((ranks, i) => (i === 0 ? ranks.slice(1) : ranks)) } });
  if (experts) {
    place('an expert dropped', { expertHomes: [experts.slice(1), ...homes] });
    place('an expert twice', { expertHomes: [[...experts, ...experts.slice(0, 1)], ...homes] });
  }
  const told = (perCollective: typeof uses): Claim => ({
    ...claim,
    estimate: { ...estimate, communication: { perCollective } },
  });
  if (uses.length > 0) {
    mutants.push(['a message dropped', told(uses.slice(1))]);
    mutants.push(['a message twice', told([...uses, ...uses.slice(0, 1)])]);
    mutants.push(['a flag turned', told(uses.map((u, i) => (i === 0 ? { ...u, crossesNodes: !u.crossesNodes } : u)))]);
  }
  return mutants;
}

describe('the verifier', () => {
  it('accepts every plan and every alternative that the planner makes', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const result = createPlan(problem);
        if (result.status !== 'feasible') return;
        expect(complaints(problem, claimFrom(result.chosen, result.modules, problem))).toEqual([]);
        for (const other of result.alternatives) {
          expect(complaints(problem, claimFrom(other, undefined, problem))).toEqual([]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('accepts an estimate of any strategy, and turns away what the planner’s rules turn away', () => {
    let accepted = 0;
    fc.assert(
      fc.property(problems, strategies, (problem, { micro, ...degrees }) => {
        const most = Math.ceil(problem.workload.batchSize / degrees.dp);
        // A power of two below the whole, or the whole; with one stage the whole.
        const microBatchSize = degrees.pp === 1 ? most : Math.min(most, 2 ** micro);
        const strategy = { ...degrees, replicas: 1, microBatchSize };
        const result = estimateStrategy(problem, strategy);
        if (result.status === 'infeasible') {
          expect({ rejections: result.rejections, found: complaints(problem, { strategy }).length > 0 }).toEqual({
            rejections: result.rejections,
            found: true,
          });
          return;
        }
        accepted += 1;
        expect(complaints(problem, claimFrom(result.chosen, result.modules, problem))).toEqual([]);
      }),
      { numRuns: 1500 },
    );
    expect(accepted).toBeGreaterThan(150);
  });

  it('rejects every mutant', () => {
    let mutants = 0;
    fc.assert(
      fc.property(problems, (problem) => {
        const result = createPlan({ ...problem, top: 0 });
        if (result.status !== 'feasible') return;
        const claim = claimFrom(result.chosen, result.modules, problem);
        const survivors: string[] = [];
        const tryOn = (name: string, mutant: Claim) => {
          mutants += 1;
          if (complaints(problem, mutant).length === 0) survivors.push(name);
        };
        const { strategy, estimate, modules } = claim;
        for (const [path, copy] of withOneNumberChanged({ estimate, modules })) {
          // Only numbers were exchanged for numbers, so the copy is still a claim.
          if (!bounded.test(path)) tryOn(path, { ...claim, ...(copy as Pick<Claim, 'estimate' | 'modules'>) });
        }
        for (const [path, copy] of withOneNumberChanged(strategy)) {
          tryOn(`strategy${path}`, { ...claim, strategy: copy as Strategy });
        }
        for (const [name, mutant] of misplaced(claim)) tryOn(name, mutant);
        expect(survivors).toEqual([]);
      }),
      { numRuns: 25 },
    );
    expect(mutants).toBeGreaterThan(500);
  });
});
