/** implementation_guide.md: what an engineer follows to run a plan, with the plan's own figures. */
import type { FeasiblePlan } from '../http/schemas/answer.ts';
import {
  assumptionsTable,
  certainty,
  memorySection,
  messagesSection,
  reasonsSection,
  timeSection,
} from './guide-figures.ts';
import { groupMap, numbering, rankMap, stageMap } from './guide-layout.ts';
import { megatronSection } from './guide-megatron.ts';
import { againStep, checkStep, feedStep, groupsStep, startStep, watchStep, weightsStep } from './guide-steps.ts';
import { amount, count, duration, list, percent, plural, table } from './markdown.ts';
import { placementSummary } from './placement-summary.ts';

export function implementationGuide(plan: FeasiblePlan): string {
  const summary = placementSummary(plan);
  const { strategy, resolved, verification, search, warnings } = plan;
  const moe = resolved.model.layers.some((run) => run.moe);
  const sections: readonly (readonly [string, string])[] = [
    [`# Implementation guide: ${strategy.name} for ${resolved.model.name}`, opening(plan)],
    ...(warnings.length > 0 ? [['## Mind first', list(warnings)] as const] : []),
    ['## The strategy', degreeTable(plan, moe)],
    ['### Why this one', reasonsSection(plan)],
    ['## Where the ranks are', rankMap(plan, summary)],
    ...(strategy.pp > 1 ? [['### Stages', stageMap(plan, summary)] as const] : []),
    ['## How ranks are numbered, and who forms a group', `${numbering(strategy)}\n\n${groupMap(plan, summary)}`],
    ['## Memory of a GPU', memorySection(plan)],
    ['## Time of a step', timeSection(plan)],
    ['### Messages', messagesSection(plan)],
    ['## Step by step', ''],
    ['### 1. Start the ranks', startStep(plan, summary)],
    ['### 2. Build the groups', groupsStep(plan)],
    ['### 3. Load the weights', weightsStep(plan)],
    ['### 4. Feed the batch', feedStep(plan)],
    ['### 5. Check that it runs as planned', checkStep(plan)],
    ['### 6. Watch', watchStep(plan)],
    ['### 7. Plan again when', againStep(plan)],
    ['## The same in Megatron-Core', megatronSection(plan, summary)],
    ['## How sure this is', certainty(verification, search)],
    ['## What was assumed', assumed(plan)],
  ];
  return `${sections.map(([title, text]) => (text === '' ? title : `${title}\n\n${text}`)).join('\n\n')}\n`;
}

function opening({ strategy, estimate, objective, resolved, modules, id }: FeasiblePlan): string {
  const { model, cluster, workload } = resolved;
  const nodes = plural(cluster.nodes, 'node');
  return [
    `Best for \`${objective}\` of ${model.name} (${amount(model.parameters.total)} parameters, ${amount(
      model.parameters.active,
    )} active) on ${nodes} of ${plural(cluster.gpusPerNode, `${cluster.gpu.name} GPU`)}: a batch of ${count(
      workload.batchSize,
    )} prompts of ${count(workload.sequenceLength)} tokens. It uses ${plural(strategy.gpus, 'GPU')} in ${plural(
      modules.count,
      'module',
    )} of ${modules.gpusPerModule}, takes ${percent(estimate.memory.utilizationPercent)} of a GPU's memory and ${duration(
      estimate.time.stepMs,
    )} a step.`,
    `Plan \`${id}\`.`,
  ].join('\n\n');
}

function degreeTable({ strategy }: FeasiblePlan, moe: boolean): string {
  const { tp, cp, dp, pp, ep, etp, edp, replicas, microBatchSize } = strategy;
  const rows: readonly (readonly [string, number, string])[] = [
    ['tp, tensor', tp, 'attention and dense layers, by heads and columns'],
    ['cp, context', cp, 'each sequence'],
    ['dp, data', dp, 'the batch'],
    ['pp, pipeline', pp, 'the layers, in stages'],
    ...(moe
      ? ([
          ['ep, expert', ep, 'the experts of a layer'],
          ['etp, expert tensor', etp, 'each expert, by columns'],
          ['edp, expert data', edp, 'nothing: copies of each expert shard'],
        ] as const)
      : []),
    ['replicas', replicas, 'nothing: copies of the whole'],
    ['micro-batch', microBatchSize, 'sequences that pass a stage together'],
  ];
  return table(
    ['Axis', 'Degree', 'Splits'],
    rows.map(([axis, degree, splits]) => [axis, count(degree), splits]),
  );
}

function assumed(plan: FeasiblePlan): string {
  if (plan.assumptions.length === 0) return 'Nothing: the request said everything.';
  return `The request left these out. Where one is wrong, say it in the request and plan again.\n\n${assumptionsTable(plan)}`;
}
