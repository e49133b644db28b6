/**
 * The planner's word on a serving strategy and the verifier's: on random settings they have to agree on every figure that is exact, and the
 * verifier has to catch every copy in which one thing is changed. verify_strategy.py has to say the same of both.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupKinds } from '../../src/planner/estimate.ts';
import { placementOf } from '../../src/planner/placement.ts';
import { estimateServing } from '../../src/planner/serving.ts';
import type { ServingSetting } from '../../src/planner/serving-result.ts';
import type { WorkerStrategy } from '../../src/planner/strategy.ts';
import { type ServingClaim, verifyServing } from '../../src/verifier/serving/verify.ts';
import type { ClaimedPlacement } from '../../src/verifier/verify.ts';
import { servedFile } from '../support/served-file.ts';
import { hasPython } from '../support/tools.ts';
import { served } from './any-serving.ts';
import { servedNumbersChanged, verdictsOf } from './python.ts';

/** What the verifier holds against a claim, for the report of a counterexample. */
function complaints(setting: ServingSetting, claim: ServingClaim): readonly string[] {
  const { checks } = verifyServing(setting, claim, { provedBest: true });
  return checks.filter(({ status }) => status !== 'pass').map(({ id, explanation }) => `${id}: ${explanation}`);
}

/** Whether degrees stand at all: an estimate presupposes it. */
function stands(setting: ServingSetting, claim: ServingClaim): boolean {
  const rules = ['divisibility', 'engine-rules', 'gpu-count'];
  const { checks } = verifyServing(setting, claim, { provedBest: true });
  return checks.every(({ id, status }) => status === 'pass' || !rules.includes(id));
}

/** Claims of random settings, as the planner makes them. */
const claims = served.map(({ setting, request }) => {
  const bare = (worker: Omit<WorkerStrategy, 'maxConcurrency'>): WorkerStrategy => ({ ...worker, maxConcurrency: 1 });
  const strategy =
    request.mode === 'aggregated'
      ? { ...bare(request), mode: request.mode }
      : { mode: request.mode, prefill: bare(request.prefill), decode: bare(request.decode) };
  if (!stands(setting, { strategy })) return undefined;
  const result = estimateServing(setting, request);
  if (result.status !== 'feasible') return undefined;
  const { chosen, modules } = result;
  // What the engine was told for it is what it is judged by.
  const judged = result.engine ? { ...setting, engine: result.engine } : setting;
  return { setting: judged, claim: { ...chosen, modules } };
});

/** The planner's own placement of an aggregated strategy, written out. */
function placementFrom({ cluster, model, engine }: ServingSetting, strategy: WorkerStrategy): ClaimedPlacement {
  const placement = placementOf(strategy, { cluster, model, layout: engine.rankLayout });
  const ranks = Array.from({ length: placement.world }, (_, rank) => rank);
  const groups = groupKinds.map((kind) => {
    const firsts = ranks.filter((rank) => placement.group(rank, kind).position === 0);
    const lists = firsts.map((rank) => {
      const { size, member } = placement.group(rank, kind);
      return Array.from({ length: size }, (_, j) => member(j));
    });
    return [kind, lists] as const;
  });
  return { gpus: ranks.map((rank) => placement.gpuOf(rank).gpu), groups: Object.fromEntries(groups) };
}

/** Slots of a layer as they are dealt out. */
function homesOf({ model }: ServingSetting, { ep, redundantExperts }: WorkerStrategy): readonly number[][] | undefined {
  const experts = model.layers.find((run) => run.moe)?.moe?.experts;
  if (experts === undefined) return undefined;
  const share = (experts + redundantExperts) / ep;
  return Array.from({ length: ep }, (_, rank) => Array.from({ length: share }, (_, i) => rank * share + i));
}

type Plain = Readonly<Record<string, unknown>>;
const isPlain = (value: unknown): value is Plain => typeof value === 'object' && value !== null;

