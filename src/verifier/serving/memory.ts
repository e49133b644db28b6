/** Bytes of a worker's ranks, and what the engine leaves of them for the KV cache. docs/accounting.md, "Serving". */

import type { MemoryAccount } from '../../planner/estimate.ts';
import { extended } from '../../planner/extended.ts';
import { dtypeBytes } from '../../planner/precision.ts';
import { activationPeak, keptInParts, streamOfToken, weightsOf } from '../memory.ts';
import type { Stage } from '../stages.ts';
import { gatheredInPass } from './context.ts';
import type { Worker } from './worker.ts';

const streamBytes = 2;

export interface ServedMemory {
  readonly account: MemoryAccount;
  /** Bytes left for the cache; below 0 where not even the weights have room. */
  readonly pool: number;
  /** Bytes of one sequence of full length. */
  readonly ofSequence: number;
}

/** Tokens of the largest step on a rank: what decodes is on all ranks of its sequence, of the prompts beside it each has a part. */
function stepTokens({ grid: { cp }, setting: { engine } }: Worker): number {
  const decoding = Math.min(engine.batchTokens, engine.maxSequences);
  return decoding + Math.ceil((engine.batchTokens - decoding) / cp);
}

/** The engine allocates for a step of all its tokens, whatever the load is. */
function activations(worker: Worker, stage: Stage): number {
  const { grid, model, setting } = worker;
  const { engine } = setting;
  const { tp, cp, dp, ep, etp } = grid;
  const tokens = engine.batchTokens;
  const moe = stage.kinds.find(({ kind }) => kind.run.moe)?.kind.run.moe;
  let busiest = 0;
  if (moe) {
    const everybody = tokens * dp * Math.min(moe.expertsPerToken, moe.experts / ep);
    busiest = Math.ceil(Math.min(everybody, (tokens * etp * moe.expertsPerToken) / (tp * cp)));
  }
  const ofSequence = model.hiddenSize * streamBytes + engine.memory.logitBytes * (model.vocabulary?.size ?? 0);
  const logits = model.vocabulary ? engine.maxSequences * ofSequence : 0;
  const own = stepTokens(worker);
  return activationPeak({ model }, grid, stage, { split: own, micro: own, busiest, logits });
}

function messageBuffers(worker: Worker, stage: Stage): number {
  const { grid, model, prompt, cacheParts, setting } = worker;
  const { tp, cp, dp, pp, ep } = grid;
  const tokens = setting.engine.batchTokens;
  const read = dtypeBytes[model.precision.activations];
  let bytes = 0;
  if (ep > 1 && dp * cp > 1) {
    const widest = stage.kinds.map(({ kind: { run } }) =>
      run.moe ? run.moe.expertsPerToken * (run.moe.latentSize ?? model.hiddenSize) : 0,
    );
    bytes += Math.ceil((tokens * Math.max(...widest) * (read + streamBytes)) / (tp * cp));
  }
  if (cp > 1) {
    // Whoever computes prompts or not: engines allocate before they know. The longest history is that of a prompt's last pass.
    const history = prompt.history + prompt.computed - prompt.passTokens;
    const gathered = stage.kinds.map(({ kind }) =>
      gatheredInPass(kind.run.mixer, { model, tp, cacheParts, tokens, history }),
    );
    bytes += Math.ceil(Math.max(...gathered));
  }
  if (pp > 1) bytes += 2 * stepTokens(worker) * streamOfToken({ model });
  return bytes;
}

/** Each engine's own knob, as a share of its own base. */
function poolOf({ grid, setting }: Worker, { weights, step }: Readonly<Record<'weights' | 'step', number>>): number {
  const { basis, fraction, overheadAlone, overheadWithCollectives } = setting.engine.memory;
  const all = setting.cluster.gpu.memoryBytes;
  const alone = Math.max(grid.tp, grid.cp, grid.dp, grid.ep, grid.etp) === 1;
  const overhead = alone ? overheadAlone : overheadWithCollectives;
  const free = all - overhead - weights - step;
  const keep = setting.constraints?.memoryFree ?? 0;
  switch (basis) {
    case 'total':
      return fraction * all - overhead - weights - step - keep;
    case 'static':
      return Math.min(fraction * all - weights, free) - keep;
    case 'free':
      return fraction * free - keep;
  }
}

export function servedMemory(worker: Worker, stage: Stage, sequences = worker.sequences): ServedMemory {
  const { grid, model, strategy, setting, cacheParts } = worker;
  const { ep, etp } = grid;
  const weightParts = weightsOf({ model }, { tp: grid.tp, ep, etp, redundant: strategy.redundantExperts }, stage);
  const { tp } = grid;
  const parts = keptInParts({ model }, { tp, cp: cacheParts }, { stage, tokens: worker.pagedTokens });
  const activation = activations(worker, stage);
  const messageBuffer = messageBuffers(worker, stage);
  let weights = 0;
  for (const bytes of Object.values(weightParts)) weights += bytes;
  const kvCache = Math.ceil((sequences * parts) / (tp * cacheParts));
  const step = activation + messageBuffer;
  const pool = poolOf(worker, { weights, step });
  return {
    account: extended(weightParts, {
      kvCache,
      activation,
      messageBuffer,
      total: weights + kvCache + step,
      runtimeReserve: Math.ceil(setting.cluster.gpu.memoryBytes - weights - step - pool),
    }),
    pool,
    ofSequence: parts / (tp * cacheParts),
  };
}
