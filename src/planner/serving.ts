/**
 * What one given strategy for serving would cost. The best one is found in serving-plan.ts; plan.ts has the whole picture.
 */

import { workerCosts } from './cost/serving/cost.ts';
import { draftOf } from './cost/serving/draft.ts';
import { servingEstimateOf } from './cost/serving/estimate.ts';
import type { Role } from './cost/serving/stage-memory.ts';
import type { Engine } from './engine.ts';
import { bytesText } from './figures.ts';
import { modulesOf } from './modules.ts';
import type { Rejection } from './result.ts';
import { allServingReasons, type ServingRuleProblem } from './search/serving/rules.ts';
import type { ServingEstimateResult, ServingSetting } from './serving-result.ts';
import type { ServingStrategy, WorkerStrategy } from './strategy.ts';

/** A strategy as a caller gives it: degrees complete, `maxConcurrency` worked out where it is absent. */
export type WorkerRequest = Omit<WorkerStrategy, 'maxConcurrency'> & { readonly maxConcurrency?: number };
export type ServingStrategyRequest =
  | ({ readonly mode: 'aggregated' } & WorkerRequest)
  | { readonly mode: 'disaggregated'; readonly prefill: WorkerRequest; readonly decode: WorkerRequest };

/**
 * Where the engine's own settings leave no room: nearly all of the memory and shorter steps, as people set them then. The values are
 * a choice, not a measurement: what fits only by them is predicted with an engine that its operator still has to set so.
 */
const tight = { fraction: 0.97, batchTokens: 2048, maxSequences: 256 } as const;

/** What one given strategy would cost; or every reason why it cannot be. */
export function estimateServing(setting: ServingRuleProblem, request: ServingStrategyRequest): ServingEstimateResult {
  const asked = askedPerRank(setting, request);
  const { engine } = setting;
  if (asked <= engine.maxSequences) return withRoom(setting, request, asked);
  // Who runs so large a batch has told the engine so.
  const raised: Engine = { ...engine, maxSequences: asked };
  const result = withRoom({ ...setting, engine: raised }, request, asked);
  if (result.status === 'infeasible') return result;
  const warning =
    `${asked} sequences are to run at once on a data-parallel rank, and the engine's setting is ${engine.maxSequences}. ` +
    `The figures are with it raised to ${asked}.`;
  return { ...result, engine: result.engine ?? raised, warnings: [warning, ...result.warnings] };
}

/** With the engine's settings, or where memory is short with those that leave most of it. */
function withRoom(setting: ServingRuleProblem, request: ServingStrategyRequest, asked: number): ServingEstimateResult {
  const usual = attempt(setting, request);
  if (usual.status === 'feasible' || !usual.rejections.every(({ reason }) => reason.startsWith('memory.')))
    return usual;
  const { engine } = setting;
  const squeezed: Engine = {
    ...engine,
    batchTokens: Math.min(engine.batchTokens, tight.batchTokens),
    maxSequences: Math.min(engine.maxSequences, Math.max(asked, tight.maxSequences)),
    memory: { ...engine.memory, fraction: Math.max(engine.memory.fraction, tight.fraction) },
  };
  const result = attempt({ ...setting, engine: squeezed }, request);
  if (result.status === 'infeasible') return usual;
  const warning =
    `With the engine's usual settings this strategy does not fit: ${usual.rejections[0]?.explanation ?? 'no room'}. The figures are with ` +
    `${squeezed.memory.fraction} of the memory, ${squeezed.batchTokens} tokens a step and ${squeezed.maxSequences} sequences a rank.`;
  return { ...result, engine: squeezed, warnings: [warning, ...result.warnings] };
}

