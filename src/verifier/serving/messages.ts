/** What a worker's rank sends in a mean step. docs/accounting.md, "Serving": the same layers, once for the decoding and once for the prompts. */
import type { Mixer } from '../../planner/mixer.ts';
import type { MoeFfn } from '../../planner/model.ts';
import { dtypeBytes } from '../../planner/precision.ts';
import { streamOfToken } from '../memory.ts';
import { type Call, type DerivedUse, heaviest } from '../messages.ts';
import type { LayerKind, Stage } from '../stages.ts';
import { attentionOutput, gatheredInPass } from './context.ts';
import { type Draft, kindsOfModule } from './draft.ts';
import type { Worker } from './worker.ts';

const streamBytes = 2;
const sampledBytes = 2;
/** Of a log-sum-exp, in fp32. */
const weightBytes = 4;

interface Pass {
  readonly name: 'decode' | 'draft' | 'prefill';
  /** Passes in a mean step. */
  readonly times: number;
  /** Tokens of one on a data-parallel rank, and those of them on each of its ranks: context parallelism cuts prompts alone. */
  readonly tokens: number;
  readonly held: number;
  /** Parts that the tokens of a worker lie in. With one part every rank has them all, and experts need no exchange. */
  readonly parts: number;
  /** Sequences whose next token is chosen after it. */
  readonly chosen: number;
}

function passesOf({ grid, load, passing, prompt }: Worker): readonly Pass[] {
  const { cp, dp } = grid;
  const passes: Pass[] = [];
  if (load.sequences > 0) {
    const tokens = load.sequences * passing;
    passes.push({ name: 'decode', times: 1, tokens, held: tokens, parts: dp, chosen: tokens });
  }
  if (load.promptTokens > 0) {
    // Ranks that only read prompts do it together; beside answers each waits for the others' passes.
    const together = load.sequences === 0 ? 1 : dp;
    const tokens = prompt.passTokens;
    const times = (load.promptTokens / tokens) * together;
    passes.push({ name: 'prefill', times, tokens, held: tokens / cp, parts: dp * cp, chosen: 1 / prompt.passes });
  }
  return passes;
}

/** Between the ranks of a sequence: of a prompt the keys and values of its other parts, of what decodes each part's share of the answer. */
function* callsOfContext({ grid, model, prompt, cacheParts }: Worker, mixer: Mixer, pass: Pass): Generator<Call> {
  const { tp } = grid;
  if (pass.name === 'prefill') {
    // Passes come one after the other: on average half of the others lie before one.
    const history = prompt.history + ((prompt.passes - 1) / 2) * prompt.passTokens;
    const bytes = gatheredInPass(mixer, { model, tp, cacheParts, tokens: pass.tokens, history });
    if (bytes > 0) yield { op: 'allGather', group: 'cp', purpose: 'kv', bytes };
    return;
  }
  const output = attentionOutput(mixer);
  if (cacheParts === 1 || !output) return;
  const rows = (pass.tokens * output.heads) / tp;
  yield { op: 'allGather', group: 'cp', purpose: 'log-sum-exps', bytes: cacheParts * rows * weightBytes };
  yield { op: 'allReduce', group: 'cp', purpose: 'partial attention', bytes: rows * output.width * streamBytes };
}

function* callsOfExperts({ grid, model, setting }: Worker, moe: MoeFfn, pass: Pass): Generator<Call> {
  const { tp, cp, dp, ep, etp } = grid;
  const read = dtypeBytes[model.precision.activations];
  const stream = pass.held * model.hiddenSize * streamBytes;
  // The ranks of a sequence have the same tokens while decoding: they sum what their experts made of them, or get it back from one another.
  if (pass.name !== 'prefill') {
    if (dp === 1) yield { op: 'allReduce', group: 'cp', purpose: 'experts', bytes: stream };
    else if (ep * etp > 1) yield { op: 'allGather', group: 'cp', purpose: 'experts', bytes: stream };
  }
  if (pass.parts === 1) {
    yield { op: 'allReduce', group: 'tp', purpose: 'experts', bytes: stream };
    return;
  }
  if (moe.sharedIntermediateSize > 0) yield { op: 'allReduce', group: 'tp', purpose: 'shared', bytes: stream };
  const elements = (pass.tokens * (moe.latentSize ?? model.hiddenSize)) / (tp * cp);
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

function* callsOfLayer(worker: Worker, { run: { mixer, dense, moe } }: LayerKind, pass: Pass): Generator<Call> {
  const stream = pass.held * worker.model.hiddenSize * streamBytes;
  if (mixer) {
    yield { op: 'allReduce', group: 'tp', purpose: 'attention', bytes: stream };
    yield* callsOfContext(worker, mixer, pass);
  }
  if (dense) yield { op: 'allReduce', group: 'tp', purpose: 'dense', bytes: stream };
  if (moe) yield* callsOfExperts(worker, moe, pass);
}

function* callsOfPass(worker: Worker, stage: Stage, pass: Pass): Generator<Call & { times: number }> {
  const { model } = worker;
  const { times } = pass;
  for (const { kind, count } of stage.kinds) {
    for (const { op, group, purpose, bytes } of callsOfLayer(worker, kind, pass))
      yield { op, group, purpose, bytes, times: times * count };
  }
  if (stage.isLast) yield* choice(worker, pass, times);
  if (!stage.isLast) {
    const bytes = pass.held * streamOfToken({ model });
    yield { op: 'pointToPoint', group: 'pp', purpose: 'activations', bytes, times };
  }
}

function* choice({ model }: Worker, { chosen }: Pass, times: number): Generator<Call & { times: number }> {
  if (!model.vocabulary) return;
  const bytes = chosen * sampledBytes * model.vocabulary.size;
  yield { op: 'allGather', group: 'tp', purpose: 'logits', bytes, times };
}

/** Every guess is chosen; those beyond the first of each module have passed the last module's layers once more. */
function* callsOfDraft(worker: Worker, { modules, repeats }: Draft): Generator<Call & { times: number }> {
  const { grid, model, load, strategy } = worker;
  const tokens = load.sequences;
  if (tokens === 0) return;
  const pass: Pass = { name: 'draft', times: repeats, tokens, held: tokens, parts: grid.dp, chosen: tokens };
  const cuts = { ...grid, redundant: strategy.redundantExperts };
  for (const { kind } of kindsOfModule(modules.at(-1) ?? [], { model, cuts, firstId: 0 })) {
    for (const call of callsOfLayer(worker, kind, pass)) yield { ...call, times: repeats };
  }
  yield* choice(worker, pass, modules.length + repeats);
}

export function servedMessages(worker: Worker, stages: readonly Stage[]): readonly DerivedUse[] {
  const passes = passesOf(worker);
  return heaviest(worker.grid, stages, function* (stage) {
    for (const pass of passes) {
      for (const { op, group, purpose, bytes, times } of callsOfPass(worker, stage, pass))
        yield { op, group, purpose: `${purpose} (${pass.name})`, bytes, times };
    }
    if (!stage.isLast || !worker.draft) return;
    for (const call of callsOfDraft(worker, worker.draft)) yield { ...call, purpose: `${call.purpose} (draft)` };
  });
}
