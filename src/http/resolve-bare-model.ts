/** A model by its dimensions, the gaps filled. */
import type { Static } from 'typebox';
import type { Mixer } from '../planner/mixer.ts';
import type { DenseFfn, LayerRun, Model, MoeFfn, Vocabulary } from '../planner/model.ts';
import { parameterTotals } from '../planner/parameters.ts';
import type { Findings } from './resolve-findings.ts';
import { resolvePrecision } from './resolve-precision.ts';
import type { Units } from './resolve-units.ts';
import type { ModelSpec } from './schemas/model-request.ts';

type Input = Static<typeof ModelSpec>;

/** Up to here every count of bytes and parameters is an exact integer in a double. */
const exact = Number.MAX_SAFE_INTEGER;

export function resolveBareModel(input: Input, findings: Findings, units: Units): Model {
  const vocabulary = resolveVocabulary(input, findings);
  const model: Model = {
    name: findings.orAssume(
      input.name,
      '/model/name',
      'unnamed',
      'the request does not name the model; only labels use it',
    ),
    hiddenSize: input.hiddenSize,
    layers: resolveLayers(input, findings),
    ...(vocabulary && { vocabulary }),
    precision: resolvePrecision(input.precision, findings, units),
  };
  const { total } = parameterTotals(model);
  if (total > exact) {
    findings.fault(
      '/model',
      `the model has ${total.toExponential(2)} parameters, more than can be counted exactly (${exact})`,
    );
  }
  return model;
}

function resolveLayers(input: Input, findings: Findings): LayerRun[] {
  const mixer = input.mla ? resolveLatent(input, input.mla, findings) : resolveAttention(input, findings);
  const { layers, moe } = input;
  const moeFfn = resolveMoe(input, findings);
  if (!moe || !moeFfn) return [{ count: layers, mixer, dense: resolveDense(input, findings) }];

  const denseLayers = findings.orAssume(
    moe.firstDenseLayers,
    '/model/moe/firstDenseLayers',
    0,
    'the request names no leading dense layers: every layer has experts',
  );
  if (denseLayers >= layers) {
    findings.fault('/model/moe/firstDenseLayers', `${denseLayers} of ${layers} layers dense leaves none with experts`);
  }
  if (denseLayers === 0) {
    for (const key of ['intermediateSize', 'gated'] as const) {
      if (input[key] === undefined) continue;
      findings.warn(`model.${key} has no effect: it is of dense layers, and every layer of this model has experts.`);
    }
    return [{ count: layers, mixer, moe: moeFfn }];
  }
  return [
    { count: denseLayers, mixer, dense: resolveDense(input, findings) },
    { count: Math.max(0, layers - denseLayers), mixer, moe: moeFfn },
  ];
}

function resolveAttention(
  { hiddenSize, heads: givenHeads, headDim: givenDim, kvHeads: givenKv }: Input,
  findings: Findings,
): Mixer {
  const heads = givenHeads ?? assumeHeads({ hiddenSize, headDim: givenDim }, findings);
  if (givenDim === undefined && hiddenSize % heads !== 0) {
    findings.fault(
      '/model/heads',
      `a hiddenSize of ${hiddenSize} does not divide into ${heads} heads: give headDim too`,
    );
  }
  const headDim = findings.orAssume(
    givenDim,
    '/model/headDim',
    Math.max(1, Math.floor(hiddenSize / heads)),
    `hiddenSize / heads = ${hiddenSize} / ${heads}`,
  );
  const kvHeads = findings.orAssume(givenKv, '/model/kvHeads', heads, 'as many as heads: multi-head attention');
  if (heads % kvHeads !== 0) {
    findings.fault(
      '/model/kvHeads',
      `${heads} heads cannot share ${kvHeads} key-value heads evenly: heads must be a multiple of kvHeads`,
    );
  }
  return { kind: 'attention', heads, kvHeads, headDim };
}

