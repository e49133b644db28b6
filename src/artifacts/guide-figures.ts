/** The guide's tables of figures: memory, time, messages, and what was compared. */
import type { FeasiblePlan } from '../http/schemas/answer.ts';
import type { FeasibleServingPlan } from '../http/schemas/serving-answer.ts';
import { amount, bytes, count, duration, list, percent, plural, table } from './markdown.ts';

const memoryNames: Readonly<Record<string, string>> = {
  attentionWeightBytes: 'Attention weights',
  denseWeightBytes: 'Dense FFN weights',
  expertWeightBytes: 'Routed experts',
  sharedExpertWeightBytes: 'Shared experts',
  routerWeightBytes: 'Routers',
  embeddingWeightBytes: 'Embedding and LM head',
  normWeightBytes: 'Norms',
  kvCacheBytes: 'KV cache of the whole batch',
  activationBytes: 'Activations at their peak',
  messageBufferBytes: 'Staging of messages',
  totalBytes: '**Total**',
  runtimeReserveBytes: 'Reserve: GPU context and collectives library',
};

export function memoryTable(
  perGpu: Readonly<Record<string, number>>,
  other: Readonly<Record<string, string>> = {},
): string {
  const rows = Object.entries(perGpu)
    .filter(([, value]) => value > 0)
    .map(([key, value]) => [other[key] ?? memoryNames[key] ?? key, bytes(value), count(value)]);
  return table(['Part', 'Size', 'Bytes'], rows);
}

export function memorySection({ estimate, resolved }: FeasiblePlan): string {
  const { perGpu, utilizationPercent, largestRank, freeBytes, accounting } = estimate.memory;
  const paragraphs = [
    `What rank ${count(largestRank)} holds, the first of those that need most. The total is ${percent(utilizationPercent)} of the ${bytes(
      resolved.cluster.gpu.memoryGiB * 2 ** 30,
    )} of a GPU${freeBytes === undefined ? '' : `; ${bytes(freeBytes)} stay free beside the reserve`}.`,
    memoryTable(perGpu),
  ];
  if (accounting === 'published-summary') {
    paragraphs.push(
      'This account is in the words of the published summary (`options.memoryAccounting`): a convention, and not what a GPU will hold. Ask for the plan without that option to get the physical account.',
    );
  }
  return paragraphs.join('\n\n');
}

export function timeSection({ estimate }: FeasiblePlan): string {
  const { stepMs, breakdown, microBatches, bubblePercent } = estimate.time;
  const rows = breakdown
    .filter(({ ms }) => ms > 0)
    .map(({ part, ms, bound }) => [part, duration(ms), percent((100 * ms) / stepMs), bound]);
  const parts = [
    `A step takes ${duration(stepMs)}: ${amount(estimate.throughput.tokensPerSecond)} tokens a second in all, ${amount(
      estimate.throughput.tokensPerSecondPerGpu,
    )} per GPU. ${timeEvidence[estimate.evidenceOf.time]}`,
    table(['Part', 'Time', 'Share', 'Waits for'], rows),
  ];
  if (bubblePercent > 0) {
    parts.push(
      `${plural(microBatches, 'micro-batch').replace('batchs', 'batches')} pass the stages; the slowest stage idles ${percent(bubblePercent)} of the step while the pipeline fills and drains.`,
    );
  }
  return parts.join('\n\n');
}

const timeEvidence: Readonly<Record<FeasiblePlan['estimate']['evidence'], string>> = {
  derived: 'These times are exact arithmetic.',
  calibrated: 'Times come from a model fitted to measurements of this GPU; nothing overlaps in it.',
  extrapolated:
    'Times come from a model that was not fitted to this GPU: measure before you rely on them. Nothing overlaps in it.',
};

export function messagesSection({ estimate }: FeasiblePlan): string {
  return messagesTable(estimate.communication.perCollective);
}

export function messagesTable(uses: FeasiblePlan['estimate']['communication']['perCollective']): string {
  if (uses.length === 0) return 'The ranks send each other nothing during a step.';
  const rows = uses.map((use) => [
    `${use.op} (${use.purpose})`,
    `${use.group}, ${plural(use.groupSize, 'rank')}`,
    Number.isInteger(use.calls) ? count(use.calls) : amount(use.calls),
    bytes(use.messageBytes),
    bytes(use.bytesPerGpu),
    use.crossesNodes ? 'between nodes' : use.crossesDomains ? 'between fast domains of a node' : 'fast links only',
    duration(use.ms),
  ]);
  return table(['Collective', 'Group', 'Calls a step', 'A call', 'Sent by a GPU', 'Path', 'Time a step'], rows);
}

export function reasonsSection({ rationale }: Pick<FeasiblePlan | FeasibleServingPlan, 'rationale'>): string {
  return list(
    rationale.map(({ dimension, chosen, why, compared }) => {
      // What the sentence has said already is not listed once more.
      const others = compared
        .filter(({ effect }) => !why.includes(effect))
        .map(({ value, effect }) => `\n  - ${dimension} ${value}: ${effect}`);
      // Most sentences begin with what was chosen: it is not said once more.
      const begin = [`${dimension} = ${chosen}`, `${chosen}`].find((words) => why.startsWith(`${words} `));
      const told = begin ? `**${begin}**${why.slice(begin.length)}` : `**${dimension} ${chosen}.** ${why}`;
      return `${told}${others.join('')}`;
    }),
  );
}

export function assumptionsTable({ assumptions }: Pick<FeasiblePlan, 'assumptions'>): string {
  return table(
    ['Where', 'Value', 'Why'],
    assumptions.map(({ path, value, why }) => [`\`${path}\``, String(value), why]),
  );
}

export function certainty(verification: FeasiblePlan['verification'], search: FeasiblePlan['search']): string {
  const failed = verification.checks.filter(({ status }) => status !== 'pass');
  const looked = `${count(search.enumerated)} candidates: ${count(search.evaluated)} costed, ${count(search.pruned)} shown by a bound not to be among the best; the others break a rule or do not fit`;
  const verdicts = {
    optimal: `Verdict \`optimal\`: every check passes, and it is the best of ${looked}. Best under the stated cost model, that is, which no GPU has confirmed.`,
    valid: `Verdict \`valid\`: every check passes. That it is the best was not proved (${looked}).`,
    invalid: 'Verdict `invalid`: a check fails. Do not run this plan.',
  };
  const notes = failed.map(({ id, status, explanation }) => `\`${id}\`: ${status}. ${explanation}`);
  return [verdicts[verification.verdict], ...(notes.length > 0 ? [list(notes)] : [])].join('\n\n');
}
