/** What costs money or sends something is asked for, once for each kind, before anything begins. */
import { once } from 'node:events';
import process from 'node:process';
import { createInterface, type Interface } from 'node:readline/promises';
import type { Cost, Station } from '../../bench/station.ts';

const QUESTIONS = { money: 'Place calls (costs money)?', 'sends mail': 'Send a test mail?' } as const;

/** @returns what is allowed; nothing where nobody can be asked, `interrupted` at Ctrl-C */
export async function allowedCosts(
  stations: readonly Station[],
  isAllowedUnasked: boolean,
): Promise<ReadonlySet<Cost> | 'interrupted'> {
  const costs = new Set(stations.flatMap(({ costs: cost }) => cost ?? []));
  if (isAllowedUnasked || !process.stdin.isTTY) {
    return isAllowedUnasked ? costs : new Set();
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const allowed = new Set<Cost>();
    for (const cost of costs) {
      if (/^y/i.test(await answerTo(`${QUESTIONS[cost]} [y/N] `, prompt))) {
        allowed.add(cost);
      }
    }
    return allowed;
  } catch (failure) {
    if (failure instanceof Error && failure.name === 'AbortError') {
      return 'interrupted';
    }
    throw failure;
  } finally {
    prompt.close();
  }
}

/** The end of the input (Ctrl-D) is no answer, and a question that was closed would wait for ever. */
async function answerTo(question: string, prompt: Interface): Promise<string> {
  const closed = once(prompt, 'close').then(() => '');
  return Promise.race([prompt.question(question), closed]);
}
