/** What single families say in a way of their own, by small configs. */
import { describe, expect, it } from 'vitest';
import { modelOf } from '../../../test/support/hugging-face.ts';
import type { Model } from '../../planner/model.ts';
import { kvElementsPerToken, parameterCounts } from '../../planner/parameters.ts';
import { findModel } from '../models.ts';
import { readHuggingFaceConfig } from './read.ts';

const small = {
  hidden_size: 256,
  num_hidden_layers: 8,
  num_attention_heads: 8,
  num_key_value_heads: 2,
  head_dim: 32,
  vocab_size: 1000,
  intermediate_size: 512,
  tie_word_embeddings: false,
  dtype: 'bfloat16',
};

const layersOf = (model: Model) => model.layers.flatMap(({ count, ...layer }) => new Array(count).fill(layer));
const windowsOf = (config: object) =>
  layersOf(modelOf({ ...small, ...config })).map(({ mixer }) =>
    mixer.kind === 'attention' ? mixer.window : mixer.kind,
  );
const faultsOf = (config: object) => {
  const read = readHuggingFaceConfig({ ...small, ...config });
  return 'errors' in read ? read.errors.map(({ pointer }) => pointer) : [];
};

describe('nemotron-nas', () => {
  const block = (attention: object, ffn: object) => ({ attention, ffn });
  const whole = block({ n_heads_in_group: 4, no_op: false }, { ffn_mult: 2.625, no_op: false });
  const config = (block_configs: unknown) => ({
    model_type: 'nemotron-nas',
    num_hidden_layers: 4,
    num_key_value_heads: null,
    intermediate_size: null,
    block_configs,
  });

  it('has layers without a mixer, without an FFN and without both, and norms only where one is', () => {
    const none = { no_op: true, n_heads_in_group: null };
    const noFfn = { no_op: true, ffn_mult: null };
    const blocks = [
      whole,
      block(none, { ffn_mult: 1, no_op: false }),
      block({ n_heads_in_group: 8 }, noFfn),
      block(none, noFfn),
    ];
    const layers = layersOf(modelOf({ ...small, ...config(blocks) }));
    expect(layers.map(({ mixer }) => mixer?.kvHeads)).toEqual([2, undefined, 1, undefined]);
    // Two thirds of the multiple of 256, in whole 256: 448 and 170.
    expect(layers.map(({ dense }) => dense?.intermediateSize)).toEqual([512, 256, undefined, undefined]);
    expect(layers.map(({ normElements }) => normElements)).toEqual([512, 256, 256, 0]);
  });

  it('is refused where a layer has what cannot be said, or nothing says what it has', () => {
    const linear = block({ n_heads_in_group: null, replace_with_linear: true }, { ffn_mult: 1 });
    expect(faultsOf(config([whole, whole, linear, whole]))).toContain('/block_configs/2/attention/replace_with_linear');
    expect(faultsOf(config([whole, whole, whole, block({ n_heads_in_group: 3 }, { ffn_mult: 'wide' })]))).toEqual([
      '/block_configs/3/attention/n_heads_in_group',
      '/block_configs/3/ffn/ffn_mult',
    ]);
    expect(faultsOf(config([whole]))).toEqual(['/block_configs']);
    expect(faultsOf(config(undefined))).toEqual(['/block_configs']);
  });

  it('reads the architecture’s name where the type is missing', () => {
    const read = readHuggingFaceConfig({
      ...small,
      ...config(Array.from({ length: 4 }, () => whole)),
      model_type: undefined,
      architectures: ['DeciLMForCausalLM'],
    });
    expect('model' in read && read.model.layers[0]?.mixer).toMatchObject({ kvHeads: 2 });
  });

  it('keeps the KV of few layers: Ultra has 64 of 162 that attend', () => {
    const ultra = findModel('Llama-3.1-Nemotron-Ultra-253B')?.model;
    const attending = layersOf(ultra as Model).filter(({ mixer }) => mixer).length;
    expect(attending).toBe(64);
    expect(kvElementsPerToken(ultra as Model)).toBe(attending * 2 * 8 * 128);
  });
});

