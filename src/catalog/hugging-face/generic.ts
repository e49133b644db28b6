/**
 * A model type that nobody here has read: planned by the formulas that most decoders share, where its fields suffice. What those
 * formulas cannot see (biases, extra norms) is left out, and a warning says so.
 */
import {
  attention,
  latentAttention,
  type MixerRule,
  noWindow,
  type Shape,
  sparseLatentAttention,
  typedWindow,
} from './attention-rules.ts';
import type { Family } from './families.ts';
import { denseFfn, type FfnRule, moeFfn, names } from './ffn-rules.ts';
import { type Fields, isString } from './fields.ts';
import { deepseekSparse, interleavedSparse, qwenSparse } from './moe-layers.ts';

const attentionTypes = new Set(['full_attention', 'sliding_attention', 'attention']);

/** Signs of layers that are no attention; each would need formulas of its own. */
const recurrentFields = [
  'ssm_state_size',
  'state_size',
  'mamba_d_state',
  'mamba_num_heads',
  'linear_num_key_heads',
  'linear_attn_config',
  'lru_width',
  'attn_type_list',
  'hybrid_override_pattern',
  'layers_block_type',
] as const;

function refuseOthers(fields: Fields): void {
  const recurrent = recurrentFields.find(fields.has);
  if (recurrent) {
    fields.fault(recurrent, 'describes layers other than attention, and this model_type is not known');
  }
  const types = fields.has('layer_types') ? fields.list('layer_types', isString) : undefined;
  const strange = types?.find((type) => !attentionTypes.has(type));
  if (strange !== undefined) fields.fault('layer_types', `has ${strange}, and this model_type is not known`);
  if (fields.flag('is_encoder_decoder')) fields.fault('is_encoder_decoder', 'only decoders are planned');
}

const mixers: MixerRule = (fields, shape) => {
  if (fields.has('kv_lora_rank')) {
    const rule = fields.has('index_topk') ? sparseLatentAttention : latentAttention;
    return rule(fields, shape);
  }
  const window = fields.has('layer_types') ? typedWindow(() => false) : noWindow;
  return attention({ bias: { on: 'qkvo', flag: 'attention_bias' }, window })(fields, shape);
};

const ungated = new Set(['relu', 'relu2', 'gelu_new', 'gelu_fast']);

const ffns: FfnRule = (fields, shape) => {
  const experts = fields.optional(names.experts);
  if (experts > 1) {
    const sparse = fields.has('decoder_sparse_step')
      ? qwenSparse
      : fields.has('moe_layers') || fields.has('interleave_moe_layer_step')
        ? interleavedSparse
        : deepseekSparse;
    const sharedField = ['shared_expert_intermediate_size', 'shared_intermediate_size', 'share_expert_dim'].find(
      fields.has,
    );
    return moeFfn({
      size: fields.has('moe_intermediate_size') ? 'moe_intermediate_size' : 'intermediate_size',
      sparse,
      shared: sharedField === undefined ? { countField: 'n_shared_experts' } : { sizeField: sharedField },
      biasFlag: 'mlp_bias',
    })(fields, shape);
  }
  const activation = fields.word('hidden_act') ?? 'silu';
  if (!ungated.has(activation)) return denseFfn({ biasFlag: 'mlp_bias' })(fields, shape);
  const dense = { intermediateSize: fields.count('intermediate_size'), matrices: 2 } as const;
  return () => ({ dense });
};

export const genericFamily: Family = {
  layers(fields: Fields, shape: Shape) {
    refuseOthers(fields);
    const mixerOf = mixers(fields, shape);
    const ffnOf = ffns(fields, shape);
    return Array.from({ length: shape.layers }, (_, layer) => {
      const mixer = mixerOf(layer);
      return { ...(mixer && { mixer }), ...ffnOf(layer) };
    });
  },
};
