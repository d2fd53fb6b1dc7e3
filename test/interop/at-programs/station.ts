/** An emulated module on a pty of this machine, and the network it is in; programs open the pty by its name. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuNet } from '../../../src/aunet/au-net.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { EmulatedModule } from '../../../src/modem/dce/emulated-module.ts';
import { profileByName } from '../../../src/modem/profiles.ts';
import { type OfferedLine, offerLine } from '../../../src/serial/offer-line.ts';
import { withDaemons } from '../programs.ts';

/** What a program left. */
export interface Said {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** stdout and stderr as they came. */
  readonly text: string;
}

export class Station {
  readonly auNet = new AuNet({ random: seededRandom(1) });
  readonly folder: string;
  readonly #line: OfferedLine;
  readonly module: EmulatedModule;

  private constructor(folder: string, line: OfferedLine, profileName: string) {
    const profile = profileByName(profileName);
    if (profile === undefined) {
      throw new Error(`there is no module ${profileName}`);
    }
    this.folder = folder;
    this.#line = line;
    const pace = { ...profile.pace, registrationMs: 0, connectMs: 300 };
    this.module = new EmulatedModule(line, { profile: { ...profile, pace }, radio: this.auNet });
  }

  static async open(profileName: string): Promise<Station> {
    const folder = mkdtempSync(join(tmpdir(), 'kadec21-at-'));
    const line = await offerLine({ kind: 'pty', link: join(folder, 'line') });
    return new Station(folder, line, profileName);
  }

  /** The link to the pty. */
  get line(): string {
    return join(this.folder, 'line');
  }

  /** The pty itself: `/dev/pts/3`. */
  get pty(): string {
    return realpathSync(this.line);
  }

  async close(): Promise<void> {
    await this.auNet.close();
    await this.#line.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs a program to its end. It must not be waited for synchronously: the module lives in this process. */
  async run(program: string, args: readonly string[], input = ''): Promise<Said> {
    const child: ChildProcess = spawn(program, args, { cwd: this.folder, env: withDaemons });
    let text = '';
    child.stdout?.on('data', (part) => {
      text += part;
    });
    child.stderr?.on('data', (part) => {
      text += part;
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
    const [status, signal] = await once(child, 'close');
    return { status, signal, text };
  }

  /** Runs a shell command whose stdin and stdout are the line; what it says on stderr is told. */
  runOnLine(command: string): Promise<Said> {
    return this.run('sh', ['-c', `${command} < "$0" > "$0"`, this.line]);
  }
}
