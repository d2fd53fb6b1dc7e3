/**
 * The package as `npm pack` makes it, in a folder of its own where only what it declares as its dependencies is there.
 * Nothing is asked of a registry: dependencies are those of the checkout.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

export interface Installed {
  /** A user's project: here it works. */
  readonly project: string;
  /** Paths of what is in the package, sorted. */
  readonly files: readonly string[];
  remove(): void;
}

/** @param extra packages of the checkout that the user has, too */
export async function installedPackage(extra: readonly string[]): Promise<Installed> {
  // Not in the checkout: whatever lies above a folder is found from it.
  const staged = mkdtempSync(join(tmpdir(), 'kadec21-package-'));
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of ['package.json', 'README.md', 'CHANGELOG.md', 'bin', 'docs', 'fixtures']) {
    cpSync(join(root, name), join(staged, name), { recursive: true });
  }
  // What is not to be published lies there as well, as in a checkout.
  for (const name of ['src', 'test', 'out', '.ci']) {
    mkdirSync(join(staged, name));
    writeFileSync(join(staged, name, 'not-for-users.ts'), '');
  }
  const built = await node(
    'typescript/bin/tsc',
    '-p',
    'tsconfig.build.json',
    '--outDir',
    join(staged, 'dist'),
  );
  if (built.status !== 0) {
    throw new Error(built.output);
  }
  const packed = await run('npm', ['pack', '--ignore-scripts', '--json', '--offline'], { cwd: staged });
  const [{ filename, files }]: [{ filename: string; files: { path: string }[] }] = JSON.parse(packed.stdout);

  const project = join(staged, 'project');
  const modules = join(project, 'node_modules');
  mkdirSync(modules, { recursive: true });
  await run('tar', ['-xzf', join(staged, filename), '-C', modules]);
  await run('mv', [join(modules, 'package'), join(modules, 'kadec21')]);
  for (const name of [...Object.keys(manifest.dependencies), ...extra]) {
    const link = join(modules, name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
  return {
    project,
    files: files.map(({ path }) => path).sort(),
    remove: () => rmSync(staged, { recursive: true }),
  };
}

/** A program of the checkout's packages. */
export const node = (script: string, ...args: readonly string[]) =>
  nodeIn(root, join(root, 'node_modules', script), ...args);

export interface Finished {
  readonly status: number;
  readonly output: string;
}

export async function nodeIn(folder: string, ...args: readonly string[]): Promise<Finished> {
  const env = { ...process.env, NO_COLOR: '1' };
  for (const name of Object.keys(env).filter((each) => /^(VITEST|NODE_OPTIONS|TEST)/.test(each))) {
    Reflect.deleteProperty(env, name);
  }
  try {
    const { stdout, stderr } = await run(process.execPath, [...args], { cwd: folder, env });
    return { status: 0, output: stdout + stderr };
  } catch (failure) {
    const { code, stdout = '', stderr = '' } = failure as { code?: number; stdout?: string; stderr?: string };
    return { status: code ?? -1, output: `${stdout}${stderr}` };
  }
}
