/** The first section: what to run, and what to expect of it. */
import type { FeasiblePlan } from '../../http/schemas/answer.ts';
import type { FeasibleServingPlan } from '../../http/schemas/serving-answer.ts';
import { amount, bytes, count, duration, percent, plural } from '../markdown.ts';
import { type AnyFeasiblePlan, isServing } from '../served-workers.ts';
import { intervalChart } from './chart-interval.ts';
import { section } from './figure.ts';
import type { Kind } from './kinds.ts';
import { type Content, html, type Markup } from './markup.ts';
import { startOptions } from './start-options.ts';
import { degreesInWords, engineText, evidenceText, hasExperts, listed, objectiveText } from './words.ts';

export function expectSection(plan: AnyFeasiblePlan, kinds: readonly Kind[]): Markup {
  const { warnings } = plan;
  const content = html`<p class="lead">${sentence(plan, kinds)}</p>${facts(plan)}${
    isServing(plan) ? servingMetrics(plan) : batchMetrics(plan)
  }${evidence(plan)}${isServing(plan) && startOptions(plan)}${
    warnings.length > 0 &&
    html`<div class="note"><h3>Mind first</h3><ul>${warnings.map((warning) => html`<li>${warning}</li>`)}</ul></div>`
  }`;
  return section('run', 'What to run, and what to expect', content);
}

function sentence(plan: AnyFeasiblePlan, kinds: readonly Kind[]): string {
  const moe = hasExperts(plan);
  if (!isServing(plan)) {
    const { strategy } = plan;
    const copies = strategy.replicas > 1 ? `${count(strategy.replicas)} times ` : '';
    const many = strategy.microBatchSize === 1 ? 'goes' : 'go';
    return `Run ${copies}the model on ${plural(strategy.gpus, 'GPU')} with ${degreesInWords(strategy, moe)}; ${plural(strategy.microBatchSize, 'sequence')} of each data-parallel rank ${many} through at a time.`;
  }
  const engine = plan.resolved.engine.name === 'generic' ? '' : ` under ${engineText(plan.resolved.engine.name)}`;
  const each = kinds.map(({ degrees, noun }) => {
    const gpus = degrees.tp * degrees.cp * degrees.dp * degrees.pp;
    const number = degrees.replicas;
    return `${plural(number, noun)} of ${plural(gpus, 'GPU')}${gpus > 1 ? ` (${degreesInWords(degrees, moe)})` : ''}`;
  });
  return `Run ${listed(each)}${engine}.`;
}

