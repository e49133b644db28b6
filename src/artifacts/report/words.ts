/** What was asked and what is to be run, in words. */
import type { Plan } from '../../http/schemas/answer.ts';
import type { Degrees } from '../../planner/strategy.ts';
import { amount, count, plural } from '../markdown.ts';

/** How the work of one worker is split. */
export function degreesInWords({ tp, cp, dp, pp, ep, etp }: Degrees, moe: boolean): string {
  const parts = [
    tp > 1 && `tensor parallelism ${count(tp)}`,
    cp > 1 && `context parallelism ${count(cp)}`,
    dp > 1 && `data parallelism ${count(dp)}`,
    moe && ep > 1 && `expert parallelism ${count(ep)}`,
    moe && etp > 1 && `each expert over ${etp} GPUs`,
    pp > 1 && `${pp} pipeline stages`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? 'nothing split' : listed(parts);
}

/** a, b and c. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

export function hasExperts({ resolved }: Pick<Plan, 'resolved'>): boolean {
  return resolved.model.layers.some((run) => run.moe);
}

const engines: Readonly<Record<string, string>> = {
  vllm: 'vLLM',
  sglang: 'SGLang',
  'tensorrt-llm': 'TensorRT-LLM',
  generic: 'no engine in particular',
};

export function engineText(name: string): string {
  return engines[name] ?? name;
}

export function workloadText({ resolved }: Pick<Plan, 'resolved'>): string {
  const { workload } = resolved;
  if (workload.kind === 'batch')
    return `One forward pass over ${plural(workload.batchSize, 'prompt')} of ${count(workload.sequenceLength)} tokens`;
  const { inputTokens, outputTokens } = workload;
  const extras = [
    ...lengthsText(workload),
    workload.prefixCacheHitRate > 0 && `${percentText(workload.prefixCacheHitRate)} of each prompt in the prefix cache`,
    workload.speculative && `${plural(workload.speculative.tokens, 'token')} guessed a step`,
    workload.routing !== 'uniform' && 'experts not equally popular',
  ].filter((extra) => typeof extra === 'string');
  const more = extras.length > 0 ? `; ${extras.join('; ')}` : '';
  return `Prompts of ${count(inputTokens)} tokens, answers of ${count(outputTokens)}, ${loadText(workload)}${more}`;
}

/** How far lengths differ, where it counts. */
export function lengthsText({ lengthSpread, staticBatch, saturated }: ServedLengths): readonly string[] {
  if (staticBatch !== undefined || saturated) return [];
  return [lengthSpread === 0 ? 'all equally long' : `lengths within ${percentText(lengthSpread)} of these`];
}

interface ServedLengths {
  readonly lengthSpread: number;
  readonly staticBatch?: number;
  readonly saturated?: true;
}

function percentText(share: number): string {
  return `${amount(100 * share)} %`;
}

function loadText(workload: {
  readonly concurrency?: number;
  readonly requestsPerSecond?: number;
  readonly staticBatch?: number;
}): string {
  if (workload.concurrency !== undefined) return `${plural(workload.concurrency, 'client')} at once`;
  if (workload.requestsPerSecond !== undefined) return `${amount(workload.requestsPerSecond)} requests a second`;
  if (workload.staticBatch !== undefined) return `batches of ${count(workload.staticBatch)}`;
  return 'as many requests as can be served';
}

export function clusterText({ resolved }: Pick<Plan, 'resolved'>): string {
  const { nodes, gpusPerNode, gpu } = resolved.cluster;
  return `${plural(nodes, 'node')} of ${count(gpusPerNode)} × ${gpu.name}`;
}

export function modelText({ resolved }: Pick<Plan, 'resolved'>): string {
  const { name, parameters } = resolved.model;
  const active = parameters.active < parameters.total ? `, ${amount(parameters.active)} active` : '';
  return `${name} (${amount(parameters.total)} parameters${active})`;
}

const objectives: Readonly<Record<string, string>> = {
  latency: 'the shortest latency',
  throughput: 'the most tokens a second',
  memory: 'the least memory on the largest GPU',
  cost: 'the fewest GPUs',
  balance: 'the most balanced use of all GPUs',
};

export function objectiveText({ objective }: Pick<Plan, 'objective'>): string {
  return `${objectives[objective] ?? ''} (${objective})`.trim();
}

const evidences: Readonly<Record<string, string>> = {
  derived: 'exact arithmetic on the specifications',
  calibrated: 'inside the range of what was measured on this GPU',
  extrapolated: 'outside of what was measured: trust the order of strategies more than the figures',
};

export function evidenceText(evidence: string): string {
  return evidences[evidence] ?? '';
}
