/** Why candidates cannot be, counted by reason. */
import type { Reason } from '../../planner/result.ts';
import { count, percent } from '../markdown.ts';
import { table } from './figure.ts';
import { html, type Markup } from './markup.ts';

const meanings: Readonly<Record<Reason, string>> = {
  'heads-not-divisible': 'attention heads do not divide by the degree',
  'kv-heads-not-divisible': 'KV heads neither divide by the degree nor are divided by it',
  'intermediate-not-divisible': 'an FFN’s width does not divide by the degree',
  'experts-not-divisible': 'experts do not divide by the degree',
  'vocabulary-not-divisible': 'the vocabulary does not divide by the degree',
  'sequence-not-divisible': 'the sequence does not divide by the degree',
  'quantisation-block': 'a shard would cut through a block of the weights’ format',
  'no-experts': 'the model has no experts to spread',
  'stages-exceed-layers': 'more stages than layers',
  'rank-without-sequence': 'a rank would have no sequence',
  'micro-batch-exceeds-batch': 'the micro-batch is larger than the batch',
  'one-replica-only': 'a batch has one replica',
  'gpus-exceed-cluster': 'more GPUs than there are',
  'expert-fold-not-integer': 'expert degrees do not fit into the stage',
  'placement.tp-group-would-split': 'a tensor-parallel group would leave the fast links',
  constraint: 'the request’s constraints exclude it',
  'memory.weights': 'the weights do not fit',
  'memory.kv-cache': 'the weights fit, and the KV cache does not',
  'memory.activations': 'the activations do not fit',
  'engine-not-expressible': 'the engine cannot be told these degrees',
  'slo.ttft': 'the time to the first token misses its bound',
  'slo.tpot': 'the time of each further token misses its bound',
  'rate-not-reached': 'it does not keep up with the requests',
};

function isReason(slug: string): slug is Reason {
  return Object.hasOwn(meanings, slug);
}

export function reasonText(slug: string): string {
  return isReason(slug) ? meanings[slug] : slug;
}

export function rejectedTable(rejected: Readonly<Record<string, number>>): Markup {
  const rows = Object.entries(rejected).sort(([, a], [, b]) => b - a);
  const total = rows.reduce((sum, [, times]) => sum + times, 0);
  return table(
    {
      caption: 'Candidates that cannot be, by the first reason found',
      columns: [
        { head: 'Reason' },
        { head: 'Candidates', figures: true },
        { head: 'Share', figures: true },
        { head: 'What it means' },
      ],
    },
    rows.map(([slug, times]) => [
      html`<code>${slug}</code>`,
      count(times),
      percent((100 * times) / total),
      reasonText(slug),
    ]),
  );
}
