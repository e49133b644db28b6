/** `cluster` of a request, in SI. */
import type { Static } from 'typebox';
import type { GpuSpec } from '../catalog/gpus/spec.ts';
import type { Cluster, Gpu } from '../planner/cluster.ts';
import type { Findings } from './resolve-findings.ts';
import { findNamedGpu, gpuByDatasheet, gpuOfCatalog } from './resolve-gpu.ts';
import { resolveDomain, resolveFastLink, resolveHostLink, resolveSlowLink } from './resolve-links.ts';
import { limits } from './schemas/limits.ts';
import type { Cluster as ClusterInput } from './schemas/request.ts';

/** Undefined where the GPU is none that the catalog knows: a fault then says so. */
export function resolveCluster(input: Static<typeof ClusterInput>, findings: Findings): Cluster | undefined {
  const { nodes, gpusPerNode } = input;
  if (nodes * gpusPerNode > limits.gpus) {
    findings.fault(
      '/cluster/nodes',
      `${nodes} nodes of ${gpusPerNode} are ${nodes * gpusPerNode} GPUs; at most ${limits.gpus} are planned for`,
    );
  }
  const found = resolveGpu(input.gpu, findings);
  if (!found) return undefined;
  const { gpu, spec } = found;
  const domainGpus = resolveDomain(input, spec, findings);
  const host = resolveHostLink(input, { spec, domain: domainGpus });
  return {
    nodes,
    gpusPerNode,
    domainGpus,
    gpu,
    fast: resolveFastLink(input, { spec, domain: domainGpus }, findings),
    slow: resolveSlowLink(input, spec, findings),
    ...(host && { host }),
  };
}

function resolveGpu(
  input: Static<typeof ClusterInput>['gpu'],
  findings: Findings,
): { readonly gpu: Gpu; readonly spec: GpuSpec | undefined } | undefined {
  if (typeof input !== 'string') return { gpu: gpuByDatasheet(input, findings), spec: undefined };
  const spec = findNamedGpu(input, findings);
  return spec && { gpu: gpuOfCatalog(spec, findings), spec };
}
