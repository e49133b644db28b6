/** An answer's strategy as a request gives it: without what follows from the degrees. */
const derived = new Set(['name', 'edp', 'gpus']);

export function givenStrategy(strategy: object): object {
  return JSON.parse(JSON.stringify(strategy, (key, value: unknown) => (derived.has(key) ? undefined : value)));
}
