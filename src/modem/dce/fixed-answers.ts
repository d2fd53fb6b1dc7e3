/** Answers that a profile gives word for word, for commands that this emulation does not know or that it should play otherwise. */
import type { ModuleProfile } from '../module-profile.ts';
import { type Answer, done, REFUSED } from './answer.ts';
import type { ModuleContext } from './module-context.ts';
import type { Output } from './output.ts';

/** By profile, each command in the spelling that `keyOf` gives. */
const tables = new WeakMap<ModuleProfile, ReadonlyMap<string, readonly string[]>>();

/**
 * @param command as it stands in the line, without its `AT`
 * @returns undefined where the profile has none; the lines before the result are out already
 */
export function fixedAnswer(command: string, { profile }: ModuleContext, output: Output): Answer | undefined {
  const table = tables.get(profile) ?? readTable(profile);
  if (table.size === 0) {
    return undefined;
  }
  const lines = table.get(keyOf(command));
  if (lines === undefined) {
    return undefined;
  }
  for (const line of lines.slice(0, -1)) {
    output.information(line);
  }
  const result = lines.at(-1);
  switch (result) {
    case undefined:
    case 'OK':
      return done();
    case 'ERROR':
      return REFUSED;
    case 'NO CARRIER':
    case 'NO ANSWER':
    case 'BUSY':
    case 'NO DIALTONE':
      return { outcome: 'ended', code: result, text: '' };
    default:
      return { outcome: 'said', text: result };
  }
}

function readTable(profile: ModuleProfile): ReadonlyMap<string, readonly string[]> {
  const table = new Map(
    Object.entries(profile.answers).map(([command, lines]) => [keyOf(command.slice(2)), lines]),
  );
  tables.set(profile, table);
  return table;
}

/** V.250 §5.2.1: case and blanks mean nothing outside strings. */
function keyOf(command: string): string {
  return command
    .replace(/;\s*$/, '')
    .split('"')
    .map((part, index) => (index % 2 === 0 ? part.replaceAll(' ', '').toUpperCase() : part))
    .join('"');
}
