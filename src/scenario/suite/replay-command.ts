/** The one command that runs a single case again, as it can be pasted into a shell. */
import type { CaseResult } from '../case-result.ts';

export const replayCommand = ({ file, id, seed }: Pick<CaseResult, 'file' | 'id' | 'seed'>): string =>
  `kadec21 test ${quoted(file)} --only ${quoted(id)} --seed ${seed}`;

const quoted = (text: string): string =>
  /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
