/**
 * What may be in a file that is verified. The verifier walks every rank, layer and matrix, and an answer's schema, which was written for
 * what the planner makes, has no limits of its own: what a request may not ask for, a file may not either.
 */
import { type Static, Type } from 'typebox';
import type { Fault } from '../http/ports.ts';
import { faultProblem } from '../http/problem.ts';
import { createReader } from '../http/read-request.ts';
import type { Claims } from '../http/schemas/claims.ts';
import { limits } from '../http/schemas/limits.ts';
import type { ResolvedCluster } from '../http/schemas/resolved.ts';
import type { ResolvedModel } from '../http/schemas/resolved-model.ts';
import { StrategyInput } from '../http/schemas/strategy-request.ts';
import { Workload } from '../http/schemas/workload-request.ts';

const open = { additionalProperties: true } as const;
const Bounds = Type.Object({ strategy: StrategyInput, specification: Type.Object({ workload: Workload }, open) }, open);
const readBounds = createReader(Bounds);

/** No dimension of a layer is larger, nor any vocabulary: those of a request's model are not either. */
const most = { layers: 10_000, experts: 65_536, dimension: 1e7, vocabulary: 1e8 } as const;

interface Document {
  /** As a request would give it. */
  readonly strategy: unknown;
  readonly gpus: number;
  readonly specification: {
    readonly model: Static<typeof ResolvedModel>;
    readonly cluster: Static<typeof ResolvedCluster>;
    readonly workload: unknown;
  };
  readonly estimate: Claims | undefined;
}

/** @throws ProblemError with every fault. */
export function refuseExcess({ strategy, gpus, specification, estimate }: Document): void {
  readBounds({ strategy, specification });
  const { model, cluster } = specification;
  const faults = [...modelFaults(model)];
  if (Math.max(gpus, cluster.gpus, cluster.nodes * cluster.gpusPerNode) > limits.gpus)
    faults.push({ pointer: '/strategy/gpus', detail: `is more than the ${limits.gpus} GPUs that are planned for` });
  if (estimate?.memory?.accounting === 'published-summary')
    faults.push({
      pointer: '/estimate/memory/accounting',
      detail: 'the published summary is a convention, and only the physical account has a truth to be checked against',
    });
  if (faults.length > 0) throw faultProblem('invalid-request', { faults });
}

function* modelFaults({
  layers,
  vocabulary,
  hiddenSize,
  residualStreams,
}: Document['specification']['model']): Generator<Fault> {
  const pointer = '/specification/model';
  if (layers.reduce((sum, { count }) => sum + count, 0) > most.layers)
    yield { pointer: `${pointer}/layers`, detail: `has more than ${most.layers} layers` };
  if (Math.max(hiddenSize, residualStreams ?? 1) > most.dimension)
    yield { pointer: `${pointer}/hiddenSize`, detail: 'is wider than any model' };
  if ((vocabulary?.size ?? 0) > most.vocabulary)
    yield { pointer: `${pointer}/vocabulary/size`, detail: 'is larger than any vocabulary' };
  for (const [i, { mixer, dense, moe }] of layers.entries()) {
    const at = `${pointer}/layers/${i}`;
    if ((moe?.experts ?? 0) > most.experts)
      yield { pointer: `${at}/moe/experts`, detail: `is more than ${most.experts}` };
    for (const [part, ffn] of Object.entries({ dense, moe })) {
      if (ffn && ffn.matrices !== 2 && ffn.matrices !== 3)
        yield { pointer: `${at}/${part}/matrices`, detail: `must be 2 or 3, not ${ffn.matrices}` };
    }
    for (const [part, fields] of Object.entries({ mixer, dense, moe })) {
      for (const [key, value] of Object.entries(fields ?? {}))
        if (typeof value === 'number' && value > most.dimension)
          yield { pointer: `${at}/${part}/${key}`, detail: 'is larger than any model has it' };
    }
  }
}
