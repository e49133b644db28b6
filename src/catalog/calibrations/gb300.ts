/** Made by `npm run calibrate` from operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0). Not to be edited. */
import type { Calibration } from '../calibration.ts';

export const gb300: Calibration = {
  id: 'gb300',
  gpu: 'GB300-NVL72',
  source: 'operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0)',
  released: '2026-08-21',
  curves: {
    evidence: 'calibrated',
    source: 'GB300-NVL72: operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0)',
    gemm: {
      bf16: { evidence: 'calibrated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.7622, half: 1734, halfDepth: 16.11, sharpness: 2.968, memoryEfficiency: 0.8075, rampPerRootDepth: 3.232e-8, quantise: 0.0001, cachedInputs: 5000000000, floor: 0.000001803 },
      fp8: { evidence: 'calibrated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.7769, half: 5854, halfDepth: 121.7, sharpness: 1.988, memoryEfficiency: 0.8031, rampPerRootDepth: 3.048e-8, quantise: 3.027, cachedInputs: 500000, floor: 0.00001304 },
      fp8Block: { evidence: 'calibrated', range: { m: [1, 16384], n: [128, 65536], k: [128, 65536] }, efficiency: 0.875, half: 1539000, halfDepth: 723.5, sharpness: 2.163, memoryEfficiency: 0.7806, rampPerRootDepth: 3e-12, quantise: 1.234, cachedInputs: 4800000, floor: 0.000004751 },
      fp4: { evidence: 'calibrated', range: { m: [1, 16384], n: [128, 65536], k: [128, 65536] }, efficiency: 0.5978, half: 5813000, halfDepth: 3336, sharpness: 2.014, memoryEfficiency: 0.5824, rampPerRootDepth: 3e-12, quantise: 1.528, cachedInputs: 500000, floor: 0.000002937 },
      int8: { evidence: 'extrapolated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.7769, half: 5854, halfDepth: 121.7, sharpness: 1.988, memoryEfficiency: 0.8031, rampPerRootDepth: 3.048e-8, quantise: 3.027, cachedInputs: 500000, floor: 0.00001304 },
    },
    groupedGemm: {
      bf16: [
        { evidence: 'calibrated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [16, 16384] }, efficiency: 1.15, half: 732900, halfRows: 97.74, halfHidden: 0.01, halfIntermediate: 134.1, sharpness: 1.213, memoryEfficiency: 1, rowEfficiency: 0.3651, perExpert: 5.294e-8, perRoute: 4.037e-10, ramp: 0.000008019, rampTokens: 475.3, floor: 0.00001815 },
      ],
      fp8: [
        { evidence: 'calibrated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [32, 16384] }, efficiency: 1.061, half: 475700, halfRows: 43.86, halfHidden: 161.4, halfIntermediate: 789.4, sharpness: 1.385, memoryEfficiency: 0.8642, rowEfficiency: 0.4969, perExpert: 4.32e-8, perRoute: 5.76e-10, ramp: 0.00001185, rampTokens: 650.4, floor: 0.00002356 },
      ],
      fp8Block: [
        { evidence: 'calibrated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 7168], intermediate: [128, 16384] }, efficiency: 0.5241, half: 412600, halfRows: 41.65, halfHidden: 0.01, halfIntermediate: 992.3, sharpness: 2.622, memoryEfficiency: 0.7161, rowEfficiency: 20, perExpert: 2.635e-7, perRoute: 1.153e-10, ramp: 0.00008862, rampTokens: 14420, floor: 0.00002297 },
        { evidence: 'extrapolated', rate: 'fp8', generated: true, range: { tokens: [1, 16384], experts: [1, 256], hidden: [2048, 7168], intermediate: [64, 16384] }, efficiency: 0.5697, half: 706100, halfRows: 86.58, halfHidden: 0.01, halfIntermediate: 198.6, sharpness: 1.769, memoryEfficiency: 1, rowEfficiency: 20, perExpert: 1e-12, perRoute: 1.833e-9, ramp: 0.00001244, rampTokens: 242.7, floor: 0.0000144 },
      ],
      fp4: [
        { evidence: 'calibrated', rate: 'fp4', range: { tokens: [1, 16384], experts: [1, 512], hidden: [1024, 8192], intermediate: [64, 16384] }, efficiency: 0.6582, half: 288900, halfRows: 287.5, halfHidden: 919.2, halfIntermediate: 341.2, sharpness: 6.06, memoryEfficiency: 0.8065, rowEfficiency: 0.3658, perExpert: 1.083e-7, perRoute: 7.149e-10, ramp: 0.0000175, rampTokens: 1754, floor: 0.00002918 },
        { evidence: 'extrapolated', rate: 'fp4', generated: true, range: { tokens: [1, 16384], experts: [1, 256], hidden: [2048, 7168], intermediate: [64, 16384] }, efficiency: 0.4081, half: 706100, halfRows: 86.58, halfHidden: 0.01, halfIntermediate: 198.6, sharpness: 1.769, memoryEfficiency: 1, rowEfficiency: 20, perExpert: 1e-12, perRoute: 1.833e-9, ramp: 0.00001244, rampTokens: 242.7, floor: 0.0000144 },
      ],
      int8: [
        { evidence: 'extrapolated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [32, 16384] }, efficiency: 1.061, half: 475700, halfRows: 43.86, halfHidden: 161.4, halfIntermediate: 789.4, sharpness: 1.385, memoryEfficiency: 0.8642, rowEfficiency: 0.4969, perExpert: 4.32e-8, perRoute: 5.76e-10, ramp: 0.00001185, rampTokens: 650.4, floor: 0.00002356 },
      ],
      mxfp4: [
        { evidence: 'calibrated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 128], hidden: [2880, 2880], intermediate: [2880, 2880] }, efficiency: 0.253, half: 28.79, halfRows: 51.4, halfHidden: 95.38, halfIntermediate: 100, sharpness: 3.853, memoryEfficiency: 0.1939, rowEfficiency: 0.07032, perExpert: 1.504e-8, perRoute: 1.823e-9, ramp: 0.00000606, rampTokens: 8.294, floor: 0.00003619 },
        { evidence: 'calibrated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 256], hidden: [2880, 7168], intermediate: [64, 3072] }, efficiency: 0.6999, half: 927500, halfRows: 0.016, halfHidden: 0.01, halfIntermediate: 497.2, sharpness: 1, memoryEfficiency: 0.8531, rowEfficiency: 20, perExpert: 2.019e-9, perRoute: 9.195e-10, ramp: 0.00003382, rampTokens: 194, floor: 0.00001001 },
      ],
      weightOnly: [
        { evidence: 'extrapolated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [16, 16384] }, efficiency: 0.5042, half: 84810, halfRows: 0.016, halfHidden: 0.01, halfIntermediate: 287.5, sharpness: 1.524, memoryEfficiency: 0.7525, rowEfficiency: 2.314, perExpert: 5.294e-8, perRoute: 4.037e-10, ramp: 0.000008019, rampTokens: 475.3, floor: 0.00001815 },
      ],
    },
    prefillAttention: {
      full: {
        bf16: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 1.26, half: 29.31, halfQueries: 1411, idleQueries: 35590, halfDim: 110.2, memoryEfficiency: 0.5169, floor: 0.00001409 },
        fp8: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 1.917, half: 19.26, halfQueries: 2335, idleQueries: 40800, halfDim: 142.4, memoryEfficiency: 1.002, floor: 0.0000142 },
      },
      window: {
        bf16: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 4, half: 1023, halfQueries: 39.06, idleQueries: 5965, halfDim: 617.6, memoryEfficiency: 1.23, floor: 0.00001271 },
        fp8: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 4, half: 1109, halfQueries: 38.23, idleQueries: 22030, halfDim: 474.8, memoryEfficiency: 0.7941, floor: 0.000008957 },
      },
    },
    decodeAttention: {
      grouped: {
        bf16: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [2, 128], headDim: [64, 256] }, efficiency: 0.1167, memoryEfficiency: 1, sharpness: 2.797, perTile: 7.998e-9, headsPerTile: 22.39, ramp: 0.00003845, rampBytes: 2787000000, serial: 0.00002329, serialTokens: 148500, floor: 0.00001097 },
        fp8: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [2, 128], headDim: [64, 256] }, efficiency: 0.2161, memoryEfficiency: 1, sharpness: 2.941, perTile: 6.754e-9, headsPerTile: 21.82, ramp: 0.0000525, rampBytes: 3883000000, serial: 0.00001121, serialTokens: 49730, floor: 0.00001097 },
      },
      multiHead: {
        bf16: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [1, 64], headDim: [64, 256] }, efficiency: 1.472, memoryEfficiency: 1, sharpness: 4.41, perTile: 8.766e-9, headsPerTile: 79.9, ramp: 0.00006495, rampBytes: 4392000000, serial: 0.00002175, serialTokens: 179400, floor: 0.00001089 },
        fp8: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [1, 64], headDim: [64, 256] }, efficiency: 3.636, memoryEfficiency: 1, sharpness: 4.78, perTile: 7.589e-9, headsPerTile: 800, ramp: 0.00003904, rampBytes: 2211000000, serial: 0.000009952, serialTokens: 56940, floor: 0.00001088 },
      },
    },
    mlaPrefill: {
      bf16: { evidence: 'calibrated', range: { queries: [1, 32768], history: [0, 0], sequences: [1, 256], heads: [1, 128], qkDim: [192, 192] }, efficiency: 0.7018, half: 149.7, halfQueries: 269.4, idleQueries: 48300, halfDim: 0.001, memoryEfficiency: 1.56, floor: 0.0000113 },
      fp8: { evidence: 'calibrated', range: { queries: [1, 32768], history: [0, 0], sequences: [1, 256], heads: [1, 128], qkDim: [192, 192] }, efficiency: 1.089, half: 39.44, halfQueries: 1300, idleQueries: 53460, halfDim: 0.001, memoryEfficiency: 0.5491, floor: 0.00001734 },
    },
    mlaDecode: {
      bf16: { evidence: 'calibrated', range: { sequences: [1, 1024], context: [2, 131072], heads: [1, 128], headDim: [576, 576] }, efficiency: 4, memoryEfficiency: 0.7295, sharpness: 6.796, perTile: 3.179e-8, headsPerTile: 122.2, ramp: 0.000007071, rampBytes: 548300000, serial: 0.00001012, serialTokens: 5741, floor: 0.00001046 },
      fp8: { evidence: 'calibrated', range: { sequences: [1, 1024], context: [2, 131072], heads: [1, 128], headDim: [576, 576] }, efficiency: 2.027, memoryEfficiency: 0.841, sharpness: 1.523, perTile: 2.041e-8, headsPerTile: 32.01, ramp: 2e-7, rampBytes: 50000000000, serial: 0.00001104, serialTokens: 6653, floor: 0.000009492 },
    },
    stream: { efficiency: 0.8, floor: 0.000002, cachedBytes: 500000 },
    collectives: {
      allReduce: { evidence: 'calibrated', range: { ranks: [2, 4], bytes: [512, 536870912] }, latency: 0.000006783, latencyExponent: 0.6078, ramp: 0.000006817, rampExponent: 1.206, rampBytes: 1980000, rampBytesExponent: 1.373, efficiency: 0.5136, efficiencyExponent: 0.2825, efficiencyRanks: 4 },
      allGather: { evidence: 'calibrated', range: { ranks: [2, 4], bytes: [512, 536870912] }, latency: 0.000007, latencyExponent: 0.3795, ramp: 0.000005605, rampExponent: 0.997, rampBytes: 1516000, rampBytesExponent: 1.288, efficiency: 0.3858, efficiencyExponent: 0.423, efficiencyRanks: 4 },
      reduceScatter: { evidence: 'calibrated', range: { ranks: [2, 4], bytes: [512, 536870912] }, latency: 0.000006909, latencyExponent: 0.3886, ramp: 0.000003704, rampExponent: 1.207, rampBytes: 1263000, rampBytesExponent: 1.47, efficiency: 0.3322, efficiencyExponent: 0.499, efficiencyRanks: 4 },
      allToAll: { evidence: 'calibrated', range: { ranks: [2, 4], bytes: [512, 536870912] }, latency: 0.00000892, latencyExponent: 0.09896, ramp: 0.000006209, rampExponent: 0.01, rampBytes: 30660, rampBytesExponent: 0.9186, efficiency: 0.273, efficiencyExponent: 0.501, efficiencyRanks: 4 },
      customAllReduce: {
        twoShot: { evidence: 'calibrated', range: { ranks: [2, 4], bytes: [256, 1073741824] }, latency: 0.00001383, latencyExponent: 0.01072, ramp: 0.00002665, rampExponent: 0.01, rampBytes: 4992000, rampBytesExponent: 0.5175, efficiency: 0.5604, efficiencyExponent: 0.1774, efficiencyRanks: 4 },
        oneShot: { evidence: 'calibrated', range: { ranks: [2, 4], bytes: [256, 1073741824] }, latency: 0.000004001, latencyExponent: 0.1095, ramp: 0, rampExponent: 0.01, rampBytes: 4992000, rampBytesExponent: 0.5175, efficiency: 0.5867, efficiencyExponent: 0, efficiencyRanks: 4 },
      },
      exchangeNormal: {
        dedupe: true,
        dispatch: { evidence: 'extrapolated', range: { tokens: [1, 65536], ranks: [2, 64], nodes: [1, 1], topk: [8, 8] }, latency: 0.00001081, latencyExponent: 0.05931, efficiency: 0.3957, efficiencyExponent: 0.08278, nodeLatency: 0.00001, networkEfficiency: 0.8 },
        combine: { evidence: 'extrapolated', range: { tokens: [1, 65536], ranks: [2, 64], nodes: [1, 1], topk: [8, 8] }, latency: 0.00001104, latencyExponent: 0.1142, efficiency: 0.5523, efficiencyExponent: 0.001, nodeLatency: 0.00001, networkEfficiency: 0.8 },
      },
      exchangeLowLatency: {
        dedupe: false,
        dispatch: { evidence: 'calibrated', range: { tokens: [1, 1024], ranks: [4, 4], nodes: [1, 1], topk: [1, 10] }, latency: 0.000015, latencyExponent: 0.001, efficiency: 0.4862, efficiencyExponent: 0.001001, nodeLatency: 0.00001, networkEfficiency: 0.8 },
        combine: { evidence: 'calibrated', range: { tokens: [1, 1024], ranks: [4, 4], nodes: [1, 1], topk: [1, 10] }, latency: 0.00001439, latencyExponent: 0.001, efficiency: 0.6232, efficiencyExponent: 0.001001, nodeLatency: 0.00001, networkEfficiency: 0.8 },
      },
      network: { evidence: 'extrapolated', range: { nodes: [2, 2], bytes: [1048576, 1073741824] }, latency: 0.00006376, efficiency: 1, sharpness: 2.259 },
    },
  },
  reports: [
    { operator: 'gemm', format: 'bf16', table: 'gemm_perf', version: '1.3.0rc20', rows: 7245, median: 0.0599, p90: 0.2067, aboveFloor: { rows: 5830, median: 0.0562, p90: 0.2027 }, leftOut: {} },
    { operator: 'gemm', format: 'fp8', table: 'gemm_perf', version: '1.3.0rc20', rows: 7245, median: 0.0433, p90: 0.1041, aboveFloor: { rows: 2887, median: 0.0372, p90: 0.091 }, leftOut: {} },
    { operator: 'gemm', format: 'fp8Block', table: 'gemm_perf', version: '1.3.0rc20', rows: 5940, median: 0.0416, p90: 0.1244, aboveFloor: { rows: 4047, median: 0.0438, p90: 0.1336 }, leftOut: {} },
    { operator: 'gemm', format: 'fp4', table: 'gemm_perf', version: '1.3.0rc20', rows: 5985, median: 0.0564, p90: 0.1663, aboveFloor: { rows: 5985, median: 0.0564, p90: 0.1663 }, leftOut: {} },
    { operator: 'experts', format: 'fp8Block fp8_block deepgemm', table: 'moe_perf', version: '1.3.0rc20', rows: 38475, median: 0.0557, p90: 0.1781, aboveFloor: { rows: 29016, median: 0.0551, p90: 0.1767 }, leftOut: { 'falls as tokens grow': 324 } },
    { operator: 'experts', format: 'fp4 nvfp4 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 47466, median: 0.0652, p90: 0.2275, aboveFloor: { rows: 31655, median: 0.0652, p90: 0.2242 }, leftOut: { 'falls as tokens grow': 2916 } },
    { operator: 'experts', format: 'bf16 bfloat16 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 38475, median: 0.0681, p90: 0.2689, aboveFloor: { rows: 31879, median: 0.0658, p90: 0.2778 }, leftOut: { 'falls as tokens grow': 8262 } },
    { operator: 'experts', format: 'fp8 fp8 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 36045, median: 0.0634, p90: 0.2393, aboveFloor: { rows: 25686, median: 0.0649, p90: 0.2555 }, leftOut: { 'falls as tokens grow': 3807 } },
    { operator: 'experts', format: 'mxfp4 w4a16_mxfp4 torch', table: 'moe_perf', version: '1.3.0rc20', rows: 1134, median: 0.0569, p90: 0.1602, aboveFloor: { rows: 859, median: 0.0546, p90: 0.1541 }, leftOut: {} },
    { operator: 'experts', format: 'mxfp4 w4a8_mxfp4_mxfp8 torch', table: 'moe_perf', version: '1.3.0rc20', rows: 5589, median: 0.1108, p90: 0.4142, aboveFloor: { rows: 5189, median: 0.1131, p90: 0.416 }, leftOut: { 'falls as tokens grow': 648 } },
    { operator: 'prefill attention', format: 'bf16', table: 'context_attention_perf', version: '1.3.0rc20', rows: 16627, median: 0.0602, p90: 0.1529, aboveFloor: { rows: 12148, median: 0.0645, p90: 0.1623 }, leftOut: { 'head wider than 256': 578 } },
    { operator: 'prefill attention, window', format: 'bf16', table: 'context_attention_perf', version: '1.3.0rc20', rows: 6324, median: 0.0502, p90: 0.1926, aboveFloor: { rows: 4388, median: 0.0477, p90: 0.1756 }, leftOut: {} },
    { operator: 'prefill attention', format: 'fp8', table: 'context_attention_perf', version: '1.3.0rc20', rows: 16627, median: 0.0465, p90: 0.1352, aboveFloor: { rows: 11888, median: 0.0479, p90: 0.1407 }, leftOut: { 'head wider than 256': 578 } },
    { operator: 'prefill attention, window', format: 'fp8', table: 'context_attention_perf', version: '1.3.0rc20', rows: 6324, median: 0.0444, p90: 0.1593, aboveFloor: { rows: 5151, median: 0.0456, p90: 0.163 }, leftOut: {} },
    { operator: 'decode attention, shared KV heads', format: 'bf16', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 10679, median: 0.0437, p90: 0.2098, aboveFloor: { rows: 3802, median: 0.0457, p90: 0.2488 }, leftOut: { 'unusual heads': 4101 } },
    { operator: 'decode attention, own KV heads', format: 'bf16', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 5004, median: 0.0448, p90: 0.2223, aboveFloor: { rows: 2542, median: 0.0463, p90: 0.3261 }, leftOut: {} },
    { operator: 'decode attention, shared KV heads', format: 'fp8', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 10679, median: 0.0405, p90: 0.1521, aboveFloor: { rows: 3147, median: 0.0447, p90: 0.164 }, leftOut: { 'unusual heads': 4101 } },
    { operator: 'decode attention, own KV heads', format: 'fp8', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 5004, median: 0.039, p90: 0.1397, aboveFloor: { rows: 2258, median: 0.0384, p90: 0.1401 }, leftOut: {} },
    { operator: 'MLA prefill', format: 'bf16', table: 'context_mla_perf', version: '1.3.0rc20', rows: 880, median: 0.0482, p90: 0.1706, aboveFloor: { rows: 613, median: 0.0479, p90: 0.1693 }, leftOut: {} },
    { operator: 'MLA decode', format: 'bf16', table: 'generation_mla_perf', version: '1.3.0rc20', rows: 1448, median: 0.0436, p90: 0.2197, aboveFloor: { rows: 717, median: 0.0352, p90: 0.2561 }, leftOut: {} },
    { operator: 'MLA prefill', format: 'fp8', table: 'context_mla_perf', version: '1.3.0rc20', rows: 880, median: 0.0489, p90: 0.1581, aboveFloor: { rows: 547, median: 0.0398, p90: 0.1407 }, leftOut: {} },
    { operator: 'MLA decode', format: 'fp8', table: 'generation_mla_perf', version: '1.3.0rc20', rows: 1448, median: 0.0615, p90: 0.2225, aboveFloor: { rows: 685, median: 0.0522, p90: 0.2432 }, leftOut: {} },
    { operator: 'NCCL allReduce', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 168, median: 0.0337, p90: 0.109, aboveFloor: { rows: 64, median: 0.0276, p90: 0.2906 }, leftOut: {} },
    { operator: 'NCCL allGather', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 168, median: 0.0412, p90: 0.0903, aboveFloor: { rows: 64, median: 0.0352, p90: 0.1205 }, leftOut: {} },
    { operator: 'NCCL reduceScatter', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 168, median: 0.0366, p90: 0.087, aboveFloor: { rows: 64, median: 0.0277, p90: 0.0967 }, leftOut: {} },
    { operator: 'NCCL allToAll', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 168, median: 0.0253, p90: 0.0702, aboveFloor: { rows: 64, median: 0.0437, p90: 0.075 }, leftOut: {} },
    { operator: 'all-reduce in a CUDA graph', format: 'bf16', table: 'custom_allreduce_perf', version: '1.3.0rc20', rows: 46, median: 0.0382, p90: 0.1275, aboveFloor: { rows: 20, median: 0.0451, p90: 0.1608 }, leftOut: {} },
    { operator: 'DeepEP normal, dispatch', format: 'fp8', table: 'wideep_deepep_normal_perf', version: '0.5.12', rows: 437, median: 0.0941, p90: 0.3157, aboveFloor: { rows: 155, median: 0.2281, p90: 0.4343 }, leftOut: {} },
    { operator: 'DeepEP normal, combine', format: 'bf16', table: 'wideep_deepep_normal_perf', version: '0.5.12', rows: 437, median: 0.0778, p90: 0.2818, aboveFloor: { rows: 168, median: 0.15, p90: 0.3864 }, leftOut: {} },
    { operator: 'DeepEP low-latency, dispatch', format: 'fp8', table: 'wideep_deepep_ll_perf', version: '0.5.12', rows: 176, median: 0.1259, p90: 0.4001, aboveFloor: { rows: 44, median: 0.0815, p90: 0.8643 }, leftOut: {} },
    { operator: 'DeepEP low-latency, combine', format: 'bf16', table: 'wideep_deepep_ll_perf', version: '0.5.12', rows: 176, median: 0.109, p90: 0.2827, aboveFloor: { rows: 45, median: 0.03, p90: 0.3498 }, leftOut: {} },
  ],
};
