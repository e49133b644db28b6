/** Accelerators of AMD, Intel, AWS, Google and Huawei: datasheet figures, dense (no sparsity), per GPU. Figures that no source gives are absent. */
import { type Figure, type GpuSpec, gpu } from './spec.ts';

/** xGMI joins each of eight GPUs to each other by a link of its own. */
const xgmi: Figure = {
  value: 0.75,
  source:
    'a seventh of it to each of seven others, and about 48 of 64 GB/s after protocol and error correction: rocm.blogs.amd.com, “Understanding RCCL Bandwidth and xGMI Performance on AMD Instinct MI300X”',
};

/** What MI300X's products reach of their peak, over what H100's reach of theirs. */
const cdna3Share: Figure = {
  value: 0.637,
  source:
    '668.4 of 1307 TFLOP/s in bf16, where H100 reaches 794.5 of 989: stas00/ml-engineering compute/accelerator/README.md (maximum achievable matmul FLOPS) @744d01e18b79',
};

export const others: readonly GpuSpec[] = [
  gpu({
    name: 'Intel-Arc-Pro-B60-24GB',
    aliases: ['arc-pro-b60', 'b60'],
    source:
      'vllm-project.github.io _posts/2025-11-11-intel-arc-pro-b.md; peaks: 197 int8 TOPS of Intel’s product page, half of it in 16 bits, of which measured products reach 98.2 (aiconfigurator b60 gemm_perf @095f58a51c4c); eight lanes of PCIe 5.0',
    memoryGiB: 24,
    memoryBandwidthGBps: 456,
    peakTflops: { bf16: 98.3, int8: 196.6 },
    fastLink: { name: 'PCIe 5.0 x8', bandwidthGBps: 31.5, domainGpus: 1 },
    calibration: 'l40s',
  }),
  gpu({
    name: 'MI210-64GB',
    aliases: ['mi210', 'AMD Instinct MI210'],
    source:
      'cli99/llm-analysis llm_analysis/gpu_configs/mi210-64gb.json @b60b392f; peaks: pytorch/pytorch torch/_inductor/analysis/device_info.py @00604d0f, after AMD’s MI210 brochure',
    memoryGiB: 64,
    memoryBandwidthGBps: 1638,
    peakTflops: { bf16: 181, int8: 181 },
    fastLink: { name: 'PCIe 4.0 (bridges of Infinity Fabric optional)', bandwidthGBps: 31, domainGpus: 1 },
    gpusPerNode: 8,
    calibration: 'a100-sxm',
  }),
  gpu({
    name: 'MI250-128GB',
    aliases: ['mi250', 'AMD Instinct MI250'],
    source:
      'AnandTech’s table as pipedot.org/article/5XCG1 has it: 3.2 Gbit/s on 8192 lines, six links; 50 GB/s a link and direction: rocm.docs.amd.com, “AMD Instinct MI250 microarchitecture”',
    memoryGiB: 128,
    memoryBandwidthGBps: 3277,
    peakTflops: { bf16: 362, int8: 362 },
    fastLink: { name: 'XGMI', bandwidthGBps: 300, domainGpus: 4 },
    nicGBps: 25,
    gpusPerNode: 4,
    calibration: 'a100-sxm',
    note: 'two dies of 64 GB each, which software sees as two GPUs',
  }),
  gpu({
    name: 'MI250X-128GB',
    aliases: ['mi250x'],
    source: 'stas00/ml-engineering compute/accelerator/README.md, network/README.md @744d01e18b79',
    memoryGiB: 128,
    memoryBandwidthGBps: 3280,
    peakTflops: { bf16: 383 },
    fastLink: { name: 'XGMI', bandwidthGBps: 350, domainGpus: 8 },
    nicGBps: 25,
    gpusPerNode: 8,
    calibration: 'a100-sxm',
  }),
  gpu({
    name: 'MI300X-192GB',
    aliases: ['mi300x', 'AMD Instinct MI300X'],
    source:
      'stas00/ml-engineering compute/accelerator/README.md, network/README.md @744d01e18b79; SemiAnalysisAI/InferenceX-app packages/app/src/lib/gpu-specs.ts @77ca49a67919',
    memoryGiB: 192,
    memoryBandwidthGBps: 5300,
    peakTflops: { bf16: 1307, fp8: 2615 },
    fastLink: {
      name: 'Infinity Fabric full mesh (7 links x 64 GB/s)',
      bandwidthGBps: 448,
      domainGpus: 8,
      meshPayload: xgmi,
    },
    nicGBps: 50,
    gpusPerNode: 8,
    calibration: 'h100-sxm',
    sustainedShare: cdna3Share,
    note: 'peer-to-peer between 2 GPUs is only 64 GB/s',
  }),
  gpu({
    name: 'MI325X-256GB',
    aliases: ['mi325x', 'AMD Instinct MI325X'],
    source:
      'stas00/ml-engineering compute/accelerator/README.md, network/README.md @744d01e18b79; SemiAnalysisAI/InferenceX-app packages/app/src/lib/gpu-specs.ts @77ca49a67919',
    memoryGiB: 256,
    memoryBandwidthGBps: 6000,
    peakTflops: { bf16: 1307, fp8: 2615 },
    fastLink: { name: 'Infinity Fabric full mesh (7 x 64)', bandwidthGBps: 448, domainGpus: 8, meshPayload: xgmi },
    nicGBps: 50,
    gpusPerNode: 8,
    calibration: 'h200-sxm',
    sustainedShare: {
      value: 0.748,
      source:
        '784.9 of 1307 TFLOP/s in bf16, where H200 reaches 794.5 of 989: stas00/ml-engineering compute/accelerator/README.md (maximum achievable matmul FLOPS) @744d01e18b79',
    },
  }),
  gpu({
    name: 'MI350X-288GB',
    aliases: ['mi350x', 'AMD Instinct MI350X'],
    source:
      'stas00/ml-engineering compute/accelerator/README.md, network/README.md @744d01e18b79; peaks: pytorch/pytorch torch/_inductor/analysis/device_info.py @00604d0f, after AMD’s MI350X brochure, in its two digits; fp4 twice fp8, as MI355X',
    memoryGiB: 288,
    memoryBandwidthGBps: 8000,
    peakTflops: { bf16: 2300, fp8: 4600, fp4: 9200 },
    fastLink: { name: 'Infinity Fabric full mesh (7 x 76.5)', bandwidthGBps: 535.5, domainGpus: 8, meshPayload: xgmi },
    nicGBps: 50,
    gpusPerNode: 8,
    calibration: 'b200-sxm',
    sustainedShare: {
      value: 0.802,
      source:
        'as MI355X, 1565 of 2516 TFLOP/s in bf16, where B200 reaches 1745 of 2250: stas00/ml-engineering compute/accelerator/README.md (maximum achievable matmul FLOPS) @744d01e18b79',
    },
  }),
  gpu({
    name: 'MI355X-288GB',
    aliases: ['mi355x', 'AMD Instinct MI355X'],
    source:
      'stas00/ml-engineering compute/accelerator/README.md, network/README.md @744d01e18b79; SemiAnalysisAI/InferenceX-app packages/app/src/lib/gpu-specs.ts @77ca49a67919',
    memoryGiB: 288,
    memoryBandwidthGBps: 8000,
    peakTflops: { bf16: 2516, fp8: 5033, fp4: 10066 },
    fastLink: { name: 'Infinity Fabric full mesh (7 x 76.5)', bandwidthGBps: 535.5, domainGpus: 8, meshPayload: xgmi },
    nicGBps: 50,
    gpusPerNode: 8,
    calibration: 'b200-sxm',
    sustainedShare: {
      value: 0.802,
      source:
        '1565 of 2516 TFLOP/s in bf16, where B200 reaches 1745 of 2250: stas00/ml-engineering compute/accelerator/README.md (maximum achievable matmul FLOPS) @744d01e18b79',
    },
    note: 'other sources: {scale_up_inferencex_gbps: 576, bf16_ml_engineering: 2500}',
  }),
  gpu({
    name: 'Gaudi2',
    aliases: ['gaudi-2', 'Intel Gaudi 2'],
    source: 'stas00/ml-engineering compute/accelerator/README.md, network/README.md @744d01e18b79',
    memoryGiB: 96,
    memoryBandwidthGBps: 2460,
    peakTflops: { bf16: 432, fp8: 865 },
    fastLink: { name: 'RoCE on chip', bandwidthGBps: 300, domainGpus: 8 },
    nicGBps: 37.5,
    gpusPerNode: 8,
    calibration: 'a100-sxm',
  }),
  gpu({
    name: 'Gaudi3',
    aliases: ['gaudi-3', 'Intel Gaudi 3'],
    source: 'stas00/ml-engineering compute/accelerator/README.md, network/README.md @744d01e18b79',
    memoryGiB: 128,
    memoryBandwidthGBps: 3700,
    peakTflops: { bf16: 1677, fp8: 1677 },
    fastLink: { name: 'RoCE on chip', bandwidthGBps: 600, domainGpus: 8 },
    nicGBps: 75,
    gpusPerNode: 8,
    calibration: 'h100-sxm',
    sustainedShare: {
      value: 0.923,
      source:
        '1243 of 1677 TFLOP/s in bf16, where H100 reaches 794.5 of 989: stas00/ml-engineering compute/accelerator/README.md (maximum achievable matmul FLOPS) @744d01e18b79',
    },
  }),
  gpu({
    name: 'Trainium2',
    aliases: ['trn2', 'trainium-2'],
    source: 'stas00/ml-engineering compute/accelerator/README.md, network/README.md @744d01e18b79',
    memoryGiB: 96,
    memoryBandwidthGBps: 2900,
    peakTflops: { bf16: 667, fp8: 1299 },
    fastLink: { name: 'NeuronLink3', bandwidthGBps: 640, domainGpus: 16 },
    nicGBps: 50,
    gpusPerNode: 16,
    calibration: 'h100-sxm',
  }),
  gpu({
    name: 'TPU-v4',
    aliases: ['tpuv4'],
    source:
      'stas00/ml-engineering compute/accelerator/README.md, network/README.md @744d01e18b79; ICI: six links of 400 Gbit/s a direction (glennklockwood.com/garden/processors/TPUv4)',
    memoryGiB: 32,
    memoryBandwidthGBps: 1200,
    peakTflops: { bf16: 275, int8: 275 },
    fastLink: { name: 'ICI 3D torus', bandwidthGBps: 300, domainGpus: 4096 },
    gpusPerNode: 4,
    calibration: 'a100-sxm',
  }),
  gpu({
    name: 'TPU-v5e',
    aliases: ['tpuv5e', 'tpu-v5-lite'],
    source:
      'stas00/ml-engineering compute/accelerator/README.md, network/README.md @744d01e18b79; ICI: half of the bidirectional bandwidth per chip in Google Cloud’s TPU documentation, 400 GBps',
    memoryGiB: 16,
    memoryBandwidthGBps: 820,
    peakTflops: { bf16: 197, int8: 394 },
    fastLink: { name: 'ICI 2D torus', bandwidthGBps: 200, domainGpus: 256 },
    calibration: 'a100-sxm',
  }),
  gpu({
    name: 'TPU-v5p',
    aliases: ['tpuv5p'],
    source:
      'stas00/ml-engineering compute/accelerator/README.md, network/README.md @744d01e18b79; ICI: half of the bidirectional bandwidth per chip in Google Cloud’s TPU documentation, 1200 GBps',
    memoryGiB: 95,
    memoryBandwidthGBps: 2760,
    peakTflops: { bf16: 459, int8: 918 },
    fastLink: { name: 'ICI 3D torus', bandwidthGBps: 600, domainGpus: 8960 },
    gpusPerNode: 4,
    calibration: 'h100-sxm',
  }),
  gpu({
    name: 'TPU-v6e-Trillium',
    aliases: ['tpu-v6e', 'tpuv6e', 'trillium'],
    source:
      'stas00/ml-engineering compute/accelerator/README.md, network/README.md @744d01e18b79; HBM and ICI: docs.cloud.google.com/tpu/docs/v6e, ICI half of its bidirectional 800 GBps',
    memoryGiB: 32,
    memoryBandwidthGBps: 1638,
    peakTflops: { bf16: 918, fp8: 918, int8: 1836 },
    fastLink: { name: 'ICI 2D torus', bandwidthGBps: 400, domainGpus: 256 },
    calibration: 'h100-sxm',
  }),
  gpu({
    name: 'TPU-v7x-Ironwood',
    aliases: ['tpu-v7x', 'tpuv7x', 'tpu-v7', 'tpuv7', 'ironwood'],
    source:
      'stas00/ml-engineering compute/accelerator/README.md, network/README.md @744d01e18b79; HBM: docs.cloud.google.com/tpu/docs/tpu7x, and 7.3 TB/s as shown at Hot Chips 2025 (mattfife.com/?p=15269), its third digit from memory',
    memoryGiB: 192,
    memoryBandwidthGBps: 7370,
    peakTflops: { bf16: 2307, fp8: 4614 },
    fastLink: { name: 'ICI 3D torus', bandwidthGBps: 600, domainGpus: 9216 },
    calibration: 'b200-sxm',
  }),
  gpu({
    name: 'Ascend-910B',
    aliases: ['ascend-910b', '910b', 'ascend-910b3'],
    source:
      'Huawei Atlas 800T A2, from memory and not confirmed: variants B1 to B4 differ (32 or 64 GB, 280 to 400 TFLOPS)',
    memoryGiB: 64,
    memoryBandwidthGBps: 1600,
    peakTflops: { bf16: 313, int8: 626 },
    fastLink: { name: 'HCCS full mesh', bandwidthGBps: 196, domainGpus: 8 },
    nicGBps: 25,
    gpusPerNode: 8,
    calibration: 'a100-sxm',
  }),
  gpu({
    name: 'MI300A-128GB',
    aliases: ['mi300a', 'AMD Instinct MI300A'],
    source:
      'six XCDs where MI300X has eight (rocm.docs.amd.com, MI300 series microarchitecture): peaks are 0.75 of MI300X’s; memory: hothardware.com, AMD Instinct MI300 architecture deep dive; links from memory',
    memoryGiB: 128,
    memoryBandwidthGBps: 5300,
    peakTflops: { bf16: 980.5, fp8: 1961, int8: 1961 },
    fastLink: {
      name: 'Infinity Fabric full mesh of four (3 x 2 links x 64 GB/s)',
      bandwidthGBps: 384,
      domainGpus: 4,
      meshPayload: xgmi,
    },
    gpusPerNode: 4,
    calibration: 'h100-sxm',
    sustainedShare: cdna3Share,
    note: 'the CPU cores of the package share its memory',
  }),
  gpu({
    name: 'Ascend-910C',
    aliases: ['910c', 'ascend-910c-128gb', 'atlas-900-a3'],
    source: 'Huawei CloudMatrix384, arXiv 2506.12708, from memory: two dies of 376 TFLOP/s, 64 GB and 196 GB/s each',
    memoryGiB: 128,
    memoryBandwidthGBps: 3200,
    peakTflops: { bf16: 752, int8: 1504 },
    fastLink: { name: 'UB plane of CloudMatrix384', bandwidthGBps: 392, domainGpus: 384 },
    nicGBps: 50,
    gpusPerNode: 8,
    calibration: 'a100-sxm',
    note: 'two dies, which software sees as two NPUs',
  }),
];
