/** Bytes of weights on one rank, class by class, the same for a batch and a server. docs/accounting.md, "Weights of a rank". */
import type { MemoryAccount } from '../estimate.ts';
import type { Model } from '../model.ts';
import type { WeightClass } from '../precision.ts';
import { finalNorms } from './layer.ts';

export type WeightAccount = Pick<
  MemoryAccount,
  | 'attentionWeight'
  | 'denseWeight'
  | 'expertWeight'
  | 'sharedExpertWeight'
  | 'routerWeight'
  | 'embeddingWeight'
  | 'normWeight'
>;

/**
 * Parameters of a stage's layers by class. Those that tp, or ep and etp, divide stand whole here and are divided where they are
 * rounded up: a sum of fractions may come out a hair above the integer that it is.
 */
export interface StageParameters {
  layers: number;
  attention: number;
  dense: number;
  expert: number;
  shared: number;
  router: number;
  norm: number;
}

/** Of a stage whose layers are yet to be added: what stands outside of them is the norm at the end of the model, in its last stage. */
export function withoutLayers(model: Model, { last }: { readonly last: boolean }): StageParameters {
  return { layers: 0, attention: 0, dense: 0, expert: 0, shared: 0, router: 0, norm: last ? finalNorms(model) : 0 };
}

export interface WeightSharding {
  readonly tp: number;
  readonly ep: number;
  readonly etp: number;
  readonly first: boolean;
  readonly last: boolean;
  /** Whether tokens are looked up in the stage: in the first, and where some are guessed. */
  readonly looksUp: boolean;
  /** Rows of the embedding and of the head as the TP group shards them. */
  readonly vocabularySize: number;
}

export function weightAccount(model: Model, parameters: StageParameters, sharding: WeightSharding): WeightAccount {
  const { precision } = model;
  const { tp, ep, etp } = sharding;
  const bytes = (weightClass: WeightClass, count: number, over = 1) =>
    Math.ceil((count * precision.weights[weightClass].bytesPerParameter) / over);
  return {
    attentionWeight: bytes('attention', parameters.attention),
    denseWeight: bytes('dense', parameters.dense, tp),
    expertWeight: bytes('expert', parameters.expert, ep * etp),
    sharedExpertWeight: bytes('shared', parameters.shared, tp),
    routerWeight: bytes('router', parameters.router),
    embeddingWeight: vocabularyBytes(model, parameters.layers, sharding),
    normWeight: bytes('norm', parameters.norm),
  };
}

/** Embedding, head and the tables of the stage's own layers. */
function vocabularyBytes(
  model: Model,
  layers: number,
  { tp, first, last, looksUp, vocabularySize }: WeightSharding,
): number {
  const { vocabulary, precision, hiddenSize } = model;
  if (!vocabulary) return 0;
  const { tied, perLayer, headBias } = vocabulary;
  const table = (weightClass: 'embedding' | 'head', parameters: number) =>
    Math.ceil((parameters * precision.weights[weightClass].bytesPerParameter) / tp);
  let bytes = looksUp ? table('embedding', vocabularySize * hiddenSize) : 0;
  if (perLayer) bytes += table('embedding', perLayer.vocabularySize * layers * perLayer.size);
  if (last) {
    const copy = tied && first ? 0 : vocabularySize * hiddenSize;
    bytes += table('head', copy + (headBias ? vocabularySize : 0));
  }
  return bytes;
}

export function weightBytes(account: WeightAccount): number {
  return (
    account.attentionWeight +
    account.denseWeight +
    account.expertWeight +
    account.sharedExpertWeight +
    account.routerWeight +
    account.embeddingWeight +
    account.normWeight
  );
}
