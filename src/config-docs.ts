/** docs/configuration.md, made from the table of settings; a test compares them. */
import { settings } from './config.ts';
import type { Setting } from './config-settings.ts';

const head = `<!-- Made by \`npm run docs\` from src/config.ts. -->

# Configuration

By environment. An empty value is an absent one. A bad value stops the start, and all bad values are named together. What is in
force is logged at the start, secrets masked.

| Variable | Default | Values | What it sets |
| --- | --- | --- | --- |
`;

/** The page, whole. */
export function configurationMarkdown(): string {
  const rows = Object.values<Setting<unknown>>(settings).map(
    ({ name, otherwiseText, allowed, says }) => `| \`${name}\` | ${otherwiseText} | ${allowed} | ${says} |\n`,
  );
  return head + rows.join('');
}
