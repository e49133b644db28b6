/** The service itself, in this process: the Fastify app, asked through its routes as any client would. */
import { createApp } from '../../src/app.ts';
import { createPlanStore } from '../../src/cache/plan-store.ts';
import { createSingleFlight } from '../../src/cache/single-flight.ts';
import { runJob } from '../../src/http/run-job.ts';
import type { Asked, Outcome, Prediction, Range, Scored } from './predict.ts';
import type { EstimateBody } from './rows.ts';

/** The fields of POST /estimates that are compared (schemas/serving-estimate.ts). */
interface Answer {
  readonly estimate?: {
    readonly time: {
      readonly ttftMs: number;
      readonly tpotMs: number;
      readonly prefillMs: number;
      readonly ttft: { readonly intervalMs: Range };
      readonly tpot: { readonly intervalMs: Range };
    };
    readonly throughput: {
      readonly tokensPerSecond: number;
      readonly tokensPerSecondPerGpu: number;
      readonly interval: Range;
    };
    readonly memory: {
      readonly kvPoolBytes: number;
      readonly kvCacheTokens: number;
      readonly maxConcurrency: number;
    };
    readonly evidenceOf: { readonly time: Prediction['evidence'] };
  };
  readonly reasons?: readonly { readonly reason: string }[];
  readonly detail?: string;
  readonly status: unknown;
}

const silent = { hit: () => {}, miss: () => {}, eviction: () => {}, corruption: () => {}, failure: () => {} };

export interface Service {
  readonly ask: (body: EstimateBody) => Promise<Outcome>;
  readonly close: () => Promise<void>;
}

export async function startService(): Promise<Service> {
  const app = await createApp({
    config: { bodyLimitBytes: 2 ** 20 },
    store: createPlanStore({ memoryBytes: 2 ** 20, recorder: silent, disk: undefined }),
    pool: { plan: async (job) => runJob(job, () => false), close: async () => {} },
    singleFlight: createSingleFlight(),
  });
  return {
    ask: async (body) => {
      const answer = await app.inject({ method: 'POST', url: '/estimates', payload: body });
      return outcomeOf(parseAnswer(answer.body));
    },
    close: () => app.close(),
  };
}

export async function scoreByService(asked: readonly Asked[], { ask }: Service): Promise<Scored[]> {
  const scored: Scored[] = [];
  for (const one of asked) {
    const outcome = await ask(one.body);
    scored.push('why' in one ? { row: one.row, body: one.body, outcome } : { ...one, outcome });
  }
  return scored;
}

/** The boundary: the shape is what the OpenAPI document says, and its own tests hold answers to it. */
function parseAnswer(text: string): Answer {
  return JSON.parse(text) as Answer;
}

function outcomeOf({ estimate, reasons, detail, status }: Answer): Outcome {
  if (!estimate) {
    const why = reasons?.map(({ reason }) => reason).join(', ') || detail;
    return { why: why ?? String(status) };
  }
  const { time, throughput, memory, evidenceOf } = estimate;
  const { tokensPerSecond, tokensPerSecondPerGpu, interval } = throughput;
  const share = tokensPerSecondPerGpu / tokensPerSecond;
  return {
    prediction: {
      ttftMs: time.ttftMs,
      tpotMs: time.tpotMs,
      tokensPerSecondPerGpu,
      intervals: {
        ttftMs: time.ttft.intervalMs,
        tpotMs: time.tpot.intervalMs,
        tokensPerSecondPerGpu: [interval[0] * share, interval[1] * share],
      },
      memory,
      prefillMs: time.prefillMs,
      evidence: evidenceOf.time,
    },
  };
}
