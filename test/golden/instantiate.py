"""Makes hf-instantiated.json: parameter counts of configs that hf-parameters.json leaves out.

Each config is made into transformers' own model on the meta device, without memory, and its named parameters are counted.
Small sizes, with the fields turned on that change counts: biases, gates, shared layers, patterns. Run it with
transformers 5.18.0 and torch 2.13 (CPU): python test/golden/instantiate.py > test/golden/hf-instantiated.json
"""
import json
import os
import random
import sys
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
warnings.filterwarnings("ignore")
import torch
from transformers import CONFIG_MAPPING, AutoModelForCausalLM

random.seed(20)
pick = random.choice


def count(config):
    made = CONFIG_MAPPING[config["model_type"]](**{k: v for k, v in config.items() if k != "model_type"})
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(made)
    tied = made.get_text_config().tie_word_embeddings
    return sum(p.numel() for n, p in model.named_parameters() if not (tied and n == "lm_head.weight"))


def base():
    heads = pick([4, 8, 16])
    return dict(
        hidden_size=heads * pick([8, 16]), num_hidden_layers=pick([3, 5, 8]), num_attention_heads=heads,
        num_key_value_heads=pick([1, 2, 4]), vocab_size=pick([1000, 1024]), intermediate_size=pick([64, 100]),
        tie_word_embeddings=pick([True, False]),
    )


def moe(field, size="moe_intermediate_size"):
    made = {field: pick([4, 8]), "num_experts_per_tok": pick([1, 2])}
    return {**made, size: pick([32, 48])} if size else made


def maybe(**options):
    return {k: pick(v) for k, v in options.items() if random.random() < 0.6}


def latent():
    return dict(kv_lora_rank=16, q_lora_rank=pick([None, 24]), qk_nope_head_dim=8, qk_rope_head_dim=4, v_head_dim=pick([8, 12]))


def delta():
    heads = pick([2, 4])
    return dict(
        linear_num_key_heads=heads, linear_num_value_heads=heads * pick([1, 2]), linear_key_head_dim=8,
        linear_value_head_dim=16, linear_conv_kernel_dim=pick([3, 4]), head_dim=16,
        **maybe(full_attention_interval=[2, 4], attention_bias=[True]),
    )


