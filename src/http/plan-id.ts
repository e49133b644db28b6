/**
 * A plan's id: the hash of its canonical request and of the code and data that answer it. Hashing the code itself, rather
 * than a version that somebody must remember to raise, is what makes it safe to keep plans on disk across releases: a
 * release that changes no formula keeps its ids, and one that does never serves an old answer.
 */
import { createHash, hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { canonicalJson } from './canonical.ts';

/** The files that decide what an answer says. */
const answering: readonly (readonly [folder: string, names: RegExp])[] = [
  ['../planner/', /./],
  ['../catalog/', /./],
  ['../verifier/', /./],
  // What is said of a plan's launch files depends on these.
  ['../artifacts/', /^(launch\/|served-workers|placement-pages)/],
  ['./', /^(resolve|answer|run-job)/],
];

/** Digest of the answering code as it stands here: as TypeScript under `src`, as JavaScript under `dist`. */
export function answeringVersion(): string {
  const digest = createHash('sha256');
  for (const [folder, wanted] of answering) {
    const url = new URL(folder, import.meta.url);
    const names = readdirSync(url, { recursive: true, encoding: 'utf8' });
    for (const name of names.map((path) => path.replaceAll('\\', '/')).sort()) {
      if (!wanted.test(name) || !/\.(ts|js|json)$/.test(name) || /\.(test|d)\.ts$/.test(name)) continue;
      digest
        .update(`${folder}${name}\0`)
        .update(readFileSync(new URL(name, url)))
        .update('\0');
    }
  }
  return digest.digest('hex');
}

export function planId(request: unknown, version: string): string {
  return hash('sha256', `${version}\n${canonicalJson(request)}`, 'hex');
}

export function isPlanId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
