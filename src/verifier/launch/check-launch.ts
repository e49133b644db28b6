/**
 * Whether the launch files of a plan say what the plan says. Each script is followed as bash would follow it, for every node of every worker (of many
 * workers and nodes the first and the last), and what it would start is read back into a strategy.
 */
import type { EngineName } from '../../planner/engine.ts';
import { routerFaults } from './check-router.ts';
import { type ExpectedLaunch, type ExpectedWorkers, sharesOf } from './expectation.ts';
import { placeFaults, processFaults, stand } from './process-faults.ts';
import type { Read, ReadContext } from './read-process.ts';
import { readSglang } from './read-sglang.ts';
import { readTensorRt } from './read-tensorrt-llm.ts';
import { readVllm } from './read-vllm.ts';
import type { ReadableFile } from './readable-file.ts';
import { programOf, type ShellProgram } from './shell-program.ts';
import { type Started, startedBy } from './shell-run.ts';
import { Unreadable } from './shell-words.ts';

export const readers: Readonly<
  Record<EngineName, (started: Started, context: ReadContext, files: readonly ReadableFile[]) => Read>
> = { vllm: readVllm, sglang: readSglang, 'tensorrt-llm': readTensorRt };

/** The first and the last of many, and all of few. */
const looked = 5;

export function sample(length: number): readonly number[] {
  if (length <= looked) return Array.from({ length }, (_, i) => i);
  return [...Array.from({ length: looked - 1 }, (_, i) => i), length - 1];
}

interface Asked {
  readonly expected: ExpectedLaunch;
  readonly workers: ExpectedWorkers;
  readonly files: readonly ReadableFile[];
  readonly program: ShellProgram;
  /** Names of the script's arguments, as its usage has them. */
  readonly parameters: readonly string[];
}

function argumentsOf({ parameters }: Asked, worker: number, nodeRank: number): readonly string[] {
  return parameters.map((name) => {
    switch (name) {
      case 'WORKER':
        return String(worker);
      case 'NODE_RANK':
        return String(nodeRank);
      case 'HEAD_ADDRESS':
        return stand.head;
      case 'HOSTFILE':
        return stand.hostfile;
      default:
        throw new Unreadable(`the script wants an argument that nobody knows: ${name}`);
    }
  });
}

function processOf(asked: Asked, worker: number, nodeRank: number): Read {
  const { expected, program, files } = asked;
  const environment = { MODEL: stand.model, DRAFT_MODEL: stand.draft, NODE_ADDRESS: stand.node };
  const started = startedBy(program, { arguments: argumentsOf(asked, worker, nodeRank), environment });
  return readers[expected.engine](started, { layers: expected.layers, experts: expected.experts }, files);
}

/** What a heading says of where a worker is, held against the grid. */
function whereaboutsFaults({ program, workers }: Asked): readonly string[] {
  const faults: string[] = [];
  const told = new Map<number, string>();
  for (const comment of program.comments) {
    const [, worker, where] = /^worker (\d+): (.+)$/.exec(comment) ?? [];
    if (worker !== undefined && where !== undefined) told.set(Number(worker), where);
  }
  for (const worker of sample(Math.min(workers.grid.replicas, told.size || 1))) {
    const shares = sharesOf(workers, worker);
    const [first, last] = [shares[0], shares.at(-1)];
    const expected = shares.length === 1 ? `node ${first?.node}` : `nodes ${first?.node} to ${last?.node}`;
    const found = told.get(worker)?.split(',')[0];
    if (found !== expected)
      faults.push(`worker ${worker} is on ${expected}, and its heading says ${found ?? 'nothing'}`);
  }
  return faults;
}

/** Where a worker's node 0 answers, and which ports are taken where. */
export interface Answering {
  readonly role: ExpectedWorkers['role'];
  readonly worker: number;
  readonly node: number;
  readonly port: number | undefined;
}

interface Followed {
  readonly faults: readonly string[];
  readonly answering: readonly Answering[];
  readonly ports: readonly { readonly node: number; readonly worker: string; readonly port: number }[];
}

