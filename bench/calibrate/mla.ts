/** Fits multi-head latent attention: prompts with the heads expanded, decoding in the latent space. */
import type { DecodeCurve, KvFormat, PrefillCurve } from '../../src/planner/curves.ts';
import {
  type DecodeShape,
  decodedFromL2,
  fitDecodeCurve,
  fitPrefillCurve,
  kvFormats,
  type PrefillShape,
} from './attention.ts';
import type { Sample } from './fit.ts';
import { type Bench, fasterThanMemory, type Report, tableOf } from './operator.ts';
import { number, type Row, text } from './tables.ts';

/** DeepSeek-V3's dimensions, the only ones in the tables: no-rope and rope part of a query head, value head, latent. */
const qkDim = 128 + 64;
const vDim = 128;
const latent = 512;
const rope = 64;

export interface MlaFit {
  readonly prefill: { readonly [F in KvFormat]?: PrefillCurve };
  readonly decode: { readonly [F in KvFormat]?: DecodeCurve };
  readonly reports: readonly Report[];
}

export function fitMla(bench: Bench): MlaFit {
  const prefill: { -readonly [F in KvFormat]?: PrefillCurve } = {};
  const decode: { -readonly [F in KvFormat]?: DecodeCurve } = {};
  const reports: Report[] = [];
  for (const [name, { format, bytes }] of Object.entries(kvFormats)) {
    const prompts = tableOf(bench, 'mla', 'trtllm', 'context_mla_perf');
    const ofFormat = (row: Row): boolean => text(row, 'kv_cache_dtype') === name;
    const prefillSamples = (prompts?.rows ?? []).filter(ofFormat).map(prefillSample);
    if (prompts !== undefined && prefillSamples.length > 0) {
      const from = { format, table: 'context_mla_perf', version: prompts.version, leftOut: {} };
      const { curve, report } = fitPrefillCurve(bench, prefillSamples, { operator: 'MLA prefill', ...from });
      prefill[format] = curve;
      reports.push(report);
    }
    const steps = tableOf(bench, 'mla', 'trtllm', 'generation_mla_perf');
    const allSteps = (steps?.rows ?? []).filter(ofFormat).map((row) => decodeSample(row, bytes));
    const cold = allSteps.filter((s) => !decodedFromL2(bench, s.shape));
    const decodeSamples = cold.filter((s) => !fasterThanMemory(bench, s.shape.bytes, s.seconds));
    const leftOut = {
      'served from L2': allSteps.length - cold.length,
      'faster than memory': cold.length - decodeSamples.length,
    };
    if (steps !== undefined && decodeSamples.length > 0) {
      const from = { format, table: 'generation_mla_perf', version: steps.version, leftOut };
      const { curve, report } = fitDecodeCurve(bench, decodeSamples, { operator: 'MLA decode', ...from });
      decode[format] = curve;
      reports.push(report);
    }
  }
  return { prefill, decode, reports };
}

function prefillSample(row: Row): Sample<PrefillShape> {
  const heads = number(row, 'num_heads');
  const shape = {
    sequences: number(row, 'batch_size'),
    queries: number(row, 'isl'),
    history: number(row, 'step'),
    heads,
    kvHeads: heads,
    qkDim,
    vDim,
  };
  return { shape, seconds: number(row, 'latency') * 1e-3 };
}

function decodeSample(row: Row, kvBytes: number): Sample<DecodeShape> {
  const sequences = number(row, 'batch_size');
  const context = number(row, 'step') + 1;
  const heads = number(row, 'num_heads');
  const bytes = sequences * (context * (latent + rope) * kvBytes + heads * (2 * latent + rope) * 2);
  const flops = 2 * sequences * heads * context * (2 * latent + rope);
  return {
    shape: { sequences, context, heads, kvHeads: 1, headDim: latent + rope, bytes, flops },
    seconds: number(row, 'latency') * 1e-3,
  };
}
