/**
 * Verification of a serving plan, by the checks of a batch's and two of its own: what the engine can be told, and whether the steady
 * state holds together. Each kind of worker is derived and checked apart; where there are two, one check tells of both.
 */
import { checkCommunication } from '../check-communication.ts';
import { checkCompute } from '../check-compute.ts';
import { checkExperts } from '../check-experts.ts';
import { checkGpuCount, checkLayers } from '../check-ranks.ts';
import type { Verification, VerificationCheck } from '../claim.ts';
import { type Fault, underivable } from '../compare.ts';
import { constraintsInWords } from '../rules.ts';
import { overall, rulesCheck, verdictOf } from '../verify.ts';
import { halvesFaults } from './check-halves.ts';
import { checkSteadyState } from './check-steady-state.ts';
import { checkServedBalance, checkServedMemory, checkServedTime } from './check-worker.ts';
import type { ServingClaim, ServingVerifierSetting } from './claim.ts';
import { deriveWorker, type WorkerGiven } from './derive.ts';
import { engineFaults, servedConstraintFaults, servedDivisibility } from './rules.ts';
import { faultsOfClaim, prefixOf, type Worker, workersOf } from './worker.ts';

export type { ServingClaim, ServingVerifierSetting } from './claim.ts';

/** Checked of each kind of worker. */
const families: readonly { readonly id: string; readonly check: (given: WorkerGiven) => VerificationCheck }[] = [
  { id: 'layers', check: checkLayers },
  { id: 'expert-balance', check: checkExperts },
  { id: 'memory-efficiency', check: checkServedMemory },
  { id: 'compute-efficiency', check: checkCompute },
  { id: 'load-balance', check: checkServedBalance },
  { id: 'communication', check: checkCommunication },
  { id: 'time', check: checkServedTime },
];

const ids = [
  'divisibility',
  'constraints',
  'engine-rules',
  'gpu-count',
  ...families.map(({ id }) => id),
  'steady-state',
] as const;

/** One check of the halves': the worse of their outcomes, and both their explanations, each with its half's name. */
function merged(id: string, checks: readonly { readonly worker: Worker; readonly check: VerificationCheck }[]) {
  const severity = { pass: 0, warn: 1, fail: 2 } as const;
  const worst = checks.reduce((best, other) =>
    severity[other.check.status] > severity[best.check.status] ? other : best,
  );
  // The worse first: that is what one reads for.
  const order = checks.toSorted((a, b) => severity[b.check.status] - severity[a.check.status]);
  const explanation = order.map(({ worker, check }) => `${prefixOf(worker.role)}${check.explanation}`).join(' ');
  return { ...worst.check, id, explanation };
}

function withFaults(check: VerificationCheck, faults: readonly Fault[] | undefined): VerificationCheck {
  const [first] = faults ?? [];
  if (!faults || !first) return check;
  const told = [...faults.map(({ text }) => text), check.explanation].join(' ');
  if (check.status === 'fail') return { ...check, explanation: told };
  return { ...check, status: 'fail', expected: first.expected, actual: first.actual, explanation: told };
}

function rulesOf(
  id: string,
  workers: readonly Worker[],
  { faultsOf, note }: { readonly faultsOf: (worker: Worker) => readonly Fault[]; readonly note: string },
): VerificationCheck {
  return merged(
    id,
    workers.map((worker) => ({ worker, check: rulesCheck(id, faultsOf(worker), note) })),
  );
}

/** The last kind of worker writes the answers. */
function steady(setting: ServingVerifierSetting, claim: ServingClaim, workers: readonly WorkerGiven[]) {
  const writing = workers.at(-1);
  return writing ? [checkSteadyState({ claim, workers, writing }, setting.workload)] : [];
}

function checksOf(setting: ServingVerifierSetting, claim: ServingClaim): readonly VerificationCheck[] {
  const structure = faultsOfClaim(setting, claim);
  if (structure.length > 0) return ids.map((id) => underivable(id, structure));
  const workers = workersOf(setting, claim);
  // Modules of a disaggregated plan are those of the workers that write the answers.
  const givens = workers.map((worker) => deriveWorker(worker, worker.role === 'prefill' ? undefined : claim.modules));
  const twice = halvesFaults(claim.estimate);
  const checks = [
    rulesOf('divisibility', workers, {
      faultsOf: servedDivisibility,
      note: 'Every split dimension divides evenly; the vocabulary is padded until it does.',
    }),
    rulesCheck('constraints', servedConstraintFaults(setting, workers), constraintsInWords(setting)),
    rulesOf('engine-rules', workers, {
      faultsOf: engineFaults,
      note: `${setting.engine.name} can be told these degrees.`,
    }),
    checkGpuCount(workers.map(({ grid, placement }) => ({ grid, gpus: placement?.gpus }))),
    ...families.map(({ id, check }) =>
      merged(
        id,
        givens.map((given) => ({ worker: given.worker, check: check(given) })),
      ),
    ),
    ...steady(setting, claim, givens),
  ];
  return checks.map((check) => withFaults(check, twice.get(check.id)));
}

/**
 * Checks a claim of a serving strategy against the specs.
 * @param options.provedBest whether a search accounted for every candidate and found none better: `optimal` instead of `valid`.
 */
export function verifyServing(
  setting: ServingVerifierSetting,
  claim: ServingClaim,
  options: { readonly provedBest: boolean },
): Verification {
  const checks = checksOf(setting, claim);
  const last = overall(checks);
  return { verdict: verdictOf(last, options), checks: [...checks, last] };
}
