/** An OTLP/HTTP receiver as small as can be: keeps the spans that it is sent, as JSON. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly failed: boolean;
  /** Of the process that sent it. */
  readonly resource: Readonly<Record<string, unknown>>;
}

export interface OtlpReceiver {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** Resolves once the trace has a finished request, waiting for the exporter's next batch. */
  trace(traceId: string, wanted: { readonly spans: number }): Promise<readonly ReceivedSpan[]>;
  close(): Promise<void>;
}

const listOf = (value: unknown): readonly Record<string, unknown>[] => (Array.isArray(value) ? value.map(Object) : []);

function attributesOf(value: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    listOf(value).map(({ key, value: held }) => [key, Object.values(Object(held)).at(0)] as const),
  );
}

/** Nanoseconds come as text: a double cannot hold them. */
const milliseconds = (nanoseconds: unknown): number => Number(BigInt(String(nanoseconds)) / 1000n) / 1000;

function spansOf(document: unknown): ReceivedSpan[] {
  return listOf(Object(document).resourceSpans).flatMap(({ resource, scopeSpans }) =>
    listOf(scopeSpans).flatMap(({ spans }) =>
      listOf(spans).map((span) => ({
        traceId: String(span.traceId),
        spanId: String(span.spanId),
        parentSpanId: String(span.parentSpanId ?? ''),
        name: String(span.name),
        kind: Number(span.kind),
        start: milliseconds(span.startTimeUnixNano),
        end: milliseconds(span.endTimeUnixNano),
        attributes: attributesOf(span.attributes),
        failed: Object(span.status).code === 2,
        resource: attributesOf(Object(resource).attributes),
      })),
    ),
  );
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** A server of 127.0.0.1 on a free port, and its URL. */
export async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

export async function startReceiver(): Promise<OtlpReceiver> {
  const received: ReceivedSpan[] = [];
  const server = createServer(async (request, response) => {
    if (request.url !== '/v1/traces') return response.writeHead(404).end();
    received.push(...spansOf(JSON.parse(await bodyOf(request))));
    return response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  const url = await listening(server);
  return {
    url,
    spans: received,
    async trace(traceId, { spans }) {
      for (let tries = 0; tries < 100; tries += 1) {
        const found = received.filter((span) => span.traceId === traceId);
        if (found.length >= spans && found.some(({ kind }) => kind === 2)) return found;
        await sleep(100);
      }
      const names = received.filter((span) => span.traceId === traceId).map(({ name }) => name);
      throw new Error(`of trace ${traceId} came ${names.join(', ') || 'nothing'}`);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
