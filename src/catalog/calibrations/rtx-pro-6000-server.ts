/** Made by `npm run calibrate` from operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0). Not to be edited. */
import type { Calibration } from '../calibration.ts';

export const rtxPro6000Server: Calibration = {
  id: 'rtx-pro-6000-server',
  gpu: 'RTX-PRO-6000-BSE-96GB',
  source: 'operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0)',
  released: '2026-08-21',
  curves: {
    evidence: 'calibrated',
    source: 'RTX-PRO-6000-BSE-96GB: operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0)',
    gemm: {
      bf16: { evidence: 'calibrated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.8484, half: 1569, halfDepth: 29.77, sharpness: 1.98, memoryEfficiency: 0.8596, rampPerRootDepth: 4.465e-8, quantise: 0.03263, cachedInputs: 500000, floor: 0.00000187 },
      fp8: { evidence: 'calibrated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.8431, half: 8113, halfDepth: 0.01, sharpness: 2.066, memoryEfficiency: 0.845, rampPerRootDepth: 1.692e-8, quantise: 1.781, cachedInputs: 500000, floor: 0.00001156 },
      fp8Block: { evidence: 'calibrated', range: { m: [1, 16384], n: [128, 65536], k: [128, 65536] }, efficiency: 0.8084, half: 706700, halfDepth: 1648, sharpness: 2.738, memoryEfficiency: 0.8109, rampPerRootDepth: 3e-12, quantise: 2.701, cachedInputs: 500000, floor: 0.000002477 },
      fp4: { evidence: 'calibrated', range: { m: [1, 16384], n: [128, 65536], k: [128, 65536] }, efficiency: 0.8388, half: 2597000, halfDepth: 465.6, sharpness: 11.86, memoryEfficiency: 0.7146, rampPerRootDepth: 9.255e-9, quantise: 1.209, cachedInputs: 165900000, floor: 0.000002612 },
      int8: { evidence: 'extrapolated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.8431, half: 8113, halfDepth: 0.01, sharpness: 2.066, memoryEfficiency: 0.845, rampPerRootDepth: 1.692e-8, quantise: 1.781, cachedInputs: 500000, floor: 0.00001156 },
    },
    groupedGemm: {
      bf16: [
        { evidence: 'calibrated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [16, 16384] }, efficiency: 0.6329, half: 332400, halfRows: 0.016, halfHidden: 0.01, halfIntermediate: 49.14, sharpness: 2.495, memoryEfficiency: 0.7798, rowEfficiency: 0.7807, perExpert: 1.579e-8, perRoute: 1.179e-10, ramp: 0.0001164, rampTokens: 30000, floor: 0.000007727 },
      ],
      fp8: [
        { evidence: 'calibrated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [32, 16384] }, efficiency: 0.6664, half: 435800, halfRows: 0.016, halfHidden: 0.01, halfIntermediate: 26.5, sharpness: 2.903, memoryEfficiency: 0.7709, rowEfficiency: 0.8655, perExpert: 2.615e-8, perRoute: 6.855e-10, ramp: 0.00004859, rampTokens: 30000, floor: 0.00001168 },
      ],
      fp8Block: [
        { evidence: 'calibrated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 7168], intermediate: [128, 16384] }, efficiency: 0.1835, half: 221800, halfRows: 6.701, halfHidden: 2309, halfIntermediate: 0.1, sharpness: 12, memoryEfficiency: 0.5168, rowEfficiency: 20, perExpert: 1e-12, perRoute: 3.467e-8, ramp: 1e-7, rampTokens: 30000, floor: 2e-7 },
      ],
      fp4: [
        { evidence: 'calibrated', rate: 'fp4', range: { tokens: [1, 16384], experts: [1, 512], hidden: [1024, 8192], intermediate: [64, 16384] }, efficiency: 0.7465, half: 809300, halfRows: 109, halfHidden: 0.01, halfIntermediate: 175.6, sharpness: 2.902, memoryEfficiency: 0.7591, rowEfficiency: 1.657, perExpert: 9.119e-8, perRoute: 8.232e-10, ramp: 0.000002468, rampTokens: 3, floor: 0.00002501 },
      ],
      int8: [
        { evidence: 'extrapolated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [32, 16384] }, efficiency: 0.6664, half: 435800, halfRows: 0.016, halfHidden: 0.01, halfIntermediate: 26.5, sharpness: 2.903, memoryEfficiency: 0.7709, rowEfficiency: 0.8655, perExpert: 2.615e-8, perRoute: 6.855e-10, ramp: 0.00004859, rampTokens: 30000, floor: 0.00001168 },
      ],
      mxfp4: [
        { evidence: 'calibrated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 128], hidden: [2880, 7168], intermediate: [64, 3072] }, efficiency: 0.6947, half: 659700, halfRows: 21.51, halfHidden: 0.01, halfIntermediate: 351.5, sharpness: 1.899, memoryEfficiency: 0.6558, rowEfficiency: 20, perExpert: 8.129e-8, perRoute: 1.389e-9, ramp: 0.0000078, rampTokens: 3, floor: 0.0000284 },
      ],
      weightOnly: [
        { evidence: 'extrapolated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [16, 16384] }, efficiency: 0.5042, half: 84810, halfRows: 0.016, halfHidden: 0.01, halfIntermediate: 287.5, sharpness: 1.524, memoryEfficiency: 0.7525, rowEfficiency: 2.314, perExpert: 1.579e-8, perRoute: 1.179e-10, ramp: 0.0001164, rampTokens: 30000, floor: 0.000007727 },
      ],
    },
    prefillAttention: {
      full: {
        bf16: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 0.4593, half: 89.17, halfQueries: 80.82, idleQueries: 11400, halfDim: 0.05, memoryEfficiency: 1.585, floor: 0.000009392 },
        fp8: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 0.4565, half: 90.34, halfQueries: 81.5, idleQueries: 10950, halfDim: 0.05, memoryEfficiency: 2.207, floor: 0.000009568 },
      },
      window: {
        bf16: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 192] }, efficiency: 0.4504, half: 146.8, halfQueries: 12.19, idleQueries: 7985, halfDim: 0.05, memoryEfficiency: 0.9965, floor: 0.000009395 },
        fp8: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 192] }, efficiency: 0.4464, half: 154.9, halfQueries: 11.84, idleQueries: 8185, halfDim: 0.05, memoryEfficiency: 1.313, floor: 0.000009371 },
      },
    },
    decodeAttention: {
      grouped: {
        bf16: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [2, 128], headDim: [64, 256] }, efficiency: 0.4288, memoryEfficiency: 0.8544, sharpness: 1.384, perTile: 9.934e-9, headsPerTile: 26.77, ramp: 5.477e-7, rampBytes: 308500, serial: 0.00000612, serialTokens: 324.3, floor: 0.000006722 },
        fp8: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [2, 128], headDim: [64, 256] }, efficiency: 4, memoryEfficiency: 0.9545, sharpness: 1, perTile: 9.755e-9, headsPerTile: 258.8, ramp: 2e-7, rampBytes: 50000000000, serial: 0.02662, serialTokens: 5000000, floor: 0.000008454 },
      },
      multiHead: {
        bf16: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [1, 64], headDim: [64, 256] }, efficiency: 4, memoryEfficiency: 0.9886, sharpness: 3.792, perTile: 6.906e-9, headsPerTile: 3.88, ramp: 0.002, rampBytes: 20670000000, serial: 0.00004483, serialTokens: 6275, floor: 0.000006761 },
        fp8: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [1, 64], headDim: [64, 256] }, efficiency: 4, memoryEfficiency: 1, sharpness: 2.676, perTile: 4.847e-9, headsPerTile: 2.623, ramp: 0.002, rampBytes: 18560000000, serial: 0.00006675, serialTokens: 11500, floor: 0.000008277 },
      },
    },
    mlaPrefill: {
      bf16: { evidence: 'calibrated', range: { queries: [1, 32768], history: [0, 0], sequences: [1, 256], heads: [1, 128], qkDim: [192, 192] }, efficiency: 0.5669, half: 97.59, halfQueries: 86.62, idleQueries: 14520, halfDim: 0.001, memoryEfficiency: 3, floor: 0.000009427 },
      fp8: { evidence: 'calibrated', range: { queries: [1, 32768], history: [0, 0], sequences: [1, 256], heads: [1, 128], qkDim: [192, 192] }, efficiency: 0.9939, half: 128.7, halfQueries: 40.12, idleQueries: 19060, halfDim: 0.001, memoryEfficiency: 0.5606, floor: 0.00001056 },
    },
    mlaDecode: {
      bf16: { evidence: 'calibrated', range: { sequences: [1, 1024], context: [2, 131072], heads: [1, 128], headDim: [576, 576] }, efficiency: 0.426, memoryEfficiency: 0.8802, sharpness: 9.893, perTile: 4.054e-8, headsPerTile: 39.51, ramp: 0.00001923, rampBytes: 537000000, serial: 0.05, serialTokens: 624900, floor: 0.000009897 },
      fp8: { evidence: 'calibrated', range: { sequences: [1, 1024], context: [2, 131072], heads: [1, 128], headDim: [576, 576] }, efficiency: 4, memoryEfficiency: 0.474, sharpness: 12, perTile: 4.123e-8, headsPerTile: 800, ramp: 7.42e-7, rampBytes: 498300000, serial: 0.05, serialTokens: 989800, floor: 0.000008426 },
    },
    stream: { efficiency: 0.8, floor: 0.000002, cachedBytes: 500000 },
    collectives: {
      allReduce: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000003229, latencyExponent: 0.9767, ramp: 0.000004002, rampExponent: 1.165, rampBytes: 353100, rampBytesExponent: 0.01, efficiency: 0.6685, efficiencyExponent: -0.2699, efficiencyRanks: 8, hostLink: 63000000000 },
      allGather: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.00000365, latencyExponent: 0.6642, ramp: 0.000004743, rampExponent: 0.7979, rampBytes: 330300, rampBytesExponent: 0.01, efficiency: 0.5676, efficiencyExponent: -0.2144, efficiencyRanks: 8, hostLink: 63000000000 },
      reduceScatter: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000003376, latencyExponent: 0.7203, ramp: 0.000004456, rampExponent: 0.8255, rampBytes: 356000, rampBytesExponent: 0.01, efficiency: 0.5325, efficiencyExponent: -0.1815, efficiencyRanks: 8, hostLink: 63000000000 },
      allToAll: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000005391, latencyExponent: 0.2578, ramp: 5.402e-7, rampExponent: 1.764, rampBytes: 14370, rampBytesExponent: 0.7021, efficiency: 0.4252, efficiencyExponent: -0.1319, efficiencyRanks: 8, hostLink: 63000000000 },
      customAllReduce: {
        twoShot: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [256, 1073741824] }, latency: 0.000002434, latencyExponent: 1.383, ramp: 0.000002907, rampExponent: 0.933, rampBytes: 80840, rampBytesExponent: 0.01, efficiency: 0.5069, efficiencyExponent: -0.1582, efficiencyRanks: 8, hostLink: 63000000000 },
        oneShot: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [256, 1073741824] }, latency: 0.000004142, latencyExponent: 0.8457, ramp: 0, rampExponent: 0.933, rampBytes: 80840, rampBytesExponent: 0.01, efficiency: 0.5621, efficiencyExponent: 0, efficiencyRanks: 8, hostLink: 63000000000 },
      },
      exchangeNormal: {
        dedupe: true,
        dispatch: { evidence: 'extrapolated', range: { tokens: [1, 131072], ranks: [8, 32], nodes: [1, 4], topk: [1, 22] }, latency: 0.00001679, latencyExponent: 0.2302, efficiency: 0.5191, efficiencyExponent: 0.06481, nodeLatency: 2.881e-7, networkEfficiency: 0.8644 },
        combine: { evidence: 'extrapolated', range: { tokens: [1, 131072], ranks: [8, 64], nodes: [1, 8], topk: [1, 22] }, latency: 0.00003488, latencyExponent: 0.05218, efficiency: 0.5335, efficiencyExponent: 0.08127, nodeLatency: 0.000009242, networkEfficiency: 0.7754 },
      },
      exchangeLowLatency: {
        dedupe: false,
        dispatch: { evidence: 'extrapolated', range: { tokens: [1, 1024], ranks: [8, 64], nodes: [1, 8], topk: [1, 10] }, latency: 0.00001016, latencyExponent: 0.001, efficiency: 0.545, efficiencyExponent: 0.01751, nodeLatency: 0.000006618, networkEfficiency: 0.9352 },
        combine: { evidence: 'extrapolated', range: { tokens: [1, 1024], ranks: [8, 64], nodes: [1, 8], topk: [1, 10] }, latency: 0.00001031, latencyExponent: 0.001, efficiency: 0.4048, efficiencyExponent: 0.09708, nodeLatency: 0.00000671, networkEfficiency: 0.9052 },
      },
      network: { evidence: 'extrapolated', range: { nodes: [2, 2], bytes: [1048576, 1073741824] }, latency: 0.00006376, efficiency: 1, sharpness: 2.259 },
    },
  },
  reports: [
    { operator: 'gemm', format: 'bf16', table: 'gemm_perf', version: '1.3.0rc20', rows: 3925, median: 0.0527, p90: 0.2419, aboveFloor: { rows: 3271, median: 0.051, p90: 0.2489 }, leftOut: { 'served from L2': 3320 } },
    { operator: 'gemm', format: 'fp8', table: 'gemm_perf', version: '1.3.0rc20', rows: 3803, median: 0.0506, p90: 0.1797, aboveFloor: { rows: 2395, median: 0.0411, p90: 0.176 }, leftOut: { 'served from L2': 3442 } },
    { operator: 'gemm', format: 'fp8Block', table: 'gemm_perf', version: '1.3.0rc20', rows: 2968, median: 0.0683, p90: 0.3303, aboveFloor: { rows: 2968, median: 0.0683, p90: 0.3303 }, leftOut: { 'served from L2': 2972 } },
    { operator: 'gemm', format: 'fp4', table: 'gemm_perf', version: '1.3.0rc20', rows: 2857, median: 0.0437, p90: 0.1948, aboveFloor: { rows: 2646, median: 0.0464, p90: 0.2028 }, leftOut: { 'served from L2': 3128 } },
    { operator: 'experts', format: 'bf16 bfloat16 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 44469, median: 0.0778, p90: 0.3309, aboveFloor: { rows: 44469, median: 0.0778, p90: 0.3309 }, leftOut: { 'falls as tokens grow': 2266 } },
    { operator: 'experts', format: 'fp8 fp8 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 36612, median: 0.0894, p90: 0.3916, aboveFloor: { rows: 36288, median: 0.09, p90: 0.3931 }, leftOut: { 'falls as tokens grow': 3240 } },
    { operator: 'experts', format: 'fp4 nvfp4 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 44793, median: 0.0742, p90: 0.2477, aboveFloor: { rows: 41314, median: 0.0776, p90: 0.253 }, leftOut: { 'falls as tokens grow': 5589 } },
    { operator: 'experts', format: 'fp8Block fp8_block triton_fp8_block', table: 'moe_perf', version: '1.3.0rc20', rows: 32157, median: 0.2013, p90: 0.7183, aboveFloor: { rows: 32157, median: 0.2013, p90: 0.7183 }, leftOut: { 'falls as tokens grow': 81 } },
    { operator: 'experts', format: 'mxfp4 w4a8_mxfp4_mxfp8 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 5265, median: 0.0705, p90: 0.2119, aboveFloor: { rows: 5259, median: 0.0705, p90: 0.2123 }, leftOut: { 'falls as tokens grow': 81 } },
    { operator: 'prefill attention', format: 'bf16', table: 'context_attention_perf', version: '1.3.0rc20', rows: 17443, median: 0.084, p90: 0.3031, aboveFloor: { rows: 14790, median: 0.0873, p90: 0.3267 }, leftOut: {} },
    { operator: 'prefill attention, window', format: 'bf16', table: 'context_attention_perf', version: '1.3.0rc20', rows: 6562, median: 0.0824, p90: 0.3053, aboveFloor: { rows: 4997, median: 0.0963, p90: 0.3429 }, leftOut: {} },
    { operator: 'prefill attention', format: 'fp8', table: 'context_attention_perf', version: '1.3.0rc20', rows: 17443, median: 0.0838, p90: 0.301, aboveFloor: { rows: 14604, median: 0.0865, p90: 0.328 }, leftOut: {} },
    { operator: 'prefill attention, window', format: 'fp8', table: 'context_attention_perf', version: '1.3.0rc20', rows: 6562, median: 0.0865, p90: 0.3117, aboveFloor: { rows: 4980, median: 0.1037, p90: 0.3368 }, leftOut: {} },
    { operator: 'decode attention, shared KV heads', format: 'bf16', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 5736, median: 0.0308, p90: 0.2673, aboveFloor: { rows: 2490, median: 0.0113, p90: 0.2204 }, leftOut: { 'unusual heads': 3216, 'served from L2': 7536, 'faster than memory': 777 } },
    { operator: 'decode attention, own KV heads', format: 'bf16', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 2811, median: 0.0355, p90: 0.1749, aboveFloor: { rows: 1730, median: 0.0249, p90: 0.097 }, leftOut: {} },
    { operator: 'decode attention, shared KV heads', format: 'fp8', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 5781, median: 0.0702, p90: 0.3176, aboveFloor: { rows: 2041, median: 0.1284, p90: 0.4771 }, leftOut: { 'unusual heads': 3216, 'served from L2': 7956, 'faster than memory': 455 } },
    { operator: 'decode attention, own KV heads', format: 'fp8', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 2668, median: 0.0518, p90: 0.217, aboveFloor: { rows: 1292, median: 0.0325, p90: 0.1416 }, leftOut: {} },
    { operator: 'MLA prefill', format: 'bf16', table: 'context_mla_perf', version: '1.3.0rc20', rows: 880, median: 0.0585, p90: 0.2428, aboveFloor: { rows: 709, median: 0.0526, p90: 0.2555 }, leftOut: {} },
    { operator: 'MLA decode', format: 'bf16', table: 'generation_mla_perf', version: '1.3.0rc20', rows: 850, median: 0.0657, p90: 0.2382, aboveFloor: { rows: 553, median: 0.0562, p90: 0.2222 }, leftOut: { 'served from L2': 598 } },
    { operator: 'MLA prefill', format: 'fp8', table: 'context_mla_perf', version: '1.3.0rc20', rows: 880, median: 0.0789, p90: 0.6345, aboveFloor: { rows: 688, median: 0.0792, p90: 0.7889 }, leftOut: {} },
    { operator: 'MLA decode', format: 'fp8', table: 'generation_mla_perf', version: '1.3.0rc20', rows: 850, median: 0.0782, p90: 0.5331, aboveFloor: { rows: 536, median: 0.0722, p90: 1.3575 }, leftOut: { 'served from L2': 598 } },
    { operator: 'NCCL allReduce', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 63, median: 0.0368, p90: 0.1301, aboveFloor: { rows: 36, median: 0.0656, p90: 0.1528 }, leftOut: {} },
    { operator: 'NCCL allGather', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 63, median: 0.033, p90: 0.1172, aboveFloor: { rows: 36, median: 0.0419, p90: 0.1302 }, leftOut: {} },
    { operator: 'NCCL reduceScatter', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 63, median: 0.0338, p90: 0.1248, aboveFloor: { rows: 36, median: 0.0422, p90: 0.14 }, leftOut: {} },
    { operator: 'NCCL allToAll', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 63, median: 0.0522, p90: 0.19, aboveFloor: { rows: 41, median: 0.0707, p90: 0.2204 }, leftOut: {} },
    { operator: 'all-reduce in a CUDA graph', format: 'bf16', table: 'custom_allreduce_perf', version: '1.3.0rc20', rows: 69, median: 0.0374, p90: 0.1386, aboveFloor: { rows: 40, median: 0.0517, p90: 0.2004 }, leftOut: {} },
  ],
};
