/** The engine's options for each kind of worker: what one types. */
import type { FeasibleServingPlan } from '../../http/schemas/serving-answer.ts';
import { sharesCache } from '../../planner/cost/serving/context-parallel.ts';
import { engineOptions } from '../guide-engine.ts';
import { plural } from '../markdown.ts';
import { workersOf } from '../served-workers.ts';
import { table } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { engineText } from './words.ts';

const roles = { both: 'worker', prefill: 'prefill worker', decode: 'decode worker' } as const;

/** Nothing where the plan is for no engine in particular. */
export function startOptions(plan: FeasibleServingPlan): Markup | false {
  const { engine, model } = plan.resolved;
  const tables = workersOf(plan).flatMap((workers) => {
    const { replicas, dp, maxConcurrency } = workers.strategy;
    const perRank = Math.ceil(maxConcurrency / (replicas * dp));
    const rows = engineOptions({ engine, workers, perRank, sharesCache: sharesCache({ engine, model }) });
    const caption = `Each of ${plural(replicas, roles[workers.role])}`;
    const columns = [{ head: 'Option' }, { head: 'Value' }, { head: 'Here' }];
    return rows.length === 0
      ? []
      : [
          table(
            { caption, columns },
            rows.map(([option, value, meaning]) => [
              html`<code>${option}</code>`,
              html`<code>${value}</code>`,
              meaning,
            ]),
          ),
        ];
  });
  if (tables.length === 0) return false;
  return html`<details class="start"><summary>Options to start ${engineText(engine.name)} with</summary>${tables}</details>`;
}
