/** verify_strategy.py on many documents at once, and copies of a document in which one thing is another. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Json } from './hand-file.ts';

export const script = fileURLToPath(new URL('../../src/artifacts/verify_strategy.py', import.meta.url));
export const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };

/** Every leaf of a document, and the document with that leaf replaced. */
export function* tampered(value: Json, change: (leaf: Json) => Json | undefined, path = ''): Generator<[string, Json]> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      for (const [at, copy] of tampered(item, change, `${path}/${index}`)) yield [at, value.with(index, copy)];
    }
  } else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      for (const [at, copy] of tampered(item, change, `${path}/${key}`)) yield [at, { ...value, [key]: copy }];
    }
  } else {
    const other = change(value);
    if (other !== undefined) yield [path, other];
  }
}

/** Many documents in one process: what the script's own `verify` says of each, or that it is malformed. */
export function verdictsOf(documents: readonly Json[]): readonly { verdict: string; failed: readonly string[] }[] {
  const driver = `
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("verify_strategy", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
out = []
for document in json.load(sys.stdin):
    try:
        found = module.verify(document)
        failed = [c["id"] for c in found["checks"] if c["status"] != "pass"]
        out.append({"verdict": found["verdict"], "failed": failed})
    except module.Malformed as error:
        out.append({"verdict": "malformed", "failed": [str(error)]})
json.dump(out, sys.stdout)
`;
  const { stdout, stderr } = spawnSync('python3', ['-c', driver, script], {
    env,
    input: JSON.stringify(documents),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  // Whatever the script lets through besides its own sentence is a fault of the script.
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout);
}

/** What of a served file is a model's word, bounded and not repeated. Of two halves what stands above is compared with them, and found out. */
const loose =
  /\/perCollective\/\d+\/ms$|\/(bubblePercent|microBatches|queueingMs|transferMs|prefillMs|decodeStepMs|expectedRoutingImbalance|p50Ms|p95Ms|utilizationPercent)$|[iI]nterval(Ms)?\//;

/** Copies of a served file in which one figure is another, and the paths of those that verify_strategy.py lets pass. */
export function servedNumbersChanged(file: Json): { readonly copies: number; readonly survivors: readonly string[] } {
  const changed: [string, Json][] = [];
  for (const [path, copy] of tampered(file, (leaf) => (typeof leaf === 'number' ? leaf * 1.5 + 1 : undefined))) {
    if (/^\/(estimate|modules|strategy|layout)\//.test(path) && !loose.test(path)) changed.push([path, copy]);
  }
  const survivors = verdictsOf(changed.map(([, copy]) => copy)).flatMap(({ verdict }, i) =>
    verdict === 'optimal' ? (changed[i]?.[0] ?? []) : [],
  );
  return { copies: changed.length, survivors };
}
