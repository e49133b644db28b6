/** Settings as YAML. Keys keep their order, long lines are not folded, and notes stand above the keys that they are about. */
import { Document, isMap, isNode, isPair, isScalar, isSeq, type ScalarTag, Schema } from 'yaml';
import type { Settings } from '../launch-plan.ts';

/** Keys and list indices. */
type Path = readonly (string | number)[];

export interface Note {
  /** Down to the key that the note stands above. */
  readonly above: Path;
  readonly lines: readonly string[];
}

const commented = (lines: readonly string[]) => lines.map((line) => (line === '' ? '' : ` ${line}`)).join('\n');

function annotate(document: Document, { above, lines }: Note): void {
  const key = above.at(-1);
  const holder = above.length === 1 ? document.contents : document.getIn(above.slice(0, -1), true);
  if (!isMap(holder)) throw new RangeError(`nothing holds ${above.join('/')}`);
  const pair = holder.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key);
  if (!pair || !isNode(pair.key)) throw new RangeError(`there is no ${above.join('/')}`);
  // The first key of a map has no line of its own to stand above where the map is in a list: the map carries it then.
  pair.key.commentBefore = commented(lines);
}

/** Items of a list in a line each. */
function inRows(document: Document, path: Path): void {
  const list = document.getIn(path, true);
  if (!isSeq(list)) throw new RangeError(`there is no list ${path.join('/')}`);
  for (const item of list.items) if (isMap(item)) item.flow = true;
}

function documentOf({ settings, notes = [], rows = [] }: YamlPart): Document {
  const document = new Document(settings, made);
  for (const path of rows) inRows(document, path);
  for (const note of notes) annotate(document, note);
  return document;
}

export interface YamlPart {
  readonly settings: Settings;
  readonly notes?: readonly Note[];
  /** Lists of small maps, such as the shares of a placement group, each of which takes one line. */
  readonly rows?: readonly Path[];
}

/** Words that YAML 1.1 takes for another value are quoted: some of Kubernetes' tools and Python's read that version. */
export const compat = 'yaml-1.1';

/**
 * The library's schema, with what either version takes for another value in one pattern. Of its own it tries all twenty on each word, which
 * takes as long as the rest of the writing.
 */
function quickSchema(): Schema {
  const schema = new Schema({ schema: 'core', compat });
  const patterns: string[] = [];
  for (const { default: isDefault, test } of [...schema.tags, ...(schema.compat ?? [])]) {
    if (isDefault && test) patterns.push(`(?:${test.source})`);
  }
  const taken: ScalarTag = {
    tag: 'taken',
    default: true,
    test: new RegExp(patterns.join('|')),
    resolve: (text) => text,
  };
  schema.tags = schema.tags.map(({ test, ...tag }) => tag);
  schema.compat = [taken];
  return schema;
}

const made = { aliasDuplicateObjects: false, schema: quickSchema() } as const;
/** The library walks through a document for directives that no file of ours has, and through nothing where it is told so. */
const written = { lineWidth: 0, directives: false } as const;

/** One file of one or several documents, the heading above the first. */
export function yamlText(heading: readonly string[], parts: readonly YamlPart[]): string {
  const texts = parts.map((part) => documentOf(part).toString(written));
  return `${heading.map((line) => `# ${line}\n`).join('')}${texts.join('---\n')}`;
}

/** A YAML text inside another one's string: written as a block. */
export function innerYaml(settings: Settings): string {
  return new Document(settings, made).toString(written);
}
