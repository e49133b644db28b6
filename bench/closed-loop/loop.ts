/** The loop that clients of a workload make on a worker, with steps as long as the cost model says. */
import type { WorkerCost } from '../../src/planner/cost/serving/cost.ts';
import { promptPasses } from '../../src/planner/cost/serving/passes.ts';
import { wavesOfLoop } from '../../src/planner/cost/serving/waves.ts';
import type { Engine } from '../../src/planner/engine.ts';
import type { ServingWorkload } from '../../src/planner/workload.ts';
import type { Loop } from './simulate.ts';

/** An answer's way to the client and the next request's back, on one host. */
export const roundTrip = 0.002;

interface LoopContext {
  readonly workload: ServingWorkload;
  readonly engine: Engine;
  readonly cost: WorkerCost;
  readonly slots: number;
}

/** @param clients of one worker */
export function loopOf({ workload, engine, cost, slots }: LoopContext, clients: number): Loop {
  const { table, worker } = cost;
  const prompt = promptPasses(workload, engine);
  return {
    clients,
    waves: wavesOfLoop,
    ranks: worker.dp,
    slots,
    batchTokens: engine.batchTokens,
    promptTokens: prompt.computed,
    outputTokens: workload.outputTokens,
    spread: workload.lengthSpread,
    stepsAhead: 2,
    roundTrip,
    plain: table.plain,
    // A part of a pass costs its share of one.
    mixed: (sequences, tokens) => {
      const passes = tokens / prompt.tokens;
      if (passes >= 1) return table.mixed(sequences, passes);
      const plain = table.plain(sequences);
      return plain + passes * (table.mixed(sequences, 1) - plain);
    },
  };
}
