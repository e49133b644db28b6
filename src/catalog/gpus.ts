/** The GPUs that a request may name, found in any case and by several names. */
import { ampere } from './gpus/nvidia-ampere.ts';
import { adaAndBlackwell } from './gpus/nvidia-blackwell.ts';
import { hopper } from './gpus/nvidia-hopper.ts';
import { others } from './gpus/others.ts';
import type { GpuSpec } from './gpus/spec.ts';

const gpus: readonly GpuSpec[] = [...ampere, ...hopper, ...adaAndBlackwell, ...others];

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
  const wanted = key(name).slice(0, 64);
  const distances = new Map<string, number>();
  for (const [known, gpu] of byName) {
    const distance = known.includes(wanted) && wanted.length > 1 ? 1 : editDistance(wanted, known);
    if (distance > Math.max(2, known.length / 3)) continue;
    distances.set(gpu.name, Math.min(distance, distances.get(gpu.name) ?? Number.POSITIVE_INFINITY));
  }
  const nearest = [...distances].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
  return nearest.slice(0, limit).map(([known]) => known);
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

/** Levenshtein's, by rows. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(swap, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
