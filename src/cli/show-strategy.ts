/** The degrees of a strategy in a row each, with what they are called. */
import { count } from '../artifacts/markdown.ts';
import type { FeasiblePlan } from '../http/schemas/answer.ts';
import type { FeasibleServingPlan } from '../http/schemas/serving-answer.ts';
import { paragraph, table } from './text.ts';

type Cells = readonly (readonly [heading: string, value: string | number])[];

export function batchStrategy({ strategy, resolved }: Pick<FeasiblePlan, 'strategy' | 'resolved'>): string[] {
  const { tp, cp, dp, pp, ep, etp, edp, replicas, microBatchSize, gpus } = strategy;
  return [
    ...degrees([
      [
        ...attention({ tp, cp, dp, pp }),
        ...experts({ ep, etp, edp }, isMixture(resolved)),
        ['replicas', replicas],
        ['micro-batch', microBatchSize],
        ['GPUs', gpus],
      ],
    ]),
    ...paragraph(key),
  ];
}

export function servingStrategy({ strategy, resolved }: Pick<FeasibleServingPlan, 'strategy' | 'resolved'>): string[] {
  const moe = isMixture(resolved);
  if (strategy.mode === 'aggregated') {
    const { replicas, maxConcurrency, gpus } = strategy;
    return [
      ...degrees([
        [
          ['workers', replicas],
          ...attention(strategy),
          ...experts(strategy, moe),
          ['at once', maxConcurrency],
          ['GPUs', gpus],
        ],
      ]),
      ...paragraph(`${key} "at once": requests that run at once at most.`),
    ];
  }
  const rows = (['prefill', 'decode'] as const).map((role): Cells => {
    const { workers, strategy: each } = strategy[role];
    return [
      ['role', role],
      ['workers', workers],
      ...attention(each),
      ...experts(each, moe),
      ['at once', each.maxConcurrency],
      ['GPUs', workers * each.gpus],
    ];
  });
  return [
    ...degrees(rows),
    ...paragraph(
      `${key} Prompts and answers have workers of their own; "at once": requests that all of a kind run at most.`,
    ),
  ];
}

const key = 'tp tensor, cp context, dp data, pp pipeline, ep expert, etp tensor of each expert, edp copies of each.';

function attention({ tp, cp, dp, pp }: { tp: number; cp: number; dp: number; pp: number }): Cells {
  return [
    ['tp', tp],
    ['cp', cp],
    ['dp', dp],
    ['pp', pp],
  ];
}

function experts({ ep, etp, edp }: { ep: number; etp: number; edp: number }, moe: boolean): Cells {
  return moe
    ? [
        ['ep', ep],
        ['etp', etp],
        ['edp', edp],
      ]
    : [];
}

function isMixture({ model }: { readonly model: { readonly layers: readonly { readonly moe?: unknown }[] } }): boolean {
  return model.layers.some(({ moe }) => moe !== undefined);
}

function degrees(rows: readonly Cells[]): string[] {
  const [first = []] = rows;
  const right = first.flatMap(([, value], j) => (typeof value === 'number' ? [j] : []));
  const cells = rows.map((row) => row.map(([, value]) => (typeof value === 'number' ? count(value) : value)));
  return table([first.map(([heading]) => heading), ...cells], { right, least: 4 });
}
