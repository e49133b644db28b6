/** How good choices by the predictions would have been, judged by what was measured: the definitions are of tools/score.mjs. */
import { existsSync, readFileSync } from 'node:fs';
import { mean, measuredThroughput } from './metrics.ts';
import { type Answered, isAnswered, type Prediction, type Scored } from './predict.ts';
import { groupedBy, oneDecimal, type Table } from './report.ts';
import { engineOf, type Row, shared } from './rows.ts';

const groupsFile = new URL('data/ranking-groups.json', shared);

interface RankingGroup {
  readonly options: readonly { readonly id: string }[];
}

/** Runs that differ in the strategy alone; none where the file is not beside the repository. */
function readGroups(): readonly RankingGroup[] {
  if (!existsSync(groupsFile)) return [];
  const { groups } = JSON.parse(readFileSync(groupsFile, 'utf8')) as { readonly groups: readonly RankingGroup[] };
  return groups;
}

interface Choice {
  readonly best: Answered;
  readonly pick: Answered;
  /** What the pick reached of the best, both measured. */
  readonly share: number;
}

export interface ChoiceQuality {
  readonly groups: number;
  /** Percent of groups. */
  readonly bestPicked: number;
  /** Percent, on average. */
  readonly reached: number;
  readonly worst: readonly Choice[];
}

export function choiceQuality(scored: readonly Scored[]): ChoiceQuality | undefined {
  const byId = new Map(scored.filter(isAnswered).map((answered) => [answered.row.id, answered]));
  const choices = readGroups().flatMap(({ options }): Choice[] => {
    const known = options.flatMap(({ id }) => {
      const answered = byId.get(id);
      return answered && measured(answered) > 0 && predicted(answered) > 0 ? [answered] : [];
    });
    if (known.length < 2) return [];
    const best = largest(known, measured);
    const pick = largest(known, predicted);
    return [{ best, pick, share: measured(pick) / measured(best) }];
  });
  if (choices.length === 0) return undefined;
  return {
    groups: choices.length,
    bestPicked: (100 * choices.filter(({ best, pick }) => best === pick).length) / choices.length,
    reached: 100 * mean(choices.map(({ share }) => share)),
    worst: choices.filter(({ share }) => share < 0.95).sort((a, b) => a.share - b.share),
  };
}

export const targets = [15, 25, 50, 100] as const;

export interface TargetQuality {
  readonly target: number;
  readonly families: number;
  /** Families of which no prediction meets the target, though a measurement does. */
  readonly none: number;
  readonly broken: readonly Answered[];
  /** Percent of the best measured within the target, on average over picks that keep it. */
  readonly reached: number;
}

/** What a prediction has to be to meet a target: the mean within it; or, with a confidence of 0.9, the upper end of the interval. */
type Meets = (prediction: Prediction, target: number) => boolean;
const byMean: Meets = ({ tpotMs }, target) => tpotMs <= target;
const surely: Meets = ({ intervals: { tpotMs } }, target) => tpotMs[1] <= target;

/** Closed loops of one workload on one GPU: of those predicted to meet a TPOT, the one predicted to give most tokens/s/GPU is picked. */
export function targetQuality(scored: readonly Scored[], target: number, meets = byMean): TargetQuality {
  const eligible = scored.filter(isAnswered).filter(({ row, outcome }) => {
    const closed = row.id.startsWith('sil-') && !row.disagg;
    return closed && (row.measured.tpot_ms ?? 0) > 0 && outcome.prediction.tpotMs > 0;
  });
  const shares: number[] = [];
  const broken: Answered[] = [];
  let families = 0;
  let none = 0;
  for (const [, family] of groupedBy(eligible, ({ row }) => familyKey(row))) {
    const feasible = family.filter((answered) => tpot(answered) <= target && shareOf(answered) > 0);
    if (family.length < 4 || feasible.length === 0) continue;
    families++;
    const fits = family.filter(({ outcome }) => meets(outcome.prediction, target));
    if (fits.length === 0) {
      none++;
      continue;
    }
    const pick = largest(fits, predicted);
    if (tpot(pick) > target * 1.001) broken.push(pick);
    else shares.push(shareOf(pick) / Math.max(...feasible.map(shareOf)));
  }
  return { target, families, none, broken, reached: shares.length > 0 ? 100 * mean(shares) : Number.NaN };
}

