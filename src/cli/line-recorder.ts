/** Recordings that a command keeps: each session of a line in a file of its own, FILE, FILE-2 and so on. */
import { now } from '../base/virtual-time.ts';
import { formatInstant } from '../config/japan-time.ts';
import type { Settings } from '../config/settings-schema.ts';
import { recordedDte } from '../serial/recorded-line.ts';
import type { DteLine } from '../serial/serial-line.ts';
import { type OutputFile, openOutputFile } from './output-file.ts';

export interface LineRecorderOptions {
  /** Of the first session. */
  readonly file: string;
  /** Name of the line. */
  readonly port: string;
  /** Masks secrets: these, and those that their protocol tells. Absent: none is masked. */
  readonly secrets: readonly string[] | undefined;
}

export class LineRecorder {
  readonly #options: LineRecorderOptions;
  readonly #files: OutputFile[];
  #sessions = 0;
  #isClosed = false;

  /** @throws OutputFileError where the file cannot be written: before the line is touched */
  constructor(options: LineRecorderOptions) {
    this.#options = options;
    this.#files = [openOutputFile(options.file)];
  }

  /** Records a session. @returns what is used in place of its line */
  record(line: DteLine): DteLine {
    const { file: path, port, secrets } = this.#options;
    this.#sessions += 1;
    const file = this.#files[this.#sessions - 1] ?? openOutputFile(numbered(path, this.#sessions));
    this.#files[this.#sessions - 1] = file;
    return recordedDte(line, {
      port,
      startedAt: formatInstant(now()),
      // A line that is closed after it says so to nobody.
      write: (text) => {
        if (!this.#isClosed) {
          file.write(text);
        }
      },
      ...(secrets === undefined ? {} : { redact: { secrets } }),
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const file of this.#files.splice(0)) {
      file.close();
    }
  }
}

/** `field.jsonl`, `field-2.jsonl` */
const numbered = (path: string, session: number): string => path.replace(/(\.[^./\\]*)?$/, `-${session}$1`);

/** What a recording with masked secrets does not show. */
export function secretsIn(settings: Settings | undefined): string[] {
  if (settings === undefined) {
    return [];
  }
  const { auth } = settings.mail;
  const mail =
    auth.mechanism === 'none' ? [] : [auth.password.reveal(), `\0${auth.user}\0${auth.password.reveal()}`];
  return [settings.carrier.password.reveal(), ...mail];
}
