/**
 * A program that is the device: started without a shell in a process group of its own, heard, and ended together with
 * everything that it has started.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { RealDeviceError } from '../refusals.ts';
import { type KeepInMind, signalGroup } from './leftovers.ts';

export interface ProgramOptions {
  /** Of the device, for messages. */
  readonly name: string;
  /** The program and its arguments; `{line}` in them is the name of its line. */
  readonly command: readonly string[];
  readonly line: string;
  /** Where it is started. */
  readonly folder: string;
  readonly keepInMind: KeepInMind;
  /** A line of what it says. */
  readonly onSaid: (stream: 'stdout' | 'stderr', text: string) => void;
}

/** How long it may take its time with SIGTERM. */
const TERM_MS = 2000;
/** SIGKILL takes no time, save where the program waits for a device that hangs. */
const KILL_MS = 2000;

/** What is longer is cut into pieces. */
const LONGEST_LINE = 1000;
/** A program that says more shall not take the room of everybody else's events. */
const MOST_LINES = 5000;

type Child = ChildProcessByStdio<null, Readable, Readable>;

export class DeviceProgram {
  readonly #child: Child;
  readonly #startedAt = performance.now();
  readonly #said: (stream: 'stdout' | 'stderr', text: string) => void;
  readonly #ended: Promise<void>;
  #lines = 0;
  #lastWords: string | undefined;
  #ending: string | undefined;

  /** @throws RealDeviceError SCENARIO_PROGRAM where it cannot be started */
  static async start(options: ProgramOptions): Promise<DeviceProgram> {
    const [program = '', ...others] = options.command.map((word) => word.replaceAll('{line}', options.line));
    const child = spawn(program, others, {
      cwd: options.folder,
      // A group of its own: what it starts ends with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    try {
      await once(child, 'spawn');
    } catch (cause) {
      throw notStarted(options, program, cause);
    }
    return new DeviceProgram(child, options);
  }

  constructor(child: Child, { onSaid, keepInMind }: ProgramOptions) {
    const group = child.pid ?? 0;
    const isGone = keepInMind({ kind: 'program', group });
    this.#child = child;
    this.#said = onSaid;
    // Signals that could not be sent are told as an event too.
    child.on('error', () => {});
    follow(child.stdout, (text) => this.#hear('stdout', text));
    follow(child.stderr, (text) => this.#hear('stderr', text));
    this.#ended = new Promise((resolve) => {
      child.once('exit', (status, signal) => {
        const how = signal === null ? `with status ${status}` : `by ${signal}`;
        this.#ending = `${how} after ${((performance.now() - this.#startedAt) / 1000).toFixed(1)} s`;
        // It has to run in the foreground: what it leaves behind is nobody's device.
        signalGroup(group, 'SIGKILL');
        isGone();
        resolve();
      });
    });
  }

  /** `with status 1 after 0.3 s`; absent while it runs. */
  get ending(): string | undefined {
    return this.#ending;
  }

  /** The last line that it said. */
  get lastWords(): string | undefined {
    return this.#lastWords;
  }

  /** SIGTERM, and SIGKILL where that was not enough. */
  async stop(): Promise<void> {
    for (const [signal, patience] of [
      ['SIGTERM', TERM_MS],
      ['SIGKILL', KILL_MS],
    ] as const) {
      if (this.#ending === undefined) {
        signalGroup(this.#child.pid ?? 0, signal);
        await within(this.#ended, patience);
      }
    }
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
  }

  #hear(stream: 'stdout' | 'stderr', text: string): void {
    this.#lastWords = text;
    this.#lines += 1;
    if (this.#lines <= MOST_LINES) {
      this.#said(stream, text);
    } else if (this.#lines === MOST_LINES + 1) {
      this.#said(stream, `(more than ${MOST_LINES} lines: the rest is left out)`);
    }
  }
}

function notStarted({ name, folder }: ProgramOptions, program: string, cause: unknown): RealDeviceError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const why =
    code === 'ENOENT'
      ? 'there is no such program'
      : code === 'EACCES'
        ? 'it is not executable'
        : `the system says ${code}`;
  return new RealDeviceError(
    'SCENARIO_PROGRAM',
    `The program of ${name} could not be started: ${program}: ${why}.`,
    `A path is seen from the scenario's folder (${folder}); a mere name is looked for in PATH.`,
  );
}

/** Tells whole lines, printable and not empty. */
function follow(stream: Readable, onLine: (text: string) => void): void {
  let pending = '';
  const tell = (text: string) => {
    const shown = printable(text);
    if (shown !== '') {
      onLine(shown);
    }
  };
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (pending + text).split(/[\r\n]/);
    pending = lines.pop() ?? '';
    for (const line of lines) {
      for (let at = 0; at < line.length; at += LONGEST_LINE) {
        tell(line.slice(at, at + LONGEST_LINE));
      }
    }
    for (; pending.length > LONGEST_LINE; pending = pending.slice(LONGEST_LINE)) {
      tell(pending.slice(0, LONGEST_LINE));
    }
  });
  stream.on('end', () => tell(pending));
  stream.on('error', () => {});
}

/** Nothing that it says steers the terminal of who reads it. */
const printable = (text: string): string =>
  stripVTControlCharacters(text)
    .replaceAll(/\p{Cc}/gu, ' ')
    .trimEnd();

async function within(end: Promise<void>, patience: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patience);
  });
  await Promise.race([end, waited]);
  clearTimeout(timer);
}
