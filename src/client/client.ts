/**
 * A typed client of the service: `import { createClient } from 'shardwell/client'`.
 *
 * GET and POST are openapi-fetch's, typed by what openapi/openapi.json says of each path: `data` of a 2xx, `error`, a Problem, of any
 * other. plan() and events() do on top of that what a caller would have to write: waiting without holding a request open, and trying
 * again where that helps. Types are made by `npm run openapi`.
 */
import { EventSourceParserStream } from 'eventsource-parser/stream';
import createFetchClient, { type Client as FetchClient } from 'openapi-fetch';
import type { components, paths } from './api.ts';

type Schemas = components['schemas'];
export type PlanRequest = Schemas['PlanRequest'];
export type Plan = Schemas['Plan'];
export type PlanStatus = Schemas['PlanStatus'];
export type PlanEvent = Schemas['PlanEvent'];
export type Problem = Schemas['Problem'];

export interface ClientOptions {
  /** Where the service is, `http://shardwell:8080` say. */
  readonly baseUrl: string;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of the global fetch. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

export interface PlanOptions {
  readonly signal?: AbortSignal;
  /** Told how far the plan is, where it takes long. */
  readonly onStatus?: (status: PlanStatus) => void;
  /** How often a request that was refused for now, or whose connection was lost, is tried again; 5 where it is not given. */
  readonly retries?: number;
}

export interface Client extends Pick<FetchClient<paths>, 'GET' | 'POST' | 'use'> {
  /** The plan of a request, however long it takes. @throws ServiceError with the problem why there is none. */
  plan(request: PlanRequest, options?: PlanOptions): Promise<Plan>;
  /** What happens to a plan that is being made, to its end. @throws ServiceError where nothing is known of it. */
  events(id: string, options?: Omit<PlanOptions, 'onStatus'>): AsyncGenerator<PlanEvent, void>;
}

/** What the service answered in place of what it was asked for. */
export class ServiceError extends Error {
  readonly problem: Problem;
  /** Seconds after which it is worth trying again, where the service said so. */
  readonly retryAfter: number | undefined;

  constructor(problem: Problem, retryAfter?: number) {
    super(`${problem.title}: ${problem.detail}`);
    this.name = 'ServiceError';
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

/** Seconds that the service may take before it answers 202: less than the 5 s after which callers and proxies tend to give up. */
const WAIT_SECONDS = 3;
const usualRetries = 5;

export function createClient({ token, headers, ...options }: ClientOptions): Client {
  const client = createFetchClient<paths>({
    ...options,
    headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
  });

  const ask = async (request: PlanRequest, signal: AbortSignal | undefined) => {
    const { data, error, response } = await client.POST('/plans', {
      body: request,
      params: { header: { prefer: `respond-async, wait=${WAIT_SECONDS}` } },
      ...(signal && { signal }),
    });
    return data ?? refuse(error, response);
  };

  const openEvents = async (
    id: string,
    { last, signal }: { last: string | undefined; signal: AbortSignal | undefined },
  ) => {
    const { data, error, response } = await client.GET('/plans/{id}/events', {
      params: { path: { id }, header: { ...(last !== undefined && { 'last-event-id': last }) } },
      headers: { accept: 'text/event-stream' },
      parseAs: 'stream',
      ...(signal && { signal }),
    });
    if (response.status === 204) return undefined;
    return data ?? refuse(error, response);
  };

  async function* events(
    id: string,
    { signal, retries = usualRetries }: PlanOptions = {},
  ): AsyncGenerator<PlanEvent, void> {
    let last: string | undefined;
    const patience = createPatience(retries, signal);
    for (;;) {
      try {
        const stream = await openEvents(id, { last, signal });
        if (!stream) return;
        for await (const event of stream
          .pipeThrough(new TextDecoderStream())
          .pipeThrough(new EventSourceParserStream())) {
          const told = asEvent(event);
          last = told.id;
          patience.renew();
          yield told;
          if (told.event === 'done' || told.event === 'failed') return;
        }
        await patience.use(undefined);
      } catch (error) {
        await patience.use(error);
      }
    }
  }

  return {
    GET: client.GET,
    POST: client.POST,
    use: client.use,
    events,
    async plan(request, { signal, onStatus, retries = usualRetries } = {}) {
      const patience = createPatience(retries, signal);
      for (;;) {
        const made = await attempt(request, { onStatus, ...(signal && { signal }) }).catch(patience.use);
        // What failed for good would fail again.
        if (made instanceof ServiceError) throw made;
        // Asked for again, an equal request meets the plan that is being made for it, or finds it made: nothing is done twice.
        if (made) return made;
      }
    },
  };

  /** The plan, or why there will be none. @throws where there may be one yet. */
  async function attempt(
    request: PlanRequest,
    { signal, onStatus }: { readonly signal?: AbortSignal; readonly onStatus: PlanOptions['onStatus'] },
  ): Promise<Plan | ServiceError> {
    const answer = await ask(request, signal);
    if (answer.status !== 'planning') return answer;
    const { id } = answer;
    onStatus?.(answer);
    for await (const { data } of events(id, { retries: 0, ...(signal && { signal }) })) {
      onStatus?.(data);
      if (data.status === 'failed') return new ServiceError(data.problem);
    }
    const { data, error, response } = await client.GET('/plans/{id}', {
      params: { path: { id } },
      ...(signal && { signal }),
    });
    return data ?? refuse(error, response);
  }
}

/** Proxies on the way refuse too, and not with problem details. */
function refuse(told: unknown, { status, statusText, headers }: Response): never {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const unknown = { type: 'about:blank', title: statusText, detail: `the service answered ${status}`, instance: '' };
  const problem: Problem = { ...unknown, ...(typeof told === 'object' && told), status };
  throw new ServiceError(problem, Number.isFinite(seconds) ? seconds : undefined);
}

/** How often to try again, and after how long: what the service says, or twice as long each time and a little by chance. */
function createPatience(retries: number, signal: AbortSignal | undefined) {
  let left = retries;
  return {
    renew: () => {
      left = retries;
    },
    /** Waits. @throws the error where trying again would not help, or has not. */
    async use(error: unknown): Promise<void> {
      signal?.throwIfAborted();
      if (left <= 0 || !isPassing(error)) throw error ?? new Error('the events ended before the plan did');
      left -= 1;
      const backOff = 0.25 * 2 ** (retries - left) * (0.5 + Math.random());
      await pause((error instanceof ServiceError ? error.retryAfter : undefined) ?? backOff, signal);
    },
  };
}

/** A refusal for now, a plan that another replica makes (404 there), or a connection that was lost. */
function isPassing(error: unknown): boolean {
  return !(error instanceof ServiceError) || [404, 429, 502, 503, 504].includes(error.problem.status);
}

function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, seconds * 1_000);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** A boundary: what the service writes on this path is of the type that its document gives. */
function asEvent({
  id,
  event,
  data,
}: {
  id?: string | undefined;
  event?: string | undefined;
  data: string;
}): PlanEvent {
  return { id, event, data: JSON.parse(data) } as PlanEvent;
}
