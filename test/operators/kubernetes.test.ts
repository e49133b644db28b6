/** deploy/kubernetes: rendered by kustomize, held against the API's schemas, against the settings of the service and against itself. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prometheusRule, prometheusRuleFile, rulesFile } from '../../bench/prometheus-rule.ts';
import { readConfig, settings } from '../../src/config.ts';
import type { Setting } from '../../src/config-settings.ts';
import { youngMiB } from '../../src/http/planning-pool.ts';
import { at, faultsOf, fields, listOf, type Manifest, render } from '../support/manifests.ts';
import { noKubectl } from '../support/tools.ts';

it('the PrometheusRule is what deploy/prometheus/rules.yml says (npm run docs)', () => {
  expect(readFileSync(prometheusRuleFile, 'utf8')).toBe(prometheusRule(readFileSync(rulesFile, 'utf8')));
});

const overlays: Readonly<Record<string, number>> = { plain: 7, production: 13, authenticated: 13 };

const inCi = process.env.CI !== undefined;
it.runIf(inCi)('there is a kubectl to render the manifests with', () => {
  expect(noKubectl).toBeUndefined();
});
const skips = noKubectl === undefined ? '' : ` (${noKubectl})`;

function one(manifests: readonly Manifest[], kind: string, name = 'shardwell'): Manifest {
  const found = manifests.filter((manifest) => manifest.kind === kind && manifest.metadata.name.startsWith(name));
  const [first] = found;
  if (first === undefined) throw new Error(`no ${kind} ${name}`);
  return first;
}

const podOf = (manifest: Manifest) => at(manifest.all, 'spec', 'template', 'spec');
const containerOf = (manifest: Manifest) => fields(at(podOf(manifest), 'containers', 0));
const environmentOf = (manifests: readonly Manifest[]) =>
  Object.fromEntries(
    Object.entries(fields(one(manifests, 'ConfigMap').all.data)).map(([name, value]) => [name, String(value)]),
  );

const names = Object.values<Setting<unknown>>(settings).map(({ name }) => name);

describe.skipIf(noKubectl).each(Object.keys(overlays))(`the overlay %s${skips}`, (overlay) => {
  const manifests = noKubectl === undefined ? render(overlay) : [];
  const service = () => one(manifests, 'Deployment');

  it('is valid, kind by kind', async () => {
    expect(manifests).toHaveLength(overlays[overlay] ?? 0);
    for (const manifest of manifests) expect(await faultsOf(manifest), manifest.kind).toEqual([]);
  });

  it('sets what the service reads, to what it takes', () => {
    const env = environmentOf(manifests);
    expect(Object.keys(env).filter((name) => !names.includes(name))).toEqual([]);
    expect(() => readConfig(env)).not.toThrow();
    // What is secret is no business of a ConfigMap's, and neither is what the image sets.
    expect(Object.keys(env)).not.toContain('GIT_COMMIT');
  });

  it('stops within its grace period, and is told of before it stops', () => {
    const { shutdownDelayMs, shutdownGraceMs } = readConfig(environmentOf(manifests));
    const grace = Number(at(podOf(service()), 'terminationGracePeriodSeconds')) * 1000;
    expect(shutdownDelayMs + shutdownGraceMs + 1_000).toBeLessThanOrEqual(grace);
    const probe = fields(containerOf(service()).readinessProbe);
    expect(Number(probe.periodSeconds) * Number(probe.failureThreshold) * 1000).toBeLessThan(shutdownDelayMs);
    expect(at(containerOf(service()), 'lifecycle')).toBeUndefined();
  });

  it('has the memory and cores that its settings may take', () => {
    const config = readConfig(environmentOf(manifests));
    const { plannerThreads, plannerMemoryMiB } = config;
    const threads = plannerThreads * (plannerMemoryMiB + youngMiB(plannerMemoryMiB));
    const mebibytes = threads + config.memoryCacheBytes / 2 ** 20 + 512;
    const limits = fields(at(containerOf(service()), 'resources', 'limits'));
    expect(Number(/^(\d+)Mi$/.exec(String(limits.memory))?.[1])).toBeGreaterThanOrEqual(mebibytes);
    expect(Number(limits.cpu)).toBeGreaterThan(config.plannerThreads);
    const [volume] = listOf(at(podOf(service()), 'volumes'));
    const room = Number(/^(\d+)Gi$/.exec(String(at(volume, 'emptyDir', 'sizeLimit')))?.[1]) * 2 ** 30;
    expect(room).toBeGreaterThan(config.diskCacheBytes);
    expect(at(containerOf(service()), 'volumeMounts', 0, 'mountPath')).toBe(config.dataDir);
  });

  it('listens where it is asked', () => {
    const { port } = readConfig(environmentOf(manifests));
    const container = containerOf(service());
    expect(container.ports).toEqual([{ name: 'http', containerPort: port }]);
    expect(at(one(manifests, 'Service').all, 'spec', 'ports', 0, 'targetPort')).toBe('http');
    expect(at(one(manifests, 'NetworkPolicy').all, 'spec', 'ingress', 0, 'ports', 0, 'port')).toBe('http');
    for (const [probe, path] of [
      ['startupProbe', '/health/live'],
      ['livenessProbe', '/health/live'],
      ['readinessProbe', '/health/ready'],
    ] as const)
      expect(at(container, probe, 'httpGet')).toEqual({ path, port: 'http' });
  });

  it('selects its own pods, everywhere by the same labels', () => {
    const labels = fields(at(service().all, 'spec', 'template', 'metadata', 'labels'));
    const selectors = [
      at(service().all, 'spec', 'selector', 'matchLabels'),
      at(one(manifests, 'Service').all, 'spec', 'selector'),
      at(one(manifests, 'PodDisruptionBudget').all, 'spec', 'selector', 'matchLabels'),
      at(one(manifests, 'NetworkPolicy').all, 'spec', 'podSelector', 'matchLabels'),
      ...listOf(at(podOf(service()), 'topologySpreadConstraints')).map((spread) =>
        at(spread, 'labelSelector', 'matchLabels'),
      ),
    ];
    expect(selectors.length).toBe(6);
    for (const selector of selectors) expect(labels).toMatchObject(fields(selector));
    for (const selector of selectors) expect(Object.keys(fields(selector)).length).toBe(2);
    expect(at(one(manifests, 'HorizontalPodAutoscaler').all, 'spec', 'scaleTargetRef', 'name')).toBe(
      service().metadata.name,
    );
    const config = one(manifests, 'ConfigMap').metadata.name;
    expect(at(containerOf(service()), 'envFrom', 0, 'configMapRef', 'name')).toBe(config);
  });

  it('gives no pod more rights than it needs', () => {
    for (const deployment of manifests.filter(({ kind }) => kind === 'Deployment')) {
      expect(podOf(deployment)).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(containerOf(deployment).securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(Object.keys(fields(containerOf(deployment).resources))).toEqual(['limits', 'requests']);
      const policies = manifests.filter(
        ({ kind, all }) =>
          kind === 'NetworkPolicy' &&
          JSON.stringify(at(all, 'spec', 'podSelector', 'matchLabels')) ===
            JSON.stringify(at(deployment.all, 'spec', 'selector', 'matchLabels')),
      );
      expect(policies).toHaveLength(1);
      expect(at(policies[0]?.all, 'spec', 'policyTypes')).toEqual(['Ingress', 'Egress']);
    }
  });
});

describe.skipIf(noKubectl)(`the overlay production${skips}`, () => {
  const manifests = noKubectl === undefined ? render('production') : [];

  it('lets out what its settings point to, and that only', () => {
    const env = environmentOf(manifests);
    const cache = new URL(env.CACHE_URL ?? '');
    const collector = new URL(env.OTEL_EXPORTER_OTLP_ENDPOINT ?? '');
    expect(one(manifests, 'Service', cache.hostname).metadata.name).toBe(cache.hostname);
    const out = listOf(at(one(manifests, 'NetworkPolicy').all, 'spec', 'egress'));
    const ports = out.flatMap((rule) => listOf(rule.ports).map(({ port }) => Number(port)));
    expect(ports).toEqual([53, 53, Number(cache.port), Number(collector.port)]);
  });

  it('keeps its cache within its memory limit', () => {
    const container = containerOf(one(manifests, 'Deployment', 'shardwell-cache'));
    const args = Array.isArray(container.args) ? container.args.map(String) : [];
    const most = Number(/^(\d+)mb$/.exec(args[args.indexOf('--maxmemory') + 1] ?? '')?.[1]);
    // Valkey's own buffers and its heap's holes come on top.
    expect(most * 1.25).toBeLessThanOrEqual(1024);
    expect(at(container, 'resources', 'limits', 'memory')).toBe('1Gi');
  });

  it('is watched under the job that the rules ask for', () => {
    const [endpoint] = listOf(at(one(manifests, 'ServiceMonitor').all, 'spec', 'endpoints'));
    expect(endpoint).toMatchObject({ port: 'http', path: '/metrics' });
    expect(at(endpoint, 'relabelings', 0)).toMatchObject({ targetLabel: 'job', replacement: 'shardwell' });
  });

  it('would be refused with a property that there is not', async () => {
    const good = one(manifests, 'Deployment');
    const misspelt = structuredClone(good);
    Object.assign(containerOf(misspelt), { livenesProbe: { httpGet: { port: 1 } } });
    expect(await faultsOf(misspelt)).toContain(
      '/spec/template/spec/containers/0/livenesProbe is no property of Deployment',
    );
    const mistyped = structuredClone(good);
    Object.assign(fields(mistyped.all.spec), { replicas: 'two' });
    expect((await faultsOf(mistyped)).join(' ')).toMatch(/replicas/);
  });
});

describe.skipIf(noKubectl)(`the overlay authenticated${skips}`, () => {
  const manifests = noKubectl === undefined ? render('authenticated') : [];
  const pod = () => podOf(one(manifests, 'Deployment'));

  it('has the keys of a Secret where the service looks for them, to be read only, and seen when they change', () => {
    const { authKeysFile } = readConfig(environmentOf(manifests));
    const volume = listOf(at(pod(), 'volumes')).find(({ name }) => name === 'keys');
    expect(volume?.secret).toEqual({ secretName: 'shardwell-keys', defaultMode: 0o440 });
    const mount = listOf(at(pod(), 'containers', 0, 'volumeMounts')).find(({ name }) => name === 'keys');
    // Without subPath, which would freeze what it mounts.
    expect(mount).toEqual({ name: 'keys', mountPath: dirname(authKeysFile ?? ''), readOnly: true });
    // Mode 0440 is for the group alone, which the pod has to be of.
    expect(at(pod(), 'securityContext', 'fsGroup')).toBe(at(pod(), 'securityContext', 'runAsGroup'));
  });

  it('lets out what its settings point to, the issuer of tokens too, and that only', () => {
    const env = environmentOf(manifests);
    const portOf = (name: string) => Number(new URL(env[name] ?? '').port || 443);
    const out = listOf(at(one(manifests, 'NetworkPolicy').all, 'spec', 'egress'));
    const ports = out.flatMap((rule) => listOf(rule.ports).map(({ port }) => Number(port)));
    expect(ports).toEqual([53, 53, ...['CACHE_URL', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'AUTH_JWKS_URL'].map(portOf)]);
  });

  it('names the issuer that its overlay names', () => {
    // A component's values would win over those of the overlay that takes it in.
    const { authIssuer = '', authJwksUrl = '', authAudience } = readConfig(environmentOf(manifests));
    const overlay = readFileSync('deploy/kubernetes/overlays/authenticated/kustomization.yaml', 'utf8');
    for (const value of [authIssuer, authJwksUrl, authAudience]) expect(overlay).toContain(`=${value}\n`);
    expect(authJwksUrl.startsWith(authIssuer)).toBe(true);
  });

  it('has Prometheus scrape with a key', () => {
    const [endpoint] = listOf(at(one(manifests, 'ServiceMonitor').all, 'spec', 'endpoints'));
    expect(endpoint?.authorization).toEqual({
      type: 'Bearer',
      credentials: { name: 'shardwell-metrics', key: 'key' },
    });
  });
});
