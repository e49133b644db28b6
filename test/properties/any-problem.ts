/** Random small problems and strategies in the planner's nouns: every kind of layer, odd domains, block formats, little memory. */
import fc from 'fast-check';
import { defaultCurves } from '../../src/catalog/default-curves.ts';
import type { Cluster } from '../../src/planner/cluster.ts';
import type { LayerRun, Model } from '../../src/planner/model.ts';
import { type Dtype, dtypeBytes, type WeightFormat } from '../../src/planner/precision.ts';
import type { Problem } from '../../src/planner/result.ts';
import { objectives } from '../../src/planner/workload.ts';
import { anyDense, anyMixers, anyMixture, modelOptions, normOptions, vocabularyOptions } from '../support/any-layer.ts';

const dtypes: fc.Arbitrary<Dtype> = fc.constantFrom('bf16', 'fp8', 'mxfp8', 'fp4', 'mxfp4', 'int8', 'int4');

const formats: fc.Arbitrary<WeightFormat> = fc
  .record({ dtype: dtypes, block: fc.constantFrom(undefined, undefined, undefined, undefined, 16) })
  .map(({ dtype, block }) => ({
    dtype,
    bytesPerParameter: dtypeBytes[dtype],
    ...(block !== undefined && { block }),
  }));

/** Tables and norms are never block-quantised, and a tied head is the table: both have one format. */
const plainFormats = formats.map(({ dtype, bytesPerParameter }) => ({ dtype, bytesPerParameter }));

export const models: fc.Arbitrary<Model> = fc
  .record({
    hiddenSize: fc.constantFrom(32, 48, 64),
    shape: fc.constantFrom('dense', 'moe', 'dense-first', 'alternating', 'side-by-side', 'apart'),
    count: fc.integer({ min: 1, max: 4 }),
    modules: fc.constantFrom(0, 1, 2),
    mixer: anyMixers,
    other: anyMixers,
    dense: anyDense,
    moe: anyMixture,
    norms: normOptions,
    options: modelOptions,
    vocabulary: fc.option(
      fc.tuple(fc.constantFrom(96, 120, 240), vocabularyOptions).map(([size, more]) => ({ size, ...more })),
    ),
    weights: fc.record({
      attention: formats,
      dense: formats,
      expert: formats,
      shared: formats,
      router: plainFormats,
      embedding: plainFormats,
      head: plainFormats,
      norm: plainFormats,
    }),
    activations: fc.constantFrom<Dtype>('bf16', 'fp8', 'mxfp8', 'fp4'),
    kvCache: fc.constantFrom<Dtype>('bf16', 'fp8', 'fp4'),
  })
  .map(
    ({
      hiddenSize,
      shape,
      count,
      modules,
      mixer,
      other,
      dense,
      moe,
      norms,
      options,
      vocabulary,
      ...precision
    }): Model => {
      const layers: Record<typeof shape, readonly LayerRun[]> = {
        dense: [{ count: count + 1, mixer, dense }],
        moe: [{ count: count + 1, mixer, moe, ...norms }],
        'dense-first': [
          { count: 1, mixer: other, dense },
          { count, mixer, moe },
        ],
        alternating: Array.from({ length: count }, () => [
          { count: 1, mixer, moe },
          { count: 1, mixer: other, dense },
        ]).flat(),
        'side-by-side': [{ count: count + 1, mixer, dense, moe, ...norms }],
        apart: [
          { count, mixer, ...norms },
          { count: 1, dense },
          { count: 1, mixer: other },
          { count: 1, moe, ...norms },
        ],
      };
      // A module is like the last layer, or like the last two.
      const own = layers[shape].slice(count % 2 === 0 ? -1 : -2).map((run) => ({ ...run, count: 1 }));
      const { weights } = precision;
      const head = vocabulary?.tied ? weights.embedding : weights.head;
      return {
        name: shape,
        hiddenSize,
        ...options,
        layers: layers[shape],
        precision: { ...precision, weights: { ...weights, head } },
        ...(vocabulary && { vocabulary }),
        ...(modules > 0 && { mtp: { modules, layers: Array.from({ length: modules }, () => own).flat() } }),
      };
    },
  );

export const clusters: fc.Arbitrary<Cluster> = fc
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

export const problems: fc.Arbitrary<Problem> = fc.record({
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

/** Strategies near the rules: all fold, many fit, some do not. */
export const strategies = fc
  .record({
    tp: factor,
    cp: fc.constantFrom(1, 1, 1, 1, 2, 3),
    dp: factor,
    pp: fc.constantFrom(1, 1, 2, 3),
    a: fc.integer({ min: 0, max: 11 }),
    b: fc.integer({ min: 0, max: 11 }),
    micro: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ a, b, ...rest }) => {
    const divisors = (whole: number) => Array.from({ length: whole }, (_, i) => i + 1).filter((d) => whole % d === 0);
    const eps = divisors(rest.tp * rest.cp * rest.dp);
    const ep = eps[a % eps.length] ?? 1;
    const etps = divisors((rest.tp * rest.cp * rest.dp) / ep);
    return { ...rest, ep, etp: etps[b % etps.length] ?? 1 };
  });
