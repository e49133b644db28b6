/** docs/models.md, against the code that makes it. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { modelsPage } from '../../bench/models-page.ts';

const page = modelsPage();

/** The cells of a model's row, from its weights on. */
const row = (name: string) =>
  (/\| (.*) \|/.exec(page.split('\n').find((line) => line.startsWith(`| ${name} |`)) ?? '')?.[1] ?? '').split(' | ');

it('is in step with the code: `npm run docs` writes it', () => {
  expect(readFileSync(new URL('../../docs/models.md', import.meta.url), 'utf8')).toBe(page);
});

it('has what is known of models that many people run', () => {
  // DeepSeek-V3: 671e9 parameters at a byte and a scale for 128 × 128; (512 + 64) · 61 KV elements at 2 bytes. It is served on
  // 16 H100 or 8 H200, not on fewer.
  expect(row('DeepSeek-V3')).toEqual([
    'DeepSeek-V3',
    '671 billion',
    '37.6 billion',
    '627 GiB',
    'fp8',
    '68.6 KiB',
    '',
    '2.14 GiB',
    ...['16', '16', '16', '8', '4', '4'],
  ]);
  // Llama-3.1-70B in bf16: 131 GiB, two GPUs of 80 GB; 10 GiB of KV at 32k keep it off one of 141 GB.
  expect(row('Llama-3.1-70B').slice(8)).toEqual(['4', '2', '2', '2', '1', '1']);
  // gpt-oss-120b was published to fit one GPU of 80 GB.
  expect(row('gpt-oss-120b').slice(8, 11)).toEqual(['2', '1', '1']);
});
