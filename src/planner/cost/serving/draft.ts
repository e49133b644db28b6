/**
 * What guesses tokens: the modules for multi-token prediction that a checkpoint carries past its last layer, where the workload speculates.
 * docs/accounting.md, "Guessed tokens". A draft that is another model is not known, and not costed.
 */
import type { LayerRun, Model } from '../../model.ts';
import type { ServingWorkload } from '../../workload.ts';

/** A layer of a draft. The first of a module joins the hidden state and the next token's embedding, by a product of 2h × h and three norms. */
export interface DraftRun extends LayerRun {
  readonly joins?: true;
}

export interface Draft {
  /** Layers of the modules that guess, at most one a token: all tokens of a step pass them, as they pass the model's own. */
  readonly runs: readonly DraftRun[];
  /** How many modules these are: each chooses a token of every sequence that decodes. */
  readonly modules: number;
  /** Tokens that are guessed beyond: the last module passes the token that was guessed last. */
  readonly repeats: number;
  /** Layers of one module. */
  readonly again: readonly DraftRun[];
}

export function draftOf(
  { mtp }: Pick<Model, 'mtp'>,
  { speculation }: Pick<ServingWorkload, 'speculation'>,
): Draft | undefined {
  if (!mtp || !speculation) return undefined;
  const modules = Math.min(mtp.modules, speculation.tokens);
  const layers = mtp.layers.flatMap(({ count, ...layer }) => Array.from({ length: count }, () => layer));
  const each = layers.length / mtp.modules;
  const again = layers
    .slice((modules - 1) * each, modules * each)
    .map((layer, i): DraftRun => ({ ...layer, count: 1, ...(i === 0 && { joins: true }) }));
  const runs = layers
    .slice(0, modules * each)
    .map((layer, i): DraftRun => ({ ...layer, count: 1, ...(i % each === 0 && { joins: true }) }));
  return { runs, modules, repeats: speculation.tokens - modules, again };
}

/** Weights that join: whole on every rank, and counted with the norms that they stand beside. */
export function joiningParameters(hidden: number): number {
  return 2 * hidden * hidden + 3 * hidden;
}
