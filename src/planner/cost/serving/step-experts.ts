/** Routed experts in a step of an engine, and the exchange of tokens around them. */
import type { MoeFfn } from '../../model.ts';
import { dtypeBytes, residualBytes } from '../../precision.ts';
import { both, exchangeTime, gatherTime } from '../collectives.ts';
import { expertWidth } from '../layer.ts';
import { expertsTime } from '../operators.ts';
import { routedShare, touchedMost } from './routing.ts';
import { add, addLink, type Sink } from './sink.ts';
import { groupTokens, type Placed, type StepContext } from './step-work.ts';

/** The routed experts' products. Of the worker only its fold matters and, where it has one data-parallel rank, that rank's tokens. */
export function addExperts(sink: Sink, context: StepContext, moe: MoeFfn, at: Placed): void {
  const { cluster, model } = context;
  const { worker, tokens } = at;
  const { dp, ep, etp, redundantExperts } = worker;
  const { weights, activations } = model.precision;
  const h = model.hiddenSize;
  const outer = expertWidth(moe, h);
  const { experts, expertsPerToken } = moe;
  const group = groupTokens(at);
  const mean = (group * expertsPerToken) / ep;
  const rows = mean * routedShare({ ep, mean, experts, expertsPerToken }, context.skew(ep, redundantExperts));
  const local = (experts + redundantExperts) / ep;
  const shown = dp === 1 ? tokens : group * (1 - (1 - 1 / ep) ** expertsPerToken);
  const chance = expertsPerToken / (experts + redundantExperts);
  const time = expertsTime(cluster.gpu, {
    tokens: shown,
    routes: shown * expertsPerToken,
    rows,
    experts: local,
    touched: touchedMost({ local, ep, mean: local * (1 - (1 - chance) ** group) }),
    hidden: outer,
    intermediate: moe.intermediateSize / etp,
    matrices: moe.matrices,
    weights: weights.expert,
    activations,
  });
  add(sink, 'experts', time);
}

/** Tokens to the ranks of their experts and back; a worker of one data-parallel rank has none: its ranks all have all tokens. */
export function addExchange(sink: Sink, context: StepContext, moe: MoeFfn, at: Placed): void {
  const { cluster, model, engine } = context;
  const { worker, spans, tokens, inGraph } = at;
  const { dp, ep, etp } = worker;
  if (dp === 1 || ep * etp === 1) return;
  const outer = expertWidth(moe, model.hiddenSize);
  const { expertsPerToken } = moe;
  const group = groupTokens(at);
  const a = dtypeBytes[model.precision.activations];
  // Each rank of a TP group sends its share of the tokens.
  const own = tokens / worker.tp;
  if (ep > 1) {
    const everyone = group / worker.dp / worker.tp;
    if (engine.exchange === 'deepep') {
      const kernels = inGraph ? 'exchangeLowLatency' : 'exchangeNormal';
      const shared = { kernels, tokens: own, topk: expertsPerToken } as const;
      const there = exchangeTime(cluster, spans.ep, { ...shared, direction: 'dispatch', bytesPerToken: outer * a });
      const back = exchangeTime(cluster, spans.ep, { ...shared, direction: 'combine', bytesPerToken: outer * 2 });
      addLink(sink, 'expert all-to-all', both(there, back));
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
    const gathered = (group / ((ep * (worker.dp * worker.tp)) / (ep * etp))) * outer;
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
