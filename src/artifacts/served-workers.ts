/** The workers of a serving plan, kind by kind, with where each kind's ranks are. */
import type { FeasiblePlan } from '../http/schemas/answer.ts';
import type { FeasibleServingPlan } from '../http/schemas/serving-answer.ts';
import { firstGpuAfter, type Placement, placementOf, ranksPerDomain } from '../planner/placement.ts';
import type { WorkerStrategy } from '../planner/strategy.ts';

export type AnyFeasiblePlan = FeasiblePlan | FeasibleServingPlan;

export function isServing<P extends { readonly resolved: { readonly workload: { readonly kind: string } } }>(
  plan: P,
): plan is Extract<P, { readonly resolved: { readonly workload: { readonly kind: 'serving' } } }> {
  return plan.resolved.workload.kind === 'serving';
}

/** both: prompts and answers share the workers. */
export type Role = 'both' | 'prefill' | 'decode';

/** The part of a serving plan that says where its ranks are. */
export type PlacedServing = Pick<FeasibleServingPlan, 'strategy' | 'resolved'>;

export interface Workers {
  readonly role: Role;
  /** `replicas` is their number. */
  readonly strategy: WorkerStrategy;
  /** Ranks and GPUs count over all kinds; `placement` counts its own ranks from 0. */
  readonly firstRank: number;
  readonly firstGpu: number;
  readonly perDomain: number;
  readonly placement: Placement;
}

function kindsOf({ strategy }: PlacedServing): readonly { role: Role; strategy: WorkerStrategy }[] {
  if (strategy.mode === 'aggregated') return [{ role: 'both', strategy }];
  const { prefill, decode } = strategy;
  return [
    { role: 'prefill', strategy: { ...prefill.strategy, replicas: prefill.workers } },
    { role: 'decode', strategy: { ...decode.strategy, replicas: decode.workers } },
  ];
}

/** @throws RangeError where the stored strategy and specs contradict each other. */
export function workersOf(plan: PlacedServing): readonly Workers[] {
  const { cluster, model, engine } = plan.resolved;
  const { nodes, gpusPerNode, nvlinkDomainGpus: domainGpus } = cluster;
  const found: Workers[] = [];
  let firstRank = 0;
  let taken = 0;
  for (const { role, strategy } of kindsOf(plan)) {
    const firstGpu = firstGpuAfter(taken, strategy, domainGpus);
    const layers = model.layers.map(({ count, moe }) => ({
      count,
      // What is placed are slots: experts, and further copies of busy ones.
      ...(moe && { moe: { experts: moe.experts + strategy.redundantExperts } }),
    }));
    const placement = placementOf(strategy, {
      cluster: { nodes, gpusPerNode, domainGpus },
      model: { layers },
      layout: layoutOf(engine.rankLayout),
      firstGpu,
    });
    found.push({ role, strategy, firstRank, firstGpu, perDomain: ranksPerDomain(strategy, domainGpus), placement });
    firstRank += placement.world;
    taken = placement.gpuOf(placement.world - 1).gpu + 1;
  }
  return found;
}

/** The three axes of the experts, which a list in an answer does not count. */
function layoutOf({ stages, expert }: FeasibleServingPlan['resolved']['engine']['rankLayout']) {
  const [slowest = 'edp', middle = 'ep', fastest = 'etp'] = expert;
  return { stages, expert: [slowest, middle, fastest] as const };
}
