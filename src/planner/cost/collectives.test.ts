import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { referenceCluster } from '../../../test/support/problems.ts';
import { allReduceTime, allToAllTime, alone, axisSpan, exchangeTime, gatherTime, hopTime } from './collectives.ts';

const span = (size: number, stride: number, world: number, perDomain = 8) =>
  axisSpan({ size, stride, world, perDomain }, referenceCluster);

describe('the span of an axis', () => {
  it('is one domain for neighbours that fit, and one member a domain for a stride of a domain', () => {
    expect(span(2, 1, 128)).toEqual({ size: 2, domains: 1, least: 2, most: 2, crossesNodes: false });
    expect(span(16, 8, 128)).toEqual({ size: 16, domains: 16, least: 1, most: 1, crossesNodes: true });
  });

  it('of EP64 over pairs on 16 nodes of 8 is 16 domains with 4 members in each', () => {
    expect(span(64, 2, 128)).toEqual({ size: 64, domains: 16, least: 4, most: 4, crossesNodes: true });
  });

  it('takes the worst group where groups lie differently', () => {
    // Groups of 3 neighbours in domains of 8: ranks 6, 7, 8 lie in two of them.
    expect(span(3, 1, 24)).toEqual({ size: 3, domains: 2, least: 1, most: 3, crossesNodes: true });
  });

  it('agrees with going through every group', () => {
    for (const [size, stride, perDomain] of [
      [4, 3, 8],
      [6, 2, 8],
      [5, 1, 8],
      [3, 4, 6],
      [12, 1, 8],
    ] as const) {
      const world = size * stride * 8;
      let domains = 1;
      let most = 1;
      let least: number = size;
      for (let rank = 0; rank < world; rank++) {
        if (Math.floor(rank / stride) % size !== 0) continue;
        const counts = new Map<number, number>();
        for (let i = 0; i < size; i++) {
          const domain = Math.floor((rank + i * stride) / perDomain);
          counts.set(domain, (counts.get(domain) ?? 0) + 1);
        }
        domains = Math.max(domains, counts.size);
        most = Math.max(most, ...counts.values());
        if (counts.size > 1) least = Math.min(least, ...counts.values());
      }
      expect(span(size, stride, world, perDomain)).toMatchObject({ domains, most, least });
    }
  });
});

describe('collectives', () => {
  it('take no time alone', () => {
    expect(gatherTime(referenceCluster, alone, 1e9).seconds).toBe(0);
    expect(allToAllTime(referenceCluster, alone, 1e9, 1).seconds).toBe(0);
  });

  it('of a node move (n − 1)/n of the bytes over NVLink after log2(n) latencies', () => {
    expect(gatherTime(referenceCluster, span(8, 1, 8), 450e6).seconds).toBeCloseTo(3 * 3e-6 + (7 / 8) * 1e-3, 12);
  });

  it('over two nodes of 8 take in the other node’s half over 8 ports', () => {
    const inside = 3 * 3e-6 + (7 / 8) * (450e6 / 450e9);
    const across = 10e-6 + (0.5 * (450e6 / 8)) / 50e9;
    expect(gatherTime(referenceCluster, span(16, 1, 16), 450e6).seconds).toBeCloseTo(inside + across, 12);
  });

  it('of all to all are as slow as the slower of the two networks', () => {
    const outside = (60 / 64) * 50e6;
    expect(allToAllTime(referenceCluster, span(64, 2, 128), 50e6, 1).seconds).toBeCloseTo(
      2 * 3e-6 + 4 * 10e-6 + outside / 50e9,
      12,
    );
  });

  it('inside a domain follow the GPU’s measured curves where the link is the one they were measured on', () => {
    const cluster = { ...referenceCluster, fast: { ...referenceCluster.fast, measured: true } };
    // 8 H100 gather 512 MiB at a bus bandwidth of about 335 GB/s of 450 (aiconfigurator @095f58a5, NCCL 2.29): 1.4 ms.
    const { seconds } = gatherTime(cluster, span(8, 1, 8), 2 ** 29);
    expect(seconds).toBeGreaterThan(1.25e-3);
    expect(seconds).toBeLessThan(1.55e-3);
    // And 8 KiB in about 10 us.
    expect(gatherTime(cluster, span(8, 1, 8), 2 ** 13).seconds).toBeCloseTo(10.5e-6, 5);
  });

  it('hop over the link that lies between', () => {
    expect(hopTime(referenceCluster, false, 450e3).seconds).toBeCloseTo(3e-6 + 1e-6, 12);
    expect(hopTime(referenceCluster, true, 50e3).seconds).toBeCloseTo(10e-6 + 1e-6, 12);
  });
});

