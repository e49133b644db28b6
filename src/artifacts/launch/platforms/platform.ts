/** What the files of all platforms have in common. */
import type { EngineName } from '../../../planner/engine.ts';
import type { Argument, LaunchPlan, LaunchRole, Word } from '../launch-plan.ts';
import { routedWorkers } from '../router-script.ts';

/** Why a platform cannot start a plan as it is, and what it or another can start that comes nearest. */
export interface Refusal {
  readonly why: string;
  readonly nearest: string;
}

export const engineTitles: Readonly<Record<EngineName, string>> = {
  vllm: 'vLLM',
  sglang: 'SGLang',
  'tensorrt-llm': 'TensorRT-LLM',
};

/** Of Kubernetes objects and jobs. Short: operators append to it, and 63 characters are a host name's limit. */
export function objectName({ planId }: Pick<LaunchPlan, 'planId'>, suffix?: string): string {
  return ['shardwell', planId.slice(0, 8), ...(suffix ? [suffix] : [])].join('-');
}

/** The kind of worker where a plan has two, and a word for the only one. */
export function roleWord({ role }: Pick<LaunchRole, 'role'>): 'worker' | 'prefill' | 'decode' {
  return role === 'both' ? 'worker' : role;
}

export function workerWords({ role }: Pick<LaunchRole, 'role'>): string {
  return role === 'both' ? 'worker' : `${role} worker`;
}

/** Of platforms whose files tell a router each worker by its address. */
export function routerRefusal({ router, roles }: LaunchPlan): Refusal | undefined {
  const workers = roles.reduce((sum, role) => sum + role.workers, 0);
  if (!router || workers <= routedWorkers) return undefined;
  return {
    why: `its router is told each worker by name, and ${workers} are more than the ${routedWorkers} that a file lists`,
    nearest: `a plan of at most ${routedWorkers} workers for a part of the cluster, once for each part`,
  };
}

/** What stands at the head of each file. */
export function heading(plan: LaunchPlan, platform: string, ...further: readonly string[]): readonly string[] {
  const { planId, strategy, model, engine, roles, notes } = plan;
  return [
    `Plan ${planId}`,
    `${strategy} of ${model.name} under ${engineTitles[engine]}, for ${platform}.`,
    ...roles.map((role) => {
      const { nodes, gpusPerNode } = role.layout;
      const spread = nodes > 1 ? `${nodes} nodes with ${gpusPerNode} GPUs each` : `${gpusPerNode} GPUs of one node`;
      return `${role.workers} × ${workerWords(role)} on ${spread}.`;
    }),
    ...(model.repository ? [] : [`The checkpoint is yours to name: ${model.missing ?? 'none is known'}.`]),
    ...notes,
    ...further,
  ];
}

/**
 * What tells a process its place among those of its worker, and where it listens. Platforms that number processes themselves say it, and
 * a second saying would contradict theirs.
 */
const placing: Readonly<Record<EngineName, readonly string[]>> = {
  vllm: [
    '--host',
    '--port',
    '--data-parallel-size-local',
    '--data-parallel-address',
    '--data-parallel-rpc-port',
    '--data-parallel-start-rank',
    '--headless',
    '--nnodes',
    '--node-rank',
    '--master-addr',
    '--master-port',
  ],
  sglang: ['--host', '--port', '--nnodes', '--node-rank', '--dist-init-addr'],
  'tensorrt-llm': ['--host', '--port', '--config'],
};

/** The engine's arguments without those, and without `further` ones that the platform has words of its own for. */
export function platformArguments(
  engine: EngineName,
  { arguments: args }: LaunchRole,
  further: readonly string[] = [],
): readonly Argument[] {
  return args.filter(({ flag }) => !placing[engine].includes(flag) && !further.includes(flag));
}

/** The value of a flag that the role is told, as a number; 1 where it is not told. */
export function degree({ arguments: args }: LaunchRole, flag: string): number {
  const found = args.find((argument) => argument.flag === flag);
  return found?.value === undefined ? 1 : Number(found.value.join(''));
}

export function has({ arguments: args }: LaunchRole, flag: string): boolean {
  return args.some((argument) => argument.flag === flag);
}

/** Stands where no catalog names a checkpoint. Engines look for a directory of the name and say that it is missing. */
export const unnamedCheckpoint = '/REPLACE/with-your-checkpoint';
export const unnamedDraft = '/REPLACE/with-your-draft-checkpoint';

/**
 * A word with nothing left to be found out at the start.
 * @throws RangeError where it has something that the platform would have had to say.
 */
export function settledWord(word: Word, { model }: Pick<LaunchPlan, 'model'>): string {
  return word
    .map((part) => {
      if (typeof part === 'string') return part;
      if (part.variable === 'model') return model.repository ?? unnamedCheckpoint;
      if (part.variable === 'draft-model') return unnamedDraft;
      // Each process has an address, or a port on its node, of its own here.
      if (part.variable === 'port') return String(part.base);
      throw new RangeError(`no platform says ${part.variable} of a process that it places itself`);
    })
    .join('');
}
