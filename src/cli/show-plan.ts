/** A plan as text: what to run, what to expect of it, why, and how far to trust it. */
import { amount, bytes, count, duration, plural } from '../artifacts/markdown.ts';
import { isServing } from '../artifacts/served-workers.ts';
import type { FeasiblePlan, InfeasiblePlan, Plan } from '../http/schemas/answer.ts';
import type { FeasibleServingPlan, InfeasibleServingPlan } from '../http/schemas/serving-answer.ts';
import { batchExpectations, memoryLines, servingExpectations, timeLines } from './show-figures.ts';
import { assumptionLines, checkLines, searchLines, warningLines } from './show-notes.ts';
import { alternativeLines, frontierLines, priceLines, reasonLines, sensitivityLines } from './show-reasons.ts';
import { batchStrategy, servingStrategy } from './show-strategy.ts';
import { paragraph, type Section, type Style, sectionsText, table } from './text.ts';

type AnyFeasible = FeasiblePlan | FeasibleServingPlan;
type AnyInfeasible = InfeasiblePlan | InfeasibleServingPlan;

export function showPlan(plan: Plan, style: Style): string {
  if (plan.status === 'infeasible') return sectionsText(infeasibleSections(plan), style);
  return sectionsText(isServing(plan) ? servingSections(plan) : batchSections(plan), style);
}

function batchSections(plan: FeasiblePlan): readonly Section[] {
  const { strategy, estimate } = plan;
  return [
    [`${strategy.name}: best for ${plan.objective}`, paragraph(`${setting(plan)}.`)],
    ['Mind first', warningLines(plan)],
    ['Strategy', batchStrategy(plan)],
    ['What to expect', batchExpectations(plan)],
    ['Memory of a GPU', memoryLines(estimate.memory, plan.resolved.cluster)],
    ['Time of a step', timeLines(estimate.time)],
    ...closing(plan),
  ];
}

function servingSections(plan: FeasibleServingPlan): readonly Section[] {
  const { strategy, estimate, resolved } = plan;
  const { halves } = estimate;
  const each = (
    title: string,
    of: (
      worker: Pick<typeof estimate, 'memory'> & {
        readonly time: typeof estimate.time | NonNullable<typeof halves>['decode']['time'];
      },
    ) => string[],
  ): readonly Section[] =>
    halves
      ? [
          [`${title}, prefill workers`, of(halves.prefill)],
          [`${title}, decode workers`, of(halves.decode)],
        ]
      : [[title, of(estimate)]];
  return [
    [`${strategy.name}: best for ${plan.objective}`, paragraph(`${setting(plan)}.`)],
    ['Mind first', warningLines(plan)],
    ['Strategy', servingStrategy(plan)],
    ['What to expect', servingExpectations(plan)],
    ...each('Memory of a GPU', ({ memory }) => memoryLines(memory, resolved.cluster)),
    ...each('Time of the mean step', ({ time }) => timeLines(time)),
    ...closing(plan),
  ];
}

function closing(plan: AnyFeasible): readonly Section[] {
  const served: readonly Section[] = isServing(plan)
    ? [
        ['Frontier: throughput of a GPU against the speed that a user sees', frontierLines(plan)],
        ['What the SLO costs', priceLines(plan)],
        ['What would have to be otherwise for another to win', sensitivityLines(plan)],
      ]
    : [];
  return [
    ['Why', reasonLines(plan.rationale)],
    ['Alternatives', alternativeLines(plan.alternatives)],
    ...served,
    [checkHeading(plan.verification), checkLines(plan.verification)],
    ['Search', searchLines(plan.search)],
    ['Assumed: what the request left out', assumptionLines(plan)],
    ['Plan', paragraph(plan.id)],
  ];
}

export function checkHeading({ verdict, checks }: AnyFeasible['verification']): string {
  const passed = checks.filter(({ status }) => status === 'pass').length;
  return `Checks: ${verdict}, ${passed} of ${checks.length} pass`;
}

function infeasibleSections(plan: AnyInfeasible): readonly Section[] {
  const { nearest, remedies } = plan;
  return [
    ['Infeasible: nothing fits and meets what is asked for', paragraph(`${setting(plan)}.`)],
    ['Mind first', warningLines(plan)],
    [
      'What came nearest',
      nearest
        ? [
            ...paragraph(`${nearest.strategy.name}: ${nearest.explanation}`),
            ...(nearest.shortByBytes === undefined ? [] : paragraph(`It lacks ${bytes(nearest.shortByBytes)} a GPU.`)),
          ]
        : [],
    ],
    [
      'What would make it feasible, each planned',
      table(
        remedies.map(({ change, path, from, to, strategy }) => [
          change,
          `${path}: ${String(from)} -> ${String(to)}`,
          `gives ${strategy}`,
        ]),
      ),
    ],
    ['Search', searchLines(plan.search)],
    ['Assumed: what the request left out', assumptionLines(plan)],
    ['Plan', paragraph(plan.id)],
  ];
}

/** What was planned, in a sentence. */
function setting(plan: AnyFeasible | AnyInfeasible): string {
  const { cluster, model } = plan.resolved;
  const { total, active } = model.parameters;
  const size = `${amount(total)} parameters${active < total ? `, ${amount(active)} active` : ''}`;
  const on = `${plural(cluster.nodes, 'node')} of ${plural(cluster.gpusPerNode, `${cluster.gpu.name} GPU`)}`;
  return `${model.name} (${size}) on ${on}${workloadInWords(plan)}`;
}

function workloadInWords({ resolved }: AnyFeasible | AnyInfeasible): string {
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
  ];
  return `${engine}: prompts of ${count(inputTokens)} tokens, answers of ${count(outputTokens)}, ${[load, ...bounds].join(', ')}`;
}
