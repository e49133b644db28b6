/**
 * A Slurm job that starts all workers and what stands before them: `sbatch` takes it as it is. Workers are job steps that share the job's nodes
 * (srun --overlap, slurm.schedmd.com/srun.html) on the nodes and GPUs that the plan gives them; MPI's ranks are the step's tasks, as in
 * TensorRT-LLM examples/llm-api/llm_mgmn_trtllm_serve.sh @0bd88711. Containers are pyxis' (--container-image), where IMAGE names one.
 */
import { stringify } from 'yaml';
import { type LaunchPlan, type LaunchRole, siteOf } from '../launch-plan.ts';
import { routerScript } from '../router-script.ts';
import { command, devices } from '../shell-script.ts';
import { engineImages, routerImages } from './images.ts';
import { heading, objectName, roleWord, workerWords } from './platform.ts';

const launcher = 'trtllm-llmapi-launch';

/** Slurm starts the ranks itself: what would have started them over ssh falls away. */
function startedBySlurm(role: LaunchRole): LaunchRole {
  if (role.start === 'each-node') return role;
  const from = role.program.findIndex((word) => word.join('') === launcher);
  return { ...role, program: role.program.slice(from) };
}

function uses(role: LaunchRole, variable: string): boolean {
  const words = [
    ...role.program,
    ...role.arguments.flatMap(({ value }) => (value ? [value] : [])),
    ...role.environment.map(({ value }) => value),
  ];
  return words.some((word) => word.some((part) => typeof part !== 'string' && part.variable === variable));
}

/** One process of a worker. Told which worker it is of, and the addresses of the worker's nodes; Slurm says on which of them it is. */
function processScript({ model }: LaunchPlan, told: LaunchRole): string {
  const role = startedBySlurm(told);
  const checkpoint = model.repository ? `\${MODEL:-${model.repository}}` : `\${MODEL:?set MODEL to a checkpoint}`;
  const run = [
    ...(uses(role, 'head-address') ? [`head_address="\${addresses[1]}"`] : []),
    ...(uses(role, 'node-address') ? [`node_address="\${addresses[node_rank + 1]}"`] : []),
    ...(uses(role, 'model') ? [`model="${checkpoint}"`] : []),
    ...(uses(role, 'draft-model')
      ? [`draft_model="\${DRAFT_MODEL:?set DRAFT_MODEL to the checkpoint that guesses tokens}"`]
      : []),
    ...(role.settings
      ? [
          'config_file="$(mktemp --suffix=.yaml)"',
          'cat > "$config_file" <<EOF',
          ...stringify(role.settings, { lineWidth: 0 }).trimEnd().split('\n'),
          'EOF',
        ]
      : []),
    ...devices(role),
    ...command(role),
  ];
  const needs = (name: string) => run.some((line) => new RegExp(`\\b${name}\\b`).test(line));
  return [
    '#!/usr/bin/env bash',
    'set -euo pipefail',
    ...(needs('worker') ? ['worker="$1"'] : []),
    ...(needs('addresses') ? ['addresses=("$@")'] : []),
    ...(needs('node_rank') ? ['node_rank="$SLURM_NODEID"'] : []),
    ...run,
  ].join('\n');
}

const perLine = 24;

function table(name: string, values: readonly number[]): readonly string[] {
  if (values.length <= perLine) return [`${name}=(${values.join(' ')})`];
  const rows = Array.from(
    { length: Math.ceil(values.length / perLine) },
    (_, row) => `  ${values.slice(row * perLine, (row + 1) * perLine).join(' ')}`,
  );
  return [`${name}=(`, ...rows, ')'];
}

function held(name: string, script: string): readonly string[] {
  return [`${name}="$(`, "  cat <<'SCRIPT'", ...script.split('\n'), 'SCRIPT', ')"'];
}

interface Heads {
  readonly nodes: readonly number[];
  readonly ports: readonly number[];
}

function headsOf({ workers, layout, httpPort }: LaunchRole): Heads {
  const sites = Array.from({ length: workers }, (_, worker) => siteOf(layout, worker));
  return {
    nodes: sites.map(({ firstNode }) => firstNode),
    ports: sites.map(({ firstGpus }) => httpPort.base + httpPort.stride * (firstGpus[0] ?? 0)),
  };
}

function rolePart(plan: LaunchPlan, role: LaunchRole): readonly string[] {
  const name = roleWord(role);
  const { nodes, ports } = headsOf(role);
  const [tasks, numbering] = role.start === 'mpi' ? [role.layout.gpusPerNode, 'pmix'] : [1, 'none'];
  return [
    '',
    `# The first node of each ${workerWords(role)}${plan.router ? ', and the port that it answers on' : ''}.`,
    ...table(`${name}_nodes`, nodes),
    ...(plan.router ? table(`${name}_ports`, ports) : []),
    ...held(`${name}_script`, processScript(plan, role)),
    `for index in "\${!${name}_nodes[@]}"; do`,
    `  start ${name} "$${name}_script" "$index" "\${${name}_nodes[index]}" ${role.layout.nodes} ${tasks} ${numbering}`,
    'done',
  ];
}

