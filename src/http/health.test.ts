import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { handleError } from './error-handler.ts';
import { createReadiness, registerHealth } from './health.ts';

function open() {
  const app = Fastify();
  app.setErrorHandler(handleError);
  const readiness = createReadiness();
  registerHealth(app, readiness);
  return { app, readiness };
}

describe('health', () => {
  it('is live from the start', async () => {
    const { app } = open();
    const response = await app.inject('/health/live');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ status: 'live' });
  });

  it('is ready between the start and the stop', async () => {
    const { app, readiness } = open();
    const starting = await app.inject('/health/ready');
    expect(starting.statusCode).toBe(503);
    expect(starting.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(starting.headers['retry-after']).toBe('1');
    expect(starting.json()).toMatchObject({ status: 503, detail: 'Not ready: the planning threads are starting.' });
    readiness.planner = 'ready';
    readiness.store = 'durable';
    const ready = await app.inject('/health/ready');
    expect(ready.statusCode).toBe(200);
    expect(ready.json()).toEqual({ status: 'ready', planner: 'ready', store: 'durable', sharedCache: 'off' });
    readiness.draining = true;
    expect((await app.inject('/health/ready')).json()).toMatchObject({ detail: 'Not ready: the service is stopping.' });
    expect((await app.inject('/health/live')).statusCode).toBe(200);
  });

  it('is ready without a disk: plans are made as before', async () => {
    const { app, readiness } = open();
    readiness.planner = 'ready';
    const response = await app.inject('/health/ready');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ store: 'memory-only' });
  });
});
