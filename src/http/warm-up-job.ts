/**
 * A plan that every thread makes before the service says it is ready: what cannot plan is not ready, and the first callers do not
 * wait for the planner to be loaded and compiled. It has the size of a common request, and is stored nowhere.
 */
import type { Job } from './ports.ts';

export const warmUpJob: Job = {
  kind: 'plan',
  id: 'warm-up',
  request: {
    cluster: {
      nodes: 8,
      gpusPerNode: 8,
      gpu: { name: 'warm-up', memoryGiB: 80, peakTflops: { bf16: 1000 }, memoryBandwidthGBps: 3300 },
      intraNode: { name: 'NVLink', bandwidthGBps: 450, latencyUs: 3 },
      interNode: { name: 'InfiniBand', bandwidthGBps: 50, latencyUs: 10 },
    },
    model: {
      name: 'warm-up',
      layers: 32,
      hiddenSize: 4096,
      moe: { experts: 16, intermediateSize: 8192 },
      precision: 'bf16',
    },
    workload: { kind: 'batch', batchSize: 64, sequenceLength: 1024 },
    objective: 'balance',
  },
};
