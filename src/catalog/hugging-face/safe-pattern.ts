/**
 * Regular expressions from a config, matched in time linear in the text: a pattern that nobody has checked must not be given to
 * an engine that backtracks. The subset that quantisation lists use: literals, `.`, classes, `* + ?`, groups, alternatives, `^ $`.
 */

type Test = (char: string) => boolean;

/** A state either consumes a character and goes on, or stands for the states it leads to without one. */
interface State {
  test?: Test;
  out: number[];
  anchor?: 'end';
}

const lengthLimit = 500;

/** Steps left for all patterns of a config together: linear times long is still long. Matching stops at zero. */
export interface Budget {
  steps: number;
}

/** Undefined where the pattern is too long or uses what the subset leaves out. Matches from the start of the text, as `re.match` does. */
export function compilePattern(source: string): ((text: string, budget: Budget) => boolean) | undefined {
  if (source.length > lengthLimit) return undefined;
  const states: State[] = [];
  const add = (state: State): number => states.push(state) - 1;
  let at = 0;
  const peek = (): string | undefined => source[at];

  interface Part {
    readonly start: number;
    readonly end: number;
  }

  const empty = (): Part => {
    const only = add({ out: [] });
    return { start: only, end: only };
  };
  const single = (test: Test): Part => {
    const end = add({ out: [] });
    return { start: add({ test, out: [end] }), end };
  };

  function alternatives(): Part | undefined {
    const first = sequence();
    if (!first) return undefined;
    if (peek() !== '|') return first;
    const start = add({ out: [first.start] });
    const end = add({ out: [] });
    states[first.end]?.out.push(end);
    while (peek() === '|') {
      at += 1;
      const next = sequence();
      if (!next) return undefined;
      states[start]?.out.push(next.start);
      states[next.end]?.out.push(end);
    }
    return { start, end };
  }

  function sequence(): Part | undefined {
    let whole = empty();
    for (let char = peek(); char !== undefined && char !== '|' && char !== ')'; char = peek()) {
      const part = repeated();
      if (!part) return undefined;
      states[whole.end]?.out.push(part.start);
      whole = { start: whole.start, end: part.end };
    }
    return whole;
  }

  function repeated(): Part | undefined {
    const part = atom();
    if (!part) return undefined;
    const sign = peek();
    if (sign === '{') return undefined;
    if (sign !== '*' && sign !== '+' && sign !== '?') return part;
    at += 1;
    // A lazy sign finds the same matches; a possessive one does not.
    if (peek() === '?') at += 1;
    if (peek() === '+' || peek() === '*') return undefined;
    const end = add({ out: [] });
    const start = add({ out: sign === '+' ? [part.start] : [part.start, end] });
    states[part.end]?.out.push(end);
    if (sign !== '?') states[part.end]?.out.push(part.start);
    return { start, end };
  }

  function atom(): Part | undefined {
    const char = source[at];
    at += 1;
    if (char === '(') {
      if (source.startsWith('?:', at)) at += 2;
      else if (peek() === '?') return undefined;
      const inner = alternatives();
      if (!inner || peek() !== ')') return undefined;
      at += 1;
      return inner;
    }
    if (char === '[') return characterClass();
    if (char === '.') return single(() => true);
    if (char === '^') return at === 1 ? empty() : undefined;
    if (char === '$') {
      const end = add({ out: [] });
      return { start: add({ anchor: 'end', out: [end] }), end };
    }
    if (char === '\\') return escaped();
    if (char === undefined || char === '*' || char === '+' || char === '?') return undefined;
    return single((c) => c === char);
  }

  function escaped(): Part | undefined {
    const char = source[at];
    at += 1;
    if (char === 'd') return single((c) => c >= '0' && c <= '9');
    if (char === 'w') return single((c) => /\w/.test(c));
    return char === undefined || /[A-Za-z0-9]/.test(char) ? undefined : single((c) => c === char);
  }

  function characterClass(): Part | undefined {
    const negated = peek() === '^';
    if (negated) at += 1;
    const ranges: (readonly [string, string])[] = [];
    for (let char = source[at]; char !== ']'; char = source[at]) {
      if (char === undefined) return undefined;
      at += 1;
      const low = char === '\\' ? source[at++] : char;
      if (low === undefined || (char === '\\' && /[a-z]/i.test(low) && low !== 'd')) return undefined;
      if (char === '\\' && low === 'd') ranges.push(['0', '9']);
      else if (peek() === '-' && source[at + 1] !== ']') {
        const high = source[at + 1];
        if (high === undefined) return undefined;
        at += 2;
        ranges.push([low, high]);
      } else ranges.push([low, low]);
    }
    at += 1;
    return single((c) => ranges.some(([low, high]) => c >= low && c <= high) !== negated);
  }

  const whole = alternatives();
  if (!whole || at !== source.length) return undefined;
  return (text, budget) => run(states, whole, text, budget);
}

function run(
  states: readonly State[],
  { start, end }: { readonly start: number; readonly end: number },
  text: string,
  budget: Budget,
): boolean {
  if (budget.steps <= 0) return false;
  const reach = (from: readonly number[], atEnd: boolean): Set<number> => {
    const reached = new Set<number>();
    const open = [...from];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      if (reached.has(state)) continue;
      reached.add(state);
      budget.steps -= 1;
      const { test, anchor, out } = states[state] ?? { out: [] };
      if (!test && (anchor === undefined || atEnd)) open.push(...out);
    }
    return reached;
  };
  let current = reach([start], text.length === 0);
  if (current.has(end)) return true;
  for (let i = 0; i < text.length && budget.steps > 0; i += 1) {
    const char = text[i] ?? '';
    const next: number[] = [];
    for (const state of current) {
      const { test, out } = states[state] ?? { out: [] };
      if (test?.(char)) next.push(...out);
    }
    if (next.length === 0) return false;
    current = reach(next, i === text.length - 1);
    if (current.has(end)) return true;
  }
  return false;
}
