/**
 * The command as an installed package has it: the sources translated once instead of by every process, which takes
 * most of its time in a checkout.
 */
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Builds into a folder of `out` and gives the script that Node runs. Types are not looked at: `npm run types` does that.
 * @param name one for each who may build at the same time
 */
export function buildCommand(name: string): string {
  const target = join(root, 'out', name);
  rmSync(target, { recursive: true, force: true });
  for (const file of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.ts')) {
      const output = join(target, 'dist', file.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(output), { recursive: true });
      writeFileSync(output, translated(readFileSync(join(root, 'src', file), 'utf8')));
    }
  }
  mkdirSync(join(target, 'bin'));
  copyFileSync(join(root, 'bin', 'kadec21.js'), join(target, 'bin', 'kadec21.js'));
  copyFileSync(join(root, 'package.json'), join(target, 'package.json'));
  cpSync(join(root, 'fixtures', 'data'), join(target, 'fixtures', 'data'), { recursive: true });
  return join(target, 'bin', 'kadec21.js');
}

const translated = (source: string): string =>
  ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  }).outputText;
