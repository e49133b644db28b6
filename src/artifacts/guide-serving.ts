/** implementation_guide.md of a serving plan: what an engineer follows to start its workers, with the plan's own figures. */
import type { FeasibleServingPlan } from '../http/schemas/serving-answer.ts';
import { sharesCache } from '../planner/cost/serving/context-parallel.ts';
import { engineCaveats, engineOptions } from './guide-engine.ts';
import { assumptionsTable, certainty, memoryTable, messagesTable, reasonsSection } from './guide-figures.ts';
import { type Kind, kindsOf, roles } from './guide-served-kinds.ts';
import { degreeTable, inWords, numbering, rankMap } from './guide-served-layout.ts';
import { againText, checkText, loadInWords, loadText, watchText } from './guide-served-run.ts';
import { amount, bytes, count, duration, list, percent, plural, table } from './markdown.ts';

/** `launch` tells of the files that start the workers. */
export function servingGuide(plan: FeasibleServingPlan, launch = ''): string {
  const kinds = kindsOf(plan);
  const { strategy, resolved, verification, search, warnings } = plan;
  const each = (title: string, of: (kind: Kind) => string): readonly (readonly [string, string])[] =>
    kinds.length === 1
      ? kinds.map((kind) => [`## ${title}`, of(kind)] as const)
      : [[`## ${title}`, ''], ...kinds.map((kind) => [`### ${roles[kind.workers.role]}`, of(kind)] as const)];
  const sections: readonly (readonly [string, string])[] = [
    [`# Implementation guide: ${strategy.name} for ${resolved.model.name}`, opening(plan)],
    ...(warnings.length > 0 ? [['## Mind first', list(warnings)] as const] : []),
    [
      '## The strategy',
      `${kinds.map((kind) => inWords(kind, kinds.length > 1)).join(' ')}\n\n${degreeTable(plan, kinds)}`,
    ],
    ['### Why this one', reasonsSection(plan)],
    ...each('Where the ranks are', rankMap),
    ['## How ranks are numbered, and who forms a group', numbering(plan, kinds)],
    ...each('Memory of a GPU', (kind) => memoryText(plan, kind)),
    ['## What to expect', expectations(plan)],
    ...each('Messages of a mean step', ({ estimate }) => messagesTable(estimate.communication.perCollective)),
    ['## 1. Start the engine', launch],
    ...kinds.map((kind) => [startTitle(kind, kinds.length > 1), startText(plan, kind)] as const),
    ['## 2. Load it as planned', loadText(plan)],
    ['## 3. Check that it runs as planned', checkText(plan, kinds)],
    ['## 4. Watch', watchText(plan, kinds)],
    ['## 5. Plan again when', againText(plan)],
    ['## How sure this is', certainty(verification, search)],
    [
      '## What was assumed',
      plan.assumptions.length === 0
        ? 'Nothing: the request said everything.'
        : `The request left these out. Where one is wrong, say it in the request and plan again.\n\n${assumptionsTable(plan)}`,
    ],
  ];
  return `${sections.map(([title, text]) => (text === '' ? title : `${title}\n\n${text}`)).join('\n\n')}\n`;
}

function opening({ strategy, estimate, objective, resolved, id }: FeasibleServingPlan): string {
  const { model, cluster, workload, engine } = resolved;
  const { time, throughput } = estimate;
  const under = engine.name === 'generic' ? '' : ` under ${engine.name}`;
  return [
    `Best for \`${objective}\`: ${model.name} (${amount(model.parameters.total)} parameters, ${amount(model.parameters.active)} active)${under} on ${plural(strategy.gpus, 'GPU')} of ${count(cluster.gpus)} (${cluster.gpu.name}), for prompts of ${count(workload.inputTokens)} tokens and answers of ${count(workload.outputTokens)}, with ${loadInWords(workload)}. Expect ${duration(time.ttftMs)} to the first token, ${duration(time.tpotMs)} to each further one, and ${amount(throughput.tokensPerSecond)} output tokens a second.`,
    `Plan \`${id}\`.`,
  ].join('\n\n');
}