function facts(plan: AnyFeasiblePlan): Markup {
  const { strategy, resolved } = plan;
  const { cluster } = resolved;
  const rows: readonly (readonly [string, Content])[] = [
    ['Strategy', html`<code>${strategy.name}</code>`],
    ['GPUs', `${count(strategy.gpus)} of ${count(cluster.gpus)} (${cluster.gpu.name})`],
    ...(isServing(plan)
      ? ([
          ['Engine', engineText(plan.resolved.engine.name)],
          ['Requests at once', `${count(concurrency(plan.strategy))} at most`],
        ] as const)
      : ([['Modules', `${count(plan.modules.count)} of ${plural(plan.modules.gpusPerModule, 'GPU')}`]] as const)),
    ['Best for', objectiveText(plan)],
  ];
  return html`<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function concurrency(strategy: FeasibleServingPlan['strategy']): number {
  return strategy.mode === 'aggregated' ? strategy.maxConcurrency : strategy.decode.strategy.maxConcurrency;
}

interface Metric {
  readonly name: string;
  readonly value: string;
  readonly chart?: Markup;
  readonly notes: readonly Content[];
}

function metrics(list: readonly Metric[]): Markup {
  return html`<div class="metrics">${list.map(
    ({ name, value, chart, notes }) =>
      html`<div class="metric"><h3>${name}</h3><p class="figure">${value}</p>${chart}${notes.map((note) => html`<p>${note}</p>`)}</div>`,
  )}</div>`;
}

function servingMetrics({ estimate, resolved }: FeasibleServingPlan): Markup {
  const { time, throughput } = estimate;
  const { slo } = resolved.workload;
  const latency = (
    name: string,
    long: string,
    { meanMs, p95Ms, intervalMs, boundKeptPercent: kept }: Latency,
    boundMs?: number,
  ): Metric => {
    const range = pair(intervalMs);
    const words = `80 % of measured deployments lie in ${duration(range[0])} to ${duration(range[1])}`;
    const chart = intervalChart({
      id: `interval-${name.toLowerCase()}`,
      title: `${name} and its interval`,
      description: `Mean ${duration(meanMs)}; ${words}${boundMs === undefined ? '' : `; the SLO is ${duration(boundMs)}`}.`,
      mean: meanMs,
      interval: range,
      bound: boundMs,
    });
    const notes = [
      `${words}. 19 of 20 requests see no more than ${duration(p95Ms)}.`,
      met({ meanMs, boundMs, kept, wanted: slo.confidence }),
    ];
    return { name: `${name}, ${long}`, value: duration(meanMs), chart, notes };
  };
  const range = pair(throughput.interval);
  const told = `${amount(range[0])} to ${amount(range[1])}`;
  return metrics([
    latency('TTFT', 'time to the first token', time.ttft, slo.ttftMs),
    latency('TPOT', 'time of each further token', time.tpot, slo.tpotMs),
    {
      name: 'Throughput, output tokens a second',
      value: amount(throughput.tokensPerSecond),
      chart: intervalChart({
        id: 'interval-throughput',
        title: 'Throughput and its interval',
        description: `${amount(throughput.tokensPerSecond)} output tokens a second; 80 % of measured deployments lie in ${told}.`,
        mean: throughput.tokensPerSecond,
        interval: range,
      }),
      notes: [
        `80 % of measured deployments lie in ${told}.`,
        `${amount(throughput.tokensPerSecondPerGpu)} a GPU, ${amount(throughput.tokensPerSecondPerUser)} a user; ${amount(throughput.requestsPerSecond)} requests a second.`,
      ],
    },
  ]);
}

type Latency = FeasibleServingPlan['estimate']['time']['ttft'];

function pair([least = 0, most = 0]: readonly number[]): readonly [number, number] {
  return [least, most];
}

interface Bounded {
  readonly meanMs: number;
  readonly boundMs: number | undefined;
  /** Percent, and the share that was asked for. */
  readonly kept: number | undefined;
  readonly wanted: number | undefined;
}

/** Less sure than this, and not told how sure to be, is worth a warning: the whole interval is not within the bound. */
const surely = 90;

/** A mean that keeps the bound, and how probably a measurement does: both are said. */
function met({ meanMs, boundMs, kept = 0, wanted }: Bounded): Content {
  if (boundMs === undefined) return 'No bound was asked for.';
  const bound = duration(boundMs);
  if (meanMs > boundMs) return html`<strong class="fail">✗ SLO missed</strong>: the mean is above ${bound}.`;
  const sure = kept >= (wanted === undefined ? surely : 100 * wanted) * (1 - 1e-9);
  const asked = wanted === undefined ? '' : `, of ${percent(100 * wanted)} that were asked for`;
  return sure
    ? html`<strong class="pass">✓ SLO met</strong>: ${bound} kept with ${percent(kept)}${asked}.`
    : html`<strong class="warn">✓ SLO met by the mean</strong>: ${bound} kept with ${percent(kept)} when measured.`;
}

function batchMetrics({ estimate, resolved }: FeasiblePlan): Markup {
  const { time, throughput, memory, compute } = estimate;
  return metrics([
    {
      name: 'Time of a step',
      value: duration(time.stepMs),
      notes: [
        `Micro-batches: ${count(time.microBatches)}. The slowest stage idles ${percent(time.bubblePercent)} of it.`,
      ],
    },
    {
      name: 'Throughput, tokens a second',
      value: amount(throughput.tokensPerSecond),
      notes: [`${amount(throughput.tokensPerSecondPerGpu)} a GPU.`],
    },
    {
      name: 'Memory of the largest GPU',
      value: percent(memory.utilizationPercent),
      notes: [
        `${bytes(memory.perGpu.totalBytes)} of ${bytes(resolved.cluster.gpu.memoryGiB * 2 ** 30)}; ${bytes(memory.freeBytes)} stay free.`,
      ],
    },
    {
      name: 'Compute in use',
      value: percent(compute.utilizationPercent),
      notes: [`Of ${amount(compute.peakTflops)} TFLOP/s, on the busiest GPU.`],
    },
  ]);
}

function evidence({ estimate }: AnyFeasiblePlan): Markup {
  const { memory, time } = estimate.evidenceOf;
  return html`<p class="evidence"><strong>How sure:</strong> memory is <em>${memory}</em>, ${evidenceText(memory)}; times are <em>${time}</em>, ${evidenceText(time)}.</p>`;
}
