/**
 * Writes docs/reference-deployment.md: a published deployment summary, row by row, beside what the planner makes of the same
 * hardware, model and workload. The published rows are quoted here; every other figure is computed when this runs.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { artifactsOf } from '../src/artifacts/artifacts.ts';
import { assumptionsTable, memorySection, reasonsSection } from '../src/artifacts/guide-figures.ts';
import { amount, bytes, count, duration, list, percent, table } from '../src/artifacts/markdown.ts';
import type { FeasiblePlan } from '../src/http/schemas/answer.ts';
import { exampleRequest } from '../test/support/examples.ts';
import { planOf } from '../test/support/plan-of.ts';

/** The summary's rows, as published under the title "EP64_TP2 Hybrid Parallel Strategy". */
const published = {
  hardware: '128 GPUs, 64 GB each, 400 TFLOPS each, NVLink + InfiniBand',
  model: '16 layers, 64 experts per layer, token dimension 1024, MoE hidden dimension 2048, FP8',
  workload: 'batch 128, sequence 1024',
  experts: '64 groups, 1 expert per GPU per layer, 0 % variance',
  tensor: '2 GPUs per expert group',
  pipeline: '1: no bubbles',
  attention: '1.00 MB',
  expertWeights: '64.00 MB',
  activations: '64.00 MB',
  total: '129.00 MB',
  share: '0.197 %',
  compute: '0.02 %',
  balance: 'experts, compute and memory variance 0 %, communication balanced',
  modules: '64 modules of 2 GPUs, 100 % balanced, 64 x 2 = 128',
  rationale: 'why EP64, why TP2, why PP1',
  verification:
    'GPU count, expert balance, memory efficiency (< 1 %), compute efficiency (< 1 %), load balancing, communication, overall: OPTIMAL CONFIGURATION',
  performance: 'throughput, latency, scalability, resource utilisation, reliability, in words',
  files:
    'optimal_parallel_strategy.json, implementation_guide.md, verify_strategy_fixed.py, verification_results_fixed.json',
} as const;

const objectives = ['balance', 'latency', 'throughput', 'memory', 'cost'] as const;
type Objective = (typeof objectives)[number];

function memoryOf(plan: FeasiblePlan): Readonly<Record<string, number>> {
  return plan.estimate.memory.perGpu;
}

