/** The routed experts of one layer on one rank, for one micro-batch, with the exchanges around them. See ./block.ts. */
import type { LayerRun } from '../model.ts';
import { dtypeBytes, residualBytes } from '../precision.ts';
import type { Strategy } from '../strategy.ts';
import type { BlockContext, BlockSpans } from './block.ts';
import { allToAllTime, both, gatherTime } from './collectives.ts';
import { expertWidth } from './layer.ts';
import { routedTokens } from './memory.ts';
import { expertsTime } from './operators.ts';
import { addNetwork, addTime, emptyProfile, type Profile } from './profile.ts';
import { expertsTouched } from './routing.ts';
import type { MicroBatch } from './shape.ts';

/** Routed experts: dispatch, gather over the expert's shards, grouped products, scatter, combine. The busiest rank's time. */
export function expertBlock(
  context: BlockContext,
  run: LayerRun,
  strategy: Strategy,
  micro: MicroBatch,
  spans: BlockSpans,
): Profile {
  const profile = emptyProfile();
  const moe = run.moe;
  if (!moe) return profile;
  const { cluster, model } = context;
  const { gpu } = cluster;
  const h = model.hiddenSize;
  const { ep, etp } = strategy;
  const a = dtypeBytes[model.precision.activations];
  const { mean, imbalance } = routedTokens(moe, strategy, micro.share);
  const { experts, expertsPerToken } = moe;
  const outer = expertWidth(moe, h);
  const inGroup = ep * etp * micro.share;
  const local = experts / ep;
  // Tokens that reach the rank at least once; each row is a token that one of its experts was chosen by.
  const reached = inGroup * (1 - (1 - 1 / ep) ** expertsPerToken) * imbalance;
  const { weights, activations } = model.precision;
  addTime(
    profile,
    'experts',
    expertsTime(gpu, {
      tokens: reached,
      routes: reached * expertsPerToken,
      rows: mean * imbalance,
      experts: local,
      touched: expertsTouched({ local, tokens: inGroup, experts, expertsPerToken }),
      hidden: outer,
      intermediate: moe.intermediateSize / etp,
      matrices: moe.matrices,
      weights: weights.expert,
      activations,
    }),
  );
  const copies = micro.share * expertsPerToken * outer;
  const dispatch = allToAllTime(cluster, spans.ep, copies * a, imbalance);
  const combine = allToAllTime(cluster, spans.ep, copies * residualBytes, imbalance);
  addNetwork(profile, 'expert all-to-all', both(dispatch, combine));
  addNetwork(profile, 'expert-tensor collectives', gatherTime(cluster, spans.etp, etp * copies * a * imbalance));
  addNetwork(
    profile,
    'expert-tensor collectives',
    gatherTime(cluster, spans.etp, etp * copies * residualBytes * imbalance, 'reduceScatter'),
  );
  return profile;
}
