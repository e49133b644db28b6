import { describe, expect, it } from 'vitest';
import { withChapters } from '../../bench/fidelity/document.ts';
import { bestStep, type FitRow, type Linear, lossOf } from '../../bench/fidelity/fit.ts';
import { parameters } from '../../bench/fidelity/fit-parameters.ts';
import { errorsOf, quantile } from '../../bench/fidelity/metrics.ts';
import { markRows } from '../../bench/fidelity/oddities.ts';
import type { Prediction, Scored } from '../../bench/fidelity/predict.ts';
import { type Row, toRequest } from '../../bench/fidelity/rows.ts';
import { sectionOf } from '../../bench/fidelity/sections.ts';
import { createResolver } from '../../bench/fidelity/settings.ts';

const row: Row = {
  id: 'sil-one',
  kind: 'inference',
  model: { name: 'Llama-3.1-70B' },
  hardware: { gpu: 'H200-SXM-141GB', count: 4, gpus_per_node: 8 },
  precision: 'FP8',
  precision_detail: { kv: 'fp8' },
  parallelism: { tp: 4, pp: 1, attention_dp: 1 },
  workload: { isl: 1024, osl: 8192, concurrency: 16 },
  engine: { name: 'vLLM', version: '0.19.0' },
  measured: { ttft_ms: 128, tpot_ms: 14 },
  trust: 'A',
  notes: '',
};

describe('a measured row as a request', () => {
  it('says the cluster, the model and the load, and nothing that was measured', () => {
    expect(toRequest(row)).toEqual({
      cluster: { nodes: 1, gpusPerNode: 4, gpu: 'H200-SXM-141GB' },
      model: { catalog: 'Llama-3.1-70B', precision: { weights: 'fp8', kvCache: 'fp8' } },
      engine: 'vllm',
      workload: { kind: 'serving', inputTokens: 1024, outputTokens: 8192, concurrency: 16 },
      strategy: { tp: 4, pp: 1, dp: 1 },
    });
  });

  it('takes 0.9 of nominal lengths that are drawn from 0.8 to 1.0', () => {
    const workload = toRequest({ ...row, notes: 'lengths uniform in 0.8..1.0' })?.workload;
    expect(workload).toMatchObject({ inputTokens: 922, outputTokens: 7373 });
  });

  it('is none where no strategy is printed', () => {
    expect(toRequest({ ...row, parallelism: {} })).toBeUndefined();
  });

  it('resolves to what the planner takes', () => {
    const body = toRequest(row);
    const resolved = body && createResolver()(body);
    expect(resolved).toMatchObject({
      setting: { engine: { name: 'vllm' }, workload: { load: { kind: 'concurrency', concurrency: 16 } } },
      strategy: { mode: 'aggregated', tp: 4, ep: 1, etp: 1, replicas: 1 },
    });
  });

  it('stands under the heading of its load', () => {
    expect(sectionOf(row)).toBe('closed loop');
    expect(sectionOf({ ...row, workload: { isl: 128, osl: 128 } })).toBe('saturated, dense');
  });
});

describe('errors', () => {
  it('are relative to what was measured', () => {
    const pairs = [90, 100, 130].map((predicted) => ({ measured: 100, predicted, row }));
    expect(errorsOf(pairs)).toEqual({ n: 3, mape: 40 / 3, median: 10, bias: 0, within20: 200 / 3 });
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  });
});

describe('a fit', () => {
  /** Residuals that fall by `slope` for each whole range of the first parameter. */
  function linear(residuals: readonly number[], slope: number, at = 0.5): Linear {
    const rows = residuals.map((_, i): FitRow => {
      const body = toRequest(row);
      const resolved = body && createResolver()(body);
      if (!body || !resolved || 'why' in resolved) throw new Error('the row resolves');
      const answered = { row, body, ...resolved, outcome: { prediction: prediction() } };
      const aims = [{ metric: 'TPOT', log: 0, weight: 1 } as const];
      return { answered, family: i === 0 ? 'odd' : 'usual', engine: 'vllm', aims };
    });
    const values = parameters.map(({ least, most }) => least + at * (most - least));
    const slopes = parameters.map((_, p) => residuals.map(() => (p === 0 ? -slope : 0)));
    return { rows, values, residuals, slopes };
  }

  it('goes to where the residuals vanish', () => {
    expect(bestStep(linear([0.1, 0.1, 0.1], 1), 0)[0]).toBeCloseTo(0.1, 6);
  });

  it('stays within the bounds', () => {
    expect(bestStep(linear([0.1, 0.1, 0.1], 0.1, 0.75), 0)[0]).toBeCloseTo(0.25, 6);
  });

  it('does not follow one row that is far off, and not at all one that is left out', () => {
    const off = linear([2, 0.1, 0.1, 0.1, 0.1], 1);
    expect(bestStep(off, 0)[0]).toBeLessThan(0.16);
    expect(bestStep(off, 0, ({ family }) => family !== 'odd')[0]).toBeCloseTo(0.1, 6);
  });

  it('weighs large errors by their size and small ones by its square', () => {
    const { rows } = linear([1], 1);
    const [small, large] = [0.01, 10].map((r) => lossOf(rows, [r]));
    expect(small).toBeCloseTo(1e-4, 6);
    expect(large).toBeCloseTo(2 * 0.1 * 10, 1);
  });
});

