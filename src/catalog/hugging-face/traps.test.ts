/** The mistakes that readers of these configs make, one test each, by the number they have in the project's notes. */
import { describe, expect, it } from 'vitest';
import { modelOf } from '../../../test/support/hugging-face.ts';
import { attentionCore } from '../../planner/attention-core.ts';
import { kvElementsPerRank, sequenceKvElements, stateElements } from '../../planner/mixer-cache.ts';
import { mixerParameters, splitUnits } from '../../planner/mixer-parameters.ts';
import { layerCount, type Model } from '../../planner/model.ts';
import {
  kvElementsPerToken,
  mtpParameters,
  parameterCounts,
  sharedParameters,
  stateBytesPerSequence,
} from '../../planner/parameters.ts';
import { findModel } from '../models.ts';
import { readHuggingFaceConfig } from './read.ts';

function catalog(name: string): Model {
  const found = findModel(name);
  if (!found) throw new Error(name);
  return found.model;
}

const small = {
  hidden_size: 256,
  num_hidden_layers: 6,
  num_attention_heads: 8,
  num_key_value_heads: 2,
  head_dim: 32,
  vocab_size: 1000,
  intermediate_size: 512,
  dtype: 'bfloat16',
};
const mixture = { num_experts: 8, num_experts_per_tok: 2, moe_intermediate_size: 64 };
const sparseLayers = (model: Model): readonly boolean[] =>
  model.layers.flatMap(({ count, moe }) => new Array<boolean>(count).fill(moe !== undefined));
const windows = (model: Model) =>
  model.layers.flatMap(({ count, mixer }) =>
    new Array(count).fill(mixer?.kind === 'attention' ? mixer.window : undefined),
  );

