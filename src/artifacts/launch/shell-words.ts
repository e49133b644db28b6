/** Words of bash: nothing that a value holds is ever read as syntax. */
import type { Part, Word, WorkerLayout } from './launch-plan.ts';

export function quoted(text: string): string {
  return /^[\w.,:=@%/+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function withinDoubleQuotes(text: string): string {
  return text.replaceAll(/["\\$`]/g, '\\$&');
}

/** Whether workers begin with different local GPUs, so that their ports depend on it. */
export function hasSlots({ sites }: WorkerLayout): boolean {
  return sites.some(({ firstGpus }) => (firstGpus[0] ?? 0) !== 0);
}

const variables = {
  model: 'model',
  'draft-model': 'draft_model',
  'head-address': 'head_address',
  'node-address': 'node_address',
  hostfile: 'hostfile',
  'config-file': 'config_file',
} as const;

function expansion(part: Exclude<Part, string>, layout: WorkerLayout): string {
  switch (part.variable) {
    case 'node-rank':
      return part.times === 1 ? '$node_rank' : `$(( node_rank * ${part.times} ))`;
    case 'port': {
      if (!hasSlots(layout)) return String(part.base);
      return `$(( ${part.base} + ${part.stride === 1 ? '' : `${part.stride} * `}first_gpu ))`;
    }
    default:
      return `$${variables[part.variable]}`;
  }
}

export function shellWord(word: Word, layout: WorkerLayout): string {
  if (word.every((part) => typeof part === 'string' || (part.variable === 'port' && !hasSlots(layout))))
    return quoted(word.map((part) => (typeof part === 'string' ? part : expansion(part, layout))).join(''));
  const inner = word.map((part, i) => {
    if (typeof part === 'string') return withinDoubleQuotes(part);
    const next = word[i + 1];
    const text = expansion(part, layout);
    // A letter that follows would be read as part of the name.
    return text.startsWith('$') && !text.startsWith('$(') && typeof next === 'string' && /^\w/.test(next)
      ? `\${${text.slice(1)}}`
      : text;
  });
  return `"${inner.join('')}"`;
}
