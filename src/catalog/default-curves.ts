/**
 * Operator efficiencies for a GPU that nobody measured: what H100, H200 and A100 reach, rounded. Everything computed from
 * them is `extrapolated`.
 *
 * Source: operator tables of ai-dynamo/aiconfigurator @095f58a5 (Apache-2.0), condensed: bf16 products reach 80 to 85 % of
 * the datasheet's peak when large, fp8 62 to 66 %, and stream weights at 75 to 85 % of HBM bandwidth above a floor of 4 to 6 us;
 * prefill attention (FlashAttention-3) 27 % of the bf16 peak at 1K tokens, 52 % at 4K, 60 % at 16K; grouped expert products
 * 60 to 88 % of the memory roof, and 15 to 50 % of the fp8 peak when compute-bound.
 */
import type { GemmCurve, OperatorCurves } from '../planner/cluster.ts';

const gemm = (efficiency: number): GemmCurve => ({
  efficiency,
  half: 2 ** 19,
  sharpness: 2,
  memoryEfficiency: 0.82,
  floor: 4e-6,
});

const grouped = (efficiency: number): GemmCurve => ({
  efficiency,
  half: 2 ** 20,
  sharpness: 2,
  memoryEfficiency: 0.75,
  floor: 8e-6,
});

export const defaultCurves: OperatorCurves = {
  evidence: 'extrapolated',
  source: 'defaults rounded from measured A100, H100 and H200 operators (ai-dynamo/aiconfigurator @095f58a5)',
  gemm: { bf16: gemm(0.85), fp8: gemm(0.66), fp4: gemm(0.55), int8: gemm(0.66) },
  groupedGemm: { bf16: grouped(0.6), fp8: grouped(0.42), fp4: grouped(0.35), int8: grouped(0.42) },
  prefillAttention: { efficiency: 0.66, half: 1200, memoryEfficiency: 0.8, floor: 5e-6 },
  stream: { efficiency: 0.8, floor: 2e-6 },
};