export function referenceDeployment(): string {
  const request = exampleRequest('reference');
  const plan = planOf(request);
  const summary = planOf({ ...request, options: { memoryAccounting: 'published-summary' } });
  const others = objectives.map((objective) => ({ objective, plan: planOf({ ...request, objective }) }));
  return `${[
    '# The reference deployment, row by row',
    'A published deployment summary, "EP64_TP2 Hybrid Parallel Strategy", is the case that Shardwell has to be able to produce. This page sets each of its rows beside what Shardwell answers to [`examples/reference.json`](../examples/reference.json). It is made by `npm run docs`, and a test holds it to the code: the published rows are quoted, every other figure is computed.',
    '## The strategy',
    strategyTable(plan),
    '## Memory and compute',
    memoryTable(plan, summary),
    'The published figures are reproduced exactly by `"options": { "memoryAccounting": "published-summary" }`. It changes the words of the account, neither search nor strategy, and the answer warns that it is a convention:',
    list(summary.warnings),
    '## What the physical account holds',
    memorySection(plan),
    '## Is it the best?',
    bestParagraph(others),
    table(
      ['Objective', 'Strategy', 'GPUs', 'Bytes of a GPU', 'Step', 'Tokens/s', 'Experts a GPU and layer'],
      others.map(({ objective, plan: other }) => [
        `\`${objective}\``,
        other.strategy.name,
        count(other.strategy.gpus),
        bytes(memoryOf(other).totalBytes ?? 0),
        duration(other.estimate.time.stepMs),
        amount(other.estimate.throughput.tokensPerSecond),
        count(other.modules.expertsPerGpuPerLayer),
      ]),
    ),
    `Times are a model's word (evidence: ${plan.estimate.evidenceOf.time}); bytes, FLOPs and counts are exact arithmetic. With one expert a GPU and layer, random routing gives the busiest GPU ${plan.estimate.balance.expectedRoutingImbalance.toFixed(2)} times the mean of tokens; a skewed router gives it more.`,
    '### What was compared',
    reasonsSection(plan),
    '## What the summary does not say, and was assumed',
    assumptionsTable(plan),
    '## Verification',
    table(
      ['Check', 'Status', 'Expected', 'Found', 'Explanation'],
      plan.verification.checks.map((c) => [
        `\`${c.id}\``,
        c.status,
        String(c.expected),
        String(c.actual),
        c.explanation,
      ]),
    ),
  ].join('\n\n')}\n`;
}

function strategyTable(plan: FeasiblePlan): string {
  const { strategy, modules, estimate, resolved, verification, search } = plan;
  const { cluster, model, workload } = resolved;
  const { balance, throughput, time } = estimate;
  const moe = model.layers.find((run) => run.moe)?.moe;
  const layers = model.layers.reduce((sum, run) => sum + run.count, 0);
  const rows = [
    ['Strategy', 'EP64_TP2', strategy.name, ''],
    [
      'Hardware',
      published.hardware,
      `${cluster.gpus} GPUs, ${cluster.gpu.memoryGiB} GiB, ${cluster.gpu.peakTflops.fp8} TFLOP/s at FP8, ${cluster.intraNode.name} + ${cluster.interNode.name}`,
      'The summary gives neither nodes nor bandwidths; the request does.',
    ],
    [
      'Model',
      published.model,
      `${layers} layers, ${moe?.experts} experts, hidden size ${model.hiddenSize}, expert size ${moe?.intermediateSize}, ${model.precision.weights.expert.dtype}`,
      '',
    ],
    ['Workload', published.workload, `batch ${workload.batchSize}, sequence ${workload.sequenceLength}`, ''],
    [
      'Expert parallelism',
      published.experts,
      `ep ${strategy.ep}, ${modules.expertsPerGpuPerLayer} expert a GPU and layer, ${percent(balance.expertVariancePercent)} variance`,
      '',
    ],
    ['Tensor parallelism', published.tensor, `tp ${strategy.tp}, etp ${strategy.etp}`, ''],
    ['Pipeline parallelism', published.pipeline, `pp ${strategy.pp}, bubble ${percent(time.bubblePercent)}`, ''],
    [
      'Load balance',
      published.balance,
      `variance of experts ${percent(balance.expertVariancePercent)}, compute ${percent(balance.computeVariancePercent)}, memory ${percent(balance.memoryVariancePercent)}`,
      'Of what is placed, at mean routing; the imbalance of random routing is a figure of its own.',
    ],
    [
      'Module division',
      published.modules,
      `${modules.count} modules of ${modules.gpusPerModule} GPUs, ${percent(modules.balancePercent)} balanced, ${modules.count} × ${modules.gpusPerModule} = ${strategy.gpus}`,
      '',
    ],
    [
      'Rationale',
      published.rationale,
      `${plan.rationale.map((r) => `${r.dimension} ${r.chosen}`).join(', ')}: below`,
      'Each against figures of what else was possible.',
    ],
    [
      'Verification',
      published.verification,
      `${verification.checks.map((c) => `${c.id} ${c.status}`).join(', ')}; verdict ${verification.verdict}`,
      `Optimal of ${count(search.enumerated)} candidates for this objective and under this cost model, not beyond.`,
    ],
    [
      'Expected performance',
      published.performance,
      `${amount(throughput.tokensPerSecond)} tokens/s, ${duration(time.stepMs)} a step`,
      'Figures instead of words.',
    ],
    [
      'Files',
      published.files,
      artifactsOf(plan)
        .map(({ name }) => name)
        .join(', '),
      'The suffix `_fixed` is dropped.',
    ],
  ];
  return table(['Row', 'Published', 'Shardwell', 'Remark'], rows);
}

function memoryTable(plan: FeasiblePlan, summary: FeasiblePlan): string {
  const ours = memoryOf(plan);
  const theirs = memoryOf(summary);
  const mib = (value: number | undefined) => `${((value ?? 0) / 2 ** 20).toFixed(2)} MiB`;
  const publishedCompute = summary.estimate.compute.publishedUtilizationPercent ?? Number.NaN;
  return table(
    ['Figure', 'Published', 'By its own formulas', 'Physical', 'Why the physical one differs'],
    [
      [
        'Attention weights',
        published.attention,
        mib(theirs.attentionWeightBytes),
        mib(ours.attentionWeightBytes),
        'Published: h·h·2 B / TP, one matrix of one layer at 2 bytes. Physical: all projections of all layers, at the bytes of FP8.',
      ],
      [
        'Expert weights',
        published.expertWeights,
        mib(theirs.expertWeightBytes),
        mib(ours.expertWeightBytes),
        'Published: (h·f + f·h)·2 B / TP · (E/EP) · L, at 2 bytes although the model is FP8.',
      ],
      [
        'Activations',
        published.activations,
        mib(theirs.activationBytes),
        mib(ours.activationBytes),
        'Published: B·S·h·1 B / TP, the whole batch on every group. Physical: the peak on a rank that has its share of the batch.',
      ],
      [
        'Total',
        published.total,
        mib(theirs.totalBytes),
        mib(ours.totalBytes),
        'Physical: KV cache, routers, norms and staging of messages too.',
      ],
      [
        'Share of a GPU',
        published.share,
        percent(summary.estimate.memory.utilizationPercent),
        percent(plan.estimate.memory.utilizationPercent),
        '',
      ],
      [
        'Compute utilisation',
        published.compute,
        percent(publishedCompute),
        percent(plan.estimate.compute.utilizationPercent),
        'Published: (2·B·S·h²·L + 4·B·S·h·f·L) / (TP·128) over one second of peak; no time in it, divided by TP twice, one attention matrix. Physical: FLOPs of a rank over peak × step time.',
      ],
    ],
  );
}

function bestParagraph(plans: readonly { readonly objective: Objective; readonly plan: FeasiblePlan }[]): string {
  const chosen = plans.find(({ objective }) => objective === 'balance')?.plan;
  const fastest = plans.find(({ objective }) => objective === 'throughput')?.plan;
  if (!chosen || !fastest) throw new Error('balance and throughput are among the objectives');
  const factor = fastest.estimate.throughput.tokensPerSecond / chosen.estimate.throughput.tokensPerSecond;
  return `For \`balance\`, which asks for most GPUs, fewest experts a GPU, fewest stages and then least memory: yes, of all ${count(
    chosen.search.enumerated,
  )} candidates. For speed: no. ${fastest.strategy.name} does ${factor.toFixed(2)} times its tokens a second under the same cost model.`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = new URL('../docs/reference-deployment.md', import.meta.url);
  writeFileSync(file, referenceDeployment());
  console.log(`wrote ${fileURLToPath(file)}`);
}
