/** What resolving a request comes upon: the values it fills in, what is wrong with it, and what it should be told. */
import type { Fault } from './ports.ts';

export interface Assumption {
  /** JSON pointer to where the request would have said it. */
  readonly path: string;
  readonly value: string | number | boolean | null;
  readonly why: string;
}

export interface Findings {
  readonly assumptions: readonly Assumption[];
  readonly faults: readonly Fault[];
  readonly warnings: readonly string[];
  /** What the request gives at a path, or else what is assumed there. */
  readonly orAssume: <T extends string | number | boolean>(
    given: T | undefined,
    path: string,
    value: T,
    why: string,
  ) => T;
  readonly assume: (path: string, value: Assumption['value'], why: string) => void;
  readonly fault: (pointer: string, detail: string, allowed?: Fault['allowed']) => void;
  readonly warn: (text: string) => void;
}

export function createFindings(): Findings {
  const assumptions: Assumption[] = [];
  const faults: Fault[] = [];
  const warnings: string[] = [];
  return {
    assumptions,
    faults,
    warnings,
    orAssume: (given, path, value, why) => {
      if (given !== undefined) return given;
      assumptions.push({ path, value, why });
      return value;
    },
    assume: (path, value, why) => {
      assumptions.push({ path, value, why });
    },
    fault: (pointer, detail, allowed) => {
      faults.push({ pointer, detail, ...(allowed && { allowed }) });
    },
    warn: (text) => {
      warnings.push(text);
    },
  };
}
