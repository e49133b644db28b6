/**
 * What keeps an engine from starting a plan, worked out from specs and strategy alone: nobody's word is taken for it that there is no file. Rules of
 * degrees are those of ../serving/rules.ts; those of places are read in docs/engine-flags.md's sources.
 */
import type { EngineName } from '../../planner/engine.ts';
import type { Dtype } from '../../planner/precision.ts';
import { walkLimit } from '../grid.ts';
import { sample } from './check-launch.ts';
import { type ExpectedLaunch, type ExpectedShare, type ExpectedWorkers, sharesOf } from './expectation.ts';

export interface Obstacles {
  readonly certain: readonly string[];
  /** What cannot be judged from the plan: a refusal may name it. */
  readonly possible: readonly string[];
}

const cacheFormats: Readonly<Record<EngineName, readonly Dtype[]>> = {
  vllm: ['bf16', 'fp16', 'fp8', 'fp4'],
  sglang: ['bf16', 'fp16', 'fp8'],
  'tensorrt-llm': ['bf16', 'fp16', 'fp8', 'fp4'],
};

const dividesOneOther = (a: number, b: number): boolean => a % b === 0 || b % a === 0;

/** What a script would have to say of one worker's nodes otherwise than of another's. */
function unevenly(shares: readonly ExpectedShare[], first: readonly ExpectedShare[]): string | undefined {
  const own = first[0]?.gpus.length ?? 0;
  const inOrder = shares.every(({ node }, i) => node === (shares[0]?.node ?? 0) + i);
  const inRow = shares.every(({ gpus }) => gpus.every((gpu, i) => gpu === (gpus[0] ?? 0) + i));
  if (!inOrder || !inRow) return 'a node or a GPU lies between those of a worker';
  const alike = shares.length === first.length && shares.every(({ gpus }) => gpus.length === own);
  return alike ? undefined : 'workers have different numbers of GPUs on their nodes';
}

type Walk = 'all' | 'some';

function inPlace(engine: EngineName, workers: ExpectedWorkers, walk: Walk): readonly string[] {
  const { grid } = workers;
  const first = sharesOf(workers, 0);
  const nodes = first.length;
  const own = first[0]?.gpus.length ?? 0;
  let startsAlike = true;
  const looked =
    walk === 'all' && grid.world <= walkLimit
      ? Array.from({ length: grid.replicas }, (_, i) => i)
      : sample(grid.replicas);
  for (const worker of looked) {
    const shares = worker === 0 ? first : sharesOf(workers, worker);
    const uneven = unevenly(shares, first);
    if (uneven !== undefined) return [uneven];
    startsAlike &&= shares.every(({ gpus }) => gpus[0] === shares[0]?.gpus[0]);
  }
  if (nodes === 1) return [];
  switch (engine) {
    case 'vllm': {
      const rank = grid.tp * grid.cp * grid.pp;
      return dividesOneOther(rank, own) ? [] : [`ranks of ${rank} GPUs do not fit ${own} GPUs of a node`];
    }
    case 'sglang':
      return dividesOneOther(grid.pp, nodes) ? [] : [`${grid.pp} stages do not fit ${nodes} nodes`];
    case 'tensorrt-llm':
      return startsAlike ? [] : ['MPI tells all nodes of a worker the same GPUs, and they are others'];
  }
}

/** Of one kind of worker under the engine. */
function ofWorkers(engine: EngineName, workers: ExpectedWorkers, walk: Walk): readonly string[] {
  const { grid, redundantExperts, kvDtype, tokensPerStep, sequencesPerRank } = workers;
  const { tp, cp, dp, pp, ep, etp } = grid;
  const quick = [
    ...workers.broken({ tp, cp, dp, pp, ep, etp, redundantExperts }),
    ...(cacheFormats[engine].includes(kvDtype) ? [] : [`there is no KV cache in ${kvDtype}`]),
    ...(engine === 'vllm' && tokensPerStep < sequencesPerRank
      ? [`a step of ${tokensPerStep} tokens does not hold ${sequencesPerRank} requests`]
      : []),
  ];
  return quick.length > 0 ? quick : inPlace(engine, workers, walk);
}

/** `all` workers are looked at where a refusal is judged, whose uneven one may be any; of those that have files `some` are, as of the files. */
export function obstaclesOf({ engine, workers }: ExpectedLaunch, walk: Walk): Obstacles {
  const guesses = workers.some(({ guessedTokens }) => guessedTokens > 0);
  return {
    certain: workers.flatMap((each) => ofWorkers(engine, each, walk)),
    possible: engine === 'tensorrt-llm' && guesses ? ['the configuration has to say which model guesses tokens'] : [],
  };
}

/** A strategy that is told as the nearest which the engine can be started with. */
export interface ToldNearest {
  readonly role: ExpectedWorkers['role'];
  readonly degrees: Readonly<
    Record<'tp' | 'cp' | 'dp' | 'pp' | 'ep' | 'etp' | 'replicas' | 'redundantExperts', number>
  >;
}

export function nearestFaults({ workers }: ExpectedLaunch, { role, degrees }: ToldNearest): readonly string[] {
  const asked = workers.find((each) => each.role === role);
  if (!asked) return [`there are no ${role} workers that anything could be nearest to`];
  const { tp, cp, dp, pp, replicas } = degrees;
  const gpus = tp * cp * dp * pp * replicas;
  return [
    ...(gpus === asked.grid.world ? [] : [`the nearest has ${gpus} GPUs and the plan ${asked.grid.world}`]),
    ...asked.broken(degrees).map((rule) => `the nearest is none that it can: ${rule}`),
  ];
}
