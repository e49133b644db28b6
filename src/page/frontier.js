/** Tokens/s/GPU against tokens/s/user: nothing has more of both. A chart for eyes, the same as a table for everybody. */
import { disclosure, fitted, h, svg, table } from './dom.js';
import { count, digits, duration } from './units.js';

/** @typedef {import('./kinds.js').ServingPlan} Plan */
/** @typedef {{ readonly x: number; readonly y: number; readonly name: string; readonly mode: string; readonly chosen: boolean; readonly best: boolean; readonly ttftMs: number; readonly gpus: number }} Point */

/** @param {Plan} plan */
export function frontierChart(plan) {
  const points = pointsOf(plan);
  const { slo } = plan.resolved.workload;
  const least = slo.means?.tpotMs ?? slo.tpotMs;
  return h(
    'figure',
    {},
    h(
      'figcaption',
      {},
      'Each mark is a strategy that none beats in both: more to the right is faster for a user, higher up more from a GPU.',
    ),
    fitted('chart', (width) => drawing(points, width, least)),
    h(
      'p',
      { class: 'hint' },
      '◆ chosen; ● workers shared; ■ workers of their own for prompts and answers.',
      points.some(({ chosen, best }) => chosen && !best) &&
        ` What is chosen is best for ${plan.objective} of the whole cluster, which is neither of the two.`,
    ),
    disclosure(
      'frontier',
      'As a table',
      table({
        caption: 'The frontier',
        head: ['Strategy', 'Tokens/s/GPU', 'Tokens/s/user', 'TTFT', 'GPUs'],
        rows: points.map(({ name, chosen, x, y, ttftMs, gpus }) => [
          `${name}${chosen ? ' (chosen)' : ''}`,
          digits(y),
          digits(x),
          duration(ttftMs),
          count(gpus),
        ]),
        figures: [1, 2, 3, 4],
      }),
    ),
  );
}

/**
 * @param {Plan} plan
 * @returns {readonly Point[]}
 */
function pointsOf({ frontier, strategy, estimate }) {
  const same = (/** @type {object} */ other) => JSON.stringify(other) === JSON.stringify(strategy);
  const points = frontier.map((point) => ({
    x: point.tokensPerSecondPerUser,
    y: point.tokensPerSecondPerGpu,
    name: point.strategy.name,
    mode: point.strategy.mode,
    chosen: same(point.strategy),
    best: true,
    ttftMs: point.ttftMs,
    gpus: point.strategy.gpus,
  }));
  if (points.some(({ chosen }) => chosen)) return points;
  const { throughput, time } = estimate;
  return [
    ...points,
    {
      x: throughput.tokensPerSecondPerUser,
      y: throughput.tokensPerSecondPerGpu,
      name: strategy.name,
      mode: strategy.mode,
      chosen: true,
      best: false,
      ttftMs: time.ttftMs,
      gpus: strategy.gpus,
    },
  ];
}

const height = 300;
const margin = { left: 56, right: 16, top: 14, bottom: 44 };

/**
 * @param {readonly Point[]} points
 * @param {number} width
 * @param {number | undefined} tpotMs
 */
