/** Made by `npm run calibrate` from operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0). Not to be edited. */
import type { Calibration } from '../calibration.ts';

export const h100Sxm: Calibration = {
  id: 'h100-sxm',
  gpu: 'H100-SXM-80GB',
  source: 'operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0)',
  released: '2026-08-21',
  curves: {
    evidence: 'calibrated',
    source: 'H100-SXM-80GB: operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0)',
    gemm: {
      bf16: { evidence: 'calibrated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.813, half: 7032, halfDepth: 124.6, sharpness: 4.082, memoryEfficiency: 0.8737, rampPerRootDepth: 3.088e-8, quantise: 0.0001, cachedInputs: 5000000000, floor: 0.000002409 },
      fp8: { evidence: 'calibrated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.78, half: 9260, halfDepth: 327.2, sharpness: 2.868, memoryEfficiency: 0.8667, rampPerRootDepth: 2.521e-8, quantise: 2.83, cachedInputs: 10450000, floor: 0.00001222 },
      fp8Block: { evidence: 'calibrated', range: { m: [1, 16384], n: [128, 65536], k: [128, 65536] }, efficiency: 0.7171, half: 659800, halfDepth: 700.9, sharpness: 2.698, memoryEfficiency: 0.8283, rampPerRootDepth: 1.36e-8, quantise: 1.84, cachedInputs: 5700000, floor: 0.000003556 },
      fp4: { evidence: 'extrapolated', range: { m: [1, 16384], n: [128, 65536], k: [128, 65536] }, efficiency: 0.7171, half: 659800, halfDepth: 700.9, sharpness: 2.698, memoryEfficiency: 0.8283, rampPerRootDepth: 1.36e-8, quantise: 1.84, cachedInputs: 5700000, floor: 0.000003556 },
      int8: { evidence: 'extrapolated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.78, half: 9260, halfDepth: 327.2, sharpness: 2.868, memoryEfficiency: 0.8667, rampPerRootDepth: 2.521e-8, quantise: 2.83, cachedInputs: 10450000, floor: 0.00001222 },
    },
    groupedGemm: {
      bf16: [
        { evidence: 'calibrated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [16, 16384] }, efficiency: 0.9057, half: 441900, halfRows: 140.6, halfHidden: 0.01, halfIntermediate: 43.91, sharpness: 1.94, memoryEfficiency: 1, rowEfficiency: 0.4918, perExpert: 4.5e-8, perRoute: 4.154e-10, ramp: 0.000009455, rampTokens: 503.4, floor: 0.00001595 },
      ],
      fp8: [
        { evidence: 'calibrated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [32, 16384] }, efficiency: 0.8122, half: 345700, halfRows: 64.86, halfHidden: 0.01, halfIntermediate: 299.8, sharpness: 1.657, memoryEfficiency: 0.9014, rowEfficiency: 0.7348, perExpert: 3.985e-8, perRoute: 7.507e-10, ramp: 0.0000108, rampTokens: 551.3, floor: 0.00002201 },
      ],
      fp8Block: [
        { evidence: 'calibrated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 7168], intermediate: [128, 16384] }, efficiency: 0.4837, half: 251300, halfRows: 4.924, halfHidden: 0.01, halfIntermediate: 1123, sharpness: 1.226, memoryEfficiency: 0.894, rowEfficiency: 0.6799, perExpert: 2.448e-7, perRoute: 4.681e-10, ramp: 0.00001025, rampTokens: 623.9, floor: 0.00001534 },
      ],
      fp4: [
        { evidence: 'extrapolated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 7168], intermediate: [128, 16384] }, efficiency: 0.4837, half: 251300, halfRows: 4.924, halfHidden: 0.01, halfIntermediate: 1123, sharpness: 1.226, memoryEfficiency: 0.894, rowEfficiency: 0.6799, perExpert: 2.448e-7, perRoute: 4.681e-10, ramp: 0.00001025, rampTokens: 623.9, floor: 0.00001534 },
      ],
      int8: [
        { evidence: 'extrapolated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [32, 16384] }, efficiency: 0.8122, half: 345700, halfRows: 64.86, halfHidden: 0.01, halfIntermediate: 299.8, sharpness: 1.657, memoryEfficiency: 0.9014, rowEfficiency: 0.7348, perExpert: 3.985e-8, perRoute: 7.507e-10, ramp: 0.0000108, rampTokens: 551.3, floor: 0.00002201 },
      ],
      mxfp4: [
        { evidence: 'calibrated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 64], hidden: [2880, 2880], intermediate: [2880, 2880] }, efficiency: 0.5655, half: 162600, halfRows: 2.47, halfHidden: 96.88, halfIntermediate: 100, sharpness: 1, memoryEfficiency: 1, rowEfficiency: 0.4083, perExpert: 1.121e-7, perRoute: 1.421e-8, ramp: 0.00004253, rampTokens: 23.99, floor: 0.00005985 },
      ],
      weightOnly: [
        { evidence: 'extrapolated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [16, 16384] }, efficiency: 0.5042, half: 84810, halfRows: 0.016, halfHidden: 0.01, halfIntermediate: 287.5, sharpness: 1.524, memoryEfficiency: 0.7525, rowEfficiency: 2.314, perExpert: 4.5e-8, perRoute: 4.154e-10, ramp: 0.000009455, rampTokens: 503.4, floor: 0.00001595 },
      ],
    },
    prefillAttention: {
      full: {
        bf16: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 0.8158, half: 33.22, halfQueries: 587.1, idleQueries: 18110, halfDim: 54.69, memoryEfficiency: 0.7617, floor: 0.00001405 },
        fp8: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 1.429, half: 28.27, halfQueries: 998.3, idleQueries: 21520, halfDim: 100.2, memoryEfficiency: 1.232, floor: 0.00001525 },
      },
      window: {
        bf16: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 192] }, efficiency: 4, half: 417.8, halfQueries: 46.22, idleQueries: 12610, halfDim: 696.2, memoryEfficiency: 0.4831, floor: 0.00001129 },
        fp8: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 192] }, efficiency: 4, half: 1135, halfQueries: 18.09, idleQueries: 6185, halfDim: 480, memoryEfficiency: 0.8015, floor: 0.00001207 },
      },
    },
    decodeAttention: {
      grouped: {
        bf16: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [2, 128], headDim: [64, 256] }, efficiency: 0.09196, memoryEfficiency: 0.9009, sharpness: 2.818, perTile: 3.121e-8, headsPerTile: 103.9, ramp: 0.00001514, rampBytes: 100400000, serial: 0.000004244, serialTokens: 124.5, floor: 0.000007965 },
        fp8: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [2, 128], headDim: [64, 256] }, efficiency: 0.0919, memoryEfficiency: 0.9779, sharpness: 2.266, perTile: 6.78e-9, headsPerTile: 19.05, ramp: 0.00001404, rampBytes: 266000000, serial: 0.000005984, serialTokens: 1226, floor: 0.000006126 },
      },
      multiHead: {
        bf16: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [1, 64], headDim: [64, 256] }, efficiency: 4, memoryEfficiency: 0.9299, sharpness: 1.912, perTile: 3.703e-9, headsPerTile: 0.5807, ramp: 0.00001351, rampBytes: 367500000, serial: 0.000009741, serialTokens: 898.4, floor: 0.000007896 },
        fp8: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [1, 64], headDim: [64, 256] }, efficiency: 4, memoryEfficiency: 1, sharpness: 1.934, perTile: 2.598e-9, headsPerTile: 0.3463, ramp: 0.0002204, rampBytes: 1838000000, serial: 0.00001384, serialTokens: 1172, floor: 0.00000865 },
      },
    },
    mlaPrefill: {
      bf16: { evidence: 'calibrated', range: { queries: [1, 32768], history: [0, 0], sequences: [1, 256], heads: [1, 128], qkDim: [192, 192] }, efficiency: 0.6541, half: 128.5, halfQueries: 172.5, idleQueries: 22510, halfDim: 0.001, memoryEfficiency: 2.222, floor: 0.00001219 },
      fp8: { evidence: 'calibrated', range: { queries: [1, 32768], history: [0, 0], sequences: [1, 256], heads: [1, 128], qkDim: [192, 192] }, efficiency: 0.7658, half: 26.65, halfQueries: 852.3, idleQueries: 25570, halfDim: 0.001, memoryEfficiency: 0.8285, floor: 0.00001771 },
    },
    mlaDecode: {
      bf16: { evidence: 'calibrated', range: { sequences: [1, 1024], context: [2, 131072], heads: [1, 128], headDim: [576, 576] }, efficiency: 1.371, memoryEfficiency: 0.9545, sharpness: 1.559, perTile: 2.993e-8, headsPerTile: 30.18, ramp: 0.00001196, rampBytes: 532300000, serial: 0.000006644, serialTokens: 3402, floor: 0.00001288 },
      fp8: { evidence: 'calibrated', range: { sequences: [1, 1024], context: [2, 131072], heads: [1, 128], headDim: [576, 576] }, efficiency: 0.9447, memoryEfficiency: 0.9035, sharpness: 1.817, perTile: 2.969e-8, headsPerTile: 18.93, ramp: 0.00002047, rampBytes: 650500000, serial: 0.000006308, serialTokens: 2243, floor: 0.0000125 },
    },
    stream: { efficiency: 0.887, floor: 0.000002, cachedBytes: 10450000 },
    collectives: {
      allReduce: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000004013, latencyExponent: 0.6746, ramp: 0.00001001, rampExponent: 0.7197, rampBytes: 1768000, rampBytesExponent: 0.7477, efficiency: 0.5447, efficiencyExponent: 0.2862, efficiencyRanks: 8 },
      allGather: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000003927, latencyExponent: 0.4962, ramp: 0.00001888, rampExponent: 0.01, rampBytes: 4015000, rampBytesExponent: 0.1129, efficiency: 0.5109, efficiencyExponent: 0.1887, efficiencyRanks: 8 },
      reduceScatter: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000004077, latencyExponent: 0.4564, ramp: 0.00001034, rampExponent: 0.26, rampBytes: 2245000, rampBytesExponent: 0.6592, efficiency: 0.4462, efficiencyExponent: 0.2644, efficiencyRanks: 8 },
      allToAll: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000005669, latencyExponent: 0.1369, ramp: 0.00000688, rampExponent: 0.01, rampBytes: 21020, rampBytesExponent: 1.289, efficiency: 0.548, efficiencyExponent: 0.0913, efficiencyRanks: 8 },
      customAllReduce: {
        twoShot: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [256, 1073741824] }, latency: 0.000004825, latencyExponent: 0.5994, ramp: 0.0000128, rampExponent: 0.6508, rampBytes: 8902000, rampBytesExponent: 0.01, efficiency: 0.5619, efficiencyExponent: 0.2795, efficiencyRanks: 8 },
        oneShot: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [256, 1073741824] }, latency: 0.000002544, latencyExponent: 0.1087, ramp: 0, rampExponent: 0.6508, rampBytes: 8902000, rampBytesExponent: 0.01, efficiency: 0.6129, efficiencyExponent: 0, efficiencyRanks: 8 },
      },
      exchangeNormal: {
        dedupe: true,
        dispatch: { evidence: 'calibrated', range: { tokens: [1, 131072], ranks: [8, 32], nodes: [1, 4], topk: [1, 22] }, latency: 0.00001585, latencyExponent: 0.2495, efficiency: 0.5178, efficiencyExponent: 0.05998, nodeLatency: 1e-7, networkEfficiency: 0.8645 },
        combine: { evidence: 'calibrated', range: { tokens: [1, 131072], ranks: [8, 64], nodes: [1, 8], topk: [1, 22] }, latency: 0.00003512, latencyExponent: 0.05388, efficiency: 0.5324, efficiencyExponent: 0.08014, nodeLatency: 0.000008979, networkEfficiency: 0.7751 },
      },
      exchangeLowLatency: {
        dedupe: false,
        dispatch: { evidence: 'calibrated', range: { tokens: [1, 1024], ranks: [8, 64], nodes: [1, 8], topk: [1, 10] }, latency: 0.00001153, latencyExponent: 0.001, efficiency: 0.5404, efficiencyExponent: 0.009546, nodeLatency: 0.000005953, networkEfficiency: 0.9378 },
        combine: { evidence: 'calibrated', range: { tokens: [1, 1024], ranks: [8, 64], nodes: [1, 8], topk: [1, 10] }, latency: 0.0000114, latencyExponent: 0.001, efficiency: 0.4334, efficiencyExponent: 0.05119, nodeLatency: 0.000006242, networkEfficiency: 0.9069 },
      },
      network: { evidence: 'calibrated', range: { nodes: [2, 2], bytes: [1048576, 1073741824] }, latency: 0.00006376, efficiency: 1, sharpness: 2.259 },
    },
  },
  reports: [
    { operator: 'gemm', format: 'bf16', table: 'gemm_perf', version: '1.3.0rc20', rows: 7245, median: 0.0429, p90: 0.1703, aboveFloor: { rows: 5885, median: 0.0413, p90: 0.155 }, leftOut: {} },
    { operator: 'gemm', format: 'fp8', table: 'gemm_perf', version: '1.3.0rc20', rows: 7245, median: 0.0289, p90: 0.0863, aboveFloor: { rows: 3541, median: 0.0265, p90: 0.0812 }, leftOut: {} },
    { operator: 'gemm', format: 'fp8Block', table: 'gemm_perf', version: '1.3.0rc20', rows: 5940, median: 0.039, p90: 0.1136, aboveFloor: { rows: 5000, median: 0.0408, p90: 0.1136 }, leftOut: {} },
    { operator: 'experts', format: 'fp8 fp8 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 33534, median: 0.0643, p90: 0.3153, aboveFloor: { rows: 27654, median: 0.0642, p90: 0.3414 }, leftOut: { 'falls as tokens grow': 6318 } },
    { operator: 'experts', format: 'bf16 bfloat16 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 35154, median: 0.0685, p90: 0.307, aboveFloor: { rows: 32928, median: 0.0673, p90: 0.3166 }, leftOut: { 'falls as tokens grow': 11502 } },
    { operator: 'experts', format: 'fp8Block fp8_block cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 38718, median: 0.0539, p90: 0.1568, aboveFloor: { rows: 35647, median: 0.0535, p90: 0.1533 }, leftOut: { 'falls as tokens grow': 81 } },
    { operator: 'experts', format: 'mxfp4 w4a16_mxfp4 torch', table: 'moe_perf', version: '1.3.0rc20', rows: 1053, median: 0.059, p90: 0.19, aboveFloor: { rows: 818, median: 0.0695, p90: 0.1997 }, leftOut: {} },
    { operator: 'prefill attention', format: 'bf16', table: 'context_attention_perf', version: '1.3.0rc20', rows: 18295, median: 0.0695, p90: 0.1702, aboveFloor: { rows: 14215, median: 0.063, p90: 0.1442 }, leftOut: {} },
    { operator: 'prefill attention, window', format: 'bf16', table: 'context_attention_perf', version: '1.3.0rc20', rows: 6911, median: 0.0587, p90: 0.2443, aboveFloor: { rows: 5580, median: 0.0609, p90: 0.2587 }, leftOut: {} },
    { operator: 'prefill attention', format: 'fp8', table: 'context_attention_perf', version: '1.3.0rc20', rows: 18290, median: 0.0572, p90: 0.1758, aboveFloor: { rows: 13799, median: 0.0566, p90: 0.1814 }, leftOut: {} },
    { operator: 'prefill attention, window', format: 'fp8', table: 'context_attention_perf', version: '1.3.0rc20', rows: 6911, median: 0.0876, p90: 0.4001, aboveFloor: { rows: 5517, median: 0.0966, p90: 0.4397 }, leftOut: {} },
    { operator: 'decode attention, shared KV heads', format: 'bf16', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 11671, median: 0.0791, p90: 0.2711, aboveFloor: { rows: 7125, median: 0.0705, p90: 0.2569 }, leftOut: { 'unusual heads': 3600 } },
    { operator: 'decode attention, own KV heads', format: 'bf16', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 5189, median: 0.0862, p90: 0.2258, aboveFloor: { rows: 3378, median: 0.0786, p90: 0.2102 }, leftOut: {} },
    { operator: 'decode attention, shared KV heads', format: 'fp8', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 11671, median: 0.0987, p90: 0.2969, aboveFloor: { rows: 5919, median: 0.0818, p90: 0.3655 }, leftOut: { 'unusual heads': 3047 } },
    { operator: 'decode attention, own KV heads', format: 'fp8', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 5189, median: 0.0968, p90: 0.2766, aboveFloor: { rows: 3118, median: 0.106, p90: 0.257 }, leftOut: {} },
    { operator: 'MLA prefill', format: 'bf16', table: 'context_mla_perf', version: '1.3.0rc20', rows: 880, median: 0.0491, p90: 0.1646, aboveFloor: { rows: 648, median: 0.0519, p90: 0.178 }, leftOut: {} },
    { operator: 'MLA decode', format: 'bf16', table: 'generation_mla_perf', version: '1.3.0rc20', rows: 1448, median: 0.039, p90: 0.1687, aboveFloor: { rows: 746, median: 0.0227, p90: 0.1232 }, leftOut: {} },
    { operator: 'MLA prefill', format: 'fp8', table: 'context_mla_perf', version: '1.3.0rc20', rows: 880, median: 0.0337, p90: 0.144, aboveFloor: { rows: 610, median: 0.0236, p90: 0.1196 }, leftOut: {} },
    { operator: 'MLA decode', format: 'fp8', table: 'generation_mla_perf', version: '1.3.0rc20', rows: 1448, median: 0.0538, p90: 0.1822, aboveFloor: { rows: 725, median: 0.0386, p90: 0.1636 }, leftOut: {} },
    { operator: 'NCCL allReduce', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 63, median: 0.0383, p90: 0.0968, aboveFloor: { rows: 28, median: 0.0302, p90: 0.0786 }, leftOut: {} },
    { operator: 'NCCL allGather', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 63, median: 0.0445, p90: 0.0959, aboveFloor: { rows: 28, median: 0.0391, p90: 0.0737 }, leftOut: {} },
    { operator: 'NCCL reduceScatter', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 63, median: 0.0428, p90: 0.0895, aboveFloor: { rows: 26, median: 0.0417, p90: 0.0867 }, leftOut: {} },
    { operator: 'NCCL allToAll', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 63, median: 0.0474, p90: 0.1471, aboveFloor: { rows: 39, median: 0.0593, p90: 0.4985 }, leftOut: {} },
    { operator: 'all-reduce in a CUDA graph', format: 'bf16', table: 'custom_allreduce_perf', version: '1.3.0rc20', rows: 69, median: 0.0321, p90: 0.0872, aboveFloor: { rows: 36, median: 0.0371, p90: 0.1125 }, leftOut: {} },
    { operator: 'DeepEP normal, dispatch', format: 'fp8', table: 'wideep_deepep_normal_perf', version: '0.5.12', rows: 428, median: 0.0537, p90: 0.1735, aboveFloor: { rows: 174, median: 0.098, p90: 0.2692 }, leftOut: {} },
    { operator: 'DeepEP normal, combine', format: 'bf16', table: 'wideep_deepep_normal_perf', version: '0.5.12', rows: 434, median: 0.0927, p90: 0.2316, aboveFloor: { rows: 186, median: 0.0886, p90: 0.2785 }, leftOut: {} },
    { operator: 'DeepEP low-latency, dispatch', format: 'fp8', table: 'wideep_deepep_ll_perf', version: '0.5.12', rows: 194, median: 0.0682, p90: 0.2677, aboveFloor: { rows: 81, median: 0.0342, p90: 0.6533 }, leftOut: {} },
    { operator: 'DeepEP low-latency, combine', format: 'bf16', table: 'wideep_deepep_ll_perf', version: '0.5.12', rows: 194, median: 0.0517, p90: 0.137, aboveFloor: { rows: 90, median: 0.0423, p90: 0.1493 }, leftOut: {} },
    { operator: 'all-reduce across nodes', format: 'bf16', table: 'comm-microbench.json (drmysore/nebius-h100-16gpu-benchmark)', version: '', rows: 4, median: 0.071, p90: 0.089, aboveFloor: { rows: 3, median: 0.071, p90: 0.089 }, leftOut: {} },
  ],
};
