/** Process groups, who is in the fast domain with whom, and what is sent. */
import type { CollectiveUse } from '../planner/estimate.ts';
import type { DeepPartial, VerificationCheck } from './claim.ts';
import { agrees, checkOf, type Fault, type Figure } from './compare.ts';
import type { Given } from './given.ts';
import { type Grid, gpuOf } from './grid.ts';
import { byClasses, type GroupSurvey, seatOf, surveyGroups } from './groups.ts';
import { type DerivedUse, keyOf } from './messages.ts';
import { inWords, listed } from './text.ts';

function leastCommonMultiple(a: number, b: number): number {
  let multiple = a;
  while (multiple % b !== 0) multiple += a;
  return multiple;
}

/** Whether the ranks of an ETP group follow one another: some engines number them apart, and no placement mends that. */
function isRow({ numbering, ep, etp, tp, cp, dp, pp }: Grid): boolean {
  const neighbours = numbering.expert.at(-1) === 'etp' || ep === 1;
  return neighbours && (numbering.stages === 'outside' || pp === 1 || dp === 1 || (tp * cp) % etp === 0);
}

/** A TP group that could be inside a fast domain has to be; an ETP group too, where both can be at once. */
function domainFaults(layout: Grid, surveys: readonly GroupSurvey[]): readonly Fault[] {
  const { tp, etp, cluster } = layout;
  const faults: Fault[] = [];
  for (const { kind, size, crossesDomains } of surveys) {
    const fits =
      kind === 'tp'
        ? size <= cluster.domainGpus
        : kind === 'etp' && isRow(layout) && leastCommonMultiple(tp, etp) <= cluster.domainGpus;
    if (!fits || !crossesDomains) continue;
    const text = `A ${kind} group of ${size} GPUs would fit in a fast domain of ${cluster.domainGpus}, and is split over two.`;
    faults.push({ expected: false, actual: true, text });
  }
  return faults;
}

function partitionFaults(surveys: readonly GroupSurvey[]): readonly Fault[] {
  return surveys
    .filter((survey) => !survey.partitions)
    .map(({ kind }) => ({ expected: true, actual: false, text: `The ${kind} groups do not partition the ranks.` }));
}

/** Every claimed group has to be one of the rebuilt ones, place by place, and every rank in one. */
function claimedGroupFaults({ claim, derived: { layout } }: Given, surveys: readonly GroupSurvey[]): readonly Fault[] {
  const faults: Fault[] = [];
  for (const { kind, size, groups } of surveys) {
    const said = claim.placement?.groups?.[kind];
    if (!said) continue;
    if (said.length !== groups) {
      faults.push({
        expected: groups,
        actual: said.length,
        text: `${said.length} ${kind} groups are listed, of ${groups}.`,
      });
    }
    const seen = new Uint8Array(layout.world);
    for (const members of said) {
      if (members.length !== size) {
        faults.push({
          expected: size,
          actual: members.length,
          text: `A ${kind} group has ${members.length} ranks, not ${size}.`,
        });
      }
      const [first] = members;
      members.forEach((rank, place) => {
        const own = rank - layout.firstRank;
        const twice = seen[own] === 1;
        seen[own] = 1;
        const { group, seat } = seatOf(kind, layout, own);
        const there = first !== undefined && group === seatOf(kind, layout, first - layout.firstRank).group;
        if (!twice && seat === place && there && seen[own] !== undefined) return;
        const text = `Rank ${rank} is in place ${place} of a ${kind} group that it does not belong to${twice ? ', for the second time' : ''}.`;
        faults.push({ expected: seat, actual: place, text });
      });
    }
    const missing = seen.indexOf(0);
    if (missing >= 0) {
      faults.push({ expected: 1, actual: 0, text: `Rank ${layout.firstRank + missing} is in no ${kind} group.` });
    }
  }
  return faults;
}

/** Ranks have to be on the GPUs that the numbering gives them: all that is said of links hangs on it. */
function placeFaults({ claim, derived: { layout } }: Given): readonly Fault[] {
  const said = claim.placement?.gpus;
  const faults: Fault[] = [];
  for (let rank = 0; said && rank < Math.min(said.length, layout.world); rank += 1) {
    const own = gpuOf(layout, rank);
    const theirs = said[rank] ?? -1;
    if (own === theirs) continue;
    faults.push({
      expected: own,
      actual: theirs,
      text: `Rank ${layout.firstRank + rank} is on GPU ${theirs}, and belongs on ${own}.`,
    });
    if (faults.length > 8) break;
  }
  return faults;
}

type ClaimedUse = DeepPartial<CollectiveUse>;

