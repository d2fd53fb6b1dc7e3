/**
 * Snapshots: what a case gave once, kept beside its file, so that a change shows without an expectation for it. Only
 * what does not hang on the seed is kept: no times, no counts of octets, no Message-IDs.
 */
import { existsSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { parseUserFile } from '../../config/user-file.ts';
import { writeWholeFile } from '../../firmware/image/output-file.ts';
import type { CaseResult, Failure } from '../case-result.ts';

const SCHEMA = 'kadec21/scenario-snapshot/1';

const snapshotFileSchema = z.strictObject({
  schema: z.literal(SCHEMA),
  /** By name and parameters of the case. */
  cases: z.record(z.string(), z.unknown()),
});

/** `fixtures/story.yaml` has its snapshot in `fixtures/story.snapshot.json`. */
export const snapshotPath = (file: string): string => `${file.replace(/\.(ya?ml|json)$/, '')}.snapshot.json`;

/** The part of an identifier that stays when the folder moves. */
const keyOf = ({ id }: CaseResult): string => id.slice(id.indexOf('#') + 1);

export class Snapshots {
  readonly #files = new Map<string, Map<string, unknown>>();
  readonly #seen = new Map<string, Map<string, unknown>>();
  readonly #isUpdate: boolean;

  /** @param isUpdate takes what there is now for what shall be */
  constructor(isUpdate: boolean) {
    this.#isUpdate = isUpdate;
  }

  /** Compares with the snapshot, if there is one. @returns the result, with a failure for each difference */
  review(result: CaseResult): CaseResult {
    if (result.verdict === 'broken') {
      return result;
    }
    const now = digestOf(result);
    const seen = this.#seen.get(result.file) ?? new Map<string, unknown>();
    this.#seen.set(result.file, seen.set(keyOf(result), now));
    const known = this.#known(result.file).get(keyOf(result));
    if (this.#isUpdate || known === undefined) {
      return result;
    }
    const failures = differences(known, now).map(({ path, expected, found }): Failure => {
      const what = path.slice('snapshot.'.length);
      const message = `${what} is not what the snapshot ${snapshotPath(result.file)} holds; --update takes it over.`;
      return { path, file: result.file, message, expected, found };
    });
    return failures.length === 0
      ? result
      : { ...result, verdict: 'failed', failures: [...result.failures, ...failures] };
  }

  /** Writes what was seen. @returns the files that have changed */
  write(): string[] {
    const changed: string[] = [];
    for (const [file, seen] of this.#isUpdate ? this.#seen : []) {
      const known = this.#known(file);
      const merged = new Map([...known, ...seen]);
      if (!isDeepStrictEqual(known, merged)) {
        const path = snapshotPath(file);
        const cases = Object.fromEntries([...merged].sort(([a], [b]) => (a < b ? -1 : 1)));
        writeWholeFile(path, [Buffer.from(`${JSON.stringify({ schema: SCHEMA, cases }, null, 2)}\n`)]);
        changed.push(path);
      }
    }
    return changed;
  }

  #known(file: string): Map<string, unknown> {
    const before = this.#files.get(file);
    if (before !== undefined) {
      return before;
    }
    const path = snapshotPath(file);
    const cases = existsSync(path)
      ? parseUserFile(path, readFileSync(path, 'utf8'), snapshotFileSchema).value.cases
      : {};
    const known = new Map(Object.entries(cases));
    this.#files.set(file, known);
    return known;
  }
}

/** As it would be read from the file. */
function digestOf({ devices, mails }: CaseResult): unknown {
  const ofDevices = devices.map(({ name, state, outcome, blockedBy, firmware, waiting, alerts, slots }) => [
    name,
    { state, outcome, blockedBy, firmware, waiting, slots, alerts: alerts.map(({ kind }) => kind) },
  ]);
  const ofMails = mails.map(({ device, from, to, subject, host, port, tls, auth, attachments }) => {
    const names = attachments.map(({ name }) => name);
    return { device, from, to, subject, host, port, tls, auth, attachments: names };
  });
  return JSON.parse(JSON.stringify({ devices: Object.fromEntries(ofDevices), mails: ofMails }));
}

interface Difference {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** More differences than these tell nobody more. */
const MOST_DIFFERENCES = 10;

function differences(expected: unknown, found: unknown, path = 'snapshot'): Difference[] {
  if (isDeepStrictEqual(expected, found)) {
    return [];
  }
  if (!isTree(expected) || !isTree(found)) {
    return [{ path, expected: written(expected), found: written(found) }];
  }
  const inner = new Map(Object.entries(found));
  const outer = new Map(Object.entries(expected));
  return [...new Set([...outer.keys(), ...inner.keys()])]
    .flatMap((key) => differences(outer.get(key), inner.get(key), `${path}.${key}`))
    .slice(0, MOST_DIFFERENCES);
}

const isTree = (value: unknown): value is object => typeof value === 'object' && value !== null;

const written = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
