/** The shipped scenarios, for tests. */
import { fileURLToPath } from 'node:url';
import { loadCases, type ScenarioCase } from '../../src/scenario/cases.ts';

export const scenarioFolder = fileURLToPath(new URL('../../fixtures/scenarios', import.meta.url));

const all = await loadCases(scenarioFolder);

export const shippedCases: readonly ScenarioCase[] = all;

/** @throws Error where none is called so */
export function shippedCase(name: string): ScenarioCase {
  const found = all.find((one) => one.name === name);
  if (found === undefined) {
    throw new Error(`no shipped scenario is called ${name}`);
  }
  return found;
}
