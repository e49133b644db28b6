/** The checks of ranks, stages and sequences: everything has one place, and nothing has two. */
import type { VerificationCheck } from './claim.ts';
import { checkOf, type Fault, type Figure } from './compare.ts';
import type { Given } from './given.ts';
import { type Grid, gpuOf, walkLimit } from './grid.ts';
import { countLayers } from './layout.ts';
import { dealLayers } from './stages.ts';
import { listed } from './text.ts';

/** Ranks of one kind, with the GPUs that somebody claims for them, if anybody does. */
export interface Ranks {
  readonly grid: Grid;
  readonly gpus?: ArrayLike<number> | undefined;
}

/** Counts the GPUs that ranks land on; every one that is taken twice or is not in the cluster is a fault. */
function walkGpus(all: readonly Ranks[], gpuAt: (ranks: Ranks, rank: number) => number) {
  const { nodes = 0, gpusPerNode = 0 } = all[0]?.grid.cluster ?? {};
  const inCluster = nodes * gpusPerNode;
  const taken = new Int32Array(inCluster).fill(-1);
  const faults: Fault[] = [];
  let used = 0;
  for (const ranks of all) {
    const { world, firstRank } = ranks.grid;
    for (let own = 0; own < world && faults.length <= 8; own += 1) {
      const rank = firstRank + own;
      const gpu = gpuAt(ranks, own);
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
    }
  }
  return { used, faults };
}

function inDegrees({ tp, cp, dp, pp, replicas }: Grid): string {
  return `tp ${tp} × cp ${cp} × dp ${dp} × pp ${pp} × replicas ${replicas}`;
}

/** Ranks of one strategy, or of both halves of a disaggregated one: the halves share no GPU either. */
export function checkGpuCount(all: readonly Ranks[]): VerificationCheck {
  const { cluster } = all[0]?.grid ?? {};
  const inCluster = cluster ? cluster.nodes * cluster.gpusPerNode : 0;
  const world = all.reduce((sum, { grid }) => sum + grid.world, 0);
  const faults: Fault[] = [];
  let used = world;
  const notes = [`${all.map(({ grid }) => inDegrees(grid)).join(' and ')} = ${world} of ${inCluster} GPUs.`];
  const outside = all.find(({ grid }) => gpuOf(grid, grid.world - 1) >= inCluster);
  if (world > inCluster) {
    faults.push({ expected: inCluster, actual: world, text: `The cluster has only ${inCluster} GPUs.` });
  } else if (outside) {
    const { grid } = outside;
    const text = `Keeping tensor-parallel groups whole, a domain of ${grid.cluster.domainGpus} GPUs takes ${grid.perDomain} ranks: ${grid.world} find no room.`;
    faults.push({ expected: inCluster - 1, actual: gpuOf(grid, grid.world - 1), text });
  } else if (world > walkLimit) {
    notes.push(
      'With so many ranks the GPUs are counted by classes: ranks rise, their GPUs rise with them, the last fits.',
    );
  } else {
    const own = walkGpus(all, ({ grid }, rank) => gpuOf(grid, rank));
    used = own.used;
    faults.push(...own.faults);
    notes.push('Every rank was walked: none shares a GPU.');
  }
  for (const { grid, gpus } of all) {
    if (!gpus || gpus.length === grid.world) continue;
    faults.push({
      expected: grid.world,
      actual: gpus.length,
      text: `${gpus.length} ranks are placed, of ${grid.world}.`,
    });
  }
  if (faults.length === 0 && all.some(({ gpus }) => gpus)) {
    const theirs = walkGpus(all, ({ grid, gpus }, rank) => (gpus ? (gpus[rank] ?? -1) : gpuOf(grid, rank)));
    used = theirs.used;
    faults.push(...theirs.faults);
  }
  const headline: Figure = { name: 'GPUs', unit: 'count', derived: world, claimed: used, tolerance: 'exact' };
  return checkOf('gpu-count', { headline, faults, notes });
}

export function checkLayers({ specs, claim, derived: { stages, layout } }: Given): VerificationCheck {
  const layers = countLayers(specs);
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
