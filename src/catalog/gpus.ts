/** The GPUs that a request may name, found in any case and by several names. */
import { ampere } from './gpus/nvidia-ampere.ts';
import { adaAndBlackwell } from './gpus/nvidia-blackwell.ts';
import { cards } from './gpus/nvidia-cards.ts';
import { hopper } from './gpus/nvidia-hopper.ts';
import { others } from './gpus/others.ts';
import type { GpuSpec } from './gpus/spec.ts';
import { nearNames } from './near-names.ts';

const gpus: readonly GpuSpec[] = [...ampere, ...hopper, ...adaAndBlackwell, ...cards, ...others];

export const gpuNames: readonly string[] = gpus.map((gpu) => gpu.name);

const byName: ReadonlyMap<string, GpuSpec> = new Map(
  gpus.flatMap((gpu) => [gpu.name, ...gpu.aliases].map((name): [string, GpuSpec] => [key(name), gpu])),
);

/** Every name that `findGpu` answers to, as its own lower-case key. */
export const gpuKeys: readonly string[] = [...byName.keys()];

export function findGpu(name: string): GpuSpec | undefined {
  return byName.get(key(name));
}

/** The names nearest to one that is not known, best first, at most `limit`; empty where none is near. */
export function suggestGpus(name: string, limit = 3): readonly string[] {
  return nearNames(
    key(name),
    [...byName].map(([known, gpu]) => [known, gpu.name] as const),
    limit,
  );
}

/** Bytes of memory: what the driver reports where that is known, else the number on the box in GiB. */
export function gpuMemoryBytes(gpu: GpuSpec): number {
  return gpu.usableBytes?.value ?? gpu.memoryGiB.value * 2 ** 30;
}

/** Case, spaces, underscores and a vendor's name in front make no difference. */
function key(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '-')
    .replace(/^(nvidia|amd-instinct|amd|intel|huawei|google|aws)-/, '');
}