function followScript(asked: Asked): Followed {
  const { workers } = asked;
  const { grid, role } = workers;
  const faults: string[] = [...whereaboutsFaults(asked)];
  const answering: Answering[] = [];
  const ports: { node: number; worker: string; port: number }[] = [];
  const eachNode = asked.parameters.includes('NODE_RANK');
  for (const worker of sample(grid.replicas)) {
    const shares = sharesOf(workers, worker);
    for (const nodeRank of eachNode ? sample(shares.length) : [0]) {
      const here = shares[nodeRank];
      if (!here) continue;
      const read = processOf(asked, worker, nodeRank);
      const where = `${role === 'both' ? '' : `${role} `}worker ${worker}, node ${nodeRank}: `;
      if (read.kind === 'unreadable') return { faults: read.faults.map((fault) => where + fault), answering, ports };
      const found = [
        ...read.faults,
        ...processFaults(workers, read.process),
        ...placeFaults(read.process, shares, here, grid.cluster.gpusPerNode),
      ];
      faults.push(...found.map((fault) => where + fault));
      for (const port of read.process.ports) ports.push({ node: here.node, worker: `${role} ${worker}`, port });
      if (nodeRank === 0) answering.push({ role, worker, node: here.node, port: read.process.httpPort });
      else if (read.process.httpPort !== undefined && expectsOneAnswer(asked))
        faults.push(`${where}answers on a port of its own`);
    }
  }
  return { faults, answering, ports };
}

/** vLLM's other nodes are headless; SGLang's take the same words everywhere. */
function expectsOneAnswer({ expected }: Asked): boolean {
  return expected.engine === 'vllm';
}

export function sharedPorts(ports: Followed['ports']): readonly string[] {
  const taken = new Map<string, string>();
  const faults: string[] = [];
  for (const { node, worker, port } of ports) {
    const place = `port ${port} of node ${node}`;
    const other = taken.get(place);
    if (other !== undefined && other !== worker)
      faults.push(`${place} is taken by two workers: ${other} and ${worker}`);
    taken.set(place, worker);
  }
  return faults;
}

function parametersOf({ comments }: ShellProgram): readonly string[] {
  const usage = comments.find((comment) => comment.startsWith('Usage: '))?.split(' ') ?? [];
  return usage.slice(2);
}

function scriptName(engine: EngineName, role: ExpectedWorkers['role']): string {
  return role === 'both' ? `${engine}.sh` : `${engine}-${role}.sh`;
}

function guarded<T>(file: string, work: () => T): T | readonly [string] {
  try {
    return work();
  } catch (error) {
    if (error instanceof Unreadable) return [`${file}: ${error.message}`];
    throw error;
  }
}

/** Everything that is wrong with the files of one engine; none where there is nothing. */
export function launchFaults(expected: ExpectedLaunch, files: readonly ReadableFile[]): readonly string[] {
  const faults: string[] = [];
  const answering: Answering[] = [];
  const ports: Followed['ports'][number][] = [];
  for (const { name, content } of files) {
    if (!content.includes(`# Plan ${expected.planId}\n`)) faults.push(`${name} does not say of which plan it is`);
  }
  for (const workers of expected.workers) {
    const name = scriptName(expected.engine, workers.role);
    const file = files.find((each) => each.name === name);
    if (!file) {
      faults.push(`${name} is missing`);
      continue;
    }
    const followed = guarded(name, () => {
      const program = programOf(file.content);
      return followScript({ expected, workers, files, program, parameters: parametersOf(program) });
    });
    if (!('answering' in followed)) faults.push(...followed);
    else {
      faults.push(...followed.faults.map((fault) => `${name}: ${fault}`));
      answering.push(...followed.answering);
      ports.push(...followed.ports);
    }
  }
  faults.push(...sharedPorts(ports));
  const router = files.find((each) => each.name === `${expected.engine}-router.sh`);
  if (router) {
    const found = guarded(router.name, () => routerFaults(expected, router.content, answering));
    faults.push(...found.map((fault) => (fault.startsWith(router.name) ? fault : `${router.name}: ${fault}`)));
  } else if (expected.workers.length > 1 && expected.workers.reduce((sum, { grid }) => sum + grid.replicas, 0) <= 512) {
    faults.push(`${expected.engine}-router.sh is missing`);
  }
  return faults;
}
