/** Results as a run of scenarios gives them, for tests of what is made of them. */
import type { CaseResult, Failure } from '../../../src/scenario/case-result.ts';
import type { ScenarioCase } from '../../../src/scenario/cases.ts';
import {
  type CaseSummary,
  SUITE_SCHEMA,
  type SuiteResult,
} from '../../../src/scenario/suite/suite-result.ts';

export const givenCase = (name: string, file = 'suite/story.yaml'): ScenarioCase => ({
  id: `${file}#${name}`,
  file,
  name,
  parameters: {},
  document: {},
  places: {},
});

export const givenFailure = (given: Partial<Failure> = {}): Failure => ({
  path: 'expect.mails[0].to',
  file: 'suite/story.yaml',
  line: 12,
  column: 7,
  message: 'The mail went to somebody else.',
  expected: 'office@example.jp',
  found: 'nobody@example.jp',
  ...given,
});

export function givenResult(name: string, given: Partial<CaseResult> = {}): CaseResult {
  const { id, file, parameters } = givenCase(name);
  const failures = given.failures ?? [];
  return {
    schema: 'kadec21/case-result/1',
    id,
    file,
    name,
    parameters,
    seed: 1,
    verdict: failures.length > 0 ? 'failed' : 'passed',
    failures,
    startedAt: Date.UTC(2008, 9, 15),
    endedAt: Date.UTC(2008, 9, 15, 2),
    virtualMs: 7_200_000,
    realMs: 120,
    devices: [],
    mails: [],
    calls: 1,
    evidence: { events: [], eventsDropped: 0, captures: {}, flashes: {} },
    ...given,
  };
}

export function givenSummary(name: string, given: Partial<CaseResult> = {}): CaseSummary {
  const { evidence: _, ...rest } = givenResult(name, given);
  return { ...rest, replay: `kadec21 test suite/story.yaml --only ${name} --seed ${rest.seed}` };
}

export const givenSuite = (
  results: readonly CaseSummary[],
  given: Partial<SuiteResult> = {},
): SuiteResult => ({
  schema: SUITE_SCHEMA,
  seed: 1,
  repeat: 1,
  planned: results.length,
  leftOut: 0,
  startedAt: Date.UTC(2026, 0, 1),
  realMs: 1500,
  workers: 2,
  results,
  ...given,
});
