/**
 * The same strategy in Megatron-Core's flags. Names as in megatron/training/arguments.py and megatron/core's MoE README; the
 * default order tp-cp-ep-dp-pp numbers ranks as a plan does, which the tests hold against its rank formulas.
 */
import type { FeasiblePlan } from '../http/schemas/answer.ts';
import { list } from './markdown.ts';
import type { PlacementSummary } from './placement-summary.ts';

export function megatronFlags({ strategy }: FeasiblePlan, summary: PlacementSummary): readonly string[] {
  const { tp, cp, pp, ep, etp } = strategy;
  const flags = [`--tensor-model-parallel-size ${tp}`, `--pipeline-model-parallel-size ${pp}`];
  if (tp > 1) flags.push('--sequence-parallel');
  if (cp > 1) flags.push(`--context-parallel-size ${cp}`);
  if (summary.stages.some(({ moeLayers }) => moeLayers > 0)) {
    flags.push(`--expert-model-parallel-size ${ep}`, `--expert-tensor-parallel-size ${etp}`);
  }
  if (uneven(summary)) flags.push(`--pipeline-model-parallel-layout "${pipelineLayout(summary)}"`);
  return flags;
}

function uneven({ stages }: PlacementSummary): boolean {
  return stages.some(({ layers }) => layers.count !== stages[0]?.layers.count);
}

/** E embedding, t a layer, L the loss or the head; | between stages. */
function pipelineLayout({ stages }: PlacementSummary): string {
  const last = stages.length - 1;
  return stages
    .map(({ layers }, stage) => `${stage === 0 ? 'E' : ''}t*${layers.count}${stage === last ? 'L' : ''}`)
    .join('|');
}

export function megatronSection(plan: FeasiblePlan, summary: PlacementSummary): string {
  const { replicas, dp } = plan.strategy;
  const caveats = [
    `There is no flag for data parallelism: dp ${dp} is what the number of processes leaves.`,
    'Keep the default order of ranks (`tp-cp-ep-dp-pp`): another moves the groups to other GPUs than the plan priced.',
    'These flags place the model; its shape, its number formats and its checkpoint are yours to give. They were not launched by us.',
  ];
  if (replicas > 1)
    caveats.push(`Megatron-Core has no replicas: start ${replicas} jobs of ${summary.ranksPerReplica} ranks.`);
  if (uneven(summary))
    caveats.push('The stages differ in layers, which needs the experimental `--pipeline-model-parallel-layout`.');
  return ['```bash', megatronFlags(plan, summary).join(' \\\n  '), '```', '', list(caveats)].join('\n');
}
