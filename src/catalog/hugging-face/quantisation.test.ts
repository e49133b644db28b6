import { describe, expect, it } from 'vitest';
import { modelOf } from '../../../test/support/hugging-face.ts';
import type { Precision } from '../../planner/precision.ts';
import { readHuggingFaceConfig } from './read.ts';

const dense = {
  model_type: 'llama',
  hidden_size: 256,
  num_hidden_layers: 4,
  num_attention_heads: 8,
  num_key_value_heads: 2,
  intermediate_size: 512,
  vocab_size: 1000,
  dtype: 'bfloat16',
};
const mixture = {
  ...dense,
  model_type: 'qwen3_moe',
  num_experts: 8,
  num_experts_per_tok: 2,
  moe_intermediate_size: 64,
};
const precisionOf = (quantization_config: object, config: object = dense): Precision =>
  modelOf({ ...config, quantization_config }).precision;

describe('quantisation', () => {
  it('fp8 in blocks: a scale a block, of four bytes or of one', () => {
    const block = { quant_method: 'fp8', weight_block_size: [128, 128] };
    expect(precisionOf(block).weights.dense).toEqual({ dtype: 'fp8', bytesPerParameter: 1 + 4 / 16384, block: 128 });
    expect(precisionOf({ ...block, scale_fmt: 'ue8m0' }).weights.dense.bytesPerParameter).toBe(1 + 1 / 16384);
    expect(precisionOf({ quant_method: 'fp8' }).weights.dense).toEqual({ dtype: 'fp8', bytesPerParameter: 1 });
    expect(precisionOf(block).weights.head.dtype).toBe('bf16');
    expect(precisionOf(block)).toMatchObject({ activations: 'fp8', kvCache: 'bf16' });
  });

  it('awq and gptq: scale and zero point a group', () => {
    const awq = precisionOf({ quant_method: 'awq', bits: 4, group_size: 128, zero_point: true });
    expect(awq.weights.attention).toEqual({ dtype: 'int4', bytesPerParameter: 0.5 + 20 / 8 / 128, block: 128 });
    expect(awq.activations).toBe('bf16');
    const gptq = precisionOf({ quant_method: 'gptq', bits: 8, group_size: -1, lm_head: true });
    expect(gptq.weights.dense).toEqual({ dtype: 'int8', bytesPerParameter: 1 });
  });

  it('nvfp4 by ModelOpt: lists by layer are weighed by layer', () => {
    const quantisation = {
      quant_algo: 'NVFP4',
      kv_cache_quant_algo: 'FP8',
      exclude_modules: ['lm_head', 'model.layers.0.self_attn*', 'model.layers.1.self_attn*', 'model.layers.3.mlp.gate'],
    };
    const { weights, activations, kvCache } = precisionOf(quantisation, mixture);
    expect(weights.expert).toEqual({ dtype: 'fp4', bytesPerParameter: 0.5625, block: 16 });
    expect(weights.attention.bytesPerParameter).toBeCloseTo((2 + 0.5625) / 2, 12);
    expect([weights.head.dtype, activations, kvCache]).toEqual(['bf16', 'fp4', 'fp8']);
  });

  it('mixed precision by ModelOpt: a format for each module', () => {
    const quantized_layers = {
      'model.layers.0.mlp.experts.0.up_proj': { quant_algo: 'NVFP4' },
      'model.layers.0.mlp.experts.0.gate_proj': { quant_algo: 'NVFP4' },
      'model.layers.0.mlp.experts.0.down_proj': { quant_algo: 'NVFP4' },
      'model.layers.0.self_attn.o_proj': { quant_algo: 'FP8' },
    };
    const one = { ...mixture, num_hidden_layers: 1 };
    const { weights } = precisionOf({ quant_method: 'modelopt', quant_algo: 'MIXED_PRECISION', quantized_layers }, one);
    expect(weights.expert.dtype).toBe('fp4');
    expect(weights.attention.bytesPerParameter).toBeLessThan(2);
  });

  it('compressed-tensors: groups of targets, and activations of the group that most weights are in', () => {
    const weights8 = { num_bits: 8, type: 'float', strategy: 'block', block_structure: [128, 128] };
    const weights4 = { num_bits: 4, type: 'float', group_size: 16 };
    const config_groups = {
      group_0: { targets: ['re:.*self_attn.*'], weights: weights8, input_activations: { num_bits: 8, type: 'float' } },
      group_1: {
        targets: ['re:.*experts.*_proj$'],
        weights: weights4,
        input_activations: { num_bits: 4, type: 'float' },
      },
    };
    const kv_cache_scheme = { num_bits: 8, type: 'float' };
    const read = precisionOf({ quant_method: 'compressed-tensors', config_groups, kv_cache_scheme }, mixture);
    expect([read.weights.attention.dtype, read.weights.expert.dtype]).toEqual(['fp8', 'fp4']);
    expect([read.activations, read.kvCache]).toEqual(['fp4', 'fp8']);
  });

  it('mxfp4: experts only', () => {
    const { weights, activations } = precisionOf({ quant_method: 'mxfp4' }, mixture);
    expect(weights.expert).toEqual({ dtype: 'mxfp4', bytesPerParameter: 0.53125 });
    expect([weights.attention.dtype, activations]).toEqual(['bf16', 'bf16']);
  });

  it('that nobody knows is a warning, and 16 bits', () => {
    const read = readHuggingFaceConfig({ ...dense, quantization_config: { quant_method: 'alchemy' } });
    expect('warnings' in read && read.warnings).toEqual([expect.stringMatching(/"alchemy" is not understood/)]);
  });

  it('in a section of its own name, as older checkpoints have it', () => {
    const { weights } = modelOf({ ...dense, compression_config: { quant_method: 'fp8' } }).precision;
    expect(weights.dense.dtype).toBe('fp8');
  });
});

describe('a precision asked for', () => {
  const asked = (config: object, precision: 'fp8' | 'mxfp4' | 'int4') => modelOf(config, { precision }).precision;

  it('overrides the checkpoint’s', () => {
    const { weights, activations, kvCache } = asked(mixture, 'fp8');
    expect([weights.attention.dtype, weights.expert.dtype, weights.router.dtype]).toEqual(['fp8', 'fp8', 'bf16']);
    expect([weights.embedding.dtype, weights.head.dtype, activations, kvCache]).toEqual(['bf16', 'bf16', 'fp8', 'fp8']);
    expect(asked(mixture, 'int4')).toMatchObject({ activations: 'bf16', kvCache: 'bf16' });
  });

  it('as mxfp4 is for experts, where there are any', () => {
    expect(asked(mixture, 'mxfp4').weights.attention.dtype).toBe('bf16');
    expect(asked(dense, 'mxfp4').weights.dense.dtype).toBe('mxfp4');
  });

  it('that the checkpoint is in already keeps its blocks and what it leaves alone', () => {
    const quantization_config = {
      quant_method: 'fp8',
      weight_block_size: [128, 128],
      modules_to_not_convert: ['self_attn'],
    };
    const { weights, kvCache } = asked({ ...mixture, quantization_config }, 'fp8');
    expect(weights.expert.block).toBe(128);
    expect([weights.attention.dtype, kvCache]).toEqual(['bf16', 'fp8']);
  });
});