function attempt(setting: ServingRuleProblem, request: ServingStrategyRequest): ServingEstimateResult {
  const costs = workerCosts(setting, setting.constraints?.memoryFree);
  const rejections: Rejection[] = [];
  const complete = (worker: WorkerRequest, role: Role): WorkerStrategy => {
    const { replicas, dp } = worker;
    const { sequencesPerRank, reason, shortBytes = 0 } = costs.capacity(worker, role);
    const most = sequencesPerRank * replicas * dp;
    const maxConcurrency = worker.maxConcurrency ?? Math.max(1, wanted(setting, { worker, role, most }));
    const perRank = Math.ceil(maxConcurrency / (replicas * dp));
    if (reason) rejections.push({ reason, explanation: `the largest rank lacks ${bytesText(shortBytes)}` });
    else if (perRank > sequencesPerRank) {
      const explanation = `the KV pool of a rank holds ${sequencesPerRank} sequences, and ${perRank} are to run at once`;
      rejections.push({ reason: 'memory.kv-cache', explanation });
    }
    return { ...worker, maxConcurrency };
  };
  const strategy: ServingStrategy =
    request.mode === 'aggregated'
      ? { ...complete(request, 'both'), mode: 'aggregated' }
      : {
          mode: 'disaggregated',
          prefill: complete(request.prefill, 'prefill'),
          decode: complete(request.decode, 'decode'),
        };
  // Kernels that pad a block exist here and there: a plan does not count on them, but what somebody runs can be costed.
  const broken = allServingReasons(setting, strategy);
  rejections.unshift(...broken.filter(({ reason }) => reason !== 'quantisation-block'));
  if (rejections.length > 0) return { status: 'infeasible', strategy, rejections };
  const padded = broken.map(
    ({ explanation }) =>
      `Costed as if the engine padded it: ${explanation}. Released engines refuse to start so unless a kernel pads the shard ` +
      '(vllm#40955, sglang#3345), no plan has it, and POST /verifications calls it invalid.',
  );
  const estimate = servingEstimateOf(setting, costs, strategy);
  return {
    status: 'feasible',
    chosen: { strategy, estimate },
    modules: modulesOf(
      { ...(strategy.mode === 'aggregated' ? strategy : strategy.decode), microBatchSize: 1 },
      setting.model,
    ),
    warnings: [...leftOut(setting), ...padded, ...keepingUp(setting, estimate.throughput.requestsPerSecond)],
  };
}

/** What every figure of a setting has to be read with: operators that nobody measured, work that is not costed. */
export function leftOut(setting: Pick<ServingSetting, 'cluster' | 'model' | 'workload'>): readonly string[] {
  return [...unmeasured(setting), ...guessing(setting)];
}

function guessing({ model, workload }: Pick<ServingSetting, 'model' | 'workload'>): readonly string[] {
  const draft = draftOf(model, workload);
  if (!draft) return workload.speculation ? [draftLeftOut] : [];
  const { modules, repeats } = draft;
  const passes = repeats > 0 ? `, the last of which guesses ${repeats} more` : '';
  return [
    `Guesses are costed as of ${modules} of the model’s own modules for multi-token prediction${passes}, in the model’s formats. What the host does between ` +
      'guesses is not counted: TPOT errs fast where an engine waits for it.',
  ];
}

const draftLeftOut =
  'Speculation is costed by what is verified, since the model has no module of its own that guesses: the draft’s own weights, cache and steps are not counted, so that TPOT errs fast and room for the ' +
  'KV cache errs large.';

/** Told of every GPU whose operators nobody measured. */
function unmeasured({ cluster }: Pick<ServingSetting, 'cluster'>): readonly string[] {
  const { curves, name } = cluster.gpu;
  return curves.evidence === 'calibrated'
    ? []
    : [
        `No operators were measured on “${name}”: every time, and what follows from it, is extrapolated from ${curves.source}.`,
      ];
}

/** An answer for arrivals that are too many is the state of a full deployment, and says so. */
function keepingUp({ workload: { load } }: ServingSetting, answered: number): readonly string[] {
  if (load.kind !== 'rate' || answered >= load.requestsPerSecond * (1 - 1e-6)) return [];
  const share = ((100 * answered) / load.requestsPerSecond).toFixed(0);
  return [
    `Requests come faster than this strategy answers them: it keeps up with ${answered.toPrecision(3)} a second, ${share} % of them. ` +
      'The figures are of a deployment that is full; the queue before it would grow without end.',
  ];
}

/** Sequences that are to run at once on a data-parallel rank by what is asked: a batch is all or nothing, as is a given number. */
function askedPerRank({ workload: { load } }: ServingSetting, request: ServingStrategyRequest): number {
  const batch = load.kind === 'static' ? load.batch : 1;
  const on = ({ replicas, dp, maxConcurrency }: WorkerRequest, otherwise: number) =>
    Math.ceil((maxConcurrency ?? otherwise) / (replicas * dp));
  return request.mode === 'aggregated'
    ? on(request, batch)
    : Math.max(on(request.prefill, 1), on(request.decode, batch));
}

/** Requests that the workers run at once: the load's, as far as the KV pools hold them; a static batch is run whole. */
function wanted(
  setting: ServingSetting,
  { worker, role, most }: { worker: WorkerRequest; role: Role; most: number },
): number {
  const { load } = setting.workload;
  if (role === 'prefill') return Math.min(most, worker.replicas * worker.dp * worker.pp);
  switch (load.kind) {
    case 'concurrency':
      return Math.min(most, load.concurrency);
    case 'static':
      return load.batch;
    default:
      return most;
  }
}