const servedNames = {
  kvCacheBytes: 'KV cache of all that may run',
  runtimeReserveBytes: 'Reserve: overhead, and what the engine’s knob leaves',
};

function memoryText({ resolved }: FeasibleServingPlan, { estimate, workers }: Kind): string {
  const { memory } = estimate;
  const { maxConcurrency } = workers.strategy;
  const more =
    maxConcurrency > memory.maxConcurrency
      ? ` ${count(maxConcurrency)} run at once: most of them are not at their full length yet.`
      : '';
  return [
    `What rank ${count(memory.largestRank)} of these workers holds, the first of those that need most, with every request that may run: ${percent(memory.utilizationPercent)} of ${bytes(resolved.cluster.gpu.memoryGiB * 2 ** 30)}.`,
    memoryTable(memory.perGpu, servedNames),
    `The engine leaves ${bytes(memory.kvPoolBytes)} for the KV cache where it has least: ${count(memory.kvCacheTokens)} tokens on a data-parallel rank, or ${count(memory.maxConcurrency)} requests of full length over all these workers.${more}`,
  ].join('\n\n');
}

function expectations({ estimate, resolved }: FeasibleServingPlan): string {
  const { time, throughput } = estimate;
  const { slo } = resolved.workload;
  const interval = ([low = 0, high = 0]: readonly number[], of: (value: number) => string) =>
    `${of(low)} to ${of(high)}`;
  const bound = (value: number | undefined, kept: number | undefined) =>
    value === undefined ? '' : `${duration(value)}${kept === undefined ? '' : `, kept with ${percent(kept)}`}`;
  const rows = [
    [
      'TTFT',
      duration(time.ttftMs),
      duration(time.ttft.p95Ms),
      interval(time.ttft.intervalMs, duration),
      bound(slo.ttftMs, time.ttft.boundKeptPercent),
    ],
    [
      'TPOT',
      duration(time.tpotMs),
      duration(time.tpot.p95Ms),
      interval(time.tpot.intervalMs, duration),
      bound(slo.tpotMs, time.tpot.boundKeptPercent),
    ],
    ['Output tokens a second', amount(throughput.tokensPerSecond), '', interval(throughput.interval, amount), ''],
  ];
  const parts = time.breakdown
    .filter(({ ms }) => ms > 0)
    .map(({ part, ms, bound: waits }) => [part, duration(ms), percent((100 * ms) / time.stepMs), waits]);
  return [
    table(['Figure', 'Mean', '95 % see no more', '80 % of measured deployments lie in', 'Objective'], rows),
    `That is ${amount(throughput.tokensPerSecondPerGpu)} output tokens a second and GPU, ${amount(throughput.tokensPerSecondPerUser)} a second and user, and ${amount(throughput.requestsPerSecond)} requests a second. Of the TTFT ${duration(time.queueingMs)} are waiting and ${duration(time.transferMs)} moving a prompt’s cache. A mean step takes ${duration(time.stepMs)}:`,
    table(['Part', 'Time', 'Share', 'Waits for'], parts),
  ].join('\n\n');
}

function startTitle({ workers }: Kind, named: boolean): string {
  return `### What ${named ? roles[workers.role].toLowerCase() : 'a worker'} ${named ? 'are' : 'is'} told`;
}

function startText({ resolved }: FeasibleServingPlan, { workers }: Kind): string {
  const { replicas, dp, maxConcurrency } = workers.strategy;
  const { engine, model } = resolved;
  const perRank = Math.ceil(maxConcurrency / (replicas * dp));
  const rows = engineOptions({ engine, workers, perRank, sharesCache: sharesCache({ engine, model }) });
  const caveats = list(engineCaveats(engine, workers));
  if (rows.length === 0) return caveats;
  const options = table(
    ['Option', 'Value', 'Here'],
    rows.map(([option, value, meaning]) => [`\`${option}\``, value === '' ? '' : `\`${value}\``, meaning]),
  );
  return `${plural(replicas, 'worker')}, ${replicas === 1 ? '' : 'each '}started with:\n\n${options}\n\n${caveats}`;
}
