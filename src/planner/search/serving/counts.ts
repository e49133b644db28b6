/** Every candidate of the space is one of three: turned away by a reason, left out by a bound, or evaluated. */
import { accountedFor, type Reason, type SearchProgress, type SearchReport } from '../../result.ts';

export interface Count {
  /** Whether somebody asks for the report: sums over the whole space take longer than a look at few of its workers. */
  readonly told: boolean;
  readonly reject: (reason: Reason, times: number) => void;
  readonly prune: (times: number) => void;
  readonly evaluate: (times: number) => void;
  /** What has been counted so far. */
  readonly soFar: () => Pick<SearchProgress, 'accounted' | 'evaluated'>;
  readonly report: (enumerated: number, exhaustive: boolean) => SearchReport;
}

export function counting({ told = true }: { readonly told?: boolean } = {}): Count {
  const rejected: Partial<Record<Reason, number>> = {};
  let pruned = 0;
  let evaluated = 0;
  return {
    told,
    reject: (reason, times) => {
      if (times > 0) rejected[reason] = (rejected[reason] ?? 0) + times;
    },
    prune: (times) => {
      pruned += times;
    },
    evaluate: (times) => {
      evaluated += times;
    },
    soFar: () => ({ accounted: accountedFor({ evaluated, pruned, rejected }), evaluated }),
    report: (enumerated, exhaustive) => ({ enumerated, evaluated, pruned, rejected: { ...rejected }, exhaustive }),
  };
}
