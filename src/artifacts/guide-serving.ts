/** implementation_guide.md of a serving plan: what an engineer follows to start its workers, with the plan's own figures. */
import type { FeasibleServingPlan } from '../http/schemas/serving-answer.ts';
import { sharesCache } from '../planner/cost/serving/context-parallel.ts';
import { engineCaveats, engineOptions } from './guide-engine.ts';
import { assumptionsTable, certainty, memoryTable, messagesTable, reasonsSection } from './guide-figures.ts';
import { amount, bytes, count, duration, list, percent, plural, span, table } from './markdown.ts';
import { type ServedSummary, servedSummary } from './served-summary.ts';
import { type Role, type Workers, workersOf } from './served-workers.ts';

const roles: Readonly<Record<Role, string>> = { both: 'Workers', prefill: 'Prefill workers', decode: 'Decode workers' };

interface Kind {
  readonly workers: Workers;
  readonly summary: ServedSummary;
  readonly estimate: Pick<FeasibleServingPlan['estimate'], 'memory' | 'communication' | 'load'>;
}

function kindsOf(plan: FeasibleServingPlan): readonly Kind[] {
  const summaries = servedSummary(plan);
  const { halves } = plan.estimate;
  return workersOf(plan).flatMap((workers, i): readonly Kind[] => {
    const summary = summaries[i];
    const estimate = workers.role === 'both' ? plan.estimate : halves?.[workers.role];
    return summary && estimate ? [{ workers, summary, estimate }] : [];
  });
}