describe('a mesh', () => {
  const meshed = {
    ...referenceCluster,
    fast: { ...referenceCluster.fast, latency: 0, measured: false, mesh: { gpus: 8, payload: 0.75 } },
  };
  const { bandwidth } = referenceCluster.fast;
  const rate = (size: number) => ((size - 1) / size) * (1e9 / allGather(size));
  const allGather = (size: number) => gatherTime(meshed, span(size, 1, 8), 1e9).seconds;

  it('gives fewer GPUs than it joins the links among them alone', () => {
    expect(rate(8)).toBeCloseTo(0.75 * bandwidth, -3);
    expect(rate(4)).toBeCloseTo((3 / 7) * 0.75 * bandwidth, -3);
    expect(rate(2)).toBeCloseTo((1 / 7) * 0.75 * bandwidth, -3);
    expect(hopTime(meshed, false, 1e9).seconds).toBeCloseTo((7 * 1e9) / (0.75 * bandwidth), 9);
  });

  it('is joined by all at once in an all-reduce and an exchange too', () => {
    const exchange = {
      direction: 'dispatch',
      kernels: 'exchangeNormal',
      tokens: 8192,
      bytesPerToken: 7168,
      topk: 8,
    } as const;
    for (const time of [
      (size: number) => allReduceTime(meshed, span(size, 1, 8), 1e9).seconds / ((size - 1) / size),
      (size: number) => allToAllTime(meshed, span(size, 1, 8), 1e9, 1).seconds / ((size - 1) / size),
    ])
      expect(time(2) / time(8)).toBeCloseTo(7, 6);
    const { mesh, ...switched } = meshed.fast;
    expect(mesh.gpus).toBe(8);
    expect(exchangeTime(meshed, span(4, 1, 8), exchange).seconds).toBeGreaterThan(
      exchangeTime({ ...meshed, fast: switched }, span(4, 1, 8), exchange).seconds,
    );
  });
});

describe('a span', () => {
  const shapes = fc.record({
    size: fc.integer({ min: 2, max: 8 }),
    stride: fc.constantFrom(1, 2, 3, 4),
    blocks: fc.constantFrom(1, 2, 3, 8),
    perDomain: fc.constantFrom(1, 2, 3, 4, 6, 8),
    idle: fc.constantFrom(0, 0, 1),
    domainsOfNode: fc.constantFrom(0.5, 1, 2),
  });

  it('is what its groups are, walked rank by rank', () => {
    fc.assert(
      fc.property(shapes, ({ size, stride, blocks, perDomain, idle, domainsOfNode }) => {
        const domainGpus = 2 * (perDomain + idle);
        const cluster = { ...referenceCluster, domainGpus, gpusPerNode: domainGpus * domainsOfNode };
        const world = blocks * size * stride;
        const shape = { size, stride, world, perDomain: 2 * perDomain };
        const found = { size, domains: 1, least: size, most: 1, crossesNodes: false };
        for (let first = 0; first < world; first++) {
          if (first % (size * stride) >= stride) continue;
          const members = new Map<number, number>();
          const nodes = new Set<number>();
          for (let rank = first; rank < first + size * stride; rank += stride) {
            const domain = Math.floor(rank / shape.perDomain);
            members.set(domain, (members.get(domain) ?? 0) + 1);
            nodes.add(Math.floor((domain * domainGpus + (rank % shape.perDomain)) / cluster.gpusPerNode));
          }
          found.domains = Math.max(found.domains, members.size);
          found.least = Math.min(found.least, ...members.values());
          found.most = Math.max(found.most, ...members.values());
          found.crossesNodes ||= nodes.size > 1;
        }
        expect(axisSpan(shape, cluster)).toEqual(found);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('pairs on one host', () => {
  const paired = { ...referenceCluster, domainGpus: 2, host: { name: 'PCIe', bandwidth: 29e9, latency: 1e-5 } };
  const { host, ...bridged } = paired;
  const inNode = axisSpan({ size: 8, stride: 1, world: 8, perDomain: 2 }, paired);
  const overNodes = axisSpan({ size: 16, stride: 1, world: 16, perDomain: 2 }, paired);

  it('meet over its PCIe, and over the network from node to node', () => {
    expect(inNode).toMatchObject({ domains: 4, crossesNodes: false });
    expect(allReduceTime(paired, inNode, 16e3).seconds).toBeLessThan(allReduceTime(bridged, inNode, 16e3).seconds);
    expect(allReduceTime(paired, inNode, 1e9).seconds).toBeGreaterThan(2 * (3 / 4) * (0.5e9 / host.bandwidth));
    expect(gatherTime(paired, inNode, 1e9).seconds).toBeGreaterThan((3 / 4) * (0.5e9 / host.bandwidth));
    for (const time of [allReduceTime, gatherTime])
      expect(time(paired, overNodes, 1e6).seconds).toBe(time(bridged, overNodes, 1e6).seconds);
  });
});
