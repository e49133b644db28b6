/** FLOPs of each rank in a mean step, as docs/accounting.md ("Serving") defines them. */
import { attendedPairs, attendedTokens, attentionCore, recurrenceFlops } from '../../attention-core.ts';
import type { Mixer } from '../../mixer.ts';
import { mixtureOf } from '../../model.ts';
import { expertParameters } from '../../parameters.ts';
import type { StepLoad } from '../../serving-estimate.ts';
import type { ServingSetting } from '../../serving-result.ts';
import type { WorkerStrategy } from '../../strategy.ts';
import {
  denseParametersPerRank,
  mixerParametersPerRank,
  routerParametersPerRank,
  sharedParametersPerRank,
} from '../layer.ts';
import type { Share } from '../spread.ts';
import { cacheShares } from './context-parallel.ts';
import type { WorkerCost } from './cost.ts';
import { paddedVocabulary } from './memory.ts';
import { promptPasses } from './passes.ts';
import type { Stage } from './worker.ts';

/** What passes a data-parallel rank in a mean step. */
interface Passing {
  /** Tokens that decode, and sequences that they belong to; prompts, as a fraction of one. */
  readonly decoding: number;
  readonly prompts: number;
  /** Tokens on each of its cp ranks: of prompts a part. */
  readonly tokens: number;
  readonly inputTokens: number;
  readonly computed: number;
  readonly context: number;
  readonly cp: number;
  /** Parts that the cache is cut in. */
  readonly shares: number;
}

function coreFlops(mixer: Mixer, tp: number, passing: Passing): number {
  const { inputTokens, computed, context, tokens } = passing;
  const prompts = passing.prompts / passing.cp;
  const decoding = passing.decoding / passing.shares;
  const recurrence = (tokens * recurrenceFlops(mixer)) / tp;
  const core = attentionCore(mixer);
  if (!core) return recurrence;
  const cached = inputTokens - computed;
  const pairs = (span: Parameters<typeof attendedPairs>[0]) =>
    attendedPairs(span, inputTokens) - attendedPairs(span, cached);
  const { keyDim, valueDim } = core.absorbed ?? core;
  const keys = attendedTokens(core.span, Math.round(context));
  const perHead = prompts * pairs(core.span) * (core.keyDim + core.valueDim) + decoding * keys * (keyDim + valueDim);
  let flops = recurrence + 2 * (core.heads / tp) * perHead;
  if (core.indexer) {
    const { topK: _, window: __, ...all } = core.span;
    const span = core.span.compressed ? { ...all, window: 0 } : {};
    const scored = prompts * pairs(span) + decoding * attendedTokens(span, Math.round(context));
    flops += 2 * core.indexer.heads * core.indexer.headDim * scored;
  }
  return flops;
}

export function workerFlops(
  { model, workload, engine }: ServingSetting,
  { tp, dp, ep, etp, replicas, cp }: WorkerStrategy,
  cost: WorkerCost,
  load: StepLoad,
): readonly Share[] {
  const h = model.hiddenSize;
  const { computed } = promptPasses(workload, engine);
  const decoding = load.sequences * (1 + (workload.speculation?.tokens ?? 0));
  const prompts = load.promptTokens / computed;
  const tokens = decoding + load.promptTokens / cp;
  const passing: Passing = {
    decoding,
    prompts,
    tokens,
    computed,
    inputTokens: workload.inputTokens,
    context: load.context,
    cp,
    shares: cacheShares({ engine, model }, cp),
  };
  const moe = mixtureOf(model);
  const of = (passing: Passing, { counts }: Pick<Stage, 'counts'>): number => {
    const { tokens } = passing;
    let value = 0;
    for (const [i, run] of cost.layers.runs.entries()) {
      const count = counts[i] ?? 0;
      if (count === 0) continue;
      const weights =
        mixerParametersPerRank(run.mixer, { hidden: h, tp }) +
        denseParametersPerRank(run, model, tp) +
        sharedParametersPerRank(run, h, tp) +
        routerParametersPerRank(run, h) / tp +
        (run.joins ? 2 * h * h : 0);
      let own = 2 * tokens * weights;
      if (run.mixer) own += coreFlops(run.mixer, tp, passing);
      if (run.moe && moe) {
        // Of all data-parallel ranks' tokens, each once.
        const routed = (passing.decoding + passing.prompts * computed) * run.moe.expertsPerToken * dp;
        own += (2 * routed * expertParameters(run.moe, h)) / (ep * etp);
      }
      value += count * own;
    }
    return value;
  };
  const head = model.vocabulary ? (2 * h * paddedVocabulary(model.vocabulary.size, tp)) / tp : 0;
  const { sequences } = load;
  const guess: Passing = { ...passing, decoding: sequences, prompts: 0, tokens: sequences };
  return cost.stages.map((stage) => {
    let value = of(passing, stage);
    if (stage.last) {
      value += head * (decoding + prompts);
      for (const { stage: part, times } of cost.layers.guesses) value += times * (of(guess, part) + head * sequences);
    }
    return { value, ranks: stage.stages * tp * dp * cp * replicas };
  });
}
