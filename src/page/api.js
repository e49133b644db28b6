/** The public API as this page calls it: JSON, a key where one is asked for, problems as values. */

/** @typedef {import('../client/api.ts').components['schemas']} Schemas */
/** @typedef {Schemas['Problem']} Problem */
/**
 * @typedef {{ readonly kind: 'answer'; readonly value: unknown; readonly response: Response; readonly tookMs: number }
 *   | { readonly kind: 'problem'; readonly problem: Problem; readonly waitSeconds: number | undefined }} Outcome
 */

/** In this tab alone, and gone with it. */
const storageName = 'shardwell-key';

export function savedKey() {
  return sessionStorage.getItem(storageName) ?? '';
}

/** @param {string} key */
export function saveKey(key) {
  if (key === '') sessionStorage.removeItem(storageName);
  else sessionStorage.setItem(storageName, key);
}

function keyHeader() {
  const key = savedKey();
  return key === '' ? {} : { 'x-api-key': key };
}

/**
 * Rejects only when it is aborted.
 * @param {string} path
 * @param {{ body?: unknown; signal?: AbortSignal }} [options]
 * @returns {Promise<Outcome>}
 */
export async function call(path, { body, signal } = {}) {
  const began = performance.now();
  try {
    const response = await fetch(path, {
      headers: {
        accept: 'application/json',
        ...keyHeader(),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    const value = await response.json();
    if (response.ok) return { kind: 'answer', value, response, tookMs: performance.now() - began };
    return { kind: 'problem', problem: value, waitSeconds: waitOf(response) };
  } catch (error) {
    if (signal?.aborted) throw error;
    return {
      kind: 'problem',
      problem: {
        type: 'about:blank',
        title: 'The service did not answer',
        status: 0,
        detail: 'It cannot be reached, or what came is no answer of it. “Plan” tries again.',
        instance: '',
      },
      waitSeconds: undefined,
    };
  }
}

/**
 * @param {Response} response
 * @returns {number | undefined}
 */
function waitOf({ status, headers }) {
  if (status !== 429 && status !== 503) return undefined;
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3600) : undefined;
}

/**
 * A file that wants the key, which a link cannot send: fetched, and handed to the browser to be kept.
 * @param {string} path
 * @param {string} name
 */
export async function download(path, name) {
  const response = await fetch(path, { headers: keyHeader() });
  if (!response.ok) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
