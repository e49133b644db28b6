/**
 * The families of models, as a table: which rule reads the mixers, which the FFNs, how many norms a layer has. A family that
 * differs from another by its defaults only is a line of `relatives`.
 */
import type { Layer, Vocabulary } from '../../planner/model.ts';
import {
  alternatingWindow,
  attention,
  chunkedWindow,
  everywhere,
  gemmaWindow,
  latentAttention,
  type MixerRule,
  qwenWindow,
  type Shape,
  sparseLatentAttention,
  typedWindow,
} from './attention-rules.ts';
import { dbrxLayers } from './dbrx.ts';
import { compressedAttention } from './deepseek-v4.ts';
import {
  glmAttention,
  hunyuanAttention,
  letteredWindow,
  namedWindow,
  periodicWindow,
  seedAttention,
} from './family-attention.ts';
import { arcticFfn, gatedFfn, hunyuanFfn, ungatedFfn } from './family-ffn.ts';
import { denseFfn, type FfnRule, graniteFfn, moeFfn } from './ffn-rules.ts';
import type { Fields } from './fields.ts';
import { gemma4Layers, gemma4PerLayer } from './gemma4.ts';
import type { libraryDefaults } from './library-defaults.ts';
import * as sparse from './moe-layers.ts';
import { nemotronBlocks, nemotronLayers } from './nemotron-h.ts';
import { nasLayers } from './nemotron-nas.ts';
import {
  deltaNetHybrid,
  graniteHybrid,
  jambaHybrid,
  lightningHybrid,
  mamba2Alone,
  mimoAttention,
} from './recurrent-rules.ts';

export type FamilyName = keyof typeof libraryDefaults;

export interface Family {
  readonly layers: (fields: Fields, shape: Shape) => readonly Layer[];
  /** How many layers there are, where `num_hidden_layers` does not say. */
  readonly layerCount?: (fields: Fields) => number;
  /** Weights of the last norm, as a multiple of h. */
  readonly finalNorms?: number;
  /** The LM head has a bias where this flag is set. */
  readonly headBiasFlag?: string;
  readonly vocabulary?: (fields: Fields) => Pick<Vocabulary, 'perLayer'>;
  /** The field that says how many residual streams there are. */
  readonly streamsField?: string;
}

/** A family whose layers are a mixer and an FFN, with `norms` norms of h around them. */
function stack(mixers: MixerRule, ffns: FfnRule, norms = 2): Pick<Family, 'layers'> {
  return {
    layers: (fields, shape) => {
      const mixerOf = mixers(fields, shape);
      const ffnOf = ffns(fields, shape);
      const normElements = norms * shape.hidden;
      return Array.from({ length: shape.layers }, (_, layer) => {
        const mixer = mixerOf(layer);
        return { ...(mixer && { mixer }), ...ffnOf(layer), ...(norms !== 2 && { normElements }) };
      });
    },
  };
}

const flagged = { bias: { on: 'qkvo', flag: 'attention_bias' } } as const;
const qwenMoe = { size: 'moe_intermediate_size', sparse: sparse.qwenSparse } as const;
const deepseekMoe = {
  size: 'moe_intermediate_size',
  sparse: sparse.deepseekSparse,
  shared: { countField: 'n_shared_experts' },
} as const;
const sharedGate = { sharedGate: true } as const;
const qwenShared = { sizeField: 'shared_expert_intermediate_size' } as const;
const wholeMoe = { size: 'intermediate_size', sparse: sparse.everyLayer } as const;
const mla = stack(latentAttention, moeFfn(deepseekMoe));
/** OLMo 3 without its list of layers: each fourth attends to all. */
const everyFourthSees = (_: Fields, layer: number): boolean => (layer + 1) % 4 !== 0;

