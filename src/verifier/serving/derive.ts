/** Every figure of one kind of worker, from the specs, the strategy and how many sequences decode. */
import { extended } from '../../planner/extended.ts';
import type { Modules } from '../../planner/result.ts';
import type { DeepPartial } from '../claim.ts';
import { type RankClass, summaryOf } from '../derive.ts';
import type { Given } from '../given.ts';
import { firstOfStage } from '../grid.ts';
import { expertsOfStage, stagesOf } from '../stages.ts';
import { withDraft } from './draft.ts';
import { flopsOf } from './flops.ts';
import { type ServedMemory, servedMemory } from './memory.ts';
import { servedMessages } from './messages.ts';
import type { Worker } from './worker.ts';

export interface WorkerGiven extends Given {
  readonly worker: Worker;
  /** By stage. */
  readonly memories: readonly ServedMemory[];
}

export function deriveWorker(worker: Worker, modules?: DeepPartial<Modules>): WorkerGiven {
  const { grid, model, strategy, setting, load, estimate, placement } = worker;
  const redundant = strategy.redundantExperts;
  const cuts = { ...grid, redundant };
  const stages = withDraft(stagesOf({ model }, cuts), worker.draft, { model, cuts });
  const memories = stages.map((stage) => servedMemory(worker, stage));
  const ofAxis = grid.dp * grid.replicas;
  const shares = [
    { sequences: worker.sequences, count: worker.fuller || ofAxis },
    { sequences: worker.sequences - 1, count: worker.fuller && ofAxis - worker.fuller },
  ];
  const classes = stages.flatMap((stage): readonly RankClass[] =>
    shares
      .filter(({ count }) => count > 0)
      .map(({ sequences, count }, i) => ({
        stage,
        // All that is asked of the second is how many there are: a rank with a sequence less never needs most.
        firstRank: firstOfStage(grid, stage.index) + (i === 0 ? 0 : grid.tp * grid.cp),
        ranks: count * grid.tp * grid.cp,
        memory: servedMemory(worker, stage, sequences).account,
        flops: flopsOf(worker, stage, extended(load, { ranks: grid.dp })),
        experts: expertsOfStage(stage, redundant) / grid.ep,
      })),
  );
  const experts = model.layers.find((run) => run.moe)?.moe?.experts;
  return {
    worker,
    memories,
    specs: setting,
    claim: {
      ...(estimate && { estimate }),
      ...(modules && { modules }),
      ...(placement && { placement }),
    },
    derived: extended(summaryOf(classes), {
      layout: grid,
      stages,
      uses: servedMessages(worker, stages),
      slots: experts === undefined ? 0 : experts + redundant,
    }),
  };
}

/** Whole sequences that a pool of so many bytes holds. */
export function heldIn(bytes: number, ofSequence: number): number {
  if (bytes < 0) return 0;
  return ofSequence === 0 ? Number.MAX_SAFE_INTEGER : Math.floor(bytes / ofSequence);
}

/** The stage whose pool holds fewest sequences, the first of equals: the whole worker can take no more. */
export function tightest({ memories }: WorkerGiven): ServedMemory | undefined {
  let best: ServedMemory | undefined;
  for (const memory of memories) {
    if (!best || heldIn(memory.pool, memory.ofSequence) < heldIn(best.pool, best.ofSequence)) best = memory;
  }
  return best;
}
