/** The part of Kubernetes' core API that launch files use, closed: what is not here is a fault. */
import { type Static, Type } from 'typebox';

export const closed = <P extends Parameters<typeof Type.Object>[0]>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

/** Whole GPUs, as a quantity. */
export const gpuCount = Type.String({ pattern: '^[1-9][0-9]{0,5}$' });
const port = Type.Integer({ minimum: 1, maximum: 65535 });

export const EnvironmentEntry = Type.Union([
  closed({ name: Type.String(), value: Type.String() }),
  closed({
    name: Type.String(),
    valueFrom: Type.Union([
      closed({ fieldRef: closed({ fieldPath: Type.Literal('status.podIP') }) }),
      closed({
        secretKeyRef: closed({ name: Type.String(), key: Type.String(), optional: Type.Literal(true) }),
      }),
    ]),
  }),
]);

const Probe = closed({
  httpGet: Type.Optional(closed({ path: Type.Literal('/health'), port })),
  tcpSocket: Type.Optional(closed({ port })),
  periodSeconds: Type.Integer({ minimum: 1 }),
  timeoutSeconds: Type.Optional(Type.Integer({ minimum: 1 })),
  failureThreshold: Type.Optional(Type.Integer({ minimum: 1 })),
});

export const VolumeMount = closed({
  name: Type.String(),
  mountPath: Type.String(),
  subPath: Type.Optional(Type.String()),
  readOnly: Type.Optional(Type.Literal(true)),
});

export const Volume = Type.Union([
  closed({ name: Type.String(), emptyDir: closed({ medium: Type.Optional(Type.Literal('Memory')) }) }),
  closed({ name: Type.String(), configMap: closed({ name: Type.String() }) }),
]);

export const Container = closed({
  name: Type.String(),
  image: Type.String(),
  command: Type.Array(Type.String(), { minItems: 1 }),
  args: Type.Optional(Type.Array(Type.String())),
  env: Type.Optional(Type.Array(EnvironmentEntry)),
  ports: Type.Optional(Type.Array(closed({ name: Type.String(), containerPort: port }))),
  resources: Type.Optional(closed({ limits: closed({ 'nvidia.com/gpu': gpuCount }) })),
  startupProbe: Type.Optional(Probe),
  readinessProbe: Type.Optional(Probe),
  livenessProbe: Type.Optional(Probe),
  volumeMounts: Type.Optional(Type.Array(VolumeMount)),
});
export type Container = Static<typeof Container>;

export const PodSpec = closed({
  containers: Type.Array(Container, { minItems: 1, maxItems: 1 }),
  volumes: Type.Optional(Type.Array(Volume)),
});
export type PodSpec = Static<typeof PodSpec>;

const Labels = Type.Record(Type.String(), Type.String());
export const Metadata = closed({
  name: Type.String({ pattern: '^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$' }),
  labels: Type.Optional(Labels),
  annotations: Type.Optional(Labels),
});

export const ConfigMap = closed({
  apiVersion: Type.Literal('v1'),
  kind: Type.Literal('ConfigMap'),
  metadata: Metadata,
  data: Type.Record(Type.String(), Type.String()),
});
export type ConfigMap = Static<typeof ConfigMap>;

export const Service = closed({
  apiVersion: Type.Literal('v1'),
  kind: Type.Literal('Service'),
  metadata: Metadata,
  spec: closed({
    selector: Labels,
    ports: Type.Array(closed({ name: Type.String(), port, targetPort: port }), { minItems: 1, maxItems: 1 }),
  }),
});

export const Deployment = closed({
  apiVersion: Type.Literal('apps/v1'),
  kind: Type.Literal('Deployment'),
  metadata: Metadata,
  spec: closed({
    replicas: Type.Literal(1),
    selector: closed({ matchLabels: Labels }),
    template: closed({ metadata: closed({ labels: Labels }), spec: PodSpec }),
  }),
});
