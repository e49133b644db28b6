/** What can be had for what: the frontier of serving; of a batch, the alternatives' time against their memory. */
import type { FeasiblePlan } from '../../http/schemas/answer.ts';
import type { FeasibleServingPlan } from '../../http/schemas/serving-answer.ts';
import { amount, bytes, count, duration } from '../markdown.ts';
import { type AnyFeasiblePlan, isServing } from '../served-workers.ts';
import { markKey, type Point, scatter, shapeKey } from './chart-scatter.ts';
import { figure, section, table } from './figure.ts';
import { byteUnits, timeUnits, unitFor } from './fluid.ts';
import { html, type Markup } from './markup.ts';

export function frontierSection(plan: AnyFeasiblePlan): Markup {
  return isServing(plan) ? servingFrontier(plan) : batchTrade(plan);
}

function servingFrontier({ frontier, strategy, estimate, resolved, objective }: FeasibleServingPlan): Markup {
  const { throughput, time } = estimate;
  const isChosen = (name: string, perGpu: number) =>
    name === strategy.name && Math.abs(perGpu - throughput.tokensPerSecondPerGpu) < 1e-6 * perGpu;
  const at = frontier.map(
    (point): Point => ({
      x: point.tokensPerSecondPerUser,
      y: point.tokensPerSecondPerGpu,
      shape: point.strategy.mode === 'aggregated' ? 'circle' : 'diamond',
      text: `${point.strategy.name}: ${amount(point.tokensPerSecondPerGpu)} tokens/s/GPU, ${amount(point.tokensPerSecondPerUser)} tokens/s/user, TTFT ${duration(point.ttftMs)}`,
      chosen: isChosen(point.strategy.name, point.tokensPerSecondPerGpu),
      ...(isChosen(point.strategy.name, point.tokensPerSecondPerGpu) && { label: 'chosen' }),
    }),
  );
  const chosenPoint: Point = {
    x: throughput.tokensPerSecondPerUser,
    y: throughput.tokensPerSecondPerGpu,
    shape: strategy.mode === 'aggregated' ? 'circle' : 'diamond',
    text: `${strategy.name}, chosen`,
    chosen: true,
    apart: true,
    label: 'chosen',
  };
  const onIt = at.some(({ chosen }) => chosen);
  const points = onIt ? at : [...at, chosenPoint];
  // Marks are predicted means: where these are held to a shorter bound than clients are promised, that is the border.
  const { slo } = resolved.workload;
  const tpotMs = slo.means?.tpotMs ?? slo.tpotMs;
  const title = 'Throughput against interactivity';
  const description = `${count(frontier.length)} strategies of which none has more of both rates than another. Chosen: ${strategy.name} at ${amount(throughput.tokensPerSecondPerGpu)} output tokens/s/GPU and ${amount(throughput.tokensPerSecondPerUser)} tokens/s/user (TPOT ${duration(time.tpotMs)})${onIt ? '.' : `, which is off the frontier: it is the best for ${objective}, not by both rates of a GPU and a user.`}`;
  const modes = new Set(points.map(({ shape }) => shape));
  const key = html`<ul class="legend">${modes.has('circle') && shapeKey('circle', 'aggregated')}${modes.has('diamond') && shapeKey('diamond', 'disaggregated')}${
    tpotMs !== undefined && markKey('least rate that the bound of TPOT allows')
  }</ul>`;
  return section(
    'frontier',
    'What else can be had',
    figure({
      id: 'frontier-figure',
      title,
      description,
      drawing: html`${key}${scatter({
        id: 'frontier-chart',
        title,
        description,
        points,
        x: { name: 'tokens/s/user' },
        y: { name: 'output tokens/s/GPU', fromZero: true },
        stairs: true,
        mark: tpotMs === undefined ? undefined : { x: 1000 / tpotMs, text: `TPOT ${duration(tpotMs)}` },
      })}`,
      data: table(
        {
          caption: 'The frontier, most tokens/s/GPU first',
          columns: [
            { head: 'Strategy' },
            { head: 'Mode' },
            { head: 'GPUs', figures: true },
            { head: 'Tokens/s/GPU', figures: true },
            { head: 'Tokens/s/user', figures: true },
            { head: 'TTFT', figures: true },
          ],
          hidden: true,
        },
        frontier.map((point) => [
          point.strategy.name,
          point.strategy.mode,
          count(point.strategy.gpus),
          amount(point.tokensPerSecondPerGpu),
          amount(point.tokensPerSecondPerUser),
          duration(point.ttftMs),
        ]),
      ),
    }),
  );
}

/** Numbers beside the marks are those of the table of alternatives; 0 is the chosen one. */
function batchTrade({ strategy, estimate, alternatives }: FeasiblePlan): Markup {
  const candidates = [{ strategy, estimate }, ...alternatives];
  const most = (of: (one: Pick<FeasiblePlan, 'estimate'>) => number) => Math.max(...candidates.map(of));
  const time = unitFor(
    most((one) => one.estimate.time.stepMs),
    timeUnits,
  );
  const memory = unitFor(
    most((one) => one.estimate.memory.perGpu.totalBytes),
    byteUnits,
  );
  const points = candidates.map(
    (one, i): Point => ({
      x: one.estimate.time.stepMs / time.size,
      y: one.estimate.memory.perGpu.totalBytes / memory.size,
      shape: i === 0 ? 'square' : 'circle',
      text: `${one.strategy.name}: ${duration(one.estimate.time.stepMs)}, ${bytes(one.estimate.memory.perGpu.totalBytes)}`,
      chosen: i === 0,
      label: i === 0 ? 'chosen' : String(i),
    }),
  );
  const title = 'Time of a step against memory';
  const description = `Less of both is better. Chosen: ${strategy.name} with ${duration(estimate.time.stepMs)} and ${bytes(estimate.memory.perGpu.totalBytes)} on its largest GPU; numbers are those of the alternatives below.`;
  return section(
    'frontier',
    'What else can be had',
    figure({
      id: 'frontier-figure',
      title,
      description,
      drawing: scatter({
        id: 'frontier-chart',
        title,
        description,
        points,
        x: { name: 'time of a step', unit: time.name },
        y: { name: 'memory of the largest GPU', unit: memory.name },
      }),
      data: table(
        {
          caption: 'The chosen strategy and its alternatives',
          columns: [
            { head: 'Strategy' },
            { head: 'Step', figures: true },
            { head: 'Memory', figures: true },
            { head: 'GPUs', figures: true },
          ],
          hidden: true,
        },
        candidates.map((one) => [
          one.strategy.name,
          duration(one.estimate.time.stepMs),
          bytes(one.estimate.memory.perGpu.totalBytes),
          count(one.strategy.gpus),
        ]),
      ),
    }),
  );
}
