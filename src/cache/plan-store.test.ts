import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { builtModule } from '../../test/support/built.ts';
import { type Counting, createCounting } from '../../test/support/counting-recorder.ts';
import { openEnvironment, storeDirectory } from './disk-environment.ts';
import { type OpenPlanStore, openPlanStore } from './plan-store.ts';
import type { StoredPlan } from './stored-plan.ts';

let dataDir: string;
let seen: Counting;
const opened: OpenPlanStore[] = [];

async function open(limits: { memoryBytes?: number; diskBytes?: number; dataDir?: string } = {}) {
  const store = await openPlanStore({
    dataDir,
    memoryBytes: 1 << 20,
    diskBytes: 16 << 20,
    ...limits,
    log: seen.log,
    recorder: seen.recorder,
    check: builtModule('cache/disk-check.js'),
  });
  opened.push(store);
  return store;
}

const plan = (id: string, bytes = 6000, complete = true): StoredPlan => ({
  id,
  status: 'feasible',
  complete,
  answer: randomBytes(bytes),
  request: Buffer.from(`{"of":"${id}"}`),
});

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'shardwell-store-'));
  seen = createCounting();
});

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close().catch(() => undefined);
  rmSync(dataDir, { recursive: true, force: true });
});

const dataFile = () => join(storeDirectory(dataDir), 'data.mdb');

describe('the plan store', () => {
  it('serves from memory, and from disk after a restart', async () => {
    const first = await open();
    const one = plan('one');
    expect(await first.get('one')).toBeUndefined();
    await first.put(one);
    expect(await first.get('one')).toEqual({ plan: one, tier: 'memory' });
    await first.close();
    const second = await open();
    expect(await second.get('one')).toEqual({ plan: one, tier: 'disk' });
    expect(await second.get('one')).toEqual({ plan: one, tier: 'memory' });
    expect(seen.counts).toEqual({ 'memory miss': 2, 'disk miss': 1, 'memory hit': 2, 'disk hit': 1 });
  });

  it('knows a body only while its plan is complete and in memory', async () => {
    const store = await open({ memoryBytes: 20_000 });
    const cut = plan('cut', 100, false);
    const whole = plan('whole');
    await store.put(cut);
    await store.put(whole);
    store.remember('body of cut', cut);
    store.remember('body of whole', whole);
    expect(store.byBody('body of cut')).toBeUndefined();
    expect(store.byBody('body of whole')).toBe(whole);
    for (let i = 0; i < 5; i += 1) await store.put(plan(`other ${i}`));
    expect(store.byBody('body of whole')).toBeUndefined();
    expect(seen.counts['memory eviction']).toBeGreaterThanOrEqual(3);
    expect((await store.get('whole'))?.tier).toBe('disk');
  });

  it('replaces a plan that a deadline cut short', async () => {
    const store = await open({ memoryBytes: 0 });
    await store.put(plan('one', 5000, false));
    const whole = plan('one', 9000);
    await store.put(whole);
    expect(await store.get('one')).toEqual({ plan: whole, tier: 'disk' });
    expect(store.sizes().find(({ tier }) => tier === 'disk')).toMatchObject({ entries: 1, bytes: 12_288 });
  });

  it('keeps the file under its limit by letting the oldest go', async () => {
    const diskBytes = 2 << 20;
    const store = await open({ diskBytes, memoryBytes: 0 });
    for (let i = 0; i < 700; i += 1) await store.put(plan(`plan ${i}`, 1000 + (i % 13) * 1500));
    expect(statSync(dataFile()).size).toBeLessThan(diskBytes);
    expect(await store.get('plan 0')).toBeUndefined();
    expect(await store.get('plan 699')).toBeDefined();
    const { entries = 0, bytes = 0 } = store.sizes().find(({ tier }) => tier === 'disk') ?? {};
    expect(entries + (seen.counts['disk eviction'] ?? 0)).toBe(700);
    expect(bytes).toBeGreaterThan(diskBytes * 0.75);
    await store.close();
    const again = await open({ diskBytes, memoryBytes: 0 });
    expect(again.sizes().find(({ tier }) => tier === 'disk')).toMatchObject({ entries, bytes });
  });

  it('does without a plan that is larger than the whole tier', async () => {
    const store = await open({ diskBytes: 100_000, memoryBytes: 0 });
    await store.put(plan('small'));
    await store.put(plan('huge', 200_000));
    expect(await store.get('huge')).toBeUndefined();
    expect(await store.get('small')).toBeDefined();
  });
});

