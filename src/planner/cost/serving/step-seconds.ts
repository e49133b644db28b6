/**
 * Seconds of steps, in sum alone. A search asks for thousands of steps, of workers that share most of their parts: what a TP group does for
 * its own tokens is the same however many groups there are, what the experts do is the same for all workers with one fold and as many
 * tokens. Each is costed once for a setting; ./step.ts tells a step by parts, for the few that are shown.
 */
import { alone, type Span } from '../collectives.ts';
import { runsGenerated } from './expert-kernels.ts';
import { secondsOf, sinkOf } from './sink.ts';
import { addEmbedding, addFeeding, addHead, addHop, addMixing } from './step.ts';
import { addExchange, addExperts, sentTokens } from './step-experts.ts';
import {
  commonTokens,
  decodingTokens,
  groupTokens,
  type Placed,
  type StepContext,
  type StepWork,
} from './step-work.ts';
import type { Stage, WorkerLayout, WorkerSpans } from './worker.ts';

/** Values by the numbers they follow from: by the first in a map, by the others in the short list there. */
type Known = Map<number, { readonly numbers: readonly number[]; readonly seconds: readonly number[] }[]>;

function recalled(
  known: Known,
  numbers: readonly [number, ...number[]],
  make: () => readonly number[],
): readonly number[] {
  let list = known.get(numbers[0]);
  if (!list) {
    list = [];
    known.set(numbers[0], list);
  }
  for (const entry of list) {
    let same = true;
    for (let i = 1; same && i < numbers.length; i++) same = entry.numbers[i] === numbers[i];
    if (same) return entry.seconds;
  }
  const seconds = make();
  list.push({ numbers, seconds });
  return seconds;
}

export interface WorkerShape {
  readonly worker: WorkerLayout;
  readonly spans: WorkerSpans;
  readonly stages: readonly Stage[];
}

/** Seconds of each of a worker's stages in one step. */
export type StageSeconds = (work: StepWork) => readonly number[];

export function spanKey({ size, domains, least, most, crossesNodes }: Span): string {
  return size === 1 ? '-' : `${size}/${domains}/${least}/${most}/${crossesNodes}`;
}

export function stepSeconds(context: StepContext): (shape: WorkerShape) => StageSeconds {
  const { kinds } = context;
  const { vocabulary } = context.model;
  const tables = new Map<string, Known>();
  const tableOf = (key: string): Known => {
    let known = tables.get(key);
    if (!known) {
      known = new Map();
      tables.set(key, known);
    }
    return known;
  };
  const moe = kinds.some((run) => run.moe !== undefined);
  /** The first kind with the same mixer as each kind has: what mixes tokens is costed once. */
  const mixers = kinds.map(({ mixer }) => JSON.stringify(mixer));
  const sameMixer = mixers.map((mixer) => mixers.indexOf(mixer));
  // Experts' sums over the TP group, which one data-parallel rank alone has, are no others than the shared experts'.
  const sumsDiffer = kinds.some((run) => run.moe !== undefined && run.moe.sharedIntermediateSize === 0 && !run.dense);

  return ({ worker, spans, stages }) => {
    const { tp, cp, dp, ep, etp, redundantExperts } = worker;
    const single = dp === 1;
    const ownOf = (cut: string) => tableOf(`own ${tp} ${spanKey(spans.tp)} ${single && sumsDiffer} ${cut}`);
    const own = ownOf(`${cp} ${spanKey(spans.cp)}`);
    // What decodes is on all cp ranks, and where each keeps the whole cache it is as if there were one.
    const ownDecoding = context.sharesCache ? own : ownOf(`1 ${spanKey(alone)}`);
    const folded = tableOf(`experts ${ep} ${etp} ${redundantExperts}`);
    const exchanged = tableOf(
      `exchange ${ep} ${etp} ${spanKey(spans.ep)} ${spanKey(spans.etp)} ${spanKey(spans.cp)} ${single}`,
    );
    const exchanges = moe && dp * cp > 1 && ep * etp > 1;
    // What is gathered is of the mean rank's tokens too; other exchanges take as long as the busiest one's.
    const gathers = etp > 1 || context.engine.exchange !== 'deepep';

    /** Of each kind of layer, then of the embedding and of the head. */
    const ownSeconds = (at: Placed): readonly number[] => {
      const mixing: number[] = [];
      const seconds: number[] = [];
      for (const [i, run] of kinds.entries()) {
        const sink = sinkOf(undefined);
        sink.seconds = mixing[sameMixer[i] ?? i] ?? secondsOf((mixer) => addMixing(mixer, context, run, at));
        mixing.push(sink.seconds);
        addFeeding(sink, context, run, at);
        seconds.push(sink.seconds);
      }
      seconds.push(vocabulary ? secondsOf((sink) => addEmbedding(sink, context, at)) : 0);
      seconds.push(vocabulary ? secondsOf((sink) => addHead(sink, context, at, vocabulary.size)) : 0);
      return seconds;
    };
    const ofExperts = (at: Placed, add: typeof addExperts): readonly number[] =>
      kinds.map((run) => {
        const { moe } = run;
        return moe ? secondsOf((sink) => add(sink, context, moe, at)) : 0;
      });

    return (work) => {
      const tokens = work.sequences * work.tokensEach + work.promptTokens / cp;
      const inGraph = work.groupPromptTokens === 0;
      const at: Placed = { work, worker, spans, tp, tokens, inGraph };
      const graph = inGraph ? 1 : 0;
      const { sequences, tokensEach, promptTokens, prompts, history } = work;
      const each = recalled(
        promptTokens === 0 ? ownDecoding : own,
        [sequences, promptTokens, graph, work.context, work.answer, tokensEach, prompts, prompts > 0 ? history : 0],
        () => ownSeconds(at),
      );
      const group = moe ? groupTokens(at) : 0;
      const experts = moe
        ? recalled(folded, [group, graph, commonTokens(at), runsGenerated(context, at) ? 1 : 0], () =>
            ofExperts(at, addExperts),
          )
        : undefined;
      const exchange = exchanges
        ? recalled(
            exchanged,
            [
              sentTokens(at),
              graph,
              gathers ? (group - commonTokens(at)) / dp / (tp * cp) : 0,
              cp > 1 ? decodingTokens(at) : 0,
            ],
            () => ofExperts(at, addExchange),
          )
        : undefined;
      const hop = stages.length > 1 || stages[0]?.last === false;
      const hopSeconds = hop ? secondsOf((sink) => addHop(sink, context, at)) : 0;
      const seconds: number[] = [];
      for (const { layers, first, last } of stages) {
        let sum = 0;
        for (const { kind, count } of layers) {
          sum += count * ((each[kind] ?? 0) + (experts?.[kind] ?? 0) + (exchange?.[kind] ?? 0));
        }
        if (first) sum += each[kinds.length] ?? 0;
        if (last) sum += each[kinds.length + 1] ?? 0;
        else sum += hopSeconds;
        seconds.push(sum);
      }
      return seconds;
    };
  };
}
