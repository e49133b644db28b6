/** A feasible plan: what to run, what to expect, why, and how far to trust it. */
import { disclosure, h, section, table } from './dom.js';
import { frontierChart } from './frontier.js';
import { isServing } from './kinds.js';
import { memoryBars } from './memory-bars.js';
import {
  assumptionsPart,
  checksPart,
  linksPart,
  provenance,
  requestPart,
  searchPart,
  warningsPart,
} from './show-notes.js';
import { amount, bytes, count, digits, duration, percent, plural } from './units.js';

/** @typedef {import('./kinds.js').BatchPlan} BatchPlan */
/** @typedef {import('./kinds.js').ServingPlan} ServingPlan */
/** @typedef {import('./show-result.js').Context} Context */

/**
 * @param {BatchPlan | ServingPlan} plan
 * @param {Context} context
 */
export function showFeasible(plan, context) {
  const { strategy, verification } = plan;
  const metrics = isServing(plan) ? servingMetrics(plan) : batchMetrics(plan);
  const verdict = verdicts[verification.verdict];
  const shown = h(
    'div',
    {},
    h('h2', { tabindex: -1 }, strategy.name),
    h('p', { class: 'lead' }, leadOf(plan)),
    h(
      'p',
      {},
      h('strong', { class: `verdict ${verification.verdict}` }, verdict.word),
      ` ${verdict.means} `,
      provenance(context),
    ),
    warningsPart(plan),
    h(
      'dl',
      { class: 'metrics' },
      ...metrics.map(({ name, figure, note }) =>
        h(
          'div',
          {},
          h('dt', {}, name),
          h('dd', {}, h('span', { class: 'large' }, figure), h('span', { class: 'note' }, note)),
        ),
      ),
    ),
    section(
      'Strategy',
      isServing(plan) ? servingDegrees(plan) : batchDegrees(plan),
      h('p', { class: 'hint' }, degreeKey),
    ),
    section('Memory of a GPU', memoryBars(plan)),
    isServing(plan) && plan.frontier.length > 1 && section('Throughput against speed', frontierChart(plan)),
    section('Why', h('ul', { class: 'reasons' }, ...plan.rationale.map(({ why }) => h('li', {}, why)))),
    plan.alternatives.length > 0 && section('Alternatives', alternatives(plan)),
    isServing(plan) &&
      plan.sloPrices.length > 0 &&
      section('What the bounds cost', h('ul', {}, ...plan.sloPrices.map(({ effect }) => h('li', {}, effect)))),
    section('Time of a step', ...timeParts(plan)),
    section('How sure this is', checksPart(plan), searchPart(plan), assumptionsPart(plan)),
    section('Take it along', linksPart(plan), requestPart(context.request)),
  );
  const said = `${strategy.name}, ${verification.verdict}. ${metrics
    .slice(0, 3)
    .map(({ name, figure }) => `${name} ${figure}`)
    .join(', ')}.`;
  return { shown, said };
}

const degreeKey =
  'tp tensor, cp context, dp data, pp pipeline, ep expert, etp tensor of each expert, edp copies of each expert.';

const verdicts = {
  optimal: {
    word: 'Optimal:',
    means: 'every check passes, and it is the best of the whole space under the cost model.',
  },
  valid: { word: 'Valid:', means: 'every check passes; that it is the best was not proved.' },
  invalid: { word: 'Invalid:', means: 'a check fails: do not run it.' },
};

/** @param {BatchPlan | ServingPlan} plan */
function leadOf(plan) {
  const { resolved, strategy, objective } = plan;
  const { model, cluster } = resolved;
  const { total, active } = model.parameters;
  const size = active < total ? `${amount(total)} parameters, ${amount(active)} active` : `${amount(total)} parameters`;
  return `Best for ${objective}: ${model.name} (${size}) on ${plural(strategy.gpus, 'GPU')} of ${count(cluster.gpus)}, ${cluster.gpu.name}.`;
}

/** @typedef {{ readonly name: string; readonly figure: string; readonly note: string }} Metric */

/**
 * @param {ServingPlan} plan
 * @returns {readonly Metric[]}
 */
function servingMetrics({ estimate }) {
  const { time, throughput } = estimate;
  const range = (
    /** @type {readonly number[]} */ [least = 0, most = 0],
    /** @type {(value: number) => string} */ told,
  ) => `${told(least)} to ${told(most)}`;
  const kept = (/** @type {{ readonly boundKeptPercent?: number }} */ { boundKeptPercent: sure }) =>
    sure === undefined ? '' : `; bound kept with ${digits(sure)} %`;
  return [
    {
      name: 'TTFT, mean',
      figure: duration(time.ttftMs),
      note: `p95 ${duration(time.ttft.p95Ms)}; likely ${range(time.ttft.intervalMs, duration)}${kept(time.ttft)}`,
    },
    {
      name: 'TPOT, mean',
      figure: duration(time.tpotMs),
      note: `p95 ${duration(time.tpot.p95Ms)}; likely ${range(time.tpot.intervalMs, duration)}${kept(time.tpot)}`,
    },
    {
      name: 'Output tokens/s',
      figure: digits(throughput.tokensPerSecond),
      note: `likely ${range(throughput.interval, digits)}`,
    },
    {
      name: 'Tokens/s a GPU',
      figure: digits(throughput.tokensPerSecondPerGpu),
      note: `${digits(throughput.tokensPerSecondPerUser)} a user`,
    },
    {
      name: 'Requests/s',
      figure: digits(throughput.requestsPerSecond),
      note: `busiest workers ${percent(throughput.utilizationPercent)} busy`,
    },
  ];
}