describe('windows', () => {
  const full = undefined;
  it('of EXAONE 4 go by letters, and the last layer has none', () => {
    const exaone = { model_type: 'exaone4', sliding_window: 64 };
    const four = [64, 64, 64, full, 64, 64, 64, full];
    expect(windowsOf({ ...exaone, sliding_window_pattern: 'LLLG' })).toEqual(four);
    expect(windowsOf({ ...exaone, sliding_window_pattern: 'LL' })).toEqual([64, 64, 64, 64, 64, 64, 64, full]);
    expect(windowsOf({ ...exaone, sliding_window_pattern: 4 })).toEqual(four);
    expect(windowsOf({ ...exaone, sliding_window: null })).toEqual(new Array(8).fill(full));
  });

  it('of Cohere 2, OLMo 3 and AFMoE leave out each fourth layer', () => {
    const four = [64, 64, 64, full, 64, 64, 64, full];
    expect(windowsOf({ model_type: 'cohere2', sliding_window: 64, sliding_window_pattern: 4 })).toEqual(four);
    expect(windowsOf({ model_type: 'olmo3', sliding_window: 64 })).toEqual(four);
    const afmoe = { model_type: 'afmoe', sliding_window: 64, num_experts_per_tok: 2, moe_intermediate_size: 32 };
    expect(windowsOf({ ...afmoe, global_attn_every_n_layers: 4 })).toEqual(four);
    const layer_types = ['full_attention', ...new Array(7).fill('sliding_attention')];
    expect(windowsOf({ ...afmoe, layer_types })).toEqual([full, ...new Array(7).fill(64)]);
  });

  it('of Ministral are for the layers that the list names, or for all', () => {
    const ministral = { model_type: 'ministral', sliding_window: 64 };
    expect(windowsOf(ministral)).toEqual(new Array(8).fill(64));
    const layer_types = [...new Array(7).fill('sliding_attention'), 'full_attention'];
    expect(windowsOf({ ...ministral, layer_types })).toEqual([...new Array(7).fill(64), full]);
  });
});

describe('FFNs', () => {
  it('of Apertus, Arcee and StarCoder 2 have two matrices', () => {
    for (const model_type of ['apertus', 'arcee', 'starcoder2']) {
      expect(modelOf({ ...small, model_type }).layers[0]?.dense?.matrices, model_type).toBe(2);
    }
    const { dense, norm } = parameterCounts(modelOf({ ...small, model_type: 'starcoder2', use_bias: true }));
    expect(dense).toBe(8 * (2 * 256 * 512 + 512 + 256));
    expect(norm).toBe(8 * 4 * 256 + 2 * 256);
  });

  it('of Arctic are a mixture and a dense one of the width of h beside it', () => {
    const arctic = { model_type: 'arctic', num_local_experts: 4, num_experts_per_tok: 2, moe_layer_frequency: 2 };
    const [dense, both] = modelOf({ ...small, ...arctic, parallel_attn_mlp_res: true }).layers;
    expect([dense?.dense?.intermediateSize, dense?.moe]).toEqual([512, undefined]);
    expect([both?.dense?.intermediateSize, both?.moe?.intermediateSize]).toEqual([256, 512]);
    expect(modelOf({ ...small, ...arctic }).layers[1]?.dense).toBeUndefined();
  });

  it('of HunYuan may have a list of one number for all layers, and no other', () => {
    const same = (entry: number) => new Array(8).fill(entry);
    const hunyuan = { model_type: 'hunyuan_v1_moe', num_experts: 4, use_mixed_mlp_moe: true, use_qk_norm: true };
    const listed = { ...hunyuan, moe_topk: same(2), num_shared_expert: same(1), moe_intermediate_size: same(64) };
    expect(modelOf({ ...small, ...listed }).layers).toMatchObject([
      { count: 8, moe: { experts: 4, expertsPerToken: 2, intermediateSize: 64, sharedIntermediateSize: 512 } },
    ]);
    expect(faultsOf({ ...listed, moe_topk: [...same(2).slice(1), 1] })).toEqual(['/moe_topk']);
    expect(faultsOf(hunyuan)).toEqual(['/moe_topk']);
    expect(modelOf({ ...small, ...hunyuan, moe_topk: 2, use_mixed_mlp_moe: false }).layers[0]?.moe).toMatchObject({
      intermediateSize: 512,
      sharedIntermediateSize: 0,
    });
  });

  it('of Ling have shared experts and dense layers first', () => {
    const ling = { model_type: 'bailing_moe_v2', num_experts: 4, num_experts_per_tok: 2, moe_intermediate_size: 64 };
    const [dense, sparse] = modelOf({ ...small, ...ling, num_shared_experts: 1, first_k_dense_replace: 2 }).layers;
    expect(dense).toMatchObject({ count: 2, dense: { intermediateSize: 512 } });
    expect(sparse).toMatchObject({ count: 6, moe: { experts: 4, sharedIntermediateSize: 64 } });
  });
});