function figuresOf(use: DerivedUse, said: ClaimedUse | undefined, survey: GroupSurvey | undefined): readonly Figure[] {
  const name = (what: string) => `${what} of ${keyOf(use)}`;
  const count = { unit: 'count', tolerance: 'exact' } as const;
  const bytes = { unit: 'bytes', tolerance: 'relative' } as const;
  const figures: Figure[] = [
    { name: name('The group size'), derived: use.groupSize, claimed: said?.groupSize, ...count },
    { name: name('The calls a step'), derived: use.calls, claimed: said?.calls, unit: 'count', tolerance: 'relative' },
    { name: name('The message'), derived: use.messageBytes, claimed: said?.messageBytes, ...bytes },
    { name: name('What a GPU sends'), derived: use.bytesPerGpu, claimed: said?.bytesPerGpu, ...bytes },
  ];
  if (survey) {
    const { crossesDomains, crossesNodes } = survey;
    figures.push(
      { name: name('Leaving the fast links'), derived: crossesDomains, claimed: said?.crossesDomains, ...count },
      { name: name('Leaving the node'), derived: crossesNodes, claimed: said?.crossesNodes, ...count },
    );
  }
  return figures;
}

function answers(said: ClaimedUse, use: DerivedUse): boolean {
  return (
    (said.op ?? use.op) === use.op &&
    (said.group ?? use.group) === use.group &&
    (said.purpose ?? use.purpose) === use.purpose
  );
}

export function checkCommunication(given: Given): VerificationCheck {
  const { claim, derived } = given;
  const { layout, uses } = derived;
  const room = layout.cluster.nodes * layout.cluster.gpusPerNode;
  const last = gpuOf(layout, layout.world - 1);
  const faults: Fault[] = [];
  const notes: string[] = [];
  // Ranks without a GPU have no links: then only the messages can be checked, and gpu-count says the rest.
  const placed = layout.world <= room && last < room;
  const surveys = placed ? surveyGroups(layout, claim.placement?.gpus) : [];
  if (placed) {
    faults.push(...partitionFaults(surveys), ...domainFaults(layout, surveys));
    faults.push(...placeFaults(given), ...claimedGroupFaults(given, surveys));
    const kinds = surveys
      .filter(({ size }) => size > 1)
      .map(({ kind, size, groups }) => `${groups} ${kind} of ${size}`);
    notes.push(
      kinds.length === 0
        ? 'One rank needs no groups.'
        : `Groups partition the ${layout.world} ranks: ${listed(kinds, 8)}.`,
    );
    if (byClasses(layout))
      notes.push('With so many ranks they were checked by classes of equal groups, not one by one.');
  } else {
    faults.push({ expected: room - 1, actual: last, text: 'Ranks without a GPU have no links to check.' });
  }
  const list = claim.estimate?.communication?.perCollective;
  const open = [...(list ?? [])];
  const figures: Figure[] = [];
  for (const use of uses) {
    const survey = surveys.find(({ kind }) => kind === use.group);
    // The one that agrees in most, so that of several claims without a purpose each finds its own.
    const wrongs = (said: ClaimedUse) => figuresOf(use, said, survey).filter((figure) => !agrees(figure)).length;
    const candidates = open.filter((said) => answers(said, use)).sort((a, b) => wrongs(a) - wrongs(b));
    const [said] = candidates;
    if (said) open.splice(open.indexOf(said), 1);
    else if (list) faults.push({ expected: keyOf(use), actual: null, text: `The ${keyOf(use)} is missing.` });
    figures.push(...figuresOf(use, said, survey));
  }
  for (const said of open) {
    const text = `An ${said.op ?? 'operation'} over ${said.group ?? 'some group'} for ${said.purpose ?? 'nothing named'} is claimed, and none is needed.`;
    faults.push({ expected: null, actual: `${said.op ?? ''} ${said.group ?? ''} ${said.purpose ?? ''}`.trim(), text });
  }
  const sent = uses.reduce((sum, use) => sum + use.bytesPerGpu, 0);
  notes.push(`A GPU sends ${inWords(sent, 'bytes')} a step in ${uses.length} kinds of message.`);
  const claimed = list?.reduce((sum, said) => sum + (said.bytesPerGpu ?? Number.NaN), 0);
  const headline: Figure = {
    name: 'What a GPU sends a step in all',
    unit: 'bytes',
    derived: sent,
    claimed: claimed !== undefined && Number.isFinite(claimed) ? claimed : undefined,
    tolerance: 'relative',
  };
  return checkOf('communication', { headline, figures, faults, notes });
}
