/** What any engine has to be told of a plan: one demand for each kind of worker, in the planner's words. */
import { sharesCache } from '../../planner/cost/serving/context-parallel.ts';
import type { Engine, EngineName } from '../../planner/engine.ts';
import { stageLayers } from '../../planner/placement.ts';
import { planPlacement, sequencesOf } from '../placement-pages.ts';
import { type AnyFeasiblePlan, isServing, type Role, workersOf } from '../served-workers.ts';
import { type ExpertKernels, expertKernelsOf } from './expert-kernels.ts';
import type { LaunchShape } from './launch-shape.ts';
import { type LayoutResult, layoutOf } from './worker-layout.ts';

export interface LaunchDemand {
  readonly role: Role;
  readonly shape: LaunchShape;
  readonly layout: LayoutResult;
  /** Requests that a data-parallel rank runs at once at most, and tokens of one of its steps. */
  readonly sequencesPerRank: number;
  readonly tokensPerStep: number;
  /** A prompt and its answer. */
  readonly contextTokens: number;
  readonly promptTokens: number;
  /** Layers of each stage. */
  readonly stages: readonly number[];
  readonly usesPrefixCache: boolean;
  readonly guessedTokens: number;
  readonly exchange: Engine['exchange'];
  /** Steps that a prompt waits for others on its worker's data-parallel ranks, on average. */
  readonly rankSteps: number;
  readonly kvCache: string;
  /** Routed experts of a layer; 0 of a dense model. */
  readonly experts: number;
  /** What multiplies them; absent where the GPU leaves no choice. */
  readonly expertKernels?: ExpertKernels | undefined;
}

function stagesOf(plan: AnyFeasiblePlan, pp: number): readonly number[] {
  const layers = plan.resolved.model.layers.reduce((sum, { count }) => sum + count, 0);
  return Array.from({ length: pp }, (_, stage) => stageLayers(layers, pp, stage).count);
}

function expertsOf({ resolved: { model } }: AnyFeasiblePlan): number {
  return model.layers.find(({ moe }) => moe)?.moe?.experts ?? 0;
}

/** `engine` is the one that is started, which decides who shares a sequence's cache: not always the one that the plan was costed with. */
export function demandsOf(plan: AnyFeasiblePlan, engine: EngineName): readonly LaunchDemand[] {
  const { model, cluster } = plan.resolved;
  const { kvCache } = model.precision;
  const experts = expertsOf(plan);
  const cacheIsShared = sharesCache({ engine: { name: engine }, model });
  if (!isServing(plan)) {
    const { tp, cp, dp, pp, ep, etp, replicas, microBatchSize } = plan.strategy;
    const { batchSize, sequenceLength } = plan.resolved.workload;
    const placement = planPlacement(plan);
    return [
      {
        kvCache,
        experts,
        role: 'both',
        shape: { tp, cp, dp, pp, ep, etp, replicas, redundantExperts: 0, cacheIsShared },
        layout: layoutOf({ placement, workers: replicas, cluster }),
        sequencesPerRank: sequencesOf({ batchSize, dp, position: 0 }).count,
        tokensPerStep: microBatchSize * sequenceLength,
        // An engine answers with one token at least.
        contextTokens: sequenceLength + 1,
        promptTokens: sequenceLength,
        stages: stagesOf(plan, pp),
        usesPrefixCache: false,
        guessedTokens: 0,
        exchange: 'allgather',
        rankSteps: 0,
        expertKernels: expertKernelsOf(plan, 'both', { dp, pp, ep }),
      },
    ];
  }
  const { workload, engine: costed } = plan.resolved;
  const { inputTokens, outputTokens } = workload;
  return workersOf(plan).map(({ role, strategy, placement }) => {
    const { tp, cp, dp, pp, ep, etp, replicas, redundantExperts, maxConcurrency } = strategy;
    return {
      kvCache,
      experts,
      role,
      shape: { tp, cp, dp, pp, ep, etp, replicas, redundantExperts, cacheIsShared },
      layout: layoutOf({ placement, workers: replicas, cluster }),
      // A prefill worker reads prompts one after another, and those that move on still count.
      sequencesPerRank:
        role === 'prefill'
          ? Math.min(costed.maxSequences, costed.maxBatchTokens)
          : Math.ceil(maxConcurrency / (replicas * dp)),
      tokensPerStep: costed.maxBatchTokens,
      contextTokens: inputTokens + outputTokens,
      promptTokens: inputTokens,
      stages: stagesOf(plan, pp),
      usesPrefixCache: workload.prefixCacheHitRate > 0,
      guessedTokens: workload.speculative?.tokens ?? 0,
      exchange: costed.exchange,
      rankSteps: dp > 1 ? (costed.times.rankSteps ?? 0) : 0,
      expertKernels: expertKernelsOf(plan, role, { dp, pp, ep }),
    };
  });
}
