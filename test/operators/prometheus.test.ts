/** The rules, the dashboard and the runbook name what there is; and a real Prometheus reads a real server by the files as they are. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { createKey } from '../../src/http/auth/api-key.ts';
import { type BuiltServer, startServer } from '../support/built-server.ts';
import { referenceRequest } from '../support/examples.ts';
import { freePort } from '../support/free-port.ts';
import { at, listOf } from '../support/manifests.ts';
import { hasPrometheus, hasPromtool } from '../support/tools.ts';

const rules = readFileSync('deploy/prometheus/rules.yml', 'utf8');
const allRules = listOf(at(parse(rules), 'groups')).flatMap((group) => listOf(group.rules));
const alerts = allRules.filter((rule) => typeof rule.alert === 'string');
const records = allRules.flatMap((rule) => (typeof rule.record === 'string' ? [rule.record] : []));
const runbook = readFileSync('docs/runbook.md', 'utf8');

/** As GitHub makes them: lower case, without punctuation, hyphens for spaces. */
const anchorsOf = (markdown: string) =>
  [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('the rules', () => {
  it.runIf(hasPromtool).each([
    ['check', 'rules', 'deploy/prometheus/rules.yml'],
    ['test', 'rules', 'deploy/prometheus/rules.test.yml'],
  ])('pass promtool %s %s', (...args) => {
    const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
    expect(status, `${stdout}${stderr}`).toBe(0);
    expect(stdout).toContain('SUCCESS');
  });

  it('are each proved to fire, and to keep still', () => {
    const tests = listOf(at(parse(readFileSync('deploy/prometheus/rules.test.yml', 'utf8')), 'tests'));
    const cases = tests.flatMap((test) => listOf(test.alert_rule_test));
    const fired = cases
      .filter(({ exp_alerts: expected }) => listOf(expected).length > 0)
      .map(({ alertname }) => alertname);
    const names = alerts.map(({ alert }) => alert);
    expect(names.length).toBeGreaterThan(15);
    expect(names.filter((name) => !fired.includes(name))).toEqual([]);
  });

  it('have a section of the runbook each, and the runbook no others', () => {
    const anchors = anchorsOf(runbook);
    for (const { alert, annotations, labels } of alerts) {
      const [page, anchor] = String(at(annotations, 'runbook_url')).split('#');
      expect(page).toBe('docs/runbook.md');
      expect(anchor).toBe(String(alert).toLowerCase());
      expect(anchors).toContain(anchor);
      expect(['page', 'ticket']).toContain(at(labels, 'severity'));
    }
    const sections = [...runbook.matchAll(/^### (Shardwell\w+)$/gm)].map(([, name]) => name);
    expect(sections.sort()).toEqual(alerts.map(({ alert }) => alert).sort());
    expect(new Set(anchors).size).toBe(anchors.length);
  });
});

describe('links into the runbook', () => {
  it('lead to headings that are there', () => {
    const anchors = anchorsOf(runbook);
    const manifests = readdirSync('deploy', { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ya?ml|env)$/.test(name))
      .map((name) => readFileSync(join('deploy', name), 'utf8'));
    const links = [runbook.replaceAll('](#', '](docs/runbook.md#'), ...manifests, readFileSync('README.md', 'utf8')]
      .join('\n')
      .matchAll(/docs\/runbook\.md#([\w-]+)/g);
    const asked = [...links].map(([, anchor]) => anchor);
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.filter((anchor) => !anchors.includes(anchor ?? ''))).toEqual([]);
  });
});

describe('a running server', () => {
  let server: BuiltServer;
  let dataDir: string;
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'shardwell-prometheus-'));
    server = await startServer({ DATA_DIR: join(dataDir, 'plans') });
    const post = () =>
      fetch(`${server.url}/plans`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(referenceRequest()),
      });
    expect((await post()).status).toBe(201);
    expect((await post()).status).toBe(200);
    expect((await fetch(`${server.url}/version`)).status).toBe(200);
    // A start on a machine that does much else takes its time.
  }, 120_000);
  afterAll(async () => {
    await server.stop('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });

  const metrics = async () => (await fetch(`${server.url}/metrics`)).text();

  it.runIf(hasPromtool)('has metrics that promtool finds nothing to say of', async () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: await metrics(),
      encoding: 'utf8',
    });
    expect(`${stdout}${stderr}`).toBe('');
    expect(status).toBe(0);
  });

  it('has every metric that rules and dashboard ask for', async () => {
    const there = new Set((await metrics()).match(/^[a-z_0-9]+/gm));
    const dashboard = readFileSync('docker/grafana/dashboards/shardwell.json', 'utf8');
    for (const [text, least] of [
      [rules, 15],
      [dashboard, 25],
    ] as const) {
      const withoutNames = records.reduce((held, name) => held.replaceAll(name, ''), text);
      const asked = [...new Set(withoutNames.match(/\b(?:shardwell|process|nodejs)_[a-z0-9_]+/g))];
      expect(asked.length).toBeGreaterThan(least);
      // Garbage is not collected on demand: those series appear with the first collection.
      const expected = asked.filter((name) => !name.startsWith('nodejs_gc_'));
      expect(expected.filter((name) => !there.has(name))).toEqual([]);
    }
  });

  it('gives the dashboard only recorded names that there are', () => {
    const dashboard = readFileSync('docker/grafana/dashboards/shardwell.json', 'utf8');
    const asked = new Set(dashboard.match(/\bjob\w*:\w+:\w+/g));
    expect(asked.size).toBeGreaterThan(2);
    expect([...asked].filter((name) => !records.includes(name))).toEqual([]);
  });

  it.runIf(hasPrometheus)(
    'is scraped by Prometheus, which loads the rules and records by them',
    async () => {
      const prometheus = await startPrometheus({ targets: [server], folder: dataDir });
      try {
        expect(await prometheus.until('up{job="shardwell"}')).toBe(1);
        expect(await prometheus.until('shardwell_build_info')).toBe(1);
        // A rate wants two scrapes of a series that differ.
        await fetch(`${server.url}/version`);
        expect(await prometheus.until('job:shardwell_requests:rate5m > 0')).toBeGreaterThan(0);
        expect(await prometheus.until('job:shardwell_request_errors:ratio_rate5m')).toBe(0);
        expect(await prometheus.until('job:shardwell_planning_threads_busy:ratio')).toBe(0);
        const loaded = listOf(at(await prometheus.get('/api/v1/rules'), 'data', 'groups')).flatMap((group) =>
          listOf(group.rules),
        );
        expect(loaded.map(({ name }) => name).sort()).toEqual([...records, ...alerts.map(({ alert }) => alert)].sort());
        expect(loaded.filter(({ health }) => health === 'err')).toEqual([]);
        expect(loaded.filter(({ state }) => state === 'firing')).toEqual([]);
      } finally {
        await prometheus.stop();
      }
    },
    90_000,
  );

  it.runIf(hasPrometheus)(
    'is scraped with a key once there is one, where keys are asked for',
    async () => {
      const { id, key, sha256 } = createKey();
      const keys = join(dataDir, 'keys.jsonl');
      writeFileSync(keys, JSON.stringify({ id, name: 'prometheus', sha256, scopes: ['metrics'] }));
      const closed = await startServer({ DATA_DIR: join(dataDir, 'closed'), AUTH_KEYS_FILE: keys });
      const folder = mkdtempSync(join(dataDir, 'prometheus-'));
      const prometheus = await startPrometheus({ targets: [server, closed], folder });
      try {
        expect(await prometheus.until(`up{instance="${hostOf(server)}"} == 1`)).toBe(1);
        expect(await prometheus.until(`up{instance="${hostOf(closed)}"} == 0`)).toBe(0);
        writeFileSync(join(folder, 'metrics-key'), `${key}\n`);
        expect(await prometheus.until(`up{instance="${hostOf(closed)}"} == 1`)).toBe(1);
        expect(await prometheus.until(`up{instance="${hostOf(server)}"}`)).toBe(1);
      } finally {
        await Promise.all([prometheus.stop(), closed.stop('SIGKILL')]);
      }
    },
    90_000,
  );
});

