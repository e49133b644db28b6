/** What is wrong with a plan's launch files is wrong with the plan: the emitter is made to write something else, and the answer says so. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exampleRequest } from '../../test/support/examples.ts';
import type { Launch } from '../artifacts/launch/make-launch.ts';
import type { PlatformFile } from '../artifacts/launch/platforms/platform-files.ts';
import { runJob } from './run-job.ts';
import { emitter } from './run-job-launch.ts';

const written = { ...emitter };
const change = { name: '', of: (text: string) => text, seen: [] as string[], refuse: '' };

function changedFile(file: PlatformFile): PlatformFile {
  return {
    ...file,
    content() {
      change.seen.push(file.name);
      const text = file.content();
      return file.name === change.name ? change.of(text) : text;
    },
  };
}

const changedLaunch = (launch: Launch): Launch =>
  launch.engine === change.refuse
    ? { engine: launch.engine, expressible: false, why: 'it cannot be', nearest: [] }
    : launch;

interface Answer {
  readonly verification: {
    readonly verdict: string;
    readonly checks: readonly { readonly id: string; readonly status: string; readonly explanation: string }[];
  };
}

function planned(request: unknown): Answer['verification'] {
  const result = runJob({ kind: 'plan', request, id: '5eed'.repeat(16) }, () => false);
  if (result.kind !== 'answer') throw new Error(result.kind);
  const answer: Answer = JSON.parse(result.json);
  return answer.verification;
}

const checkOf = ({ checks }: Answer['verification']) => checks.find(({ id }) => id === 'launch-files');

const serving = {
  cluster: { nodes: 2, gpusPerNode: 8, gpu: 'h100-sxm' },
  model: 'llama-3.1-70b',
  engine: 'vllm',
  workload: { kind: 'serving', inputTokens: 1000, outputTokens: 200, concurrency: 32 },
  constraints: { tp: 8, pp: 1 },
  options: { modes: ['aggregated'] },
};

beforeEach(() => {
  change.name = '';
  change.of = (text) => text;
  change.seen = [];
  change.refuse = '';
  vi.spyOn(emitter, 'platformFiles').mockImplementation((launches) => written.platformFiles(launches).map(changedFile));
  vi.spyOn(emitter, 'launchesOf').mockImplementation((plan) => written.launchesOf(plan).map(changedLaunch));
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a plan whose platforms’ files', () => {
  it.each([
    ['of serving say what it says', serving],
    ['of a batch say what it says', exampleRequest('reference')],
  ])('%s is optimal', (_, request) => {
    const verification = planned(request);
    expect(verification.verdict).toBe('optimal');
    expect(checkOf(verification)).toMatchObject({ status: 'pass' });
    expect(change.seen.length).toBeGreaterThan(2);
    for (const name of change.seen) expect(checkOf(verification)?.explanation).toContain(name);
  });

  it.each([
    ['leaderworkerset-vllm.yaml', '--tensor-parallel-size 8', '--tensor-parallel-size 4', /tp: 8 in the plan, 4/],
    ['leaderworkerset-vllm.yaml', 'replicas: 2', 'replicas: 3', /workers: 2 in the plan, 3/],
    ['kserve-vllm.yaml', 'replicas: 2', 'replicas: 1', /workers: 2 in the plan, 1/],
    ['kserve-vllm.yaml', 'spec:', 'specification:', /additional properties|required/],
    ['dynamo-vllm.yaml', 'gpu: "8"', 'gpu: "4"', /GPUs of a node: 8 in the plan, 4/],
    ['dynamo-vllm.yaml', '- --dtype', '- --no-such-flag\n            - --dtype', /has no flag --no-such-flag/],
    ['slurm-vllm.sh', '#SBATCH --nodes=2', '#SBATCH --nodes=3', /need 2 nodes, and the job asks for 3/],
    ['slurm-vllm.sh', '--max-num-seqs', '--max-num-seq', /has no flag --max-num-seq\b/],
    ['ray-vllm.yaml', 'num_replicas: 2', 'num_replicas: 4', /workers: 2 in the plan, 4/],
    ['ray-vllm.yaml', 'applications:', 'applications: &all', /no plain text/],
  ])('%s says %j otherwise is invalid', (name, from, to, fault) => {
    change.name = name;
    change.of = (text) => {
      expect(text).toContain(from);
      return text.replace(from, to);
    };
    const verification = planned(serving);
    expect(change.seen).toContain(name);
    expect(verification.verdict).toBe('invalid');
    expect(checkOf(verification)).toMatchObject({ status: 'fail' });
    expect(checkOf(verification)?.explanation).toContain(`${name}: `);
    expect(checkOf(verification)?.explanation).toMatch(fault);
  });
});

describe('a plan of which an engine is said not to be able to run it', () => {
  it.each([
    ['vllm', serving, 'invalid', /nothing keeps the engine from the plan, and it is said: it cannot be/],
    ['sglang', exampleRequest('reference'), 'invalid', /sglang is refused: nothing keeps the engine/],
    // EP64_TP2 is none of vLLM's folds, whoever says so.
    ['vllm', exampleRequest('reference'), 'optimal', /No file for vllm: it cannot be\./],
  ])('%s', (engine, request, verdict, told) => {
    change.refuse = engine;
    const verification = planned(request);
    expect(verification.verdict).toBe(verdict);
    expect(checkOf(verification)?.explanation).toMatch(told);
  });
});

it.each([
  'no',
  'On',
  '~',
  '12:30',
  '1e3',
  '0123',
  '1_000',
  '0x1f',
  '.5',
  '2026-01-01',
  '=',
  '<<',
  "it's",
  'a: b',
  'a #b',
  '- a',
  '"',
  'é\u2028',
])('a plan of a model called %j has files that say so', (name) => {
  const { cluster, workload, options } = serving;
  const model = { name, layers: 2, hiddenSize: 1024, heads: 8, intermediateSize: 2048, precision: 'bf16' };
  for (const engine of ['vllm', 'tensorrt-llm']) {
    const verification = planned({ cluster, workload, options, engine, model });
    expect([verification.verdict, checkOf(verification)?.explanation]).toEqual(['optimal', expect.any(String)]);
  }
});
