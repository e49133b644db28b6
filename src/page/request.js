/** What the form says, as a request of the API and as a query string. No part of the page is touched here. */

/** @typedef {Readonly<Record<string, string>>} Fields */

/** @type {Fields} */
export const defaults = {
  model: 'Llama-3.1-70B',
  precision: 'fp8',
  gpu: 'H100-SXM-80GB',
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
  modes: '',
  prefixCacheHitRate: '',
  maxGpus: '',
  memoryFreeGiB: '',
};

/** Fields that only one kind of workload has. */
const ofServing = ['inputTokens', 'outputTokens', 'load', 'engine', 'ttftMs', 'tpotMs', 'modes', 'prefixCacheHitRate'];
const ofBatch = ['batchSize', 'sequenceLength'];
const loads = ['concurrency', 'requestsPerSecond', 'staticBatch'];

/**
 * Whether a field counts as the others stand.
 * @param {string} name
 * @param {Fields} fields
 */
export function applies(name, { kind, load }) {
  if (ofServing.includes(name)) return kind === 'serving';
  if (ofBatch.includes(name)) return kind === 'batch';
  if (loads.includes(name)) return kind === 'serving' && load === name;
  return true;
}

/**
 * The whole form, but for what does not count.
 * @param {Fields} fields
 */
export function queryOf(fields) {
  const query = new URLSearchParams();
  for (const [name, otherwise] of Object.entries(defaults)) {
    const value = fields[name] ?? '';
    if (applies(name, fields) && (value !== '' || otherwise !== '')) query.set(name, value);
  }
  return query.toString();
}

/**
 * @param {string} search
 * @returns {Fields}
 */
export function fieldsOf(search) {
  const query = new URLSearchParams(search);
  return Object.fromEntries(
    Object.entries(defaults).map(([name, otherwise]) => [name, (query.get(name) ?? otherwise).slice(0, 200)]),
  );
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
          ...(given('prefixCacheHitRate') && { prefixCacheHitRate: number('prefixCacheHitRate') }),
        }
      : { kind: fields.kind, ...number_('batchSize'), ...number_('sequenceLength') };
  return {
    cluster: { ...number_('nodes'), ...number_('gpusPerNode'), gpu: fields.gpu },
    model: fields.precision === '' ? fields.model : { catalog: fields.model, precision: fields.precision },
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
  ...[...ofServing, ...ofBatch, ...loads, 'kind'].map((name) => /** @type {const} */ ([`/workload/${name}`, name])),
  ['/workload', 'load'],
  ['/engine', 'engine'],
  ['/objective', 'objective'],
  ['/constraints/gpus', 'maxGpus'],
  ['/constraints/memoryFreeGiB', 'memoryFreeGiB'],
  ['/options/modes', 'modes'],
];

/**
 * The field that a JSON pointer into the request is about; undefined where none is.
 * @param {string} pointer
 */
export function fieldAt(pointer) {
  return pointers.find(([start]) => pointer === start || pointer.startsWith(`${start}/`))?.[1];
}
