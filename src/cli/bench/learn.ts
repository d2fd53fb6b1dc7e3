/** `kadec21 bench --learn FILE`: a profile from a dialogue with a module that nobody knows yet. */
import { writeFile } from 'node:fs/promises';
import type { BenchOptions } from '../../bench/bench.ts';
import { learnedProfileText, learnProfile } from '../../bench/learn-profile.ts';
import { readModule } from '../../bench/read-module.ts';
import { printNote, setExitStatus } from '../console.ts';
import { OutputFileError } from '../output-file.ts';

export async function learn(
  options: BenchOptions & { readonly signal: AbortSignal },
  file: string,
): Promise<void> {
  const facts = await readModule(options);
  if (options.signal.aborted) {
    setExitStatus(130);
    return;
  }
  const learned = learnProfile(facts);
  try {
    await writeFile(file, learnedProfileText(learned), { flag: 'wx' });
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new OutputFileError(`${file} cannot be written: ${said}`, {
      cause,
      advice: 'Choose another name; a file that exists is never overwritten.',
    });
  }
  printNote(`wrote ${file}: ${learned.document.title}, family ${learned.document.family}`);
  printNote(
    `check what it says is an assumption; then: kadec21 bench --port ${options.port} --profile ${file}`,
  );
}