const hostOf = ({ url }: BuiltServer): string => new URL(url).host;

/** By docker/prometheus.yml, with the targets' addresses for those that compose gives it, and shorter intervals. */
async function startPrometheus({ targets, folder }: { targets: readonly BuiltServer[]; folder: string }) {
  const given = parse(readFileSync('docker/prometheus.yml', 'utf8'));
  const [job] = listOf(given.scrape_configs);
  const { dns_sd_configs: _, ...rest } = job ?? {};
  const config = {
    ...given,
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    scrape_configs: [{ ...rest, static_configs: [{ targets: targets.map(hostOf) }] }],
  };
  writeFileSync(join(folder, 'prometheus.yml'), stringify(config));
  cpSync('deploy/prometheus/rules.yml', join(folder, 'rules.yml'));
  writeFileSync(join(folder, 'metrics-key'), '');
  const port = await freePort();
  const child: ChildProcess = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const ended = once(child, 'close');
  const get = async (path: string): Promise<unknown> => (await fetch(`http://127.0.0.1:${port}${path}`)).json();
  return {
    get,
    /** The value of a query, once it has one. */
    async until(query: string): Promise<number> {
      for (let tries = 0; tries < 100; tries += 1) {
        const answer = await get(`/api/v1/query?query=${encodeURIComponent(query)}`).catch(() => undefined);
        const value = at(answer, 'data', 'result', 0, 'value', 1);
        if (value !== undefined) return Number(value);
        await sleep(250);
      }
      throw new Error(`${query} has no value:\n${said.slice(-2000)}`);
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
