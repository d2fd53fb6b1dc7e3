import { expect, test } from 'vitest';
import {
  githubAnnotations,
  htmlReport,
  junitReport,
  markdownSummary,
  summaryText,
} from '../../../src/scenario/suite/reports.ts';
import { waveringCases } from '../../../src/scenario/suite/suite-result.ts';
import { timelinePage } from '../../../src/scenario/suite/timeline-page.ts';
import { givenFailure, givenResult, givenSuite, givenSummary } from './given.ts';

const hostile = '</script><script>alert(1)</script>';
const failed = givenSummary('fails', { failures: [givenFailure()] });

test('the summary counts what passed, failed, broke and was not run', () => {
  const broken = givenSummary('breaks', { verdict: 'broken', failures: [givenFailure()] });
  expect(summaryText(givenSuite([givenSummary('a'), failed, broken], { leftOut: 2 }))).toBe(
    '3 runs: 1 passed, 1 failed, 1 broken, 2 not run · seed 1 · 1.5 s on 2 threads',
  );
});

test('JUnit: a suite for each file, a failure with the command that runs it again', () => {
  const xml = junitReport(givenSuite([givenSummary('passes'), failed]));
  expect(xml).toContain('<testsuite name="suite/story.yaml" tests="2" failures="1" errors="0"');
  expect(xml).toContain('<failure message="The mail went to somebody else." type="expect.mails[0].to">');
  expect(xml).toContain('run it again: kadec21 test suite/story.yaml --only fails --seed 1');
});

test('GitHub: an annotation beside the line of the scenario, whatever the message holds', () => {
  const failure = givenFailure({ message: '100% of a,b:c\nare gone' });
  const text = githubAnnotations(givenSuite([givenSummary('fails, twice', { failures: [failure] })]));
  expect(text.split('\n')).toHaveLength(1);
  expect(text).toMatch(
    /^::error file=suite\/story.yaml,line=12,col=7,title=fails%2C twice \(seed 1\)::100%25 of a,b:c%0Aare gone%0Aexpected/,
  );
});

test('GitHub: nothing is said of a suite that passed, and the summary is one line', () => {
  const suite = givenSuite([givenSummary('passes')]);
  expect(githubAnnotations(suite)).toBe('');
  expect(markdownSummary(suite)).toBe('### ✅ kadec21 test: 1 run: 1 passed · seed 1 · 1.5 s on 2 threads\n');
});

test('Markdown: a message cannot leave its cell', () => {
  const failure = givenFailure({ message: 'a | b <script>\n`c`' });
  const suite = givenSuite([givenSummary('fails', { failures: [failure] })]);
  expect(markdownSummary(suite)).toContain('| a \\| b \\<script\\> \\`c\\` |');
});

test('HTML: what came off the line is text, never markup', () => {
  const failure = givenFailure({ message: hostile, found: hostile });
  const suite = givenSuite([givenSummary(hostile, { failures: [failure] })]);
  expect(htmlReport(suite)).not.toContain('<script>alert');
});

test('the time line holds the dialogue as data that cannot end its element', () => {
  const event = { at: 0, lane: 'line', layer: 'at', direction: '>', text: hostile } as const;
  const evidence = { events: [event], eventsDropped: 0, captures: {}, flashes: {} };
  const page = timelinePage(givenResult('fails', { failures: [givenFailure()], evidence }), 'kadec21 test');
  expect(page).not.toContain('<script>alert');
  const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? '';
  expect(JSON.parse(data)).toEqual({
    lanes: ['network line'],
    marks: [{ at: 0, lane: 0, direction: '>', text: hostile }],
  });
});

test('the browser runs the page’s own script and no other', () => {
  expect(timelinePage(givenResult('a'), 'kadec21 test')).toMatch(
    /default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-[A-Za-z0-9+/]{43}='/,
  );
});

test('a verdict that depends on the seed is told with both kinds of seeds', () => {
  const results = [givenSummary('wavers'), givenSummary('wavers', { seed: 2, failures: [givenFailure()] })];
  expect(waveringCases(results)).toEqual([
    { id: 'suite/story.yaml#wavers', seeds: { passed: [1], failed: [2], broken: [] } },
  ]);
  expect(waveringCases([givenSummary('steady'), givenSummary('steady', { seed: 2 })])).toEqual([]);
});
