/**
 * Seconds of steps, in sum alone. A search asks for thousands of steps, of workers that share most of their parts: what a TP group does for
 * its own tokens is the same however many groups there are, what the experts do is the same for all workers with one fold and as many
 * tokens. Each is costed once for a setting; ./step.ts tells a step by parts, for the few that are shown.
 */
import { alone, type Span } from '../collectives.ts';
import { runsGenerated } from './expert-kernels.ts';
import { sinkOf } from './sink.ts';
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

/** The numbers that are looked up, in one list for all look-ups: they are many, few find nothing, and only those keep a copy. */
interface Asked {
  readonly numbers: number[];
  count: number;
}

function ask(asked: Asked, number: number): void {
  asked.numbers[asked.count] = number;
  asked.count++;
}

/** Of numbers that are no more than asked about; the next ones begin anew. */
function recalled(known: Known, asked: Asked): readonly number[] | undefined {
  const { numbers, count } = asked;
  const list = known.get(numbers[0] ?? 0);
  if (!list) return undefined;
  for (const entry of list) {
    let same = true;
    for (let i = 1; same && i < count; i++) same = entry.numbers[i] === numbers[i];
    if (same) return entry.seconds;
  }
  return undefined;
}

function remember(known: Known, { numbers, count }: Asked, seconds: readonly number[]): readonly number[] {
  const entry = { numbers: numbers.slice(0, count), seconds };
  const first = entry.numbers[0] ?? 0;
  const list = known.get(first);
  if (list) list.push(entry);
  else known.set(first, [entry]);
  return seconds;
}

export interface WorkerShape {
  readonly worker: WorkerLayout;
  readonly spans: WorkerSpans;
  readonly stages: readonly Stage[];
}

/** Seconds of each of a worker's stages in one step: in a list that the next step overwrites. */
export type StageSeconds = (work: StepWork) => readonly number[];

const zeros = (count: number): number[] => new Array<number>(count).fill(0);

const spanKeys = new WeakMap<Span, string>();

export function spanKey(span: Span): string {
  let key = spanKeys.get(span);
  if (key === undefined) {
    const { size, domains, least, most, crossesNodes } = span;
    key = size === 1 ? '-' : `${size}/${domains}/${least}/${most}/${crossesNodes}`;
    spanKeys.set(span, key);
  }
  return key;
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

  const asked: Asked = { numbers: [], count: 0 };
  /** What one kind of layer takes is added up here, one after another; and what mixes its tokens, by kind. */
  const sink = sinkOf(undefined);
  const mixing = zeros(kinds.length);

  return ({ worker, spans, stages }) => {
    const { tp, cp, dp, ep, etp, redundantExperts } = worker;
    const single = dp === 1;
    const ownOf = (cut: string) => tableOf(`own ${tp} ${spanKey(spans.tp)} ${single && sumsDiffer} ${cut}`);
    const own = ownOf(`${cp} ${spanKey(spans.cp)}`);
    // What decodes is on all cp ranks, and where each keeps the whole cache it is as if there were one.
    const ownDecoding = context.sharesCache ? own : ownOf(`1 ${spanKey(alone)}`);
    const folded = moe ? tableOf(`experts ${ep} ${etp} ${redundantExperts}`) : undefined;
    const exchanged =
      moe && dp * cp > 1 && ep * etp > 1
        ? tableOf(`exchange ${ep} ${etp} ${spanKey(spans.ep)} ${spanKey(spans.etp)} ${spanKey(spans.cp)} ${single}`)
        : undefined;
    // What is gathered is of the mean rank's tokens too; other exchanges take as long as the busiest one's.
    const gathers = etp > 1 || context.engine.exchange !== 'deepep';

    /** Of each kind of layer, then of the embedding and of the head. */
    const ownSeconds = (at: Placed): readonly number[] => {
      const seconds = zeros(kinds.length + 2);
      for (let i = 0; i < kinds.length; i++) {
        const run = kinds[i];
        if (!run) continue;
        const first = sameMixer[i] ?? i;
        sink.seconds = 0;
        if (first === i) addMixing(sink, context, run, at);
        else sink.seconds = mixing[first] ?? 0;
        mixing[i] = sink.seconds;
        addFeeding(sink, context, run, at);
        seconds[i] = sink.seconds;
      }
      if (!vocabulary) return seconds;
      sink.seconds = 0;
      addEmbedding(sink, context, at);
      seconds[kinds.length] = sink.seconds;
      sink.seconds = 0;
      addHead(sink, context, at, vocabulary.size);
      seconds[kinds.length + 1] = sink.seconds;
      return seconds;
    };
    const ofExperts = (at: Placed, add: typeof addExperts): readonly number[] => {
      const seconds = zeros(kinds.length);
      for (let i = 0; i < kinds.length; i++) {
        const moe = kinds[i]?.moe;
        if (!moe) continue;
        sink.seconds = 0;
        add(sink, context, moe, at);
        seconds[i] = sink.seconds;
      }
      return seconds;
    };
    const inStages = zeros(stages.length);
    const hop = stages.length > 1 || stages[0]?.last === false;

    return (work) => {
      const tokens = work.sequences * work.tokensEach + work.promptTokens / cp;
      const inGraph = work.groupPromptTokens === 0;
      const at: Placed = { work, worker, spans, tp, tokens, inGraph };
      const graph = inGraph ? 1 : 0;
      const { sequences, tokensEach, promptTokens, prompts, history } = work;
      asked.count = 0;
      ask(asked, sequences);
      ask(asked, promptTokens);
      ask(asked, graph);
      // Where nobody decodes there is no context.
      ask(asked, sequences > 0 ? work.context : 0);
      ask(asked, sequences > 0 ? work.answer : 0);
      ask(asked, tokensEach);
      ask(asked, prompts);
      ask(asked, prompts > 0 ? history : 0);
      const owned = promptTokens === 0 ? ownDecoding : own;
      const each = recalled(owned, asked) ?? remember(owned, asked, ownSeconds(at));
      const group = moe ? groupTokens(at) : 0;
      let experts: readonly number[] | undefined;
      if (folded) {
        asked.count = 0;
        ask(asked, group);
        ask(asked, graph);
        ask(asked, commonTokens(at));
        ask(asked, runsGenerated(context, at) ? 1 : 0);
        experts = recalled(folded, asked) ?? remember(folded, asked, ofExperts(at, addExperts));
      }
      let exchange: readonly number[] | undefined;
      if (exchanged) {
        asked.count = 0;
        ask(asked, sentTokens(at));
        ask(asked, graph);
        ask(asked, gathers ? (group - commonTokens(at)) / dp / (tp * cp) : 0);
        ask(asked, cp > 1 ? decodingTokens(at) : 0);
        exchange = recalled(exchanged, asked) ?? remember(exchanged, asked, ofExperts(at, addExchange));
      }
      sink.seconds = 0;
      if (hop) addHop(sink, context, at);
      const hopSeconds = sink.seconds;
      for (let i = 0; i < stages.length; i++) {
        const stage = stages[i];
        if (!stage) break;
        let sum = 0;
        for (const { kind, count } of stage.layers) {
          sum += count * ((each[kind] ?? 0) + (experts?.[kind] ?? 0) + (exchange?.[kind] ?? 0));
        }
        if (stage.first) sum += each[kinds.length] ?? 0;
        if (stage.last) sum += each[kinds.length + 1] ?? 0;
        else sum += hopSeconds;
        inStages[i] = sum;
      }
      return inStages;
    };
  };
}
