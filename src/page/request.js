/** What the form says, as a request of the API and as a query string. No part of the page is touched here. */

import { exampleGpu, exampleModel, own, ownCluster, ownFields, ownModel, parsed } from './own-json.js';

/** @typedef {Readonly<Record<string, string>>} Fields */

/** @type {Fields} */
export const defaults = {
  model: 'Llama-3.1-70B',
  modelJson: exampleModel,
  precision: 'fp8',
  gpu: 'H100-SXM-80GB',
  gpuJson: exampleGpu,
  nodes: '1',
  gpusPerNode: '8',
  kind: 'serving',
  inputTokens: '2000',
  outputTokens: '500',
  load: 'concurrency',
  concurrency: '64',
  requestsPerSecond: '5',
  staticBatch: '32',
  batchSize: '128',
  sequenceLength: '4096',
  engine: 'vllm',
  objective: 'throughput',
  ttftMs: '',
  tpotMs: '',
  confidence: '',
  modes: '',
  lengthSpread: '',
  prefixCacheHitRate: '',
  maxGpus: '',
  memoryFreeGiB: '',
};

/** Fields that only one kind of workload has. */
const ofServing = [
  'inputTokens',
  'outputTokens',
  'load',
  'engine',
  'ttftMs',
  'tpotMs',
  'confidence',
  'modes',
  'lengthSpread',
  'prefixCacheHitRate',
];
const ofBatch = ['batchSize', 'sequenceLength'];
const loads = ['concurrency', 'requestsPerSecond', 'staticBatch'];

/**
 * Whether a field counts as the others stand.
 * @param {string} name
 * @param {Fields} fields
 */
export function applies(name, { kind, load, model, gpu }) {
  if (name === ownFields.model) return model === own;
  if (name === ownFields.gpu) return gpu === own;
  if (ofServing.includes(name)) return kind === 'serving';
  if (ofBatch.includes(name)) return kind === 'batch';
  if (loads.includes(name)) return kind === 'serving' && load === name;
  return true;
}

/** Letters of a field; and what is pasted, of an address whose first line a server takes 16 KB of, both fields together. */
const mostLetters = 200;
const mostAddressed = 5000;

const isOwn = (/** @type {string} */ name) => name === ownFields.model || name === ownFields.gpu;

/**
 * Without the blanks that make it legible, which an address would tell at three letters each.
 * @param {string} name
 * @param {string} value
 */
function addressed(name, value) {
  if (!isOwn(name)) return value;
  const found = parsed(value);
  return 'value' in found ? JSON.stringify(found.value) : value;
}

/**
 * What counts and is too long for the address: the browser's history keeps it, and whoever is sent the address does not get it.
 * @param {Fields} fields
 * @returns {Fields}
 */
export function unaddressed(fields) {
  return Object.fromEntries(
    Object.values(ownFields).flatMap((name) => {
      const value = fields[name] ?? '';
      return applies(name, fields) && encodeURIComponent(addressed(name, value)).length > mostAddressed
        ? [[name, value]]
        : [];
    }),
  );
}

/**
 * The whole form, but for what does not count.
 * @param {Fields} fields
 */
export function queryOf(fields) {
  const query = new URLSearchParams();
  const without = unaddressed(fields);
  for (const [name, otherwise] of Object.entries(defaults)) {
    const value = fields[name] ?? '';
    if (name in without || !applies(name, fields)) continue;
    if (value !== '' || otherwise !== '') query.set(name, addressed(name, value));
  }
  return query.toString();
}

/**
 * @param {string} search
 * @param {Fields} [kept] What the history has beside the address.
 * @returns {Fields}
 */
export function fieldsOf(search, kept = {}) {
  const query = new URLSearchParams(search);
  return Object.fromEntries(
    Object.entries(defaults).map(([name, otherwise]) => {
      const told = query.get(name);
      if (!isOwn(name)) return [name, (told ?? otherwise).slice(0, mostLetters)];
      const found = told === null ? undefined : parsed(told.slice(0, mostAddressed));
      return [
        name,
        kept[name] ?? (found && 'value' in found ? JSON.stringify(found.value, null, 2) : (told ?? otherwise)),
      ];
    }),
  );
}

/**
 * What is wrong before anything is asked, as the service would say it: JSON that is none.
 * @param {Fields} fields
 */
export function faultsIn(fields) {
  const places = { [ownFields.model]: '/model', [ownFields.gpu]: '/cluster/gpu' };
  return Object.entries(places).flatMap(([name, pointer]) => {
    const found = parsed(fields[name] ?? '');
    return applies(name, fields) && 'fault' in found ? [{ pointer, detail: found.fault }] : [];
  });
}

/** @param {Fields} fields */
function modelOf({ model, modelJson = '', precision = '' }) {
  if (model === own) return ownModel(modelJson, precision);
  return precision === '' ? model : { catalog: model, precision };
}