/** Heads of 64, as in the GPT line; where the hidden size is no multiple of 64, the widest even heads up to 128. */
function assumeHeads(
  { hiddenSize, headDim }: { hiddenSize: number; headDim: number | undefined },
  findings: Findings,
): number {
  const widths = headDim === undefined ? [64, 128, 120, 112, 104, 96, 88, 80, 72, 56, 48, 40, 32] : [headDim];
  const width = hiddenSize < 64 && headDim === undefined ? hiddenSize : widths.find((w) => hiddenSize % w === 0);
  if (width === undefined) {
    findings.fault(
      '/model/heads',
      headDim === undefined
        ? `is needed: a hiddenSize of ${hiddenSize} divides into no heads of a usual width`
        : `is needed: a hiddenSize of ${hiddenSize} does not divide into heads of ${headDim}`,
    );
    return 1;
  }
  const heads = hiddenSize / width;
  findings.assume('/model/heads', heads, `heads of ${width}: ${hiddenSize} / ${width}`);
  return heads;
}

function resolveLatent({ heads, kvHeads, headDim }: Input, mla: NonNullable<Input['mla']>, findings: Findings): Mixer {
  if (heads === undefined) findings.fault('/model/heads', 'is needed beside mla: it does not follow from hiddenSize');
  if (kvHeads !== undefined) findings.fault('/model/kvHeads', 'contradicts mla: a latent has no key-value heads');
  if (headDim !== undefined)
    findings.fault('/model/headDim', 'contradicts mla: its nopeDim, ropeDim and valueDim say it');
  const queryRank = findings.orAssume(
    mla.queryRank,
    '/model/mla/queryRank',
    0,
    'no query latent is named: queries are projected directly',
  );
  const { kvRank, nopeDim, ropeDim, valueDim } = mla;
  return { kind: 'mla', heads: heads ?? 1, queryRank, kvRank, nopeDim, ropeDim, valueDim };
}

function resolveDense({ hiddenSize, intermediateSize, gated }: Input, findings: Findings): DenseFfn {
  return {
    intermediateSize: findings.orAssume(
      intermediateSize,
      '/model/intermediateSize',
      4 * hiddenSize,
      '4 × hiddenSize, as transformers have had it since the first',
    ),
    matrices: findings.orAssume(gated, '/model/gated', false, 'two matrices, up and down: the request names no gate')
      ? 3
      : 2,
  };
}

function resolveMoe({ moe }: Input, findings: Findings): MoeFfn | undefined {
  if (!moe) return undefined;
  const { experts, intermediateSize } = moe;
  const expertsPerToken = findings.orAssume(
    moe.expertsPerToken,
    '/model/moe/expertsPerToken',
    1,
    'top-1 routing: the request says no top-k',
  );
  if (expertsPerToken > experts) {
    findings.fault('/model/moe/expertsPerToken', `a token cannot visit ${expertsPerToken} of ${experts} experts`);
  }
  return {
    experts,
    expertsPerToken,
    intermediateSize,
    matrices: findings.orAssume(
      moe.gated,
      '/model/moe/gated',
      false,
      'two matrices an expert, up and down: the request names no gate',
    )
      ? 3
      : 2,
    sharedIntermediateSize: findings.orAssume(
      moe.sharedIntermediateSize,
      '/model/moe/sharedIntermediateSize',
      0,
      'the request names no shared experts',
    ),
  };
}

function resolveVocabulary({ vocabSize, tiedEmbeddings }: Input, findings: Findings): Vocabulary | undefined {
  if (vocabSize !== undefined) {
    const tied = findings.orAssume(
      tiedEmbeddings,
      '/model/tiedEmbeddings',
      false,
      'the LM head has its own weights unless the request ties it',
    );
    return { size: vocabSize, tied };
  }
  if (tiedEmbeddings !== undefined)
    findings.fault('/model/tiedEmbeddings', 'needs vocabSize: without one there is no embedding to tie');
  findings.assume(
    '/model/vocabSize',
    null,
    'no vocabulary: the model starts and ends at hidden states, without embedding, LM head or logits',
  );
  return undefined;
}
