/** An answer, whichever it is: a plan, that there is none, or a problem. */
import { h } from './dom.js';
import { control, labelOf } from './form.js';
import { fieldAt, placeIn } from './request.js';
import { showInfeasible } from './show-infeasible.js';
import { showFeasible } from './show-plan.js';

/** @typedef {import('./api.js').Schemas} Schemas */
/** @typedef {Schemas['FeasiblePlan'] | Schemas['FeasibleServingPlan']} Feasible */
/** @typedef {Schemas['InfeasiblePlan'] | Schemas['InfeasibleServingPlan']} Infeasible */
/**
 * What a result is shown with.
 * @typedef {{ readonly request: unknown; readonly response: Response; readonly tookMs: number; readonly use: (pointer: string, value: unknown) => void }} Context
 */

/**
 * @param {Feasible | Infeasible} plan
 * @param {Context} context
 * @returns {{ readonly shown: Node; readonly said: string }}
 */
export function showPlan(plan, context) {
  return plan.status === 'feasible' ? showFeasible(plan, context) : showInfeasible(plan, context);
}

/**
 * The faults of a problem by the fields that they are about, and those that are about none.
 * @param {import('./api.js').Problem} problem
 * @param {import('./request.js').Fields} fields What was asked.
 */
export function faultsOf({ errors = [] }, fields) {
  /** @type {Map<string, string>} */
  const found = new Map();
  /** @type {string[]} */
  const others = [];
  for (const { pointer, detail, allowed } of errors) {
    const told = allowed ? `${detail}: ${allowed.join(', ')}` : detail;
    const field = fieldAt(pointer, fields);
    const placed = placeIn(pointer, field) + told;
    if (field === undefined) others.push(`${pointer} ${told}`);
    else found.set(field, found.has(field) ? `${found.get(field)}; ${placed}` : placed);
  }
  return { fields: found, others };
}

/**
 * @param {import('./api.js').Problem} problem
 * @param {import('./request.js').Fields} asked
 * @returns {{ readonly shown: Node; readonly said: string }}
 */
export function showProblem(problem, asked) {
  const { fields, others } = faultsOf(problem, asked);
  const links = [...fields].map(([name, detail]) => h('li', {}, linkTo(name), ` ${detail}`));
  const type = problem.type.startsWith('/docs/') ? problem.type : undefined;
  const shown = h(
    'div',
    { class: 'panel problem' },
    h('h2', { tabindex: -1 }, problem.title),
    problem.detail && h('p', {}, problem.detail),
    links.length + others.length > 0 && h('ul', {}, ...links, ...others.map((text) => h('li', {}, text))),
    type && h('p', {}, h('a', { href: type }, 'What this means, and what can be done')),
  );
  const first = [...fields][0];
  const said = first
    ? `${problem.title}. ${labelOf(first[0])} ${first[1]}.`
    : `${problem.title}. ${problem.detail ?? ''}`;
  return { shown, said };
}

/**
 * To a field: what it is called, and a click puts whoever reads into it.
 * @param {string} name
 */
function linkTo(name) {
  const link = h('a', { href: `#${name}` }, labelOf(name));
  link.addEventListener('click', (event) => {
    event.preventDefault();
    control(name).focus();
  });
  return link;
}
