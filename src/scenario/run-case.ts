/** Runs one case of a scenario file: in any case there is a result. */
import { Kadec21Error } from '../base/errors.ts';
import type { CaseEvidence, CaseResult, Failure } from './case-result.ts';
import { CaseRun } from './case-run.ts';
import type { ScenarioCase } from './cases.ts';
import type { RunOptions } from './run-options.ts';

/** Taken before any run has replaced it. */
const realNow = performance.now.bind(performance);

/** Never rejects: what could not be run is `broken`, and its failure says why. */
export async function runCase(scenarioCase: ScenarioCase, options: RunOptions): Promise<CaseResult> {
  const startedAt = realNow();
  const run = new CaseRun(scenarioCase, options);
  let failures: readonly Failure[];
  let isBroken = false;
  try {
    failures = await run.play();
  } catch (error) {
    isBroken = true;
    failures = [brokenBy(error, scenarioCase)];
  }
  const verdict = isBroken ? 'broken' : failures.length > 0 ? 'failed' : 'passed';
  const { id, file, name, parameters } = scenarioCase;
  const withEvidence = options.evidence === 'always' || verdict !== 'passed';
  return {
    schema: 'kadec21/case-result/1',
    id,
    file,
    name,
    parameters,
    seed: options.seed,
    verdict,
    failures,
    ...run.summary,
    realMs: realNow() - startedAt,
    evidence: withEvidence ? run.evidence() : NO_EVIDENCE,
  };
}

const NO_EVIDENCE: CaseEvidence = { events: [], eventsDropped: 0, captures: {}, flashes: {} };

function brokenBy(error: unknown, { file }: ScenarioCase): Failure {
  const told = error instanceof Error ? error.message : String(error);
  const found =
    error instanceof Kadec21Error ? error.code : error instanceof Error ? (error.stack ?? told) : told;
  return { path: '', file, line: 1, column: 1, message: told, expected: 'a scenario that can be run', found };
}
