/** What to expect of a plan: rates, latencies, memory and the parts of a step. */
import { bytes, count, duration, percent } from '../artifacts/markdown.ts';
import type { FeasiblePlan } from '../http/schemas/answer.ts';
import type { FeasibleServingPlan } from '../http/schemas/serving-answer.ts';
import { bar, paragraph, table } from './text.ts';

type ServingTime = FeasibleServingPlan['estimate']['time'];

const rate = (value: number, unit: string) =>
  `${value.toLocaleString('en-US', { maximumSignificantDigits: value >= 1000 ? 4 : 3 })} ${unit}`;

export function batchExpectations({ estimate }: Pick<FeasiblePlan, 'estimate'>): string[] {
  const { time, throughput, compute, evidenceOf } = estimate;
  return [
    ...table([
      ['Step', duration(time.stepMs)],
      [
        'Throughput',
        `${rate(throughput.tokensPerSecond, 'tokens/s')}; ${rate(throughput.tokensPerSecondPerGpu, 'tokens/s a GPU')}`,
      ],
      ['Compute', `${percent(compute.utilizationPercent)} of ${rate(compute.peakTflops, 'TFLOP/s')}`],
      ...(time.bubblePercent > 0
        ? [['Pipeline', `${count(time.microBatches)} micro-batches; idle ${percent(time.bubblePercent)} of the step`]]
        : []),
    ]),
    ...paragraph(evidence(evidenceOf)),
  ];
}

export function servingExpectations({ estimate }: Pick<FeasibleServingPlan, 'estimate'>): string[] {
  const { time, throughput, compute, memory, evidenceOf } = estimate;
  const [least, most] = throughput.interval;
  return [
    ...table([
      ['TTFT', latency(time.ttft), `of it ${duration(whole(time.queueingMs))} queueing${transfer(time)}`],
      ['TPOT', latency(time.tpot), `a decode step takes ${duration(time.decodeStepMs)}`],
      [
        'Throughput',
        `${rate(throughput.tokensPerSecond, 'tokens/s')} of output${
          least === undefined || most === undefined ? '' : ` (${rate(least, 'to')} ${rate(most, '').trim()})`
        }`,
        `${rate(throughput.tokensPerSecondPerGpu, 'a GPU')}, ${rate(throughput.tokensPerSecondPerUser, 'a user')}`,
      ],
      [
        'Requests',
        rate(throughput.requestsPerSecond, 'a second'),
        `busiest workers ${percent(throughput.utilizationPercent)} busy`,
      ],
      [
        'KV cache',
        `${count(memory.kvCacheTokens)} tokens a rank`,
        `${count(memory.maxConcurrency)} requests of full length`,
      ],
      ['Compute', `${percent(compute.utilizationPercent)} of ${rate(compute.peakTflops, 'TFLOP/s')}`],
    ]),
    ...paragraph(evidence(evidenceOf)),
    ...paragraph('In brackets: what 80 % of measured deployments lie within; wider where nobody measured the GPU.'),
  ];
}

function latency({ meanMs, p95Ms, intervalMs, boundKeptPercent: kept }: ServingTime['ttft']): string {
  const [least = 0, most = 0] = intervalMs;
  return `${duration(meanMs)} mean, ${duration(p95Ms)} p95 (${duration(least)} to ${duration(most)})${kept === undefined ? '' : `; bound kept with ${percent(kept)}`}`;
}

function transfer({ transferMs }: ServingTime): string {
  return transferMs > 0 ? `, ${duration(transferMs)} moving KV` : '';
}

/** What is left of a difference of equal sums is nothing. */
function whole(ms: number): number {
  return ms < 1e-6 ? 0 : ms;
}

function evidence({ memory, compute, time }: FeasiblePlan['estimate']['evidenceOf']): string {
  return `Evidence: memory ${memory}, compute ${compute}, times ${time}.`;
}

const memoryNames: readonly (readonly [key: string, name: string])[] = [
  ['attentionWeightBytes', 'Attention weights'],
  ['denseWeightBytes', 'Dense FFN weights'],
  ['expertWeightBytes', 'Routed experts'],
  ['sharedExpertWeightBytes', 'Shared experts'],
  ['routerWeightBytes', 'Routers'],
  ['embeddingWeightBytes', 'Embedding, LM head'],
  ['normWeightBytes', 'Norms'],
  ['kvCacheBytes', 'KV cache'],
  ['activationBytes', 'Activations'],
  ['messageBufferBytes', 'Message buffers'],
];

interface Memory {
  readonly perGpu: object;
  readonly utilizationPercent: number;
  readonly largestRank: number;
  readonly freeBytes: number;
  readonly accounting: string;
}

export function memoryLines(memory: Memory, { gpu }: { readonly gpu: { readonly memoryGiB: number } }): string[] {
  const figures = new Map<string, number>(Object.entries(memory.perGpu));
  const whole = gpu.memoryGiB * 2 ** 30;
  const row = (name: string, value: number, note?: string) => [
    name,
    bytes(value),
    percent((100 * value) / whole),
    note ?? bar(value / whole),
  ];
  const rows = memoryNames.flatMap(([key, name]) => {
    const value = figures.get(key) ?? 0;
    return value > 0 ? [row(name, value)] : [];
  });
  const reserve = figures.get('runtimeReserveBytes');
  return table(
    [
      ...rows,
      row(
        'Total',
        figures.get('totalBytes') ?? 0,
        `of ${bytes(whole)}, on rank ${count(memory.largestRank)}, which needs most`,
      ),
      ...(reserve === undefined
        ? []
        : [row('Reserve', reserve, 'context, collectives library, what the engine keeps')]),
      row('Free', memory.freeBytes, memory.accounting === 'physical' ? '' : 'by the physical account'),
    ],
    { right: [1, 2] },
  );
}

export function timeLines({ stepMs, breakdown }: Pick<ServingTime, 'stepMs' | 'breakdown'>): string[] {
  const parts = breakdown.filter(({ ms }) => ms > 0).toSorted((a, b) => b.ms - a.ms);
  return table(
    [
      ...parts.map(({ part, ms, bound }) => [
        part,
        duration(ms),
        percent((100 * ms) / stepMs),
        bound,
        bar(ms / stepMs),
      ]),
      ['Step', duration(stepMs), '', '', ''],
    ],
    { right: [1, 2] },
  );
}