export const families: Readonly<Record<FamilyName, Family>> = {
  llama: stack(attention(flagged), denseFfn({ biasFlag: 'mlp_bias' })),
  granite: stack(attention(flagged), denseFfn({ biasFlag: 'mlp_bias' })),
  mistral: stack(attention({ window: everywhere }), denseFfn()),
  phi3: stack(attention({ window: everywhere }), denseFfn()),
  qwen2: stack(attention({ bias: { on: 'qkv' }, window: qwenWindow }), denseFfn()),
  qwen2_vl_text: stack(attention({ bias: { on: 'qkv' }, window: qwenWindow }), denseFfn()),
  qwen3: stack(attention({ ...flagged, qkNorm: 'head', window: qwenWindow }), denseFfn()),
  ernie4_5: stack(attention({ bias: { on: 'qkvo', flag: 'use_bias' } }), denseFfn({ biasFlag: 'use_bias' })),
  gemma3_text: stack(attention({ ...flagged, qkNorm: 'head', window: gemmaWindow }), denseFfn(), 4),
  gemma4_text: { layers: gemma4Layers, vocabulary: gemma4PerLayer },
  mixtral: stack(attention({ window: everywhere }), moeFfn(wholeMoe)),
  phimoe: {
    ...stack(attention({ ...flagged, window: everywhere }), moeFfn(wholeMoe), 4),
    finalNorms: 2,
    headBiasFlag: 'lm_head_bias',
  },
  minimax: stack(lightningHybrid, moeFfn(wholeMoe)),
  minimax_m2: stack(attention({ qkNorm: 'full' }), moeFfn(wholeMoe)),
  olmoe: stack(attention({ ...flagged, qkNorm: 'full' }), moeFfn(wholeMoe)),
  qwen2_moe: stack(
    attention({ bias: { on: 'qkv', flag: 'qkv_bias' }, window: qwenWindow }),
    moeFfn({ ...qwenMoe, shared: qwenShared, traits: sharedGate }),
  ),
  qwen3_moe: stack(attention({ ...flagged, qkNorm: 'head', window: qwenWindow }), moeFfn(qwenMoe)),
  qwen3_next: stack(deltaNetHybrid, moeFfn({ ...qwenMoe, shared: qwenShared, traits: sharedGate })),
  qwen3_5_text: stack(deltaNetHybrid, denseFfn()),
  qwen3_5_moe_text: stack(
    deltaNetHybrid,
    moeFfn({ size: 'moe_intermediate_size', sparse: sparse.everyLayer, shared: qwenShared, traits: sharedGate }),
  ),
  deepseek_v2: stack(latentAttention, moeFfn({ ...deepseekMoe, biasFlag: 'mlp_bias' })),
  deepseek_v3: mla,
  deepseek_v32: stack(sparseLatentAttention, moeFfn(deepseekMoe)),
  deepseek_v4: {
    ...stack(compressedAttention, moeFfn({ ...deepseekMoe, sparse: sparse.everyLayer, biasFlag: 'mlp_bias' })),
    streamsField: 'hc_mult',
  },
  glm4_moe: stack(
    attention({ bias: { on: 'qkv', flag: 'attention_bias' }, qkNorm: 'head', qkNormFlag: 'use_qk_norm' }),
    moeFfn(deepseekMoe),
  ),
  glm4_moe_lite: mla,
  glm_moe_dsa: stack(sparseLatentAttention, moeFfn(deepseekMoe)),
  gpt_oss: stack(
    attention({ ...flagged, sinks: true, window: alternatingWindow }),
    moeFfn({ ...wholeMoe, traits: { routerBias: true, expertBias: true } }),
  ),
  llama4_text: stack(
    attention({ ...flagged, window: chunkedWindow }),
    moeFfn({
      size: 'intermediate_size',
      sparse: sparse.interleavedSparse,
      denseSize: 'intermediate_size_mlp',
      shared: 'one',
    }),
  ),
  dbrx: { layers: dbrxLayers },
  granitemoe: stack(attention(flagged), moeFfn(wholeMoe)),
  granitemoeshared: stack(
    attention(flagged),
    moeFfn({ ...wholeMoe, shared: { sizeField: 'shared_intermediate_size' } }),
  ),
  granitemoehybrid: stack(graniteHybrid, graniteFfn),
  ernie4_5_moe: {
    ...stack(
      attention({ bias: { on: 'qkvo', flag: 'use_bias' } }),
      moeFfn({
        size: 'moe_intermediate_size',
        sparse: sparse.ernieSparse,
        shared: { countField: 'moe_num_shared_experts' },
        biasFlag: 'use_bias',
        traits: { routerBias: true },
      }),
    ),
    headBiasFlag: 'use_bias',
  },
  nemotron_h: { layers: nemotronLayers, layerCount: (fields) => nemotronBlocks(fields).length },
  jamba: stack(jambaHybrid, moeFfn({ size: 'intermediate_size', sparse: sparse.periodicSparse })),
  mimo_v2_flash: stack(mimoAttention, moeFfn({ ...deepseekMoe, sparse: sparse.mimoSparse })),
  nemotron_nas: { layers: nasLayers },
  smollm3: stack(attention(flagged), denseFfn({ biasFlag: 'mlp_bias' })),
  ministral: stack(attention({ window: namedWindow }), denseFfn()),
  apertus: stack(attention({ ...flagged, qkNorm: 'head' }), ungatedFfn({ biasFlag: 'mlp_bias' })),
  arcee: stack(attention(flagged), ungatedFfn({ biasFlag: 'mlp_bias' })),
  olmo2: stack(attention({ ...flagged, qkNorm: 'full' }), denseFfn()),
  olmo3: stack(attention({ ...flagged, qkNorm: 'full', window: typedWindow(everyFourthSees) }), denseFfn()),
  seed_oss: stack(seedAttention, denseFfn({ biasFlag: 'mlp_bias' })),
  exaone4: stack(attention({ qkNorm: 'head', window: letteredWindow }), denseFfn()),
  cohere: stack(attention({ ...flagged, qkNorm: 'full', qkNormFlag: 'use_qk_norm' }), denseFfn(), 1),
  cohere2: stack(attention({ ...flagged, window: periodicWindow('sliding_window_pattern') }), denseFfn(), 1),
  starcoder2: {
    ...stack(
      attention({ bias: { on: 'qkvo', flag: 'use_bias' }, window: everywhere }),
      ungatedFfn({ biasFlag: 'use_bias' }),
      4,
    ),
    finalNorms: 2,
  },
  internlm2: stack(attention({ bias: { on: 'qkvo', flag: 'bias' } }), denseFfn()),
  internlm3: stack(attention({ bias: { on: 'qkv', flag: 'qkv_bias' } }), denseFfn({ biasFlag: 'bias' })),
  baichuan: stack(attention({}), denseFfn()),
  chatglm: {
    ...stack(glmAttention, gatedFfn('ffn_hidden_size', 'add_bias_linear')),
    layerCount: (fields) => fields.count(['num_layers', 'num_hidden_layers'], { max: 10_000 }),
  },
  arctic: stack(attention({}), arcticFfn, 3),
  dots1: stack(attention({ ...flagged, qkNorm: 'head', window: typedWindow(() => false) }), moeFfn(deepseekMoe)),
  bailing_moe: stack(
    attention({ bias: { on: 'qkv', flag: 'use_qkv_bias' }, qkNorm: 'head', qkNormFlag: 'use_qk_norm' }),
    moeFfn({ ...deepseekMoe, shared: { countField: 'num_shared_experts' } }),
  ),
  afmoe: stack(
    attention({ outputGate: true, qkNorm: 'head', window: periodicWindow('global_attn_every_n_layers') }),
    moeFfn({
      size: 'moe_intermediate_size',
      sparse: sparse.afterDense('num_dense_layers'),
      shared: { countField: 'num_shared_experts' },
      traits: { routerBias: true },
    }),
    4,
  ),
  hunyuan_v1_moe: stack(hunyuanAttention, hunyuanFfn),
  mamba2: stack(mamba2Alone, () => () => ({}), 1),
};

