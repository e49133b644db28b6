/** What the container may do, as the files that start it say. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const dockerfile = readFileSync('Dockerfile', 'utf8');
const compose: unknown = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true });

interface Service {
  readonly name: string;
  readonly build?: unknown;
  readonly image?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly privileged?: boolean;
  readonly security_opt?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly user?: string;
  readonly network_mode?: string;
  readonly pid?: string;
}

const services: readonly Service[] = Object.entries(Object(Object(compose).services)).map(([name, service]) => ({
  ...Object(service),
  name,
}));
/** However many replicas there are of it. */
const ours = services.filter(({ build, image }) => build !== undefined || image?.startsWith('shardwell'));

describe('the compose file', () => {
  it('has the service', () => {
    expect(ours.length).toBeGreaterThan(0);
  });

  it.each(ours.map((service) => [service.name, service] as const))(
    'gives %s a file system to read only, no capabilities and no way to more',
    (_, service) => {
      expect(service.read_only).toBe(true);
      expect(service.cap_drop).toEqual(['ALL']);
      expect(service.cap_add).toBeUndefined();
      expect(service.privileged).toBeUndefined();
      expect(service.security_opt).toContain('no-new-privileges:true');
      expect([service.user, service.network_mode, service.pid]).toEqual([undefined, undefined, undefined]);
      // Written to are the plans alone; whatever else is mounted is to be read.
      for (const volume of service.volumes ?? []) expect(volume).toMatch(/^[\w-]+:\/data$|:ro$/);
    },
  );

  it('opens no port to other machines, since nobody is asked for a key there', () => {
    const ports = services.flatMap((service) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('holds no secret', () => {
    expect(readFileSync('docker-compose.yml', 'utf8')).not.toMatch(
      /(password|secret|api_?key|token)\S*[:=]\s*['"]?[^\s'"$]/i,
    );
  });
});

describe('the image', () => {
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));

  it('runs as a user without rights, who owns /data and nothing else', () => {
    expect(last.match(/^USER .*/gm)).toEqual(['USER node']);
    expect(last.match(/chown \S+ \S+/g)).toEqual(['chown node:node /data']);
    expect(last).not.toMatch(/^COPY .*--(chown|chmod)/m);
    expect(last.match(/^VOLUME .*/gm)).toEqual(['VOLUME /data']);
  });

  it('has the command on its path', () => {
    expect(last).toContain('\nRUN ln -s /app/dist/cli.js /usr/local/bin/shardwell\n');
  });

  it('has nothing that builds or tests, and fetches nothing by address', () => {
    expect(dockerfile).toContain('npm ci --omit=dev');
    expect(dockerfile).not.toMatch(/^ADD |curl|wget|ARG .*(TOKEN|KEY|SECRET)/m);
    for (const stage of last.matchAll(/^COPY --from=(\S+) (\S+)/gm))
      expect(['packages /app/node_modules', 'build /app/dist']).toContain(`${stage[1]} ${stage[2]}`);
  });
});
