/**
 * What the planner says of models, GPUs, engines and layouts that nobody measured for us, held against what physics and neighbours allow.
 *
 *   npm run sweep                       every model of the catalog, one engine of four in turn: an hour or so
 *   npm run sweep -- --models kimi      models whose names contain this
 *   npm run sweep -- --gpus MI355X      GPUs whose names contain this
 *   npm run sweep -- --examples 20      so many findings of a kind in full
 *
 * Ends with 1 where a bound is broken that no deployment can break; what only looks odd is listed for whoever looks into it.
 */
import { parseArgs } from 'node:util';
import { findModel } from '../src/catalog/models.ts';
import { mixtureOf } from '../src/planner/model.ts';
import { estimateServing } from '../src/planner/serving.ts';
import type { ServingSetting } from '../src/planner/serving-result.ts';
import type { ServingStrategy } from '../src/planner/strategy.ts';
import type { StrategyBody } from './fidelity/rows.ts';
import { createResolver } from './fidelity/settings.ts';
import {
  bodyOf,
  clusters,
  engineWords,
  formats,
  layouts,
  lengths,
  loads,
  type Point,
  runs,
  servedModels,
  textOf,
} from './sweep/cases.ts';
import { decodeRoof, prefillShare, suspiciousStep } from './sweep/roofs.ts';

const { values: options } = parseArgs({
  options: {
    models: { type: 'string', default: '' },
    gpus: { type: 'string', default: '' },
    examples: { type: 'string', default: '6' },
  },
});

const kinds = {
  'not answered': true,
  'decodes faster than its bytes are read': true,
  'reads prompts faster than its peak computes them': true,
  'TTFT falls as prompts grow': true,
  'TPOT falls as requests grow': true,
  'one request more changes TPOT by more than 3 %': false,
  'throughput falls by more than a tenth as requests grow': false,
  'a step of more than four roofs and launches': false,
  'slower than a relative that has no more of anything': false,
} as const;
type Kind = keyof typeof kinds;

interface Finding {
  readonly text: string;
  /** The oddest are shown first. */
  readonly by: number;
}

const findings = new Map<Kind, Finding[]>();
const find = (kind: Kind, text: string, by = 1): void => {
  const known = findings.get(kind) ?? [];
  known.push({ text, by });
  findings.set(kind, known);
};

const resolve = createResolver();
let asked = 0;

interface Answer {
  readonly setting: ServingSetting;
  readonly strategy: ServingStrategy;
  readonly ttft: number;
  readonly tpot: number;
  readonly rate: number;
  /** Sequences that decode at once: fewer than are asked for where memory is short. */
  readonly sequences: number;
  /** Whether the engine's usual settings were tightened so that it fits. */
  readonly tight: boolean;
}

/** Undefined where it does not fit, which is an answer. */
function ask(point: Point, load: Parameters<typeof bodyOf>[1]): Answer | undefined {
  asked++;
  const of = resolve(bodyOf(point, load));
  const text = `${textOf(point)} ${JSON.stringify(load)}`;
  if ('why' in of) {
    find('not answered', `${text}: ${of.why}`);
    return undefined;
  }
  const { setting } = of;
  const result = estimateServing(setting, of.strategy);
  if (result.status === 'infeasible') {
    const others = result.rejections.filter(({ reason }) => !reason.startsWith('memory.'));
    if (others.length > 0) find('not answered', `${text}: ${others.map(({ explanation }) => explanation).join('; ')}`);
    return undefined;
  }
  const { strategy, estimate } = result.chosen;
  const { time, halves, throughput } = estimate;
  const writer = strategy.mode === 'aggregated' ? strategy : strategy.decode;
  const reader = strategy.mode === 'aggregated' ? strategy : strategy.prefill;
  const writing = halves?.decode ?? estimate;
  const ms = (seconds: number): string => `${(seconds * 1e3).toFixed(2)} ms`;
  const step = writing.time.decodeStep;
  const roof = decodeRoof(setting, writer, writing);
  if (step < roof) find('decodes faster than its bytes are read', `${text}: ${ms(step)}, roof ${ms(roof)}`);
  const most = suspiciousStep(setting, writer, writing);
  if (step > most)
    find('a step of more than four roofs and launches', `${text}: ${ms(step)}, roof ${ms(roof)}`, step / most);
  const share = prefillShare(setting, reader, time.prefill);
  if (share > 1) find('reads prompts faster than its peak computes them', `${text}: ${share.toFixed(2)} of the peak`);
  return {
    setting,
    strategy,
    ttft: time.ttft.mean,
    tpot: time.tpot.mean,
    rate: throughput.tokensPerSecond,
    sequences: writing.load.sequences,
    tight: result.engine !== undefined,
  };
}

