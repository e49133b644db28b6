/** What was planned or costed, in a sentence. */
import { amount, count, duration, plural } from '../artifacts/markdown.ts';
import { lengthsText } from '../artifacts/report/words.ts';
import type { FeasiblePlan } from '../http/schemas/answer.ts';
import type { FeasibleServingPlan } from '../http/schemas/serving-answer.ts';

type Told = Pick<FeasiblePlan | FeasibleServingPlan, 'resolved'>;

export function setting(told: Told): string {
  const { cluster, model } = told.resolved;
  const { total, active } = model.parameters;
  const size = `${amount(total)} parameters${active < total ? `, ${amount(active)} active` : ''}`;
  const on = `${plural(cluster.nodes, 'node')} of ${plural(cluster.gpusPerNode, `${cluster.gpu.name} GPU`)}`;
  return `${model.name} (${size}) on ${on}${workloadInWords(told)}`;
}

function workloadInWords({ resolved }: Told): string {
  const { workload } = resolved;
  if (workload.kind === 'batch')
    return `: a batch of ${count(workload.batchSize)} prompts of ${count(workload.sequenceLength)} tokens`;
  const { inputTokens, outputTokens, concurrency, requestsPerSecond, staticBatch, slo } = workload;
  const engine = 'engine' in resolved && resolved.engine.name !== 'generic' ? ` under ${resolved.engine.name}` : '';
  const load =
    concurrency !== undefined
      ? plural(concurrency, 'concurrent request')
      : requestsPerSecond !== undefined
        ? `${requestsPerSecond} requests a second`
        : staticBatch !== undefined
          ? `a batch of ${count(staticBatch)} at a time`
          : 'as many requests as fit';
  const bounds = [
    ...(slo.ttftMs === undefined ? [] : [`TTFT at most ${duration(slo.ttftMs)}`]),
    ...(slo.tpotMs === undefined ? [] : [`TPOT at most ${duration(slo.tpotMs)}`]),
    ...(slo.confidence === undefined ? [] : [`kept with ${amount(100 * slo.confidence)} %`]),
  ];
  return `${engine}: prompts of ${count(inputTokens)} tokens, answers of ${count(outputTokens)}, ${[...lengthsText(workload), load, ...bounds].join(', ')}`;
}
