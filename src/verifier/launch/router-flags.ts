/** Flags of the routers that launch files start. docs/engine-flags.md is these tables as a page. */
import { count, type FlagTable, nothing, text } from './flags.ts';

const vllm = 'vllm-project/router, docs/cli_reference.md @df71929b';
const sglang = 'docs/advanced_features/pd_disaggregation.md @08edc506';

export const vllmRouterFlags: FlagTable = {
  program: 'vllm-router',
  rules: [
    { flag: '--host', takes: text, meaning: 'address that it answers on', source: vllm },
    { flag: '--port', takes: count, meaning: 'port that it answers on', source: vllm },
    {
      flag: '--vllm-pd-disaggregation',
      takes: nothing,
      meaning: 'prompts to the ones, answers from the others',
      source: vllm,
    },
    { flag: '--prefill', takes: text, meaning: 'a prefill worker', source: vllm, repeats: true },
    { flag: '--decode', takes: text, meaning: 'a decode worker', source: vllm, repeats: true },
    {
      flag: '--worker-urls',
      takes: text,
      meaning: 'all workers, where they share prompts and answers',
      source: vllm,
      repeats: true,
    },
  ],
  gone: [],
};

export const sglangRouterFlags: FlagTable = {
  program: 'sglang_router.launch_router',
  rules: [
    { flag: '--host', takes: text, meaning: 'address that it answers on', source: sglang },
    { flag: '--port', takes: count, meaning: 'port that it answers on', source: sglang },
    {
      flag: '--pd-disaggregation',
      takes: nothing,
      meaning: 'prompts to the ones, answers from the others',
      source: sglang,
    },
    {
      flag: '--prefill',
      takes: text,
      meaning: 'a prefill worker, and its bootstrap port',
      source: sglang,
      repeats: true,
    },
    { flag: '--decode', takes: text, meaning: 'a decode worker', source: sglang, repeats: true },
    {
      flag: '--worker-urls',
      takes: text,
      meaning: 'all workers, where they share prompts and answers',
      source: sglang,
      repeats: true,
    },
  ],
  gone: [],
};

export const disaggregatedKeys: FlagTable = {
  program: 'trtllm-serve disaggregated',
  rules: [
    {
      flag: 'hostname',
      takes: text,
      meaning: 'address that it answers on',
      source: 'docs/source/features/disagg-serving.md @0434b982',
    },
    {
      flag: 'port',
      takes: count,
      meaning: 'port that it answers on',
      source: 'docs/source/features/disagg-serving.md @0434b982',
    },
    { flag: 'backend', takes: text, meaning: 'pytorch', source: 'docs/source/features/disagg-serving.md @0434b982' },
    {
      flag: 'context_servers',
      takes: text,
      meaning: 'prefill workers: `num_instances` and `urls`',
      source: 'docs/source/features/disagg-serving.md @0434b982',
    },
    {
      flag: 'generation_servers',
      takes: text,
      meaning: 'decode workers',
      source: 'docs/source/features/disagg-serving.md @0434b982',
    },
  ],
  gone: [],
};
