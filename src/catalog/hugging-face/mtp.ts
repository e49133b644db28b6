/** Multi-token prediction: layers that some checkpoints carry past their last, for speculative decoding. */
import { type Layer, type MultiTokenPrediction, runsOf } from '../../planner/model.ts';
import type { Shape } from './attention-rules.ts';
import type { Fields } from './fields.ts';
import { nemotronMtp } from './nemotron-h.ts';

const bound = { max: 100 } as const;

/** Modules by the field of each family, and layers of each module. */
function readSize(fields: Fields): { readonly modules: number; readonly layers: number } {
  if (fields.has('num_mtp_modules')) {
    const on = fields.raw('use_mtp') !== false;
    const layers = fields.has('mtp_transformer_layers') ? fields.optional('mtp_transformer_layers', bound) : 1;
    return { modules: on ? fields.optional('num_mtp_modules', bound) : 0, layers };
  }
  return { modules: fields.optional(['num_nextn_predict_layers', 'mtp_num_hidden_layers'], bound), layers: 1 };
}

/** DeepSeek-V4's module has the window alone: its place in `compress_ratios` is 0. */
function uncompressed(layer: Layer | undefined): Layer | undefined {
  if (layer?.mixer?.kind !== 'compressed') return layer;
  const { compression: _, topK: __, indexer: ___, ...mixer } = layer.mixer;
  return { ...layer, mixer };
}

/** A module is a layer like the model's last one that attends; Nemotron says which blocks. */
export function readMtp(fields: Fields, shape: Shape, layers: readonly Layer[]): MultiTokenPrediction | undefined {
  const { modules, layers: perModule } = readSize(fields);
  if (modules === 0) return undefined;
  const last = layers.findLast(({ mixer }) => mixer?.kind === 'attention' || mixer?.kind === 'mla') ?? layers.at(-1);
  const alone = layers.some(({ mixer }) => mixer === undefined);
  const own = alone ? nemotronMtp(fields, shape) : Array.from({ length: perModule }, () => uncompressed(last));
  const all = Array.from({ length: modules }, () => own).flat();
  return { modules, layers: runsOf(all.filter((layer) => layer !== undefined)) };
}
