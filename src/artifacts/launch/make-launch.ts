/** A plan as it is started under each engine: the object that every launch file is written from, or why there is none. */
import type { EngineName } from '../../planner/engine.ts';
import { count } from '../markdown.ts';
import type { AnyFeasiblePlan } from '../served-workers.ts';
import { checkpointOf } from './checkpoint.ts';
import { enginesOf, expressed, type Nearest } from './expressible.ts';
import { demandsOf, type LaunchDemand } from './launch-demand.ts';
import type { LaunchPlan, LaunchRole, Router, WorkerLayout } from './launch-plan.ts';
import type { LaunchRequest } from './launch-request.ts';
import { memoryFraction } from './memory-fraction.ts';
import { sglangRole, sglangRouter } from './sglang.ts';
import { tensorRtRole, tensorRtRouter } from './tensorrt-llm.ts';
import { vllmRole, vllmRouter } from './vllm.ts';

export type Launch =
  | { readonly engine: EngineName; readonly expressible: true; readonly plan: LaunchPlan }
  | {
      readonly engine: EngineName;
      readonly expressible: false;
      readonly why: string;
      readonly nearest: readonly Nearest[];
    };

interface EngineWriter {
  readonly role: (demand: LaunchDemand, layout: WorkerLayout, request: LaunchRequest) => LaunchRole;
  readonly router: (roles: readonly LaunchRole[]) => Router | undefined;
}

const writers: Readonly<Record<EngineName, EngineWriter>> = {
  vllm: { role: vllmRole, router: vllmRouter },
  sglang: { role: sglangRole, router: sglangRouter },
  'tensorrt-llm': { role: tensorRtRole, router: tensorRtRouter },
};

function requestOf(plan: AnyFeasiblePlan, engine: EngineName): LaunchRequest {
  const { model } = plan.resolved;
  return {
    checkpoint: checkpointOf(plan, engine),
    dtype: model.precision.weights.norm.dtype === 'fp16' ? 'float16' : 'bfloat16',
    fractionOf: (role) => memoryFraction(plan, engine, role),
    isSparse: model.layers.some(({ mixer }) => mixer?.kind === 'mla' && mixer.topK !== undefined),
  };
}

function ungraphed(roles: readonly LaunchRole[]): boolean {
  return roles.some(
    ({ role, arguments: args }) =>
      role === 'both' && args.some(({ flag, value }) => flag === '--deepep-mode' && value?.[0] === 'normal'),
  );
}

/** What each engine calls the most tokens of a request. */
const contextLimits: Readonly<Record<EngineName, string>> = {
  vllm: '--max-model-len',
  sglang: '--context-length',
  'tensorrt-llm': 'max_seq_len',
};

function notesOf(
  engine: EngineName,
  demands: readonly LaunchDemand[],
  roles: readonly LaunchRole[],
): readonly string[] {
  const apart = demands.some(({ shape }) => shape.ep > 1 && shape.etp > 1);
  const longest = Math.max(...demands.map(({ contextTokens }) => contextTokens));
  return [
    `Requests of up to ${count(longest)} tokens are taken, prompt and answer together: the lengths of the plan. Where these are means, raise \`${contextLimits[engine]}\` to the longest; the plan’s figures are of the lengths it was made for.`,
    ...(engine === 'tensorrt-llm' && apart
      ? ['Parts of one expert are as many ranks apart as there are expert-parallel ranks.']
      : []),
    ...(engine === 'sglang' && ungraphed(roles)
      ? [
          'Redundant experts leave DeepEP its kernels for many tokens, which CUDA graphs cannot hold; the plan’s times are of replayed graphs. `--moe-a2a-backend none` keeps the graphs.',
        ]
      : []),
  ];
}

function launchOf(plan: AnyFeasiblePlan, engine: EngineName): Launch {
  const demands = demandsOf(plan, engine);
  const found = expressed(plan, engine, demands);
  if (found.kind === 'inexpressible') return { engine, expressible: false, why: found.why, nearest: found.nearest };
  const request = requestOf(plan, engine);
  const { role, router } = writers[engine];
  const roles = demands.flatMap((demand, i) => {
    const layout = found.layouts[i];
    return layout ? [role(demand, layout, request)] : [];
  });
  const before = router(roles);
  const { gpusPerNode, nvlinkDomainGpus } = plan.resolved.cluster;
  return {
    engine,
    expressible: true,
    plan: {
      planId: plan.id,
      strategy: plan.strategy.name,
      engine,
      model: request.checkpoint.model,
      cluster: { gpusPerNode, nvlinkDomainGpus },
      roles,
      ...(before && { router: before }),
      notes: notesOf(engine, demands, roles),
    },
  };
}

/** Of the plan's own engine, or of all three where it was made for none. */
export function launchesOf(plan: AnyFeasiblePlan): readonly Launch[] {
  return enginesOf(plan).map((engine) => launchOf(plan, engine));
}
