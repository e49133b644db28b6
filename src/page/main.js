/** The page: the form asks, the planner answers, the address holds the question. Everything that is asked is the public API's. */
import { call, savedKey, saveKey } from './api.js';
import { byId, h } from './dom.js';
import { control, form, offer, readForm, showFaults, showWhatApplies, writeForm } from './form.js';
import { own, ownFields } from './own-json.js';
import { createPlanner } from './planner.js';
import { defaults, faultsIn, fieldAt, fieldsOf, queryOf, requestOf, unaddressed } from './request.js';
import { faultsOf, showPlan, showProblem } from './show-result.js';
import { amount } from './units.js';

/** @typedef {import('./api.js').Schemas} Schemas */

/** Long enough for a second digit, short enough to seem at once. */
const DEBOUNCE_MS = 400;

const result = byId('result', HTMLElement);
const shown = byId('plan', HTMLElement);
const progress = byId('progress', HTMLElement);
const announcement = byId('announcement', HTMLElement);
const access = byId('access', HTMLElement);

/** @type {Map<string, Schemas['CatalogGpu']>} */
const gpus = new Map();
/** What was asked, and the fields that it was made of. @type {unknown} */
let asked;
let askedFields = defaults;

/** Says how long a plan has been taking. @type {number | undefined} */
let clock;

const planner = createPlanner({
  began() {
    result.setAttribute('aria-busy', 'true');
    const began = performance.now();
    tell('Planning…');
    clearInterval(clock);
    clock = setInterval(() => tell(`Planning… ${Math.floor((performance.now() - began) / 1000)} s`), 1000);
  },
  waits(seconds) {
    clearInterval(clock);
    tell(`The service is busy, and says when to come again. Trying again in ${seconds} s…`);
  },
  ended(outcome) {
    settled();
    if (outcome.kind === 'problem') return ask(outcome.problem);
    showFaults(new Map());
    const { value, response, tookMs } = outcome;
    present(showPlan(planOf(value), { request: asked, response, tookMs, use }));
  },
});

function settled() {
  result.removeAttribute('aria-busy');
  clearInterval(clock);
  tell('');
}

/**
 * A boundary: the service's own document says that this is what POST /plans answers with.
 * @param {unknown} value
 * @returns {import('./show-result.js').Feasible | import('./show-result.js').Infeasible}
 */
function planOf(value) {
  return /** @type {import('./show-result.js').Feasible} */ (value);
}

/** @param {string} text */
function tell(text) {
  progress.textContent = text;
  progress.hidden = text === '';
}

/**
 * A problem, at the fields that it is about; without a key where one is wanted, the question for it.
 * @param {import('./api.js').Problem} problem
 */
function ask(problem) {
  if (problem.status === 401 || problem.status === 403) {
    // Where the catalog cannot be had, there is nothing else to fill in.
    const locked = gpus.size === 0;
    if (locked) form.dataset.locked = '';
    access.hidden = false;
    form.hidden = false;
    if (locked) byId('key', HTMLInputElement).focus();
    const error = byId('key-error', HTMLElement);
    error.hidden = savedKey() === '';
    error.textContent = problem.detail ?? problem.title;
  }
  showFaults(faultsOf(problem, askedFields).fields);
  present(showProblem(problem, askedFields));
}

/** What stood open stays open, and whoever was in the old result is at the head of the new one. */
/** @param {{ readonly shown: Node; readonly said: string }} next */
function present(next) {
  const inside = shown.contains(document.activeElement);
  const state = new Map([...shown.querySelectorAll('details')].map((details) => [details.dataset.key, details.open]));
  shown.replaceChildren(next.shown);
  for (const details of shown.querySelectorAll('details')) {
    const open = state.get(details.dataset.key);
    if (open !== undefined) details.open = open;
  }
  if (inside) shown.querySelector('h2')?.focus();
  announcement.textContent = next.said;
}

/** The text field that is being typed in, and until when a further key counts as the same change. */
let typing = { field: '', until: 0 };

/**
 * @param {number} delayMs
 * @param {{ readonly remember: boolean; readonly field?: string }} options
 */
