/**
 * Loads a file that a user wrote (YAML, or JSON, which YAML contains) and checks it by a zod schema.
 * Every kind of such file comes through here, so that every message looks alike.
 */
import { readFile, stat } from 'node:fs/promises';
import { type Document, LineCounter, parseDocument, visit, type YAMLError } from 'yaml';
import type { z } from 'zod';
import { DocumentPositions } from './document-positions.ts';
import { problemsOf } from './document-problems.ts';
import { type FileProblem, UserFileError } from './user-file-error.ts';

/**
 * A settings file with its comments is some kilobytes; what is larger is another file by mistake. The YAML parser
 * compares each key with all others of its map: a larger file made of keys alone would take minutes.
 */
const LARGEST_FILE_BYTES = 256 * 1024;

/** One alias may stand for this many nodes: YAML's "billion laughs" end here. */
const LARGEST_ALIAS_COUNT = 100;

export interface LoadedFile<T> {
  readonly value: T;
  readonly positions: DocumentPositions;
}

/**
 * @param path the file
 * @param schema what it must look like
 * @throws UserFileError that names the file, the path in it, what was found and what was expected
 */
export async function loadUserFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<LoadedFile<z.output<Schema>>> {
  return parseUserFile(path, await readUserFile(path), schema);
}

/** Reads a text file with the usual mistakes put into words. */
export async function readUserFile(path: string, largestBytes = LARGEST_FILE_BYTES): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > largestBytes) {
      const text = `found ${size} bytes, expected at most ${largestBytes}`;
      throw new UserFileError('FILE_UNREADABLE', path, [{ path: '', text }]);
    }
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof UserFileError) {
      throw error;
    }
    throw new UserFileError('FILE_UNREADABLE', path, [{ path: '', text: whyUnreadable(error) }]);
  }
}

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'this file may not be read by you',
    EISDIR: 'this is a directory, expected a file',
    ENOTDIR: 'a part of this path is no directory',
  };
  return known[code] ?? `cannot be read (${code})`;
}

/**
 * The same for a text that is already there.
 * @param file how messages call it
 */
export function parseUserFile<Schema extends z.ZodType>(
  file: string,
  text: string,
  schema: Schema,
): LoadedFile<z.output<Schema>> {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'silent' });
  const positions = new DocumentPositions(document, lineCounter);
  if (document.errors.length > 0 || document.warnings.length > 0) {
    const problems = [...document.errors, ...document.warnings].map((error): FileProblem => {
      return { path: '', ...positions.at(error.pos[0]), text: malformation(error) };
    });
    throw new UserFileError('FILE_MALFORMED', file, problems);
  }
  let raw: unknown;
  try {
    raw = document.toJS({ maxAliasCount: LARGEST_ALIAS_COUNT });
  } catch {
    // The library's message would quote the text, which may be a secret.
    const position = positions.at(firstAlias(document));
    throw new UserFileError('FILE_MALFORMED', file, [{ path: '', ...position, text: ALIAS }]);
  }
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    throw new UserFileError('FILE_INVALID', file, problemsOf(parsed.error.issues, raw, schema, positions));
  }
  return { value: parsed.data, positions };
}

function firstAlias(document: Document.Parsed): number {
  let offset = 0;
  visit(document, {
    Alias: (_, alias) => {
      offset = alias.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

const ALIAS = 'a value that begins with * must stand in quotes (YAML takes it for an alias)';

/** By the library's code, as its own messages quote the text, which may be a secret. */
const MALFORMATIONS: Readonly<Record<string, string>> = {
  BAD_ALIAS: ALIAS,
  TAG_RESOLVE_FAILED: 'a value that begins with ! must stand in quotes (YAML takes it for a tag)',
  BAD_DIRECTIVE: 'a line that begins with % must stand in quotes',
  BAD_SCALAR_START: 'a value that begins with @ or ` must stand in quotes',
  BAD_DQ_ESCAPE: 'wrong escape after \\ in "..."; use single quotes to take it literally',
  BAD_INDENT: 'wrong indentation: entries of one level must begin in the same column',
  TAB_AS_INDENT: 'a tab indents here, expected spaces',
  DUPLICATE_KEY: 'this key is already there, expected it only once',
  MISSING_CHAR: 'a closing quote, bracket, comma, colon or space is missing here',
  MULTIPLE_DOCS: 'a second document begins (---), expected one',
  BLOCK_AS_IMPLICIT_KEY: 'a key: value cannot begin here; was a line break forgotten, or quotes?',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line; is a colon missing?',
};

function malformation(error: YAMLError): string {
  return MALFORMATIONS[error.code] ?? `this is not YAML (${error.code.toLowerCase().replaceAll('_', ' ')})`;
}
