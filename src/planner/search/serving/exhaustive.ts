/**
 * The plain search: every candidate of the space, one by one, each rule and each cost for it alone, and every concurrency in turn. It is
 * what the search by bounds is tested against, and far too slow for large clusters.
 */
import { clusterGpus } from '../../cluster.ts';
import type { ServingCost } from '../../cost/serving/serving-cost.ts';
import type { WorkerLayout } from '../../cost/serving/worker.ts';
import { mixtureOf } from '../../model.ts';
import type { Reason, SearchReport } from '../../result.ts';
import type { ServingProblem } from '../../serving-result.ts';
import type { ServingStrategy, WorkerStrategy } from '../../strategy.ts';
import { keepsUp } from './judge.ts';
import { askedPerRank, busyWorkers, concurrencyOf, fillOf } from './load.ts';
import { compareServing, type Judged, keyOf, layoutKey } from './objective.ts';
import { allServingReasons } from './rules.ts';
import { sidesOf } from './sides.ts';
import { servingSpace } from './space.ts';
import { competingReaders, matchedNumbers, usefulLimit } from './splits.ts';
import { listWorkers } from './workers.ts';

export interface PlainlyFound {
  readonly byMode: Readonly<Record<ServingStrategy['mode'], readonly Judged[]>>;
  readonly report: SearchReport;
}

