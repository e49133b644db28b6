/** Every expert has a home, and no GPU holds more of a layer's experts than its share. */

import type { VerificationCheck } from './claim.ts';
import { checkOf, type Fault, type Figure } from './compare.ts';
import type { Given } from './given.ts';
import { expertsOfStage } from './stages.ts';

/** Homes of the experts in one EP group, as the numbering of ranks has them, or as claimed. */
function homeFaults(homes: readonly (readonly number[])[], slots: number, ep: number): readonly Fault[] {
  const share = slots / ep;
  const copies = new Int32Array(slots);
  const faults: Fault[] = [];
  if (homes.length !== ep)
    faults.push({ expected: ep, actual: homes.length, text: `${homes.length} EP ranks are listed.` });
  homes.forEach((held, rank) => {
    if (held.length > share) {
      const text = `EP rank ${rank} holds ${held.length} experts of a layer, more than its share of ${share}.`;
      faults.push({ expected: share, actual: held.length, text });
    }
    for (const expert of held) {
      if (copies[expert] === undefined) {
        faults.push({
          expected: slots,
          actual: expert,
          text: `EP rank ${rank} holds expert ${expert}, of ${slots}.`,
        });
        continue;
      }
      copies[expert] = (copies[expert] ?? 0) + 1;
      const home = Math.floor(expert / share);
      if (home === rank) continue;
      faults.push({
        expected: home,
        actual: rank,
        text: `Expert ${expert} is on EP rank ${rank}, and belongs on ${home}.`,
      });
    }
  });
  copies.forEach((count, expert) => {
    if (count === 1) return;
    const text = count === 0 ? `Expert ${expert} has no home.` : `Expert ${expert} has ${count} homes in one EP group.`;
    faults.push({ expected: 1, actual: count, text });
  });
  return faults;
}

/** Deals the experts of a layer out in order, a share to each EP rank. */
function dealExperts(slots: number, ep: number): readonly (readonly number[])[] {
  const homes: number[][] = Array.from({ length: ep }, () => []);
  for (let slot = 0; slot < slots; slot += 1) homes[Math.floor((slot * ep) / slots)]?.push(slot);
  return homes;
}

export function checkExperts({ specs, claim, derived: { layout, stages, slots } }: Given): VerificationCheck {
  const { tp, cp, dp, pp, ep, etp, edp, replicas } = layout;
  const experts = specs.model.layers.find((run) => run.moe)?.moe?.experts;
  const faults: Fault[] = [];
  const notes: string[] = [];
  if (experts !== undefined) {
    if (slots % ep !== 0) {
      const text = `${slots} experts do not divide over ${ep} EP ranks.`;
      faults.push({ expected: 0, actual: slots % ep, text });
    } else {
      faults.push(...homeFaults(claim.placement?.expertHomes ?? dealExperts(slots, ep), slots, ep));
    }
    const split = etp === 1 ? 'whole' : `split over ${etp} GPUs`;
    const copies = edp === 1 ? 'once' : `${edp} times`;
    notes.push(
      `Each of ${experts} experts of a layer is there ${copies}, ${split}; a GPU holds ${slots / ep} a layer.`,
    );
    if (slots > experts) notes.push(`Of these ${slots} slots ${slots - experts} are further copies of busy experts.`);
  } else {
    notes.push('The model is dense: there are no experts to place.');
  }
  // A module is the GPUs that hold the same whole experts, or, of a dense model, the same layers.
  const loads = stages.map((stage) => (experts === undefined ? stage.layers : expertsOfStage(stage)));
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  const perGpu = experts === undefined ? 0 : slots / ep;
  const said = claim.modules;
  const figures: readonly Figure[] = [
    {
      name: 'Modules',
      unit: 'count',
      derived: (experts === undefined ? dp * cp : ep * edp) * pp * replicas,
      claimed: said?.count,
      tolerance: 'exact',
    },
    {
      name: 'GPUs of a module',
      unit: 'count',
      derived: experts === undefined ? tp : etp,
      claimed: said?.gpusPerModule,
      tolerance: 'exact',
    },
    {
      name: 'Balance of modules',
      unit: 'share',
      derived: mean / Math.max(...loads),
      claimed: said?.balance,
      tolerance: 'relative',
    },
  ];
  const headline: Figure = {
    name: 'Experts a GPU and layer',
    unit: 'count',
    derived: perGpu,
    claimed: said?.expertsPerGpuPerLayer,
    tolerance: 'exact',
  };
  return checkOf('expert-balance', { headline, figures, faults, notes });
}
