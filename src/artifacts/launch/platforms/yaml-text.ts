/** Settings as YAML. Keys keep their order, long lines are not folded, and notes stand above the keys that they are about. */
import { Document, isMap, isPair, isScalar, isSeq, Scalar, type ScalarTag, Schema } from 'yaml';
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
  if (!pair) throw new RangeError(`there is no ${above.join('/')}`);
  // The first key of a map has no line of its own to stand above where the map is in a list: the map carries it then.
  const noted = new Scalar(key);
  noted.commentBefore = commented(lines);
  // In the place of a word that others have too.
  pair.key = noted;
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
  // Numbers are written to the base of ten: each form more is asked of every word whether it is one.
  schema.tags = schema.tags.filter(({ format }) => !format).map(({ test, ...tag }) => remembering(tag));
  schema.compat = [taken];
  return schema;
}

/** Files say the same few hundred words again and again, in one plan and from plan to plan; some are of one plan alone. */
const keptWords = 2 ** 12;
const longestKept = 64;

/** A word, which no document changes, and how it is written: as a key or not, in flow or not. */
interface KeptWord {
  readonly node: Scalar;
  readonly written: (string | undefined)[];
}

const kept = new Map<unknown, KeptWord>();

/** What is on one line and no mark of a document is written alike at any depth. */
function keep(word: unknown): Scalar {
  const node = new Scalar(word);
  if (typeof word !== 'string' || word.length > longestKept || /\n|^(?:---|\.\.\.)/.test(word)) return node;
  if (kept.size >= keptWords) kept.clear();
  kept.set(word, { node, written: [] });
  return node;
}

/** The tag of texts, which asks the library once for each word. */
function remembering<T extends Schema['tags'][number]>(tag: T): T {
  const { stringify, identify } = tag;
  if (!stringify || !identify?.('')) return tag;
  return {
    ...tag,
    createNode: (_, word) => kept.get(word)?.node ?? keep(word),
    stringify: (item, context, onComment, onChompKeep) => {
      const known = kept.get(item.value);
      if (!known) return stringify(item, context, onComment, onChompKeep);
      const place = (context.implicitKey ? 1 : 0) + (context.inFlow ? 2 : 0);
      known.written[place] ??= stringify(item, context, onComment, onChompKeep);
      return known.written[place];
    },
  };
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
