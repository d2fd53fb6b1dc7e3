/** A file that the user wrote is wrong: which file, where in it, what was found, what was expected. */
import { Kadec21Error } from '../base/errors.ts';

export interface FileProblem {
  /** Path inside the document, `mail.server.port`; empty for the document itself. */
  readonly path: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** What is wrong in one clause; never holds the value of a secret. */
  readonly text: string;
}

/** More problems than these help nobody; the rest is counted. */
const SHOWN_PROBLEMS = 20;

export type UserFileErrorCode = 'FILE_UNREADABLE' | 'FILE_MALFORMED' | 'FILE_INVALID';

export class UserFileError extends Kadec21Error {
  readonly layer = 'settings';
  readonly code: UserFileErrorCode;
  readonly file: string;
  readonly problems: readonly FileProblem[];

  /** @param advice what the user can do, where the problems themselves do not say it */
  constructor(code: UserFileErrorCode, file: string, problems: readonly FileProblem[], advice?: string) {
    super(describe(file, problems), advice === undefined ? {} : { advice });
    this.code = code;
    this.file = file;
    this.problems = problems;
  }
}

function describe(file: string, problems: readonly FileProblem[]): string {
  const lines = problems.slice(0, SHOWN_PROBLEMS).map((problem) => {
    const at = [file, problem.line, problem.column].filter((part) => part !== undefined).join(':');
    return `${at}: ${problem.path === '' ? '' : `${problem.path}: `}${problem.text}`;
  });
  const rest = problems.length - lines.length;
  return [...lines, ...(rest > 0 ? [`${file}: and ${rest} more`] : [])].join('\n');
}
