/**
 * What an engine cannot be started with (docs/accounting.md, "Serving"), and the nearest that it can. The rules were read in
 * vllm config/parallel.py @00193b82 and v1/worker/gpu/pcp_manager.py @0036d38d, sglang server_args.py and parallel_state.py @0005973a,
 * tensorrt_llm mapping.py and docs/source/features/helix.md @04c8822c.
 */
import type { Engine } from '../../engine.ts';
import type { Mixer } from '../../mixer.ts';
import { mixtureOf } from '../../model.ts';
import { type Degrees, stageGpus } from '../../strategy.ts';
import type { ServingWorkload } from '../../workload.ts';

/** Of a worker, what engines have rules about. */
export interface WorkerShape extends Degrees {
  readonly redundantExperts: number;
}

interface EngineSetting {
  readonly engine: Pick<Engine, 'name'>;
  /** A stored plan's will do. */
  readonly model: {
    readonly layers: readonly {
      readonly mixer?: { readonly kind: Mixer['kind'] };
      readonly moe?: { readonly experts: number };
    }[];
  };
  readonly workload?: Pick<ServingWorkload, 'speculation'>;
}

const engineWords: Readonly<Record<Engine['name'], string>> = {
  vllm: 'vLLM',
  sglang: 'SGLang',
  'tensorrt-llm': 'TensorRT-LLM',
  generic: 'No engine',
};

/** Words are made where somebody reads them: a search only asks whether there are any, thousands of times, and makes nothing for it. */
type Why = (who: string, worker: WorkerShape) => string;

const why = {
  prompts: (who, { cp }) =>
    `${who} has context parallelism for prompts alone, with FFNs cut over tp·cp, which is not costed: cp = ${cp}`,
  helix: (who, { cp }) =>
    `${who} has context parallelism (Helix) on decode workers alone, with FFNs cut over tp·cp, which is not costed: cp = ${cp}`,
  contextOrData: (who, { cp, dp }) =>
    `${who} has context parallelism or data parallelism: cp = ${cp} with dp = ${dp} cannot be`,
  contextInStages: (who, { cp, pp }) =>
    `${who} has context parallelism in one stage only: cp = ${cp} with pp = ${pp} cannot be`,
  contextSpeculates: (who, { cp }) => `${who} speculates without context parallelism only: cp = ${cp}`,
  contextNotLatent: (who, { cp }) => `${who} has context parallelism for models of latent attention only: cp = ${cp}`,
  denseRanks: (who, { dp }) =>
    `${who} runs the data-parallel ranks of a dense model as workers of their own: dp = ${dp} is ${dp} replicas`,
  mixedAttention: (who, { tp, dp }) =>
    `${who} has attention data parallelism on all ranks of a worker or on none, so tp = ${tp} with dp = ${dp} cannot be`,
  copies: (who, worker) =>
    `${who} spreads experts over all ${stageGpus(worker)} GPUs of a stage: ep·etp = ${worker.ep * worker.etp} leaves copies of them`,
  mixedExperts: (who, { ep, etp }) =>
    `${who} either gives each GPU whole experts or splits every expert over all GPUs of a stage: ep = ${ep} with etp = ${etp} cannot be`,
  redundantAlone: (who) => `${who} has redundant experts with expert parallelism only`,
} as const satisfies Readonly<Record<string, Why>>;

/** What keeps an engine from so much context parallelism, whatever the experts' fold. */
export function inexpressibleContext(
  { engine, model, workload }: EngineSetting,
  { cp, dp, pp }: Pick<Degrees, 'cp' | 'dp' | 'pp'>,
): Why | undefined {
  if (cp === 1) return undefined;
  switch (engine.name) {
    case 'generic':
      return undefined;
    case 'sglang':
      return why.prompts;
    case 'tensorrt-llm':
      return why.helix;
    case 'vllm':
      if (dp > 1) return why.contextOrData;
      if (pp > 1) return why.contextInStages;
      if (workload?.speculation) return why.contextSpeculates;
      return model.layers.every(({ mixer }) => mixer === undefined || mixer.kind === 'mla')
        ? undefined
        : why.contextNotLatent;
  }
}

