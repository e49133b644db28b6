/** What fills a GPU, as a bar a kind of worker and the same as a table. Parts carry numbers, so that no colour has to be told from another. */
import { fitted, h, svg, table } from './dom.js';
import { isServing } from './kinds.js';
import { bytes, count, percent } from './units.js';

/** @typedef {import('./kinds.js').BatchPlan | import('./kinds.js').ServingPlan} Plan */

/** @type {readonly (readonly [key: string, name: string])[]} */
const parts = [
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
  ['runtimeReserveBytes', 'Reserve'],
];

/** @param {Plan} plan */
export function memoryBars(plan) {
  const whole = plan.resolved.cluster.gpu.memoryGiB * 2 ** 30;
  const halves = isServing(plan) ? plan.estimate.halves : undefined;
  const memories = halves
    ? /** @type {const} */ ([
        ['Prefill workers', halves.prefill.memory],
        ['Decode workers', halves.decode.memory],
      ])
    : /** @type {const} */ ([['Every worker', plan.estimate.memory]]);
  return h('div', { class: 'memories' }, ...memories.map(([name, memory]) => bar(name, memory, whole)));
}

/** @typedef {{ readonly number: number; readonly label: string; readonly value: number }} Part */

/**
 * @param {string} name
 * @param {{ readonly perGpu: object; readonly freeBytes: number; readonly utilizationPercent: number; readonly largestRank: number }} memory
 * @param {number} whole
 */
function bar(name, { perGpu, freeBytes, utilizationPercent, largestRank }, whole) {
  const figures = new Map(Object.entries(perGpu));
  const filled = parts.flatMap(([key, label], i) => {
    const value = Number(figures.get(key) ?? 0);
    return value > 0 ? [{ number: i + 1, label, value }] : [];
  });
  const title = `${name}: ${percent(utilizationPercent)} of ${bytes(whole)}, ${bytes(freeBytes)} free`;
  return h(
    'figure',
    {},
    h('figcaption', {}, `${title}. Rank ${count(largestRank)} needs most.`),
    fitted('bar', (width) => drawing(filled, { width, whole, title })),
    table({
      caption: `Memory, ${name}`,
      head: ['Part', 'Size', 'Share'],
      rows: [
        ...filled.map(({ number, label, value }) => [
          h('span', { class: 'part' }, swatch(number), `${number} ${label}`),
          bytes(value),
          share(value / whole),
        ]),
        ['Free', bytes(freeBytes), share(freeBytes / whole)],
      ],
      figures: [1, 2],
    }),
  );
}

/** @param {number} part */
function share(part) {
  return part > 0 && part < 1e-4 ? '< 0.01 %' : percent(100 * part);
}

/** @param {number} number */
function swatch(number) {
  return svg(
    'svg',
    { viewBox: '0 0 12 12', class: 'swatch', 'aria-hidden': 'true' },
    svg('rect', { width: 12, height: 12, class: `tone-${number}` }),
  );
}

const height = 36;

/**
 * @param {readonly Part[]} filled
 * @param {{ readonly width: number; readonly whole: number; readonly title: string }} frame
 */
function drawing(filled, { width, whole, title }) {
  let at = 0;
  const shapes = filled.flatMap(({ number, label, value }) => {
    const x = (width * at) / whole;
    const long = (width * value) / whole;
    at += value;
    const shape = { x, y: 0, width: Math.max(long, 1), height, class: `tone-${number}` };
    return [
      svg('rect', shape, svg('title', {}, `${number} ${label}: ${bytes(value)}`)),
      long > 22 && svg('text', { x: x + long / 2, y: height / 2 + 5 }, number),
    ];
  });
  return svg(
    'svg',
    { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': title },
    svg('rect', { x: 0, y: 0, width, height, class: 'empty' }),
    ...shapes,
  );
}