function overLoads(point: Point): void {
  let before: { readonly load: number; readonly answer: Answer } | undefined;
  for (const load of loads) {
    const answer = ask(point, { concurrency: load });
    if (!answer) return;
    const text = `${textOf(point)}, ${before?.load} to ${load} requests`;
    if (before) {
      const { tpot, rate } = before.answer;
      const change = (was: number, is: number): string => `${was.toPrecision(4)} to ${is.toPrecision(4)}`;
      // Where the cache is full, longer waits make no more sequences: a hundredth is the fixed point's.
      if (answer.tpot < 0.99 * tpot)
        find('TPOT falls as requests grow', `${text}: ${change(tpot, answer.tpot)}`, tpot / answer.tpot);
      if (answer.rate < 0.9 * rate)
        find('throughput falls by more than a tenth as requests grow', `${text}: ${change(rate, answer.rate)}`);
      if (load === before.load + 1 && Math.abs(answer.tpot / tpot - 1) > 0.03)
        find('one request more changes TPOT by more than 3 %', `${text}: ${change(tpot, answer.tpot)}`);
    }
    before = { load, answer };
  }
}

function overPrompts(point: Point): void {
  let before: Answer | undefined;
  for (const input of [128, 480, 512, 544, 1000, 1100, 2048, 4096, 8100, 8192, 8300, 16384, 32768]) {
    const answer = ask({ ...point, lengths: [input, 256] }, { concurrency: 4 });
    if (answer && before?.tight === answer.tight && answer.ttft < 0.98 * before.ttft)
      find('TTFT falls as prompts grow', `${textOf(point)}, to ${input} tokens`, before.ttft / answer.ttft);
    before = answer;
  }
}

/** Each has no less of memory, bandwidth, peaks and links than the one before. */
const relatives = [
  ['H20-96GB', 'H200-SXM-141GB'],
  ['H100-SXM-80GB', 'H200-SXM-141GB'],
  ['H200-SXM-141GB', 'B200-SXM-180GB'],
  ['MI300X-192GB', 'MI325X-256GB'],
  ['MI325X-256GB', 'MI355X-288GB'],
] as const;

function overRelatives(point: Omit<Point, 'gpu'>): void {
  for (const load of [4, 64]) {
    for (const [less, more] of relatives) {
      if (!chosen(less, options.gpus) && !chosen(more, options.gpus)) continue;
      const [slow, fast] = [less, more].map((gpu) => ask({ ...point, gpu }, { concurrency: load }));
      // With less memory fewer run at once, each faster.
      if (!slow || !fast || fast.sequences > 1.02 * slow.sequences || fast.tpot <= 1.05 * slow.tpot) continue;
      const text = `${textOf({ ...point, gpu: more })}, ${load} requests`;
      find('slower than a relative that has no more of anything', `${text}, than ${less}`, fast.tpot / slow.tpot);
    }
  }
}

const chosen = (name: string, part: string): boolean => name.toLowerCase().includes(part.toLowerCase());

let turn = 0;
/** Each engine in turn, and lengths that go through all pairs with them. */
function next(strategy: StrategyBody): Pick<Point, 'strategy' | 'engine' | 'lengths'> {
  turn++;
  const engine = engineWords[turn % engineWords.length];
  const shape = lengths[Math.floor(turn / engineWords.length) % lengths.length] ?? lengths[0];
  return { strategy, engine: runs(engine, strategy) ? engine : 'sglang', lengths: shape };
}

for (const model of servedModels.filter((name) => chosen(name, options.models))) {
  const found = findModel(model);
  if (!found) throw new Error(`the catalog has no ${model}`);
  const isMixture = mixtureOf(found.model) !== undefined;
  const own = found.model.precision.weights.expert.dtype === 'mxfp4' ? (['mxfp4'] as const) : formats;
  for (const format of own) {
    for (const gpu of Object.keys(clusters).filter((name) => chosen(name, options.gpus))) {
      for (const strategy of layouts(isMixture, gpu)) {
        overLoads({ gpu, model, format, ...next(strategy) });
        // A third of them: what a prompt's length changes is the same on most GPUs.
        if (!('mode' in strategy) && turn % 3 === 0) overPrompts({ gpu, model, format, ...next(strategy) });
        ask({ gpu, model, format, ...next(strategy) }, { saturated: true });
      }
    }
    for (const strategy of layouts(isMixture, 'H200-SXM-141GB')) overRelatives({ model, format, ...next(strategy) });
  }
}

console.log(`${asked} requests asked.`);
for (const [kind, hard] of Object.entries(kinds)) {
  const known = findings.get(kind as Kind) ?? [];
  console.log(`${known.length === 0 ? 'none' : known.length}: ${kind}`);
  const oddest = known.toSorted((a, b) => b.by - a.by).slice(0, Number(options.examples));
  for (const { text, by } of oddest) console.log(`    ${by.toFixed(2)} ${text}`);
  if (hard && known.length > 0) process.exitCode = 1;
}
