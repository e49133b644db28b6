/**
 * The load of a plan as a benchmark's command, so that what is measured is what was planned. Options as in vllm
 * docs/benchmarking/cli.md @069c00b0, sglang bench_serving and tensorrt_llm.serve.scripts.benchmark_serving; all three read the
 * OpenAI-compatible API, and measure TTFT and TPOT at the client as a plan defines them.
 */
import type { FeasibleServingPlan } from '../http/schemas/serving-answer.ts';
import { list } from './markdown.ts';

type Engine = FeasibleServingPlan['resolved']['engine']['name'];

/** Requests of a run: so many for each that is under way at once, or so many seconds of arrivals. */
const ROUNDS = 10;
const ARRIVAL_SECONDS = 300;
const FEWEST = 50;

interface Load {
  readonly requests: number;
  /** Requests under way at once, where the load is a closed loop. */
  readonly concurrency?: number;
  readonly requestsPerSecond?: number;
}

function loadOf({ resolved, strategy }: FeasibleServingPlan): Load {
  const { concurrency, requestsPerSecond, staticBatch } = resolved.workload;
  if (requestsPerSecond !== undefined) {
    return { requests: Math.max(FEWEST, Math.ceil(requestsPerSecond * ARRIVAL_SECONDS)), requestsPerSecond };
  }
  const admitted = strategy.mode === 'aggregated' ? strategy.maxConcurrency : strategy.decode.strategy.maxConcurrency;
  const atOnce = concurrency ?? staticBatch ?? admitted;
  return { requests: Math.max(FEWEST, ROUNDS * atOnce), concurrency: atOnce };
}

const programs: Readonly<Record<Engine, readonly string[]>> = {
  vllm: ['vllm bench serve', '--backend vllm'],
  sglang: ['python3 -m sglang.bench_serving', '--backend sglang'],
  'tensorrt-llm': ['python3 -m tensorrt_llm.serve.scripts.benchmark_serving', '--backend openai', '--random-ids'],
  // Any server of the OpenAI API is read by vLLM's.
  generic: ['vllm bench serve', '--backend openai'],
};

/**
 * Lengths uniform in 1 ± spread of their means. vLLM's program and TensorRT-LLM's take the means and the spread, which has to be below 1;
 * SGLang's takes the most, and the least as a share of it.
 */
function lengthsOf({ resolved: { engine, workload } }: FeasibleServingPlan): string[] {
  const { inputTokens, outputTokens, lengthSpread: spread } = workload;
  const least = engine.name === 'sglang';
  const lengths = [inputTokens, outputTokens].map((mean) => (least ? Math.round(mean * (1 + spread)) : mean));
  const ratio = least ? (1 - spread) / (1 + spread) : Math.min(spread, 0.999);
  return [
    `--random-input-len ${lengths[0]} --random-output-len ${lengths[1]}`,
    `--random-range-ratio ${Number(ratio.toFixed(4))}`,
  ];
}

/** Lines of one shell command: HOST, PORT and MODEL are the reader's. */
export function benchmarkCommand(plan: FeasibleServingPlan): string {
  const { engine } = plan.resolved;
  const { requests, concurrency, requestsPerSecond } = loadOf(plan);
  const [program = '', ...first] = programs[engine.name];
  const options = [
    '--host "$HOST" --port "$PORT" --model "$MODEL"',
    ...first,
    '--dataset-name random',
    // SGLang's asks for whole answers by itself.
    ...(engine.name === 'sglang' ? [] : ['--ignore-eos']),
    ...lengthsOf(plan),
    `--num-prompts ${requests}`,
    concurrency === undefined ? `--request-rate ${requestsPerSecond}` : `--max-concurrency ${concurrency}`,
  ];
  return ['```bash', [program, ...options].join(' \\\n  '), '```'].join('\n');
}

/** What the command does not do as the plan assumes it. */
export function benchmarkCaveats({ resolved, strategy }: FeasibleServingPlan): string {
  const { workload } = resolved;
  const notes: string[] = [];
  if (workload.prefixCacheHitRate > 0) {
    notes.push(
      'Random prompts share no prefix: TTFT will be longer than planned. Replay your own traffic to see the planned share of hits.',
    );
  } else {
    notes.push(
      'Use another `--seed` in each run: with the same prompts again, the prefix cache answers for the prefill.',
    );
  }
  if (workload.speculative) {
    notes.push('Drafts of random text are seldom accepted: measure TPOT with text of your own.');
  }
  if (workload.staticBatch !== undefined) {
    notes.push(
      'The command refills the batch as answers end. The plan’s figures are of one batch that begins and ends together.',
    );
  }
  if (strategy.mode === 'disaggregated') {
    notes.push('Ask the router, not a worker: HOST and PORT are its own.');
  }
  return list(notes);
}
