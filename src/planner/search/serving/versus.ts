/** What one strategy does against another, in words. */
import { changeText, digits, secondsText } from '../../figures.ts';
import type { ServingProblem } from '../../serving-result.ts';
import { servingGpus } from '../../strategy.ts';
import { type Measured, servedTokens } from './objective.ts';

type Setting = Pick<ServingProblem, 'workload'>;

export const perGpu = ({ workload }: Setting, { strategy, steady }: Measured): number =>
  servedTokens(workload, steady) / servingGpus(strategy);

/** Figures of another strategy, each with its change from the chosen one's. */
export function versusServing(chosen: Measured, other: Measured, problem: Setting): string {
  const a = chosen.steady;
  const b = other.steady;
  const tokens = [servedTokens(problem.workload, a), servedTokens(problem.workload, b)] as const;
  const parts = [
    `${digits(tokens[1])} tokens/s (${changeText(...tokens)})`,
    `TPOT ${secondsText(b.tpot)} (${changeText(a.tpot, b.tpot)})`,
    `TTFT ${secondsText(b.ttft)} (${changeText(a.ttft, b.ttft)})`,
  ];
  const [gpus, others] = [servingGpus(chosen.strategy), servingGpus(other.strategy)];
  if (gpus !== others) parts.push(`${others} GPUs instead of ${gpus}`);
  return parts.join(', ');
}
