/** That nothing is feasible: why, what came nearest, and what would help, to be tried with a button. */
import { h, section, table } from './dom.js';
import { fieldAt } from './request.js';
import { assumptionsPart, linksPart, provenance, requestPart, warningsPart } from './show-notes.js';
import { count } from './units.js';

/**
 * @param {import('./show-result.js').Infeasible} plan
 * @param {import('./show-result.js').Context} context
 */
export function showInfeasible(plan, context) {
  const { nearest, remedies, resolved, rejected, search } = plan;
  const { model, cluster } = resolved;
  const reasons = Object.entries(rejected).toSorted(([, a], [, b]) => b - a);
  const shown = h(
    'div',
    {},
    h('h2', { tabindex: -1 }, 'Nothing is feasible'),
    h(
      'p',
      { class: 'lead' },
      `${model.name} on ${count(cluster.gpus)} × ${cluster.gpu.name}: no strategy fits and meets what is asked for.`,
    ),
    h('p', {}, provenance(context)),
    warningsPart(plan),
    nearest &&
      section('What came nearest', h('p', {}, h('strong', {}, nearest.strategy.name), `: ${nearest.explanation}`, '.')),
    section(
      'What would help',
      remedies.length === 0
        ? h('p', {}, 'No single change was found that would.')
        : h(
            'ul',
            { class: 'remedies' },
            ...remedies.map((remedy) => h('li', {}, `${remedy.change}. `, button(remedy, context))),
          ),
    ),
    section(
      `Why none of ${count(search.enumerated)} candidates can be`,
      table({
        caption: 'Candidates by the reason they cannot be',
        head: ['Reason', 'Candidates'],
        rows: reasons.map(([reason, number]) => [reason, count(number)]),
        figures: [1],
      }),
      assumptionsPart(plan),
      linksPart(plan),
      requestPart(context.request),
    ),
  );
  const first = remedies[0];
  const said = `Nothing is feasible. ${nearest ? `Nearest: ${nearest.explanation}. ` : ''}${first ? `What would help: ${first.change}.` : ''}`;
  return { shown, said };
}

/**
 * @param {{ readonly path: string; readonly to: unknown; readonly strategy: string }} remedy
 * @param {import('./show-result.js').Context} context
 */
function button({ path, to, strategy }, { use }) {
  if (fieldAt(path) === undefined) return `${path}: ${String(to)}. It gives ${strategy}.`;
  const made = h('button', { type: 'button' }, `Use it: ${strategy}`);
  made.addEventListener('click', () => use(path, to));
  return made;
}
