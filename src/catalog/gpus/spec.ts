/**
 * What the catalog knows of a GPU. Every figure carries its source; a figure that no source gives is absent, never guessed.
 *
 * Bandwidths are per GPU and per direction, peaks are dense. `memoryGiB` is the number on the box, which vendors print as GB
 * and mostly fill with as many GiB; `usableBytes` is what the driver reports where that is known.
 */
import type { ComputeDtype } from '../../planner/precision.ts';

export interface Figure {
  readonly value: number;
  readonly source: string;
}

export interface GpuSpec {
  readonly name: string;
  /** Other names, in any case, under which the GPU is found. */
  readonly aliases: readonly string[];
  readonly memoryGiB: Figure;
  readonly usableBytes?: Figure;
  readonly memoryBandwidthGBps: Figure;
  readonly peakTflops: Readonly<Partial<Record<ComputeDtype, Figure>>>;
  readonly fastLink: FastLink;
  /** 1e9 bytes a second that GPUs of a node reach of the host's PCIe, where the domain is a part of a node. */
  readonly hostGBps?: Figure;
  /** Usual network card, a GPU's share. */
  readonly nicGBps?: Figure;
  readonly gpusPerNode?: Figure;
  /** The calibration whose curves it takes: its own, or its nearest measured relative's. */
  readonly calibration: string;
  /**
   * What share of its peak its products reach, over the share that the relative's reach of theirs: where power, or what its libraries make of it,
   * holds it further back and somebody measured both.
   */
  readonly sustainedShare?: Figure;
  /**
   * What share of the relative's tensor throughput each of its multiprocessors has, where it is the same chip with its tensor cores cut: what kernels waste
   * between products takes no longer for that.
   */
  readonly tensorShare?: Figure;
  readonly note?: string;
}

export interface FastLink {
  readonly name: string;
  readonly bandwidthGBps?: Figure;
  /** GPUs that share it; 1 where GPUs meet over the host's PCIe only. */
  readonly domainGpus?: Figure;
  /** Each GPU of the domain has a link of its own to every other: the share of the links' rate that payload gets. Absent: a switch. */
  readonly meshPayload?: Figure;
}

interface PlainGpu {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly source: string;
  readonly memoryGiB: number;
  /** With a source of its own where it was read off the device. */
  readonly usableBytes?: number | Figure;
  readonly memoryBandwidthGBps: number;
  readonly peakTflops: Readonly<Partial<Record<ComputeDtype, number>>>;
  readonly fastLink: {
    readonly name: string;
    readonly bandwidthGBps?: number;
    readonly domainGpus?: number;
    readonly meshPayload?: Figure;
  };
  readonly hostGBps?: Figure;
  readonly nicGBps?: number;
  readonly gpusPerNode?: number;
  readonly calibration: string;
  readonly sustainedShare?: Figure;
  readonly tensorShare?: Figure;
  readonly note?: string;
}

/** Bytes that a device reported, from its GiB or MiB. */
export const reported = (value: number, unit: 'GiB' | 'MiB', source: string): Figure => ({
  value: Math.floor(value * (unit === 'GiB' ? 2 ** 30 : 2 ** 20)),
  source,
});

const nodeSource = 'reference designs: HGX and OAM baseboards hold 8, NVL72 trays 4, GH200 1; vendor server guides';

/** Spreads the entry's source over its figures: the files of the catalog say it once a GPU. */
export function gpu(plain: PlainGpu): GpuSpec {
  const cite = (value: number): Figure => ({ value, source: plain.source });
  const { bf16, fp8, fp4, int8 } = plain.peakTflops;
  const { bandwidthGBps, domainGpus, meshPayload } = plain.fastLink;
  return {
    name: plain.name,
    aliases: plain.aliases,
    memoryGiB: cite(plain.memoryGiB),
    ...(plain.usableBytes === undefined
      ? {}
      : { usableBytes: typeof plain.usableBytes === 'number' ? cite(plain.usableBytes) : plain.usableBytes }),
    memoryBandwidthGBps: cite(plain.memoryBandwidthGBps),
    peakTflops: {
      ...(bf16 === undefined ? {} : { bf16: cite(bf16) }),
      ...(fp8 === undefined ? {} : { fp8: cite(fp8) }),
      ...(fp4 === undefined ? {} : { fp4: cite(fp4) }),
      ...(int8 === undefined ? {} : { int8: cite(int8) }),
    },
    fastLink: {
      name: plain.fastLink.name,
      ...(bandwidthGBps === undefined ? {} : { bandwidthGBps: cite(bandwidthGBps) }),
      ...(domainGpus === undefined ? {} : { domainGpus: cite(domainGpus) }),
      ...(meshPayload === undefined ? {} : { meshPayload }),
    },
    ...(plain.hostGBps === undefined ? {} : { hostGBps: plain.hostGBps }),
    ...(plain.nicGBps === undefined ? {} : { nicGBps: cite(plain.nicGBps) }),
    ...(plain.gpusPerNode === undefined ? {} : { gpusPerNode: { value: plain.gpusPerNode, source: nodeSource } }),
    calibration: plain.calibration,
    ...(plain.sustainedShare === undefined ? {} : { sustainedShare: plain.sustainedShare }),
    ...(plain.tensorShare === undefined ? {} : { tensorShare: plain.tensorShare }),
    ...(plain.note === undefined ? {} : { note: plain.note }),
  };
}