/** Types that are read as another: wrappers' names, language parts of multimodal models, and models of the same code. */
export const relatives: Readonly<Record<string, FamilyName>> = {
  gemma3: 'gemma3_text',
  gemma4: 'gemma4_text',
  gemma4_unified: 'gemma4_text',
  gemma4_unified_text: 'gemma4_text',
  bailing_moe_v2: 'bailing_moe',
  hunyuan: 'hunyuan_v1_moe',
  ministral3: 'ministral',
  'nemotron-nas': 'nemotron_nas',
  deci: 'nemotron_nas',
  deci_lm: 'nemotron_nas',
  qwen3_omni_moe: 'qwen3_moe',
  qwen3_omni_moe_text: 'qwen3_moe',
  qwen3_omni_moe_thinker: 'qwen3_moe',
  kimi_k2: 'deepseek_v3',
  kimi_k25: 'deepseek_v3',
  llama4: 'llama4_text',
  mistral3: 'mistral',
  minimax_m1: 'minimax',
  minimax_text_01: 'minimax',
  qwen2_vl: 'qwen2_vl_text',
  qwen2_5_vl: 'qwen2_vl_text',
  qwen2_5_vl_text: 'qwen2_vl_text',
  qwen3_vl: 'qwen3',
  qwen3_vl_text: 'qwen3',
  qwen3_vl_moe: 'qwen3_moe',
  qwen3_vl_moe_text: 'qwen3_moe',
  qwen3_5: 'qwen3_5_text',
  qwen3_5_moe: 'qwen3_5_moe_text',
  glm4v_moe_text: 'glm4_moe',
};

/** Types whose embeddings the library ties where nothing says otherwise, though their relatives' are not. */
export const tiedByDefault: ReadonlySet<string> = new Set(['qwen3_vl_moe', 'qwen3_vl_moe_text']);
