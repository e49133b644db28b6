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
 * A file that wants the key, which a link cannot send: fetched, and handed to the browser to be kept. Resolves with what went wrong.
 * @param {string} path
 * @param {string} name
 */
export async function download(path, name) {
  const fetched = await fetchFile(path);
  if (typeof fetched === 'string') return fetched;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(fetched);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
  return undefined;
}

/**
 * A page that wants the key, in a tab of its own under this page's policy: the key is in no address, and in no other tab's storage. Resolves with
 * what went wrong.
 * @param {string} path
 */
export async function openPage(path) {
  // Opened before anything is waited for, while the browser still knows who asked; after that it is a popup.
  const tab = open('', '_blank');
  if (!tab) return 'The browser lets this page open no tab.';
  tab.opener = null;
  const fetched = await fetchFile(path);
  if (typeof fetched === 'string') {
    tab.close();
    return fetched;
  }
  // Not given back: the tab may be loaded anew for as long as this page is there.
  tab.location.replace(URL.createObjectURL(fetched));
  return undefined;
}

/**
 * @param {string} path
 * @returns {Promise<Blob | string>} Of the file's own media type; or why there is none.
 */
async function fetchFile(path) {
  try {
    const response = await fetch(path, { headers: keyHeader() });
    if (response.ok) return await response.blob();
    const { title, detail } = await response.json();
    return detail ?? title;
  } catch {
    return 'The service did not answer.';
  }
}
