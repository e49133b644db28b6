/** Closed loops of every kind, measured or not: how far the closed form is from the simulation, by how far lengths differ. */
import { workerCosts } from '../../src/planner/cost/serving/cost.ts';
import { closedLoop, type SteadyContext } from '../../src/planner/cost/serving/steady.ts';
import { estimateServing } from '../../src/planner/serving.ts';
import { usualLengthSpread } from '../../src/planner/workload.ts';
import { mean, median, quantile } from '../fidelity/metrics.ts';
import { oneDecimal, type Table } from '../fidelity/report.ts';
import { type EstimateBody, inferenceXSpread } from '../fidelity/rows.ts';
import { createResolver } from '../fidelity/settings.ts';
import { loopOf, roundTrip } from './loop.ts';
import { simulateLoop } from './simulate.ts';

const spreads = [0, 0.005, 0.02, 0.05, usualLengthSpread, inferenceXSpread, 0.3, 1];

/** Of one rank: those of a data-parallel group read their prompts when they come in the simulation, and together where engines arrange it. */
const systems: readonly (Pick<EstimateBody, 'model' | 'strategy'> & { readonly name: string })[] = [
  { name: '8B, TP1', model: { catalog: 'llama-3.1-8b', precision: 'fp8' }, strategy: { tp: 1 } },
  { name: '70B, TP4', model: { catalog: 'llama-3.1-70b', precision: 'fp8' }, strategy: { tp: 4 } },
];

const shapes = [
  [2000, 500],
  [1000, 1000],
  [500, 2000],
  [8000, 1000],
  [8000, 200],
  [8000, 20],
  [1000, 8],
  [200, 200],
  [30_000, 500],
] as const;
const crowds = [4, 16, 64, 256, 1024];
const batches = [8192, 2048];
/** Requests that a simulation of all waves takes about a second for, at most. */
const mostTokens = 5e6;

/** Beyond such a share of their room steps are filled by prompts that wait for each other. */
const crowded = 0.2;

interface Compared {
  readonly spread: number;
  /** Share of the room of steps that prompts take. */
  readonly filled: number;
  /** Closed form over simulation. */
  readonly ttft: number;
  readonly tpot: number;
}

/** What the simulation has no part in is left out: steps that engines let pass, a prompt's way through the tokeniser. */
function contextOf(
  { model, strategy }: (typeof systems)[number],
  batchTokens: number,
  [inputTokens, outputTokens]: readonly [number, number],
): (lengthSpread: number) => SteadyContext {
  const resolved = createResolver()({
    cluster: { nodes: 1, gpusPerNode: 8, gpu: 'H200-SXM-141GB' },
    model,
    engine: 'tensorrt-llm',
    workload: { kind: 'serving', inputTokens, outputTokens, concurrency: 1 },
    strategy,
  });
  if ('why' in resolved) throw new Error(resolved.why);
  const { setting } = resolved;
  const times = {
    ...setting.engine.times,
    perPromptToken: 0,
    requestOverhead: roundTrip,
    latentSteps: 0,
    rankSteps: 0,
  };
  const engine = { ...setting.engine, batchTokens, times };
  const estimate = estimateServing({ ...setting, engine }, resolved.strategy);
  if (estimate.status === 'infeasible' || estimate.chosen.strategy.mode !== 'aggregated')
    throw new Error('does not fit');
  const cost = workerCosts({ ...setting, engine }).of(estimate.chosen.strategy);
  const { workload } = setting;
  return (lengthSpread) => ({ workload: { ...workload, lengthSpread }, engine, cost, slots: Number.MAX_SAFE_INTEGER });
}

function compared(): Compared[] {
  const found: Compared[] = [];
  for (const system of systems) {
    for (const batchTokens of batches) {
      for (const shape of shapes) {
        const of = contextOf(system, batchTokens, shape);
        for (const clients of crowds.filter((many) => many * (shape[0] + shape[1]) <= mostTokens)) {
          for (const spread of spreads) {
            const context = of(spread);
            const ours = closedLoop(context, clients);
            const simulated = simulateLoop(loopOf(context, clients));
            found.push({
              spread,
              filled: ours.promptTokens / batchTokens,
              ttft: ours.ttft / simulated.ttft,
              tpot: ours.tpot / simulated.tpot,
            });
          }
        }
      }
    }
  }
  return found;
}

export function spreadsTable(): Table {
  const all = compared();
  const figures = (ratios: readonly number[]): string[] => {
    const errors = ratios.map((ratio) => 100 * Math.abs(ratio - 1));
    return [
      quantile(ratios, 0.1).toFixed(2),
      quantile(ratios, 0.5).toFixed(2),
      quantile(ratios, 0.9).toFixed(2),
      `${oneDecimal(mean(errors))} / ${oneDecimal(median(errors))}`,
    ];
  };
  const line = (title: string, of: readonly Compared[]): string[] => [
    title,
    String(of.length),
    ...figures(of.map(({ ttft }) => ttft)),
    figures(of.map(({ tpot }) => tpot))[3] ?? '',
  ];
  return {
    title: 'Closed form beside simulation, by how far lengths differ',
    note: `${systems.map(({ name }) => name).join('; ')}; prompts and answers of ${shapes.map((shape) => shape.join('/')).join(', ')} tokens; ${crowds.join(', ')} clients; steps of ${batches.join(' and ')} tokens. Ratios of TTFT at the 10th, 50th and 90th percentile, MAPE / median in percent.`,
    head: ['1 ±', 'n', '10 %', '50 %', '90 %', 'TTFT', 'TPOT'],
    rows: spreads.flatMap((spread) => {
      const of = all.filter((one) => one.spread === spread);
      const title = spread.toFixed(3);
      return [
        line(title, of),
        line(
          `${title}, prompts in less than a fifth`,
          of.filter(({ filled }) => filled < crowded),
        ),
      ];
    }),
  };
}
