/** What stands below a result: checks, the account of the search, assumptions, files, and the request itself. */
import { download, openPage, savedKey } from './api.js';
import { disclosure, h, table } from './dom.js';
import { count, duration } from './units.js';

/** @typedef {import('./show-result.js').Feasible} Feasible */
/** @typedef {import('./show-result.js').Infeasible} Infeasible */

/** @param {{ readonly warnings: readonly string[] }} plan */
export function warningsPart({ warnings }) {
  if (warnings.length === 0) return null;
  return h(
    'div',
    { class: 'panel mind' },
    h('strong', {}, 'Mind first'),
    h('ul', {}, ...warnings.map((text) => h('li', {}, text))),
  );
}

/** @param {Feasible} plan */
export function checksPart({ verification, estimate }) {
  const { checks } = verification;
  const passed = checks.filter(({ status }) => status === 'pass').length;
  const { memory, compute, time } = estimate.evidenceOf;
  return [
    h('p', {}, `Memory is ${memory}, compute ${compute}, times are ${time}.`),
    disclosure(
      'checks',
      `${passed} of ${checks.length} checks pass`,
      table({
        caption: 'Checks of the verifier, which shares no formula with the planner',
        head: ['Check', 'Outcome', 'What was found'],
        rows: checks.map(({ id, status, explanation }) => [
          id,
          status === 'pass' ? 'pass' : status.toUpperCase(),
          explanation,
        ]),
      }),
    ),
  ];
}

/** @param {Feasible | Infeasible} plan */
export function searchPart({ search }) {
  const { enumerated, evaluated, pruned, rejected, exhaustive } = search;
  const reasons = Object.entries(rejected).toSorted(([, a], [, b]) => b - a);
  return disclosure(
    'search',
    `${count(enumerated)} candidates searched${exhaustive ? '' : ', not all of them: the time was up'}`,
    table({
      caption: 'What became of the candidates',
      head: ['What', 'Candidates'],
      rows: [
        ['costed', count(evaluated)],
        ['shown by a bound not to be among the best', count(pruned)],
        ...reasons.map(([reason, number]) => [`rejected: ${reason}`, count(number)]),
      ],
      figures: [1],
    }),
  );
}

/**
 * Under each source all that it is the source of.
 * @param {Feasible | Infeasible} plan
 */
export function assumptionsPart({ assumptions }) {
  const sources = [...new Set(assumptions.map(({ why }) => why))];
  return disclosure(
    'assumptions',
    `${count(assumptions.length)} values were assumed`,
    h(
      'ul',
      { class: 'assumptions' },
      ...sources.map((source) => {
        const values = assumptions.filter(({ why }) => why === source);
        return h(
          'li',
          {},
          ...values.map(({ path, value }) => h('div', {}, h('code', {}, path), ` = ${String(value)}`)),
          h('span', { class: 'hint' }, source),
        );
      }),
    ),
  );
}

/**
 * To what the service has of a plan, as far as it names it.
 * @param {{ readonly id: string; readonly links?: Partial<Feasible['links']> }} plan
 */
export function linksPart({ links = {} }) {
  const all = [
    ['The report, to read or print', links.report, undefined],
    ['All files: strategy, guide, verifier, launch files', links.artifacts && `${links.artifacts}.zip`, 'plan.zip'],
    ['The list of files', links.artifacts, 'artifacts.json'],
    ['Placement, rank by rank', links.placement, 'placement.json'],
    ['The plan as JSON', links.self, 'plan.json'],
  ];
  const named = all.flatMap(([text = '', href, name]) =>
    href === undefined ? [] : [h('li', {}, ...linkTo(text, href, name))],
  );
  return named.length > 0 && h('ul', { class: 'links' }, ...named);
}

/**
 * @param {string} text
 * @param {string} href
 * @param {string | undefined} name Of the file that is kept; undefined of a page, which is opened.
 */
function linkTo(text, href, name) {
  const link = h('a', { href }, text);
  const fault = h('span', { class: 'error', role: 'alert' });
  // A link sends no key: with one, the page fetches the file itself.
  link.addEventListener('click', async (event) => {
    if (savedKey() === '') return;
    event.preventDefault();
    fault.textContent = '';
    const wrong = await (name === undefined ? openPage(href) : download(href, name));
    if (wrong !== undefined) fault.textContent = ` ${wrong}`;
  });
  return [link, fault];
}

/** @param {unknown} request */
export function requestPart(request) {
  const json = JSON.stringify(request, null, 2);
  const key = savedKey() === '' ? '' : " -H 'x-api-key: …'";
  const curl = `curl -s ${location.origin}/plans${key} -H 'content-type: application/json' -d '${JSON.stringify(request).replaceAll("'", "'\\''")}'`;
  return disclosure('request', 'The request, as curl and as JSON', copied('curl', curl), copied('JSON', json));
}

/**
 * @param {string} what
 * @param {string} text
 */
function copied(what, text) {
  const button = h('button', { type: 'button' }, `Copy ${what}`);
  button.addEventListener('click', async () => {
    // Some browsers lend the clipboard over HTTPS alone: the text can be selected all the same.
    const done = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    button.textContent = done ? 'Copied' : 'Select it, to copy';
  });
  return h('div', { class: 'copied' }, h('pre', {}, text), button);
}

/**
 * Where the answer came from, and how long it took.
 * @param {import('./show-result.js').Context} context
 */
export function provenance({ response, tookMs }) {
  const cache = response.headers.get('cache-status') ?? '';
  const known = /;\s*hit\b/.test(cache);
  return `${known ? 'Known already' : 'Planned now'}, answered in ${duration(tookMs)}.`;
}
