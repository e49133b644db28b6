/**
 * FLOPs of a rank in a step, by docs/accounting.md, "FLOPs of a rank in a step": matrix products and attention at mean routing.
 * A product of T tokens with a matrix of P elements is 2·T·P; attention is counted pair by pair of a causal sequence.
 */
import { type ComputeDtype, type Dtype, dtypeBytes, type WeightClass, weightClasses } from '../planner/precision.ts';
import type { Specs, VerifierProblem } from './claim.ts';
import type { IndexRun, Layout } from './layout.ts';
import { mixingFlops } from './mixer-work.ts';
import type { Stage } from './stages.ts';
import { partsOf, wholeModel } from './tensors.ts';

/** On a rank of the stage at an index of the run. */
export function flopsOf(problem: VerifierProblem, layout: Layout, stage: Stage, run: IndexRun): number {
  const { model, workload } = problem;
  const { tp, cp, ep } = layout;
  const S = workload.sequenceLength;
  const tokens = (run.sequences * S) / cp;
  const parts = partsOf(layout);
  let flops = 0;
  for (const { kind, count } of stage.kinds) {
    const { mixer, moe } = kind.run;
    const { attention, dense, shared, router, expert: held } = kind.parameters;
    let layer = 2 * tokens * ((attention + dense + shared) / parts);
    if (mixer) layer += run.sequences * mixingFlops(mixer, { tokens: S, tp, cp });
    if (moe) {
      layer += 2 * (tokens / tp) * (router / parts);
      // A rank holds its share of E/ep experts: one of them is as much less.
      const expert = (held / parts / moe.experts) * ep;
      const visits = (run.blockTokens * moe.expertsPerToken) / ep;
      layer += 2 * expert * visits;
    }
    flops += count * layer;
  }
  if (stage.isLast && model.vocabulary) {
    flops += (2 * run.sequences * model.hiddenSize * model.vocabulary.size) / (tp * cp);
  }
  return flops;
}

const units: Readonly<Record<Dtype, ComputeDtype>> = {
  fp32: 'bf16',
  bf16: 'bf16',
  fp16: 'bf16',
  fp8: 'fp8',
  mxfp8: 'fp8',
  fp4: 'fp4',
  mxfp4: 'fp4',
  int8: 'int8',
  int4: 'fp4',
};

/** The wider of the two operands decides which unit multiplies; the weight's where they are equally wide. */
export function rateOf({ model }: Pick<Specs, 'model'>, name: WeightClass): ComputeDtype {
  const weight = model.precision.weights[name].dtype;
  const { activations } = model.precision;
  return units[dtypeBytes[activations] > dtypeBytes[weight] ? activations : weight];
}

/** The peak that utilisation is held against: that of the class with most parameters in the whole model. */
export function referencePeak(problem: Specs): number {
  const counts = wholeModel(problem.model);
  const largest = weightClasses.reduce((best, name) => (counts[name] > counts[best] ? name : best));
  return problem.cluster.gpu.peakFlops[rateOf(problem, largest)];
}

/** The fastest rate that any product of this model could run at: what no time may undercut. */
export function fastestPeak(problem: Specs): number {
  const { peakFlops } = problem.cluster.gpu;
  const rates = weightClasses.map((name) => peakFlops[rateOf(problem, name)]);
  return Math.max(...rates, peakFlops.bf16, peakFlops[units[problem.model.precision.activations]]);
}
