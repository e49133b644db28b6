/** Writes docs/engine-flags.md from the tables that launch files are read by (`npm run docs`); a test compares them. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FlagTable, Takes } from '../src/verifier/launch/flags.ts';
import { disaggregatedKeys, sglangRouterFlags, vllmRouterFlags } from '../src/verifier/launch/router-flags.ts';
import { sglangFlags, sglangVariables } from '../src/verifier/launch/sglang-flags.ts';
import { mpirun, tensorRtKeys, trtllmServe } from '../src/verifier/launch/tensorrt-llm-keys.ts';
import { vllmFlags, vllmVariables } from '../src/verifier/launch/vllm-flags.ts';

const head = `<!-- Made by \`npm run docs\` from src/verifier/launch/. -->

# Flags of the engines

What launch files tell each engine, and where it was read: a file of the engine's repository @ commit. The verifier reads every launch file by these
tables. A flag that is not in them is a fault, and so is a name that the engine has given up.

The same number is told each engine in its own way. A share of memory is of all memory (vLLM), of all memory for weights and cache alone (SGLang), or
of what is free after loading (TensorRT-LLM). A limit on requests is of each data-parallel rank (vLLM, TensorRT-LLM) or of a whole worker (SGLang).

Read in November 2026, when NVIDIA Dynamo 1.3.0 went with vLLM 0.24.0, SGLang 0.5.16 and TensorRT-LLM 1.3.0rc23. Nothing here was launched by us.
`;

function takesInWords(takes: Takes): string {
  switch (takes.kind) {
    case 'nothing':
      return '';
    case 'whole':
      return takes.least === 0 ? 'a whole number' : 'a count';
    case 'share':
      return 'a share of 1';
    case 'text':
      return 'text';
    case 'json':
      return 'JSON';
    case 'word':
      return takes.words.map((word) => `\`${word}\``).join(', ');
  }
}

function rowsOf({ rules }: FlagTable): string {
  return rules
    .map(({ flag, takes, meaning, source }) => `| \`${flag}\` | ${takesInWords(takes)} | ${meaning} | ${source} |\n`)
    .join('');
}

function section(title: string, table: FlagTable): string {
  const { gone } = table;
  const former = gone.map(({ flag, instead, source }) => `| \`${flag}\` | ${instead} | ${source} |\n`).join('');
  const given =
    former === '' ? '' : `\nGiven up, and refused:\n\n| Name | Instead | Source |\n| --- | --- | --- |\n${former}`;
  return `\n## ${title}\n\n| Flag | Takes | Says | Source |\n| --- | --- | --- | --- |\n${rowsOf(table)}${given}`;
}

type Variables = readonly { readonly name: string; readonly meaning: string; readonly source: string }[];

function variables(of: string, list: Variables): string {
  const rows = list.map(({ name, meaning, source }) => `| \`${name}\` | ${meaning} | ${source} |\n`).join('');
  return `\nIn the environment of ${of}:\n\n| Variable | Says | Source |\n| --- | --- | --- |\n${rows}`;
}

/** The page, whole. */
export function engineFlagsPage(): string {
  return [
    head,
    section('vLLM: `vllm serve`', vllmFlags),
    variables('vLLM', vllmVariables),
    section('vLLM: `vllm-router`', vllmRouterFlags),
    section('SGLang: `python3 -m sglang.launch_server`', sglangFlags),
    variables('SGLang', sglangVariables),
    section('SGLang: `python3 -m sglang_router.launch_router`', sglangRouterFlags),
    section('TensorRT-LLM: `trtllm-serve`', trtllmServe),
    section('TensorRT-LLM: the file that `--config` names', tensorRtKeys),
    section('TensorRT-LLM: `mpirun`, of a worker on several nodes', mpirun),
    section('TensorRT-LLM: the file of `trtllm-serve disaggregated`', disaggregatedKeys),
  ].join('');
}

const written = fileURLToPath(new URL('../docs/engine-flags.md', import.meta.url));
if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(written, engineFlagsPage());
