/** The two tiers of a cluster's network, and how many GPUs share the fast one. */
import type { Static } from 'typebox';
import { linkHasCurves } from '../catalog/calibrations.ts';
import type { GpuSpec } from '../catalog/gpus/spec.ts';
import type { Link } from '../planner/cluster.ts';
import { extended } from '../planner/extended.ts';
import { GB, micro } from './contract-units.ts';
import type { Findings } from './resolve-findings.ts';
import type { Cluster as ClusterInput, Link as LinkInput } from './schemas/request.ts';

type Input = Static<typeof ClusterInput>;

/** GPUs that share the fast links: whole nodes, or an even part of one. `spec` is the GPU's entry in the catalog, where it is named. */
export function resolveDomain(input: Input, spec: GpuSpec | undefined, findings: Findings): number {
  const { nodes, gpusPerNode, nvlinkDomainGpus } = input;
  const path = '/cluster/nvlinkDomainGpus';
  const gpus = nodes * gpusPerNode;
  const usual = usualDomain(gpusPerNode, spec);
  const domain = nvlinkDomainGpus ?? usual.gpus;
  if (domain > gpus) {
    findings.assume(
      path,
      gpus,
      `the cluster has ${gpus} GPUs, fewer than the ${domain} that a domain has room for: all of them share the fast links`,
    );
    return gpus;
  }
  if (nvlinkDomainGpus === undefined) findings.assume(path, domain, usual.why);
  if (gpusPerNode % domain !== 0 && domain % gpusPerNode !== 0) {
    findings.fault(path, `${domain} GPUs are neither whole nodes of ${gpusPerNode} nor an even part of one`);
  }
  return domain;
}

/**
 * The catalog's domain, fitted to the nodes: only one that spans nodes in the catalog spans them here (an NVL72 does, a board of
 * eight GPUs does not), as whole nodes of it; one within a node is an even part of it.
 */
function usualDomain(gpusPerNode: number, spec: GpuSpec | undefined): { readonly gpus: number; readonly why: string } {
  const known = spec?.fastLink.domainGpus;
  if (!spec || !known) return { gpus: gpusPerNode, why: 'the GPUs of a node share the fast links, and no others' };
  if (known.value === 1) {
    return {
      gpus: gpusPerNode,
      why: `the GPUs of a node meet over ${spec.fastLink.name}, and no others: ${known.source}`,
    };
  }
  const beyond = spec.hostGBps
    ? `; others of a node are reached over PCIe at ${spec.hostGBps.value} GB/s: ${spec.hostGBps.source}`
    : '';
  const why = `${known.value} ${spec.name} share the fast links: ${known.source}${beyond}`;
  const spans = spec.gpusPerNode !== undefined && known.value > spec.gpusPerNode.value;
  if (spans && gpusPerNode <= known.value) return { gpus: Math.floor(known.value / gpusPerNode) * gpusPerNode, why };
  let part = Math.min(known.value, gpusPerNode);
  while (gpusPerNode % part !== 0) part -= 1;
  return { gpus: part, why };
}

interface LinkDefault {
  readonly path: string;
  readonly name: string;
  readonly bandwidthGBps: number;
  readonly latencyUs: number;
  readonly why: string;
  readonly latencyWhy: string;
}

const fastDefault: LinkDefault = {
  path: '/cluster/intraNode',
  name: 'NVLink',
  bandwidthGBps: 450,
  latencyUs: 3,
  why: 'NVLink 4 of an H100 or H200: 900 GB/s both ways together',
  latencyWhy: 'a usual latency of a hop over NVLink and its switch',
};

const slowDefault: LinkDefault = {
  path: '/cluster/interNode',
  name: 'InfiniBand',
  bandwidthGBps: 50,
  latencyUs: 10,
  why: 'one 400 Gbit/s InfiniBand NDR port for each GPU',
  latencyWhy: 'a usual latency between nodes over InfiniBand, with the library’s own share',
};

/** @param domain GPUs that share the link: one alone needs none, so that an unknown bandwidth does no harm. */
export function resolveFastLink(
  input: Input,
  { spec, domain }: { spec: GpuSpec | undefined; domain: number },
  findings: Findings,
): Link {
  if (!spec) return resolveLink(input.intraNode, fastDefault, findings);
  const { name, bandwidthGBps, domainGpus, meshPayload } = spec.fastLink;
  if (!bandwidthGBps && !input.intraNode && domain > 1) {
    findings.fault(
      fastDefault.path,
      `is needed: the catalog has no bandwidth of the ${name} of ${spec.name}; give the link as an object, with bandwidthGBps`,
    );
  }
  const link = resolveLink(
    input.intraNode,
    {
      ...fastDefault,
      name,
      ...(bandwidthGBps && {
        bandwidthGBps: bandwidthGBps.value,
        why: meshPayload ? `${bandwidthGBps.source}; ${meshPayload.source}` : bandwidthGBps.source,
      }),
      latencyWhy: 'a usual latency of a hop within a fast domain',
    },
    findings,
  );
  // The catalog's own link is what the collectives' curves are of; one that the request describes is taken at its word.
  if (input.intraNode !== undefined) return link;
  return extended(
    extended(link, linkHasCurves(spec) ? { measured: true } : {}),
    meshPayload && domainGpus ? { mesh: { gpus: domainGpus.value, payload: meshPayload.value } } : {},
  );
}

export function resolveSlowLink(input: Input, spec: GpuSpec | undefined, findings: Findings): Link {
  const nic = spec?.nicGBps;
  const usual = nic
    ? { ...slowDefault, bandwidthGBps: nic.value, why: `the usual network card, a GPU’s share: ${nic.source}` }
    : slowDefault;
  return resolveLink(input.interNode, usual, findings);
}

/**
 * The host's PCIe between the bridges of a node, where the catalog's GPU has such and the request does not say what lies beyond a domain.
 * @param domain GPUs that share the fast link
 */
export function resolveHostLink(
  input: Input,
  { spec, domain }: { spec: GpuSpec | undefined; domain: number },
): Link | undefined {
  const host = spec?.hostGBps;
  if (!host || input.interNode || input.nvlinkDomainGpus !== undefined || domain >= input.gpusPerNode) return undefined;
  return { name: 'PCIe', bandwidth: host.value * GB, latency: slowDefault.latencyUs / micro };
}

function resolveLink(
  input: Static<typeof LinkInput> | undefined,
  { path, name, bandwidthGBps, latencyUs, why, latencyWhy }: LinkDefault,
  findings: Findings,
): Link {
  return {
    name: findings.orAssume(
      input?.name,
      `${path}/name`,
      name,
      'the request does not name the link; only labels use it',
    ),
    bandwidth: findings.orAssume(input?.bandwidthGBps, `${path}/bandwidthGBps`, bandwidthGBps, why) * GB,
    latency: findings.orAssume(input?.latencyUs, `${path}/latencyUs`, latencyUs, latencyWhy) / micro,
  };
}
