/** Parts of an answer that every kind of workload has. */
import type { Static } from 'typebox';
import type { Rejection, SearchReport } from '../planner/result.ts';
import type { Verification } from '../verifier/claim.ts';
import type { Assumption } from './resolve-findings.ts';
import type {
  Assumption as AssumptionAnswer,
  InfeasibleLinks,
  Links,
  Search,
  Verification as VerificationAnswer,
} from './schemas/answer-parts.ts';

export function verificationOf({ verdict, checks }: Verification): Static<typeof VerificationAnswer> {
  return { verdict, checks: checks.map((check) => ({ ...check })) };
}

export function searchOf(search: SearchReport): Static<typeof Search> {
  return { ...search, rejected: rejectedOf(search) };
}

export function rejectedOf({ rejected }: SearchReport): Record<string, number> {
  return { ...rejected };
}

/** Why the nearest strategy cannot be, and how little it lacks. */
export function nearestNotes({ rejection, shortBytes }: { rejection: Rejection; shortBytes?: number }) {
  return {
    reason: rejection.reason,
    ...(shortBytes !== undefined && { shortByBytes: Math.ceil(shortBytes) }),
    explanation: rejection.explanation,
  };
}

export function copyOf(assumptions: readonly Assumption[]): Static<typeof AssumptionAnswer>[] {
  return assumptions.map((assumption) => ({ ...assumption }));
}

export function linksOf(id: string): Static<typeof Links> {
  const { self, report } = infeasibleLinksOf(id);
  return { self, placement: `${self}/placement`, artifacts: `${self}/artifacts`, report };
}

/** There is nothing to place and no file where nothing fits. */
export function infeasibleLinksOf(id: string): Static<typeof InfeasibleLinks> {
  return { self: `/plans/${id}`, report: `/plans/${id}/report` };
}