function prediction(figures: Partial<Prediction> = {}): Prediction {
  const wide = [0, Number.POSITIVE_INFINITY] as const;
  return {
    ttftMs: 130,
    tpotMs: 14,
    tokensPerSecondPerGpu: 280,
    intervals: { ttftMs: wide, tpotMs: wide, tokensPerSecondPerGpu: wide },
    memory: { kvPoolBytes: 1e11, kvCacheTokens: 1e6, maxConcurrency: 1000 },
    prefillMs: 40,
    evidence: 'calibrated',
    ...figures,
  };
}

function scored(changed: Partial<Row>, figures: Partial<Prediction> = {}): Scored {
  const of = { ...row, ...changed };
  const body = toRequest(of);
  const resolved = body && createResolver()(body);
  if (!body || !resolved || 'why' in resolved) throw new Error('the row resolves');
  return { row: of, body, ...resolved, outcome: { prediction: prediction(figures) } };
}

const marksOf = (rows: readonly Scored[]): string[] =>
  [...markRows(rows).values()].flatMap((rules) => rules.map(({ id }) => id));

describe('rows that no physics fits', () => {
  const loads = [8, 16, 32, 64].map((concurrency) => ({ isl: 1024, osl: 1024, concurrency }));

  it('are none of a run that is merely off', () => {
    expect(
      marksOf(loads.map((workload, i) => scored({ id: `sil-${i}`, workload }, { tpotMs: 10, ttftMs: 90 }))),
    ).toEqual([]);
  });

  it('are those whose prompts finish faster than they can be computed', () => {
    const workload = { isl: 4096, osl: 100, concurrency: 64 };
    const measured = { ttft_ms: 100, tpot_ms: 9, tokens_per_s_per_gpu: 1500 };
    expect(marksOf([scored({ workload, measured }, { prefillMs: 100 })])).toContain('faster-than-computed');
  });

  it('are those of a release whose pace the concurrency does not change', () => {
    const measured = { ttft_ms: 200, tpot_ms: 90 };
    expect(marksOf(loads.map((workload, i) => scored({ id: `sil-${i}`, workload, measured })))).toEqual(
      loads.map(() => 'host-bound-release'),
    );
  });

  it('are those whose first token waits for twenty', () => {
    const streamed = loads.map((workload, i) =>
      scored({ id: `sil-${i}`, workload, measured: { ttft_ms: 130 + 19.5 * 14, tpot_ms: 14 } }),
    );
    expect(marksOf(streamed)).toEqual(loads.map(() => 'streamed-in-intervals'));
  });

  it('are latencies of engines that were not full', () => {
    const full = (tpot: number): Scored =>
      scored(
        { workload: { isl: 512, osl: 512 }, measured: { tpot_ms: tpot, tokens_per_s_per_gpu: 250 } },
        { tpotMs: 80 },
      );
    expect(marksOf([full(20)])).toEqual(['engine-not-filled']);
    expect(marksOf([full(70)])).toEqual([]);
  });

  it('are static batches to which a smaller cache is of no use', () => {
    const workload = { isl: 2048, osl: 2048, batch: 56 };
    const batch = (model: string, rate: number, predicted: number): Scored =>
      scored(
        {
          id: `trtllm_v0.9_static-${model}`,
          model: { name: model },
          workload,
          engine: { name: 'TensorRT-LLM', version: '0.9.0' },
          parallelism: { tp: 1, pp: 1 },
          hardware: { gpu: 'H200-SXM-141GB', count: 1, gpus_per_node: 8 },
          measured: { tokens_per_s_per_gpu: rate },
        },
        { tokensPerSecondPerGpu: predicted },
      );
    expect(marksOf([batch('Llama-2-7B', 3500, 3000), batch('Mistral-7B', 3900, 7000)])).toEqual([
      'shared-heads-not-shared',
    ]);
    expect(marksOf([batch('Llama-2-7B', 3500, 3000), batch('Mistral-7B', 6900, 7000)])).toEqual([]);
  });

  it('are those whose first token waits for the length of answers', () => {
    const rows = [128, 512].map((osl, i) =>
      scored({
        id: `sil-${i}`,
        workload: { isl: 1024, osl, concurrency: 8 },
        measured: { ttft_ms: 150 + osl, tpot_ms: 7 },
      }),
    );
    expect(marksOf(rows)).toEqual(['ttft-grows-with-answer', 'ttft-grows-with-answer']);
  });
});

describe('docs/fidelity.md', () => {
  const page = 'words\n\n<!-- fidelity:one -->\nold\n<!-- /fidelity -->\n\nmore words\n';
  const table = { title: 'T', head: ['a'], rows: [['1']] };

  it('keeps its words around new tables', () => {
    expect(withChapters(page, [{ id: 'one', tables: [table] }])).toBe(
      'words\n\n<!-- fidelity:one -->\n\n**T**\n\n| a |\n| --- |\n| 1 |\n\n<!-- /fidelity -->\n\nmore words\n',
    );
  });

  it('has a place for every chapter, and a chapter for every place', () => {
    expect(() => withChapters(page, [])).toThrow('one');
    expect(() =>
      withChapters(page, [
        { id: 'one', tables: [] },
        { id: 'two', tables: [] },
      ]),
    ).toThrow('two');
  });
});
