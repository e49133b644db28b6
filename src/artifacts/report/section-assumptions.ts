/** Every value that the request left to be filled in. */
import type { Plan } from '../../http/schemas/answer.ts';
import { section, table } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { scalar } from './scalar.ts';

export function assumptionsSection({ assumptions }: Pick<Plan, 'assumptions'>): Markup {
  const content =
    assumptions.length === 0
      ? html`<p>Nothing: the request said everything.</p>`
      : html`<p>The request left these out. Where one is wrong, say it in the request and plan again.</p>${table(
          {
            caption: 'Values that were filled in',
            columns: [{ head: 'Where' }, { head: 'Value' }, { head: 'Why' }],
          },
          assumptions.map(({ path, value, why }) => [html`<code>${path}</code>`, scalar(value), why]),
        )}`;
  return section('assumptions', 'What was assumed', content);
}
