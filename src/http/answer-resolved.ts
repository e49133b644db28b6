/** `resolved` of an answer: the model and the cluster as they were planned for, every default in its place. */
import type { Static } from 'typebox';
import { type Cluster, clusterGpus, type Link } from '../planner/cluster.ts';
import { kvElementsPerToken, type LayerRun, type Model, parameterTotals } from '../planner/model.ts';
import type { WeightClass, WeightFormat } from '../planner/precision.ts';
import { figure, gib, giga, tera, us } from './answer-units.ts';
import type { Setting } from './resolve-degrees.ts';
import type { Resolved, ResolvedCluster, ResolvedModel } from './schemas/answer.ts';

export function resolvedOf({ model, cluster, workload }: Setting): Static<typeof Resolved> {
  return { model: modelOf(model), cluster: clusterOf(cluster), workload: { ...workload } };
}

function modelOf(model: Model): Static<typeof ResolvedModel> {
  const { weights, activations, kvCache } = model.precision;
  return {
    name: model.name,
    parameters: parameterTotals(model),
    kvElementsPerToken: kvElementsPerToken(model),
    hiddenSize: model.hiddenSize,
    layers: model.layers.map(layerOf),
    ...(model.vocabulary && { vocabulary: { ...model.vocabulary } }),
    precision: { weights: formatsOf(weights), activations, kvCache },
  };
}

function layerOf({ count, mixer, dense, moe }: LayerRun): Static<typeof ResolvedModel>['layers'][number] {
  return { count, mixer: { ...mixer }, ...(dense && { dense: { ...dense } }), ...(moe && { moe: { ...moe } }) };
}

type Formats = Static<typeof ResolvedModel>['precision']['weights'];

function formatsOf(weights: Readonly<Record<WeightClass, WeightFormat>>): Formats {
  const copy = (name: WeightClass): Formats[WeightClass] => {
    const { dtype, bytesPerParameter, block } = weights[name];
    return { dtype, bytesPerParameter: figure(bytesPerParameter), ...(block !== undefined && { block }) };
  };
  return {
    attention: copy('attention'),
    dense: copy('dense'),
    expert: copy('expert'),
    shared: copy('shared'),
    router: copy('router'),
    embedding: copy('embedding'),
    head: copy('head'),
    norm: copy('norm'),
  };
}

function clusterOf(cluster: Cluster): Static<typeof ResolvedCluster> {
  const { gpu } = cluster;
  const { bf16, fp8, fp4, int8 } = gpu.peakFlops;
  return {
    gpus: clusterGpus(cluster),
    nodes: cluster.nodes,
    gpusPerNode: cluster.gpusPerNode,
    nvlinkDomainGpus: cluster.domainGpus,
    gpu: {
      name: gpu.name,
      memoryGiB: gib(gpu.memoryBytes),
      memoryBandwidthGBps: giga(gpu.memoryBandwidth),
      peakTflops: { bf16: tera(bf16), fp8: tera(fp8), fp4: tera(fp4), int8: tera(int8) },
      curves: gpu.curves.source,
    },
    intraNode: linkOf(cluster.fast),
    interNode: linkOf(cluster.slow),
  };
}

function linkOf({ name, bandwidth, latency }: Link): Static<typeof ResolvedCluster>['intraNode'] {
  return { name, bandwidthGBps: giga(bandwidth), latencyUs: us(latency) };
}
