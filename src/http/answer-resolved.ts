/** `resolved` of an answer: the model and the cluster as they were planned for, every default in its place. */
import type { Static } from 'typebox';
import { type Cluster, clusterGpus, type Link } from '../planner/cluster.ts';
import type { ServingVerifierSetting } from '../verifier/serving/claim.ts';
import { engineOf, servingWorkloadOf } from './answer-engine.ts';
import { modelOf } from './answer-model.ts';
import { giga, tera, us } from './answer-units.ts';
import { GiB } from './contract-units.ts';
import type { BatchSetting } from './resolve-degrees.ts';
import type { Resolved, ResolvedCluster } from './schemas/resolved.ts';
import type { ResolvedServing } from './schemas/resolved-serving.ts';

export function resolvedOf({ model, cluster, workload }: BatchSetting): Static<typeof Resolved> {
  return { model: modelOf(model), cluster: clusterOf(cluster), workload: { ...workload } };
}

export function servingResolvedOf({
  model,
  cluster,
  workload,
  engine,
  constraints,
}: ServingVerifierSetting): Static<typeof ResolvedServing> {
  return {
    model: modelOf(model, workload.speculation !== undefined),
    cluster: clusterOf(cluster),
    workload: servingWorkloadOf({ cluster, workload }),
    engine: engineOf(engine),
    memoryFreeGiB: (constraints?.memoryFree ?? 0) / GiB,
  };
}

function clusterOf(cluster: Cluster): Static<typeof ResolvedCluster> {
  const { gpu } = cluster;
  const { bf16, fp8, fp4, int8 } = gpu.peakFlops;
  return {
    gpus: clusterGpus(cluster),
    nodes: cluster.nodes,
    gpusPerNode: cluster.gpusPerNode,
    nvlinkDomainGpus: cluster.domainGpus,
    gpu: {
      name: gpu.name,
      // Exact, a power of two apart: whoever recomputes bytes from it must come to the same byte.
      memoryGiB: gpu.memoryBytes / GiB,
      memoryBandwidthGBps: giga(gpu.memoryBandwidth),
      peakTflops: { bf16: tera(bf16), fp8: tera(fp8), fp4: tera(fp4), int8: tera(int8) },
      curves: `${gpu.curves.source} (${gpu.curves.evidence})`,
    },
    intraNode: linkOf(cluster.fast),
    interNode: linkOf(cluster.slow),
  };
}

function linkOf({ name, bandwidth, latency }: Link): Static<typeof ResolvedCluster>['intraNode'] {
  return { name, bandwidthGBps: giga(bandwidth), latencyUs: us(latency) };
}
