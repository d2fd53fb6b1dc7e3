/**
 * `npm run vectors -- FILE...`: runs vector files of every known format and prints name, pass or fail and the
 * difference. Exit status 1 if one fails, 2 if a file cannot be run at all.
 */
import { readFileSync } from 'node:fs';
import { families } from './families.ts';

async function runFile(path: string): Promise<{ passed: number; failed: number }> {
  const document: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const fitting = families.filter((family) => family.recognises(document));
  if (fitting.length === 0) {
    throw new Error(
      `not a format that is known here (known: ${families.map(({ name }) => name).join(', ')})`,
    );
  }
  let passed = 0;
  let failed = 0;
  for (const family of fitting) {
    for await (const { name, difference } of family.run(document)) {
      if (difference === undefined) {
        passed += 1;
        console.log(`pass  ${name}`);
      } else {
        failed += 1;
        console.log(`FAIL  ${name}\n      ${difference.replaceAll('\n', '\n      ')}`);
      }
    }
  }
  return { passed, failed };
}

const paths = process.argv.slice(2);
if (paths.length === 0) {
  console.error('usage: npm run vectors -- FILE...');
  process.exitCode = 2;
}
let passed = 0;
let failed = 0;
for (const path of paths) {
  try {
    console.log(path);
    const counts = await runFile(path);
    passed += counts.passed;
    failed += counts.failed;
  } catch (failure) {
    console.error(`${path}: ${failure instanceof Error ? failure.message : failure}`);
    process.exitCode = 2;
  }
}
if (passed + failed > 0) {
  console.log(`${passed} passed, ${failed} failed`);
}
if (failed > 0) {
  process.exitCode = 1;
}