function routerPart(plan: LaunchPlan): readonly string[] {
  const { router, roles } = plan;
  if (!router) return [];
  const heads = roles.map((role) => ({ name: roleWord(role), ...headsOf(role) }));
  const nodes = [...new Set(heads.flatMap(({ nodes }) => nodes))];
  return [
    routerSettings,
    '',
    '# The router is started when all workers answer. It runs on the first node.',
    ...heads.flatMap(({ name }) => [
      `for index in "\${!${name}_nodes[@]}"; do`,
      `  until answers "\${addresses[\${${name}_nodes[index]}]}" "\${${name}_ports[index]}"; do sleep 10; done`,
      'done',
    ]),
    ...table('router_nodes', nodes),
    ...held('router_script', routerScript(plan, router, 'router.sh').trimEnd()),
    routerStart,
  ];
}

/** Nodes of the job by name and by address, and the containers that engine and router run in where some are named. */
const settings = `set -euo pipefail

mapfile -t hosts < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
addresses=()
for host in "\${hosts[@]}"; do
  read -r address _ < <(getent ahostsv4 "$host")
  addresses+=("$address")
done

container=()
if [[ -n "\${IMAGE:-}" ]]; then
  container=("--container-image=$IMAGE" "--container-mounts=\${MOUNTS:-$SLURM_SUBMIT_DIR:$SLURM_SUBMIT_DIR}")
fi

# A worker: its name, its script and number, its first node and how many it has, tasks on each, and who tells tasks from each other.
start() {
  local name="$1" script="$2" worker="$3" first="$4" nodes="$5" tasks="$6" mpi="$7" on
  printf -v on '%s,' "\${hosts[@]:first:nodes}"
  srun --overlap --nodes="$nodes" --ntasks-per-node="$tasks" --nodelist="\${on%,}" --gpus-per-node="$SLURM_GPUS_PER_NODE" \\
    --cpu-bind=none --mem=0 --mpi="$mpi" --kill-on-bad-exit=1 --label \\
    "\${container[@]}" bash -c "$script" "$name" "$worker" "\${addresses[@]:first:nodes}" &
}`;

const routerSettings = `
router_container=()
if [[ -n "\${ROUTER_IMAGE:-}" ]]; then router_container=("--container-image=$ROUTER_IMAGE"); fi

answers() { (exec 3<> "/dev/tcp/$1/$2") 2> /dev/null; }`;

const routerStart = `router_addresses=()
for node in "\${router_nodes[@]}"; do router_addresses+=("\${addresses[node]}"); done
srun --overlap --nodes=1 --ntasks=1 --nodelist="\${hosts[0]}" --cpu-bind=none --mem=0 \\
  "\${router_container[@]}" bash -c "$router_script" router "\${router_addresses[@]}" &`;

const end = `
# Whichever step ends first ends the job: the others would wait for it for ever.
wait -n || true
echo "a part of the job has ended: see its lines above" >&2
exit 1`;

/** Nodes from the cluster's first on: the plan's numbers are places in the job. */
function nodesOf(roles: readonly LaunchRole[]): number {
  return Math.max(...roles.map(({ workers, layout }) => siteOf(layout, workers - 1).firstNode + layout.nodes));
}

export function slurmJob(plan: LaunchPlan): string {
  const name = objectName(plan);
  const head = heading(
    plan,
    'Slurm',
    'Submit with sbatch, and with --account, --partition and --time as your cluster wants them.',
    `IMAGE names a container for pyxis, such as ${engineImages[plan.engine]}${plan.router ? `, and ROUTER_IMAGE one for the router, such as ${routerImages[plan.engine]}` : ''}; MOUNTS what it sees. Without one the engine has to be installed on the nodes.`,
    'Tokens are handed on from the environment of sbatch: HF_TOKEN.',
  );
  const lines = [
    '#!/usr/bin/env bash',
    ...head.map((line) => `# ${line}`),
    `#SBATCH --job-name=${name}`,
    `#SBATCH --nodes=${nodesOf(plan.roles)}`,
    `#SBATCH --gpus-per-node=${plan.cluster.gpusPerNode}`,
    '#SBATCH --exclusive',
    '#SBATCH --output=%x-%j.log',
    settings,
    ...plan.roles.flatMap((role) => rolePart(plan, role)),
    ...routerPart(plan),
    end,
  ];
  return `${lines.join('\n')}\n`;
}
