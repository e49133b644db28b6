/** What a worker's rank sends in a mean step. docs/accounting.md, "Serving": the same layers, once for the decoding and once for the prompts. */
import { dtypeBytes } from '../../planner/precision.ts';
import { streamOfToken } from '../memory.ts';
import { type Call, type DerivedUse, heaviest } from '../messages.ts';
import type { LayerKind, Stage } from '../stages.ts';
import type { Worker } from './worker.ts';

const streamBytes = 2;
const sampledBytes = 2;

interface Pass {
  readonly name: 'decode' | 'prefill';
  /** Passes in a mean step. */
  readonly times: number;
  /** Tokens of one, and sequences whose next token is chosen after it. */
  readonly tokens: number;
  readonly chosen: number;
}

function passesOf({ grid, load, passing, prompt }: Worker): readonly Pass[] {
  const passes: Pass[] = [];
  if (load.sequences > 0) {
    const tokens = load.sequences * passing;
    passes.push({ name: 'decode', times: 1, tokens, chosen: tokens });
  }
  if (load.promptTokens > 0) {
    // Ranks that only read prompts do it together; beside answers each waits for the others' passes.
    const together = load.sequences === 0 ? 1 : grid.dp;
    const times = (load.promptTokens / prompt.passTokens) * together;
    passes.push({ name: 'prefill', times, tokens: prompt.passTokens, chosen: 1 / prompt.passes });
  }
  return passes;
}

function* callsOfLayer({ grid, model, setting }: Worker, { run }: LayerKind, { tokens }: Pass): Generator<Call> {
  const { tp, dp, ep, etp } = grid;
  const { mixer, dense, moe } = run;
  const read = dtypeBytes[model.precision.activations];
  const stream = tokens * model.hiddenSize * streamBytes;
  if (mixer) yield { op: 'allReduce', group: 'tp', purpose: 'attention', bytes: stream };
  if (dense) yield { op: 'allReduce', group: 'tp', purpose: 'dense', bytes: stream };
  if (!moe) return;
  if (dp === 1) {
    yield { op: 'allReduce', group: 'tp', purpose: 'experts', bytes: stream };
    return;
  }
  if (moe.sharedIntermediateSize > 0) yield { op: 'allReduce', group: 'tp', purpose: 'shared', bytes: stream };
  const elements = (tokens * (moe.latentSize ?? model.hiddenSize)) / tp;
  if (setting.engine.exchange === 'allgather') {
    yield { op: 'allGather', group: 'ep', purpose: 'dispatch', bytes: ep * elements * read };
    yield { op: 'reduceScatter', group: 'ep', purpose: 'combine', bytes: ep * elements * streamBytes };
  } else {
    const copies = elements * moe.expertsPerToken;
    yield { op: 'allToAll', group: 'ep', purpose: 'dispatch', bytes: copies * read };
    yield { op: 'allToAll', group: 'ep', purpose: 'combine', bytes: copies * streamBytes };
  }
  yield { op: 'allGather', group: 'etp', purpose: 'experts', bytes: etp * elements * read };
  yield { op: 'reduceScatter', group: 'etp', purpose: 'experts', bytes: etp * elements * streamBytes };
}

function* callsOfPass(worker: Worker, stage: Stage, pass: Pass): Generator<Call & { times: number }> {
  const { model } = worker;
  const { times } = pass;
  for (const { kind, count } of stage.kinds) {
    for (const call of callsOfLayer(worker, kind, pass)) yield { ...call, times: times * count };
  }
  if (stage.isLast && model.vocabulary) {
    const bytes = pass.chosen * sampledBytes * model.vocabulary.size;
    yield { op: 'allGather', group: 'tp', purpose: 'logits', bytes, times };
  }
  if (!stage.isLast) {
    const bytes = pass.tokens * streamOfToken({ model });
    yield { op: 'pointToPoint', group: 'pp', purpose: 'activations', bytes, times };
  }
}

export function servedMessages(worker: Worker, stages: readonly Stage[]): readonly DerivedUse[] {
  const passes = passesOf(worker);
  return heaviest(worker.grid, stages, function* (stage) {
    for (const pass of passes) {
      for (const call of callsOfPass(worker, stage, pass)) yield { ...call, purpose: `${call.purpose} (${pass.name})` };
    }
  });
}
