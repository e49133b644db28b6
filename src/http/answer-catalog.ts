/** Entries of the catalog as answers. */
import { curvesFor } from '../catalog/calibrations.ts';
import type { Figure, GpuSpec } from '../catalog/gpus/spec.ts';
import { findGpu, gpuNames } from '../catalog/gpus.ts';
import { kvBytesPerToken, weightBytesOf } from '../catalog/model-bytes.ts';
import { findModel, listModel, modelNames } from '../catalog/models.ts';
import { parameterCounts } from '../planner/parameters.ts';
import { modelOf } from './answer-model.ts';
import { figure } from './answer-units.ts';
import type { CatalogGpu, CatalogGpus, CatalogModelEntry, CatalogModels } from './schemas/catalog.ts';

export function catalogGpus(): CatalogGpus {
  return { gpus: gpuNames.flatMap((name) => catalogGpu(name) ?? []) };
}

/** Undefined where the catalog has no such GPU. */
export function catalogGpu(name: string): CatalogGpu | undefined {
  const gpu = findGpu(name);
  if (!gpu) return undefined;
  const { evidence, source } = curvesFor(gpu);
  const { bf16, fp8, fp4, int8 } = gpu.peakTflops;
  const { bandwidthGBps, domainGpus, meshPayload } = gpu.fastLink;
  return {
    name: gpu.name,
    aliases: [...gpu.aliases],
    memoryGiB: { ...gpu.memoryGiB },
    ...known('usableBytes', gpu.usableBytes),
    memoryBandwidthGBps: { ...gpu.memoryBandwidthGBps },
    peakTflops: { ...known('bf16', bf16), ...known('fp8', fp8), ...known('fp4', fp4), ...known('int8', int8) },
    fastLink: {
      name: gpu.fastLink.name,
      ...known('bandwidthGBps', bandwidthGBps),
      ...known('domainGpus', domainGpus),
      ...known('meshPayload', meshPayload),
    },
    ...known('hostGBps', gpu.hostGBps),
    ...known('nicGBps', gpu.nicGBps),
    ...known('gpusPerNode', gpu.gpusPerNode),
    curves: { evidence, source },
    ...noteOf(gpu),
    href: hrefOf('gpus', gpu.name),
  };
}

export function catalogModels(): CatalogModels {
  return { models: modelNames.flatMap((name) => catalogListing(name) ?? []) };
}

function catalogListing(name: string): CatalogModels['models'][number] | undefined {
  const listing = listModel(name);
  if (!listing) return undefined;
  const { aliases, source, parameters } = listing;
  return { name: listing.name, aliases: [...aliases], source, parameters, href: hrefOf('models', listing.name) };
}

/** Undefined where the catalog has no such model. */
export function catalogModel(name: string): CatalogModelEntry | undefined {
  const listing = catalogListing(name);
  const found = listing && findModel(listing.name);
  if (!listing || !found) return undefined;
  const { model, assumptions, warnings } = found;
  return {
    ...listing,
    parametersByClass: parameterCounts(model),
    weightBytes: weightBytesOf(model),
    kvBytesPerToken: figure(kvBytesPerToken(model)),
    model: modelOf(model),
    assumptions: assumptions.map((assumption) => ({ ...assumption })),
    warnings: [...warnings],
  };
}

function known<K extends string>(key: K, value: Figure | undefined): { [P in K]?: Figure } {
  const entry: { [P in K]?: Figure } = {};
  if (value) entry[key] = { ...value };
  return entry;
}

function noteOf({ note }: GpuSpec) {
  return note === undefined ? {} : { note };
}

function hrefOf(list: 'gpus' | 'models', name: string): string {
  return `/${list}/${encodeURIComponent(name)}`;
}
