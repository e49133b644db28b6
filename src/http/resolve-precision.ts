/** `model.precision` of a bare spec: every matrix at the word; norms, and embedding and LM head where there is a vocabulary, at bf16. */
import type { Static } from 'typebox';
import { type Dtype, dtypeBytes, type Precision, type WeightFormat } from '../planner/precision.ts';
import type { Findings } from './resolve-findings.ts';
import type { dtypes, Precision as PrecisionInput } from './schemas/request.ts';

type Word = (typeof dtypes)[number];

/**
 * A shard must hold whole blocks of the formats that have a scale for each (sizes: src/planner/precision.ts). MXFP4 is not among them: engines
 * pad its experts after splitting them.
 */
const blocks: Partial<Record<Dtype, number>> = { mxfp8: 32, fp4: 16, int4: 128 };

/** Weight-only formats: engines multiply them with bf16 inputs. The others quantise the inputs too. */
const weightOnly: ReadonlySet<Word> = new Set(['mxfp4', 'int8', 'int4']);

const fp8Cache: ReadonlySet<Word> = new Set(['fp8', 'mxfp8', 'fp4']);

export function resolvePrecision(input: Static<typeof PrecisionInput>, findings: Findings): Precision {
  const spec = typeof input === 'string' ? { weights: input } : input;
  const { weights } = spec;
  const activations = findings.orAssume<Word>(
    spec.activations,
    '/model/precision/activations',
    weightOnly.has(weights) ? 'bf16' : weights,
    weightOnly.has(weights)
      ? `${weights} is a format of weights only: products read their inputs in bf16`
      : 'products read their inputs in the format of the weights',
  );
  const kvCache = findings.orAssume<Word>(
    spec.kvCache,
    '/model/precision/kvCache',
    fp8Cache.has(weights) ? 'fp8' : 'bf16',
    fp8Cache.has(weights)
      ? `engines that run ${weights} models keep the KV cache in fp8`
      : 'engines keep the KV cache in 16 bits unless told otherwise',
  );
  const matrix = formatOf(weights);
  return {
    weights: {
      attention: matrix,
      dense: matrix,
      expert: matrix,
      shared: matrix,
      router: matrix,
      embedding: formatOf('bf16'),
      head: formatOf('bf16'),
      norm: formatOf('bf16'),
    },
    activations,
    kvCache,
  };
}

function formatOf(dtype: Dtype): WeightFormat {
  const block = blocks[dtype];
  return { dtype, bytesPerParameter: dtypeBytes[dtype], ...(block !== undefined && { block }) };
}
