/** A model or a GPU that the catalog does not list, as whoever asks has it: JSON that is pasted. No part of the page is touched here. */

/** What the lists of models and GPUs offer last, and what the field of each is then called. */
export const own = 'json';
export const ownFields = /** @type {const} */ ({ model: 'modelJson', gpu: 'gpuJson' });

/**
 * @typedef {{ readonly value: unknown } | { readonly fault: string }} Parsed
 * @param {string} text
 * @returns {Parsed}
 */
export function parsed(text) {
  if (text.trim() === '') return { fault: 'is empty: paste what is to be planned with' };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { fault: `is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/**
 * @param {unknown} value
 * @returns {Record<string, unknown> | undefined}
 */
function objectOf(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

/**
 * The model of a request: a config.json as it is, or what the API takes. What it does not say of its precision, the form does.
 * @param {string} text
 * @param {string} precision
 */
export function ownModel(text, precision) {
  const found = parsed(text);
  if ('fault' in found) return text;
  const object = objectOf(found.value);
  if (!object) return found.value;
  const told = precision === '' ? {} : { precision };
  const isConfig = 'architectures' in object || 'model_type' in object;
  return isConfig ? { huggingFace: object, ...told } : { ...told, ...object };
}

/**
 * What a cluster has beside its numbers: a GPU, or a GPU with the links that join it to others.
 * @param {string} text
 * @returns {Record<string, unknown>}
 */
export function ownCluster(text) {
  const found = parsed(text);
  if ('fault' in found) return { gpu: text };
  const object = objectOf(found.value);
  return object && 'gpu' in object ? object : { gpu: found.value };
}

/** What the fields begin with: the reference of this service, small enough to be read and changed. */
export const exampleModel = `{
  "name": "my-moe",
  "layers": 16,
  "hiddenSize": 1024,
  "moe": { "experts": 64, "intermediateSize": 2048 },
  "precision": "fp8"
}`;
export const exampleGpu = `{
  "gpu": {
    "name": "my-gpu",
    "memoryGiB": 64,
    "peakTflops": { "fp8": 400 },
    "memoryBandwidthGBps": 1800
  },
  "intraNode": { "bandwidthGBps": 450, "latencyUs": 3 },
  "interNode": { "bandwidthGBps": 50, "latencyUs": 10 }
}`;
