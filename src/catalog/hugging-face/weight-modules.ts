/** The matrices of a layer under the names that checkpoints and quantisation lists give them. */
import type { Mixer } from '../../planner/mixer.ts';
import { mixerWeights } from '../../planner/mixer-parameters.ts';
import type { Layer } from '../../planner/model.ts';
import { denseParameters, expertParameters, sharedParameters } from '../../planner/parameters.ts';
import type { WeightClass } from '../../planner/precision.ts';

export interface WeightModule {
  readonly weightClass: WeightClass;
  /** Below `layers.<n>.`; a list that names any of them names the module. Empty: never quantised. */
  readonly names: readonly string[];
  readonly parameters: number;
}

type Leaf = readonly [parameters: number, ...names: string[]];

/** Matrices of a mixer; what it has beyond them (biases, convolutions, decays, sinks) is never quantised. */
function mixerLeaves(mixer: Mixer, h: number): readonly Leaf[] {
  switch (mixer.kind) {
    case 'attention': {
      const { heads, kvHeads, headDim, valueDim = headDim } = mixer;
      const kv = mixer.sharesKv ? 0 : h * kvHeads;
      return [
        [h * heads * headDim * (mixer.outputGate ? 2 : 1), 'q_proj', 'qkv_proj', 'Wqkv'],
        [kv * headDim, 'k_proj', 'qkv_proj', 'Wqkv'],
        [mixer.valuesFromKeys ? 0 : kv * valueDim, 'v_proj', 'qkv_proj', 'Wqkv'],
        [heads * valueDim * h, 'o_proj', 'out_proj'],
      ];
    }
    case 'mla': {
      const { heads, queryRank, kvRank, nopeDim, ropeDim, valueDim, indexer } = mixer;
      const wide = heads * (nopeDim + ropeDim);
      return [
        [h * queryRank, 'q_a_proj', 'fused_qkv_a_proj'],
        queryRank === 0 ? [h * wide, 'q_proj'] : [queryRank * wide, 'q_b_proj'],
        [h * (kvRank + ropeDim), 'kv_a_proj_with_mqa', 'fused_qkv_a_proj'],
        [kvRank * heads * (nopeDim + valueDim), 'kv_b_proj'],
        [heads * valueDim * h, 'o_proj'],
        ...(indexer ? ([[queryRank * indexer.heads * indexer.headDim, 'indexer.wq_b']] as const) : []),
        ...(indexer ? ([[h * indexer.headDim, 'indexer.wk']] as const) : []),
      ];
    }
    case 'compressed': {
      const { heads, headDim, queryRank, outputGroups, outputRank } = mixer;
      return [
        [h * queryRank, 'q_a_proj', 'wq_a', 'fused_wqa_wkv'],
        [queryRank * heads * headDim, 'q_b_proj', 'wq_b'],
        [h * headDim, 'kv_proj', 'wkv', 'fused_wqa_wkv'],
        [outputRank * heads * headDim, 'o_a_proj', 'wo_a'],
        [outputGroups * outputRank * h, 'o_b_proj', 'wo_b'],
      ];
    }
    case 'gdn': {
      const keys = mixer.keyHeads * mixer.keyDim;
      const values = mixer.valueHeads * mixer.valueDim;
      return [
        [h * (2 * keys + values), 'in_proj_qkvz', 'in_proj_qkv'],
        [h * values, 'in_proj_qkvz', 'in_proj_z'],
        [2 * h * mixer.valueHeads, 'in_proj_ba', 'in_proj_b', 'in_proj_a'],
        [values * h, 'out_proj'],
      ];
    }
    case 'mamba2': {
      const inner = mixer.heads * mixer.headDim;
      return [
        [h * (2 * inner + 2 * mixer.groups * mixer.stateSize + mixer.heads), 'in_proj'],
        [inner * h, 'out_proj'],
      ];
    }
    case 'mamba1':
      return [
        [2 * h * mixer.innerSize, 'in_proj'],
        [mixer.innerSize * h, 'out_proj'],
      ];
    case 'lightning': {
      const width = h * mixer.heads * mixer.headDim;
      return [
        [3 * width, 'qkv_proj'],
        [width, 'output_gate'],
        [width, 'out_proj'],
      ];
    }
  }
}

