/** Made by `npm run calibrate` from operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0). Not to be edited. */
import type { Calibration } from '../calibration.ts';

export const a100Sxm: Calibration = {
  id: 'a100-sxm',
  gpu: 'A100-SXM-80GB',
  source: 'operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0)',
  released: '2026-08-21',
  curves: {
    evidence: 'calibrated',
    source: 'A100-SXM-80GB: operator tables of ai-dynamo/aiconfigurator @095f58a51c4c (Apache-2.0)',
    gemm: {
      bf16: { evidence: 'calibrated', range: { m: [1, 8192], n: [32, 65536], k: [32, 65536] }, efficiency: 0.853, half: 50, halfDepth: 119.5, sharpness: 1.836, memoryEfficiency: 0.81, rampPerRootDepth: 4.386e-8, quantise: 0.0001, cachedInputs: 500000, floor: 0.000003168 },
      fp8: { evidence: 'extrapolated', range: { m: [1, 8192], n: [128, 65536], k: [128, 65536] }, efficiency: 0.8646, half: 475200, halfDepth: 373.1, sharpness: 3.195, memoryEfficiency: 0.8671, rampPerRootDepth: 1.412e-8, quantise: 0.1568, cachedInputs: 23820000, floor: 0.000009544 },
      fp8Block: { evidence: 'extrapolated', range: { m: [1, 8192], n: [128, 65536], k: [128, 65536] }, efficiency: 0.8646, half: 475200, halfDepth: 373.1, sharpness: 3.195, memoryEfficiency: 0.8671, rampPerRootDepth: 1.412e-8, quantise: 0.1568, cachedInputs: 23820000, floor: 0.000009544 },
      fp4: { evidence: 'extrapolated', range: { m: [1, 8192], n: [128, 65536], k: [128, 65536] }, efficiency: 0.8646, half: 475200, halfDepth: 373.1, sharpness: 3.195, memoryEfficiency: 0.8671, rampPerRootDepth: 1.412e-8, quantise: 0.1568, cachedInputs: 23820000, floor: 0.000009544 },
      int8: { evidence: 'calibrated', range: { m: [1, 8192], n: [128, 65536], k: [128, 65536] }, efficiency: 0.8646, half: 475200, halfDepth: 373.1, sharpness: 3.195, memoryEfficiency: 0.8671, rampPerRootDepth: 1.412e-8, quantise: 0.1568, cachedInputs: 23820000, floor: 0.000009544 },
    },
    groupedGemm: {
      bf16: [
        { evidence: 'extrapolated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [16, 16384] }, efficiency: 0.9057, half: 441900, halfRows: 140.6, halfHidden: 0.01, halfIntermediate: 43.91, sharpness: 1.94, memoryEfficiency: 1, rowEfficiency: 0.4918, perExpert: 4.5e-8, perRoute: 4.154e-10, ramp: 0.000009455, rampTokens: 503.4, floor: 0.00001595 },
      ],
      fp8: [
        { evidence: 'extrapolated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [32, 16384] }, efficiency: 0.8122, half: 345700, halfRows: 64.86, halfHidden: 0.01, halfIntermediate: 299.8, sharpness: 1.657, memoryEfficiency: 0.9014, rowEfficiency: 0.7348, perExpert: 3.985e-8, perRoute: 7.507e-10, ramp: 0.0000108, rampTokens: 551.3, floor: 0.00002201 },
      ],
      fp8Block: [
        { evidence: 'extrapolated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 7168], intermediate: [128, 16384] }, efficiency: 0.4837, half: 251300, halfRows: 4.924, halfHidden: 0.01, halfIntermediate: 1123, sharpness: 1.226, memoryEfficiency: 0.894, rowEfficiency: 0.6799, perExpert: 2.448e-7, perRoute: 4.681e-10, ramp: 0.00001025, rampTokens: 623.9, floor: 0.00001534 },
      ],
      fp4: [
        { evidence: 'extrapolated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 7168], intermediate: [128, 16384] }, efficiency: 0.4837, half: 251300, halfRows: 4.924, halfHidden: 0.01, halfIntermediate: 1123, sharpness: 1.226, memoryEfficiency: 0.894, rowEfficiency: 0.6799, perExpert: 2.448e-7, perRoute: 4.681e-10, ramp: 0.00001025, rampTokens: 623.9, floor: 0.00001534 },
      ],
      int8: [
        { evidence: 'extrapolated', rate: 'fp8', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [32, 16384] }, efficiency: 0.8122, half: 345700, halfRows: 64.86, halfHidden: 0.01, halfIntermediate: 299.8, sharpness: 1.657, memoryEfficiency: 0.9014, rowEfficiency: 0.7348, perExpert: 3.985e-8, perRoute: 7.507e-10, ramp: 0.0000108, rampTokens: 551.3, floor: 0.00002201 },
      ],
      mxfp4: [
        { evidence: 'extrapolated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 64], hidden: [2880, 2880], intermediate: [2880, 2880] }, efficiency: 0.5655, half: 162600, halfRows: 2.47, halfHidden: 96.88, halfIntermediate: 100, sharpness: 1, memoryEfficiency: 1, rowEfficiency: 0.4083, perExpert: 1.121e-7, perRoute: 1.421e-8, ramp: 0.00004253, rampTokens: 23.99, floor: 0.00005985 },
      ],
      weightOnly: [
        { evidence: 'extrapolated', rate: 'bf16', range: { tokens: [1, 16384], experts: [1, 512], hidden: [2048, 8192], intermediate: [16, 16384] }, efficiency: 0.5042, half: 84810, halfRows: 0.016, halfHidden: 0.01, halfIntermediate: 287.5, sharpness: 1.524, memoryEfficiency: 0.7525, rowEfficiency: 2.314, perExpert: 4.5e-8, perRoute: 4.154e-10, ramp: 0.000009455, rampTokens: 503.4, floor: 0.00001595 },
      ],
    },
    prefillAttention: {
      full: {
        bf16: { evidence: 'calibrated', range: { queries: [16, 16384], history: [0, 0], sequences: [1, 256], heads: [4, 96], qkDim: [128, 128] }, efficiency: 0.4905, half: 30.21, halfQueries: 141.9, idleQueries: 13280, halfDim: 0.001, memoryEfficiency: 0.5502, floor: 0.00001044 },
        fp8: { evidence: 'extrapolated', range: { queries: [16, 16384], history: [0, 0], sequences: [1, 256], heads: [4, 96], qkDim: [128, 128] }, efficiency: 0.4905, half: 30.21, halfQueries: 141.9, idleQueries: 13280, halfDim: 0.001, memoryEfficiency: 0.5502, floor: 0.00001044 },
      },
      window: {
        bf16: { evidence: 'extrapolated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 192] }, efficiency: 4, half: 417.8, halfQueries: 46.22, idleQueries: 12610, halfDim: 696.2, memoryEfficiency: 0.4831, floor: 0.00001129 },
        fp8: { evidence: 'extrapolated', range: { queries: [1, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 96], qkDim: [64, 192] }, efficiency: 4, half: 1135, halfQueries: 18.09, idleQueries: 6185, halfDim: 480, memoryEfficiency: 0.8015, floor: 0.00001207 },
      },
    },
    decodeAttention: {
      grouped: {
        bf16: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [4, 128], headDim: [128, 128] }, efficiency: 0.2592, memoryEfficiency: 0.8689, sharpness: 3.536, perTile: 5.124e-8, headsPerTile: 180.6, ramp: 0.0000421, rampBytes: 58870000, serial: 0.000008831, serialTokens: 470.2, floor: 0.0000104 },
        fp8: { evidence: 'extrapolated', range: { sequences: [1, 2048], context: [2, 131072], heads: [4, 128], headDim: [128, 128] }, efficiency: 0.2592, memoryEfficiency: 0.8689, sharpness: 3.536, perTile: 5.124e-8, headsPerTile: 180.6, ramp: 0.0000421, rampBytes: 58870000, serial: 0.000008831, serialTokens: 470.2, floor: 0.0000104 },
      },
      multiHead: {
        bf16: { evidence: 'calibrated', range: { sequences: [1, 2048], context: [2, 131072], heads: [4, 64], headDim: [128, 128] }, efficiency: 0.02626, memoryEfficiency: 1, sharpness: 1.371, perTile: 1.194e-8, headsPerTile: 2.597, ramp: 0.00136, rampBytes: 48010000000, serial: 0.00004923, serialTokens: 3800, floor: 0.00001056 },
        fp8: { evidence: 'extrapolated', range: { sequences: [1, 2048], context: [2, 131072], heads: [4, 64], headDim: [128, 128] }, efficiency: 0.02626, memoryEfficiency: 1, sharpness: 1.371, perTile: 1.194e-8, headsPerTile: 2.597, ramp: 0.00136, rampBytes: 48010000000, serial: 0.00004923, serialTokens: 3800, floor: 0.00001056 },
      },
    },
    mlaPrefill: {
      bf16: { evidence: 'calibrated', range: { queries: [16, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 128], qkDim: [192, 192] }, efficiency: 0.5316, half: 62.38, halfQueries: 123.4, idleQueries: 13840, halfDim: 0.001, memoryEfficiency: 3, floor: 0.000009907 },
      fp8: { evidence: 'calibrated', range: { queries: [16, 16384], history: [0, 0], sequences: [1, 256], heads: [1, 128], qkDim: [192, 192] }, efficiency: 0.5311, half: 61.09, halfQueries: 125.9, idleQueries: 13800, halfDim: 0.001, memoryEfficiency: 3, floor: 0.00001001 },
    },
    mlaDecode: {
      bf16: { evidence: 'calibrated', range: { sequences: [1, 1024], context: [2, 131072], heads: [1, 128], headDim: [576, 576] }, efficiency: 0.3254, memoryEfficiency: 0.4255, sharpness: 12, perTile: 1.16e-7, headsPerTile: 248.9, ramp: 2e-7, rampBytes: 50000000000, serial: 0.05, serialTokens: 473500, floor: 0.00001188 },
      fp8: { evidence: 'calibrated', range: { sequences: [1, 1024], context: [2, 131072], heads: [1, 128], headDim: [576, 576] }, efficiency: 0.3268, memoryEfficiency: 0.2231, sharpness: 12, perTile: 1.16e-7, headsPerTile: 228.9, ramp: 2e-7, rampBytes: 50000000000, serial: 0.05, serialTokens: 468600, floor: 0.00001167 },
    },
    stream: { efficiency: 0.834, floor: 0.000002, cachedBytes: 23820000 },
    collectives: {
      allReduce: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000007065, latencyExponent: 0.5568, ramp: 0.00002219, rampExponent: 0.561, rampBytes: 920700, rampBytesExponent: 1.176, efficiency: 0.6068, efficiencyExponent: 0.1049, efficiencyRanks: 8 },
      allGather: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000007685, latencyExponent: 0.3467, ramp: 0.00001974, rampExponent: 0.4178, rampBytes: 1184000, rampBytesExponent: 0.9562, efficiency: 0.453, efficiencyExponent: 0.1955, efficiencyRanks: 8 },
      reduceScatter: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.000007497, latencyExponent: 0.3392, ramp: 0.00001473, rampExponent: 0.6076, rampBytes: 952400, rampBytesExponent: 1.101, efficiency: 0.5123, efficiencyExponent: 0.1724, efficiencyRanks: 8 },
      allToAll: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [512, 536870912] }, latency: 0.00001065, latencyExponent: 0.1246, ramp: 0.00001422, rampExponent: 0.2702, rampBytes: 1545000, rampBytesExponent: 0.2311, efficiency: 0.4898, efficiencyExponent: 0.153, efficiencyRanks: 8 },
      customAllReduce: {
        twoShot: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [256, 1073741824] }, latency: 0.000001383, latencyExponent: 1.5, ramp: 0.00003835, rampExponent: 0.2779, rampBytes: 372200, rampBytesExponent: 1.802, efficiency: 0.6213, efficiencyExponent: 0.0955, efficiencyRanks: 8 },
        oneShot: { evidence: 'calibrated', range: { ranks: [2, 8], bytes: [256, 1073741824] }, latency: 0.00000432, latencyExponent: 0.04704, ramp: 0, rampExponent: 0.2779, rampBytes: 372200, rampBytesExponent: 1.802, efficiency: 0.4781, efficiencyExponent: 0, efficiencyRanks: 8 },
      },
      exchangeNormal: {
        dedupe: true,
        dispatch: { evidence: 'extrapolated', range: { tokens: [1, 131072], ranks: [8, 32], nodes: [1, 4], topk: [1, 22] }, latency: 0.00001585, latencyExponent: 0.2495, efficiency: 0.5178, efficiencyExponent: 0.05998, nodeLatency: 1e-7, networkEfficiency: 0.8645 },
        combine: { evidence: 'extrapolated', range: { tokens: [1, 131072], ranks: [8, 64], nodes: [1, 8], topk: [1, 22] }, latency: 0.00003512, latencyExponent: 0.05388, efficiency: 0.5324, efficiencyExponent: 0.08014, nodeLatency: 0.000008979, networkEfficiency: 0.7751 },
      },
      exchangeLowLatency: {
        dedupe: false,
        dispatch: { evidence: 'extrapolated', range: { tokens: [1, 1024], ranks: [8, 64], nodes: [1, 8], topk: [1, 10] }, latency: 0.00001153, latencyExponent: 0.001, efficiency: 0.5404, efficiencyExponent: 0.009546, nodeLatency: 0.000005953, networkEfficiency: 0.9378 },
        combine: { evidence: 'extrapolated', range: { tokens: [1, 1024], ranks: [8, 64], nodes: [1, 8], topk: [1, 10] }, latency: 0.0000114, latencyExponent: 0.001, efficiency: 0.4334, efficiencyExponent: 0.05119, nodeLatency: 0.000006242, networkEfficiency: 0.9069 },
      },
      network: { evidence: 'extrapolated', range: { nodes: [2, 2], bytes: [1048576, 1073741824] }, latency: 0.00006376, efficiency: 1, sharpness: 2.259 },
    },
  },
  reports: [
    { operator: 'gemm', format: 'bf16', table: 'gemm_perf', version: '1.0.0', rows: 6160, median: 0.0774, p90: 0.2215, aboveFloor: { rows: 5150, median: 0.0699, p90: 0.219 }, leftOut: {} },
    { operator: 'gemm', format: 'int8', table: 'gemm_perf', version: '1.0.0', rows: 4032, median: 0.0714, p90: 0.3301, aboveFloor: { rows: 2874, median: 0.0666, p90: 0.221 }, leftOut: {} },
    { operator: 'prefill attention', format: 'bf16', table: 'context_attention_perf', version: '1.0.0', rows: 4864, median: 0.0198, p90: 0.0853, aboveFloor: { rows: 4341, median: 0.018, p90: 0.0757 }, leftOut: {} },
    { operator: 'decode attention, shared KV heads', format: 'bf16', table: 'generation_attention_perf', version: '1.0.0', rows: 2522, median: 0.0553, p90: 0.1929, aboveFloor: { rows: 1612, median: 0.0509, p90: 0.1703 }, leftOut: { 'unusual heads': 1200 } },
    { operator: 'decode attention, own KV heads', format: 'bf16', table: 'generation_attention_perf', version: '1.0.0', rows: 1304, median: 0.0656, p90: 0.241, aboveFloor: { rows: 924, median: 0.059, p90: 0.2196 }, leftOut: {} },
    { operator: 'MLA prefill', format: 'bf16', table: 'context_mla_perf', version: '1.0.0', rows: 1218, median: 0.0352, p90: 0.1355, aboveFloor: { rows: 1018, median: 0.0305, p90: 0.1449 }, leftOut: {} },
    { operator: 'MLA decode', format: 'bf16', table: 'generation_mla_perf', version: '1.0.0', rows: 2534, median: 0.0784, p90: 0.2361, aboveFloor: { rows: 1873, median: 0.0651, p90: 0.2039 }, leftOut: {} },
    { operator: 'MLA prefill', format: 'fp8', table: 'context_mla_perf', version: '1.0.0', rows: 1218, median: 0.035, p90: 0.1382, aboveFloor: { rows: 1017, median: 0.0311, p90: 0.1447 }, leftOut: {} },
    { operator: 'MLA decode', format: 'fp8', table: 'generation_mla_perf', version: '1.0.0', rows: 2534, median: 0.0978, p90: 0.3127, aboveFloor: { rows: 1887, median: 0.0859, p90: 0.2887 }, leftOut: {} },
    { operator: 'NCCL allReduce', format: 'bf16', table: 'nccl_perf', version: '2.27.3', rows: 63, median: 0.0424, p90: 0.1107, aboveFloor: { rows: 28, median: 0.0286, p90: 0.0791 }, leftOut: {} },
    { operator: 'NCCL allGather', format: 'bf16', table: 'nccl_perf', version: '2.27.3', rows: 63, median: 0.0642, p90: 0.1523, aboveFloor: { rows: 28, median: 0.0546, p90: 0.1506 }, leftOut: {} },
    { operator: 'NCCL reduceScatter', format: 'bf16', table: 'nccl_perf', version: '2.27.3', rows: 63, median: 0.0507, p90: 0.1214, aboveFloor: { rows: 28, median: 0.033, p90: 0.1323 }, leftOut: {} },
    { operator: 'NCCL allToAll', format: 'bf16', table: 'nccl_perf', version: '2.27.3', rows: 63, median: 0.0406, p90: 0.1165, aboveFloor: { rows: 27, median: 0.037, p90: 0.1528 }, leftOut: {} },
    { operator: 'all-reduce in a CUDA graph', format: 'bf16', table: 'custom_allreduce_perf', version: '1.0.0', rows: 69, median: 0.0439, p90: 0.2216, aboveFloor: { rows: 38, median: 0.0431, p90: 0.2216 }, leftOut: {} },
  ],
};
