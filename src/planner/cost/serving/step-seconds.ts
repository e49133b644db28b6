/**
 * Seconds of steps, in sum alone. A search asks for thousands of steps, of workers that share most of their parts: what a TP group does for
 * its own tokens is the same however many groups there are, what the experts do is the same for all workers with one fold and as many
 * tokens. Each is costed once for a setting; ./step.ts tells a step by parts, for the few that are shown.
 */
import type { Span } from '../collectives.ts';
import { secondsOf } from './sink.ts';
import { addEmbedding, addHead, addHop, addOwn } from './step.ts';
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
type Known = Map<number, { readonly others: readonly number[]; readonly seconds: readonly number[] }[]>;

function recalled(
  known: Known,
  [first, ...others]: readonly [number, ...number[]],
  make: () => readonly number[],
): readonly number[] {
  let list = known.get(first);
  if (!list) {
    list = [];
    known.set(first, list);
  }
  for (const entry of list) {
    let same = true;
    for (let i = 0; same && i < others.length; i++) same = entry.others[i] === others[i];
    if (same) return entry.seconds;
  }
  const seconds = make();
  list.push({ others, seconds });
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

  return ({ worker, spans, stages }) => {
    const { tp, cp, dp, ep, etp, redundantExperts } = worker;
    const single = dp === 1;
    const own = tableOf(`own ${tp} ${cp} ${spanKey(spans.tp)} ${spanKey(spans.cp)} ${single}`);
    const folded = tableOf(`experts ${ep} ${etp} ${redundantExperts}`);
    const exchanged = tableOf(
      `exchange ${ep} ${etp} ${spanKey(spans.ep)} ${spanKey(spans.etp)} ${spanKey(spans.cp)} ${single}`,
    );
    const exchanges = moe && dp * cp > 1 && ep * etp > 1;
    // What is gathered is of the mean rank's tokens too; other exchanges take as long as the busiest one's.
    const gathers = etp > 1 || context.engine.exchange !== 'deepep';

    /** Of each kind of layer, then of the embedding and of the head. */
    const ownSeconds = (at: Placed): readonly number[] => [
      ...kinds.map((run) => secondsOf((sink) => addOwn(sink, context, run, at))),
      vocabulary ? secondsOf((sink) => addEmbedding(sink, context, at)) : 0,
      vocabulary ? secondsOf((sink) => addHead(sink, context, at, vocabulary.size)) : 0,
    ];
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
      const each = recalled(own, [sequences, promptTokens, graph, work.context, tokensEach, prompts, history], () =>
        ownSeconds(at),
      );
      const group = moe ? groupTokens(at) : 0;
      const experts = moe
        ? recalled(folded, [group, graph, commonTokens(at)], () => ofExperts(at, addExperts))
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