/** What keeps an engine from running such a worker, in words; undefined where nothing does. */
export function inexpressible(setting: EngineSetting, worker: WorkerShape): string | undefined {
  const broken =
    inexpressibleContext(setting, worker) ??
    inexpressibleAttention(setting, worker) ??
    (mixtureOf(setting.model) ? inexpressibleFold(setting, worker) : undefined);
  return broken?.(engineWords[setting.engine.name], worker);
}

/** What keeps an engine from such ranks of attention, whatever the experts' fold. */
export function inexpressibleAttention(
  { engine, model }: EngineSetting,
  { tp, dp }: Pick<Degrees, 'tp' | 'dp'>,
): Why | undefined {
  if (mixtureOf(model) === undefined) return engine.name !== 'generic' && dp > 1 ? why.denseRanks : undefined;
  return engine.name === 'tensorrt-llm' && tp > 1 && dp > 1 ? why.mixedAttention : undefined;
}

/** What keeps an engine from such a fold of experts, by the GPUs of the stage alone. */
export function inexpressibleFold({ engine }: EngineSetting, worker: WorkerShape): Why | undefined {
  const { ep, etp, redundantExperts } = worker;
  if (ep * etp !== stageGpus(worker)) return why.copies;
  if (engine.name === 'vllm' && ep > 1 && etp > 1) return why.mixedExperts;
  const spreads = engine.name === 'vllm' || engine.name === 'tensorrt-llm';
  return spreads && redundantExperts > 0 && ep === 1 ? why.redundantAlone : undefined;
}

/** Fewest further copies with which the experts divide over ep ranks. */
function fewestCopies(experts: number, ep: number): number {
  return (ep - (experts % ep)) % ep;
}

/** Where the context cannot be cut so, the same GPUs as more ranks of the axis that the worker has already. */
function withoutContext(setting: EngineSetting, worker: WorkerShape): WorkerShape {
  if (inexpressibleContext(setting, worker) === undefined) return worker;
  const { tp, cp, dp } = worker;
  return dp > 1 ? { ...worker, cp: 1, dp: dp * cp } : { ...worker, cp: 1, tp: tp * cp };
}

/** The worker on as many GPUs that the engine can run and that is most like this one. Undefined where it needs no change. */
export function nearestExpressible(setting: EngineSetting, asked: WorkerShape): WorkerShape | undefined {
  if (inexpressible(setting, asked) === undefined) return undefined;
  const worker = withoutContext(setting, asked);
  if (inexpressible(setting, worker) === undefined) return worker;
  const { engine, model } = setting;
  const experts = mixtureOf(model)?.experts;
  if (experts === undefined) return { ...worker, dp: 1, replicas: worker.replicas * worker.dp };
  const stage = stageGpus(worker);
  const attention =
    engine.name === 'tensorrt-llm' && worker.tp > 1 && worker.dp > 1 ? { tp: 1, dp: worker.tp * worker.dp } : {};
  const withEp = (ep: number, etp: number): WorkerShape => {
    const keeps = ep > 1 && (experts + worker.redundantExperts) % ep === 0;
    return {
      ...worker,
      ...attention,
      ep,
      etp,
      redundantExperts: ep === 1 ? 0 : keeps ? worker.redundantExperts : fewestCopies(experts, ep),
    };
  };
  if (worker.ep === 1) return withEp(1, stage);
  const folds = worker.ep * worker.etp === stage && engine.name !== 'vllm';
  if (folds) return withEp(worker.ep, worker.etp);
  const wholeShards = engine.name !== 'vllm' && stage % worker.etp === 0;
  return wholeShards ? withEp(stage / worker.etp, worker.etp) : withEp(stage, 1);
}
