/** Made by `npm run calibrate` from operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0). Not to be edited. */
import type { Calibration } from '../calibration.ts';

export const l40s: Calibration = {
  id: 'l40s',
  gpu: 'L40S-48GB',
  source: 'operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0)',
  released: '2026-08-21',
  curves: {
    evidence: 'calibrated',
    source: 'L40S-48GB: operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0)',
    sustainedClocks: true,
    gemm: {
      bf16: { evidence: 'calibrated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.6078, half: 369400, halfDepth: 81.3, sharpness: 4.515, memoryEfficiency: 0.8013, rampPerRootDepth: 3e-12, quantise: 0.1259, cachedInputs: 5000000000, floor: 0.000001696 },
      fp8: { evidence: 'calibrated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.5363, half: 2195, halfDepth: 27.29, sharpness: 2.452, memoryEfficiency: 0.8045, rampPerRootDepth: 1.723e-8, quantise: 2.506, cachedInputs: 153400000, floor: 0.00001214 },
      fp8Block: { evidence: 'calibrated', range: { m: [1, 16384], n: [128, 65536], k: [128, 65536] }, efficiency: 0.3025, half: 316300, halfDepth: 76.78, sharpness: 4.237, memoryEfficiency: 0.7721, rampPerRootDepth: 3e-12, quantise: 5.043, cachedInputs: 923500000, floor: 0.000003205 },
      fp4: { evidence: 'extrapolated', range: { m: [1, 16384], n: [128, 65536], k: [128, 65536] }, efficiency: 0.3025, half: 316300, halfDepth: 76.78, sharpness: 4.237, memoryEfficiency: 0.7721, rampPerRootDepth: 3e-12, quantise: 5.043, cachedInputs: 923500000, floor: 0.000003205 },
      int8: { evidence: 'extrapolated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.5363, half: 2195, halfDepth: 27.29, sharpness: 2.452, memoryEfficiency: 0.8045, rampPerRootDepth: 1.723e-8, quantise: 2.506, cachedInputs: 153400000, floor: 0.00001214 },
    },
    groupedGemm: {
      bf16: [
        { evidence: 'calibrated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [16, 16384] }, efficiency: 0.5042, half: 84810, halfRows: 0.016, halfHidden: 0.01, halfIntermediate: 287.5, sharpness: 1.524, memoryEfficiency: 0.7525, rowEfficiency: 2.314, perExpert: 5.026e-8, perRoute: 4.631e-10, ramp: 1e-7, rampTokens: 30000, floor: 0.000004452 },
      ],
      fp8: [
        { evidence: 'calibrated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [32, 16384] }, efficiency: 0.9516, half: 421200, halfRows: 0.016, halfHidden: 4280, halfIntermediate: 0.1, sharpness: 12, memoryEfficiency: 0.7513, rowEfficiency: 0.6956, perExpert: 2.229e-8, perRoute: 3e-14, ramp: 0.0001131, rampTokens: 30000, floor: 2e-7 },
      ],
      fp8Block: [
        { evidence: 'extrapolated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [32, 16384] }, efficiency: 0.9516, half: 421200, halfRows: 0.016, halfHidden: 4280, halfIntermediate: 0.1, sharpness: 12, memoryEfficiency: 0.7513, rowEfficiency: 0.6956, perExpert: 2.229e-8, perRoute: 3e-14, ramp: 0.0001131, rampTokens: 30000, floor: 2e-7 },
      ],
      fp4: [
        { evidence: 'extrapolated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [32, 16384] }, efficiency: 0.9516, half: 421200, halfRows: 0.016, halfHidden: 4280, halfIntermediate: 0.1, sharpness: 12, memoryEfficiency: 0.7513, rowEfficiency: 0.6956, perExpert: 2.229e-8, perRoute: 3e-14, ramp: 0.0001131, rampTokens: 30000, floor: 2e-7 },
      ],
      int8: [
        { evidence: 'extrapolated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [32, 16384] }, efficiency: 0.9516, half: 421200, halfRows: 0.016, halfHidden: 4280, halfIntermediate: 0.1, sharpness: 12, memoryEfficiency: 0.7513, rowEfficiency: 0.6956, perExpert: 2.229e-8, perRoute: 3e-14, ramp: 0.0001131, rampTokens: 30000, floor: 2e-7 },
      ],
      mxfp4: [
        { evidence: 'extrapolated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [16, 16384] }, efficiency: 0.5042, half: 84810, halfRows: 0.016, halfHidden: 0.01, halfIntermediate: 287.5, sharpness: 1.524, memoryEfficiency: 0.7525, rowEfficiency: 2.314, perExpert: 5.026e-8, perRoute: 4.631e-10, ramp: 1e-7, rampTokens: 30000, floor: 0.000004452 },
      ],
      weightOnly: [
        { evidence: 'extrapolated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [16, 16384] }, efficiency: 0.5042, half: 84810, halfRows: 0.016, halfHidden: 0.01, halfIntermediate: 287.5, sharpness: 1.524, memoryEfficiency: 0.7525, rowEfficiency: 2.314, perExpert: 5.026e-8, perRoute: 4.631e-10, ramp: 1e-7, rampTokens: 30000, floor: 0.000004452 },
      ],
    },
    prefillAttention: {
      full: {
        bf16: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 0.4185, half: 5.018, halfQueries: 216.6, idleQueries: 6665, halfDim: 6.504, memoryEfficiency: 2.819, floor: 0.000008736 },
        fp8: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 0.4228, half: 5.167, halfQueries: 215.7, idleQueries: 6489, halfDim: 6.805, memoryEfficiency: 3, floor: 0.000008915 },
      },
      window: {
        bf16: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 192] }, efficiency: 0.183, half: 38.81, halfQueries: 23.57, idleQueries: 318.7, halfDim: 0.05, memoryEfficiency: 3, floor: 0.000008704 },
        fp8: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 192] }, efficiency: 0.4007, half: 336.8, halfQueries: 7.315, idleQueries: 705.4, halfDim: 4.56, memoryEfficiency: 2.656, floor: 0.000007923 },
      },
    },
    decodeAttention: {
      grouped: {
        bf16: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [2, 128], headDim: [64, 256] }, efficiency: 0.3369, memoryEfficiency: 0.7447, sharpness: 1.514, perTile: 1.198e-8, headsPerTile: 18.33, ramp: 2e-7, rampBytes: 50000000000, serial: 0.000005987, serialTokens: 244.3, floor: 0.0000065 },
        fp8: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [2, 128], headDim: [64, 256] }, efficiency: 1.512, memoryEfficiency: 0.8423, sharpness: 1, perTile: 8.835e-9, headsPerTile: 32.5, ramp: 0.002, rampBytes: 21230000000, serial: 0.04022, serialTokens: 5000000, floor: 0.000008816 },
      },
      multiHead: {
        bf16: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [1, 96], headDim: [64, 256] }, efficiency: 0.007657, memoryEfficiency: 0.8684, sharpness: 2.668, perTile: 5.097e-9, headsPerTile: 2.341, ramp: 2e-7, rampBytes: 50000000000, serial: 0.000005496, serialTokens: 222.9, floor: 0.000006328 },
        fp8: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [1, 96], headDim: [64, 256] }, efficiency: 0.004976, memoryEfficiency: 0.8371, sharpness: 3.673, perTile: 2.261e-9, headsPerTile: 0.08, ramp: 0.0000352, rampBytes: 4817000, serial: 0.0007917, serialTokens: 112800, floor: 0.00001339 },
      },
    },
    mlaPrefill: {
      bf16: { evidence: 'calibrated', range: { queries: [16, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 128], qkDim: [192, 192] }, efficiency: 0.4587, half: 42.86, halfQueries: 83.87, idleQueries: 4926, halfDim: 0.001, memoryEfficiency: 3, floor: 0.000007687 },
      fp8: { evidence: 'calibrated', range: { queries: [16, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 128], qkDim: [192, 192] }, efficiency: 0.4581, half: 41.57, halfQueries: 88.12, idleQueries: 4896, halfDim: 0.001, memoryEfficiency: 3, floor: 0.000007765 },
    },
    mlaDecode: {
      bf16: { evidence: 'calibrated', range: { sequences: [1, 1024], context: [2, 131072], heads: [1, 128], headDim: [576, 576] }, efficiency: 0.38, memoryEfficiency: 0.8998, sharpness: 4.021, perTile: 4.462e-8, headsPerTile: 13.39, ramp: 0.00001526, rampBytes: 355100000, serial: 0.05, serialTokens: 885700, floor: 0.000008478 },
      fp8: { evidence: 'calibrated', range: { sequences: [1, 1024], context: [2, 131072], heads: [1, 128], headDim: [576, 576] }, efficiency: 0.3482, memoryEfficiency: 0.4627, sharpness: 10.5, perTile: 5.832e-8, headsPerTile: 498.9, ramp: 2e-7, rampBytes: 50000000000, serial: 0.05, serialTokens: 864100, floor: 0.000008345 },
    },
    stream: { efficiency: 0.8, floor: 0.000002, cachedBytes: 153400000 },
    collectives: {
      allReduce: { evidence: 'extrapolated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000003229, latencyExponent: 0.9767, ramp: 0.000004002, rampExponent: 1.165, rampBytes: 353100, rampBytesExponent: 0.01, efficiency: 0.6685, efficiencyExponent: -0.2699, efficiencyRanks: 8, hostLink: 63000000000 },
      allGather: { evidence: 'extrapolated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.00000365, latencyExponent: 0.6642, ramp: 0.000004743, rampExponent: 0.7979, rampBytes: 330300, rampBytesExponent: 0.01, efficiency: 0.5676, efficiencyExponent: -0.2144, efficiencyRanks: 8, hostLink: 63000000000 },
      reduceScatter: { evidence: 'extrapolated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000003376, latencyExponent: 0.7203, ramp: 0.000004456, rampExponent: 0.8255, rampBytes: 356000, rampBytesExponent: 0.01, efficiency: 0.5325, efficiencyExponent: -0.1815, efficiencyRanks: 8, hostLink: 63000000000 },
      allToAll: { evidence: 'extrapolated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000005391, latencyExponent: 0.2578, ramp: 5.402e-7, rampExponent: 1.764, rampBytes: 14370, rampBytesExponent: 0.7021, efficiency: 0.4252, efficiencyExponent: -0.1319, efficiencyRanks: 8, hostLink: 63000000000 },
      customAllReduce: {
        oneShot: { evidence: 'extrapolated', range: { ranks: [2, 8], bytes: [256, 1073741824] }, latency: 0.000004142, latencyExponent: 0.8457, ramp: 0, rampExponent: 0.933, rampBytes: 80840, rampBytesExponent: 0.01, efficiency: 0.5621, efficiencyExponent: 0, efficiencyRanks: 8, hostLink: 63000000000 },
        twoShot: { evidence: 'extrapolated', range: { ranks: [2, 8], bytes: [256, 1073741824] }, latency: 0.000002434, latencyExponent: 1.383, ramp: 0.000002907, rampExponent: 0.933, rampBytes: 80840, rampBytesExponent: 0.01, efficiency: 0.5069, efficiencyExponent: -0.1582, efficiencyRanks: 8, hostLink: 63000000000 },
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
    { operator: 'gemm', format: 'bf16', table: 'gemm_perf', version: '1.3.0rc20', rows: 3547, median: 0.0692, p90: 0.2643, aboveFloor: { rows: 3067, median: 0.0722, p90: 0.2673 }, leftOut: { 'served from L2': 3698 } },
    { operator: 'gemm', format: 'fp8', table: 'gemm_perf', version: '1.3.0rc20', rows: 3235, median: 0.0563, p90: 0.1585, aboveFloor: { rows: 2240, median: 0.0644, p90: 0.1529 }, leftOut: { 'served from L2': 4010 } },
    { operator: 'gemm', format: 'fp8Block', table: 'gemm_perf', version: '1.3.0rc20', rows: 2495, median: 0.0389, p90: 0.1751, aboveFloor: { rows: 2214, median: 0.0408, p90: 0.1988 }, leftOut: { 'served from L2': 3445 } },
    { operator: 'experts', format: 'fp8 fp8 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 36593, median: 0.1047, p90: 0.791, aboveFloor: { rows: 36593, median: 0.1047, p90: 0.791 }, leftOut: { 'falls as tokens grow': 3240 } },
    { operator: 'experts', format: 'bf16 bfloat16 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 43713, median: 0.085, p90: 0.9632, aboveFloor: { rows: 43713, median: 0.085, p90: 0.9632 }, leftOut: { 'falls as tokens grow': 2916 } },
    { operator: 'prefill attention', format: 'bf16', table: 'context_attention_perf', version: '1.3.0rc20', rows: 18287, median: 0.0974, p90: 0.4079, aboveFloor: { rows: 14768, median: 0.1118, p90: 0.4488 }, leftOut: {} },
    { operator: 'prefill attention, window', format: 'bf16', table: 'context_attention_perf', version: '1.3.0rc20', rows: 6910, median: 0.1607, p90: 0.5501, aboveFloor: { rows: 5265, median: 0.2458, p90: 0.6484 }, leftOut: {} },
    { operator: 'prefill attention', format: 'fp8', table: 'context_attention_perf', version: '1.3.0rc20', rows: 18287, median: 0.0939, p90: 0.3899, aboveFloor: { rows: 14708, median: 0.1069, p90: 0.4263 }, leftOut: {} },
    { operator: 'prefill attention, window', format: 'fp8', table: 'context_attention_perf', version: '1.3.0rc20', rows: 6911, median: 0.2513, p90: 0.6317, aboveFloor: { rows: 5351, median: 0.3317, p90: 0.7317 }, leftOut: {} },
    { operator: 'decode attention, shared KV heads', format: 'bf16', table: 'generation_attention_perf', version: '1.3.0rc15', rows: 10011, median: 0.0422, p90: 0.1738, aboveFloor: { rows: 4156, median: 0.0349, p90: 0.1435 }, leftOut: { 'unusual heads': 13612, 'served from L2': 16911, 'faster than memory': 556 } },
    { operator: 'decode attention, own KV heads', format: 'bf16', table: 'generation_attention_perf', version: '1.3.0rc15', rows: 4994, median: 0.0366, p90: 0.1321, aboveFloor: { rows: 2949, median: 0.0283, p90: 0.0936 }, leftOut: {} },
    { operator: 'decode attention, shared KV heads', format: 'fp8', table: 'generation_attention_perf', version: '1.3.0rc15', rows: 9701, median: 0.1244, p90: 0.3657, aboveFloor: { rows: 3250, median: 0.1751, p90: 0.5966 }, leftOut: { 'unusual heads': 13612, 'served from L2': 17800 } },
    { operator: 'decode attention, own KV heads', format: 'fp8', table: 'generation_attention_perf', version: '1.3.0rc15', rows: 4971, median: 0.1458, p90: 0.3357, aboveFloor: { rows: 2705, median: 0.1252, p90: 0.282 }, leftOut: {} },
    { operator: 'MLA prefill', format: 'bf16', table: 'context_mla_perf', version: '1.0.0', rows: 1218, median: 0.1183, p90: 0.5213, aboveFloor: { rows: 957, median: 0.1202, p90: 0.5279 }, leftOut: {} },
    { operator: 'MLA decode', format: 'bf16', table: 'generation_mla_perf', version: '1.0.0', rows: 1344, median: 0.1014, p90: 0.2537, aboveFloor: { rows: 923, median: 0.1041, p90: 0.255 }, leftOut: { 'served from L2': 1190 } },
    { operator: 'MLA prefill', format: 'fp8', table: 'context_mla_perf', version: '1.0.0', rows: 1218, median: 0.1168, p90: 0.5206, aboveFloor: { rows: 960, median: 0.1198, p90: 0.527 }, leftOut: {} },
    { operator: 'MLA decode', format: 'fp8', table: 'generation_mla_perf', version: '1.0.0', rows: 1292, median: 0.101, p90: 0.2454, aboveFloor: { rows: 832, median: 0.1071, p90: 0.2442 }, leftOut: { 'served from L2': 1242 } },
  ],
};
