/**
 * The command as an installed package has it: the sources translated once instead of by every process, which takes
 * most of its time in a checkout.
 */
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Builds into out/docs and gives the script that Node runs. Types are not looked at: `npm run types` does that. */
export function buildCommand(): string {
  const target = join(root, 'out', 'docs');
  rmSync(target, { recursive: true, force: true });
  for (const name of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.ts')) {
      const output = join(target, 'dist', name.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(output), { recursive: true });
      writeFileSync(output, translated(readFileSync(join(root, 'src', name), 'utf8')));
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
