/**
 * A machine of its own with Debian's pppd and Linux's PPP, in qemu: `pppd-vm/build.sh DIRECTORY` makes it, the variable
 * KADEC21_PPPD_VM names the directory. What its first serial port says is the log; the second one is pppd's.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const QEMU = 'qemu-system-x86_64';
const directory = process.env.KADEC21_PPPD_VM ?? '';
const PATIENCE_MS = 90_000;

/** @returns why the machine cannot be run here, `undefined` where it can */
export function reasonToSkip(): string | undefined {
  if (!existsSync(join(directory, 'vmlinuz')) || !existsSync(join(directory, 'initrd.gz'))) {
    return 'KADEC21_PPPD_VM names no directory made by test/interop/pppd-vm/build.sh';
  }
  try {
    execFileSync(QEMU, ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return `${QEMU} is not installed (Debian package qemu-system-x86)`;
  }
}

export class PppdMachine {
  /** What the machine has said. */
  log = '';
  readonly #process: ChildProcess;
  /** One command after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(process: ChildProcess) {
    this.#process = process;
    process.stdout?.on('data', (text) => {
      this.log += text;
    });
  }

  /**
   * Resolves when it is ready.
   * @param line what qemu connects the second serial port to, such as `tcp:127.0.0.1:4000`
   * @param options of pppd, which then is all that the machine runs; absent: it takes commands
   */
  static async start(line: string, options?: string): Promise<PppdMachine> {
    const pppd = options === undefined ? '' : ` pppd="${options}"`;
    const process = spawn(
      QEMU,
      [
        ...['-accel', 'tcg', '-m', '256', '-nographic', '-no-reboot', '-monitor', 'none', '-nic', 'none'],
        ...['-kernel', join(directory, 'vmlinuz'), '-initrd', join(directory, 'initrd.gz')],
        ...['-append', `console=ttyS0 quiet panic=-1${pppd}`, '-serial', 'stdio', '-serial', line],
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const machine = new PppdMachine(process);
    await machine.waitFor('READY');
    return machine;
  }

  /** Resolves with what the log says up to there. @param text string, or expression, that it has to have after `from` */
  async waitFor(text: string | RegExp, from = 0): Promise<string> {
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const said = this.log.slice(from);
      if (typeof text === 'string' ? said.includes(text) : text.test(said)) {
        return said;
      }
      if (performance.now() > until || this.#hasEnded) {
        throw new Error(`The machine has not said ${text}:\n${said}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Runs a shell command of one line in the machine. @returns what it said, and how it ended */
  run(command: string): Promise<{ readonly status: number; readonly text: string }> {
    const ran = this.#turn.then(async () => {
      const from = this.log.length;
      this.#process.stdin?.write(`${command}\n`);
      const said = await this.waitFor(/<<status \d+>>\n/, from);
      const [, text = '', status] = /^(.*?)<<status (\d+)>>\n/s.exec(said) ?? [];
      return { status: Number(status), text };
    });
    this.#turn = ran.catch(() => {});
    return ran;
  }

  /** Writes a file into the machine, line by line: its console takes lines of limited length. */
  async put(path: string, content: string): Promise<void> {
    await this.run(`: > ${path}`);
    for (const line of content.trimEnd().split('\n')) {
      await this.run(`printf '%s\\n' '${line.replaceAll("'", "'\\''")}' >> ${path}`);
    }
  }

  async stop(): Promise<void> {
    if (!this.#hasEnded) {
      const exit = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await exit;
    }
  }

  get #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }
}
