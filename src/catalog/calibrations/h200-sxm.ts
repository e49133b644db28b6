/** Made by `npm run calibrate` from operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0). Not to be edited. */
import type { Calibration } from '../calibration.ts';

export const h200Sxm: Calibration = {
  id: 'h200-sxm',
  gpu: 'H200-SXM-141GB',
  source: 'operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0)',
  released: '2026-08-21',
  curves: {
    evidence: 'calibrated',
    source: 'H200-SXM-141GB: operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0)',
    gemm: {
      bf16: { evidence: 'calibrated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.8257, half: 50, halfDepth: 143.9, sharpness: 3.693, memoryEfficiency: 0.875, rampPerRootDepth: 3.351e-8, quantise: 0.0001, cachedInputs: 5000000000, floor: 0.000002425 },
      fp8: { evidence: 'calibrated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.7915, half: 4874, halfDepth: 345.1, sharpness: 2.623, memoryEfficiency: 0.8821, rampPerRootDepth: 2.793e-8, quantise: 3.528, cachedInputs: 9245000, floor: 0.00001209 },
      fp8Block: { evidence: 'calibrated', range: { m: [1, 16384], n: [128, 65536], k: [128, 65536] }, efficiency: 0.7356, half: 677500, halfDepth: 761.2, sharpness: 2.677, memoryEfficiency: 0.7926, rampPerRootDepth: 1.446e-8, quantise: 2.732, cachedInputs: 7914000, floor: 0.00000341 },
      fp4: { evidence: 'extrapolated', range: { m: [1, 16384], n: [128, 65536], k: [128, 65536] }, efficiency: 0.7356, half: 677500, halfDepth: 761.2, sharpness: 2.677, memoryEfficiency: 0.7926, rampPerRootDepth: 1.446e-8, quantise: 2.732, cachedInputs: 7914000, floor: 0.00000341 },
      int8: { evidence: 'extrapolated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.7915, half: 4874, halfDepth: 345.1, sharpness: 2.623, memoryEfficiency: 0.8821, rampPerRootDepth: 2.793e-8, quantise: 3.528, cachedInputs: 9245000, floor: 0.00001209 },
    },
    groupedGemm: {
      bf16: [
        { evidence: 'calibrated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [16, 16384] }, efficiency: 1.045, half: 482500, halfRows: 200.9, halfHidden: 156.9, halfIntermediate: 30.88, sharpness: 4.859, memoryEfficiency: 1, rowEfficiency: 0.4061, perExpert: 5.764e-8, perRoute: 2.937e-10, ramp: 0.00001104, rampTokens: 467, floor: 0.0000154 },
      ],
      fp8: [
        { evidence: 'calibrated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [32, 16384] }, efficiency: 0.9635, half: 347300, halfRows: 152.4, halfHidden: 156.3, halfIntermediate: 139.5, sharpness: 2.772, memoryEfficiency: 1, rowEfficiency: 0.4717, perExpert: 4.223e-8, perRoute: 6.14e-10, ramp: 0.00001078, rampTokens: 498.7, floor: 0.00002227 },
      ],
      fp8Block: [
        { evidence: 'calibrated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 7168], intermediate: [128, 16384] }, efficiency: 0.6042, half: 298300, halfRows: 8.997, halfHidden: 0.01, halfIntermediate: 938.4, sharpness: 1.159, memoryEfficiency: 0.9197, rowEfficiency: 0.29, perExpert: 2.574e-7, perRoute: 5.083e-10, ramp: 0.000008262, rampTokens: 424.8, floor: 0.00001532 },
      ],
      fp4: [
        { evidence: 'extrapolated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 7168], intermediate: [128, 16384] }, efficiency: 0.6042, half: 298300, halfRows: 8.997, halfHidden: 0.01, halfIntermediate: 938.4, sharpness: 1.159, memoryEfficiency: 0.9197, rowEfficiency: 0.29, perExpert: 2.574e-7, perRoute: 5.083e-10, ramp: 0.000008262, rampTokens: 424.8, floor: 0.00001532 },
      ],
      int8: [
        { evidence: 'extrapolated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [32, 16384] }, efficiency: 0.9635, half: 347300, halfRows: 152.4, halfHidden: 156.3, halfIntermediate: 139.5, sharpness: 2.772, memoryEfficiency: 1, rowEfficiency: 0.4717, perExpert: 4.223e-8, perRoute: 6.14e-10, ramp: 0.00001078, rampTokens: 498.7, floor: 0.00002227 },
      ],
      mxfp4: [
        { evidence: 'calibrated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 128], hidden: [2880, 2880], intermediate: [2880, 2880] }, efficiency: 0.5104, half: 134700, halfRows: 10.1, halfHidden: 182, halfIntermediate: 100, sharpness: 1, memoryEfficiency: 0.9995, rowEfficiency: 0.4568, perExpert: 8.49e-9, perRoute: 1.391e-8, ramp: 0.00004135, rampTokens: 24.05, floor: 0.00005881 },
      ],
      weightOnly: [
        { evidence: 'extrapolated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [16, 16384] }, efficiency: 0.5042, half: 84810, halfRows: 0.016, halfHidden: 0.01, halfIntermediate: 287.5, sharpness: 1.524, memoryEfficiency: 0.7525, rowEfficiency: 2.314, perExpert: 5.764e-8, perRoute: 2.937e-10, ramp: 0.00001104, rampTokens: 467, floor: 0.0000154 },
      ],
    },
    prefillAttention: {
      full: {
        bf16: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 0.8181, half: 24.53, halfQueries: 799.4, idleQueries: 18850, halfDim: 55.03, memoryEfficiency: 1.124, floor: 0.00001394 },
        fp8: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 1.408, half: 21.54, halfQueries: 1236, idleQueries: 21660, halfDim: 95.35, memoryEfficiency: 1.754, floor: 0.00001515 },
      },
      window: {
        bf16: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 192] }, efficiency: 2.901, half: 515.4, halfQueries: 39, idleQueries: 10590, halfDim: 474.6, memoryEfficiency: 0.5048, floor: 0.00001101 },
        fp8: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 192] }, efficiency: 4, half: 337.1, halfQueries: 27.27, idleQueries: 20550, halfDim: 1413, memoryEfficiency: 0.5431, floor: 0.00000468 },
      },
    },
    decodeAttention: {
      grouped: {
        bf16: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [2, 128], headDim: [64, 256] }, efficiency: 0.1105, memoryEfficiency: 0.9298, sharpness: 2.952, perTile: 3.1e-8, headsPerTile: 122.8, ramp: 0.00002418, rampBytes: 98630000, serial: 0.000004388, serialTokens: 126.5, floor: 0.000007811 },
        fp8: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [2, 128], headDim: [64, 256] }, efficiency: 0.1104, memoryEfficiency: 1, sharpness: 2.007, perTile: 6.823e-9, headsPerTile: 19.06, ramp: 0.00001303, rampBytes: 164200000, serial: 0.000006558, serialTokens: 1210, floor: 0.000005945 },
      },
      multiHead: {
        bf16: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [1, 64], headDim: [64, 256] }, efficiency: 4, memoryEfficiency: 0.9155, sharpness: 1.632, perTile: 7.45e-10, headsPerTile: 0.08, ramp: 0.00001014, rampBytes: 239300000, serial: 0.00001853, serialTokens: 2241, floor: 0.000007855 },
        fp8: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [1, 64], headDim: [64, 256] }, efficiency: 4, memoryEfficiency: 1, sharpness: 2.166, perTile: 1.82e-9, headsPerTile: 0.2219, ramp: 0.0005342, rampBytes: 3072000000, serial: 0.00001706, serialTokens: 1610, floor: 0.000008576 },
      },
    },
    mlaPrefill: {
      bf16: { evidence: 'calibrated', range: { queries: [1, 32768], history: [0, 0], sequences: [1, 256], heads: [1, 128], qkDim: [192, 192] }, efficiency: 0.6354, half: 101.6, halfQueries: 203.7, idleQueries: 21130, halfDim: 0.001, memoryEfficiency: 3, floor: 0.00001285 },
      fp8: { evidence: 'calibrated', range: { queries: [1, 32768], history: [0, 0], sequences: [1, 256], heads: [1, 128], qkDim: [192, 192] }, efficiency: 0.7522, half: 185.8, halfQueries: 123, idleQueries: 25320, halfDim: 0.001, memoryEfficiency: 0.6234, floor: 0.00001429 },
    },
    mlaDecode: {
      bf16: { evidence: 'calibrated', range: { sequences: [1, 1024], context: [2, 131072], heads: [1, 128], headDim: [576, 576] }, efficiency: 0.8993, memoryEfficiency: 0.9718, sharpness: 1.73, perTile: 3.282e-8, headsPerTile: 32.44, ramp: 0.000009791, rampBytes: 315200000, serial: 0.000005785, serialTokens: 1496, floor: 0.00001258 },
      fp8: { evidence: 'calibrated', range: { sequences: [1, 1024], context: [2, 131072], heads: [1, 128], headDim: [576, 576] }, efficiency: 0.7998, memoryEfficiency: 0.6651, sharpness: 2.591, perTile: 3.068e-8, headsPerTile: 19.47, ramp: 0.00001542, rampBytes: 761000000, serial: 0.000005781, serialTokens: 1616, floor: 0.00001241 },
    },
    stream: { efficiency: 0.865, floor: 0.000002, cachedBytes: 9245000 },
    collectives: {
      allReduce: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000003984, latencyExponent: 0.6946, ramp: 0.00001009, rampExponent: 0.6218, rampBytes: 2111000, rampBytesExponent: 0.5687, efficiency: 0.5831, efficiencyExponent: 0.2396, efficiencyRanks: 8 },
      allGather: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000003598, latencyExponent: 0.5862, ramp: 0.00001724, rampExponent: 0.01, rampBytes: 3315000, rampBytesExponent: 0.2699, efficiency: 0.5076, efficiencyExponent: 0.2007, efficiencyRanks: 8 },
      reduceScatter: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000003688, latencyExponent: 0.5335, ramp: 0.000008663, rampExponent: 0.3515, rampBytes: 1825000, rampBytesExponent: 0.7468, efficiency: 0.4511, efficiencyExponent: 0.2665, efficiencyRanks: 8 },
      allToAll: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000005663, latencyExponent: 0.1339, ramp: 0.000006007, rampExponent: 0.01, rampBytes: 25320, rampBytesExponent: 0.838, efficiency: 0.5853, efficiencyExponent: 0.0638, efficiencyRanks: 8 },
      customAllReduce: {
        twoShot: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [256, 1073741824] }, latency: 0.000002091, latencyExponent: 1, ramp: 0.00001681, rampExponent: 0.5765, rampBytes: 13200000, rampBytesExponent: 0.01, efficiency: 0.5596, efficiencyExponent: 0.2944, efficiencyRanks: 8 },
        oneShot: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [256, 1073741824] }, latency: 0.000002475, latencyExponent: 0.1216, ramp: 0, rampExponent: 0.5765, rampBytes: 13200000, rampBytesExponent: 0.01, efficiency: 0.625, efficiencyExponent: 0, efficiencyRanks: 8 },
      },
      exchangeNormal: {
        dedupe: true,
        dispatch: { evidence: 'calibrated', range: { tokens: [1, 131072], ranks: [8, 32], nodes: [1, 4], topk: [1, 22] }, latency: 0.00001679, latencyExponent: 0.2302, efficiency: 0.5191, efficiencyExponent: 0.06481, nodeLatency: 2.881e-7, networkEfficiency: 0.8644 },
        combine: { evidence: 'calibrated', range: { tokens: [1, 131072], ranks: [8, 64], nodes: [1, 8], topk: [1, 22] }, latency: 0.00003488, latencyExponent: 0.05218, efficiency: 0.5335, efficiencyExponent: 0.08127, nodeLatency: 0.000009242, networkEfficiency: 0.7754 },
      },
      exchangeLowLatency: {
        dedupe: false,
        dispatch: { evidence: 'calibrated', range: { tokens: [1, 1024], ranks: [8, 64], nodes: [1, 8], topk: [1, 10] }, latency: 0.00001016, latencyExponent: 0.001, efficiency: 0.545, efficiencyExponent: 0.01751, nodeLatency: 0.000006618, networkEfficiency: 0.9352 },
        combine: { evidence: 'calibrated', range: { tokens: [1, 1024], ranks: [8, 64], nodes: [1, 8], topk: [1, 10] }, latency: 0.00001031, latencyExponent: 0.001, efficiency: 0.4048, efficiencyExponent: 0.09708, nodeLatency: 0.00000671, networkEfficiency: 0.9052 },
      },
      network: { evidence: 'extrapolated', range: { nodes: [2, 2], bytes: [1048576, 1073741824] }, latency: 0.00006376, efficiency: 1, sharpness: 2.259 },
    },
  },
  reports: [
    { operator: 'gemm', format: 'bf16', table: 'gemm_perf', version: '1.3.0rc20', rows: 7245, median: 0.0479, p90: 0.162, aboveFloor: { rows: 5845, median: 0.0474, p90: 0.1601 }, leftOut: {} },
    { operator: 'gemm', format: 'fp8', table: 'gemm_perf', version: '1.3.0rc20', rows: 7245, median: 0.0302, p90: 0.0851, aboveFloor: { rows: 3347, median: 0.0284, p90: 0.0852 }, leftOut: {} },
    { operator: 'gemm', format: 'fp8Block', table: 'gemm_perf', version: '1.3.0rc20', rows: 5940, median: 0.0406, p90: 0.1242, aboveFloor: { rows: 4993, median: 0.0436, p90: 0.1269 }, leftOut: {} },
    { operator: 'experts', format: 'fp8 fp8 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 32076, median: 0.0674, p90: 0.316, aboveFloor: { rows: 25537, median: 0.07, p90: 0.3569 }, leftOut: { 'falls as tokens grow': 7776 } },
    { operator: 'experts', format: 'bf16 bfloat16 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 33291, median: 0.0743, p90: 0.2931, aboveFloor: { rows: 31264, median: 0.0734, p90: 0.2974 }, leftOut: { 'falls as tokens grow': 13446 } },
    { operator: 'experts', format: 'fp8Block fp8_block cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 38556, median: 0.0542, p90: 0.1553, aboveFloor: { rows: 35056, median: 0.0544, p90: 0.1534 }, leftOut: { 'falls as tokens grow': 243 } },
    { operator: 'experts', format: 'mxfp4 w4a16_mxfp4 torch', table: 'moe_perf', version: '1.3.0rc20', rows: 1134, median: 0.0612, p90: 0.1902, aboveFloor: { rows: 887, median: 0.0684, p90: 0.2093 }, leftOut: {} },
    { operator: 'prefill attention', format: 'bf16', table: 'context_attention_perf', version: '1.3.0rc20', rows: 18294, median: 0.0694, p90: 0.1606, aboveFloor: { rows: 14202, median: 0.0633, p90: 0.1409 }, leftOut: {} },
    { operator: 'prefill attention, window', format: 'bf16', table: 'context_attention_perf', version: '1.3.0rc20', rows: 6912, median: 0.0599, p90: 0.2435, aboveFloor: { rows: 5603, median: 0.0631, p90: 0.2602 }, leftOut: {} },
    { operator: 'prefill attention', format: 'fp8', table: 'context_attention_perf', version: '1.3.0rc20', rows: 18288, median: 0.0543, p90: 0.1661, aboveFloor: { rows: 13795, median: 0.0544, p90: 0.1738 }, leftOut: {} },
    { operator: 'prefill attention, window', format: 'fp8', table: 'context_attention_perf', version: '1.3.0rc20', rows: 6910, median: 0.0723, p90: 0.4398, aboveFloor: { rows: 6910, median: 0.0723, p90: 0.4398 }, leftOut: {} },
    { operator: 'decode attention, shared KV heads', format: 'bf16', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 11671, median: 0.0824, p90: 0.2743, aboveFloor: { rows: 7226, median: 0.0763, p90: 0.263 }, leftOut: { 'unusual heads': 3600 } },
    { operator: 'decode attention, own KV heads', format: 'bf16', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 5189, median: 0.0942, p90: 0.2516, aboveFloor: { rows: 3385, median: 0.0881, p90: 0.2418 }, leftOut: {} },
    { operator: 'decode attention, shared KV heads', format: 'fp8', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 11671, median: 0.104, p90: 0.277, aboveFloor: { rows: 5992, median: 0.0953, p90: 0.3318 }, leftOut: { 'unusual heads': 3047 } },
    { operator: 'decode attention, own KV heads', format: 'fp8', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 5189, median: 0.0958, p90: 0.2805, aboveFloor: { rows: 3123, median: 0.103, p90: 0.2588 }, leftOut: {} },
    { operator: 'MLA prefill', format: 'bf16', table: 'context_mla_perf', version: '1.3.0rc20', rows: 880, median: 0.0474, p90: 0.144, aboveFloor: { rows: 634, median: 0.052, p90: 0.1598 }, leftOut: {} },
    { operator: 'MLA decode', format: 'bf16', table: 'generation_mla_perf', version: '1.3.0rc20', rows: 1448, median: 0.0447, p90: 0.1623, aboveFloor: { rows: 736, median: 0.0318, p90: 0.1462 }, leftOut: {} },
    { operator: 'MLA prefill', format: 'fp8', table: 'context_mla_perf', version: '1.3.0rc20', rows: 880, median: 0.0347, p90: 0.1319, aboveFloor: { rows: 643, median: 0.0302, p90: 0.1275 }, leftOut: {} },
    { operator: 'MLA decode', format: 'fp8', table: 'generation_mla_perf', version: '1.3.0rc20', rows: 1448, median: 0.0505, p90: 0.184, aboveFloor: { rows: 724, median: 0.0385, p90: 0.1752 }, leftOut: {} },
    { operator: 'NCCL allReduce', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 63, median: 0.0449, p90: 0.0926, aboveFloor: { rows: 28, median: 0.0383, p90: 0.0844 }, leftOut: {} },
    { operator: 'NCCL allGather', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 63, median: 0.0454, p90: 0.1234, aboveFloor: { rows: 27, median: 0.035, p90: 0.0839 }, leftOut: {} },
    { operator: 'NCCL reduceScatter', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 63, median: 0.0444, p90: 0.1037, aboveFloor: { rows: 26, median: 0.0384, p90: 0.0762 }, leftOut: {} },
    { operator: 'NCCL allToAll', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 63, median: 0.049, p90: 0.15, aboveFloor: { rows: 35, median: 0.0609, p90: 0.1187 }, leftOut: {} },
    { operator: 'all-reduce in a CUDA graph', format: 'bf16', table: 'custom_allreduce_perf', version: '1.3.0rc20', rows: 69, median: 0.0319, p90: 0.0732, aboveFloor: { rows: 37, median: 0.0344, p90: 0.1024 }, leftOut: {} },
    { operator: 'DeepEP normal, dispatch', format: 'fp8', table: 'wideep_deepep_normal_perf', version: '0.5.12', rows: 428, median: 0.055, p90: 0.1649, aboveFloor: { rows: 172, median: 0.0879, p90: 0.253 }, leftOut: {} },
    { operator: 'DeepEP normal, combine', format: 'bf16', table: 'wideep_deepep_normal_perf', version: '0.5.12', rows: 434, median: 0.0898, p90: 0.2142, aboveFloor: { rows: 186, median: 0.0892, p90: 0.2569 }, leftOut: {} },
    { operator: 'DeepEP low-latency, dispatch', format: 'fp8', table: 'wideep_deepep_ll_perf', version: '0.5.12', rows: 194, median: 0.0639, p90: 0.2758, aboveFloor: { rows: 85, median: 0.0379, p90: 0.6658 }, leftOut: {} },
    { operator: 'DeepEP low-latency, combine', format: 'bf16', table: 'wideep_deepep_ll_perf', version: '0.5.12', rows: 194, median: 0.0487, p90: 0.1407, aboveFloor: { rows: 93, median: 0.037, p90: 0.1395 }, leftOut: {} },
  ],
};
