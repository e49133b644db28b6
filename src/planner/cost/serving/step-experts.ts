/** Routed experts in a step of an engine, and the exchange of tokens around them. */
import type { MoeFfn } from '../../model.ts';
import { dtypeBytes, residualBytes } from '../../precision.ts';
import { allReduceTime, both, exchangeTime, gatherTime } from '../collectives.ts';
import { expertWidth } from '../layer.ts';
import { expertsTime } from '../operators.ts';
import { runsGenerated } from './expert-kernels.ts';
import { routedShare, touchedMost } from './routing.ts';
import { add, addLink, type Sink } from './sink.ts';
import { commonTokens, decodingTokens, groupTokens, type Placed, type StepContext } from './step-work.ts';

/** The routed experts' products. Of the worker only its fold matters, and the tokens that all its ranks have. */
export function addExperts(sink: Sink, context: StepContext, moe: MoeFfn, at: Placed): void {
  const { cluster, model } = context;
  const { ep, etp, redundantExperts } = at.worker;
  const { weights, activations } = model.precision;
  const h = model.hiddenSize;
  const outer = expertWidth(moe, h);
  const { experts, expertsPerToken } = moe;
  const group = groupTokens(at);
  const mean = (group * expertsPerToken) / ep;
  const { skew, touched } = context.popularity;
  const rows = mean * routedShare({ ep, mean, experts, expertsPerToken }, skew(ep, redundantExperts));
  const local = (experts + redundantExperts) / ep;
  const common = commonTokens(at);
  const shown = common + Math.max(0, group - common) * (1 - (1 - 1 / ep) ** expertsPerToken);
  const time = expertsTime(cluster.gpu, {
    tokens: shown,
    routes: shown * expertsPerToken,
    rows,
    experts: local,
    touched: touchedMost({ local, ep, mean: local * touched(group, redundantExperts) }),
    hidden: outer,
    intermediate: moe.intermediateSize / etp,
    matrices: moe.matrices,
    weights: weights.expert,
    activations,
    generated: runsGenerated(context, at),
  });
  add(sink, 'experts', time);
}

/** Tokens that a rank sends to experts: each of a data-parallel rank's goes from one of its tp·cp ranks. */
export function sentTokens(at: Pick<Placed, 'worker' | 'work' | 'tokens'>): number {
  const { tp, cp } = at.worker;
  // What is on a rank is its part of the prompts already.
  const all = cp === 1 ? at.tokens : decodingTokens(at) + at.work.promptTokens;
  return (all - commonTokens(at)) / (tp * cp);
}

/**
 * Tokens to the ranks of their experts and back. Those that all ranks of the stage have need none: a worker of one data-parallel rank sums
 * over its TP group, and over its cp ranks what decodes.
 */
export function addExchange(sink: Sink, context: StepContext, moe: MoeFfn, at: Placed): void {
  const { cluster, model, engine } = context;
  const { worker, spans, inGraph } = at;
  const { tp, cp, dp, ep, etp } = worker;
  if (dp * cp === 1 || ep * etp === 1) return;
  const outer = expertWidth(moe, model.hiddenSize);
  const { expertsPerToken } = moe;
  const group = groupTokens(at) - commonTokens(at);
  const a = dtypeBytes[model.precision.activations];
  const own = sentTokens(at);
  if (cp > 1 && at.work.sequences > 0) {
    const bytes = decodingTokens(at) * model.hiddenSize * residualBytes;
    const time = dp === 1 ? allReduceTime(cluster, spans.cp, bytes) : gatherTime(cluster, spans.cp, bytes);
    addLink(sink, 'context-parallel collectives', time);
  }
  if (group <= 0) return;
  if (ep > 1) {
    const everyone = group / dp / (tp * cp);
    if (engine.exchange === 'deepep') {
      const kernels = inGraph ? 'exchangeLowLatency' : 'exchangeNormal';
      const exchange = (direction: 'dispatch' | 'combine', bytesPerToken: number) =>
        exchangeTime(cluster, spans.ep, { direction, kernels, tokens: own, bytesPerToken, topk: expertsPerToken });
      addLink(sink, 'expert all-to-all', both(exchange('dispatch', outer * a), exchange('combine', outer * 2)));
    } else {
      const gathered = Math.max(own, everyone) * ep * outer;
      addLink(
        sink,
        'expert all-to-all',
        both(
          gatherTime(cluster, spans.ep, gathered * a),
          gatherTime(cluster, spans.ep, gathered * residualBytes, 'reduceScatter'),
        ),
      );
    }
  }
  if (etp > 1) {
    const gathered = (group / ((ep * (dp * tp * cp)) / (ep * etp))) * outer;
    addLink(
      sink,
      'expert-tensor collectives',
      both(
        gatherTime(cluster, spans.etp, gathered * a),
        gatherTime(cluster, spans.etp, gathered * residualBytes, 'reduceScatter'),
      ),
    );
  }
}
