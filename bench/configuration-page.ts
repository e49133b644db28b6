/** Writes docs/configuration.md (`npm run docs`). */
import { writeFileSync } from 'node:fs';
import { configurationMarkdown } from '../src/config-docs.ts';

writeFileSync(new URL('../docs/configuration.md', import.meta.url), configurationMarkdown());
