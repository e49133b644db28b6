/**
 * Writes docs/models.md: every model of the catalog, what it weighs and keeps, and how few GPUs of the common kinds hold it. Bytes
 * are those of the planner's own memory account; nothing is searched and nothing timed.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { amount, bytes, count, table } from '../src/artifacts/markdown.ts';
import { findGpu, gpuMemoryBytes } from '../src/catalog/gpus.ts';
import { kvBytesPerToken, weightBytesOf } from '../src/catalog/model-bytes.ts';
import { findModel, modelNames } from '../src/catalog/models.ts';
import { resolveCluster } from '../src/http/resolve-cluster.ts';
import { createFindings } from '../src/http/resolve-findings.ts';
import { memoryOf } from '../src/planner/cost/memory.ts';
import { stageShapes } from '../src/planner/cost/shape.ts';
import { weightBytes } from '../src/planner/cost/weights.ts';
import { type Model, mixtureOf } from '../src/planner/model.ts';
import { parameterTotals, stateBytesPerSequence } from '../src/planner/parameters.ts';
import { allBroken } from '../src/planner/search/rules.ts';
import { sequenceCache } from '../src/planner/sequence-cache.ts';
import type { Strategy } from '../src/planner/strategy.ts';
import type { BatchWorkload } from '../src/planner/workload.ts';

const tokens = 32_768;
const workload: BatchWorkload = { kind: 'batch', batchSize: 1, sequenceLength: tokens };
const gpuCounts = [1, 2, 4, 8, 16, 32, 64, 128] as const;

interface Column {
  readonly title: string;
  readonly memory: number;
}

const columns: readonly Column[] = [
  ['L40S', 'l40s'],
  ['A100 80', 'a100-sxm-80gb'],
  ['H100', 'h100-sxm'],
  ['H200', 'h200-sxm'],
  ['B200', 'b200-sxm'],
  ['MI300X', 'mi300x'],
].map(([title = '', name = '']) => {
  const gpu = findGpu(name);
  if (!gpu) throw new Error(`${name} is not in the catalog`);
  return { title, memory: gpuMemoryBytes(gpu) };
});

const powersUpTo = (most: number): number[] => [1, 2, 4, 8, 16, 32, 64, 128].filter((power) => power <= most);

/** One replica on so many GPUs: tp × pp of them, experts over the tp GPUs of a stage, each a power of two. */
function strategiesOn(gpus: number, mixture: boolean): Strategy[] {
  return powersUpTo(gpus).flatMap((tp) =>
    (mixture ? powersUpTo(tp) : [1]).map((ep) => {
      const etp = mixture ? tp / ep : 1;
      return { tp, cp: 1, dp: 1, pp: gpus / tp, ep, etp, replicas: 1, microBatchSize: 1 };
    }),
  );
}

/** Bytes that the fullest GPU holds, for the best of the strategies on so many; infinite where no strategy is allowed. */
function leastBytes(model: Model, gpus: number): number {
  const input = { nodes: 1, gpusPerNode: gpus, nvlinkDomainGpus: gpus, gpu: 'h100-sxm' };
  const cluster = resolveCluster(input, createFindings());
  if (!cluster) throw new Error('the catalog has no H100');
  const problem = { cluster, model, workload, constraints: { degrees: {}, memoryFree: 0 } };
  const allowed = strategiesOn(gpus, mixtureOf(model) !== undefined).filter(
    (strategy) => allBroken(problem, strategy).length === 0,
  );
  return Math.min(
    ...allowed.map((strategy) =>
      Math.max(
        ...stageShapes(model, strategy.pp).map((shape) => {
          const account = memoryOf(model, workload, strategy, { shape, sequences: 1 });
          return weightBytes(account) + account.kvCache + account.runtimeReserve;
        }),
      ),
    ),
  );
}

interface Row {
  readonly model: Model;
  /** By column: undefined where even the largest count does not hold it. */
  readonly gpus: readonly (number | undefined)[];
}