export function searchServingExhaustively(problem: ServingProblem, cost: ServingCost): PlainlyFound {
  const { model, cluster, workload, objective, top } = problem;
  const { load, slo } = workload;
  const gpus = clusterGpus(cluster);
  const moe = mixtureOf(model) !== undefined;
  const space = servingSpace({ gpus, model, workload, engine: problem.engine });
  const sides = sidesOf({ problem, cost });
  const rejected: Partial<Record<Reason, number>> = {};
  const judged: Record<ServingStrategy['mode'], Judged[]> = { aggregated: [], disaggregated: [] };
  let enumerated = 0;
  let pruned = 0;
  let evaluated = 0;

  const foldedOn = (attention: Pick<WorkerLayout, 'tp' | 'cp' | 'dp' | 'pp'>): readonly WorkerLayout[] => {
    const { tp, cp, dp } = attention;
    const stage = moe ? tp * cp * dp : 1;
    const folded: WorkerLayout[] = [];
    for (let ep = 1; ep <= stage; ep++) {
      for (let etp = 1; ep * etp <= stage; etp++) {
        if (stage % (ep * etp) !== 0) continue;
        for (const redundantExperts of space.redundancies(ep)) {
          folded.push({ ...attention, ep, etp, replicas: 1, redundantExperts });
        }
      }
    }
    return folded;
  };
  const layouts: WorkerLayout[] = [];
  for (let tp = 1; tp <= gpus; tp++) {
    for (let cp = 1; tp * cp <= gpus; cp++) {
      for (let dp = 1; tp * cp * dp <= gpus; dp++) {
        for (let pp = 1; tp * cp * dp * pp <= gpus; pp++) layouts.push(...foldedOn({ tp, cp, dp, pp }));
      }
    }
  }
  const readers = listWorkers(problem, space, () => false).workers.filter(
    ({ layout }) => cost.capacity(layout, 'prefill').sequencesPerRank > 0,
  );
  const keyOfLayout = (layout: WorkerLayout) => layoutKey({ mode: 'aggregated', ...layout, maxConcurrency: 1 });
  const competing = new Set(
    competingReaders(
      problem,
      sides,
      readers.map((worker) => ({ worker })),
    ).map(({ worker }) => keyOfLayout(worker.layout)),
  );
  const gpusOf = ({ tp, cp, dp, pp }: WorkerLayout) => tp * cp * dp * pp;
  const isCopy = ({ dp }: WorkerLayout) => !moe && dp > 1;
  const reject = (reason: Reason) => {
    rejected[reason] = (rejected[reason] ?? 0) + 1;
  };

  /** The first of these concurrencies at which all is met. */
  const judge = (
    mode: ServingStrategy['mode'],
    tries: readonly { strategy: ServingStrategy; totalBytes: number }[],
  ) => {
    let reason: Reason | undefined;
    for (const { strategy, totalBytes } of tries) {
      const steady = cost.steady(strategy);
      if (!steady) reason ??= 'rate-not-reached';
      else if (slo.tpot !== undefined && steady.tpot > slo.tpot) reason ??= 'slo.tpot';
      else if (slo.ttft !== undefined && steady.ttft > slo.ttft) reason ??= 'slo.ttft';
      else {
        const measured = { strategy, steady, totalBytes };
        judged[mode].push({ ...measured, key: keyOf(measured, problem) });
        evaluated++;
        return;
      }
    }
    reject(reason ?? 'memory.kv-cache');
  };
  const counts = (most: number): readonly number[] => {
    const up = Array.from({ length: most }, (_, i) => i + 1);
    return load.kind === 'static' ? [most] : fillOf(load, objective) === 'most' ? up.reverse() : up;
  };

  if (problem.modes.includes('aggregated')) {
    for (const layout of layouts) {
      for (let replicas = 1; replicas * gpusOf(layout) <= gpus; replicas++) {
        enumerated++;
        const ranks = replicas * layout.dp;
        const at = (perRank: number): WorkerStrategy => {
          return { ...layout, replicas, maxConcurrency: concurrencyOf(load, { ranks, perRank }) };
        };
        const broken = allServingReasons(problem, { mode: 'aggregated', ...at(1) })[0];
        const capacity = cost.capacity(layout, 'both');
        const asked = askedPerRank(load, ranks);
        if (broken) reject(broken.reason);
        else if (isCopy(layout)) pruned++;
        else if (replicas > busyWorkers(load)) reject('rank-without-sequence');
        else if (capacity.sequencesPerRank === 0) reject(capacity.reason ?? 'memory.kv-cache');
        else if (load.kind === 'static' && asked > capacity.sequencesPerRank) reject('memory.kv-cache');
        else {
          const tries = counts(Math.min(asked, capacity.sequencesPerRank)).map((perRank) => {
            const strategy = { mode: 'aggregated' as const, ...at(perRank) };
            const held = Math.ceil(strategy.maxConcurrency / ranks);
            return { strategy, totalBytes: capacity.fixedBytes + Math.ceil(held * capacity.bytesPerSequence) };
          });
          judge('aggregated', tries);
        }
      }
    }
  }
  if (problem.modes.includes('disaggregated')) {
    for (const prefill of layouts) for (const decode of layouts) pair(prefill, decode);
  }

  function pair(prefill: WorkerLayout, decode: WorkerLayout): void {
    const halves = {
      prefill: { layout: prefill, gpus: gpusOf(prefill), family: 0 },
      decode: { layout: decode, gpus: gpusOf(decode), family: 0 },
    };
    const reading = cost.capacity(prefill, 'prefill');
    const writing = cost.capacity(decode, 'decode');
    const fits = reading.sequencesPerRank > 0 && writing.sequencesPerRank > 0;
    let limit = 0;
    for (let n = 1; n <= writing.sequencesPerRank; n++) {
      if (slo.tpot === undefined || cost.decodeSide(decode, n).tpot <= slo.tpot) limit = n;
    }
    let matched: ReadonlySet<string> | undefined;
    for (let x = 1; x * gpusOf(prefill) < gpus; x++) {
      for (let y = 1; x * gpusOf(prefill) + y * gpusOf(decode) <= gpus; y++) {
        enumerated++;
        const ranks = y * decode.dp;
        const at = (perRank: number): ServingStrategy => ({
          mode: 'disaggregated',
          prefill: { ...prefill, replicas: x, maxConcurrency: x * prefill.dp },
          decode: { ...decode, replicas: y, maxConcurrency: concurrencyOf(load, { ranks, perRank }) },
        });
        const asked = askedPerRank(load, ranks);
        const broken = allServingReasons(problem, at(1))[0];
        if (broken) reject(broken.reason);
        else if (isCopy(prefill) || isCopy(decode)) pruned++;
        else if (!fits) reject(reading.reason ?? writing.reason ?? 'memory.kv-cache');
        else if (!competing.has(keyOfLayout(prefill))) pruned++;
        else if (limit === 0) reject('slo.tpot');
        else if (load.kind === 'static' && asked > limit) reject('memory.kv-cache');
        else {
          matched ??= new Set(matchedNumbers(problem, sides, halves, limit).map((n) => `${n.prefill} ${n.decode}`));
          if (!matched.has(`${x} ${y}`)) {
            pruned++;
            continue;
          }
          const useful = usefulLimit(problem, sides, { halves, numbers: { prefill: x, decode: y }, limit });
          const most = Math.min(asked, useful);
          const tries = counts(most).filter((perRank) =>
            keepsUp({ problem, cost }, halves, { prefill: x, decode: y }, perRank),
          );
          if (tries.length === 0) {
            reject('rate-not-reached');
            continue;
          }
          const bytes = (perRank: number) =>
            Math.max(
              reading.fixedBytes + Math.ceil(reading.bytesPerSequence),
              writing.fixedBytes + Math.ceil(perRank * writing.bytesPerSequence),
            );
          judge(
            'disaggregated',
            tries.map((perRank) => ({ strategy: at(perRank), totalBytes: bytes(perRank) })),
          );
        }
      }
    }
  }

  const bestOf = (all: readonly Judged[]): readonly Judged[] => {
    const seen = new Set<string>();
    return [...all]
      .sort((a, b) => compareServing(a, b, model))
      .filter(({ strategy }) => {
        const key = layoutKey(strategy);
        const fresh = !seen.has(key);
        seen.add(key);
        return fresh;
      })
      .slice(0, top + 1);
  };
  return {
    byMode: { aggregated: bestOf(judged.aggregated), disaggregated: bestOf(judged.disaggregated) },
    report: { enumerated, evaluated, pruned, rejected, exhaustive: true },
  };
}
