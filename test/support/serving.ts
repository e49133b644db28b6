/** Serving settings from the catalog, for tests of whoever reads them. */
import { defaultCurves } from '../../src/catalog/default-curves.ts';
import { engines } from '../../src/catalog/engines.ts';
import { findModel } from '../../src/catalog/models.ts';
import type { Cluster } from '../../src/planner/cluster.ts';
import type { Model } from '../../src/planner/model.ts';
import type { ServingSetting } from '../../src/planner/serving-result.ts';
import type { WorkerStrategy } from '../../src/planner/strategy.ts';
import { type ServingWorkload, usualLengthSpread } from '../../src/planner/workload.ts';

export const gib = 2 ** 30;

export const hopper: Cluster = {
  nodes: 4,
  gpusPerNode: 8,
  domainGpus: 8,
  gpu: {
    name: 'H100',
    // What the driver gives of 80 GB.
    memoryBytes: 79.19 * gib,
    memoryBandwidth: 3.35e12,
    peakFlops: { bf16: 989e12, fp8: 1979e12, fp4: 1979e12, int8: 1979e12 },
    curves: defaultCurves,
  },
  fast: { name: 'NVLink', bandwidth: 450e9, latency: 3e-6 },
  slow: { name: 'InfiniBand', bandwidth: 50e9, latency: 1e-5 },
};

export function modelNamed(name: string): Model {
  const found = findModel(name);
  if (!found) throw new Error(`${name} is not in the catalog`);
  return found.model;
}

export const chat: ServingWorkload = {
  kind: 'serving',
  inputTokens: 2000,
  outputTokens: 500,
  lengthSpread: usualLengthSpread,
  load: { kind: 'concurrency', concurrency: 16 },
  slo: {},
  prefixCacheHitRate: 0,
  routing: { kind: 'uniform' },
};

export const oneWorker: WorkerStrategy = {
  tp: 1,
  cp: 1,
  dp: 1,
  pp: 1,
  ep: 1,
  etp: 1,
  replicas: 1,
  maxConcurrency: 16,
  redundantExperts: 0,
};

export function settingOf(model: Model, more: Partial<ServingSetting> = {}): ServingSetting {
  return { cluster: hopper, model, workload: chat, engine: engines.vllm, ...more };
}