def family(name):
    c = base()
    n = c["num_hidden_layers"]
    biased = maybe(attention_bias=[True])
    sparse = maybe(decoder_sparse_step=[2], mlp_only_layers=[[0], [1]])
    deepseek = {**moe("n_routed_experts"), "n_shared_experts": pick([1, 2]), **maybe(first_k_dense_replace=[1])}
    types = lambda *words: [pick(words) for _ in range(n)]
    match name:
        case "llama" | "granite":
            c |= biased | maybe(mlp_bias=[True])
        case "mistral":
            c |= maybe(head_dim=[16])
        case "qwen3" | "gemma3_text":
            c |= maybe(head_dim=[16, 32]) | biased
        case "ernie4_5":
            c |= maybe(use_bias=[True], head_dim=[16])
        case "gemma4_text":
            c |= maybe(head_dim=[16], global_head_dim=[64], num_global_key_value_heads=[1], attention_k_eq_v=[True])
            c |= maybe(use_double_wide_mlp=[True]) | {"vocab_size_per_layer_input": 500}
            c |= {"hidden_size_per_layer_input": pick([0, 16])}
            if n == 8:
                c |= {"num_kv_shared_layers": 1}
            if random.random() < 0.6:
                c |= dict(enable_moe_block=True, num_experts=4, top_k_experts=2, moe_intermediate_size=32)
        case "mixtral" | "minimax" | "minimax_m2" | "phimoe":
            c |= moe("num_local_experts", None)
            c |= biased | maybe(lm_head_bias=[True]) | {"tie_word_embeddings": False} if name == "phimoe" else {}
        case "olmoe":
            c |= moe("num_experts", None) | biased
        case "qwen2_moe":
            c |= moe("num_experts") | sparse | maybe(qkv_bias=[False], shared_expert_intermediate_size=[40])
        case "qwen3_moe":
            c |= moe("num_experts") | sparse | biased
        case "qwen3_next":
            c |= moe("num_experts") | delta() | sparse | {"shared_expert_intermediate_size": 40}
        case "qwen3_5_text":
            c |= delta()
        case "qwen3_5_moe_text":
            c |= moe("num_experts") | delta() | {"shared_expert_intermediate_size": 40}
        case "deepseek_v2" | "deepseek_v3":
            c |= latent() | deepseek | biased
            c |= maybe(mlp_bias=[True]) if name == "deepseek_v2" else {}
        case "deepseek_v32" | "glm_moe_dsa":
            c |= latent() | deepseek | {"q_lora_rank": 24, "index_topk": 16, "index_n_heads": 2, "index_head_dim": 16}
            c |= {"index_topk_freq": pick([2, 4])} if name == "glm_moe_dsa" else {}
        case "glm4_moe_lite":
            c |= latent() | moe("n_routed_experts") | {"n_shared_experts": 1, "mlp_layer_types": types("dense", "sparse")}
        case "deepseek_v4":
            del c["intermediate_size"]
            c |= moe("n_routed_experts") | dict(num_key_value_heads=1, head_dim=32, q_lora_rank=24, o_groups=pick([1, 2]))
            c |= dict(o_lora_rank=8, index_n_heads=2, index_head_dim=16, sliding_window=32, hc_mult=pick([2, 4]))
            c |= {"compress_ratios": types(0, 4, 128), "n_shared_experts": 1}
        case "glm4_moe":
            c |= deepseek | biased | maybe(use_qk_norm=[True], head_dim=[16])
        case "gpt_oss":
            c |= moe("num_local_experts", None) | maybe(attention_bias=[False])
        case "llama4_text":
            c |= moe("num_local_experts", None) | maybe(interleave_moe_layer_step=[2], intermediate_size_mlp=[200])
        case "granitemoe" | "granitemoeshared":
            c |= moe("num_local_experts", None) | biased
            c |= maybe(shared_intermediate_size=[40]) if name == "granitemoeshared" else {}
        case "granitemoehybrid":
            c |= moe("num_local_experts", None) | maybe(num_local_experts=[0], mamba_conv_bias=[False], mamba_proj_bias=[True])
            c |= dict(hidden_size=64, mamba_n_heads=4, mamba_d_state=8, mamba_n_groups=pick([1, 2]))
            c |= {"shared_intermediate_size": 40, "layer_types": types("mamba", "attention")}
        case "ernie4_5_moe":
            c |= dict(moe_num_experts=4, moe_intermediate_size=32, moe_k=2)
            c |= maybe(moe_num_shared_experts=[0, 1], moe_layer_start_index=[0, 2], moe_layer_interval=[2])
            c |= maybe(use_bias=[True]) | {"tie_word_embeddings": False}
        case "nemotron_h":
            del c["num_hidden_layers"]
            c |= dict(hybrid_override_pattern="".join(pick("M*-E") for _ in range(8)), head_dim=16, mamba_num_heads=4)
            c |= dict(mamba_head_dim=8, n_groups=pick([1, 2]), ssm_state_size=16, n_routed_experts=4, num_experts_per_tok=2)
            c |= dict(moe_intermediate_size=32, moe_shared_expert_intermediate_size=40)
            c |= maybe(moe_latent_size=[24], use_conv_bias=[False], use_bias=[True])
        case "jamba":
            c |= dict(num_experts=pick([1, 4]), num_experts_per_tok=1, attn_layer_offset=1)
            c |= maybe(attn_layer_period=[4], mamba_dt_rank=["auto", 7], mamba_conv_bias=[False], mamba_proj_bias=[True])
        case "mimo_v2_flash":
            c |= moe("n_routed_experts") | dict(head_dim=24, v_head_dim=16, num_attention_heads=8, num_key_value_heads=2)
            c |= {"layer_types": types("full_attention", "sliding_attention"), "mlp_layer_types": types("dense", "sparse")}
    return {"model_type": name, **c}


FAMILIES = """llama granite mistral qwen2 qwen3 ernie4_5 gemma3_text gemma4_text mixtral minimax minimax_m2 phimoe olmoe
qwen2_moe qwen3_moe qwen3_next qwen3_5_text qwen3_5_moe_text deepseek_v2 deepseek_v3 deepseek_v32 glm_moe_dsa glm4_moe_lite
deepseek_v4 glm4_moe gpt_oss llama4_text granitemoe granitemoeshared granitemoehybrid ernie4_5_moe nemotron_h jamba
mimo_v2_flash""".split()

lines = []
for name in FAMILIES:
    for _ in range(4):
        config = family(name)
        try:
            total = count(config)
        except Exception as error:
            print(name, repr(error)[:100], file=sys.stderr)
            continue
        lines.append(json.dumps({"config": config, "total": total}, separators=(",", ":")))
print('{"source":"test/golden/instantiate.py with transformers 5.18.0 and torch 2.13","models":[')
print(",\n".join(lines))
print("]}")
