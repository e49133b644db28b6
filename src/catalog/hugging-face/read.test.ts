import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modelOf } from '../../../test/support/hugging-face.ts';
import type { Model } from '../../planner/model.ts';
import {
  hyperConnectionParameters,
  kvElementsPerToken,
  parameterCounts,
  parameterTotals,
} from '../../planner/parameters.ts';
import { readHuggingFaceConfig } from './read.ts';

interface Golden {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly breakdown: Readonly<Record<string, number>>;
  readonly total_params_language: number;
  readonly active_params: number;
  readonly kv_elems_per_token_all_layers?: number;
}

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../test/golden/${name}`, import.meta.url), 'utf8'));
const golden = fixture('hf-parameters.json') as { readonly models: readonly Golden[] };
const instantiated = fixture('hf-instantiated.json') as {
  readonly models: readonly { readonly config: Readonly<Record<string, unknown>>; readonly total: number }[];
};

const billions = (config: unknown): readonly number[] => {
  const { total, active } = parameterTotals(modelOf(config));
  return [total / 1e9, active / 1e9];
};

/** The classes of the golden file, which go by parameters' names, from ours, which go by how weights are split and stored. */
function byGoldenClass(model: Model): Readonly<Record<string, number>> {
  const counts = parameterCounts(model);
  let layers = 0;
  let latent = 0;
  for (const { count, moe } of model.layers) {
    layers += count;
    latent += count * 2 * model.hiddenSize * (moe?.latentSize ?? 0);
  }
  // Names put hyper-connections with what they surround, and Nemotron's latent projections with mixers.
  const streams = model.residualStreams ?? 1;
  const hyper = streams > 1 ? hyperConnectionParameters(streams, model.hiddenSize) : { perConnection: 0, head: 0 };
  const around = layers * hyper.perConnection;
  return {
    attn: counts.attention + around + latent,
    dense_mlp: counts.dense + around,
    routed_expert: counts.expert,
    shared_expert: counts.shared,
    router: counts.router - latent,
    embed: counts.embedding,
    lm_head: counts.head,
    norm: counts.norm - 2 * around - hyper.head,
    other: hyper.head,
  };
}

describe('parameter counts', () => {
  it.each(golden.models.map((model) => [model.name, model] as const))(
    'of %s equal the golden file',
    (name, expected) => {
      // The library's default DeepSeek-V2 says no top-k, which is a fault here; the golden file takes it for 0.
      const silent = name === 'default:deepseek_v2';
      const model = modelOf(silent ? { ...expected.config, num_experts_per_tok: 6 } : expected.config);
      const { mixer = 0, attn = 0, ...others } = expected.breakdown;
      const classes = byGoldenClass(model);
      const wanted: Record<string, number> = { ...others, attn: attn + mixer };
      for (const [name, count] of Object.entries(classes)) expect([name, count]).toEqual([name, wanted[name] ?? 0]);
      const totals = parameterTotals(model);
      expect(totals.total).toBe(expected.total_params_language);
      if (!silent) expect(totals.active).toBe(expected.active_params);
      if (expected.kv_elems_per_token_all_layers !== undefined) {
        expect(kvElementsPerToken(model)).toBe(expected.kv_elems_per_token_all_layers);
      }
    },
  );

  it.each(instantiated.models.map((model, i) => [i, model.config.model_type, model] as const))(
    'case %i, %s, equals the instantiated model',
    (_, __, { config, total }) => {
      expect(parameterTotals(modelOf(config)).total).toBe(total);
    },
  );

  it('of models whose configs are not in the golden file agree with the checked totals', () => {
    const gemma4 = {
      model_type: 'gemma4_text',
      hidden_size: 2816,
      num_hidden_layers: 30,
      num_attention_heads: 16,
      num_key_value_heads: 8,
      head_dim: 256,
      global_head_dim: 512,
      num_global_key_value_heads: 2,
      attention_k_eq_v: true,
      intermediate_size: 2112,
      moe_intermediate_size: 704,
      num_experts: 128,
      top_k_experts: 8,
      enable_moe_block: true,
      hidden_size_per_layer_input: 0,
      sliding_window: 1024,
      vocab_size: 262144,
    };
    const [total = 0, active = 0] = billions(gemma4);
    expect(total).toBeCloseTo(25.23, 2);
    expect(active).toBeCloseTo(3.82, 2);
    const [jamba = 0, jambaActive = 0] = billions({ model_type: 'jamba', num_experts_per_tok: 2 });
    expect(jamba).toBeCloseTo(51.57, 2);
    expect(jambaActive).toBeCloseTo(12.11, 2);
    const qwen = {
      model_type: 'qwen3_5_moe',
      text_config: {
        hidden_size: 3072,
        num_hidden_layers: 48,
        num_attention_heads: 32,
        num_key_value_heads: 2,
        moe_intermediate_size: 1024,
        shared_expert_intermediate_size: 1024,
        num_experts: 256,
        num_experts_per_tok: 8,
        linear_num_value_heads: 64,
      },
    };
    const [total5 = 0, active5 = 0] = billions(qwen);
    expect(total5).toBeCloseTo(122.11, 2);
    expect(active5).toBeCloseTo(9.77, 2);
  });
});

describe('faults', () => {
  const faultsOf = (config: unknown): readonly string[] => {
    const read = readHuggingFaceConfig(config);
    return 'errors' in read ? read.errors.map(({ pointer }) => pointer) : [];
  };

  it('are found all at once, each with its pointer', () => {
    const config = {
      model_type: 'llama',
      hidden_size: '4096',
      num_hidden_layers: -1,
      vocab_size: 1e300,
      head_dim: 1.5,
    };
    expect(faultsOf(config)).toEqual(['/hidden_size', '/num_hidden_layers', '/head_dim', '/vocab_size']);
  });

  it('point into the wrapper', () => {
    const config = { model_type: 'llama4', text_config: { num_hidden_layers: 'many', num_experts_per_tok: 1 } };
    expect(faultsOf(config)).toEqual(['/text_config/num_hidden_layers']);
  });

  it('of a list are not multiplied by a bad layer count', () => {
    const layer_types = ['full_attention', 'linear_attention', 'linear_attention'];
    expect(faultsOf({ model_type: 'qwen3_next', num_hidden_layers: 0.5, num_experts_per_tok: 2, layer_types })).toEqual(
      ['/num_hidden_layers'],
    );
  });

  it('name every field that an unknown type would need', () => {
    expect(faultsOf({ model_type: 'brand_new', hidden_size: 128 })).toEqual([
      '/num_hidden_layers',
      '/num_attention_heads',
      '/intermediate_size',
      '/vocab_size',
    ]);
  });

  it('include layers that the generic formulas do not know', () => {
    const known = {
      hidden_size: 64,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      vocab_size: 100,
      intermediate_size: 64,
    };
    expect(faultsOf({ model_type: 'brand_new', ...known, mamba_d_state: 16 })).toEqual(['/mamba_d_state']);
  });

  it('include sizes that contradict each other', () => {
    expect(faultsOf({ model_type: 'llama', num_attention_heads: 32, num_key_value_heads: 5 })).toEqual([
      '/num_key_value_heads',
    ]);
    expect(faultsOf({ model_type: 'mixtral', num_local_experts: 4, num_experts_per_tok: 5 })).toEqual([
      '/num_experts_per_tok',
    ]);
  });
});

describe('an unknown model_type whose fields suffice', () => {
  const config = {
    model_type: 'brand_new',
    hidden_size: 1024,
    num_hidden_layers: 4,
    num_attention_heads: 8,
    num_key_value_heads: 2,
    vocab_size: 1000,
    intermediate_size: 2048,
    dtype: 'bfloat16',
  };

  it('is planned with a warning', () => {
    const read = readHuggingFaceConfig(config);
    expect('warnings' in read && read.warnings[0]).toMatch(/brand_new.*not known/);
    expect(parameterTotals(modelOf(config)).total).toBe(
      parameterTotals(modelOf({ ...config, model_type: 'llama' })).total,
    );
  });

  it('may be a mixture or have latent attention', () => {
    const moe = {
      ...config,
      num_experts: 8,
      num_experts_per_tok: 2,
      moe_intermediate_size: 256,
      first_k_dense_replace: 1,
    };
    expect(modelOf(moe).layers.map(({ count, moe }) => [count, moe?.experts])).toEqual([
      [1, undefined],
      [3, 8],
    ]);
    const latent = { kv_lora_rank: 64, q_lora_rank: 0, qk_nope_head_dim: 32, qk_rope_head_dim: 16, v_head_dim: 32 };
    expect(modelOf({ ...config, ...latent }).layers[0]?.mixer?.kind).toBe('mla');
  });

  it('is recognised by its architectures', () => {
    const { model_type: _, ...rest } = config;
    const read = readHuggingFaceConfig({ ...rest, architectures: ['Qwen3ForCausalLM'] });
    expect('assumptions' in read && read.assumptions[0]).toMatchObject({ path: '/model_type', value: 'qwen3' });
    expect('warnings' in read && read.warnings).toEqual([]);
  });
});

describe('assumptions', () => {
  it('list each default with its pointer, and nothing that the config says', () => {
    const read = readHuggingFaceConfig({ model_type: 'qwen3', hidden_size: 1024, dtype: 'bfloat16' });
    const paths = 'assumptions' in read ? read.assumptions.map(({ path }) => path) : [];
    expect(paths).toEqual([
      '/num_hidden_layers',
      '/num_attention_heads',
      '/num_key_value_heads',
      '/head_dim',
      '/intermediate_size',
      '/vocab_size',
    ]);
  });

  it('say when the dtype is one', () => {
    const read = readHuggingFaceConfig({ model_type: 'qwen3' });
    expect('warnings' in read && read.warnings).toEqual(['the config does not say its dtype: bf16 is assumed']);
  });
});