function plan(delayMs, { remember, field = '' }) {
  const fields = readForm();
  const query = `?${queryOf(fields)}`;
  const titled = (/** @type {'model' | 'gpu'} */ name) => (fields[name] === own ? `own ${name}` : fields[name]);
  document.title = `${titled('model')} on ${fields.nodes} × ${fields.gpusPerNode} ${titled('gpu')} · Shardwell`;
  const kept = JSON.stringify(unaddressed(fields)) === JSON.stringify(keptIn(history.state));
  if (remember && (query !== location.search || !kept)) {
    // A figure that is typed one digit after another is one step back, not many.
    if (field !== '' && field === typing.field && performance.now() < typing.until)
      history.replaceState(unaddressed(fields), '', query);
    else history.pushState(unaddressed(fields), '', query);
    typing = { field, until: performance.now() + 2000 };
  }
  askedFields = fields;
  const errors = faultsIn(fields);
  if (errors.length > 0) {
    // The service could say no more of it: nothing is asked until it can be read.
    planner.stop();
    settled();
    return ask({
      type: 'about:blank',
      title: 'What was pasted cannot be read',
      status: 0,
      detail: '',
      instance: '',
      errors,
    });
  }
  asked = requestOf(fields);
  planner.plan(asked, delayMs);
}

/**
 * A remedy of an infeasible plan, put into its field.
 * @param {string} pointer
 * @param {unknown} value
 */
function use(pointer, value) {
  const name = fieldAt(pointer, askedFields);
  if (name === undefined || name === ownFields.model || name === ownFields.gpu) return;
  writeForm({ ...readForm(), [name]: String(value) });
  plan(0, { remember: true });
  control(name).focus();
}

form.addEventListener('input', (event) => {
  const { target } = event;
  if (target === control('gpu')) {
    const usual = gpus.get(control('gpu').value)?.gpusPerNode?.value;
    if (usual !== undefined) control('gpusPerNode').value = String(usual);
  }
  if (target instanceof HTMLInputElement && target.id === 'key') return;
  // What is pasted says its precision itself.
  if (target === control('model') && control('model').value === own) control('precision').value = '';
  showWhatApplies();
  if (target instanceof HTMLSelectElement) plan(0, { remember: true });
  else if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement)
    plan(DEBOUNCE_MS, { remember: true, field: target.id });
});

form.addEventListener('submit', (event) => {
  event.preventDefault();
  plan(0, { remember: true });
});

byId('reset', HTMLButtonElement).addEventListener('click', () => {
  writeForm(defaults);
  plan(0, { remember: true });
});

byId('use-key', HTMLButtonElement).addEventListener('click', () => useKey());
byId('key', HTMLInputElement).addEventListener('keydown', (event) => {
  if (event.key !== 'Enter') return;
  event.preventDefault();
  useKey();
});

function useKey() {
  saveKey(byId('key', HTMLInputElement).value.trim());
  void start();
}

addEventListener('popstate', () => {
  const fields = fieldsOf(location.search, keptIn(history.state));
  // A link to a part of this page changes the address too, and not the question.
  if (JSON.stringify(requestOf(fields)) === JSON.stringify(requestOf(readForm()))) return;
  writeForm(fields);
  plan(0, { remember: false });
});

/**
 * Fields that were too long for the address; a boundary: what a history holds is whatever this page, or an earlier release of it, put there.
 * @param {unknown} state
 * @returns {import('./request.js').Fields}
 */
function keptIn(state) {
  if (typeof state !== 'object' || state === null) return {};
  return Object.fromEntries(Object.entries(state).filter(([, value]) => typeof value === 'string'));
}

async function start() {
  const [models, cards] = await Promise.all([call('/models'), call('/gpus')]);
  for (const outcome of [models, cards]) if (outcome.kind === 'problem') return ask(outcome.problem);
  if (models.kind !== 'answer' || cards.kind !== 'answer') return;
  offer('model', [...modelsOf(models.value), { value: own, text: 'another one, as JSON' }]);
  offer('gpu', [...gpusOf(cards.value), { value: own, text: 'another one, as JSON' }]);
  writeForm(fieldsOf(location.search, keptIn(history.state)));
  form.hidden = false;
  delete form.dataset.locked;
  access.hidden = savedKey() === '';
  plan(0, { remember: false });
}

/** @param {unknown} value */
function modelsOf(value) {
  const { models } = /** @type {Schemas['CatalogModels']} */ (value);
  return models.map(({ name, parameters: { total, active } }) => ({
    value: name,
    text: `${name} (${amount(total)}${active < total ? `, ${amount(active)} active` : ''})`,
  }));
}

/** @param {unknown} value */
function gpusOf(value) {
  const list = /** @type {Schemas['CatalogGpus']} */ (value).gpus;
  for (const gpu of list) gpus.set(gpu.name, gpu);
  return list.map(({ name, memoryGiB }) => ({ value: name, text: `${name}: ${memoryGiB.value} GB` }));
}

void start().catch((error) => {
  shown.replaceChildren(h('p', { class: 'panel problem' }, `The page failed: ${String(error)}`));
});
