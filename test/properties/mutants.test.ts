/**
 * The planner and the verifier share docs/accounting.md and no formula. On random small problems the verifier has to accept whatever
 * the planner makes, to turn away what the planner's rules turn away, and to reject every copy in which one thing is changed.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupKinds } from '../../src/planner/estimate.ts';
import { placementOf } from '../../src/planner/placement.ts';
import { createPlan, estimateStrategy } from '../../src/planner/plan.ts';
import type { Candidate, Modules, Problem } from '../../src/planner/result.ts';
import type { Strategy } from '../../src/planner/strategy.ts';
import { type Claim, type ClaimedPlacement, verify } from '../../src/verifier/verify.ts';
import { problems, strategies } from './any-problem.ts';
import { cluster, one, precisionOf } from './hand-claims.ts';

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
function* numbersChanged(value: unknown, path = ''): Generator<readonly [string, unknown]> {
  if (typeof value === 'number')
    yield [path, value + (Math.abs(value) > 1e4 ? Math.ceil(value * 1e-6) : Math.max(1e-6, value))];
  else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      for (const [at, copy] of numbersChanged(item, `${path}/${i}`)) yield [at, value.with(i, copy)];
    }
  } else if (isPlain(value)) {
    for (const [key, item] of Object.entries(value)) {
      for (const [at, copy] of numbersChanged(item, `${path}/${key}`)) yield [at, { ...value, [key]: copy }];
    }
  }
}

/** The same of any type. A boundary: numbers were exchanged for numbers, so a copy is still what the value was. */
function withOneNumberChanged<T>(value: T): readonly (readonly [string, T])[] {
  return [...numbersChanged(value)].map(([path, copy]) => [path, copy as T] as const);
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
      fc.property(problems, strategies, fc.boolean(), (problem, { micro, ...drawn }, asDrawn) => {
        const dense = !asDrawn && problem.model.layers.every((run) => !run.moe);
        const degrees = dense ? { ...drawn, ep: 1, etp: 1 } : drawn;
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
    expect(accepted).toBeGreaterThan(300);
  });

  it('agrees on who crosses a node where domains are smaller than one', () => {
    const mixer = { kind: 'attention', heads: 12, kvHeads: 4, headDim: 8 } as const;
    const problem: Problem = {
      cluster: { ...cluster, nodes: 2, gpusPerNode: 8, domainGpus: 2 },
      model: {
        name: 'dense',
        hiddenSize: 48,
        layers: [{ count: 2, mixer, dense: { intermediateSize: 48, matrices: 2 } }],
        precision: precisionOf('bf16', 2),
      },
      workload: { kind: 'batch', batchSize: 1, sequenceLength: 60 },
      objective: 'balance',
      constraints: { degrees: {}, memoryFree: 0 },
      top: 0,
    };
    // Ranks 6, 8 and 10 of the second stage are a CP group; GPU 8 is the first of the second node.
    const result = estimateStrategy(problem, { ...one, tp: 2, cp: 3, pp: 2 });
    if (result.status === 'infeasible') throw new Error(JSON.stringify(result.rejections));
    expect(complaints(problem, claimFrom(result.chosen, result.modules, problem))).toEqual([]);
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
        for (const [path, copy] of withOneNumberChanged({
          ...(estimate && { estimate }),
          ...(modules && { modules }),
        })) {
          if (!bounded.test(path)) tryOn(path, { ...claim, ...copy });
        }
        for (const [path, copy] of withOneNumberChanged(strategy)) {
          tryOn(`strategy${path}`, { ...claim, strategy: copy });
        }
        for (const [name, mutant] of misplaced(claim)) tryOn(name, mutant);
        expect(survivors).toEqual([]);
      }),
      { numRuns: 25 },
    );
    expect(mutants).toBeGreaterThan(500);
  });
});
