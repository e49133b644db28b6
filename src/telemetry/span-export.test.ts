import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { expect, it } from 'vitest';
import { heldBytes } from '../../test/support/held-bytes.ts';
import { createSpanProcessor } from './span-export.ts';

it('holds no more spans for a dead collector than its queue has room for, and says once that they are lost', async () => {
  const said: string[] = [];
  const log = { info: () => {}, warn: (_: object, message: string) => said.push(message) };
  // Nothing listens on the discard port.
  const processor = createSpanProcessor({ endpoint: 'http://127.0.0.1:9', log });
  const tracer = new NodeTracerProvider({ spanProcessors: [processor] }).getTracer('test');
  const attributes = { path: 'x'.repeat(1_000) };
  const before = heldBytes();
  // Some 300 MB, were they all kept.
  for (let i = 0; i < 100_000; i += 1) {
    const span = tracer.startSpan('request', { attributes: { ...attributes, i: `${i}${attributes.path}` } });
    span.end();
    if (i % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await processor.forceFlush();
  expect((heldBytes() - before) / 2 ** 20).toBeLessThan(50);
  expect(said).toEqual(['traces do not arrive: spans are dropped until they do']);
  await processor.shutdown();
});
