/**
 * What a connection may cost, and how all of them end.
 *
 * A caller that sends a byte now and then holds a socket and the part of its body that has come. Both are bounded here: in time by
 * deadlines that trickling does not extend, in number by a limit beyond which connections are closed as they come. A service that
 * stops tells every caller on a kept connection not to use it again, and cuts off at last whoever has not let go.
 */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Readiness } from './health.ts';

/** Told of connections, for the metrics. */
export interface ConnectionRecorder {
  opened(): void;
  closed(): void;
  /** One beyond the limit. */
  refused(): void;
}

/** Headers are sent in one piece by whoever means well. */
const HEADERS_TIMEOUT_MS = 10_000;
/** Node looks for late requests every 30 s unless it is told otherwise, which is as long again as the limit itself. */
const CHECK_EVERY_MS = 1_000;
/** Above the 60 s that load balancers commonly keep an idle connection, so that it is they who close it. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
const LOG_EVERY_MS = 10_000;
/** Kept connections whose answer was on its way when the closing began are idle some time later. */
const IDLE_EVERY_MS = 250;
/** Of the grace period: a connection on which nothing has come by then is one on which nothing will. */
const SILENT_SHARE = 1 / 8;
/** Of the grace period: what is open then is cut off, since the store is still to be closed in what is left. */
const CUT_SHARE = 7 / 8;

/** Fastify's options. `requestTimeoutMs` is for a whole request, headers and body. */
export function connectionOptions(requestTimeoutMs: number) {
  return {
    requestTimeout: requestTimeoutMs,
    connectionTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // What arrives while the server closes is still answered: the readiness probe has turned callers away before.
    return503OnClosing: false,
    http: {
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, Math.ceil(requestTimeoutMs / 4)),
    },
  } as const;
}

export interface ConnectionGuard {
  readonly maxConnections: number;
  /** From the start of the closing to the end of the process. */
  readonly graceMs: number;
  readonly readiness: Readiness;
  readonly recorder: ConnectionRecorder;
}

export function guardConnections(app: FastifyInstance, guard: ConnectionGuard): void {
  const { maxConnections, graceMs, readiness, recorder } = guard;
  const { server } = app;
  const open = new Set<Socket>();
  let lastLogged = Number.NEGATIVE_INFINITY;

  server.maxConnections = maxConnections;
  server.on('connection', (socket) => {
    open.add(socket);
    recorder.opened();
    socket.once('close', () => {
      open.delete(socket);
      recorder.closed();
    });
  });
  server.on('drop', () => {
    recorder.refused();
    if (performance.now() - lastLogged < LOG_EVERY_MS) return;
    lastLogged = performance.now();
    app.log.warn({ maxConnections }, 'too many connections: the next are closed as they come');
  });

  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (readiness.draining) reply.header('connection', 'close');
    done();
  });
  app.addHook('preClose', (done) => {
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_EVERY_MS);
    const silent = setTimeout(() => {
      for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
    }, graceMs * SILENT_SHARE);
    const cut = setTimeout(() => {
      app.log.warn({ connections: open.size }, 'stopping: connections that are still open are cut off');
      server.closeAllConnections();
    }, graceMs * CUT_SHARE);
    server.once('close', () => {
      clearInterval(idle);
      clearTimeout(silent);
      clearTimeout(cut);
    });
    done();
  });
}