describe('attention', () => {
  it('of HunYuan-Large shares the cache of every other layer', () => {
    const hunyuan = { model_type: 'hunyuan', num_experts: 4, moe_topk: 1, use_cla: true, cla_share_factor: 2 };
    const model = modelOf({ ...small, ...hunyuan });
    expect(layersOf(model).map(({ mixer }) => mixer.sharesKv === true)).toEqual(
      Array.from({ length: 8 }, (_, layer) => layer % 2 === 1),
    );
    expect(kvElementsPerToken(model)).toBe(4 * 2 * 2 * 32);
  });

  it('of Seed-OSS has a bias on the output only where a flag says so', () => {
    const bias = (config: object) => {
      const mixer = modelOf({ ...small, model_type: 'seed_oss', ...config }).layers[0]?.mixer;
      return mixer?.kind === 'attention' && mixer.bias;
    };
    expect(bias({})).toBe('qkv');
    expect(bias({ attention_out_bias: true })).toBe('qkvo');
    expect(bias({ attention_bias: false })).toBe(undefined);
  });

  it('of ChatGLM is under names of its own', () => {
    const { num_hidden_layers: _, num_key_value_heads: __, head_dim: ___, vocab_size: ____, ...rest } = small;
    const glm = { ...rest, model_type: 'chatglm', num_layers: 8, kv_channels: 32, ffn_hidden_size: 512 };
    const model = modelOf({
      ...glm,
      padded_vocab_size: 1000,
      multi_query_attention: true,
      multi_query_group_num: 2,
      add_qkv_bias: true,
    });
    expect(model.layers).toMatchObject([
      { count: 8, mixer: { kvHeads: 2, headDim: 32, bias: 'qkv' }, dense: { intermediateSize: 512 } },
    ]);
    expect(model.vocabulary?.size).toBe(1000);
  });

  it('of Cohere has one norm around it and the FFN', () => {
    const { norm } = parameterCounts(modelOf({ ...small, model_type: 'cohere2' }));
    expect(norm).toBe(8 * 256 + 256);
  });

  it('is missing in Mamba-2, whose layers are mixers alone', () => {
    const mamba = { model_type: 'mamba2', state_size: 16, n_groups: 1, expand: 2, conv_kernel: 4, use_conv_bias: true };
    const model = modelOf({ ...small, ...mamba, head_dim: 64 });
    expect(model.layers).toMatchObject([{ count: 8, mixer: { kind: 'mamba2', heads: 8 }, normElements: 256 }]);
    expect(model.layers[0]?.dense).toBeUndefined();
    expect(faultsOf({ ...mamba, head_dim: 64, num_heads: 3 })).toEqual(['/num_heads']);
  });
});

describe('Qwen3-Omni', () => {
  it('is planned as its thinker’s text model', () => {
    const text_config = {
      ...small,
      model_type: 'qwen3_omni_moe_text',
      num_experts: 4,
      num_experts_per_tok: 2,
      moe_intermediate_size: 64,
    };
    const omni = {
      model_type: 'qwen3_omni_moe',
      thinker_config: { model_type: 'qwen3_omni_moe_thinker', text_config },
    };
    expect(modelOf(omni).layers).toMatchObject([{ count: 8, mixer: { qkNorm: 'head' }, moe: { experts: 4 } }]);
  });
});
