/** Made by `npm run calibrate` from operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0). Not to be edited. */
import type { Calibration } from '../calibration.ts';

export const b300Sxm: Calibration = {
  id: 'b300-sxm',
  gpu: 'B300-SXM',
  source: 'operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0)',
  released: '2026-08-21',
  curves: {
    evidence: 'calibrated',
    source: 'B300-SXM: operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0)',
    gemm: {
      bf16: { evidence: 'calibrated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.7195, half: 50, halfDepth: 24.14, sharpness: 3.633, memoryEfficiency: 0.7926, rampPerRootDepth: 3.336e-8, quantise: 0.0001, cachedInputs: 5000000000, floor: 0.000001605 },
      fp8: { evidence: 'calibrated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.739, half: 6844, halfDepth: 141.1, sharpness: 2.074, memoryEfficiency: 0.7872, rampPerRootDepth: 3.433e-8, quantise: 3.037, cachedInputs: 500000, floor: 0.00001272 },
      fp8Block: { evidence: 'calibrated', range: { m: [1, 16384], n: [128, 65536], k: [128, 65536] }, efficiency: 0.8827, half: 1426000, halfDepth: 729.9, sharpness: 2.162, memoryEfficiency: 0.7625, rampPerRootDepth: 3e-12, quantise: 1.234, cachedInputs: 6631000, floor: 0.000004661 },
      fp4: { evidence: 'calibrated', range: { m: [1, 16384], n: [128, 65536], k: [128, 65536] }, efficiency: 0.6119, half: 5407000, halfDepth: 3239, sharpness: 1.996, memoryEfficiency: 0.574, rampPerRootDepth: 3e-12, quantise: 1.593, cachedInputs: 500000, floor: 0.000002964 },
      int8: { evidence: 'extrapolated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.739, half: 6844, halfDepth: 141.1, sharpness: 2.074, memoryEfficiency: 0.7872, rampPerRootDepth: 3.433e-8, quantise: 3.037, cachedInputs: 500000, floor: 0.00001272 },
    },
    groupedGemm: {
      bf16: [
        { evidence: 'calibrated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [16, 16384] }, efficiency: 1.2, half: 769900, halfRows: 99.2, halfHidden: 0.01, halfIntermediate: 136.8, sharpness: 1.188, memoryEfficiency: 1, rowEfficiency: 0.3605, perExpert: 5.197e-8, perRoute: 3.929e-10, ramp: 0.000009441, rampTokens: 517.3, floor: 0.00001752 },
      ],
      fp8: [
        { evidence: 'calibrated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [32, 16384] }, efficiency: 1.107, half: 597200, halfRows: 33.99, halfHidden: 235.5, halfIntermediate: 872, sharpness: 1.275, memoryEfficiency: 0.8498, rowEfficiency: 0.515, perExpert: 4.85e-8, perRoute: 6.143e-10, ramp: 0.00001147, rampTokens: 559.2, floor: 0.00002283 },
      ],
      fp8Block: [
        { evidence: 'calibrated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 7168], intermediate: [128, 16384] }, efficiency: 0.5494, half: 368200, halfRows: 41.29, halfHidden: 0.01, halfIntermediate: 981.3, sharpness: 2.651, memoryEfficiency: 0.6921, rowEfficiency: 20, perExpert: 2.7e-7, perRoute: 1.109e-10, ramp: 0.00007142, rampTokens: 10700, floor: 0.00002274 },
        { evidence: 'extrapolated', rate: 'fp8', generated: true, range: { tokens: [1, 16384], experts: [1, 256], hidden: [2048, 7168], intermediate: [64, 16384] }, efficiency: 0.6342, half: 791400, halfRows: 74.63, halfHidden: 0.01, halfIntermediate: 260.8, sharpness: 1.71, memoryEfficiency: 0.9723, rowEfficiency: 20, perExpert: 1e-12, perRoute: 1.876e-9, ramp: 0.00001538, rampTokens: 205.6, floor: 0.00001402 },
      ],
      fp4: [
        { evidence: 'calibrated', rate: 'fp4', range: { tokens: [1, 16384], experts: [1, 512], hidden: [1024, 8192], intermediate: [64, 16384] }, efficiency: 0.7076, half: 737600, halfRows: 289.7, halfHidden: 858, halfIntermediate: 333, sharpness: 4.488, memoryEfficiency: 0.8465, rowEfficiency: 0.3547, perExpert: 1.164e-7, perRoute: 7.259e-10, ramp: 0.00003002, rampTokens: 3251, floor: 0.00002813 },
        { evidence: 'extrapolated', rate: 'fp4', generated: true, range: { tokens: [1, 16384], experts: [1, 256], hidden: [2048, 7168], intermediate: [64, 16384] }, efficiency: 0.5011, half: 791400, halfRows: 74.63, halfHidden: 0.01, halfIntermediate: 260.8, sharpness: 1.71, memoryEfficiency: 0.9723, rowEfficiency: 20, perExpert: 1e-12, perRoute: 1.876e-9, ramp: 0.00001538, rampTokens: 205.6, floor: 0.00001402 },
      ],
      int8: [
        { evidence: 'extrapolated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [32, 16384] }, efficiency: 1.107, half: 597200, halfRows: 33.99, halfHidden: 235.5, halfIntermediate: 872, sharpness: 1.275, memoryEfficiency: 0.8498, rowEfficiency: 0.515, perExpert: 4.85e-8, perRoute: 6.143e-10, ramp: 0.00001147, rampTokens: 559.2, floor: 0.00002283 },
      ],
      mxfp4: [
        { evidence: 'calibrated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 128], hidden: [2880, 2880], intermediate: [2880, 2880] }, efficiency: 0.6362, half: 1073000, halfRows: 52.85, halfHidden: 55.07, halfIntermediate: 100, sharpness: 12, memoryEfficiency: 0.1822, rowEfficiency: 0.03712, perExpert: 5.471e-8, perRoute: 1.812e-9, ramp: 0.000006646, rampTokens: 3.385, floor: 0.00003084 },
        { evidence: 'calibrated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 256], hidden: [2880, 7168], intermediate: [64, 3072] }, efficiency: 0.7631, half: 746100, halfRows: 15.15, halfHidden: 0.01, halfIntermediate: 0.1, sharpness: 1, memoryEfficiency: 0.9377, rowEfficiency: 0.8411, perExpert: 1.346e-9, perRoute: 9.394e-10, ramp: 0.00003528, rampTokens: 178.6, floor: 0.00001071 },
      ],
      weightOnly: [
        { evidence: 'extrapolated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [16, 16384] }, efficiency: 0.5042, half: 84810, halfRows: 0.016, halfHidden: 0.01, halfIntermediate: 287.5, sharpness: 1.524, memoryEfficiency: 0.7525, rowEfficiency: 2.314, perExpert: 5.197e-8, perRoute: 3.929e-10, ramp: 0.000009441, rampTokens: 517.3, floor: 0.00001752 },
      ],
    },
    prefillAttention: {
      full: {
        bf16: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 1.093, half: 29.22, halfQueries: 1228, idleQueries: 26570, halfDim: 90.8, memoryEfficiency: 0.533, floor: 0.00001354 },
        fp8: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 1.685, half: 17.52, halfQueries: 2251, idleQueries: 36180, halfDim: 115.1, memoryEfficiency: 1.245, floor: 0.00001356 },
      },
      window: {
        bf16: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 4, half: 887.2, halfQueries: 40.2, idleQueries: 4249, halfDim: 647.4, memoryEfficiency: 1.107, floor: 0.00001246 },
        fp8: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 4, half: 993.8, halfQueries: 38.66, idleQueries: 21410, halfDim: 494.2, memoryEfficiency: 0.7904, floor: 0.000008085 },
      },
    },
    decodeAttention: {
      grouped: {
        bf16: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [2, 128], headDim: [64, 256] }, efficiency: 0.1126, memoryEfficiency: 1, sharpness: 3.307, perTile: 8.269e-9, headsPerTile: 24.86, ramp: 0.00007119, rampBytes: 4204000000, serial: 0.0000211, serialTokens: 149400, floor: 0.0000105 },
        fp8: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [2, 128], headDim: [64, 256] }, efficiency: 0.242, memoryEfficiency: 1, sharpness: 3.139, perTile: 6.809e-9, headsPerTile: 22.36, ramp: 0.0001432, rampBytes: 8874000000, serial: 0.00001537, serialTokens: 85000, floor: 0.00001051 },
      },
      multiHead: {
        bf16: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [1, 64], headDim: [64, 256] }, efficiency: 3.001, memoryEfficiency: 1, sharpness: 5.116, perTile: 6.049e-9, headsPerTile: 1.989, ramp: 0.0001218, rampBytes: 7175000000, serial: 0.00002725, serialTokens: 263900, floor: 0.00001038 },
        fp8: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [1, 64], headDim: [64, 256] }, efficiency: 2.495, memoryEfficiency: 1, sharpness: 5.06, perTile: 5.404e-9, headsPerTile: 2.28, ramp: 0.00006918, rampBytes: 3417000000, serial: 0.00001565, serialTokens: 125800, floor: 0.00001035 },
      },
    },
    mlaPrefill: {
      bf16: { evidence: 'calibrated', range: { queries: [1, 32768], history: [0, 0], sequences: [1, 256], heads: [1, 128], qkDim: [192, 192] }, efficiency: 0.696, half: 142.8, halfQueries: 270.3, idleQueries: 42670, halfDim: 0.001, memoryEfficiency: 1.751, floor: 0.00001003 },
      fp8: { evidence: 'calibrated', range: { queries: [1, 32768], history: [0, 0], sequences: [1, 256], heads: [1, 128], qkDim: [192, 192] }, efficiency: 1.105, half: 39.42, halfQueries: 1248, idleQueries: 48840, halfDim: 0.0011, memoryEfficiency: 0.5501, floor: 0.00001604 },
    },
    mlaDecode: {
      bf16: { evidence: 'calibrated', range: { sequences: [1, 1024], context: [2, 131072], heads: [1, 128], headDim: [576, 576] }, efficiency: 4, memoryEfficiency: 0.7018, sharpness: 5.24, perTile: 3.251e-8, headsPerTile: 117, ramp: 9.942e-7, rampBytes: 594600, serial: 0.00001319, serialTokens: 8349, floor: 0.000008664 },
      fp8: { evidence: 'calibrated', range: { sequences: [1, 1024], context: [2, 131072], heads: [1, 128], headDim: [576, 576] }, efficiency: 2.14, memoryEfficiency: 0.8211, sharpness: 1.562, perTile: 2.1e-8, headsPerTile: 31.21, ramp: 2e-7, rampBytes: 50000000000, serial: 0.00001166, serialTokens: 7466, floor: 0.000008601 },
    },
    stream: { efficiency: 0.8, floor: 0.000002, cachedBytes: 500000 },
    collectives: {
      allReduce: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000006256, latencyExponent: 0.67, ramp: 0.000005834, rampExponent: 1.367, rampBytes: 1810000, rampBytesExponent: 1.371, efficiency: 0.5201, efficiencyExponent: 0.2641, efficiencyRanks: 8 },
      allGather: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000005842, latencyExponent: 0.4979, ramp: 0.000005634, rampExponent: 1.048, rampBytes: 1280000, rampBytesExponent: 1.348, efficiency: 0.4079, efficiencyExponent: 0.3509, efficiencyRanks: 8 },
      reduceScatter: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000006089, latencyExponent: 0.469, ramp: 0.000003797, rampExponent: 1.236, rampBytes: 1228000, rampBytesExponent: 1.42, efficiency: 0.356, efficiencyExponent: 0.417, efficiencyRanks: 8 },
      allToAll: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.0000074, latencyExponent: 0.2027, ramp: 0.000006461, rampExponent: 0.01, rampBytes: 26200, rampBytesExponent: 1.097, efficiency: 0.2981, efficiencyExponent: 0.3625, efficiencyRanks: 8 },
      customAllReduce: {
        twoShot: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [256, 1073741824] }, latency: 0.00001101, latencyExponent: 0.3102, ramp: 0.000003393, rampExponent: 1.479, rampBytes: 2567000, rampBytesExponent: 1.294, efficiency: 0.5675, efficiencyExponent: 0.1744, efficiencyRanks: 8 },
        oneShot: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [256, 1073741824] }, latency: 0.000004379, latencyExponent: 0.06362, ramp: 0, rampExponent: 1.479, rampBytes: 2567000, rampBytesExponent: 1.294, efficiency: 0.6159, efficiencyExponent: 0, efficiencyRanks: 8 },
      },
      exchangeNormal: {
        dedupe: true,
        dispatch: { evidence: 'calibrated', range: { tokens: [1, 131072], ranks: [8, 8], nodes: [1, 1], topk: [1, 22] }, latency: 0.00003738, latencyExponent: 0.001001, efficiency: 0.3008, efficiencyExponent: 0.001, nodeLatency: 0.00001, networkEfficiency: 0.8 },
        combine: { evidence: 'calibrated', range: { tokens: [1, 131072], ranks: [8, 8], nodes: [1, 1], topk: [1, 22] }, latency: 0.00004929, latencyExponent: 0.001001, efficiency: 0.3784, efficiencyExponent: 0.001, nodeLatency: 0.00001, networkEfficiency: 0.8 },
      },
      exchangeLowLatency: {
        dedupe: false,
        dispatch: { evidence: 'calibrated', range: { tokens: [1, 1024], ranks: [8, 8], nodes: [1, 1], topk: [1, 10] }, latency: 0.00001981, latencyExponent: 0.001, efficiency: 0.5128, efficiencyExponent: 0.001001, nodeLatency: 0.00001, networkEfficiency: 0.8 },
        combine: { evidence: 'calibrated', range: { tokens: [1, 1024], ranks: [8, 8], nodes: [1, 1], topk: [1, 10] }, latency: 0.0000194, latencyExponent: 0.001, efficiency: 0.6567, efficiencyExponent: 0.001001, nodeLatency: 0.00001, networkEfficiency: 0.8 },
      },
      network: { evidence: 'extrapolated', range: { nodes: [2, 2], bytes: [1048576, 1073741824] }, latency: 0.00006376, efficiency: 1, sharpness: 2.259 },
    },
  },
  reports: [
    { operator: 'gemm', format: 'bf16', table: 'gemm_perf', version: '1.3.0rc20', rows: 7245, median: 0.0727, p90: 0.2144, aboveFloor: { rows: 5982, median: 0.0728, p90: 0.2154 }, leftOut: {} },
    { operator: 'gemm', format: 'fp8', table: 'gemm_perf', version: '1.3.0rc20', rows: 7245, median: 0.0453, p90: 0.1071, aboveFloor: { rows: 2959, median: 0.0454, p90: 0.1081 }, leftOut: {} },
    { operator: 'gemm', format: 'fp8Block', table: 'gemm_perf', version: '1.3.0rc20', rows: 5940, median: 0.0411, p90: 0.1191, aboveFloor: { rows: 4073, median: 0.0432, p90: 0.1295 }, leftOut: {} },
    { operator: 'gemm', format: 'fp4', table: 'gemm_perf', version: '1.3.0rc20', rows: 5985, median: 0.0567, p90: 0.1698, aboveFloor: { rows: 5985, median: 0.0567, p90: 0.1698 }, leftOut: {} },
    { operator: 'experts', format: 'fp8Block fp8_block deepgemm', table: 'moe_perf', version: '1.3.0rc20', rows: 38556, median: 0.0558, p90: 0.1797, aboveFloor: { rows: 29170, median: 0.056, p90: 0.1785 }, leftOut: { 'falls as tokens grow': 243 } },
    { operator: 'experts', format: 'fp4 nvfp4 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 47466, median: 0.0695, p90: 0.2457, aboveFloor: { rows: 32919, median: 0.0674, p90: 0.2497 }, leftOut: { 'falls as tokens grow': 2916 } },
    { operator: 'experts', format: 'bf16 bfloat16 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 39852, median: 0.0724, p90: 0.3017, aboveFloor: { rows: 33732, median: 0.0698, p90: 0.3104 }, leftOut: { 'falls as tokens grow': 6885 } },
    { operator: 'experts', format: 'fp8 fp8 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 36612, median: 0.0711, p90: 0.3026, aboveFloor: { rows: 27026, median: 0.0735, p90: 0.3265 }, leftOut: { 'falls as tokens grow': 3240 } },
    { operator: 'experts', format: 'mxfp4 w4a16_mxfp4 torch', table: 'moe_perf', version: '1.3.0rc20', rows: 1134, median: 0.0553, p90: 0.1689, aboveFloor: { rows: 921, median: 0.0582, p90: 0.1663 }, leftOut: {} },
    { operator: 'experts', format: 'mxfp4 w4a8_mxfp4_mxfp8 torch', table: 'moe_perf', version: '1.3.0rc20', rows: 5670, median: 0.108, p90: 0.3908, aboveFloor: { rows: 5126, median: 0.1101, p90: 0.3888 }, leftOut: { 'falls as tokens grow': 567 } },
    { operator: 'prefill attention', format: 'bf16', table: 'context_attention_perf', version: '1.3.0rc20', rows: 16626, median: 0.0612, p90: 0.1772, aboveFloor: { rows: 12329, median: 0.0657, p90: 0.1887 }, leftOut: { 'head wider than 256': 578 } },
    { operator: 'prefill attention, window', format: 'bf16', table: 'context_attention_perf', version: '1.3.0rc20', rows: 6324, median: 0.0565, p90: 0.2038, aboveFloor: { rows: 4424, median: 0.0531, p90: 0.1821 }, leftOut: {} },
    { operator: 'prefill attention', format: 'fp8', table: 'context_attention_perf', version: '1.3.0rc20', rows: 16627, median: 0.0505, p90: 0.1474, aboveFloor: { rows: 12072, median: 0.0506, p90: 0.1555 }, leftOut: { 'head wider than 256': 578 } },
    { operator: 'prefill attention, window', format: 'fp8', table: 'context_attention_perf', version: '1.3.0rc20', rows: 6324, median: 0.0458, p90: 0.1608, aboveFloor: { rows: 5390, median: 0.0466, p90: 0.1662 }, leftOut: {} },
    { operator: 'decode attention, shared KV heads', format: 'bf16', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 10679, median: 0.0441, p90: 0.2104, aboveFloor: { rows: 3936, median: 0.0449, p90: 0.2532 }, leftOut: { 'unusual heads': 4101 } },
    { operator: 'decode attention, own KV heads', format: 'bf16', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 5003, median: 0.047, p90: 0.2408, aboveFloor: { rows: 2613, median: 0.0525, p90: 0.3359 }, leftOut: {} },
    { operator: 'decode attention, shared KV heads', format: 'fp8', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 10679, median: 0.0399, p90: 0.1618, aboveFloor: { rows: 3276, median: 0.046, p90: 0.1641 }, leftOut: { 'unusual heads': 4101 } },
    { operator: 'decode attention, own KV heads', format: 'fp8', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 5003, median: 0.0407, p90: 0.1512, aboveFloor: { rows: 2342, median: 0.0385, p90: 0.151 }, leftOut: {} },
    { operator: 'MLA prefill', format: 'bf16', table: 'context_mla_perf', version: '1.3.0rc20', rows: 880, median: 0.0504, p90: 0.1568, aboveFloor: { rows: 632, median: 0.056, p90: 0.1734 }, leftOut: {} },
    { operator: 'MLA decode', format: 'bf16', table: 'generation_mla_perf', version: '1.3.0rc20', rows: 1448, median: 0.0483, p90: 0.2333, aboveFloor: { rows: 800, median: 0.0374, p90: 0.2845 }, leftOut: {} },
    { operator: 'MLA prefill', format: 'fp8', table: 'context_mla_perf', version: '1.3.0rc20', rows: 880, median: 0.0507, p90: 0.1543, aboveFloor: { rows: 559, median: 0.0422, p90: 0.1467 }, leftOut: {} },
    { operator: 'MLA decode', format: 'fp8', table: 'generation_mla_perf', version: '1.3.0rc20', rows: 1448, median: 0.0485, p90: 0.2252, aboveFloor: { rows: 705, median: 0.0545, p90: 0.2518 }, leftOut: {} },
    { operator: 'NCCL allReduce', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 63, median: 0.0383, p90: 0.1242, aboveFloor: { rows: 24, median: 0.0434, p90: 0.1329 }, leftOut: {} },
    { operator: 'NCCL allGather', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 63, median: 0.0444, p90: 0.1179, aboveFloor: { rows: 23, median: 0.0503, p90: 0.1538 }, leftOut: {} },
    { operator: 'NCCL reduceScatter', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 63, median: 0.0478, p90: 0.1197, aboveFloor: { rows: 23, median: 0.0524, p90: 0.1354 }, leftOut: {} },
    { operator: 'NCCL allToAll', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 63, median: 0.0316, p90: 0.0993, aboveFloor: { rows: 25, median: 0.0394, p90: 0.1236 }, leftOut: {} },
    { operator: 'all-reduce in a CUDA graph', format: 'bf16', table: 'custom_allreduce_perf', version: '1.3.0rc20', rows: 69, median: 0.0469, p90: 0.1218, aboveFloor: { rows: 31, median: 0.0383, p90: 0.1328 }, leftOut: {} },
    { operator: 'DeepEP normal, dispatch', format: 'fp8', table: 'wideep_deepep_normal_perf', version: '0.5.12', rows: 414, median: 0.0458, p90: 0.2771, aboveFloor: { rows: 154, median: 0.1578, p90: 0.3637 }, leftOut: {} },
    { operator: 'DeepEP normal, combine', format: 'bf16', table: 'wideep_deepep_normal_perf', version: '0.5.12', rows: 414, median: 0.0823, p90: 0.2805, aboveFloor: { rows: 161, median: 0.1152, p90: 0.3602 }, leftOut: {} },
    { operator: 'DeepEP low-latency, dispatch', format: 'fp8', table: 'wideep_deepep_ll_perf', version: '0.5.12', rows: 176, median: 0.108, p90: 0.2731, aboveFloor: { rows: 39, median: 0.0556, p90: 0.8428 }, leftOut: {} },
    { operator: 'DeepEP low-latency, combine', format: 'bf16', table: 'wideep_deepep_ll_perf', version: '0.5.12', rows: 176, median: 0.1, p90: 0.1733, aboveFloor: { rows: 39, median: 0.0213, p90: 0.2479 }, leftOut: {} },
  ],
};