const parents: Readonly<Record<Mixer['kind'], readonly string[]>> = {
  attention: ['self_attn', 'mixer', 'attn', 'norm_attn_norm.attn'],
  mla: ['self_attn'],
  compressed: ['self_attn', 'attn'],
  gdn: ['linear_attn'],
  mamba2: ['mixer', 'mamba'],
  mamba1: ['mamba'],
  lightning: ['self_attn'],
};

const join = (above: readonly string[], leaves: readonly string[]): readonly string[] =>
  above.flatMap((parent) => leaves.map((leaf) => `${parent}.${leaf}`));

const ffnParents = ['mlp', 'feed_forward', 'mixer', 'block_sparse_moe', 'ffn'] as const;

interface FfnNames {
  readonly up: readonly string[];
  readonly down: readonly string[];
  readonly gate: readonly string[];
}

const denseNames: FfnNames = {
  up: ['up_proj', 'gate_up_proj'],
  down: ['down_proj'],
  gate: ['gate_proj', 'gate_up_proj'],
};
const expertNames: FfnNames = {
  up: ['experts.0.up_proj', 'experts.0.w3', 'experts.gate_up_proj'],
  down: ['experts.0.down_proj', 'experts.0.w2', 'experts.down_proj'],
  gate: ['experts.0.gate_proj', 'experts.0.w1', 'experts.gate_up_proj'],
};
const sharedNames: FfnNames = {
  up: ['shared_experts.up_proj', 'shared_expert.up_proj'],
  down: ['shared_experts.down_proj', 'shared_expert.down_proj'],
  gate: ['shared_experts.gate_proj', 'shared_expert.gate_proj'],
};

/** An FFN's matrices, in equal shares, and its biases, which are never quantised. */
function ffnModules(
  weightClass: WeightClass,
  { parameters, matrices, leaves }: { parameters: number; matrices: number; leaves: FfnNames },
  sizes: { readonly width: number; readonly size: number; readonly copies: number },
): readonly WeightModule[] {
  const each = sizes.width * sizes.size * sizes.copies;
  const named = [leaves.up, leaves.down, ...(matrices === 3 ? [leaves.gate] : [])];
  const made = named.map((names) => ({ weightClass, names: join(ffnParents, names), parameters: each }));
  return [...made, { weightClass, names: [], parameters: parameters - named.length * each }];
}

/** Everything of a layer that may be quantised, and beside it what shares its class and never is. */
export function weightModules({ mixer, dense, moe }: Layer, h: number): readonly WeightModule[] {
  const modules: WeightModule[] = [];
  if (mixer) {
    const leaves = mixerLeaves(mixer, h);
    const matrices = leaves.reduce((sum, [parameters]) => sum + parameters, 0);
    for (const [parameters, ...names] of leaves) {
      modules.push({ weightClass: 'attention', names: join(parents[mixer.kind], names), parameters });
    }
    modules.push({ weightClass: 'attention', names: [], parameters: mixerWeights(mixer, h) - matrices });
  }
  if (dense) {
    const of = { parameters: denseParameters(dense, h), matrices: dense.matrices, leaves: denseNames };
    modules.push(...ffnModules('dense', of, { width: h, size: dense.intermediateSize, copies: 1 }));
  }
  if (moe) {
    const { experts, matrices, intermediateSize, sharedIntermediateSize, latentSize = h } = moe;
    const of = { parameters: experts * expertParameters(moe, h), matrices, leaves: expertNames };
    modules.push(...ffnModules('expert', of, { width: latentSize, size: intermediateSize, copies: experts }));
    if (sharedIntermediateSize > 0) {
      const ofShared = { parameters: sharedParameters(moe, h), matrices, leaves: sharedNames };
      modules.push(...ffnModules('shared', ofShared, { width: h, size: sharedIntermediateSize, copies: 1 }));
    }
  }
  return modules;
}
