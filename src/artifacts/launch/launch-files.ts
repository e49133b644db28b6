/** The launch files of a plan, engine by engine. */
import { stringify } from 'yaml';
import type { LaunchPlan, LaunchRole } from './launch-plan.ts';
import type { Launch } from './make-launch.ts';
import { routedWorkers, routerScript } from './router-script.ts';
import { launchScript } from './shell-script.ts';

export interface LaunchFile {
  readonly name: string;
  readonly mediaType: string;
  readonly description: string;
  readonly executable: boolean;
  readonly content: () => string;
}

const shell = 'text/x-shellscript; charset=utf-8';
const yaml = 'application/yaml';

const stem = ({ engine }: LaunchPlan, { role }: LaunchRole) => (role === 'both' ? engine : `${engine}-${role}`);

function configFile(plan: LaunchPlan, launched: LaunchRole, name: string): readonly LaunchFile[] {
  const { settings, role } = launched;
  if (!settings) return [];
  const heading = `# Plan ${plan.planId}\n# ${plan.strategy} of ${plan.model.name} under ${plan.engine}.\n`;
  return [
    {
      name,
      mediaType: yaml,
      description: `What ${plan.engine} is told of ${role === 'both' ? 'a worker' : `a ${role} worker`}: the script beside it passes it on.`,
      executable: false,
      content: () => heading + stringify(settings, { lineWidth: 0 }),
    },
  ];
}

function roleFiles(plan: LaunchPlan, launched: LaunchRole): readonly LaunchFile[] {
  const base = stem(plan, launched);
  const [file, config] = [`${base}.sh`, `${base}.yaml`];
  const { role, layout, start } = launched;
  const part = layout.nodes > 1 && start === 'each-node' ? 'one node’s part of a' : 'a';
  return [
    {
      name: file,
      mediaType: shell,
      description: `Starts ${part} ${role === 'both' ? 'worker' : `${role} worker`} under ${plan.engine}.`,
      executable: true,
      content: () => launchScript(plan, launched, { file, configFile: config }),
    },
    ...configFile(plan, launched, config),
  ];
}

function routerFiles(plan: LaunchPlan): readonly LaunchFile[] {
  const { router, roles, engine } = plan;
  const workers = roles.reduce((sum, role) => sum + role.workers, 0);
  if (!router || workers > routedWorkers) return [];
  const name = `${engine}-router.sh`;
  return [
    {
      name,
      mediaType: shell,
      description: `Starts what hands requests to the ${workers} workers.`,
      executable: true,
      content: () => routerScript(plan, router, name),
    },
  ];
}

export function launchFiles(launches: readonly Launch[]): readonly LaunchFile[] {
  return launches.flatMap((launch) =>
    launch.expressible
      ? [...launch.plan.roles.flatMap((role) => roleFiles(launch.plan, role)), ...routerFiles(launch.plan)]
      : [],
  );
}
