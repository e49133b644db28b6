/** The account of bytes on the largest rank, and whether every rank has room for its own. */
import { memoryParts } from '../planner/estimate.ts';
import { type WeightClass, weightClasses } from '../planner/precision.ts';
import type { VerificationCheck } from './claim.ts';
import { checkOf, type Fault, type Figure } from './compare.ts';
import type { Given } from './given.ts';
import { looseBytes } from './memory.ts';
import { inWords, listed } from './text.ts';

const words: Readonly<Record<(typeof memoryParts)[number], string>> = {
  attentionWeight: 'attention weights',
  denseWeight: 'dense weights',
  expertWeight: 'expert weights',
  sharedExpertWeight: 'shared-expert weights',
  routerWeight: 'router weights',
  embeddingWeight: 'embeddings and head',
  normWeight: 'norms',
  kvCache: 'KV cache',
  activation: 'activations',
  messageBuffer: 'message buffers',
};

const classesOf: Readonly<Partial<Record<(typeof memoryParts)[number], readonly WeightClass[]>>> = {
  attentionWeight: ['attention'],
  denseWeight: ['dense'],
  expertWeight: ['expert'],
  sharedExpertWeight: ['shared'],
  routerWeight: ['router'],
  embeddingWeight: ['embedding', 'head'],
  normWeight: ['norm'],
};

/** However loose the parts are, a claimed total is the sum of what is claimed of them. */
function sumFaults({ claim }: Given): readonly Fault[] {
  const said = claim.estimate?.memory?.perGpu;
  if (said?.total === undefined) return [];
  let sum = 0;
  for (const part of memoryParts) sum += said[part] ?? Number.NaN;
  if (Number.isNaN(sum) || sum === said.total) return [];
  return [{ expected: sum, actual: said.total, text: `The parts add up to ${sum} bytes, not to ${said.total}.` }];
}

/** @param more what is to stay free beside the reserve, and figures that only some workloads have. */
export function checkMemory(
  given: Given,
  more: { readonly keep?: number; readonly figures?: readonly Figure[]; readonly notes?: readonly string[] } = {},
): VerificationCheck {
  const { specs, claim, derived } = given;
  const { largest, classes } = derived;
  const capacity = specs.cluster.gpu.memoryBytes;
  const said = claim.estimate?.memory;
  const account = largest.memory;
  const free = capacity - account.total - account.runtimeReserve;
  const { keep = 0 } = more;
  const within = looseBytes(specs, weightClasses);
  const faults: Fault[] = [];
  for (const item of classes) {
    const needed = item.memory.total + item.memory.runtimeReserve + keep;
    // The reserve is no whole number of bytes, so a part of one is not held against anybody.
    if (needed < capacity + 1 + within) continue;
    const ranks =
      item.ranks === 1 ? `Rank ${item.firstRank} needs` : `${item.ranks} ranks from ${item.firstRank} on need`;
    const text = `${ranks} ${inWords(needed, 'bytes')} with the reserve${keep > 0 ? ' and what is to stay free' : ''}, of ${inWords(capacity, 'bytes')}.`;
    faults.push({ expected: capacity, actual: needed, text });
  }
  const parts = memoryParts.map((part): Figure => {
    return {
      name: `The ${words[part]} of rank ${largest.firstRank}`,
      unit: 'bytes',
      derived: account[part],
      claimed: said?.perGpu?.[part],
      tolerance: 'exact',
      within: looseBytes(specs, classesOf[part] ?? []),
    };
  });
  const reserve = said?.perGpu?.runtimeReserve;
  const figures: readonly Figure[] = [
    ...parts,
    ...(more.figures ?? []),
    { name: 'The reserve', unit: 'bytes', derived: account.runtimeReserve, claimed: reserve, tolerance: 'byte' },
    {
      name: 'The rank that needs most',
      unit: 'count',
      derived: largest.firstRank,
      claimed: said?.largestRank,
      tolerance: 'exact',
    },
    { name: 'What stays free', unit: 'bytes', derived: free, claimed: said?.freeBytes, tolerance: 'byte', within },
    {
      name: 'The share of memory in use',
      unit: 'share',
      derived: account.total / capacity,
      claimed: said?.utilization,
      tolerance: 'relative',
    },
  ];
  // Where every part is exact the total is too, and is held against the derived one.
  if (within > 0) faults.push(...sumFaults(given));
  const held = memoryParts.filter((part) => account[part] > 0);
  held.sort((a, b) => account[b] - account[a]);
  const list = listed(
    held.map((part) => `${inWords(account[part], 'bytes')} ${words[part]}`),
    10,
  );
  const share = account.total / capacity;
  const notes = [
    `Rank ${largest.firstRank} needs most, ${inWords(account.total, 'bytes')}: ${list}.`,
    `That is ${inWords(share, 'share')} of ${inWords(capacity, 'bytes')}; ${inWords(account.runtimeReserve, 'bytes')} are reserved beside it and ${inWords(free, 'bytes')} stay free.`,
  ];
  notes.push(...(more.notes ?? []));
  if (share < 0.05) notes.push('So little is in use because the model is small for the cluster, which is no fault.');
  const headline: Figure = {
    name: `The total of rank ${largest.firstRank}`,
    unit: 'bytes',
    derived: account.total,
    claimed: said?.perGpu?.total,
    tolerance: 'exact',
    within,
  };
  return checkOf('memory-efficiency', { headline, figures, faults, notes });
}
