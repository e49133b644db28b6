/** Kubernetes manifests as kustomize renders them, and what the API's schemas say of them. */
import { execFileSync } from 'node:child_process';
import { parseAllDocuments } from 'yaml';

export type Fields = Readonly<Record<string, unknown>>;

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Fields & { readonly name: string };
  readonly all: Fields;
}

export const fields = (value: unknown): Fields => Object(value);
export const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fields) : []);

/** The value under names and list indices, or undefined. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce((held: unknown, key) => fields(held)[key], value);
}

export function render(overlay: string): Manifest[] {
  const text = execFileSync('kubectl', ['kustomize', `deploy/kubernetes/overlays/${overlay}`], { encoding: 'utf8' });
  return parseAllDocuments(text).map((document) => {
    const all = fields(document.toJS());
    const { apiVersion, kind, metadata } = all;
    return {
      apiVersion: String(apiVersion),
      kind: String(kind),
      metadata: { ...fields(metadata), name: String(at(metadata, 'name')) },
      all,
    };
  });
}

interface Model {
  validate(): void;
}

/** A boundary: the packages have a module and a class of the kind's name for every kind. */
async function modelOf({ apiVersion, kind }: Manifest): Promise<Model> {
  const models = apiVersion.startsWith('monitoring.coreos.com/')
    ? '@kubernetes-models/prometheus-operator'
    : 'kubernetes-models';
  const module: Readonly<Record<string, new () => Model>> = await import(
    /* @vite-ignore */ `${models}/${apiVersion}/${kind}`
  );
  const Kind = module[kind];
  if (Kind === undefined) throw new Error(`${models} has no ${kind}`);
  return new Kind();
}

/**
 * An object that notes which of its properties are read. The schemas' validators let unknown properties pass, as the API server does,
 * which then drops them; they read every property that they know. So whatever nobody has read is a misspelling.
 */
function watched<Value>(value: Value, path: string, unread: Set<string>): Value {
  if (typeof value !== 'object' || value === null) return value;
  const proxies = new Map<string, unknown>();
  for (const [key, held] of Object.entries(value)) {
    unread.add(`${path}/${key}`);
    proxies.set(key, watched(held, `${path}/${key}`, unread));
  }
  return new Proxy(value, {
    get(target, key) {
      if (typeof key !== 'string' || !proxies.has(key)) return Reflect.get(target, key);
      unread.delete(`${path}/${key}`);
      return proxies.get(key);
    },
  });
}

/** What is wrong with a manifest: faults of type and absence, and properties that the kind does not have. */
export async function faultsOf(manifest: Manifest): Promise<readonly string[]> {
  const unread = new Set<string>();
  const model = await modelOf(manifest);
  for (const [key, held] of Object.entries(manifest.all))
    Object.assign(model, { [key]: watched(held, `/${key}`, unread) });
  try {
    model.validate();
  } catch (error) {
    return [String(error)];
  }
  return [...unread].map((path) => `${path} is no property of ${manifest.kind}`);
}
