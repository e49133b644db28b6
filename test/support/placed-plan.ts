/** Strategies on small hardware, as a stored plan states them: enough of a plan to place its ranks, and no search to make it. */
import type { PlacedPlan } from '../../src/artifacts/placement-pages.ts';
import { type Degrees, expertDataParallel, strategyGpus } from '../../src/planner/strategy.ts';

type ResolvedModel = PlacedPlan['resolved']['model'];

export interface PlacedPlanInput {
  readonly degrees?: Partial<Degrees>;
  readonly nodes?: number;
  readonly gpusPerNode?: number;
  readonly domainGpus?: number;
  readonly denseLayers?: number;
  readonly moeLayers?: number;
  readonly experts?: number;
  readonly batchSize?: number;
  readonly vocabulary?: { size: number; tied: boolean };
}

const format = { dtype: 'fp8', bytesPerParameter: 1 };
const mixer = { kind: 'attention', heads: 16, kvHeads: 16, headDim: 64 } as const;

export function placedPlan(input: PlacedPlanInput = {}): PlacedPlan {
  const { nodes = 16, gpusPerNode = 8, domainGpus = gpusPerNode, batchSize = 128 } = input;
  const { denseLayers = 0, moeLayers = 16, experts = 64, vocabulary } = input;
  const degrees: Degrees = { tp: 1, cp: 1, dp: 1, pp: 1, ep: 1, etp: 1, replicas: 1, ...input.degrees };
  const layers: ResolvedModel['layers'] = [];
  if (denseLayers > 0) layers.push({ count: denseLayers, mixer, dense: { intermediateSize: 4096, matrices: 2 } });
  if (moeLayers > 0) {
    const moe = { experts, expertsPerToken: 1, intermediateSize: 2048, matrices: 2, sharedIntermediateSize: 0 };
    layers.push({ count: moeLayers, mixer, moe });
  }
  const link = { name: 'link', bandwidthGBps: 50, latencyUs: 10 };
  return {
    strategy: {
      name: 'by-hand',
      ...degrees,
      edp: expertDataParallel(degrees),
      microBatchSize: 1,
      gpus: strategyGpus(degrees),
    },
    resolved: {
      model: {
        name: 'by-hand',
        parameters: { total: 0, active: 0 },
        kvElementsPerToken: 0,
        hiddenSize: 1024,
        layers,
        ...(vocabulary && { vocabulary }),
        precision: {
          weights: {
            attention: format,
            dense: format,
            expert: format,
            shared: format,
            router: format,
            embedding: format,
            head: format,
            norm: format,
          },
          activations: 'fp8',
          kvCache: 'fp8',
        },
      },
      cluster: {
        gpus: nodes * gpusPerNode,
        nodes,
        gpusPerNode,
        nvlinkDomainGpus: domainGpus,
        gpu: {
          name: 'by-hand',
          memoryGiB: 64,
          memoryBandwidthGBps: 1800,
          peakTflops: { bf16: 200, fp8: 400, fp4: 400, int8: 400 },
          curves: 'none',
        },
        intraNode: link,
        interNode: link,
      },
      workload: { kind: 'batch', batchSize, sequenceLength: 1024 },
    },
  };
}
