/** Made by `npm run calibrate` from operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0). Not to be edited. */
import type { Calibration } from '../calibration.ts';

export const b200Sxm: Calibration = {
  id: 'b200-sxm',
  gpu: 'B200-SXM-180GB',
  source: 'operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0)',
  released: '2026-08-21',
  curves: {
    evidence: 'calibrated',
    source: 'B200-SXM-180GB: operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0)',
    gemm: {
      bf16: { evidence: 'calibrated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.6964, half: 50, halfDepth: 74.03, sharpness: 3.149, memoryEfficiency: 0.8052, rampPerRootDepth: 3.42e-8, quantise: 0.0001, cachedInputs: 5000000000, floor: 0.000001816 },
      fp8: { evidence: 'calibrated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.7048, half: 4897, halfDepth: 158.8, sharpness: 2.016, memoryEfficiency: 0.7897, rampPerRootDepth: 3.237e-8, quantise: 3.134, cachedInputs: 500000, floor: 0.00001353 },
      fp8Block: { evidence: 'calibrated', range: { m: [1, 16384], n: [128, 65536], k: [128, 65536] }, efficiency: 0.7904, half: 1338000, halfDepth: 711.9, sharpness: 2.284, memoryEfficiency: 0.7835, rampPerRootDepth: 3e-12, quantise: 1.328, cachedInputs: 14170000, floor: 0.00000511 },
      fp4: { evidence: 'calibrated', range: { m: [1, 16384], n: [128, 65536], k: [128, 65536] }, efficiency: 0.5775, half: 4570000, halfDepth: 829.4, sharpness: 4.531, memoryEfficiency: 0.5643, rampPerRootDepth: 3e-12, quantise: 1.629, cachedInputs: 6233000, floor: 0.000004995 },
      int8: { evidence: 'extrapolated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.7048, half: 4897, halfDepth: 158.8, sharpness: 2.016, memoryEfficiency: 0.7897, rampPerRootDepth: 3.237e-8, quantise: 3.134, cachedInputs: 500000, floor: 0.00001353 },
    },
    groupedGemm: {
      bf16: [
        { evidence: 'calibrated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [16, 16384] }, efficiency: 1.12, half: 726400, halfRows: 81.75, halfHidden: 0.01, halfIntermediate: 144.4, sharpness: 1.176, memoryEfficiency: 1, rowEfficiency: 0.3543, perExpert: 6.169e-8, perRoute: 4.242e-10, ramp: 0.000008715, rampTokens: 373.9, floor: 0.00001859 },
      ],
      fp8: [
        { evidence: 'calibrated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [32, 16384] }, efficiency: 1.005, half: 642800, halfRows: 37.05, halfHidden: 65.55, halfIntermediate: 813.2, sharpness: 1.298, memoryEfficiency: 0.8745, rowEfficiency: 0.5031, perExpert: 5.041e-8, perRoute: 6.918e-10, ramp: 0.00001098, rampTokens: 493.9, floor: 0.00002398 },
      ],
      fp8Block: [
        { evidence: 'calibrated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 7168], intermediate: [128, 16384] }, efficiency: 0.5546, half: 398400, halfRows: 43.08, halfHidden: 0.01, halfIntermediate: 976.1, sharpness: 2.632, memoryEfficiency: 0.701, rowEfficiency: 20, perExpert: 2.717e-7, perRoute: 1.449e-10, ramp: 0.00008134, rampTokens: 13130, floor: 0.00002352 },
        { evidence: 'extrapolated', rate: 'fp8', generated: true, range: { tokens: [1, 16384], experts: [1, 256], hidden: [2048, 7168], intermediate: [64, 16384] }, efficiency: 0.6342, half: 791400, halfRows: 74.63, halfHidden: 0.01, halfIntermediate: 260.8, sharpness: 1.71, memoryEfficiency: 0.9723, rowEfficiency: 20, perExpert: 1e-12, perRoute: 1.876e-9, ramp: 0.00001538, rampTokens: 205.6, floor: 0.00001402 },
      ],
      fp4: [
        { evidence: 'calibrated', rate: 'fp4', range: { tokens: [1, 16384], experts: [1, 512], hidden: [1024, 8192], intermediate: [64, 16384] }, efficiency: 0.8955, half: 171.7, halfRows: 89.87, halfHidden: 1963, halfIntermediate: 891.8, sharpness: 1.3, memoryEfficiency: 1, rowEfficiency: 0.4104, perExpert: 1.153e-7, perRoute: 8.126e-10, ramp: 0.00001035, rampTokens: 527.6, floor: 0.00003323 },
        { evidence: 'calibrated', rate: 'fp4', generated: true, range: { tokens: [1, 16384], experts: [1, 256], hidden: [2048, 7168], intermediate: [64, 16384] }, efficiency: 0.6342, half: 791400, halfRows: 74.63, halfHidden: 0.01, halfIntermediate: 260.8, sharpness: 1.71, memoryEfficiency: 0.9723, rowEfficiency: 20, perExpert: 1e-12, perRoute: 1.876e-9, ramp: 0.00001538, rampTokens: 205.6, floor: 0.00001402 },
      ],
      int8: [
        { evidence: 'extrapolated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [32, 16384] }, efficiency: 1.005, half: 642800, halfRows: 37.05, halfHidden: 65.55, halfIntermediate: 813.2, sharpness: 1.298, memoryEfficiency: 0.8745, rowEfficiency: 0.5031, perExpert: 5.041e-8, perRoute: 6.918e-10, ramp: 0.00001098, rampTokens: 493.9, floor: 0.00002398 },
      ],
      mxfp4: [
        { evidence: 'calibrated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 128], hidden: [2880, 7168], intermediate: [64, 3072] }, efficiency: 0.7127, half: 742300, halfRows: 11.24, halfHidden: 0.01, halfIntermediate: 0.1, sharpness: 1, memoryEfficiency: 0.8872, rowEfficiency: 0.8637, perExpert: 1e-12, perRoute: 9.248e-10, ramp: 0.00003721, rampTokens: 211.8, floor: 0.00001165 },
        { evidence: 'calibrated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 128], hidden: [2880, 2880], intermediate: [2880, 2880] }, efficiency: 0.6355, half: 1047000, halfRows: 70.59, halfHidden: 0.01, halfIntermediate: 100, sharpness: 12, memoryEfficiency: 0.1773, rowEfficiency: 0.03605, perExpert: 6.559e-8, perRoute: 1.921e-9, ramp: 0.000006082, rampTokens: 6.147, floor: 0.00003357 },
      ],
      weightOnly: [
        { evidence: 'extrapolated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [16, 16384] }, efficiency: 0.5042, half: 84810, halfRows: 0.016, halfHidden: 0.01, halfIntermediate: 287.5, sharpness: 1.524, memoryEfficiency: 0.7525, rowEfficiency: 2.314, perExpert: 6.169e-8, perRoute: 4.242e-10, ramp: 0.000008715, rampTokens: 373.9, floor: 0.00001859 },
      ],
    },
    prefillAttention: {
      full: {
        bf16: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 1.16, half: 38.19, halfQueries: 972.3, idleQueries: 29310, halfDim: 154, memoryEfficiency: 0.4789, floor: 0.00001395 },
        fp8: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 1.427, half: 26.19, halfQueries: 1525, idleQueries: 38640, halfDim: 157.1, memoryEfficiency: 0.9858, floor: 0.00001393 },
      },
      window: {
        bf16: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 4, half: 777.3, halfQueries: 44.33, idleQueries: 7161, halfDim: 826.3, memoryEfficiency: 1.251, floor: 0.00001229 },
        fp8: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 4, half: 783.1, halfQueries: 45.24, idleQueries: 27860, halfDim: 710.2, memoryEfficiency: 0.7564, floor: 0.000006559 },
      },
    },
    decodeAttention: {
      grouped: {
        bf16: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [2, 128], headDim: [64, 256] }, efficiency: 0.1261, memoryEfficiency: 1, sharpness: 3.369, perTile: 8.785e-9, headsPerTile: 20.33, ramp: 0.00005545, rampBytes: 3673000000, serial: 0.00002139, serialTokens: 132800, floor: 0.00001073 },
        fp8: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [2, 128], headDim: [64, 256] }, efficiency: 0.2474, memoryEfficiency: 1, sharpness: 2.805, perTile: 7.514e-9, headsPerTile: 24.29, ramp: 0.00007061, rampBytes: 4611000000, serial: 0.00001284, serialTokens: 53420, floor: 0.00001073 },
      },
      multiHead: {
        bf16: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [1, 64], headDim: [64, 256] }, efficiency: 4, memoryEfficiency: 1, sharpness: 6.808, perTile: 4.763e-9, headsPerTile: 0.9237, ramp: 0.00008623, rampBytes: 5468000000, serial: 0.00001995, serialTokens: 145900, floor: 0.00001062 },
        fp8: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [1, 64], headDim: [64, 256] }, efficiency: 4, memoryEfficiency: 1, sharpness: 5.306, perTile: 6.038e-9, headsPerTile: 2.54, ramp: 0.00004199, rampBytes: 2089000000, serial: 0.00001237, serialTokens: 67570, floor: 0.00001062 },
      },
    },
    mlaPrefill: {
      bf16: { evidence: 'calibrated', range: { queries: [1, 32768], history: [0, 0], sequences: [1, 256], heads: [1, 128], qkDim: [192, 192] }, efficiency: 0.6123, half: 74.81, halfQueries: 541.4, idleQueries: 41390, halfDim: 0.001, memoryEfficiency: 3, floor: 0.00001259 },
      fp8: { evidence: 'calibrated', range: { queries: [1, 32768], history: [0, 0], sequences: [1, 256], heads: [1, 128], qkDim: [192, 192] }, efficiency: 0.8425, half: 45.54, halfQueries: 1158, idleQueries: 50810, halfDim: 0.0011, memoryEfficiency: 0.5941, floor: 0.00001733 },
    },
    mlaDecode: {
      bf16: { evidence: 'calibrated', range: { sequences: [1, 1024], context: [2, 131072], heads: [1, 128], headDim: [576, 576] }, efficiency: 4, memoryEfficiency: 0.7261, sharpness: 8.324, perTile: 3.235e-8, headsPerTile: 111.6, ramp: 0.00000784, rampBytes: 519500000, serial: 0.00001113, serialTokens: 5888, floor: 0.00001025 },
      fp8: { evidence: 'calibrated', range: { sequences: [1, 1024], context: [2, 131072], heads: [1, 128], headDim: [576, 576] }, efficiency: 2.224, memoryEfficiency: 0.8437, sharpness: 1.473, perTile: 2.056e-8, headsPerTile: 29.18, ramp: 4.896e-7, rampBytes: 197300, serial: 0.00001224, serialTokens: 8186, floor: 0.000008756 },
    },
    stream: { efficiency: 0.8, floor: 0.000002, cachedBytes: 500000 },
    collectives: {
      allReduce: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000006442, latencyExponent: 0.6649, ramp: 0.000006003, rampExponent: 1.371, rampBytes: 2036000, rampBytesExponent: 1.308, efficiency: 0.5105, efficiencyExponent: 0.2738, efficiencyRanks: 8 },
      allGather: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.00000653, latencyExponent: 0.4688, ramp: 0.00000562, rampExponent: 1.046, rampBytes: 1568000, rampBytesExponent: 1.256, efficiency: 0.4038, efficiencyExponent: 0.3519, efficiencyRanks: 8 },
      reduceScatter: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000006662, latencyExponent: 0.4412, ramp: 0.000003871, rampExponent: 1.237, rampBytes: 1646000, rampBytesExponent: 1.249, efficiency: 0.3525, efficiencyExponent: 0.42, efficiencyRanks: 8 },
      allToAll: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.00000795, latencyExponent: 0.1651, ramp: 0.000006541, rampExponent: 0.08441, rampBytes: 36160, rampBytesExponent: 0.8672, efficiency: 0.2959, efficiencyExponent: 0.3508, efficiencyRanks: 8 },
      customAllReduce: {
        twoShot: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [256, 1073741824] }, latency: 0.000006734, latencyExponent: 0.5567, ramp: 0.000001511, rampExponent: 2, rampBytes: 788000, rampBytesExponent: 1.98, efficiency: 0.4357, efficiencyExponent: 0.3249, efficiencyRanks: 8 },
        oneShot: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [256, 1073741824] }, latency: 0.000004556, latencyExponent: 0.06907, ramp: 0, rampExponent: 2, rampBytes: 788000, rampBytesExponent: 1.98, efficiency: 0.6122, efficiencyExponent: 0, efficiencyRanks: 8 },
      },
      exchangeNormal: {
        dedupe: true,
        dispatch: { evidence: 'calibrated', range: { tokens: [1, 131072], ranks: [8, 8], nodes: [1, 1], topk: [1, 22] }, latency: 0.00003612, latencyExponent: 0.001001, efficiency: 0.2935, efficiencyExponent: 0.001, nodeLatency: 0.00001, networkEfficiency: 0.8 },
        combine: { evidence: 'calibrated', range: { tokens: [1, 131072], ranks: [8, 8], nodes: [1, 1], topk: [1, 22] }, latency: 0.00004875, latencyExponent: 0.001001, efficiency: 0.3723, efficiencyExponent: 0.001, nodeLatency: 0.00001, networkEfficiency: 0.8 },
      },
      exchangeLowLatency: {
        dedupe: false,
        dispatch: { evidence: 'calibrated', range: { tokens: [1, 1024], ranks: [8, 8], nodes: [1, 1], topk: [1, 10] }, latency: 0.00001937, latencyExponent: 0.001, efficiency: 0.5132, efficiencyExponent: 0.001001, nodeLatency: 0.00001, networkEfficiency: 0.8 },
        combine: { evidence: 'calibrated', range: { tokens: [1, 1024], ranks: [8, 8], nodes: [1, 1], topk: [1, 10] }, latency: 0.00001857, latencyExponent: 0.001, efficiency: 0.6533, efficiencyExponent: 0.001001, nodeLatency: 0.00001, networkEfficiency: 0.8 },
      },
      network: { evidence: 'extrapolated', range: { nodes: [2, 2], bytes: [1048576, 1073741824] }, latency: 0.00006376, efficiency: 1, sharpness: 2.259 },
    },
  },
  reports: [
    { operator: 'gemm', format: 'bf16', table: 'gemm_perf', version: '1.3.0rc20', rows: 7245, median: 0.0681, p90: 0.2134, aboveFloor: { rows: 5858, median: 0.0678, p90: 0.207 }, leftOut: {} },
    { operator: 'gemm', format: 'fp8', table: 'gemm_perf', version: '1.3.0rc20', rows: 7245, median: 0.0424, p90: 0.1085, aboveFloor: { rows: 2889, median: 0.0452, p90: 0.1103 }, leftOut: {} },
    { operator: 'gemm', format: 'fp8Block', table: 'gemm_perf', version: '1.3.0rc20', rows: 5940, median: 0.045, p90: 0.1254, aboveFloor: { rows: 3994, median: 0.0476, p90: 0.1305 }, leftOut: {} },
    { operator: 'gemm', format: 'fp4', table: 'gemm_perf', version: '1.3.0rc20', rows: 5985, median: 0.0361, p90: 0.1545, aboveFloor: { rows: 4771, median: 0.0394, p90: 0.1706 }, leftOut: {} },
    { operator: 'experts', format: 'fp4 nvfp4 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 48033, median: 0.1142, p90: 0.2846, aboveFloor: { rows: 31693, median: 0.1148, p90: 0.3028 }, leftOut: { 'falls as tokens grow': 2349 } },
    { operator: 'experts', format: 'fp8 fp8 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 36774, median: 0.0701, p90: 0.2963, aboveFloor: { rows: 26885, median: 0.0723, p90: 0.3211 }, leftOut: { 'falls as tokens grow': 3078 } },
    { operator: 'experts', format: 'bf16 bfloat16 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 38637, median: 0.0714, p90: 0.3006, aboveFloor: { rows: 32366, median: 0.0681, p90: 0.3104 }, leftOut: { 'falls as tokens grow': 8100 } },
    { operator: 'experts', format: 'fp4 nvfp4 min_latency', table: 'moe_perf', version: '1.3.0rc20', rows: 9774, median: 0.1029, p90: 0.3368, aboveFloor: { rows: 7319, median: 0.1119, p90: 0.3521 }, leftOut: { 'falls as tokens grow': 2241 } },
    { operator: 'experts', format: 'fp8Block fp8_block deepgemm', table: 'moe_perf', version: '1.3.0rc20', rows: 38718, median: 0.0548, p90: 0.1731, aboveFloor: { rows: 29210, median: 0.055, p90: 0.1722 }, leftOut: { 'falls as tokens grow': 81 } },
    { operator: 'experts', format: 'mxfp4 w4a8_mxfp4_mxfp8 torch', table: 'moe_perf', version: '1.3.0rc20', rows: 4779, median: 0.113, p90: 0.4096, aboveFloor: { rows: 4229, median: 0.1171, p90: 0.402 }, leftOut: { 'falls as tokens grow': 567 } },
    { operator: 'experts', format: 'mxfp4 w4a16_mxfp4 torch', table: 'moe_perf', version: '1.3.0rc20', rows: 1053, median: 0.0539, p90: 0.158, aboveFloor: { rows: 823, median: 0.0551, p90: 0.158 }, leftOut: { 'falls as tokens grow': 81 } },
    { operator: 'experts, fastest kernel', format: 'fp4', table: 'moe_perf', version: '1.3.0rc20', rows: 4212, median: 0.0981, p90: 0.3522, aboveFloor: { rows: 3275, median: 0.0981, p90: 0.3522 }, leftOut: {} },
    { operator: 'prefill attention', format: 'bf16', table: 'context_attention_perf', version: '1.3.0rc20', rows: 16627, median: 0.0566, p90: 0.1636, aboveFloor: { rows: 12445, median: 0.0592, p90: 0.1694 }, leftOut: { 'head wider than 256': 578 } },
    { operator: 'prefill attention, window', format: 'bf16', table: 'context_attention_perf', version: '1.3.0rc20', rows: 6324, median: 0.0562, p90: 0.206, aboveFloor: { rows: 4627, median: 0.0545, p90: 0.1939 }, leftOut: {} },
    { operator: 'prefill attention', format: 'fp8', table: 'context_attention_perf', version: '1.3.0rc20', rows: 16627, median: 0.0506, p90: 0.1552, aboveFloor: { rows: 12285, median: 0.0506, p90: 0.1656 }, leftOut: { 'head wider than 256': 578 } },
    { operator: 'prefill attention, window', format: 'fp8', table: 'context_attention_perf', version: '1.3.0rc20', rows: 6324, median: 0.0495, p90: 0.1794, aboveFloor: { rows: 6322, median: 0.0495, p90: 0.1791 }, leftOut: {} },
    { operator: 'decode attention, shared KV heads', format: 'bf16', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 10679, median: 0.0439, p90: 0.2132, aboveFloor: { rows: 3917, median: 0.0451, p90: 0.2712 }, leftOut: { 'unusual heads': 4101 } },
    { operator: 'decode attention, own KV heads', format: 'bf16', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 5003, median: 0.0479, p90: 0.2106, aboveFloor: { rows: 2618, median: 0.0516, p90: 0.3411 }, leftOut: {} },
    { operator: 'decode attention, shared KV heads', format: 'fp8', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 10679, median: 0.0378, p90: 0.1519, aboveFloor: { rows: 3251, median: 0.0415, p90: 0.1666 }, leftOut: { 'unusual heads': 4101 } },
    { operator: 'decode attention, own KV heads', format: 'fp8', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 5003, median: 0.037, p90: 0.1429, aboveFloor: { rows: 2357, median: 0.041, p90: 0.1507 }, leftOut: {} },
    { operator: 'MLA prefill', format: 'bf16', table: 'context_mla_perf', version: '1.3.0rc20', rows: 880, median: 0.0562, p90: 0.15, aboveFloor: { rows: 605, median: 0.0581, p90: 0.15 }, leftOut: {} },
    { operator: 'MLA decode', format: 'bf16', table: 'generation_mla_perf', version: '1.3.0rc20', rows: 1448, median: 0.0393, p90: 0.2345, aboveFloor: { rows: 721, median: 0.0321, p90: 0.2723 }, leftOut: {} },
    { operator: 'MLA prefill', format: 'fp8', table: 'context_mla_perf', version: '1.3.0rc20', rows: 880, median: 0.0493, p90: 0.1459, aboveFloor: { rows: 576, median: 0.0428, p90: 0.1336 }, leftOut: {} },
    { operator: 'MLA decode', format: 'fp8', table: 'generation_mla_perf', version: '1.3.0rc20', rows: 1448, median: 0.0574, p90: 0.2215, aboveFloor: { rows: 700, median: 0.0548, p90: 0.2529 }, leftOut: {} },
    { operator: 'NCCL allReduce', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 63, median: 0.0369, p90: 0.1186, aboveFloor: { rows: 24, median: 0.0427, p90: 0.1334 }, leftOut: {} },
    { operator: 'NCCL allGather', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 63, median: 0.061, p90: 0.1224, aboveFloor: { rows: 23, median: 0.0552, p90: 0.1616 }, leftOut: {} },
    { operator: 'NCCL reduceScatter', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 63, median: 0.0439, p90: 0.1141, aboveFloor: { rows: 22, median: 0.0493, p90: 0.1385 }, leftOut: {} },
    { operator: 'NCCL allToAll', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 63, median: 0.0244, p90: 0.0974, aboveFloor: { rows: 25, median: 0.0315, p90: 0.1477 }, leftOut: {} },
    { operator: 'all-reduce in a CUDA graph', format: 'bf16', table: 'custom_allreduce_perf', version: '1.3.0rc20', rows: 69, median: 0.0439, p90: 0.1132, aboveFloor: { rows: 31, median: 0.0337, p90: 0.1268 }, leftOut: {} },
    { operator: 'DeepEP normal, dispatch', format: 'fp8', table: 'wideep_deepep_normal_perf', version: '0.5.12', rows: 414, median: 0.0467, p90: 0.2751, aboveFloor: { rows: 156, median: 0.1556, p90: 0.3574 }, leftOut: {} },
    { operator: 'DeepEP normal, combine', format: 'bf16', table: 'wideep_deepep_normal_perf', version: '0.5.12', rows: 414, median: 0.0963, p90: 0.2744, aboveFloor: { rows: 161, median: 0.1229, p90: 0.3618 }, leftOut: {} },
    { operator: 'DeepEP low-latency, dispatch', format: 'fp8', table: 'wideep_deepep_ll_perf', version: '0.5.12', rows: 176, median: 0.1159, p90: 0.3169, aboveFloor: { rows: 39, median: 0.0516, p90: 0.8501 }, leftOut: {} },
    { operator: 'DeepEP low-latency, combine', format: 'bf16', table: 'wideep_deepep_ll_perf', version: '0.5.12', rows: 176, median: 0.0831, p90: 0.1772, aboveFloor: { rows: 41, median: 0.0201, p90: 0.1036 }, leftOut: {} },
  ],
};