const picks = ['no pick', 'break it', 'the others reach of the best %'] as const;

function pickCells({ none, broken, reached }: TargetQuality): string[] {
  return [String(none), String(broken.length), oneDecimal(reached)];
}

export function decisionTables(scored: readonly Scored[]): Table[] {
  const quality = choiceQuality(scored);
  const byTarget = targets.map((target) => targetQuality(scored, target));
  const choice: Table[] = quality
    ? [
        {
          title: 'Choice of parallelism at fixed concurrency, by tokens/s/GPU',
          head: ['groups', 'best picked %', 'of the best reached %'],
          rows: [[String(quality.groups), oneDecimal(quality.bestPicked), oneDecimal(quality.reached)]],
        },
        {
          title: 'Choices that reach less than 95 % of the best',
          head: ['picked', 'best', 'reached %'],
          rows: quality.worst.map(({ pick, best, share }) => [name(pick), strategyName(best), oneDecimal(100 * share)]),
        },
      ]
    : [];
  return [
    ...choice,
    {
      title: 'Picks under a TPOT target',
      note: 'By predicted means, which is what counts; and with slo.confidence of 0.9.',
      head: ['TPOT ms', 'families', ...picks, ...picks.map((what) => `0.9: ${what}`)],
      rows: byTarget.map((quality) => [
        ...[quality.target, quality.families].map(String),
        ...pickCells(quality),
        ...pickCells(targetQuality(scored, quality.target, surely)),
      ]),
    },
    {
      title: 'Picks that break their target when measured',
      head: ['pick', 'target ms', 'measured ms', 'predicted ms'],
      rows: byTarget.flatMap(({ target, broken }) =>
        broken.map((pick) => [
          name(pick),
          String(target),
          oneDecimal(tpot(pick)),
          oneDecimal(pick.outcome.prediction.tpotMs),
        ]),
      ),
    },
  ];
}

const measured = ({ row }: Answered): number => measuredThroughput(row) ?? 0;
const predicted = ({ outcome }: Answered): number => outcome.prediction.tokensPerSecondPerGpu;
const tpot = ({ row }: Answered): number => row.measured.tpot_ms ?? 0;
/** Under a target the derived figure comes first, as in score.mjs. */
const shareOf = ({ row }: Answered): number =>
  row.derived?.approx_tokens_per_s_per_gpu ?? row.measured.tokens_per_s_per_gpu ?? 0;

/** The first of the largest. */
function largest<T>(values: readonly T[], of: (value: T) => number): T {
  return values.reduce((a, b) => (of(b) > of(a) ? b : a));
}

function familyKey({ model, hardware, precision, engine, workload }: Row): string {
  return JSON.stringify([model.name, hardware.gpu, precision, engine?.name, workload.isl, workload.osl]);
}

function strategyName({ row }: Answered): string {
  const { tp = 1, attention_dp = 1, moe_ep } = row.parallelism;
  return `TP${tp}${attention_dp > 1 ? ` DP${attention_dp}` : ''}${moe_ep ? ` EP${moe_ep}` : ''}`;
}

function name(answered: Answered): string {
  const { model, hardware, precision, workload } = answered.row;
  const run = `${workload.isl}/${workload.osl} C${workload.concurrency ?? '–'} ${strategyName(answered)}`;
  return `${model.name} ${precision} ${hardware.gpu} ${engineOf(answered.row) ?? ''} ${run}`;
}
