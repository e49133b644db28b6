/** `options` of a request, as far as they are of one kind of workload. */
import type { Static } from 'typebox';
import { clusterGpus } from '../planner/cluster.ts';
import { mixtureOf } from '../planner/model.ts';
import type { ServingProblem, ServingSetting } from '../planner/serving-result.ts';
import { servingModes } from '../planner/strategy.ts';
import type { BatchSetting } from './resolve-degrees.ts';
import type { Findings } from './resolve-findings.ts';
import type { Options as OptionsInput } from './schemas/request.ts';

export type MemoryAccounting = 'physical' | 'published-summary';

type Options = Static<typeof OptionsInput> | undefined;
type Accounting = Pick<Static<typeof OptionsInput>, 'memoryAccounting'> | undefined;

const accountingPath = '/options/memoryAccounting';
const modesPath = '/options/modes';

export function resolveAccounting(options: Accounting, { model }: BatchSetting, findings: Findings): MemoryAccounting {
  const accounting = findings.orAssume<MemoryAccounting>(
    options?.memoryAccounting,
    accountingPath,
    'physical',
    'bytes as they are, unless the words of the published table are asked for',
  );
  if (accounting === 'published-summary' && !mixtureOf(model)) {
    findings.fault(
      accountingPath,
      'published-summary has no words for a model without experts: its formulas are of a mixture',
      ['physical'],
    );
  }
  return accounting;
}

/** Serving is told in bytes as they are, and needs no word for it. */
export function refuseAccounting(options: Accounting, findings: Findings): void {
  if (options?.memoryAccounting !== 'published-summary') return;
  findings.fault(accountingPath, 'published-summary has no words for serving: its formulas are of a batch', [
    'physical',
  ]);
}

export function refuseModes(options: Options, findings: Findings): void {
  if (options?.modes === undefined) return;
  findings.fault(modesPath, 'does not go with a batch, which has no answers to be written apart');
}

/** Which modes compete, in one order. Two kinds of worker need a GPU each, and a second token for the second of them. */
export function resolveModes(
  options: Options,
  { cluster, workload }: ServingSetting,
  findings: Findings,
): ServingProblem['modes'] {
  const apart =
    workload.outputTokens === 1
      ? 'the one token of an answer comes with its prompt: nothing is left to decode apart'
      : clusterGpus(cluster) === 1
        ? 'one GPU cannot be two workers'
        : undefined;
  const asked = options?.modes;
  if (asked === undefined) {
    const modes = apart === undefined ? servingModes : (['aggregated'] as const);
    findings.assume(modesPath, modes.join(', '), apart ?? 'both modes compete unless one is asked for');
    return modes;
  }
  const wanted = servingModes.filter((mode) => asked.includes(mode));
  if (apart !== undefined && asked.includes('disaggregated'))
    findings.fault(modesPath, `disaggregated contradicts the request: ${apart}`, ['aggregated']);
  return wanted;
}
