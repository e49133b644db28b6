/** Made by `npm run calibrate` from operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0). Not to be edited. */
import type { Calibration } from '../calibration.ts';

export const gb200: Calibration = {
  id: 'gb200',
  gpu: 'GB200-NVL72',
  source: 'operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0)',
  released: '2026-08-21',
  curves: {
    evidence: 'calibrated',
    source: 'GB200-NVL72: operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0)',
    gemm: {
      bf16: { evidence: 'calibrated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.6596, half: 50, halfDepth: 19.38, sharpness: 3.226, memoryEfficiency: 0.8211, rampPerRootDepth: 3.232e-8, quantise: 0.0001, cachedInputs: 5000000000, floor: 0.000001853 },
      fp8: { evidence: 'calibrated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.6591, half: 3729, halfDepth: 143.8, sharpness: 1.798, memoryEfficiency: 0.8303, rampPerRootDepth: 3.188e-8, quantise: 3.035, cachedInputs: 500000, floor: 0.00001325 },
      fp8Block: { evidence: 'calibrated', range: { m: [1, 16384], n: [128, 65536], k: [128, 65536] }, efficiency: 0.755, half: 1365000, halfDepth: 682.4, sharpness: 2.22, memoryEfficiency: 0.8099, rampPerRootDepth: 3e-12, quantise: 1.348, cachedInputs: 10870000, floor: 0.000004859 },
      fp4: { evidence: 'calibrated', range: { m: [1, 16384], n: [128, 65536], k: [128, 65536] }, efficiency: 0.5571, half: 4627000, halfDepth: 802.6, sharpness: 4.057, memoryEfficiency: 0.5717, rampPerRootDepth: 3e-12, quantise: 1.593, cachedInputs: 5482000, floor: 0.000004827 },
      int8: { evidence: 'extrapolated', range: { m: [1, 16384], n: [32, 65536], k: [32, 65536] }, efficiency: 0.6591, half: 3729, halfDepth: 143.8, sharpness: 1.798, memoryEfficiency: 0.8303, rampPerRootDepth: 3.188e-8, quantise: 3.035, cachedInputs: 500000, floor: 0.00001325 },
    },
    groupedGemm: {
      bf16: [
        { evidence: 'calibrated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [16, 16384] }, efficiency: 1.106, half: 747900, halfRows: 64.36, halfHidden: 0.01, halfIntermediate: 184.5, sharpness: 1.137, memoryEfficiency: 1, rowEfficiency: 0.3829, perExpert: 6.163e-8, perRoute: 4.135e-10, ramp: 0.000008296, rampTokens: 456, floor: 0.0000179 },
      ],
      fp8: [
        { evidence: 'calibrated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [32, 16384] }, efficiency: 0.9898, half: 449700, halfRows: 53.69, halfHidden: 0.01, halfIntermediate: 621.8, sharpness: 1.386, memoryEfficiency: 0.9108, rowEfficiency: 0.4385, perExpert: 4.805e-8, perRoute: 6.182e-10, ramp: 0.00001103, rampTokens: 565, floor: 0.00002388 },
      ],
      fp8Block: [
        { evidence: 'calibrated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 7168], intermediate: [128, 16384] }, efficiency: 0.5085, half: 378700, halfRows: 42.11, halfHidden: 0.01, halfIntermediate: 931.2, sharpness: 2.742, memoryEfficiency: 0.727, rowEfficiency: 20, perExpert: 2.745e-7, perRoute: 8.635e-11, ramp: 0.00007573, rampTokens: 11150, floor: 0.00002294 },
        { evidence: 'extrapolated', rate: 'fp8', generated: true, range: { tokens: [1, 16384], experts: [1, 256], hidden: [2048, 7168], intermediate: [64, 16384] }, efficiency: 0.5697, half: 706100, halfRows: 86.58, halfHidden: 0.01, halfIntermediate: 198.6, sharpness: 1.769, memoryEfficiency: 1, rowEfficiency: 20, perExpert: 1e-12, perRoute: 1.833e-9, ramp: 0.00001244, rampTokens: 242.7, floor: 0.0000144 },
      ],
      fp4: [
        { evidence: 'calibrated', rate: 'fp4', range: { tokens: [1, 16384], experts: [1, 512], hidden: [1024, 8192], intermediate: [64, 16384] }, efficiency: 0.9188, half: 616800, halfRows: 292.1, halfHidden: 887.7, halfIntermediate: 313.5, sharpness: 12, memoryEfficiency: 0.8109, rowEfficiency: 0.3431, perExpert: 1.118e-7, perRoute: 7.493e-10, ramp: 0.00001553, rampTokens: 1256, floor: 0.00002899 },
        { evidence: 'calibrated', rate: 'fp4', generated: true, range: { tokens: [1, 16384], experts: [1, 256], hidden: [2048, 7168], intermediate: [64, 16384] }, efficiency: 0.5697, half: 706100, halfRows: 86.58, halfHidden: 0.01, halfIntermediate: 198.6, sharpness: 1.769, memoryEfficiency: 1, rowEfficiency: 20, perExpert: 1e-12, perRoute: 1.833e-9, ramp: 0.00001244, rampTokens: 242.7, floor: 0.0000144 },
      ],
      int8: [
        { evidence: 'extrapolated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [32, 16384] }, efficiency: 0.9898, half: 449700, halfRows: 53.69, halfHidden: 0.01, halfIntermediate: 621.8, sharpness: 1.386, memoryEfficiency: 0.9108, rowEfficiency: 0.4385, perExpert: 4.805e-8, perRoute: 6.182e-10, ramp: 0.00001103, rampTokens: 565, floor: 0.00002388 },
      ],
      mxfp4: [
        { evidence: 'calibrated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 256], hidden: [2880, 7168], intermediate: [64, 3072] }, efficiency: 0.5998, half: 853600, halfRows: 0.016, halfHidden: 0.01, halfIntermediate: 450.2, sharpness: 1, memoryEfficiency: 0.8837, rowEfficiency: 20, perExpert: 1e-12, perRoute: 9.319e-10, ramp: 0.00003299, rampTokens: 204.5, floor: 0.000009976 },
        { evidence: 'calibrated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 128], hidden: [2880, 2880], intermediate: [2880, 2880] }, efficiency: 0.5816, half: 885100, halfRows: 79.47, halfHidden: 0.01, halfIntermediate: 100, sharpness: 12, memoryEfficiency: 0.1926, rowEfficiency: 0.03975, perExpert: 7.962e-8, perRoute: 1.799e-9, ramp: 0.000007586, rampTokens: 4.064, floor: 0.00003114 },
      ],
      weightOnly: [
        { evidence: 'extrapolated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [16, 16384] }, efficiency: 0.5042, half: 84810, halfRows: 0.016, halfHidden: 0.01, halfIntermediate: 287.5, sharpness: 1.524, memoryEfficiency: 0.7525, rowEfficiency: 2.314, perExpert: 6.163e-8, perRoute: 4.135e-10, ramp: 0.000008296, rampTokens: 456, floor: 0.0000179 },
      ],
    },
    prefillAttention: {
      full: {
        bf16: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 1.133, half: 36.82, halfQueries: 1027, idleQueries: 32710, halfDim: 150.3, memoryEfficiency: 0.4881, floor: 0.00001435 },
        fp8: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 1.599, half: 27.5, halfQueries: 1552, idleQueries: 43520, halfDim: 183.8, memoryEfficiency: 0.8583, floor: 0.00001431 },
      },
      window: {
        bf16: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 4, half: 810.2, halfQueries: 43.7, idleQueries: 8992, halfDim: 822.4, memoryEfficiency: 1.134, floor: 0.00001236 },
        fp8: { evidence: 'calibrated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 256] }, efficiency: 4, half: 821.2, halfQueries: 44.98, idleQueries: 29480, halfDim: 704, memoryEfficiency: 0.7777, floor: 0.000007022 },
      },
    },
    decodeAttention: {
      grouped: {
        bf16: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [2, 128], headDim: [64, 256] }, efficiency: 0.1147, memoryEfficiency: 1, sharpness: 3.134, perTile: 8.221e-9, headsPerTile: 21.33, ramp: 0.00001896, rampBytes: 1615000000, serial: 0.00001907, serialTokens: 105900, floor: 0.00001135 },
        fp8: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [2, 128], headDim: [64, 256] }, efficiency: 0.2551, memoryEfficiency: 1, sharpness: 2.776, perTile: 6.892e-9, headsPerTile: 21.74, ramp: 0.00003625, rampBytes: 3406000000, serial: 0.00001051, serialTokens: 36610, floor: 0.0000113 },
      },
      multiHead: {
        bf16: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [1, 64], headDim: [64, 256] }, efficiency: 4, memoryEfficiency: 1, sharpness: 5.992, perTile: 9.033e-9, headsPerTile: 44.14, ramp: 0.0000343, rampBytes: 2792000000, serial: 0.00001781, serialTokens: 123300, floor: 0.00001133 },
        fp8: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [1, 64], headDim: [64, 256] }, efficiency: 4, memoryEfficiency: 1, sharpness: 4.968, perTile: 7.816e-9, headsPerTile: 800, ramp: 0.00002281, rampBytes: 1402000000, serial: 0.00001016, serialTokens: 49390, floor: 0.00001128 },
      },
    },
    mlaPrefill: {
      bf16: { evidence: 'calibrated', range: { queries: [1, 32768], history: [0, 0], sequences: [1, 256], heads: [1, 128], qkDim: [192, 192] }, efficiency: 0.5911, half: 70, halfQueries: 583.4, idleQueries: 45540, halfDim: 0.001, memoryEfficiency: 3, floor: 0.00001324 },
      fp8: { evidence: 'calibrated', range: { queries: [1, 32768], history: [0, 0], sequences: [1, 256], heads: [1, 128], qkDim: [192, 192] }, efficiency: 0.8672, half: 46.06, halfQueries: 1201, idleQueries: 58340, halfDim: 0.001, memoryEfficiency: 0.5711, floor: 0.00001782 },
    },
    mlaDecode: {
      bf16: { evidence: 'calibrated', range: { sequences: [1, 1024], context: [2, 131072], heads: [1, 128], headDim: [576, 576] }, efficiency: 4, memoryEfficiency: 0.7433, sharpness: 7.714, perTile: 3.144e-8, headsPerTile: 118.9, ramp: 0.000007721, rampBytes: 474800000, serial: 0.00001048, serialTokens: 5857, floor: 0.0000106 },
      fp8: { evidence: 'calibrated', range: { sequences: [1, 1024], context: [2, 131072], heads: [1, 128], headDim: [576, 576] }, efficiency: 2.171, memoryEfficiency: 0.8635, sharpness: 1.471, perTile: 2.019e-8, headsPerTile: 31.18, ramp: 2e-7, rampBytes: 50000000000, serial: 0.00001147, serialTokens: 7218, floor: 0.000009771 },
    },
    stream: { efficiency: 0.8, floor: 0.000002, cachedBytes: 500000 },
    collectives: {
      allReduce: { evidence: 'calibrated', range: { ranks: [2, 4], bytes: [512, 536870912] }, latency: 0.000007229, latencyExponent: 0.5822, ramp: 0.000006753, rampExponent: 1.222, rampBytes: 2201000, rampBytesExponent: 1.29, efficiency: 0.5101, efficiencyExponent: 0.2842, efficiencyRanks: 4 },
      allGather: { evidence: 'calibrated', range: { ranks: [2, 4], bytes: [512, 536870912] }, latency: 0.00000744, latencyExponent: 0.3506, ramp: 0.000005579, rampExponent: 1.018, rampBytes: 1642000, rampBytesExponent: 1.222, efficiency: 0.3806, efficiencyExponent: 0.429, efficiencyRanks: 4 },
      reduceScatter: { evidence: 'calibrated', range: { ranks: [2, 4], bytes: [512, 536870912] }, latency: 0.000007394, latencyExponent: 0.3542, ramp: 0.000003417, rampExponent: 1.302, rampBytes: 1307000, rampBytesExponent: 1.462, efficiency: 0.3262, efficiencyExponent: 0.511, efficiencyRanks: 4 },
      allToAll: { evidence: 'calibrated', range: { ranks: [2, 4], bytes: [512, 536870912] }, latency: 0.000008876, latencyExponent: 0.1152, ramp: 0.000006442, rampExponent: 0.01, rampBytes: 28770, rampBytesExponent: 0.9787, efficiency: 0.2632, efficiencyExponent: 0.522, efficiencyRanks: 4 },
      customAllReduce: {
        twoShot: { evidence: 'calibrated', range: { ranks: [2, 4], bytes: [256, 1073741824] }, latency: 0.00001373, latencyExponent: 0.07007, ramp: 0.0000252, rampExponent: 0.01, rampBytes: 5101000, rampBytesExponent: 0.5202, efficiency: 0.5507, efficiencyExponent: 0.1648, efficiencyRanks: 4 },
        oneShot: { evidence: 'calibrated', range: { ranks: [2, 4], bytes: [256, 1073741824] }, latency: 0.000003502, latencyExponent: 0.2047, ramp: 0, rampExponent: 0.01, rampBytes: 5101000, rampBytesExponent: 0.5202, efficiency: 0.558, efficiencyExponent: 0, efficiencyRanks: 4 },
      },
      exchangeNormal: {
        dedupe: true,
        dispatch: { evidence: 'calibrated', range: { tokens: [1, 65536], ranks: [2, 64], nodes: [1, 1], topk: [8, 8] }, latency: 0.00001081, latencyExponent: 0.05931, efficiency: 0.3957, efficiencyExponent: 0.08278, nodeLatency: 0.00001, networkEfficiency: 0.8 },
        combine: { evidence: 'calibrated', range: { tokens: [1, 65536], ranks: [2, 64], nodes: [1, 1], topk: [8, 8] }, latency: 0.00001104, latencyExponent: 0.1142, efficiency: 0.5523, efficiencyExponent: 0.001, nodeLatency: 0.00001, networkEfficiency: 0.8 },
      },
      exchangeLowLatency: {
        dedupe: false,
        dispatch: { evidence: 'calibrated', range: { tokens: [1, 1024], ranks: [4, 4], nodes: [1, 1], topk: [1, 10] }, latency: 0.00001514, latencyExponent: 0.001, efficiency: 0.477, efficiencyExponent: 0.001001, nodeLatency: 0.00001, networkEfficiency: 0.8 },
        combine: { evidence: 'calibrated', range: { tokens: [1, 1024], ranks: [4, 4], nodes: [1, 1], topk: [1, 10] }, latency: 0.00001446, latencyExponent: 0.001, efficiency: 0.62, efficiencyExponent: 0.001001, nodeLatency: 0.00001, networkEfficiency: 0.8 },
      },
      network: { evidence: 'extrapolated', range: { nodes: [2, 2], bytes: [1048576, 1073741824] }, latency: 0.00006376, efficiency: 1, sharpness: 2.259 },
    },
  },
  reports: [
    { operator: 'gemm', format: 'bf16', table: 'gemm_perf', version: '1.3.0rc20', rows: 7245, median: 0.0724, p90: 0.2157, aboveFloor: { rows: 5844, median: 0.0736, p90: 0.213 }, leftOut: {} },
    { operator: 'gemm', format: 'fp8', table: 'gemm_perf', version: '1.3.0rc20', rows: 7245, median: 0.0447, p90: 0.1072, aboveFloor: { rows: 2913, median: 0.0438, p90: 0.1056 }, leftOut: {} },
    { operator: 'gemm', format: 'fp8Block', table: 'gemm_perf', version: '1.3.0rc20', rows: 5940, median: 0.0412, p90: 0.1141, aboveFloor: { rows: 3990, median: 0.044, p90: 0.1228 }, leftOut: {} },
    { operator: 'gemm', format: 'fp4', table: 'gemm_perf', version: '1.3.0rc20', rows: 5985, median: 0.0348, p90: 0.1508, aboveFloor: { rows: 4694, median: 0.04, p90: 0.1674 }, leftOut: {} },
    { operator: 'experts', format: 'fp4 nvfp4 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 47061, median: 0.0864, p90: 0.2858, aboveFloor: { rows: 32677, median: 0.0881, p90: 0.2957 }, leftOut: { 'falls as tokens grow': 3321 } },
    { operator: 'experts', format: 'fp8 fp8 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 35640, median: 0.064, p90: 0.2501, aboveFloor: { rows: 25610, median: 0.0668, p90: 0.2712 }, leftOut: { 'falls as tokens grow': 4212 } },
    { operator: 'experts', format: 'bf16 bfloat16 cutlass', table: 'moe_perf', version: '1.3.0rc20', rows: 38556, median: 0.068, p90: 0.2705, aboveFloor: { rows: 32451, median: 0.0657, p90: 0.2767 }, leftOut: { 'falls as tokens grow': 8181 } },
    { operator: 'experts', format: 'fp4 nvfp4 min_latency', table: 'moe_perf', version: '1.3.0rc20', rows: 10017, median: 0.1003, p90: 0.3231, aboveFloor: { rows: 7139, median: 0.1104, p90: 0.3404 }, leftOut: { 'falls as tokens grow': 1998 } },
    { operator: 'experts', format: 'fp8Block fp8_block deepgemm', table: 'moe_perf', version: '1.3.0rc20', rows: 38799, median: 0.0562, p90: 0.1758, aboveFloor: { rows: 29210, median: 0.0559, p90: 0.1742 }, leftOut: {} },
    { operator: 'experts', format: 'mxfp4 w4a8_mxfp4_mxfp8 torch', table: 'moe_perf', version: '1.3.0rc20', rows: 5751, median: 0.1069, p90: 0.4068, aboveFloor: { rows: 5378, median: 0.1083, p90: 0.408 }, leftOut: { 'falls as tokens grow': 486 } },
    { operator: 'experts', format: 'mxfp4 w4a16_mxfp4 torch', table: 'moe_perf', version: '1.3.0rc20', rows: 1134, median: 0.0549, p90: 0.1708, aboveFloor: { rows: 915, median: 0.0567, p90: 0.169 }, leftOut: {} },
    { operator: 'experts, fastest kernel', format: 'fp4', table: 'moe_perf', version: '1.3.0rc20', rows: 4212, median: 0.1002, p90: 0.3389, aboveFloor: { rows: 3178, median: 0.0973, p90: 0.3291 }, leftOut: {} },
    { operator: 'prefill attention', format: 'bf16', table: 'context_attention_perf', version: '1.3.0rc20', rows: 16627, median: 0.0537, p90: 0.1722, aboveFloor: { rows: 12363, median: 0.0557, p90: 0.183 }, leftOut: { 'head wider than 256': 578 } },
    { operator: 'prefill attention, window', format: 'bf16', table: 'context_attention_perf', version: '1.3.0rc20', rows: 6324, median: 0.0526, p90: 0.1994, aboveFloor: { rows: 4607, median: 0.0508, p90: 0.183 }, leftOut: {} },
    { operator: 'prefill attention', format: 'fp8', table: 'context_attention_perf', version: '1.3.0rc20', rows: 16627, median: 0.0493, p90: 0.1432, aboveFloor: { rows: 12184, median: 0.0502, p90: 0.1476 }, leftOut: { 'head wider than 256': 578 } },
    { operator: 'prefill attention, window', format: 'fp8', table: 'context_attention_perf', version: '1.3.0rc20', rows: 6324, median: 0.0488, p90: 0.1719, aboveFloor: { rows: 6324, median: 0.0488, p90: 0.1719 }, leftOut: {} },
    { operator: 'decode attention, shared KV heads', format: 'bf16', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 10679, median: 0.052, p90: 0.2103, aboveFloor: { rows: 3813, median: 0.0449, p90: 0.2518 }, leftOut: { 'unusual heads': 4101 } },
    { operator: 'decode attention, own KV heads', format: 'bf16', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 5004, median: 0.0524, p90: 0.2208, aboveFloor: { rows: 2554, median: 0.0484, p90: 0.3443 }, leftOut: {} },
    { operator: 'decode attention, shared KV heads', format: 'fp8', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 10679, median: 0.0452, p90: 0.1375, aboveFloor: { rows: 3188, median: 0.0448, p90: 0.1619 }, leftOut: { 'unusual heads': 4101 } },
    { operator: 'decode attention, own KV heads', format: 'fp8', table: 'generation_attention_perf', version: '1.3.0rc20', rows: 5004, median: 0.0416, p90: 0.138, aboveFloor: { rows: 2273, median: 0.0426, p90: 0.1503 }, leftOut: {} },
    { operator: 'MLA prefill', format: 'bf16', table: 'context_mla_perf', version: '1.3.0rc20', rows: 880, median: 0.0643, p90: 0.1891, aboveFloor: { rows: 602, median: 0.0665, p90: 0.1848 }, leftOut: {} },
    { operator: 'MLA decode', format: 'bf16', table: 'generation_mla_perf', version: '1.3.0rc20', rows: 1448, median: 0.04, p90: 0.2263, aboveFloor: { rows: 722, median: 0.0364, p90: 0.2714 }, leftOut: {} },
    { operator: 'MLA prefill', format: 'fp8', table: 'context_mla_perf', version: '1.3.0rc20', rows: 880, median: 0.0475, p90: 0.1571, aboveFloor: { rows: 576, median: 0.04, p90: 0.1344 }, leftOut: {} },
    { operator: 'MLA decode', format: 'fp8', table: 'generation_mla_perf', version: '1.3.0rc20', rows: 1448, median: 0.062, p90: 0.2144, aboveFloor: { rows: 656, median: 0.0507, p90: 0.23 }, leftOut: {} },
    { operator: 'NCCL allReduce', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 189, median: 0.0259, p90: 0.0971, aboveFloor: { rows: 72, median: 0.0283, p90: 0.2847 }, leftOut: {} },
    { operator: 'NCCL allGather', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 210, median: 0.038, p90: 0.0748, aboveFloor: { rows: 80, median: 0.0369, p90: 0.1175 }, leftOut: {} },
    { operator: 'NCCL reduceScatter', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 204, median: 0.0299, p90: 0.0757, aboveFloor: { rows: 74, median: 0.0285, p90: 0.0947 }, leftOut: {} },
    { operator: 'NCCL allToAll', format: 'bf16', table: 'nccl_perf', version: '2.29.2', rows: 210, median: 0.0218, p90: 0.0619, aboveFloor: { rows: 80, median: 0.0379, p90: 0.0791 }, leftOut: {} },
    { operator: 'all-reduce in a CUDA graph', format: 'bf16', table: 'custom_allreduce_perf', version: '1.3.0rc20', rows: 46, median: 0.0436, p90: 0.1196, aboveFloor: { rows: 20, median: 0.0391, p90: 0.1762 }, leftOut: {} },
    { operator: 'DeepEP normal, dispatch', format: 'fp8', table: 'wideep_deepep_normal_perf', version: '0.5.12', rows: 437, median: 0.0341, p90: 0.3261, aboveFloor: { rows: 164, median: 0.2234, p90: 0.4485 }, leftOut: {} },
    { operator: 'DeepEP normal, combine', format: 'bf16', table: 'wideep_deepep_normal_perf', version: '0.5.12', rows: 437, median: 0.0791, p90: 0.2771, aboveFloor: { rows: 168, median: 0.1462, p90: 0.3787 }, leftOut: {} },
    { operator: 'NVLink all-to-all, dispatch', format: 'fp8', table: 'trtllm_alltoall_perf', version: '1.2.0rc6', rows: 540, median: 0.07, p90: 0.177, aboveFloor: { rows: 328, median: 0.0785, p90: 0.2461 }, leftOut: {} },
    { operator: 'NVLink all-to-all, combine', format: 'bf16', table: 'trtllm_alltoall_perf', version: '1.2.0rc6', rows: 180, median: 0.0871, p90: 0.2135, aboveFloor: { rows: 117, median: 0.1218, p90: 0.2183 }, leftOut: {} },
    { operator: 'DeepEP low-latency, dispatch', format: 'fp8', table: 'wideep_deepep_ll_perf', version: '0.5.12', rows: 176, median: 0.1116, p90: 0.3841, aboveFloor: { rows: 45, median: 0.0698, p90: 0.8638 }, leftOut: {} },
    { operator: 'DeepEP low-latency, combine', format: 'bf16', table: 'wideep_deepep_ll_perf', version: '0.5.12', rows: 176, median: 0.1149, p90: 0.2785, aboveFloor: { rows: 45, median: 0.0318, p90: 0.3908 }, leftOut: {} },
  ],
};
