/**
 * How far predictions are from families that the constants were not fitted to. Each family is left out in turn: the constants are
 * solved for again on all others, on the linear model about the full fit (few constants and many rows: they move little), and the family is
 * then predicted by the cost model itself with them.
 */
import type { Linear } from './fit.ts';
import { bestStep, moved } from './fit.ts';
import { enginesWith } from './fit-parameters.ts';
import { errorsOf, metricNames, metrics, type Pair, pairsOf, quantile } from './metrics.ts';
import { isSound, type Marks } from './oddities.ts';
import { type Answered, isAnswered, predict, type Scored } from './predict.ts';
import { groupedBy, oneDecimal, type Table } from './report.ts';
import { familyOf, isAggregated, sectionOf } from './sections.ts';

/** Every row as predicted by constants that its family had no part in. */
export function leftOut(scored: readonly Scored[], linear: Linear): Scored[] {
  return groupedBy(scored.filter(isAnswered), ({ row }) => familyOf(row)).flatMap(([family, members]) => {
    const step = bestStep(linear, 1e-6, (row) => row.family !== family);
    return repredicted(members, moved(linear.values, step));
  });
}

/** Every row as predicted by the constants that were fitted to all: what leaving out is to be held against. */
export function fittedToAll(scored: readonly Scored[], { values }: Linear): Scored[] {
  return repredicted(scored.filter(isAnswered), values);
}

function repredicted(answered: readonly Answered[], values: readonly number[]): Scored[] {
  const trial = enginesWith(values);
  return answered.map((one) => {
    const engine = trial.get(one.setting.engine.name) ?? one.setting.engine;
    return { ...one, outcome: predict({ ...one, setting: { ...one.setting, engine } }) };
  });
}

const aims = { TPOT: '10 / 8', TTFT: '26 / 18', 'tokens/s/GPU': '10 / 8' } as const;

export interface Fits {
  readonly without: readonly Scored[];
  readonly all: readonly Scored[];
}

export function leaveOutTables({ without, all }: Fits, marks: Marks): Table[] {
  const cells = (pairs: readonly Pair[]): string[] => {
    if (pairs.length === 0) return ['0', '', ''];
    const { n, mape, median, bias } = errorsOf(pairs);
    return [String(n), `${oneDecimal(mape)} / ${oneDecimal(median)}`, oneDecimal(bias)];
  };
  const overall = metricNames.map((name) => {
    const pairs = (of: readonly Scored[]) =>
      pairsOf(
        of.filter(isAnswered).filter(({ row }) => isAggregated(row)),
        metrics[name],
      );
    const sound = (of: readonly Scored[]) => pairs(of).filter(({ row }) => isSound(marks, row.id, name));
    return [name, ...cells(pairs(without)), ...cells(sound(without)), cells(sound(all))[1] ?? '', aims[name]];
  });
  const families = groupedBy(without.filter(isAnswered), ({ row }) => familyOf(row)).map(([family, members]) => [
    family,
    ...metricNames.flatMap((name) =>
      cells(pairsOf(members, metrics[name]).filter(({ row }) => isSound(marks, row.id, name))),
    ),
  ]);
  const spread = (title: string, members: readonly Answered[]) =>
    metricNames.flatMap((name) => {
      const pairs = pairsOf(members, metrics[name]);
      if (pairs.length < 5) return [];
      const ratios = pairs.map(({ measured, predicted }) => measured / predicted);
      return [[title, name, String(pairs.length), ...[0.1, 0.5, 0.9].map((at) => quantile(ratios, at).toFixed(2))]];
    });
  const answered = without.filter(isAnswered);
  const spreads = [
    ...groupedBy(answered, ({ row }) => sectionOf(row)),
    ...groupedBy(answered, ({ outcome }) => `all, ${outcome.prediction.evidence}`),
  ].flatMap(([title, members]) => spread(title, members));
  return [
    {
      title: 'Families left out of the fit, aggregated',
      head: ['', 'n', 'MAPE / median', 'bias', 'sound: n', 'MAPE / median', 'bias', 'sound, fitted to all', 'aim'],
      rows: overall,
    },
    {
      title: 'Each family as left out, sound rows',
      head: ['family', ...metricNames.flatMap((name) => [`${name}: n`, 'MAPE / median', 'bias'])],
      rows: families,
    },
    {
      title: 'Spread of measured / predicted of families left out',
      note: 'What an interval that holds 80 % has to be.',
      head: ['', 'figure', 'n', '10 %', '50 %', '90 %'],
      rows: spreads,
    },
  ];
}
