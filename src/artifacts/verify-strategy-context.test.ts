/**
 * verify_strategy.py on servers with context parallelism: it and the TypeScript verifier share no code, and have to agree, whatever the
 * model, the engine and the degrees. Files are written from the TypeScript verifier's own figures.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Drawn, drawn, settings, told } from '../../test/properties/any-serving.ts';
import { latentMixer } from '../../test/properties/hand-claims.ts';
import { type ServedShape, servedShapes } from '../../test/properties/hand-context.ts';
import type { Json } from '../../test/properties/hand-file.ts';
import { claimedOf } from '../../test/properties/hand-served.ts';
import { servedNumbersChanged, verdictsOf } from '../../test/properties/python.ts';
import { servedFile } from '../../test/support/served-file.ts';
import { hasPython } from '../../test/support/tools.ts';
import type { Mixer } from '../planner/mixer.ts';
import type { Model } from '../planner/model.ts';
import type { WorkerStrategy } from '../planner/strategy.ts';
import { type ServingClaim, verifyServing } from '../verifier/serving/verify.ts';
import { workersOf } from '../verifier/serving/worker.ts';

const fileOf = (shape: ServedShape): Json => servedFile(shape.setting, claimedOf(shape));

/** Ids of the checks that the TypeScript verifier's own figures do not pass: rules that the degrees break, room that there is not. */
function failing({ setting, strategy }: ServedShape, claim: Partial<ServingClaim> = {}): readonly string[] {
  return verifyServing(setting, { strategy, ...claim }, { provedBest: true })
    .checks.filter(({ status }) => status !== 'pass')
    .map(({ id }) => id);
}

/** Degrees as drawn with `cp` besides, whether or not the engine takes it. */
function workerOf(setting: ServedShape['setting'], degrees: Drawn, cp: number): WorkerStrategy {
  const found = told(setting, degrees);
  const moe = setting.model.layers.some((run) => run.moe);
  // Experts are split over the ranks of all parts, whole or in shards as they are without.
  const whole = found.ep > 1 || (found.etp === 1 && degrees.a % 2 === 0);
  const wide = whole ? { ep: found.ep * cp } : { etp: found.etp * cp };
  return { ...found, cp, ...(moe && wide), maxConcurrency: 1 + (degrees.a % 7) * degrees.replicas };
}

/** As it is, or with latent attention in all its layers. */
function withLatent(model: Model, mixer: Mixer | undefined): Model {
  if (!mixer) return model;
  return { ...model, layers: model.layers.map((run) => (run.mixer ? { ...run, mixer } : run)) };
}

const sparse: Mixer = { ...latentMixer, topK: 30, indexer: { heads: 2, headDim: 8 } };
const shapes: fc.Arbitrary<ServedShape> = fc
  .tuple(
    settings,
    fc.constantFrom(undefined, undefined, latentMixer, sparse),
    fc.tuple(drawn, fc.option(drawn)),
    fc.constantFrom(2, 2, 3, 4),
    fc.constantFrom(1, 2),
  )
  .map(([{ cluster, model, engine, constraints, workload }, mixer, [first, second], cp, other]) => {
    const { speculation, ...plain } = workload;
    const load = { kind: 'saturated' as const };
    // Nearly always room enough: what is compared are figures and rules.
    const memoryBytes = Math.max(cluster.gpu.memoryBytes, 2 ** 32);
    const setting = {
      cluster: { ...cluster, nodes: 16, gpu: { ...cluster.gpu, memoryBytes } },
      model: withLatent(model, mixer),
      engine,
      constraints: constraints ?? { degrees: {}, memoryFree: 0 },
      workload: { ...plain, load, ...(speculation && { speculation }) },
    };
    const worker = (degrees: Drawn, parts: number) => workerOf(setting, degrees, parts);
    if (engine.name === 'vllm' && mixer) {
      // vLLM takes no other mixers with cp, and then neither data parallelism, stages nor guesses.
      const strategy = { mode: 'aggregated' as const, ...worker({ ...first, dp: 1, pp: 1 }, cp) };
      return { setting: { ...setting, workload: { ...plain, load } }, strategy };
    }
    if (!second) return { setting, strategy: { mode: 'aggregated', ...worker(first, cp) } };
    return { setting, strategy: { mode: 'disaggregated', prefill: worker(first, cp), decode: worker(second, other) } };
  });

describe.runIf(hasPython)('verify_strategy.py on servers with context parallelism', () => {
  it('passes on every one that was worked out by hand', () => {
    for (const found of verdictsOf(Object.values(servedShapes).map(fileOf))) {
      expect(found).toEqual({ verdict: 'optimal', failed: [] });
    }
  });

  it.each(Object.entries(servedShapes))(
    'catches one number of %s changed, wherever it is',
    (_, shape) => {
      const { copies, survivors } = servedNumbersChanged(fileOf(shape));
      expect(copies).toBeGreaterThan(90);
      expect(survivors).toEqual([]);
    },
    120_000,
  );

  it('fails where the TypeScript verifier fails, on random servers', () => {
    const expected: (readonly string[])[] = [];
    const documents: Json[] = [];
    let cut = 0; // By vLLM, of those that pass.
    for (const shape of fc.sample(shapes, { numRuns: 800, seed: 5 })) {
      const rules = failing(shape);
      // What cannot be laid out has no figures that could be compared.
      if (rules.includes('divisibility') || rules.includes('gpu-count')) continue;
      const claim = claimedOf(shape);
      expected.push(failing(shape, claim));
      documents.push(servedFile(shape.setting, claim));
      const { engine } = shape.setting;
      const parts = workersOf(shape.setting, claim).some(({ cacheParts }) => cacheParts > 1);
      if (engine.name === 'vllm' && parts && expected.at(-1)?.length === 0) cut += 1;
    }
    const passing = expected.filter((ids) => ids.length === 0).length;
    expect(passing).toBeGreaterThan(60);
    expect(cut).toBeGreaterThan(15);
    expect(expected.length - passing).toBeGreaterThan(60);
    expect(verdictsOf(documents).map(({ failed }) => failed)).toEqual(expected);
  }, 120_000);
});
