/** What the cost model says of one serving strategy. SI units. docs/accounting.md, "Serving", defines every figure. */
import type { Estimate } from './estimate.ts';

/** A latency as clients see it, seconds. */
export interface Latency {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  /** 80 % of measured deployments lie within this range of the mean, which is wider for GPUs whose operators nobody measured (docs/fidelity.md). */
  readonly interval: readonly [least: number, most: number];
  /** How probable it is that the SLO's bound is kept when measured, 0 to 1: log-normal with this interval. Absent where there is no bound. */
  readonly boundKept?: number;
}

/** What a data-parallel rank has in a step, on average over the steady state. */
export interface StepLoad {
  /** Sequences that decode. */
  readonly sequences: number;
  /** Tokens already in their context. */
  readonly context: number;
  /** Prompt tokens that are computed beside them. */
  readonly promptTokens: number;
}

/** One kind of worker: of an aggregated strategy the whole, of a disaggregated one a half. */
export interface WorkerEstimate extends Omit<Estimate, 'memory' | 'time' | 'throughput'> {
  readonly memory: Estimate['memory'] & {
    /** Bytes that the engine leaves for KV on the rank that has least room. */
    readonly kvPoolBytes: number;
    /** Tokens that the KV pool of one data-parallel rank holds, of requests of this workload's length: what an engine prints. */
    readonly kvCacheTokens: number;
    /** Requests of full length that the KV pools of all workers hold together. */
    readonly maxConcurrency: number;
  };
  readonly load: StepLoad;
  readonly time: Estimate['time'] & {
    /** A step without prompts, at the steady state's batch and mean context; 0 where nothing decodes. */
    readonly decodeStep: number;
    /** Computing one prompt that is alone, without queueing. */
    readonly prefill: number;
  };
}

export interface ServingEstimate extends Omit<WorkerEstimate, 'load' | 'time'> {
  readonly time: Omit<WorkerEstimate['time'], 'step'> & {
    /** Mean step of the steady state (of the decode workers, where they are apart). */
    readonly step: number;
    readonly ttft: Latency;
    readonly tpot: Latency;
    /** Of the mean TTFT: waiting for a slot or for other prompts. */
    readonly queueing: number;
    /** Of the mean TTFT: moving a prompt's KV from prefill to decode, as far as it is not hidden. */
    readonly transfer: number;
  };
  readonly throughput: {
    /** Output tokens of the whole deployment. */
    readonly tokensPerSecond: number;
    readonly tokensPerSecondPerGpu: number;
    readonly interval: readonly [least: number, most: number];
    readonly requestsPerSecond: number;
    /** 1 / mean TPOT. */
    readonly tokensPerSecondPerUser: number;
    /** Share of the time that the busiest kind of worker has work, 0 to 1; 1 where the load is closed. */
    readonly utilization: number;
  };
  readonly load: StepLoad;
  /** A disaggregated strategy's halves; what stands above is then of the half that needs or does most. */
  readonly halves?: { readonly prefill: WorkerEstimate; readonly decode: WorkerEstimate };
}
