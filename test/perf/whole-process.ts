/** What a whole process costs: the command as it is installed, and other programs beside it. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the build for measuring makes (out/perf), beside this file's own folder there. */
const BUILD = fileURLToPath(new URL('../../', import.meta.url));
const ROOT = process.cwd();

/**
 * Lays the build out as an installed package has it, and gives the arguments that Node runs the command with. In
 * a checkout the command compiles on the fly, which nobody has who installed it.
 */
export function installedCommand(): string {
  mkdirSync(join(BUILD, 'bin'), { recursive: true });
  copyFileSync(join(ROOT, 'package.json'), join(BUILD, 'package.json'));
  copyFileSync(join(ROOT, 'bin', 'kadec21.js'), join(BUILD, 'bin', 'kadec21.js'));
  if (!existsSync(join(BUILD, 'dist'))) {
    symlinkSync('src', join(BUILD, 'dist'));
  }
  return join(BUILD, 'bin', 'kadec21.js');
}

/**
 * CPU time of a process and of its threads, user and system, in milliseconds. Node tells it of itself only, so the
 * shell measures.
 * @throws Error with what the process said when its status is not 0
 */
export function processCpu(command: string, ...args: readonly string[]): number {
  const script = 'TIMEFORMAT="%3U %3S"; { time "$@" >/dev/null 2>&3; } 3>&1';
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', command, ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) {
    throw new Error(`${[command, ...args].join(' ')} ended with status ${status}: ${stdout}`);
  }
  const [user = Number.NaN, system = Number.NaN] = stderr.trim().split(' ').map(Number);
  return (user + system) * 1000;
}

/**
 * The most memory that a Node process held at once (resident), in bytes. A process begins with the peak of the one
 * that it was forked from (Linux, getrusage), so that a shell stands between this one and the measured one.
 */
export function peakMemory(...args: readonly string[]): number {
  const tell = 'process.on("exit", () => console.error(process.resourceUsage().maxRSS))';
  const node = [process.execPath, '--import', `data:text/javascript,${encodeURIComponent(tell)}`];
  const { status, stderr } = spawnSync('bash', ['-c', '"$@"; exit $?', 'bash', ...node, ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) {
    throw new Error(`${args.join(' ')} ended with status ${status}: ${stderr}`);
  }
  return Number(stderr.trim().split('\n').at(-1)) * 1024;
}

export function isInstalled(program: string): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.some((folder) => existsSync(join(folder, program)));
}
