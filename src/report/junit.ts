/**
 * Results as JUnit XML, as Jenkins and GitLab read it (the `junit-10.xsd` of the Jenkins xUnit plugin: `testsuites`,
 * `testsuite`, `testcase` with `skipped`, `failure`, `error`, and `system-out`).
 */
import type { Ms } from '../base/units.ts';
import { escapeMarkup } from './html.ts';

export interface JunitSuite {
  readonly name: string;
  /** When it began. */
  readonly startedAt: Ms;
  readonly cases: readonly JunitCase[];
  /** Facts about the run: `seed`, `port`. */
  readonly properties?: Readonly<Record<string, string>> | undefined;
}

export interface JunitCase {
  readonly name: string;
  /** Dotted, as a class of Java: readers group by it. */
  readonly className: string;
  readonly durationMs: Ms;
  /** Absent: it passed. */
  readonly outcome?: JunitOutcome | undefined;
  /** What was seen: the measurement, the dialogue. */
  readonly output?: readonly string[] | undefined;
}

export type JunitOutcome =
  | { readonly outcome: 'skipped'; readonly message: string }
  /** The checked thing is bad. `type` is a stable code. */
  | {
      readonly outcome: 'failure';
      readonly type: string;
      readonly message: string;
      readonly details: readonly string[];
    }
  /** It could not be checked. */
  | {
      readonly outcome: 'error';
      readonly type: string;
      readonly message: string;
      readonly details: readonly string[];
    };

/** A whole document. */
export function junitXml(name: string, suites: readonly JunitSuite[]): string {
  const cases = suites.flatMap((suite) => suite.cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name, ...counts(cases) })}>`,
    ...suites.flatMap(suiteLines),
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteLines({ name, startedAt, cases, properties = {} }: JunitSuite): string[] {
  const facts = Object.entries(properties).map(
    ([fact, value]) => `      <property${attributes({ name: fact, value })}/>`,
  );
  const skipped = String(cases.filter(({ outcome }) => outcome?.outcome === 'skipped').length);
  // The schema knows no zone and no fraction of a second: UTC.
  const timestamp = new Date(startedAt).toISOString().slice(0, 19);
  return [
    `  <testsuite${attributes({ name, ...counts(cases), skipped, timestamp })}>`,
    ...(facts.length === 0 ? [] : ['    <properties>', ...facts, '    </properties>']),
    ...cases.flatMap(caseLines),
    '  </testsuite>',
  ];
}

function caseLines({ name, className, durationMs, outcome, output = [] }: JunitCase): string[] {
  const inner = [
    ...(outcome === undefined ? [] : [outcomeElement(outcome)]),
    ...(output.length === 0 ? [] : [`      <system-out>${escapeMarkup(output.join('\n'))}</system-out>`]),
  ];
  const opened = `    <testcase${attributes({ name, classname: className, time: inSeconds(durationMs) })}`;
  return inner.length === 0 ? [`${opened}/>`] : [`${opened}>`, ...inner, '    </testcase>'];
}

function outcomeElement(outcome: JunitOutcome): string {
  const { message } = outcome;
  if (outcome.outcome === 'skipped') {
    return `      <skipped${attributes({ message })}/>`;
  }
  const { outcome: element, type, details } = outcome;
  const text = escapeMarkup(details.join('\n'));
  return `      <${element}${attributes({ message, type })}>${text}</${element}>`;
}

function counts(cases: readonly JunitCase[]): Readonly<Record<string, string>> {
  const count = (kind: JunitOutcome['outcome']) =>
    String(cases.filter(({ outcome }) => outcome?.outcome === kind).length);
  const total = cases.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return {
    tests: String(cases.length),
    failures: count('failure'),
    errors: count('error'),
    time: inSeconds(total),
  };
}

const inSeconds = (duration: number): string => (duration / 1000).toFixed(3);

const attributes = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    // A line end in an attribute would be read as a space.
    .map(([name, value]) => ` ${name}="${escapeMarkup(value).replace(/[\t\n\r]/g, ' ')}"`)
    .join('');
