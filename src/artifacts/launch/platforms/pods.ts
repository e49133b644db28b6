/** A pod that runs one node of a worker, as Kubernetes' core API has it. */
import type { LaunchPlan, LaunchRole, Setting, Settings } from '../launch-plan.ts';
import { engineImages } from './images.ts';
import { roleWord } from './platform.ts';
import { configPath, type PodPlace, podScript, readEnvironment } from './pod-script.ts';
import type { Note } from './yaml-text.ts';

/** Of the Secret that holds the token for checkpoints behind a licence. Pods start without it too. */
export const tokenSecret = { name: 'hf-token-secret', key: 'HF_TOKEN' } as const;

const tokenVariable: Settings = {
  name: 'HF_TOKEN',
  valueFrom: { secretKeyRef: { ...tokenSecret, optional: true } },
};

function environment(plan: LaunchPlan, role: LaunchRole): readonly Setting[] {
  const values = {
    MODEL: { value: plan.model.repository ?? '' },
    DRAFT_MODEL: { value: '' },
    POD_IP: { valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
  } as const;
  return [
    ...readEnvironment(role).map((name) => ({ name, ...values[name] })),
    tokenVariable,
    { name: 'HF_HOME', value: '/models' },
  ];
}

/** Weights may take an hour to come; once there, an engine that is silent for five minutes is restarted. */
function probes(port: number): Settings {
  const httpGet = { path: '/health', port };
  return {
    startupProbe: { httpGet, periodSeconds: 10, failureThreshold: 360 },
    readinessProbe: { httpGet, periodSeconds: 10, timeoutSeconds: 5 },
    livenessProbe: { httpGet, periodSeconds: 30, timeoutSeconds: 10, failureThreshold: 10 },
  };
}

/** The engine answers HTTP on a worker's first node alone. */
export function podSpec(plan: LaunchPlan, role: LaunchRole, place: PodPlace, configMap: string | undefined): Settings {
  const answers = place !== 'followers';
  const mount = (name: string, mountPath: string) => ({ name, mountPath });
  return {
    containers: [
      {
        name: 'engine',
        image: engineImages[plan.engine],
        command: ['/bin/bash', '-c'],
        args: [podScript(role, place)],
        env: environment(plan, role),
        ...(answers && { ports: [{ name: 'http', containerPort: role.httpPort.base }] }),
        resources: { limits: { 'nvidia.com/gpu': String(role.layout.gpusPerNode) } },
        ...(answers && probes(role.httpPort.base)),
        volumeMounts: [
          mount('shared-memory', '/dev/shm'),
          mount('models', '/models'),
          ...(configMap
            ? [{ name: 'config', mountPath: configPath, subPath: `${roleWord(role)}.yaml`, readOnly: true }]
            : []),
        ],
      },
    ],
    volumes: [
      { name: 'shared-memory', emptyDir: { medium: 'Memory' } },
      { name: 'models', emptyDir: {} },
      ...(configMap ? [{ name: 'config', configMap: { name: configMap } }] : []),
    ],
  };
}

/** What one may want to change in such a pod, above the keys in question. `at` is where its spec is. */
export function podNotes(at: readonly (string | number)[]): readonly Note[] {
  const container = [...at, 'containers', 0];
  return [
    {
      above: [...container, 'resources'],
      lines: [
        'Over RDMA, ask for the devices beside the GPUs by the name that your device plugin gives them:',
        '  rdma/ib: "1"',
        'and let the engine pin memory: securityContext: { capabilities: { add: [IPC_LOCK] } }',
      ],
    },
    {
      above: [...at, 'volumes'],
      lines: ['models is filled at each start: a persistentVolumeClaim in its place keeps the weights.'],
    },
  ];
}
