import { describe, expect, it } from 'vitest';
import { gpu } from '../catalog/gpus/spec.ts';
import { findGpu } from '../catalog/gpus.ts';
import { createFindings } from './resolve-findings.ts';
import { gpuOfCatalog } from './resolve-gpu.ts';
import { resolveFastLink, resolveHostLink } from './resolve-links.ts';

const node = { nodes: 1, gpusPerNode: 8, gpu: 'unheard-of' };

/** A GPU of which nobody has said how fast it computes, nor how fast its links are. */
const bare = gpu({
  name: 'Unheard-of',
  aliases: [],
  source: 'a test',
  memoryGiB: 24,
  memoryBandwidthGBps: 456,
  peakTflops: {},
  fastLink: { name: 'a torus', domainGpus: 8 },
  calibration: 'l40s',
});

describe('a GPU of the catalog that lacks a figure', () => {
  it('says which, and where to give it', () => {
    const findings = createFindings();
    gpuOfCatalog(bare, findings);
    resolveFastLink(node, { spec: bare, domain: 8 }, findings);
    expect(findings.faults).toEqual([
      { pointer: '/cluster/gpu', detail: expect.stringMatching(/no peak rate .* as an object, with peakTflops/) },
      { pointer: '/cluster/intraNode', detail: expect.stringMatching(/no bandwidth of the a torus/) },
    ]);
  });

  it('does without a link that nobody uses, or that the request describes', () => {
    const findings = createFindings();
    resolveFastLink(node, { spec: bare, domain: 1 }, findings);
    const described = resolveFastLink(
      { ...node, intraNode: { bandwidthGBps: 50 } },
      { spec: bare, domain: 8 },
      findings,
    );
    expect(described).toMatchObject({ bandwidth: 5e10 });
    expect(findings.faults).toEqual([]);
  });
});

describe('links of the catalog', () => {
  const linkOf = (name: string, intraNode?: { bandwidthGBps: number }) => {
    const spec = findGpu(name);
    return resolveFastLink({ ...node, ...(intraNode && { intraNode }) }, { spec, domain: 8 }, createFindings());
  };

  it('are a mesh where each GPU has one to every other, unless the request describes its own', () => {
    expect(linkOf('mi300x')).toMatchObject({ mesh: { gpus: 8, payload: 0.75 } });
    expect(linkOf('mi300x', { bandwidthGBps: 448 })).not.toHaveProperty('mesh');
    expect(linkOf('h200')).not.toHaveProperty('mesh');
    expect(linkOf('h200')).toHaveProperty('measured', true);
  });
});

describe('the host’s PCIe', () => {
  const hostOf = (name: string, change: object = {}) => {
    const spec = findGpu(name);
    const input = { ...node, ...change };
    return resolveHostLink(input, { spec, domain: spec?.fastLink.domainGpus?.value ?? 8 });
  };

  it('is what bridged GPUs of a node meet over, unless the request says what lies beyond a domain', () => {
    expect(hostOf('h100-nvl')).toMatchObject({ bandwidth: 29e9 });
    expect(hostOf('h200-nvl')).toMatchObject({ bandwidth: 29e9 });
    expect(hostOf('h100-nvl', { gpusPerNode: 2 })).toBeUndefined();
    expect(hostOf('h100-nvl', { interNode: { bandwidthGBps: 50 } })).toBeUndefined();
    expect(hostOf('h100-nvl', { nvlinkDomainGpus: 2 })).toBeUndefined();
    expect(hostOf('h100-sxm')).toBeUndefined();
  });
});
