/** Why the plan is this one: what each degree was compared with, what came next, and what would change the choice. */
import { count, duration, percent } from '../artifacts/markdown.ts';
import type { FeasibleServingPlan } from '../http/schemas/serving-answer.ts';
import { paragraph, table } from './text.ts';

interface Reasoning {
  readonly dimension: string;
  readonly chosen: number | string;
  readonly why: string;
  readonly compared: readonly { readonly value: number | string; readonly effect: string }[];
}

export function reasonLines(rationale: readonly Reasoning[]): string[] {
  return table(
    rationale.flatMap(({ dimension, chosen, why, compared }) => [
      [`${dimension} ${chosen}`, restOf(why, [`${dimension} = ${chosen} `, `${chosen} `])],
      // What the sentence has said already is not listed once more.
      ...compared.filter(({ effect }) => !why.includes(effect)).map(({ value, effect }) => [`  not ${value}`, effect]),
    ]),
  );
}

/** Most sentences begin with what was chosen, which stands before them here. */
function restOf(why: string, beginnings: readonly string[]): string {
  const begin = beginnings.find((words) => why.startsWith(words)) ?? '';
  return why.slice(begin.length);
}

export function alternativeLines(
  alternatives: readonly { readonly strategy: { readonly name: string }; readonly versusChosen: string }[],
): string[] {
  return table(alternatives.map(({ strategy, versusChosen }) => [strategy.name, versusChosen]));
}

export function frontierLines({ frontier, strategy: chosen }: FeasibleServingPlan): string[] {
  if (frontier.length === 0) return [];
  const rows = frontier.map(({ strategy, tokensPerSecondPerGpu, tokensPerSecondPerUser, ttftMs }) => [
    tokensPerSecondPerGpu.toFixed(0),
    tokensPerSecondPerUser.toFixed(1),
    duration(ttftMs),
    count(strategy.gpus),
    count(strategy.mode === 'aggregated' ? strategy.maxConcurrency : strategy.decode.strategy.maxConcurrency),
    // The same degrees may stand here more than once, with fewer requests at once.
    `${strategy.name}${JSON.stringify(strategy) === JSON.stringify(chosen) ? ' (chosen)' : ''}`,
  ]);
  return table([['tokens/s/GPU', 'tokens/s/user', 'TTFT', 'GPUs', 'at once', 'strategy'], ...rows], {
    right: [0, 1, 2, 3, 4],
  });
}

export function priceLines({ sloPrices }: FeasibleServingPlan): string[] {
  return sloPrices.flatMap(({ effect }) => paragraph(effect));
}

export function sensitivityLines({ sensitivity }: FeasibleServingPlan): string[] {
  return table(
    sensitivity.map(({ input, from, to, changePercent, winner, lossPercent }) => [
      input,
      `${figure(from)} -> ${figure(to)} (${changePercent > 0 ? '+' : ''}${percent(changePercent)})`,
      `${winner.name} wins by ${percent(lossPercent)}`,
    ]),
  );
}

function figure(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 4 });
}
