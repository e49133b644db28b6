/** A model as answers show it: passed through as it was planned for, with its counts. */
import type { Static } from 'typebox';
import type { LayerRun, Model, Vocabulary } from '../planner/model.ts';
import { kvElementsPerToken, parameterTotals, stateBytesPerSequence } from '../planner/parameters.ts';
import type { WeightClass, WeightFormat } from '../planner/precision.ts';
import { figure } from './answer-units.ts';
import type { ResolvedModel } from './schemas/resolved-model.ts';

type Answer = Static<typeof ResolvedModel>;

/** Modules for multi-token prediction stand in it where they guess: else they are not loaded, and a warning says so. */
export function modelOf(model: Model, guesses = false): Answer {
  const { vocabulary, finalNormElements, residualStreams, stateDtype, mtp } = model;
  const { weights, activations, kvCache } = model.precision;
  const stateBytes = stateBytesPerSequence(model);
  return {
    name: model.name,
    parameters: parameterTotals(model),
    kvElementsPerToken: figure(kvElementsPerToken(model)),
    ...(stateBytes > 0 && { stateBytesPerSequence: stateBytes }),
    hiddenSize: model.hiddenSize,
    layers: model.layers.map(layerOf),
    ...(vocabulary && { vocabulary: vocabularyOf(vocabulary) }),
    ...(finalNormElements !== undefined && { finalNormElements }),
    ...(residualStreams !== undefined && { residualStreams }),
    ...(stateDtype && { stateDtype }),
    ...(guesses && mtp && { mtp: { modules: mtp.modules, layers: mtp.layers.map(layerOf) } }),
    precision: { weights: formatsOf(weights), activations, kvCache },
  };
}

function layerOf({ mixer, dense, moe, ...run }: LayerRun): Answer['layers'][number] {
  const { count, normElements } = run;
  return {
    count,
    ...(mixer && { mixer: { ...mixer } }),
    ...(dense && { dense: { ...dense } }),
    ...(moe && { moe: { ...moe } }),
    ...(normElements !== undefined && { normElements }),
  };
}

function vocabularyOf({ perLayer, ...vocabulary }: Vocabulary): NonNullable<Answer['vocabulary']> {
  return { ...vocabulary, ...(perLayer && { perLayer: { ...perLayer } }) };
}

type Formats = Answer['precision']['weights'];

/** Bytes a parameter as they are: whoever recomputes a total from them must come to the same byte. */
function formatsOf(weights: Readonly<Record<WeightClass, WeightFormat>>): Formats {
  const { attention, dense, expert, shared, router, embedding, head, norm } = weights;
  return {
    attention: { ...attention },
    dense: { ...dense },
    expert: { ...expert },
    shared: { ...shared },
    router: { ...router },
    embedding: { ...embedding },
    head: { ...head },
    norm: { ...norm },
  };
}
