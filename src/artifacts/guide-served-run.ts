/** The serving guide's steps once the engine is up: load it as planned, compare, watch, plan again. */
import type { FeasibleServingPlan } from '../http/schemas/serving-answer.ts';
import { benchmarkCaveats, benchmarkCommand } from './guide-load.ts';
import { engineMetrics, metricsTable } from './guide-metrics.ts';
import { type Kind, roles } from './guide-served-kinds.ts';
import { amount, bytes, count, duration, list, percent, plural } from './markdown.ts';

export function loadText(plan: FeasibleServingPlan): string {
  return [
    `${capital(loadInWords(plan.resolved.workload))}, with prompts of ${count(plan.resolved.workload.inputTokens)} tokens and answers of ${count(plan.resolved.workload.outputTokens)}, as a benchmark of the engine’s own:`,
    benchmarkCommand(plan),
    benchmarkCaveats(plan),
  ].join('\n\n');
}

export function checkText(plan: FeasibleServingPlan, kinds: readonly Kind[]): string {
  const { estimate, resolved } = plan;
  const { time } = estimate;
  const many = kinds.length > 1;
  const engine = resolved.engine.name === 'generic' ? 'the engine' : resolved.engine.name;
  const inOrder = list([
    'The figures themselves: `python3 verify_strategy.py` beside `optimal_parallel_strategy.json` recomputes every one from the specs and exits 1 when one does not hold. It needs Python 3 and nothing else.',
    ...kinds.map(
      ({ workers, estimate: { memory } }) =>
        `${many ? `${roles[workers.role]}: the` : 'The'} KV pool that ${engine} reports at its start: ${count(memory.kvCacheTokens)} tokens for requests of this length. Far less, and something else is on the GPU.`,
    ),
    ...kinds.map(
      ({ workers, estimate: { memory } }) =>
        `${many ? `${roles[workers.role]}: weights` : 'Weights'} of a GPU once they are loaded: ${bytes(weightBytes(memory.perGpu))}. The driver (\`nvidia-smi\`, \`DCGM_FI_DEV_FB_USED\`) says more: the engine takes its KV pool at once.`,
    ),
    `One request alone: its prompt takes about ${duration(time.prefillMs)} to read.`,
    `Under the load of this plan: TPOT about ${duration(time.tpotMs)}, TTFT about ${duration(time.ttftMs)}. A decode step without prompts takes ${duration(time.decodeStepMs)}; the part of the table above that is furthest off is the one to profile.`,
  ]);
  const metered = kinds.map(({ workers, estimate: { load, memory } }) => ({
    role: workers.role,
    name: many ? roles[workers.role].toLowerCase() : '',
    load,
    memory,
  }));
  const metrics = metricsTable(plan, metered);
  return metrics === undefined ? inOrder : `${inOrder}\n\n${metrics}`;
}

function weightBytes(perGpu: Readonly<Record<string, number>>): number {
  return Object.entries(perGpu).reduce((sum, [key, value]) => (key.endsWith('WeightBytes') ? sum + value : sum), 0);
}

export function watchText({ resolved, estimate }: FeasibleServingPlan, kinds: readonly Kind[]): string {
  const { engine, workload, cluster } = resolved;
  const pushedBack = engine.name === 'generic' ? undefined : engineMetrics[engine.name].pushedBack;
  const waiting = engine.name === 'generic' ? 'Requests that wait' : `\`${engineMetrics[engine.name].waiting}\``;
  const crossing = kinds.some(({ estimate: { communication } }) =>
    communication.perCollective.some(({ crossesNodes }) => crossesNodes),
  );
  const imbalance = Math.max(...kinds.map(({ estimate: { balance } }) => balance.expectedRoutingImbalance));
  const bounds = [
    ...(workload.slo.ttftMs === undefined ? [] : [`TTFT against ${duration(workload.slo.ttftMs)}`]),
    ...(workload.slo.tpotMs === undefined ? [] : [`TPOT against ${duration(workload.slo.tpotMs)}`]),
  ];
  return list([
    ...(bounds.length > 0
      ? [
          `${bounds.join(' and ')}: this plan leaves ${roomText(estimate.time, workload.slo)}${surelyText(estimate.time)}.`,
        ]
      : []),
    `${waiting}: a queue that keeps growing is more load than ${amount(estimate.throughput.requestsPerSecond)} requests a second, which is what this plan serves.`,
    ...(pushedBack === undefined
      ? []
      : [
          `\`${pushedBack}\`: requests that lost their place in the KV cache are computed again. It should stay at 0; if not, lower the limit of requests or plan for longer ones.`,
        ]),
    ...(imbalance > 1
      ? [
          `Tokens of the busiest rank of experts over the mean: the plan reckons with ${imbalance.toFixed(2)}. Real routers are seldom uniform; give the measured loads as \`workload.routing\` and plan again if it is more.`,
        ]
      : []),
    ...(kinds.length > 1
      ? [
          `Which side waits: a queue before prefill workers with decode workers half empty, or the reverse, means that prompts and answers are not of the planned lengths. Caches move in ${duration(estimate.time.transferMs)} a prompt.`,
        ]
      : []),
    ...(crossing
      ? [`Errors and retransmissions of ${cluster.interNode.name}: some collectives of every step cross nodes.`]
      : []),
    'The slowest rank of a step: one that is always last is a sick GPU or link.',
  ]);
}

/** How probably a measurement keeps the bounds. */
function surelyText({ ttft, tpot }: FeasibleServingPlan['estimate']['time']): string {
  const kept = [ttft, tpot].flatMap(({ boundKeptPercent }) => boundKeptPercent ?? []);
  return kept.length > 0 ? `, which measured deployments keep with ${kept.map(percent).join(' and ')}` : '';
}

function roomText(
  { ttftMs, tpotMs }: FeasibleServingPlan['estimate']['time'],
  slo: FeasibleServingPlan['resolved']['workload']['slo'],
): string {
  const room = (planned: number, bound: number | undefined, name: string) =>
    bound === undefined ? [] : [`${percent(100 - (100 * planned) / bound)} of ${name}`];
  return [...room(ttftMs, slo.ttftMs, 'the TTFT'), ...room(tpotMs, slo.tpotMs, 'the TPOT')].join(' and ');
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

export function againText({ resolved, strategy }: FeasibleServingPlan): string {
  const { inputTokens, outputTokens } = resolved.workload;
  return list([
    `Prompts or answers leave ${count(inputTokens)} and ${count(outputTokens)} tokens: room in the cache and the share of steps with prompts follow from both.`,
    `The load changes, or the objective: this plan is for ${loadInWords(resolved.workload)}.`,
    `GPUs are added or lost: this plan needs exactly ${plural(strategy.gpus, 'GPU')}.`,
    'Measured latencies lie outside of the intervals above: correct the specification (bandwidths, the engine’s constants) and plan with that.',
  ]);
}

export function loadInWords({
  concurrency,
  requestsPerSecond,
  staticBatch,
}: FeasibleServingPlan['resolved']['workload']): string {
  if (concurrency !== undefined)
    return `${plural(concurrency, 'client')}, each of which asks again when it is answered`;
  if (requestsPerSecond !== undefined) return `${amount(requestsPerSecond)} requests a second`;
  if (staticBatch !== undefined) return `a batch of ${plural(staticBatch, 'prompt')} at a time`;
  return 'as many requests as fit';
}