/**
 * The body of POST /plans. What is no number is sent as it was written: the service says best what is wrong with it.
 * @param {Fields} fields
 */
export function requestOf(fields) {
  const number = (/** @type {string} */ name) => numberOf(fields[name]);
  const given = (/** @type {string} */ name) => fields[name] !== '' && applies(name, fields);
  const some = (/** @type {object} */ value) => (Object.keys(value).length > 0 ? value : undefined);
  const slo = some({
    ...(given('ttftMs') && { ttftMs: number('ttftMs') }),
    ...(given('tpotMs') && { tpotMs: number('tpotMs') }),
    ...(given('confidence') && { confidence: number('confidence') }),
  });
  const constraints = some({
    ...(given('maxGpus') && { gpus: { max: number('maxGpus') } }),
    ...(given('memoryFreeGiB') && { memoryFreeGiB: number('memoryFreeGiB') }),
  });
  const load = fields.load ?? '';
  const workload =
    fields.kind === 'serving'
      ? {
          kind: 'serving',
          ...number_('inputTokens'),
          ...number_('outputTokens'),
          ...(load === 'saturated' ? { saturated: true } : number_(load)),
          ...(slo && { slo }),
          ...(given('lengthSpread') && { lengthSpread: number('lengthSpread') }),
          ...(given('prefixCacheHitRate') && { prefixCacheHitRate: number('prefixCacheHitRate') }),
        }
      : { kind: fields.kind, ...number_('batchSize'), ...number_('sequenceLength') };
  return {
    cluster: {
      ...number_('nodes'),
      ...number_('gpusPerNode'),
      ...(fields.gpu === own ? withoutNumbers(ownCluster(fields.gpuJson ?? '')) : { gpu: fields.gpu }),
    },
    model: modelOf(fields),
    workload,
    ...(given('engine') && { engine: fields.engine }),
    objective: fields.objective,
    ...(constraints && { constraints }),
    ...(given('modes') && { options: { modes: [fields.modes] } }),
  };

  /** A field that is empty is one that the request does not have. */
  function number_(/** @type {string} */ name) {
    return fields[name] === '' ? {} : { [name]: number(name) };
  }
}

/**
 * A whole cluster may be pasted: how many there are is what the form says.
 * @param {Record<string, unknown>} cluster
 */
function withoutNumbers({ nodes: _, gpusPerNode: __, ...rest }) {
  return rest;
}

/** @param {string | undefined} text */
function numberOf(text = '') {
  const value = Number(text);
  return text.trim() !== '' && Number.isFinite(value) ? value : text;
}

/** @type {readonly (readonly [pointer: string, field: string])[]} */
const pointers = [
  ['/model/precision', 'precision'],
  ['/model', 'model'],
  ['/cluster/nodes', 'nodes'],
  ['/cluster/gpusPerNode', 'gpusPerNode'],
  ['/cluster/gpu', 'gpu'],
  ['/cluster', 'nodes'],
  ['/workload/slo/ttftMs', 'ttftMs'],
  ['/workload/slo/tpotMs', 'tpotMs'],
  ['/workload/slo/confidence', 'confidence'],
  ...[...ofServing, ...ofBatch, ...loads, 'kind'].map((name) => /** @type {const} */ ([`/workload/${name}`, name])),
  ['/workload', 'load'],
  ['/engine', 'engine'],
  ['/objective', 'objective'],
  ['/constraints/gpus', 'maxGpus'],
  ['/constraints/memoryFreeGiB', 'memoryFreeGiB'],
  ['/options/modes', 'modes'],
];

/** What may be pasted as a GPU, beside the GPU. */
const pastedPointers = ['/cluster/gpu', '/cluster/intraNode', '/cluster/interNode', '/cluster/nvlinkDomainGpus'];

/**
 * The field that a JSON pointer into the request is about; undefined where none is.
 * @param {string} pointer
 * @param {Fields} [fields] As they stood when it was asked.
 */
export function fieldAt(pointer, fields = defaults) {
  const within = (/** @type {string} */ start) => pointer === start || pointer.startsWith(`${start}/`);
  if (fields.model === own && within('/model')) return ownFields.model;
  if (fields.gpu === own && pastedPointers.some(within)) return ownFields.gpu;
  return pointers.find(([start]) => within(start))?.[1];
}

/**
 * Where in what was pasted a pointer is, as words before what is wrong; nothing of other fields.
 * @param {string} pointer
 * @param {string | undefined} field
 */
export function placeIn(pointer, field) {
  if (field === ownFields.gpu) return `${pointer.replace(/^\/cluster\//, '')} `;
  if (field !== ownFields.model || pointer === '/model') return '';
  return `${pointer.replace(/^\/model\/(huggingFace\/)?/, '')} `;
}