describe('trap', () => {
  it('1: shared experts are apart from routed ones', () => {
    const { moe } = catalog('deepseek-v3').layers[1] ?? {};
    expect(moe).toMatchObject({ experts: 256, expertsPerToken: 8, sharedIntermediateSize: 2048 });
    expect(moe && sharedParameters(moe, 7168)).toBe(3 * 7168 * 2048);
    const llama4 = catalog('Llama-4-Scout').layers[0]?.moe;
    expect(llama4?.sharedIntermediateSize).toBe(8192);
  });

  it('2: leading dense layers have a size of their own', () => {
    const [dense, sparse] = catalog('deepseek-v3').layers;
    expect(dense).toMatchObject({ count: 3, dense: { intermediateSize: 18432 } });
    expect(sparse).toMatchObject({ count: 58, moe: { intermediateSize: 2048 } });
  });

  it('3: decoder_sparse_step, mlp_only_layers and a moe_layer_freq list say which layers have experts', () => {
    const qwen = { ...small, ...mixture, model_type: 'qwen3_moe', decoder_sparse_step: 2, mlp_only_layers: [3] };
    expect(sparseLayers(modelOf(qwen))).toEqual([false, true, false, false, false, true]);
    const mimo = { ...small, num_experts_per_tok: 2, model_type: 'mimo_v2_flash', moe_layer_freq: [0, 1, 1, 0, 1, 1] };
    expect(sparseLayers(modelOf(mimo))).toEqual([false, true, true, false, true, true]);
    const typed = ['dense', 'sparse', 'dense', 'sparse', 'sparse', 'sparse'];
    expect(sparseLayers(modelOf({ ...qwen, mlp_layer_types: typed }))).toEqual(typed.map((type) => type === 'sparse'));
  });

  it('4: the top level decides whether embeddings are tied, then the text config, then the library', () => {
    const text_config = { ...small, model_type: 'gemma3_text' };
    const tied = (config: object): boolean | undefined => modelOf(config).vocabulary?.tied;
    expect(tied({ model_type: 'gemma3', text_config })).toBe(true);
    expect(tied({ model_type: 'gemma3', tie_word_embeddings: false, text_config })).toBe(false);
    const saysTied = { ...text_config, tie_word_embeddings: true };
    expect(tied({ model_type: 'gemma3', tie_word_embeddings: false, text_config: saysTied })).toBe(false);
    const vl = { ...small, ...mixture, model_type: 'qwen3_vl_moe_text' };
    expect(tied({ model_type: 'qwen3_vl_moe', text_config: vl })).toBe(true);
    expect(tied({ model_type: 'qwen3_vl_moe', tie_word_embeddings: false, text_config: vl })).toBe(false);
  });

  it('5: an explicit head_dim stands, whatever hidden size and heads say', () => {
    expect(catalog('MiniMax-M2.5').layers[0]?.mixer).toMatchObject({ heads: 48, headDim: 128 });
    expect(catalog('MiniMax-M2.5').hiddenSize).toBe(3072);
  });

  it('6: head_dim and num_key_value_heads mean nothing beside a latent', () => {
    const latent = { kv_lora_rank: 64, q_lora_rank: 96, qk_nope_head_dim: 32, qk_rope_head_dim: 16, v_head_dim: 32 };
    const config = { ...small, ...latent, model_type: 'deepseek_v3', n_routed_experts: 0 };
    const counts = parameterCounts(modelOf(config));
    expect(parameterCounts(modelOf({ ...config, head_dim: 999, num_key_value_heads: 3 }))).toEqual(counts);
  });

  it('7: a latent cache is whole on every rank of tp', () => {
    const mixer = catalog('deepseek-v3').layers[0]?.mixer;
    expect(mixer && kvElementsPerRank(mixer, 8)).toBe(576);
  });

  it('8: KV heads are copied once ranks outnumber them, and every kind of mixer says what tp must divide', () => {
    const mixer = catalog('Qwen3-235B-A22B').layers[0]?.mixer;
    expect(mixer && kvElementsPerRank(mixer, 8)).toBe(2 * 128);
    const units = catalog('Qwen3.5-397B-A17B').layers.map(({ mixer }) => mixer && splitUnits(mixer));
    expect(units.slice(0, 2)).toEqual([
      { heads: [16, 64], shared: [] },
      { heads: [32], shared: [2] },
    ]);
    const mamba = catalog('Nemotron-3-Nano-30B-A3B').layers[0]?.mixer;
    expect(mamba && splitUnits(mamba)).toEqual({ heads: [64], shared: [8] });
    expect(mamba && mixerParameters(mamba, 2688).kvHeads).toBe(8);
  });

  it('9: windows and chunks, where they are in use', () => {
    const qwen = { ...small, model_type: 'qwen2', sliding_window: 64, max_window_layers: 4 };
    expect(windows(modelOf(qwen))).toEqual(new Array(6).fill(undefined));
    const on = modelOf({ ...qwen, use_sliding_window: true });
    expect(windows(on)).toEqual([undefined, undefined, undefined, undefined, 64, 64]);
    expect(windows(modelOf({ ...small, model_type: 'mistral' }))).toEqual(new Array(6).fill(4096));
    expect(windows(modelOf({ ...small, model_type: 'mistral', sliding_window: null }))).toEqual(
      new Array(6).fill(undefined),
    );
    const gemma = modelOf({ ...small, model_type: 'gemma3_text', sliding_window: 512 });
    expect(windows(gemma)).toEqual([512, 512, 512, 512, 512, undefined]);
    const [chunked] = catalog('Llama-4-Scout').layers;
    expect(chunked).toMatchObject({ count: 3, mixer: { window: 8192, chunked: true } });
    const mixer = catalog('gpt-oss-120b').layers[0]?.mixer;
    const kept = (hybridCache: boolean) => mixer && sequenceKvElements(mixer, { tokens: 4096, tp: 1, hybridCache });
    expect([kept(true), kept(false)]).toEqual([128 * 1024, 4096 * 1024]);
  });

  it('10: sinks and biases count', () => {
    const gptOss = catalog('gpt-oss-20b');
    const plain = 2 * 2880 * 64 * 64 + 2 * 2880 * 8 * 64;
    expect(parameterCounts(gptOss).attention).toBe(24 * (plain + 64 * 64 + 2 * 8 * 64 + 2880 + 64));
    expect(parameterCounts(gptOss).router).toBe(24 * (2880 * 32 + 32));
    const qwen2 = parameterCounts(modelOf({ ...small, model_type: 'qwen2' }));
    const llama = parameterCounts(modelOf({ ...small, model_type: 'llama' }));
    expect(qwen2.attention - llama.attention).toBe(6 * (8 * 32 + 2 * 2 * 32));
  });

  it('11: multi-token prediction is beside the model, not in it', () => {
    const model = catalog('deepseek-v3');
    expect(layerCount(model)).toBe(61);
    // DeepSeek-V3's README_WEIGHTS.md: 11.5e9 parameters of its own.
    expect(mtpParameters(model) / 1e9).toBeCloseTo(11.6, 1);
    expect(catalog('MiniMax-M2.5').mtp?.modules).toBe(3);
    expect(catalog('Nemotron-3-Super-120B-A12B').mtp?.layers.map(({ mixer }) => mixer?.kind)).toEqual([
      'attention',
      undefined,
    ]);
    const v4 = catalog('DeepSeek-V4-Flash').mtp?.layers[0]?.mixer;
    expect(v4?.kind === 'compressed' && v4.compression).toBe(undefined);
  });

  it('12: FP8 blocks carry their size into the precision', () => {
    const { attention, expert } = catalog('deepseek-v3').precision.weights;
    expect([attention.block, expert.block]).toEqual([128, 128]);
    expect(catalog('Qwen3-235B-A22B').precision.weights.expert.block).toBeUndefined();
  });

  it('13: what a skip list names stays in 16 bits', () => {
    const { weights } = catalog('Kimi-K2.5').precision;
    expect(weights.expert).toEqual({ dtype: 'int4', bytesPerParameter: 0.5625, block: 32 });
    for (const kept of ['attention', 'dense', 'shared', 'router', 'head'] as const) {
      expect(weights[kept].dtype).toBe('bf16');
    }
  });

  it('14: the vocabulary is the config’s, unpadded: padding is the engine’s', () => {
    expect(catalog('Megatron-GPT-7B-golden').vocabulary?.size).toBe(131073);
  });

  it('15: blocks are counted where num_hidden_layers is absent or wrong', () => {
    expect(layerCount(catalog('Nemotron-3-Ultra-550B-A55B'))).toBe(108);
    const config = { ...small, model_type: 'nemotron_h', num_hidden_layers: 99, hybrid_override_pattern: 'M-*-' };
    const layers = modelOf(config).layers.map(({ mixer, dense }) => mixer?.kind ?? dense?.matrices);
    expect(layers).toEqual(['mamba2', 2, 'attention', 2]);
  });

  it('16: a vision tower is left out, and said to be', () => {
    const config = {
      model_type: 'gemma3',
      text_config: { ...small, model_type: 'gemma3_text' },
      vision_config: { depth: 2 },
    };
    const read = readHuggingFaceConfig(config);
    expect('warnings' in read && read.warnings).toEqual([
      expect.stringMatching(/^vision_config: only the language model/),
    ]);
  });

  it('17: an intermediate size that no block divides is kept as it is', () => {
    const model = catalog('gpt-oss-120b');
    expect(model.layers[0]?.moe?.intermediateSize).toBe(2880);
    expect(model.precision.weights.expert.block).toBeUndefined();
  });

  it('18: the router is never quantised', () => {
    for (const name of ['deepseek-v3', 'Kimi-K2.5', 'gpt-oss-20b', 'MiniMax-M2.5']) {
      expect(catalog(name).precision.weights.router.dtype).toBe('bf16');
    }
  });

  it('19: recurrent state is fp32 unless the config says otherwise', () => {
    const next = catalog('Qwen3-Next-80B-A3B');
    const recurrent = next.layers[0]?.mixer;
    expect(recurrent && stateElements(recurrent).recurrent * 4).toBe(2 * 2 ** 20);
    const convolution = (2 * 16 * 128 + 32 * 128) * 3 * 2;
    expect(stateBytesPerSequence(next)).toBe(36 * (2 * 2 ** 20 + convolution));
    const half = modelOf({
      ...small,
      model_type: 'nemotron_h',
      hybrid_override_pattern: 'M',
      mamba_ssm_cache_dtype: 'bfloat16',
    });
    expect(half.stateDtype).toBe('bf16');
    const ultra = catalog('Nemotron-3-Ultra-550B-A55B').layers[0]?.mixer;
    expect(ultra && stateElements(ultra).recurrent * 4).toBe(8 * 2 ** 20);
  });

  it('20: squared-ReLU FFNs have two matrices', () => {
    const nano = catalog('Nemotron-3-Nano-30B-A3B');
    expect(nano.layers.find(({ moe }) => moe)?.moe?.matrices).toBe(2);
    expect(catalog('Nemotron-H-56B').layers.find(({ dense }) => dense)?.dense?.matrices).toBe(2);
  });

  it('21: quantisation at the top level holds for the text config, and the other way round', () => {
    const quantization_config = { quant_method: 'fp8', weight_block_size: [128, 128] };
    const text_config = { ...small, ...mixture, model_type: 'qwen3_moe' };
    expect(
      modelOf({ model_type: 'qwen3_vl_moe', text_config, quantization_config }).precision.weights.expert.dtype,
    ).toBe('fp8');
    const inside = { model_type: 'qwen3_vl_moe', text_config: { ...text_config, quantization_config } };
    expect(modelOf(inside).precision.weights.expert.dtype).toBe('fp8');
  });

  it('22: a mixture that says no top-k is a fault', () => {
    for (const model_type of ['mixtral', 'deepseek_v2', 'qwen3_moe', 'gpt_oss', 'unknown_moe']) {
      const read = readHuggingFaceConfig({ ...small, model_type, num_experts: 8, moe_intermediate_size: 64 });
      const errors = 'errors' in read ? read.errors.map(({ pointer }) => pointer) : [];
      expect(errors, model_type).toContain('/num_experts_per_tok');
    }
    const ernie = readHuggingFaceConfig({ ...small, model_type: 'ernie4_5_moe' });
    expect('assumptions' in ernie && ernie.assumptions.map(({ path }) => path)).toContain('/moe_k');
    expect(
      kvElementsPerToken(
        modelOf({ ...small, model_type: 'granitemoehybrid', hidden_size: 64, mamba_n_heads: 4, num_local_experts: 0 }),
      ),
    ).toBe(0);
  });
});

describe('sparse attention', () => {
  it('keeps the top-k on layers that share an indexer, and counts the indexer where it is', () => {
    const layers = catalog('GLM-5.2').layers;
    const own = layers.filter(({ mixer }) => mixer?.kind === 'mla' && mixer.indexer);
    expect(own.reduce((sum, { count }) => sum + count, 0)).toBeLessThan(78);
    for (const { mixer } of layers) expect(mixer && attentionCore(mixer)?.span.topK).toBe(2048);
  });
});
