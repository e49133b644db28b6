import { describe, expect, it } from 'vitest';
import { exampleRequest } from '../../test/support/examples.ts';
import type { StoredPlan } from './ports.ts';
import { renderReport } from './render-report.ts';
import { runJob } from './run-job.ts';
import type { PlanRequest } from './schemas/request.ts';

function stored(request: PlanRequest): StoredPlan {
  const id = '0'.repeat(64);
  const result = runJob({ kind: 'plan', request, id }, () => false);
  if (result.kind !== 'answer') throw new Error(JSON.stringify(result));
  const { status, complete, json } = result;
  return { id, status, complete, answer: Buffer.from(json), request: Buffer.from(JSON.stringify(request)) };
}

const request = exampleRequest('reference');
const reference = stored(request);

describe('the report of a stored plan', () => {
  it('is the same each time', () => {
    expect(renderReport(reference)).toBe(renderReport(reference));
  });

  it('accounts for every class of GPU', () => {
    expect(renderReport(reference)).toContain('>Every GPU (128 GPUs)<');
  });

  it('has the answer’s own account where the formulas have changed since, or the request is read no more', () => {
    const grown = JSON.stringify(request).replace('"hiddenSize":1024', '"hiddenSize":2048');
    const gone = JSON.stringify({ ...request, model: 'a-model-that-is-gone' });
    for (const other of [grown, gone]) {
      const page = renderReport({ ...reference, request: Buffer.from(other) });
      expect(page).toContain('>Largest GPU (1 GPU)<');
      expect(page).toContain('>116 MiB, 0.177 %<');
      expect(page).toContain('others hold no more');
    }
  });

  it('has bytes as they are where the answer is told in the words of the published table', () => {
    const page = renderReport(stored({ ...request, options: { memoryAccounting: 'published-summary' } }));
    expect(page).toContain('>Every GPU (128 GPUs)<');
    expect(page).toContain('>116 MiB, 0.177 %<');
  });
});