/**
 * @param {BatchPlan} plan
 * @returns {readonly Metric[]}
 */
function batchMetrics({ estimate }) {
  const { time, throughput, compute, memory } = estimate;
  return [
    {
      name: 'Step',
      figure: duration(time.stepMs),
      note: time.bubblePercent > 0 ? `pipeline idle ${percent(time.bubblePercent)}` : 'no pipeline bubble',
    },
    { name: 'Tokens/s', figure: digits(throughput.tokensPerSecond), note: 'of all GPUs' },
    { name: 'Tokens/s a GPU', figure: digits(throughput.tokensPerSecondPerGpu), note: 'of those used' },
    { name: 'Compute', figure: percent(compute.utilizationPercent), note: `of ${digits(compute.peakTflops)} TFLOP/s` },
    { name: 'Memory', figure: percent(memory.utilizationPercent), note: `${bytes(memory.freeBytes)} free` },
  ];
}

/** @param {BatchPlan} plan */
function batchDegrees({ strategy }) {
  const { tp, cp, dp, pp, ep, etp, edp, replicas, microBatchSize, gpus } = strategy;
  return degreeTable([['all', { tp, cp, dp, pp, ep, etp, edp, replicas, 'micro-batch': microBatchSize, GPUs: gpus }]]);
}

/** @param {ServingPlan} plan */
function servingDegrees({ strategy }) {
  if (strategy.mode === 'aggregated') {
    const { replicas, maxConcurrency, gpus } = strategy;
    return degreeTable([
      ['both', { workers: replicas, ...degreesOf(strategy), 'at once': maxConcurrency, GPUs: gpus }],
    ]);
  }
  return degreeTable(
    /** @type {const} */ (['prefill', 'decode']).map((role) => {
      const { workers, strategy: each } = strategy[role];
      return [role, { workers, ...degreesOf(each), 'at once': each.maxConcurrency, GPUs: workers * each.gpus }];
    }),
  );
}

/** @param {{ tp: number; cp: number; dp: number; pp: number; ep: number; etp: number; edp: number }} degrees */
function degreesOf({ tp, cp, dp, pp, ep, etp, edp }) {
  return { tp, cp, dp, pp, ep, etp, edp };
}

/** @param {(readonly [role: string, degrees: Record<string, number>])[]} rows */
function degreeTable(rows) {
  const names = Object.keys(rows[0]?.[1] ?? {});
  return table({
    caption: 'Degrees of parallelism',
    head: ['Workers for', ...names],
    rows: rows.map(([role, degrees]) => [role, ...names.map((name) => count(degrees[name] ?? 0))]),
    figures: names.map((_, j) => j + 1),
  });
}

/** @param {BatchPlan | ServingPlan} plan */
function alternatives({ alternatives: others }) {
  return table({
    caption: 'The next best',
    head: ['Strategy', 'Against the chosen one'],
    rows: others.map(({ strategy, versusChosen }) => [strategy.name, versusChosen]),
  });
}

/** @param {BatchPlan | ServingPlan} plan */
function timeParts(plan) {
  const { estimate } = plan;
  const halves = isServing(plan) ? plan.estimate.halves : undefined;
  const each = halves
    ? /** @type {const} */ ([
        ['Prefill workers', halves.prefill.time],
        ['Decode workers', halves.decode.time],
      ])
    : /** @type {const} */ ([['The step', estimate.time]]);
  return each.map(([name, { stepMs, breakdown }]) =>
    disclosure(
      `time-${name}`,
      `${name}: ${duration(stepMs)}, most of it ${biggest(breakdown)}`,
      table({
        caption: `Parts of a step, ${name}`,
        head: ['Part', 'Time', 'Share', 'Waits for'],
        rows: breakdown
          .filter(({ ms }) => ms > 0)
          .toSorted((a, b) => b.ms - a.ms)
          .map(({ part, ms, bound }) => [part, duration(ms), percent((100 * ms) / stepMs), bound]),
        figures: [1, 2],
      }),
    ),
  );
}

/** @param {readonly { readonly part: string; readonly ms: number }[]} breakdown */
function biggest(breakdown) {
  return breakdown.toSorted((a, b) => b.ms - a.ms)[0]?.part ?? 'nothing';
}