function rowOf(name: string): Row {
  const found = findModel(name);
  if (!found) throw new Error(`${name} is not in the catalog`);
  const { model } = found;
  const needs = gpuCounts.map((gpus) => ({ gpus, bytes: leastBytes(model, gpus) }));
  return { model, gpus: columns.map(({ memory }) => needs.find((need) => need.bytes <= memory)?.gpus) };
}

/** A figure a token may be 0 (a model of recurrent layers alone) or a fraction (a compressed cache). */
function cells({ model, gpus }: Row): string[] {
  const { total, active } = parameterTotals(model);
  const state = stateBytesPerSequence(model);
  const { kvBytes, indexerBytes, stateBytes } = sequenceCache(model, { tokens, tp: 1, hybridCache: true });
  return [
    model.name,
    amount(total),
    active === total ? '' : amount(active),
    bytes(weightBytesOf(model)),
    mainFormat(model),
    bytes(kvBytesPerToken(model)),
    state === 0 ? '' : bytes(state),
    bytes(kvBytes + indexerBytes + stateBytes),
    ...gpus.map((fewest) => (fewest === undefined ? '–' : count(fewest))),
  ];
}

/** The format of most bytes: of the experts where there are any. */
function mainFormat(model: Model): string {
  const { weights } = model.precision;
  return (mixtureOf(model) ? weights.expert : weights.attention).dtype;
}

function largestTable(rows: readonly Row[]): string {
  const largest = (column: number, most: number): string => {
    const fits = rows.filter(({ gpus }) => (gpus[column] ?? Number.POSITIVE_INFINITY) <= most);
    const best = fits.toSorted((a, b) => parameterTotals(b.model).total - parameterTotals(a.model).total)[0];
    return best ? `${best.model.name} (${amount(parameterTotals(best.model).total)})` : '–';
  };
  return table(
    ['GPU', 'Memory', 'On one', 'On eight'],
    columns.map(({ title, memory }, i) => [title, bytes(memory), largest(i, 1), largest(i, 8)]),
  );
}

export function modelsPage(): string {
  const rows = modelNames.map(rowOf);
  return `${[
    '<!-- Made by `npm run docs` from bench/models-page.ts. -->',
    '# Models',
    `The ${rows.length} models that a request may name (\`"model": "deepseek-v3"\`, in any case), and how few GPUs hold each. \`GET /models/{name}\` has the whole of one, layer by layer. A model that is not here is planned from its \`config.json\`: \`"model": { "huggingFace": … }\`.`,
    '## The largest that fit',
    largestTable(rows),
    '## All of them',
    'What the columns mean:',
    [
      '- **Parameters** are those of the checkpoint, a tied embedding once, without multi-token prediction and vision towers. **Active**, of a mixture of experts, are those that a token passes.',
      '- **Weights** are all parameters at the checkpoint’s own precision, scales included; **format** is that of most of them. A request may ask for another (`"precision"`).',
      '- **KV a token** is what each further token adds to the cache at the precision that the checkpoint asks for, keys of an indexer included, while no window drops any. **State** is what recurrent layers keep of a sequence, however long it is.',
      '- **At 32k** is the cache of one sequence of 32,768 tokens: windows keep their own length, compressed caches their share, states stand still.',
      '- **GPUs** are the fewest, of 1, 2, 4, 8 … 128, that hold one copy of the weights, the cache of one such sequence, and the reserve of the runtime. They are divided tp × pp (powers of two that divide heads, FFN, vocabulary and blocks of the number format), with a layer’s experts over its tp GPUs; KV heads that are fewer than tp, and MLA’s latents, are on every GPU. The GPU that holds most decides. Activations are left out: they depend on how many tokens pass at once, and `POST /plans` counts them.',
      '- A GPU that has no arithmetic for a format holds it all the same: what computes in it is another question. – means more than 128.',
    ].join('\n'),
    table(
      [
        'Model',
        'Parameters',
        'Active',
        'Weights',
        'Format',
        'KV a token',
        'State',
        'At 32k',
        ...columns.map(({ title }) => title),
      ],
      rows.map(cells),
    ),
  ].join('\n\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = new URL('../docs/models.md', import.meta.url);
  writeFileSync(file, modelsPage());
  console.log(`wrote ${fileURLToPath(file)}`);
}
