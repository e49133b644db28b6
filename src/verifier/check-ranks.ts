/** The checks of ranks, stages and sequences: everything has one place, and nothing has two. */
import type { Claim, VerificationCheck, VerifierProblem } from './claim.ts';
import { checkOf, type Fault, type Figure } from './compare.ts';
import type { Derived } from './derive.ts';
import { countLayers, gpuOf, type Layout, sequencesOf, walkLimit } from './layout.ts';
import { dealLayers } from './stages.ts';
import { listed } from './text.ts';

export interface Given {
  readonly problem: VerifierProblem;
  readonly claim: Claim;
  readonly derived: Derived;
}

/** Counts the GPUs that ranks land on; every one that is taken twice or is not in the cluster is a fault. */
function walkGpus(layout: Layout, gpuAt: (rank: number) => number): { used: number; faults: readonly Fault[] } {
  const inCluster = layout.cluster.nodes * layout.cluster.gpusPerNode;
  const taken = new Int32Array(inCluster).fill(-1);
  const faults: Fault[] = [];
  let used = 0;
  for (let rank = 0; rank < layout.world; rank += 1) {
    const gpu = gpuAt(rank);
    const before = taken[gpu];
    if (before === undefined) {
      const text = `Rank ${rank} finds no GPU: it would be number ${gpu} of ${inCluster}.`;
      faults.push({ expected: inCluster - 1, actual: Number.isFinite(gpu) ? gpu : null, text });
    } else if (before >= 0) {
      faults.push({ expected: 1, actual: 2, text: `GPU ${gpu} has both rank ${before} and rank ${rank}.` });
    } else {
      taken[gpu] = rank;
      used += 1;
    }
    if (faults.length > 8) break;
  }
  return { used, faults };
}

export function checkGpuCount({ claim, derived: { layout } }: Given): VerificationCheck {
  const { tp, cp, dp, pp, replicas, world, cluster, perDomain } = layout;
  const inCluster = cluster.nodes * cluster.gpusPerNode;
  const faults: Fault[] = [];
  let used = world;
  const notes = [`tp ${tp} × cp ${cp} × dp ${dp} × pp ${pp} × replicas ${replicas} = ${world} of ${inCluster} GPUs.`];
  const last = gpuOf(layout, world - 1);
  if (world > inCluster) {
    faults.push({ expected: inCluster, actual: world, text: `The cluster has only ${inCluster} GPUs.` });
  } else if (last >= inCluster) {
    const text = `Keeping tensor-parallel groups whole, a domain of ${cluster.domainGpus} GPUs takes ${perDomain} ranks: ${world} find no room.`;
    faults.push({ expected: inCluster - 1, actual: last, text });
  } else if (world > walkLimit) {
    notes.push(
      'With so many ranks the GPUs are counted by classes: ranks rise, their GPUs rise with them, the last fits.',
    );
  } else {
    const own = walkGpus(layout, (rank) => gpuOf(layout, rank));
    used = own.used;
    faults.push(...own.faults);
    notes.push('Every rank was walked: none shares a GPU.');
  }
  const said = claim.placement?.gpus;
  if (said && said.length !== world) {
    faults.push({ expected: world, actual: said.length, text: `${said.length} ranks are placed, of ${world}.` });
  } else if (said && faults.length === 0) {
    const theirs = walkGpus(layout, (rank) => said[rank] ?? -1);
    used = theirs.used;
    faults.push(...theirs.faults);
  }
  const headline: Figure = { name: 'GPUs', unit: 'count', derived: world, claimed: used, tolerance: 'exact' };
  return checkOf('gpu-count', { headline, faults, notes });
}

export function checkLayers({ problem, claim, derived: { stages, layout } }: Given): VerificationCheck {
  const layers = countLayers(problem);
  const stageOf = dealLayers(layers, layout.pp);
  const faults: Fault[] = [];
  let homeless = 0;
  for (const stage of stages) {
    for (let i = 0; i < stage.layers; i += 1) if (stageOf[stage.firstLayer + i] !== stage.index) homeless += 1;
  }
  const said = claim.placement?.stageLayers;
  if (said) {
    if (said.length !== layout.pp) {
      faults.push({ expected: layout.pp, actual: said.length, text: `${said.length} stages are listed.` });
    }
    const times = new Int32Array(layers);
    said.forEach((list, stage) => {
      for (const layer of list) {
        if (times[layer] === undefined) {
          faults.push({
            expected: layers,
            actual: layer,
            text: `Stage ${stage} has layer ${layer}, which does not exist.`,
          });
        } else {
          times[layer] = (times[layer] ?? 0) + 1;
          if (stageOf[layer] !== stage) {
            const text = `Layer ${layer} is on stage ${stage}, and belongs on stage ${stageOf[layer]}.`;
            faults.push({ expected: stageOf[layer] ?? null, actual: stage, text });
          }
        }
      }
    });
    times.forEach((count, layer) => {
      if (count === 1) return;
      faults.push({
        expected: 1,
        actual: count,
        text: `Layer ${layer} is on ${count === 0 ? 'no stage' : 'more than one'}.`,
      });
    });
  }
  const dealt = stages.reduce((sum, stage) => sum + stage.layers, 0) - homeless;
  const sizes = listed(
    stages.map((stage) => String(stage.layers)),
    8,
  );
  const notes = [
    layout.pp === 1
      ? `All ${layers} layers are on the one stage.`
      : `${layers} layers are on ${layout.pp} stages: ${sizes}.`,
  ];
  const headline: Figure = {
    name: 'Layers with a stage',
    unit: 'count',
    derived: layers,
    claimed: dealt,
    tolerance: 'exact',
  };
  return checkOf('layers', { headline, faults, notes });
}

export function checkBatch({ problem, claim, derived: { layout } }: Given): VerificationCheck {
  const { batchSize } = problem.workload;
  const { dp, microBatch: b, microBatches, replicas } = layout;
  const most = sequencesOf(problem.workload, dp, 0);
  let dealt = 0;
  for (let rank = 0; rank < dp; rank += 1) dealt += sequencesOf(problem.workload, dp, rank);
  const faults: Fault[] = [];
  if (b > most) {
    const text = `A micro-batch of ${b} sequences is more than the ${most} of a data-parallel rank.`;
    faults.push({ expected: most, actual: b, text });
  }
  if (replicas > 1) {
    const text = `One batch is split over dp, so there is one copy of it all; ${replicas} replicas would have nothing to do.`;
    faults.push({ expected: 1, actual: replicas, text });
  }
  const figures: readonly Figure[] = [
    {
      name: 'Micro-batches',
      unit: 'count',
      derived: microBatches,
      claimed: claim.estimate?.time?.microBatches,
      tolerance: 'exact',
    },
  ];
  const share =
    batchSize % dp === 0 ? `${most} each` : `${most} on the first ${batchSize % dp}, ${most - 1} on the others`;
  const notes = [
    `${batchSize} sequences over ${dp} data-parallel ranks: ${share}, in ${microBatches} micro-batches of ${b}.`,
  ];
  const headline: Figure = { name: 'Sequences', unit: 'count', derived: batchSize, claimed: dealt, tolerance: 'exact' };
  return checkOf('batch-split', { headline, figures, faults, notes });
}
