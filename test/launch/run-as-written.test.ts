/** Scripts inside files of platforms, run by bash itself with programs in the engines' places that note what they were told. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { launchedPlans, type WrittenFile, writtenFiles } from '../support/launched-plans.ts';
import { at, fields, listOf } from '../support/manifests.ts';
import { hasShellcheck } from '../support/tools.ts';

const written = writtenFiles(launchedPlans());

function fileOf(platform: WrittenFile['platform'], what: string): string {
  const found = written.find((file) => file.platform === platform && file.what === what);
  if (!found) throw new Error(`no ${platform} of ${what}`);
  return found.text;
}

let folder = '';
const notes = () => join(folder, 'notes');

/** Notes its name and words, one a line, in a file of its own. */
const noting = `#!/bin/bash
{ echo "\${0##*/}"; printf '%s\\n' "$@"; echo "visible=\${CUDA_VISIBLE_DEVICES:-all}"; } > "$NOTES/\${SLURM_STEP:-pod}-\${SLURM_NODEID:-0}-$$"
`;

const stubs: Readonly<Record<string, string>> = {
  vllm: noting,
  python3: noting,
  'trtllm-llmapi-launch': noting,
  'trtllm-serve': noting,
  scontrol: '#!/bin/bash\nfor i in $(seq 0 "$LAST_NODE"); do echo "node$i"; done\n',
  getent: `#!/bin/bash\necho "10.0.0.\${2//[^0-9]/} STREAM $2"\n`,
  // A step: its script once for each task of each node, as Slurm would start it.
  srun: `#!/bin/bash
tasks=1
nodes=1
while [[ "$1" == --* ]]; do
  case "$1" in
    --ntasks-per-node=*) tasks="\${1#*=}" ;;
    --nodes=*) nodes="\${1#*=}" ;;
    --nodelist=*) list="\${1#*=}" ;;
  esac
  shift
done
for (( node = 0; node < nodes; node++ )); do
  for (( task = 0; task < tasks; task++ )); do SLURM_STEP="$list" SLURM_NODEID="$node" "$@"; done
done
`,
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'platforms-'));
  mkdirSync(join(folder, 'bin'));
  for (const [name, text] of Object.entries(stubs)) {
    writeFileSync(join(folder, 'bin', name), text);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Run {
  readonly code: number | null;
  readonly noted: ReadonlyMap<string, readonly string[]>;
}

function run(script: string, environment: Readonly<Record<string, string>>): Run {
  rmSync(notes(), { recursive: true, force: true });
  mkdirSync(notes());
  const { status } = spawnSync('bash', ['-c', script], {
    env: { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, NOTES: notes(), ...environment },
    encoding: 'utf8',
    timeout: 20_000,
  });
  const noted = readdirSync(notes()).toSorted();
  return {
    code: status,
    noted: new Map(noted.map((name) => [name, readFileSync(join(notes(), name), 'utf8').trimEnd().split('\n')])),
  };
}

const told = (words: readonly string[], flag: string) => words[words.indexOf(flag) + 1];

describe('a Slurm job', () => {
  it.each(written.filter(({ platform }) => platform === 'slurm'))('is bash: $what', ({ text }) => {
    expect(execFileSync('bash', ['-n'], { input: text, encoding: 'utf8' })).toBe('');
  });

  it.runIf(hasShellcheck)('has nothing that shellcheck would change', () => {
    for (const { text, platform } of written) {
      if (platform !== 'slurm') continue;
      const { stdout } = spawnSync('shellcheck', ['-'], { input: text, encoding: 'utf8' });
      expect(stdout).toBe('');
    }
  });

  const settings = {
    SLURM_JOB_NODELIST: 'node[0-1]',
    SLURM_SUBMIT_DIR: '/tmp',
    SLURM_GPUS_PER_NODE: '8',
    LAST_NODE: '1',
  };

  it('tells each node of a worker its ranks and where node 0 is', () => {
    const { code, noted } = run(fileOf('slurm', 'vLLM, data-parallel ranks on two nodes'), settings);
    // Its steps end at once here, which ends a job.
    expect(code).toBe(1);
    const [head, follower, ...others] = [...noted].map(([name, words]) => ({ name, words }));
    expect(others).toEqual([]);
    expect([head?.name.slice(0, 13), follower?.name.slice(0, 13)]).toEqual(['node0,node1-0', 'node0,node1-1']);
    expect(head?.words.slice(0, 3)).toEqual(['vllm', 'serve', 'Qwen/Qwen3-30B-A3B']);
    for (const { words } of [head, follower].filter((each) => each !== undefined))
      expect(told(words, '--data-parallel-address')).toBe('10.0.0.0');
    expect(told(follower?.words ?? [], '--data-parallel-start-rank')).toBe('8');
    expect(head?.words).not.toContain('--headless');
    expect(follower?.words).toContain('--headless');
  });

  it('starts a task for each rank under MPI, each with the configuration', () => {
    const { noted } = run(fileOf('slurm', 'TensorRT-LLM, two nodes'), settings);
    expect(noted.size).toBe(16);
    for (const words of noted.values()) {
      expect(words.slice(0, 3)).toEqual(['trtllm-llmapi-launch', 'trtllm-serve', 'Qwen/Qwen3-30B-A3B']);
      expect(readFileSync(told(words, '--config') ?? '', 'utf8')).toContain('tensor_parallel_size: 16');
      rmSync(told(words, '--config') ?? '');
    }
  });
});

describe('the script of a pod', () => {
  const [set] = parseAllDocuments(fileOf('leaderworkerset', 'vLLM, data-parallel ranks on two nodes')).map((each) =>
    fields(each.toJS()),
  );
  const script = (template: string) =>
    String(at(listOf(at(set, 'spec', 'leaderWorkerTemplate', template, 'spec', 'containers'))[0], 'args', 0));
  const environment = { MODEL: 'a/b', LWS_LEADER_ADDRESS: 'set-0.set7', LWS_GROUP_SIZE: '2' };

  it('finds the leader and its own place', () => {
    const leader = run(script('leaderTemplate'), { ...environment, LWS_WORKER_INDEX: '0' });
    const worker = run(script('workerTemplate'), { ...environment, LWS_WORKER_INDEX: '1' });
    const [[, led = []] = [], [, followed = []] = []] = [[...leader.noted][0], [...worker.noted][0]];
    expect([leader.code, worker.code]).toEqual([0, 0]);
    expect(led.slice(0, 3)).toEqual(['vllm', 'serve', 'a/b']);
    expect([led, followed].map((words) => told(words, '--data-parallel-address'))).toEqual(['10.0.0.07', '10.0.0.07']);
    expect(told(followed, '--data-parallel-start-rank')).toBe('8');
  });

  it('stops where nobody names a checkpoint', () => {
    const { code, noted } = run(script('leaderTemplate'), { ...environment, MODEL: '', LWS_WORKER_INDEX: '0' });
    expect([code, noted.size]).toEqual([1, 0]);
  });
});