describe('an entry that cannot be trusted', () => {
  async function tamper(change: (envelope: Buffer) => Buffer) {
    const store = await open();
    await store.put(plan('one'));
    await store.put(plan('two'));
    await store.close();
    const { root, plans } = openEnvironment(storeDirectory(dataDir));
    const envelope = plans.get('one');
    if (envelope === undefined) throw new Error('the store has lost a plan');
    plans.putSync('one', change(Buffer.from(envelope)));
    await root.close();
  }

  it.each([
    ['torn', (envelope: Buffer) => envelope.subarray(0, 3000)],
    ['empty', () => Buffer.alloc(0)],
    ['tampered with', (envelope: Buffer) => Buffer.concat([envelope.subarray(0, -1), Buffer.from([0x21])])],
    [
      'of another version',
      (envelope: Buffer) => Buffer.concat([envelope.subarray(0, 4), Buffer.from([9]), envelope.subarray(5)]),
    ],
  ])('is a miss when it is %s: logged, counted, deleted, and made anew', async (_name, change) => {
    await tamper(change);
    const store = await open();
    expect(await store.get('one')).toBeUndefined();
    expect(seen.counts).toMatchObject({ 'disk corruption': 1, 'disk miss': 1 });
    expect(seen.logged.join('\n')).toContain('plan store: an entry that cannot be trusted is deleted');
    expect(await store.get('one')).toBeUndefined();
    expect(seen.counts['disk corruption']).toBe(1);
    expect((await store.get('two'))?.tier).toBe('disk');
    const again = plan('one');
    await store.put(again);
    await store.close();
    const reopened = await open();
    expect(await reopened.get('one')).toEqual({ plan: again, tier: 'disk' });
  });
});

describe('a store that cannot be trusted', () => {
  it.each([
    ['overwritten', () => writeFileSync(dataFile(), Buffer.alloc(50_000, 7))],
    ['a few bytes long', () => writeFileSync(dataFile(), 'hello')],
    ['cut in half', () => truncateSync(dataFile(), Math.floor(statSync(dataFile()).size / 8192) * 4096)],
    ['empty', () => truncateSync(dataFile(), 0)],
  ])('is set aside when its file is %s, and an empty one begun', async (_name, damage) => {
    const first = await open();
    for (let i = 0; i < 40; i += 1) await first.put(plan(`plan ${i}`));
    await first.close();
    damage();
    const store = await open();
    expect(store.isDurable()).toBe(true);
    expect(await store.get('plan 3')).toBeUndefined();
    const fresh = plan('plan 3');
    await store.put(fresh);
    await store.close();
    const reopened = await open();
    expect(await reopened.get('plan 3')).toEqual({ plan: fresh, tier: 'disk' });
  });

  it('is counted, logged and kept for whoever wants to look', async () => {
    await (await open()).close();
    await opened.splice(0);
    writeFileSync(dataFile(), 'hello');
    await open();
    expect(seen.counts).toEqual({ 'disk corruption': 1 });
    expect(seen.logged).toEqual([
      expect.stringMatching(/^plan store is damaged: set aside, starting with an empty one /),
    ]);
    expect(existsSync(`${storeDirectory(dataDir)}.damaged`)).toBe(true);
  });
});

describe('a disk that fails', () => {
  it('leaves plans in memory when the directory cannot be', async () => {
    writeFileSync(join(dataDir, 'file'), '');
    const store = await open({ dataDir: join(dataDir, 'file') });
    expect(store.isDurable()).toBe(false);
    expect(seen.counts).toEqual({ 'disk failure': 1 });
    expect(seen.logged).toEqual([expect.stringMatching(/^plan store cannot be used: plans are kept in memory only /)]);
    await store.put(plan('one'));
    expect((await store.get('one'))?.tier).toBe('memory');
  });

  it('is not asked for when its limit is 0', async () => {
    const store = await open({ diskBytes: 0 });
    await store.put(plan('one'));
    expect(existsSync(storeDirectory(dataDir))).toBe(false);
    expect(seen.counts).toEqual({});
  });

  it('leaves plans in memory when it fails later', async () => {
    const store = await open();
    await store.close();
    const one = plan('one');
    await store.put(one);
    await store.put(plan('two'));
    expect(await store.get('one')).toEqual({ plan: one, tier: 'memory' });
    expect(await store.get('three')).toBeUndefined();
    expect(seen.counts['disk failure']).toBe(3);
    expect(seen.logged).toHaveLength(1);
    opened.splice(0);
  });
});
