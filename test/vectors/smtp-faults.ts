/** Faults of mail servers, each lived through in virtual time by submission and delivery policy together. */
import { differences } from '../smtp/fault-check.ts';
import { runScenario } from '../smtp/fault-run.ts';
import { readScenario } from '../smtp/fault-scenario.ts';
import { UnreadableVectorError } from '../smtp/fields.ts';
import type { VectorFamily, VectorResult } from './family.ts';

const FORMAT = 1;
const KNOWN_PARTS = ['format', 'defaults', 'legend', 'scenarios', 'about', 'note'];

export const smtpFaults: VectorFamily = {
  name: 'smtp-faults',
  recognises: (document) =>
    isObject(document) &&
    Array.isArray(document.scenarios) &&
    document.scenarios.every((scenario) => isObject(scenario) && 'server' in scenario),
  async *run(document) {
    if (!isObject(document) || !Array.isArray(document.scenarios)) {
      return;
    }
    const unknown = Object.keys(document).filter((key) => !KNOWN_PARTS.includes(key));
    if (unknown.length > 0 || document.format !== FORMAT) {
      yield {
        name: 'the document',
        difference: `it is format ${JSON.stringify(document.format)} with unknown parts: ${unknown.join(', ') || 'none'}.`,
      };
    }
    for (const scenario of document.scenarios) {
      yield await outcomeOf(scenario, document.defaults);
    }
  },
};

async function outcomeOf(value: unknown, defaults: unknown): Promise<VectorResult> {
  const name = isObject(value) ? `${String(value.id)} ${String(value.name)}` : 'a scenario';
  try {
    const scenario = readScenario(value, defaults);
    const found = differences(scenario, await runScenario(scenario));
    return found.length === 0 ? { name } : { name, difference: found.join('\n') };
  } catch (error) {
    if (error instanceof UnreadableVectorError) {
      return { name, difference: error.message };
    }
    return {
      name,
      difference: `the run broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    };
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