/** Copies of a value in which one number is another. */
function* numbersChanged(value: unknown, path = ''): Generator<readonly [string, unknown]> {
  if (typeof value === 'number')
    yield [path, value + (Math.abs(value) > 1e4 ? 20 + Math.ceil(value * 1e-6) : Math.max(1e-6, value))];
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

/**
 * A model's word, bounded and not repeated: seconds of a message, waits, quantiles, intervals, how busy it is, how routing is skewed. TTFT
 * and TPOT have Little's law, which means of an iteration meet within a tenth.
 */
const bounded =
  /\/perCollective\/\d+\/seconds$|\/(bubble|microBatches|queueing|transfer|prefill|decodeStep|routingImbalance|p50|p95|utilization)$|\/interval\/|\/(ttft|tpot)\/mean$/;

describe('the verifier of serving', () => {
  it('agrees with every estimate of the planner', () => {
    let accepted = 0;
    fc.assert(
      fc.property(claims, (found) => {
        if (!found) return;
        accepted += 1;
        expect(complaints(found.setting, found.claim)).toEqual([]);
      }),
      { numRuns: 2500 },
    );
    expect(accepted).toBeGreaterThan(100);
  }, 60_000);

  it('agrees with the planner on where ranks are', () => {
    let accepted = 0;
    fc.assert(
      fc.property(claims, (found) => {
        if (found?.claim.strategy.mode !== 'aggregated') return;
        accepted += 1;
        const { setting, claim } = found;
        const homes = homesOf(setting, found.claim.strategy);
        const placement = { ...placementFrom(setting, found.claim.strategy), ...(homes && { expertHomes: homes }) };
        expect(complaints(setting, { ...claim, placement })).toEqual([]);
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(40);
  }, 60_000);

  it('rejects every mutant', () => {
    let mutants = 0;
    fc.assert(
      fc.property(claims, (found) => {
        if (!found) return;
        const { setting, claim } = found;
        const survivors: string[] = [];
        const tryOn = (name: string, mutant: ServingClaim) => {
          mutants += 1;
          if (complaints(setting, mutant).length === 0) survivors.push(name);
        };
        for (const [path, copy] of numbersChanged(claim.estimate)) {
          // A boundary: numbers were exchanged for numbers.
          if (!bounded.test(path)) tryOn(path, { ...claim, estimate: copy as typeof claim.estimate });
        }
        for (const [path, copy] of numbersChanged(claim.modules)) {
          tryOn(`modules${path}`, { ...claim, modules: copy as typeof claim.modules });
        }
        const { strategy } = claim;
        if (strategy.mode === 'aggregated') {
          const placement = placementFrom(setting, strategy);
          const homes = homesOf(setting, strategy);
          const gpus = Array.from(placement.gpus ?? []);
          const [a, b] = [gpus[0], gpus.at(-1)];
          if (a !== undefined && b !== undefined && a !== b) {
            tryOn('two ranks swapped', { ...claim, placement: { gpus: gpus.with(0, b).with(-1, a) } });
            tryOn('two ranks on one GPU', { ...claim, placement: { gpus: gpus.with(0, b) } });
          }
          if (homes) {
            const [first = [], ...others] = homes;
            tryOn('an expert dropped', { ...claim, placement: { expertHomes: [first.slice(1), ...others] } });
          }
          tryOn('context parallelism', { ...claim, strategy: { ...strategy, cp: strategy.cp + 1 } });
        }
        expect(survivors).toEqual([]);
      }),
      { numRuns: 150 },
    );
    expect(mutants).toBeGreaterThan(500);
  }, 120_000);
});

describe.runIf(hasPython)('verify_strategy.py on serving plans', () => {
  const sample = fc.sample(claims, { numRuns: 2000, seed: 11 }).filter((found) => found !== undefined);
  const files = sample.map(({ setting, claim }) => servedFile(setting, claim));

  it('passes whatever the planner estimates', () => {
    expect(files.length).toBeGreaterThan(60);
    for (const found of verdictsOf(files)) expect(found).toEqual({ verdict: 'optimal', failed: [] });
  }, 60_000);

  it('catches one number changed, wherever it is', () => {
    const modes = ['aggregated', 'disaggregated'].map((mode) =>
      sample.findIndex(({ claim }) => claim.strategy.mode === mode),
    );
    for (const index of modes) {
      const file = files[index];
      if (file === undefined) throw new Error('no file of that mode');
      const { survivors } = servedNumbersChanged(file);
      expect(survivors).toEqual([]);
    }
  }, 60_000);
});