export function servingGuide(plan: FeasibleServingPlan): string {
  const kinds = kindsOf(plan);
  const { strategy, resolved, verification, search, warnings } = plan;
  const each = (title: string, of: (kind: Kind) => string): readonly (readonly [string, string])[] =>
    kinds.length === 1
      ? kinds.map((kind) => [`## ${title}`, of(kind)] as const)
      : [[`## ${title}`, ''], ...kinds.map((kind) => [`### ${roles[kind.workers.role]}`, of(kind)] as const)];
  const sections: readonly (readonly [string, string])[] = [
    [`# Implementation guide: ${strategy.name} for ${resolved.model.name}`, opening(plan)],
    ...(warnings.length > 0 ? [['## Mind first', list(warnings)] as const] : []),
    ['## The strategy', degreeTable(plan, kinds)],
    ['### Why this one', reasonsSection(plan)],
    ...each('Where the ranks are', rankMap),
    ['## How ranks are numbered, and who forms a group', numbering(plan, kinds)],
    ...each('Memory of a GPU', (kind) => memoryText(plan, kind)),
    ['## What to expect', expectations(plan)],
    ...each('Messages of a mean step', ({ estimate }) => messagesTable(estimate.communication.perCollective)),
    ...each('1. Start the engine', (kind) => startText(plan, kind)),
    ['## 2. Check that it runs as planned', checkText(plan, kinds)],
    ['## 3. Plan again when', againText(plan)],
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

function loadInWords({
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

function opening({ strategy, estimate, objective, resolved, id }: FeasibleServingPlan): string {
  const { model, cluster, workload, engine } = resolved;
  const { time, throughput } = estimate;
  const under = engine.name === 'generic' ? '' : ` under ${engine.name}`;
  return [
    `Best for \`${objective}\`: ${model.name} (${amount(model.parameters.total)} parameters, ${amount(model.parameters.active)} active)${under} on ${plural(strategy.gpus, 'GPU')} of ${count(cluster.gpus)} (${cluster.gpu.name}), for prompts of ${count(workload.inputTokens)} tokens and answers of ${count(workload.outputTokens)}, with ${loadInWords(workload)}. Expect ${duration(time.ttftMs)} to the first token, ${duration(time.tpotMs)} to each further one, and ${amount(throughput.tokensPerSecond)} output tokens a second.`,
    `Plan \`${id}\`.`,
  ].join('\n\n');
}

function degreeTable({ resolved }: FeasibleServingPlan, kinds: readonly Kind[]): string {
  const moe = resolved.model.layers.some((run) => run.moe);
  const rows: readonly (readonly [string, keyof Workers['strategy'], string])[] = [
    ['workers', 'replicas', 'instances of the engine'],
    ['tp, tensor', 'tp', 'attention and dense layers, by heads and columns'],
    ['cp, context', 'cp', 'each prompt, and a sequence’s cache where the engine shares it out'],
    ['dp, data', 'dp', 'requests, over attention ranks inside a worker'],
    ['pp, pipeline', 'pp', 'the layers, in stages'],
    ...(moe
      ? ([
          ['ep, expert', 'ep', 'the experts of a layer'],
          ['etp, expert tensor', 'etp', 'each expert, by columns'],
          ['redundant experts', 'redundantExperts', 'nothing: further copies of busy experts in each layer'],
        ] as const)
      : []),
    ['max. concurrency', 'maxConcurrency', 'requests that all these workers run at once, at most'],
  ];
  return table(
    ['Axis', ...kinds.map(({ workers }) => roles[workers.role]), 'Splits'],
    rows.map(([axis, name, splits]) => [axis, ...kinds.map(({ workers }) => count(workers.strategy[name])), splits]),
  );
}

function rankMap({ workers, summary }: Kind): string {
  const each = `${plural(summary.workers, 'worker')} of ${plural(summary.ranksPerWorker, 'rank')}, ranks ${span(summary.firstRank, summary.ranks)}, from GPU ${summary.firstGpu} of the cluster on. Ranks of the plan count over all workers; inside a worker the engine counts from 0.`;
  const shown = summary.nodes.slice(0, 24);
  const more = summary.nodes.length > shown.length ? `\n\n… and more in the placement.` : '';
  const rows = shown.map(({ firstNode, nodes, firstRank, ranksPerNode }) => [
    span(firstNode, nodes),
    span(firstRank, nodes * ranksPerNode),
    count(ranksPerNode),
  ]);
  const stages = summary.stages.map(({ stage, ranks, layers, moeLayers }) => {
    const runs = ranks.runs === 1 ? '' : ` and ${ranks.runs - 1} times the same ${ranks.every} further on`;
    return [
      String(stage),
      `${span(ranks.first, ranks.run)}${runs}`,
      span(layers.first, layers.count),
      count(moeLayers),
    ];
  });
  const stageTable =
    workers.strategy.pp > 1
      ? `\n\n${table(['Stage', 'Ranks of the first worker', 'Layers', 'With experts'], stages)}`
      : '';
  return `${each}\n\n${table(['Node', 'Ranks', 'A node'], rows)}${more}${stageTable}`;
}

function numbering({ resolved }: FeasibleServingPlan, kinds: readonly Kind[]): string {
  const { stages, expert } = resolved.engine.rankLayout;
  const [slowest, middle, fastest] = expert;
  const formula =
    stages === 'outside'
      ? 'rank = (worker × pp + stage) × tp × cp × dp + i'
      : 'rank = ((worker × dp + dp_i) × pp + stage) × cp × tp + cp_i × tp + tp_i';
  const text = [
    'As the engine numbers them, slowest axis first, from the first rank of their kind of worker on:',
    '',
    '```',
    formula,
    'i    = (dp_i × cp + cp_i) × tp + tp_i      read by attention and dense layers',
    `     = (${slowest}_i × ${middle} + ${middle}_i) × ${fastest} + ${fastest}_i      read by expert layers`,
    '```',
  ].join('\n');
  const rows = kinds.flatMap(({ workers, summary }) =>
    summary.groups
      .filter(({ size }) => size > 1)
      .map(({ kind, groups, size, firstGroup }) => [
        ...(kinds.length > 1 ? [roles[workers.role]] : []),
        kind,
        count(groups),
        count(size),
        firstGroup.length <= 8
          ? firstGroup.join(', ')
          : `${firstGroup.slice(0, 3).join(', ')}, …, ${firstGroup.at(-1)}`,
      ]),
  );
  if (rows.length === 0) return `${text}\n\nEvery rank is alone: there is no group of more than one.`;
  const head = [...(kinds.length > 1 ? ['Workers'] : []), 'Group', 'Groups', 'Ranks in each', 'The first'];
  return `${text}\n\n${table(head, rows)}`;
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
  const bound = (value: number | undefined) => (value === undefined ? '' : duration(value));
  const rows = [
    [
      'TTFT',
      duration(time.ttftMs),
      duration(time.ttft.p95Ms),
      interval(time.ttft.intervalMs, duration),
      bound(slo.ttftMs),
    ],
    [
      'TPOT',
      duration(time.tpotMs),
      duration(time.tpot.p95Ms),
      interval(time.tpot.intervalMs, duration),
      bound(slo.tpotMs),
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

function checkText({ estimate, resolved }: FeasibleServingPlan, kinds: readonly Kind[]): string {
  const { time } = estimate;
  const many = kinds.length > 1;
  return list([
    'The figures themselves: `python3 verify_strategy.py` beside `optimal_parallel_strategy.json` recomputes every one from the specs and exits 1 when one does not hold. It needs Python 3 and nothing else.',
    ...kinds.map(
      ({ workers, estimate: { memory } }) =>
        `${many ? `${roles[workers.role]}: the` : 'The'} KV pool that ${resolved.engine.name === 'generic' ? 'the engine' : resolved.engine.name} reports at its start: ${count(memory.kvCacheTokens)} tokens for requests of this length. Far less, and something else is on the GPU.`,
    ),
    `One request alone: its prompt takes about ${duration(time.prefillMs)} to read.`,
    `Under the load of this plan: TPOT about ${duration(time.tpotMs)}, TTFT about ${duration(time.ttftMs)}. A decode step without prompts takes ${duration(time.decodeStepMs)}; the part of the table above that is furthest off is the one to profile.`,
  ]);
}

function againText({ resolved, strategy }: FeasibleServingPlan): string {
  const { inputTokens, outputTokens } = resolved.workload;
  return list([
    `Prompts or answers leave ${count(inputTokens)} and ${count(outputTokens)} tokens: room in the cache and the share of steps with prompts follow from both.`,
    `The load changes, or the objective: this plan is for ${loadInWords(resolved.workload)}.`,
    `GPUs are added or lost: this plan needs exactly ${plural(strategy.gpus, 'GPU')}.`,
    'Measured latencies lie outside of the intervals above: correct the specification (bandwidths, the engine’s constants) and plan with that.',
  ]);
}
