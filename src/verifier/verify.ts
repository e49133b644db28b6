/**
 * The verifier trusts nobody. From the specs and the strategy alone it recounts ranks and groups, deals layers, experts and
 * sequences out again, and derives bytes, FLOPs and message sizes; then it holds every claim against that. It was written from
 * docs/accounting.md, shares no formula's code with the planner, and prefers walking over every rank to closed forms.
 *
 *   specs + strategy -> structure -> layout -> stages -> derived figures
 *                          |                                |
 *                          +-- faults                       +-- checks, one a family -> overall -> verdict
 *
 * A strategy may come without claims: its rules are checked all the same, and the figures are the verifier's own.
 */
import type { Strategy } from '../planner/strategy.ts';
import type { BatchGiven } from './batch.ts';
import { checkBalance } from './check-balance.ts';
import { checkBatch } from './check-batch.ts';
import { checkCommunication } from './check-communication.ts';
import { checkCompute } from './check-compute.ts';
import { checkExperts } from './check-experts.ts';
import { checkMemory } from './check-memory.ts';
import { checkGpuCount, checkLayers } from './check-ranks.ts';
import { checkTime } from './check-time.ts';
import type { Claim, Verification, VerificationCheck, VerifierProblem } from './claim.ts';
import { checkOf, type Fault, type Figure, underivable } from './compare.ts';
import { derive } from './derive.ts';
import { structuralFaults } from './layout.ts';
import { constraintFaults, constraintsInWords, divisibilityFaults } from './rules.ts';
import { listed } from './text.ts';

export type {
  Claim,
  ClaimedPlacement,
  DeepPartial,
  Verification,
  VerificationCheck,
  VerifierProblem,
} from './claim.ts';

const families: readonly { readonly id: string; readonly check: (given: BatchGiven) => VerificationCheck }[] = [
  {
    id: 'gpu-count',
    check: ({ claim, derived }) => checkGpuCount([{ grid: derived.layout, gpus: claim.placement?.gpus }]),
  },
  { id: 'layers', check: checkLayers },
  { id: 'batch-split', check: checkBatch },
  { id: 'expert-balance', check: checkExperts },
  {
    id: 'memory-efficiency',
    check: (given) => checkMemory(given, { keep: given.problem.constraints?.memoryFree ?? 0 }),
  },
  { id: 'compute-efficiency', check: checkCompute },
  { id: 'load-balance', check: checkBalance },
  { id: 'communication', check: checkCommunication },
  { id: 'time', check: checkTime },
];

/** A check of rules: how many are broken, and that none should be. */
export function rulesCheck(id: string, faults: readonly Fault[], note: string): VerificationCheck {
  const none: Figure = { name: 'Broken rules', unit: 'count', derived: 0, claimed: 0, tolerance: 'exact' };
  return checkOf(id, { headline: none, faults, notes: faults.length === 0 ? [note] : [] });
}

export function overall(checks: readonly VerificationCheck[]): VerificationCheck {
  const failed = checks.filter(({ status }) => status !== 'pass').map(({ id }) => id);
  return {
    id: 'overall',
    status: failed.length === 0 ? 'pass' : 'fail',
    expected: checks.length,
    actual: checks.length - failed.length,
    explanation:
      failed.length === 0
        ? `All ${checks.length} checks pass.`
        : `${failed.length} of ${checks.length} checks do not pass: ${listed(failed, checks.length)}.`,
  };
}

export function verdictOf(
  { status }: VerificationCheck,
  { provedBest }: { readonly provedBest: boolean },
): Verification['verdict'] {
  return status === 'fail' ? 'invalid' : provedBest ? 'optimal' : 'valid';
}

function familyChecks(problem: VerifierProblem, claim: Claim): readonly VerificationCheck[] {
  const structure = structuralFaults(problem, claim.strategy);
  if (structure.length > 0) return families.map(({ id }) => underivable(id, structure));
  const given: BatchGiven = { problem, specs: problem, claim, derived: derive(problem, claim.strategy) };
  return families.map(({ check }) => check(given));
}

/** Degrees that no integer can be are the structure's to report, and would only confuse the rules of division. */
function divisibility(problem: VerifierProblem, strategy: Strategy): VerificationCheck {
  const structure = structuralFaults(problem, strategy);
  const faults = structure.length > 0 ? structure : divisibilityFaults(problem, strategy);
  return rulesCheck('divisibility', faults, 'Every split dimension divides evenly.');
}

/**
 * Checks a claim against the specs.
 * @param options.provedBest whether a search accounted for every candidate and found none better: `optimal` instead of `valid`.
 */
export function verify(
  problem: VerifierProblem,
  claim: Claim,
  options: { readonly provedBest: boolean },
): Verification {
  const checks = [
    divisibility(problem, claim.strategy),
    rulesCheck('constraints', constraintFaults(problem, claim.strategy), constraintsInWords(problem)),
    ...familyChecks(problem, claim),
  ];
  const last = overall(checks);
  return { verdict: verdictOf(last, options), checks: [...checks, last] };
}
