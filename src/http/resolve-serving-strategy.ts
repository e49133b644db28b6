/** `strategy` of a request for serving: one kind of worker, or two. What is absent is 1, but for etp and maxConcurrency. */
import type { Static } from 'typebox';
import { clusterGpus } from '../planner/cluster.ts';
import { mixtureOf } from '../planner/model.ts';
import type { ServingStrategyRequest, WorkerRequest } from '../planner/serving.ts';
import type { ServingSetting } from '../planner/serving-result.ts';
import { strategyGpus } from '../planner/strategy.ts';
import { findContradictions, rangesOf } from './resolve-degrees.ts';
import type { Findings } from './resolve-findings.ts';
import type { StrategyInput, WorkerStrategyInput } from './schemas/strategy-request.ts';

type Worker = Static<typeof WorkerStrategyInput>;

export function resolveServingStrategy(
  input: Static<typeof StrategyInput>,
  setting: ServingSetting,
  findings: Findings,
): ServingStrategyRequest {
  if (input.mode === 'disaggregated') return resolveDisaggregated(input, setting, findings);
  const { mode, microBatchSize, replicas: given, ...worker } = input;
  if (microBatchSize !== undefined) {
    findings.fault(
      '/strategy/microBatchSize',
      'does not go with serving, whose steps the engine fills by itself: it is of workload.kind "batch"',
    );
  }
  const assumedMode = findings.orAssume(mode, '/strategy/mode', 'aggregated', 'the same workers read and write');
  const replicas = findings.orAssume(given, '/strategy/replicas', 1, 'one worker, where a strategy names no more');
  return { mode: assumedMode, ...resolveWorker(worker, replicas, { setting, base: '/strategy', findings }) };
}

function resolveDisaggregated(
  input: Extract<Static<typeof StrategyInput>, { mode: 'disaggregated' }>,
  setting: ServingSetting,
  findings: Findings,
): ServingStrategyRequest {
  const side = (name: 'prefill' | 'decode'): WorkerRequest => {
    const path = `/strategy/${name}`;
    const { workers, strategy } = input[name];
    const replicas = findings.orAssume(workers, `${path}/workers`, 1, 'one worker, where a strategy names no more');
    return resolveWorker(strategy, replicas, { setting, base: `${path}/strategy`, findings });
  };
  const prefill = side('prefill');
  const decode = side('decode');
  const [has, first, second] = [clusterGpus(setting.cluster), strategyGpus(prefill), strategyGpus(decode)];
  if (first <= has && second <= has && first + second > has)
    findings.fault('/strategy', `its workers need ${first} + ${second} GPUs, and the cluster has ${has}`);
  if (setting.workload.outputTokens === 1)
    findings.fault('/strategy/decode', 'has nothing to do: the one token of an answer comes with its prompt');
  return { mode: 'disaggregated', prefill, decode };
}

function resolveWorker(
  input: Worker,
  replicas: number,
  { setting, base, findings }: { setting: ServingSetting; base: string; findings: Findings },
): WorkerRequest {
  const degree = (name: 'tp' | 'cp' | 'dp' | 'pp' | 'ep'): number =>
    findings.orAssume(input[name], `${base}/${name}`, 1, 'a degree that a strategy does not name is 1');
  const outer = { tp: degree('tp'), cp: degree('cp'), dp: degree('dp'), pp: degree('pp'), ep: degree('ep') };
  const mixture = mixtureOf(setting.model);
  const share = Math.max(1, Math.floor((outer.tp * outer.cp * outer.dp) / outer.ep));
  const degrees = {
    ...outer,
    etp: mixture
      ? findings.orAssume(
          input.etp,
          `${base}/etp`,
          share,
          'tp·cp·dp / ep: serving engines keep one copy of each expert',
        )
      : findings.orAssume(input.etp, `${base}/etp`, 1, 'a dense model has no experts to shard'),
    replicas,
  };
  const redundantExperts = resolveRedundant(input, { experts: mixture?.experts, ep: outer.ep, base, findings });
  findContradictions(rangesOf(degrees), setting, { base, findings, redundantExperts });
  const { maxConcurrency } = input;
  return { ...degrees, redundantExperts, ...(maxConcurrency !== undefined && { maxConcurrency }) };
}

/** Copies of experts without which some of ep ranks would hold one fewer than others. */
export function fewestRedundant(experts: number, ep: number): number {
  return (ep - (experts % ep)) % ep;
}

function resolveRedundant(
  { redundantExperts }: Worker,
  {
    experts,
    ep,
    base,
    findings,
  }: { readonly experts: number | undefined; readonly ep: number; readonly base: string; readonly findings: Findings },
): number {
  const path = `${base}/redundantExperts`;
  if (experts !== undefined) {
    const fewest = fewestRedundant(experts, ep);
    const why =
      fewest === 0
        ? 'no expert has a second home unless asked for'
        : `ep ${ep} does not divide ${experts} experts: engines start such workers with as many copies as fill every rank alike`;
    return findings.orAssume(redundantExperts, path, fewest, why);
  }
  if (redundantExperts !== undefined && redundantExperts > 0)
    findings.fault(path, 'a dense model has no experts to be copied');
  return 0;
}
