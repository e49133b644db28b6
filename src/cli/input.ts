/** What a command reads: a file or standard input, whole and within a limit. */
import { createReadStream } from 'node:fs';
import { stdin } from 'node:process';
import type { Readable } from 'node:stream';
import { UsageError } from './command.ts';

/** A request takes a few KiB, a plan some hundred. */
const MAX_BYTES = 64 * 2 ** 20;

export interface Input {
  /** What it is called in a complaint. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** The input cannot be read, or is nothing that could be. */
export class InputError extends Error {
  readonly input: string;

  constructor(input: string, detail: string) {
    super(detail);
    this.name = 'InputError';
    this.input = input;
  }
}

export async function readInput(file: string | undefined): Promise<Input> {
  if (file !== undefined) return { name: file, bytes: await contentOf(createReadStream(file), file) };
  if (stdin.isTTY) throw new UsageError(['a file is wanted, or something on standard input']);
  return { name: 'standard input', bytes: await contentOf(stdin, 'standard input') };
}

async function contentOf(stream: Readable, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk);
      length += bytes.length;
      if (length > MAX_BYTES) throw new InputError(name, `is longer than ${MAX_BYTES / 2 ** 20} MiB`);
      chunks.push(bytes);
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(name, `cannot be read: ${readingFault(error)}`);
  }
  if (length === 0) throw new InputError(name, 'is empty');
  return Buffer.concat(chunks);
}

const faults: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
};

export function readingFault(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return faults[code] ?? (error instanceof Error ? error.message : String(error));
}
