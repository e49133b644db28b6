/**
 * The plain search: every candidate of the space, one by one, each rule and each cost computed for it alone. It is what the pruned
 * search is tested against, and far too slow for large clusters.
 */
import { clusterGpus } from '../cluster.ts';
import { batchCost } from '../cost/batch.ts';
import { microBatchSizes, splitBatch } from '../cost/shape.ts';
import { mixtureOf } from '../model.ts';
import type { Problem, Reason } from '../result.ts';
import type { Strategy } from '../strategy.ts';
import { memoryReason, termValue, usableBytes } from './judge.ts';
import { compareJudged, type Judged, orders } from './objective.ts';
import { firstBroken, levels } from './rules.ts';
import type { Found } from './search.ts';

function* candidates({ cluster, model, workload }: Problem): Generator<Strategy> {
  const gpus = clusterGpus(cluster);
  const moe = mixtureOf(model) !== undefined;
  for (let tp = 1; tp <= gpus; tp++) {
    for (let cp = 1; tp * cp <= gpus; cp++) {
      for (let dp = 1; tp * cp * dp <= gpus; dp++) {
        for (let pp = 1; tp * cp * dp * pp <= gpus; pp++) {
          for (const microBatchSize of microBatchSizes(Math.max(1, splitBatch(workload.batchSize, dp).most), pp)) {
            const stage = tp * cp * dp;
            for (let ep = 1; ep <= (moe ? stage : 1); ep++) {
              for (let etp = 1; ep * etp <= (moe ? stage : 1); etp++) {
                if (stage % (ep * etp) === 0) yield { tp, cp, dp, pp, ep, etp, replicas: 1, microBatchSize };
              }
            }
          }
        }
      }
    }
  }
}

export function searchExhaustively(problem: Problem): Found {
  const cost = batchCost(problem);
  const rejected: Partial<Record<Reason, number>> = {};
  const judged: Judged[] = [];
  let enumerated = 0;
  let nearest: Found['nearest'];
  const reject = (reason: Reason) => {
    rejected[reason] = (rejected[reason] ?? 0) + 1;
  };
  for (const strategy of candidates(problem)) {
    enumerated++;
    const broken = levels.map((level) => firstBroken(level, problem, strategy)).find((reason) => reason !== undefined);
    if (broken) {
      reject(broken);
      continue;
    }
    const { account } = cost.memory(strategy);
    const usable = usableBytes(problem, account);
    const reason = memoryReason(usable, account);
    if (reason) {
      reject(reason);
      const shortBytes = Math.ceil(account.total - usable);
      if (!nearest || shortBytes < nearest.shortBytes) nearest = { strategy, reason, shortBytes };
      continue;
    }
    const key = orders[problem.objective].map((term) => termValue(term, strategy, account, { problem, cost }));
    judged.push({ strategy, account, key });
  }
  const best = judged.sort((a, b) => compareJudged(a, b, problem.model)).slice(0, problem.top + 1);
  const report = { enumerated, evaluated: judged.length, pruned: 0, rejected, exhaustive: true };
  return { best, report, tooLarge: nearest !== undefined, ...(nearest && { nearest }) };
}