function drawing(points, width, tpotMs) {
  const across = scale(
    points.map(({ x }) => x),
    margin.left,
    width - margin.right,
  );
  const up = scale(
    points.map(({ y }) => y),
    height - margin.bottom,
    margin.top,
  );
  const path = points
    .filter(({ best }) => best)
    .toSorted((a, b) => a.x - b.x)
    .map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${across.at(x).toFixed(1)} ${up.at(y).toFixed(1)}`)
    .join('');
  const chosen = points.find((point) => point.chosen);
  const bound = tpotMs === undefined ? undefined : 1000 / tpotMs;
  const ordered = [...points.filter((point) => !point.chosen), ...(chosen ? [chosen] : [])];
  return svg(
    'svg',
    {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': `${points.length} strategies from ${digits(Math.min(...points.map(({ x }) => x)))} to ${digits(Math.max(...points.map(({ x }) => x)))} tokens a second and user; the table below has each`,
    },
    ...up.ticks.flatMap((tick) => [
      svg('line', { x1: margin.left, x2: width - margin.right, y1: up.at(tick), y2: up.at(tick), class: 'grid' }),
      svg('text', { x: margin.left - 6, y: up.at(tick) + 4, class: 'tick end' }, digits(tick)),
    ]),
    ...across.ticks.flatMap((tick) => [
      svg('line', {
        x1: across.at(tick),
        x2: across.at(tick),
        y1: height - margin.bottom,
        y2: height - margin.bottom + 4,
        class: 'axis',
      }),
      svg('text', { x: across.at(tick), y: height - margin.bottom + 17, class: 'tick middle' }, digits(tick)),
    ]),
    svg('line', {
      x1: margin.left,
      x2: width - margin.right,
      y1: height - margin.bottom,
      y2: height - margin.bottom,
      class: 'axis',
    }),
    svg(
      'text',
      { x: (margin.left + width - margin.right) / 2, y: height - 6, class: 'label middle' },
      'tokens/s a user',
    ),
    svg(
      'text',
      { transform: `translate(12 ${(height - margin.bottom + margin.top) / 2}) rotate(-90)`, class: 'label middle' },
      'tokens/s a GPU',
    ),
    bound !== undefined &&
      bound >= across.low &&
      bound <= across.high &&
      svg(
        'g',
        {},
        svg('line', {
          x1: across.at(bound),
          x2: across.at(bound),
          y1: margin.top,
          y2: height - margin.bottom,
          class: 'bound',
        }),
        svg('text', { x: across.at(bound) + 4, y: height - margin.bottom - 8, class: 'tick' }, 'TPOT bound'),
      ),
    svg('path', { d: path, class: 'curve' }),
    ...ordered.map((point) => mark(point, across.at(point.x), up.at(point.y))),
    chosen && label(chosen.name, across.at(chosen.x), up.at(chosen.y), width),
  );
}

/**
 * @param {Point} point
 * @param {number} x
 * @param {number} y
 */
function mark({ name, mode, chosen, x: user, y: gpu, ttftMs }, x, y) {
  const title = svg(
    'title',
    {},
    `${name}: ${digits(gpu)} tokens/s/GPU, ${digits(user)} tokens/s/user, TTFT ${duration(ttftMs)}`,
  );
  if (chosen)
    return svg('path', { d: `M${x} ${y - 9}L${x + 9} ${y}L${x} ${y + 9}L${x - 9} ${y}Z`, class: 'chosen' }, title);
  if (mode === 'aggregated') return svg('circle', { cx: x, cy: y, r: 5, class: 'shared' }, title);
  return svg('rect', { x: x - 4.5, y: y - 4.5, width: 9, height: 9, class: 'apart' }, title);
}

/**
 * @param {string} name
 * @param {number} x
 * @param {number} y
 * @param {number} width
 */
function label(name, x, y, width) {
  const left = x > width / 2;
  return svg('text', { x: left ? x - 13 : x + 13, y: y + 4, class: left ? 'name end' : 'name' }, name);
}

/**
 * Round ticks, and from figures to the page. The axis begins at 0 unless all figures are near each other and far from it.
 * @param {readonly number[]} values
 * @param {number} from
 * @param {number} to
 */
function scale(values, from, to) {
  const most = Math.max(...values);
  const least = Math.min(...values);
  const start = least > most / 2 ? least - (most - least) * 0.2 - most * 0.02 : 0;
  const end = most + (most - start) * 0.06;
  const rough = (end - start) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const low = Math.floor(start / step) * step;
  const high = Math.ceil(end / step) * step;
  return {
    low,
    high,
    ticks: Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => low + i * step),
    at: (/** @type {number} */ value) => from + ((to - from) * (value - low)) / (high - low),
  };
}
