/** Which engines can be started with a plan's strategy as it is, why the others cannot, and the nearest that they can. */
import { type EngineName, engineNames } from '../../planner/engine.ts';
import { inexpressible, nearestExpressible, type WorkerShape } from '../../planner/search/serving/engine-rules.ts';
import { strategyName } from '../../planner/strategy.ts';
import type { AnyFeasiblePlan, Role } from '../served-workers.ts';
import { isServing } from '../served-workers.ts';
import { checkpointOf } from './checkpoint.ts';
import type { LaunchDemand } from './launch-demand.ts';
import type { WorkerLayout } from './launch-plan.ts';
import type { LaunchShape } from './launch-shape.ts';
import { sglangDegrees, sglangRefusal } from './sglang.ts';
import { tensorRtDegrees, tensorRtRefusal } from './tensorrt-llm.ts';
import { vllmDegrees, vllmRefusal } from './vllm.ts';
import { inWords } from './words.ts';

export interface Nearest {
  readonly role: Role;
  readonly strategy: string;
  readonly degrees: WorkerShape;
  /** The degrees in the engine's own words. */
  readonly flags: string;
}

export type Expressed =
  | { readonly kind: 'expressible'; readonly layouts: readonly WorkerLayout[] }
  | { readonly kind: 'inexpressible'; readonly why: string; readonly nearest: readonly Nearest[] };

/** Engines that a plan is asked to be started under: its own, or all where it was made for none. */
export function enginesOf(plan: AnyFeasiblePlan): readonly EngineName[] {
  if (!isServing(plan)) return engineNames;
  const { name } = plan.resolved.engine;
  return name === 'generic' ? engineNames : [name];
}

const own = {
  vllm: { refusal: vllmRefusal, degrees: (shape: LaunchShape) => inWords(vllmDegrees(shape)) },
  sglang: { refusal: sglangRefusal, degrees: (shape: LaunchShape) => inWords(sglangDegrees(shape)) },
  'tensorrt-llm': { refusal: tensorRtRefusal, degrees: tensorRtDegrees },
} as const;

function settingOf({ resolved: { model } }: AnyFeasiblePlan, engine: EngineName, demand: LaunchDemand) {
  // What speculation rules out is the same for every acceptance.
  const speculation = demand.guessedTokens > 0 ? { tokens: demand.guessedTokens, acceptance: 1 } : undefined;
  return { engine: { name: engine }, model, ...(speculation && { workload: { speculation } }) };
}

export function expressed(plan: AnyFeasiblePlan, engine: EngineName, demands: readonly LaunchDemand[]): Expressed {
  const checkpoint = checkpointOf(plan, engine);
  const reasons: string[] = [];
  const nearest: Nearest[] = [];
  const layouts: WorkerLayout[] = [];
  for (const demand of demands) {
    const { role, shape, layout } = demand;
    const told = demands.length > 1 ? `${role} workers: ` : '';
    const setting = settingOf(plan, engine, demand);
    const broken = inexpressible(setting, shape);
    if (broken !== undefined) {
      reasons.push(`${told}${broken}`);
      const found = nearestExpressible(setting, shape);
      if (found) nearest.push(nearestOf(plan, engine, { role, found: { ...shape, ...found } }));
    } else if (layout.kind === 'uneven') {
      reasons.push(`${told}${layout.why}`);
    } else {
      const refused = own[engine].refusal(demand, layout.layout, checkpoint);
      if (refused) reasons.push(`${told}${refused}`);
      layouts.push(layout.layout);
    }
  }
  if (reasons.length > 0) return { kind: 'inexpressible', why: reasons.join('; '), nearest };
  return { kind: 'expressible', layouts };
}

function nearestOf(
  { resolved: { model } }: AnyFeasiblePlan,
  engine: EngineName,
  { role, found }: { readonly role: Role; readonly found: LaunchShape },
): Nearest {
  const { cacheIsShared: _, ...degrees } = found;
  return { role, strategy: strategyName(found, model), degrees, flags: own[engine].degrees(found) };
}
