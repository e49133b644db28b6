/** A plan as text, for golden files: what a reviewer would want to see move, in six digits, one figure a line. */
import { placementRows } from '../../src/artifacts/placement-pages.ts';
import { placementSummary } from '../../src/artifacts/placement-summary.ts';
import type { FeasiblePlan } from '../../src/http/schemas/answer.ts';
import { groupKinds } from '../../src/planner/estimate.ts';

const six = (value: number): string => (Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6))));

const columns = (rows: readonly (readonly (string | number)[])[]): string[] => {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? six(cell) : cell)));
  const widths: number[] = [];
  for (const row of cells)
    row.forEach((cell, j) => {
      widths[j] = Math.max(widths[j] ?? 0, cell.length);
    });
  return cells.map(
    (row) =>
      `  ${row
        .map((cell, j) => cell.padEnd(widths[j] ?? 0))
        .join('  ')
        .trimEnd()}`,
  );
};

const section = (title: string, lines: readonly string[]): string[] => (lines.length > 0 ? [title, ...lines, ''] : []);

/** The id is left out: it changes with the planner's version, and means nothing to a reader. */
export function renderPlan(plan: FeasiblePlan): string {
  const { strategy, modules, estimate, resolved, verification, search } = plan;
  const { memory, compute, communication, time, throughput, balance } = estimate;
  const summary = placementSummary(plan);
  const { name, ...degrees } = strategy;
  return [
    `${name} for ${plan.objective}`,
    '',
    ...section('strategy', columns(Object.entries(degrees))),
    ...section('modules', columns(Object.entries(modules))),
    ...section('memory of the largest rank', [
      ...columns(Object.entries(memory.perGpu)),
      ...columns([
        ['largestRank', memory.largestRank],
        ['freeBytes', memory.freeBytes],
        ['utilizationPercent', memory.utilizationPercent],
      ]),
    ]),
    ...section('compute', columns(Object.entries(compute))),
    ...section(
      'communication: op, group, purpose, size, calls, bytes a call, bytes a GPU, path, ms',
      columns(
        communication.perCollective.map((use) => [
          use.op,
          use.group,
          use.purpose,
          use.groupSize,
          use.calls,
          use.messageBytes,
          use.bytesPerGpu,
          use.crossesNodes ? 'nodes' : use.crossesDomains ? 'domains' : 'fast',
          use.ms,
        ]),
      ),
    ),
    ...section(
      `time: ${six(time.stepMs)} ms a step, ${time.microBatches} micro-batches, bubble ${six(time.bubblePercent)} %`,
      [...columns(time.breakdown.map(({ part, ms, bound }) => [part, ms, bound]))],
    ),
    ...section('throughput', columns(Object.entries(throughput))),
    ...section('balance', columns(Object.entries(balance))),
    ...section('evidence', columns(Object.entries(estimate.evidenceOf))),
    ...section(
      'rationale',
      plan.rationale.flatMap(({ dimension, chosen, why, compared }) => [
        `  ${dimension} ${chosen}: ${why}`,
        ...compared.map(({ value, effect }) => `    ${dimension} ${value}: ${effect}`),
      ]),
    ),
    ...section(
      'alternatives',
      plan.alternatives.map((other) => `  ${other.strategy.name}: ${other.versusChosen}`),
    ),
    ...section(
      `verification: ${verification.verdict}`,
      columns(verification.checks.map((c) => [c.id, c.status, String(c.expected), String(c.actual)])),
    ),
    ...section(
      'search',
      columns([
        ...(['enumerated', 'evaluated', 'pruned'] as const).map((key) => [key, search[key]] as const),
        ...Object.entries(search.rejected)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([reason, n]) => [`rejected ${reason}`, n] as const),
        ['exhaustive', String(search.exhaustive)],
      ]),
    ),
    ...section('parameters', columns(Object.entries(resolved.model.parameters))),
    ...section(
      'nodes: first, how many, first rank, ranks each',
      columns(summary.nodes.map((r) => [r.firstNode, r.nodes, r.firstRank, r.ranksPerNode])),
    ),
    ...section(
      'groups: kind, how many, size, stride',
      columns(summary.groups.map((g) => [g.kind, g.groups, g.size, g.stride])),
    ),
    ...section(
      'stages: stage, ranks, layers, with experts',
      columns(
        summary.stages.map((s) => [
          s.stage,
          `${s.ranks.first}+${s.ranks.count}`,
          `${s.layers.first}+${s.layers.count}`,
          s.moeLayers,
        ]),
      ),
    ),
    ...section('ranks', sampleRanks(plan)),
    ...section(
      'warnings',
      plan.warnings.map((text) => `  ${text}`),
    ),
    ...section(
      'assumptions',
      plan.assumptions.map(({ path, value, why }) => `  ${path} = ${String(value)}: ${why}`),
    ),
  ].join('\n');
}

/** The first rank, one in the middle and the last. */
function sampleRanks(plan: FeasiblePlan): string[] {
  const world = plan.strategy.gpus;
  return [...new Set([0, Math.floor(world / 2), world - 1])].flatMap((offset) =>
    [...placementRows(plan, { offset, limit: 1 })].flatMap((row) => {
      const at = Object.entries(row.coordinates)
        .map(([axis, value]) => `${axis} ${value}`)
        .join(' ');
      const experts = row.experts ? `experts ${row.experts.first}+${row.experts.count}` : 'no experts';
      const groups = groupKinds.map((kind) => {
        const { index, first, stride, size } = row.groups[kind];
        return `${kind} ${index}: ${first} + ${stride} × ${size}`;
      });
      return [
        `  rank ${row.rank}: gpu ${row.gpu} of node ${row.node}; ${at}`,
        `    layers ${row.layers.first}+${row.layers.count}, ${experts}, sequences ${row.sequences.first}+${row.sequences.count}`,
        `    ${groups.join(', ')}`,
      ];
    }),
  );
}
