/** `cluster` of a request, in SI. */
import type { Static } from 'typebox';
import { defaultCurves } from '../catalog/default-curves.ts';
import type { Cluster, Link } from '../planner/cluster.ts';
import type { ComputeDtype } from '../planner/precision.ts';
import type { Findings } from './resolve-findings.ts';
import {
  type Cluster as ClusterInput,
  type Gpu as GpuInput,
  type Link as LinkInput,
  limits,
} from './schemas/request.ts';

export const GiB = 2 ** 30;
export const GB = 1e9;
export const tera = 1e12;
/** Microseconds in a second: dividing by it keeps 10 us at exactly 1e-5 s, which multiplying by 1e-6 does not. */
export const micro = 1e6;

export function resolveCluster(input: Static<typeof ClusterInput>, findings: Findings): Cluster {
  const { nodes, gpusPerNode, gpu } = input;
  if (nodes * gpusPerNode > limits.gpus) {
    findings.fault(
      '/cluster/nodes',
      `${nodes} nodes of ${gpusPerNode} are ${nodes * gpusPerNode} GPUs; at most ${limits.gpus} are planned for`,
    );
  }
  return {
    nodes,
    gpusPerNode,
    domainGpus: resolveDomain(input, findings),
    gpu: {
      name: findings.orAssume(
        gpu.name,
        '/cluster/gpu/name',
        'unnamed',
        'the request does not name the GPU; only labels use it',
      ),
      memoryBytes: gpu.memoryGiB * GiB,
      memoryBandwidth: gpu.memoryBandwidthGBps * GB,
      peakFlops: resolvePeaks(gpu.peakTflops, findings),
      curves: defaultCurves,
    },
    fast: resolveLink(input.intraNode, fastDefault, findings),
    slow: resolveLink(input.interNode, slowDefault, findings),
  };
}

/** GPUs that share the fast links: whole nodes, or an even part of one. */
function resolveDomain(
  { nodes, gpusPerNode, nvlinkDomainGpus }: Static<typeof ClusterInput>,
  findings: Findings,
): number {
  const path = '/cluster/nvlinkDomainGpus';
  const gpus = nodes * gpusPerNode;
  const domain = findings.orAssume(
    nvlinkDomainGpus,
    path,
    gpusPerNode,
    'the GPUs of a node share the fast links, and no others',
  );
  if (domain > gpus) {
    findings.assume(
      path,
      gpus,
      `the cluster has ${gpus} GPUs, fewer than the ${domain} that a domain has room for: all of them share the fast links`,
    );
    return gpus;
  }
  if (gpusPerNode % domain !== 0 && domain % gpusPerNode !== 0) {
    findings.fault(path, `${domain} GPUs are neither whole nodes of ${gpusPerNode} nor an even part of one`);
  }
  return domain;
}

const fastDefault = {
  path: '/cluster/intraNode',
  name: 'NVLink',
  bandwidthGBps: 450,
  latencyUs: 3,
  why: 'NVLink 4 of an H100 or H200: 900 GB/s both ways together',
  latencyWhy: 'a usual latency of a hop over NVLink and its switch',
} as const;

const slowDefault = {
  path: '/cluster/interNode',
  name: 'InfiniBand',
  bandwidthGBps: 50,
  latencyUs: 10,
  why: 'one 400 Gbit/s InfiniBand NDR port for each GPU',
  latencyWhy: 'a usual latency between nodes over InfiniBand, with the library’s own share',
} as const;

function resolveLink(
  input: Static<typeof LinkInput> | undefined,
  { path, name, bandwidthGBps, latencyUs, why, latencyWhy }: typeof fastDefault | typeof slowDefault,
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

type Peaks = Partial<Record<ComputeDtype, number>>;

/**
 * Every rate from those that the datasheet gives. A narrower format that the GPU has no rate for is converted to a wider
 * one on the way in, so it runs at the wider one's rate. A wider rate is taken as half of the next narrower, as tensor
 * cores have had it for generations.
 */
function resolvePeaks(given: Static<typeof GpuInput>['peakTflops'], findings: Findings): Record<ComputeDtype, number> {
  const peaks: Peaks = { ...given };
  const bf16 = fill('bf16', peaks, findings, [
    ['fp8', 1 / 2, 'half of the fp8 rate: tensor cores double the rate as they halve the width'],
    ['int8', 1 / 2, 'half of the int8 rate: tensor cores double the rate as they halve the width'],
    ['fp4', 1 / 4, 'a quarter of the fp4 rate: tensor cores double the rate as they halve the width'],
  ]);
  // bf16 as filled in must not pass for a rate that was given, or int8 alone would make fp8 half as fast as int8.
  const fp8 = fill('fp8', peaks, findings, [
    ['bf16', 1, 'the bf16 rate: no fp8 rate is given, so fp8 is converted on the way in'],
    ['int8', 1, 'the int8 rate, the other 8-bit format’s'],
    ['fp4', 1 / 2, 'half of the fp4 rate: tensor cores double the rate as they halve the width'],
  ]);
  const int8 = fill('int8', peaks, findings, [
    ['bf16', 1, 'the bf16 rate: no int8 rate is given, so int8 is converted on the way in'],
    ['fp8', 1, 'the fp8 rate, the other 8-bit format’s'],
    ['fp4', 1 / 2, 'half of the fp4 rate: tensor cores double the rate as they halve the width'],
  ]);
  const fp4 = fill('fp4', peaks, findings, [
    ['fp8', 1, 'the fp8 rate: no fp4 rate is given, so fp4 is converted on the way in'],
    ['bf16', 1, 'the bf16 rate: no fp4 rate is given, so fp4 is converted on the way in'],
    ['int8', 1, 'the int8 rate: no fp4 rate is given, nor any other that fp4 could be converted to'],
  ]);
  return { bf16: bf16 * tera, fp8: fp8 * tera, fp4: fp4 * tera, int8: int8 * tera };
}

function fill(
  rate: ComputeDtype,
  given: Peaks,
  findings: Findings,
  sources: readonly (readonly [from: ComputeDtype, factor: number, why: string])[],
): number {
  const own = given[rate];
  if (own !== undefined) return own;
  for (const [from, factor, why] of sources) {
    const source = given[from];
    if (source === undefined) continue;
    findings.assume(`/cluster/gpu/peakTflops/${rate}`, source * factor, why);
    return source * factor;
  }
  // The schema demands one rate at least, and each list has all the others.
  throw new RangeError('a GPU without any rate');
}
