/**
 * Closed loops asked with how far their lengths differ (workload.lengthSpread), which the mapping of tools/score.mjs does not say: InferenceX
 * draws them uniformly, the other series have one length each.
 */
import { errorsOf, type MetricName, metrics, type Pair, pairsOf } from './metrics.ts';
import { isSound, type Marks } from './oddities.ts';
import { type Answered, isAnswered, predict, type Scored } from './predict.ts';
import { oneDecimal, type Table } from './report.ts';
import { engineOf, inferenceXSpread, lengthsVary } from './rows.ts';
import { groupings, sectionOf } from './sections.ts';
import type { Case } from './settings.ts';

const figures = ['TTFT', 'TPOT'] as const satisfies readonly MetricName[];

type Change = (answered: Answered) => Case;

export const lengthsSaid: Change = ({ row, setting, strategy }) => {
  const lengthSpread = lengthsVary(row) ? inferenceXSpread : 0;
  return { setting: { ...setting, workload: { ...setting.workload, lengthSpread } }, strategy };
};

/**
 * The same in steps that have room for one prompt beside all who decode: what deployments are generated with where runs of equal lengths come
 * from (max_num_tokens of max_batch_size, the prompt and some more: aiconfigurator's generator/rule_plugin/trtllm.rule).
 */
const onePrompt: Change = (answered) => {
  const { setting, strategy } = lengthsSaid(answered);
  const { inputTokens, load } = setting.workload;
  const batchTokens = inputTokens + (load.kind === 'concurrency' ? load.concurrency : 0);
  return { setting: { ...setting, engine: { ...setting.engine, batchTokens } }, strategy };
};

const asked = (answered: readonly Answered[], change: Change): Answered[] =>
  answered.flatMap((one) => {
    const outcome = predict(change(one));
    return 'prediction' in outcome ? [{ ...one, outcome }] : [];
  });

interface Part {
  readonly title: string;
  readonly of: readonly Answered[];
  readonly vary: boolean;
}

export function lengthSpreadTable(scored: readonly Scored[], marks: Marks): Table {
  const loops = scored.filter(isAnswered).filter(({ row }) => sectionOf(row) === 'closed loop');
  const line = ({ title, of, vary }: Part, name: MetricName): string[][] => {
    const sound = of.filter(({ row }) => isSound(marks, row.id, name));
    const errors = (answered: readonly Answered[]) => cells(pairsOf(answered, metrics[name]));
    const n = pairsOf(sound, metrics[name]).length;
    if (n === 0) return [];
    const generated = sound.every(({ row }) => engineOf(row) === 'tensorrt-llm');
    const small = vary || !generated ? ['', ''] : errors(asked(sound, onePrompt));
    return [[title, name, String(n), ...errors(sound), ...errors(asked(sound, lengthsSaid)), ...small]];
  };
  const drawn = loops.filter(({ row }) => lengthsVary(row));
  // The export of their measurements prints one length of prompts and one of answers; other sources say less.
  const equal = loops.filter(({ row }) => row.id.startsWith('sil-') && !lengthsVary(row));
  const series = [...new Set(equal.map(({ row }) => groupings.series(row)))];
  const parts: readonly Part[] = [
    { title: 'drawn from 0.8 to 1.0 of nominal: 0.111', of: drawn, vary: true },
    { title: 'one length each: 0', of: equal, vary: false },
    ...series.map((title) => ({ title, of: equal.filter(({ row }) => groupings.series(row) === title), vary: false })),
  ];
  return {
    title: 'TTFT and TPOT of closed loops where the spread of lengths is said',
    note: 'Sound rows; MAPE / median of the error in percent, and the median of the signed one. As asked: 1/14 is assumed. One prompt a step: steps hold a prompt beside all who decode, where 8192 tokens are assumed.',
    head: ['lengths', 'figure', 'n', 'as asked', 'bias', 'said', 'bias', 'and one prompt a step', 'bias'],
    rows: parts.flatMap((part) => figures.flatMap((name) => line(part, name))),
  };
}

function cells(pairs: readonly Pair[]): string[] {
  const { mape, median, bias } = errorsOf(pairs);
  return [`${oneDecimal(mape)} / ${oneDecimal(median)}`, oneDecimal(bias)];
}
