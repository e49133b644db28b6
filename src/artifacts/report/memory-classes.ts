/**
 * GPUs by what they hold: those of one class hold the same bytes of everything. An answer has the largest rank alone, so that the others are
 * accounted for here once more, by the planner's own formulas, from the request that the plan was made for.
 */
import type { FeasiblePlan } from '../../http/schemas/answer.ts';
import type { FeasibleServingPlan } from '../../http/schemas/serving-answer.ts';
import { cacheBytes } from '../../planner/cost/layer.ts';
import { memoryOf } from '../../planner/cost/memory.ts';
import { type WorkerCost, workerCosts } from '../../planner/cost/serving/cost.ts';
import { withSequences } from '../../planner/cost/serving/memory.ts';
import type { Role as CostRole } from '../../planner/cost/serving/stage-memory.ts';
import { splitBatch, stageShapes } from '../../planner/cost/shape.ts';
import type { MemoryAccount } from '../../planner/estimate.ts';
import type { Problem } from '../../planner/result.ts';
import type { ServingProblem } from '../../planner/serving-result.ts';
import { strategyGpus, type WorkerStrategy } from '../../planner/strategy.ts';
import { count, plural } from '../markdown.ts';

export interface MemoryClass {
  /** Which GPUs they are, as a sentence begins. */
  readonly label: string;
  readonly gpus: number;
  readonly account: MemoryAccount;
}

/** What a report says beyond the answer. */
export interface Accounts {
  /** Largest first. */
  readonly memory: readonly MemoryClass[];
  /** Whether only the largest GPU of each kind is known. */
  readonly largestOnly?: true;
  /** Bytes of a prompt's cache, which move from prefill to decode; absent where nothing moves. */
  readonly movedBytes?: number;
}

export function batchAccounts({ model, workload }: Problem, { strategy }: Pick<FeasiblePlan, 'strategy'>): Accounts {
  const { tp, cp, dp, pp } = strategy;
  const { most, least, heavy } = splitBatch(workload.batchSize, dp);
  const classes: MemoryClass[] = [];
  for (const shape of stageShapes(model, pp)) {
    for (const [sequences, ranks] of [
      [most, heavy],
      [least, dp - heavy],
    ] as const) {
      if (ranks === 0) continue;
      const label = joined([stagesText(shape, pp), heavy < dp && `${plural(sequences, 'sequence')} each`]);
      const gpus = ranks * tp * cp * shape.stages;
      classes.push({ label, gpus, account: memoryOf(model, workload, strategy, { shape, sequences }) });
    }
  }
  return { memory: merged(classes) };
}

export function servingAccounts(
  problem: ServingProblem,
  { strategy }: Pick<FeasibleServingPlan, 'strategy'>,
): Accounts {
  const costs = workerCosts(problem, problem.constraints.memoryFree);
  const of = (worker: WorkerStrategy, role: CostRole) => workerClasses(worker, role, costs.of(worker));
  if (strategy.mode === 'aggregated') return { memory: merged(of(strategy, 'both')) };
  const { prefill, decode } = strategy;
  const { model, workload } = problem;
  const movedBytes = model.layers.reduce(
    (sum, { count: layers, mixer }) =>
      sum + layers * cacheBytes(mixer, model, { tokens: workload.inputTokens, tp: 1, cp: 1 }),
    0,
  );
  return {
    memory: merged([
      ...of({ ...prefill.strategy, replicas: prefill.workers }, 'prefill'),
      ...of({ ...decode.strategy, replicas: decode.workers }, 'decode'),
    ]),
    movedBytes,
  };
}

const roleText = { both: false, prefill: 'prefill', decode: 'decode' } as const;

/** Requests are spread as evenly as they go: some data-parallel ranks have one more than the others (docs/accounting.md, "Serving"). */
function workerClasses(worker: WorkerStrategy, role: CostRole, cost: WorkerCost): readonly MemoryClass[] {
  const { replicas, dp, pp, maxConcurrency } = worker;
  const ranks = replicas * dp;
  const least = Math.floor(maxConcurrency / ranks);
  const heavy = maxConcurrency - least * ranks;
  const alike = strategyGpus(worker) / (ranks * pp);
  return cost.memory(role).flatMap((held, i) => {
    const shape = cost.stages[i];
    if (!shape) return [];
    return [
      { sequences: least + 1, some: heavy },
      { sequences: least, some: ranks - heavy },
    ].flatMap(({ sequences, some }): readonly MemoryClass[] => {
      if (some === 0) return [];
      const label = joined([
        roleText[role],
        stagesText(shape, pp),
        heavy > 0 && `${plural(sequences, 'request')} each`,
      ]);
      return [{ label, gpus: some * alike * shape.stages, account: withSequences(held, sequences) }];
    });
  });
}

function stagesText({ stage, stages }: { readonly stage: number; readonly stages: number }, pp: number) {
  if (pp === 1) return false;
  if (stages === pp) return 'every stage';
  return stages === 1 ? `stage ${stage}` : `${count(stages)} stages like stage ${stage}`;
}

function joined(parts: readonly (string | false)[]): string {
  const text = parts.filter((part) => part !== false && part !== '').join(', ');
  return text === '' ? 'Every GPU' : text.slice(0, 1).toUpperCase() + text.slice(1);
}

function merged(classes: readonly MemoryClass[]): readonly MemoryClass[] {
  return [...classes].sort((a, b) => b.account.total - a.account.total);
}
