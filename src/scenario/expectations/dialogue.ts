/** The dialogue: what a device did, or did not, say and hear. */
import { type ExpectedDialogue, matches } from '../../config/scenario-expect.ts';
import type { EvidenceEvent, Failure } from '../case-result.ts';
import { failureAt, isOneOf, isWithin, type JudgedRun, rangeText, reasonOf } from './judged-run.ts';

const AT_LEAST_ONCE = { min: 1, max: 1_000_000_000 };

export function judgeDialogue(run: JudgedRun): Failure[] {
  return run.scenario.expect.dialogue.flatMap((expected, index) => judgeOne(run, expected, index));
}

function judgeOne(run: JudgedRun, expected: ExpectedDialogue, index: number): Failure[] {
  const { count = AT_LEAST_ONCE, layer } = expected;
  const found = run.events.filter((event) => isMeant(run, event, expected));
  if (isWithin(count, found.length)) {
    return [];
  }
  const [direction, pattern] =
    expected.sent === undefined ? ['received', expected.received] : ['sent', expected.sent];
  const what = `${layer.toUpperCase()}: ${JSON.stringify(pattern)} was ${direction}`;
  const [first] = found;
  const hint =
    first === undefined ? reasonOf(run, expected.device) : `the first: ${JSON.stringify(first.text)}`;
  const times = found.length === 0 ? 'never' : found.length === 1 ? 'once' : `${found.length} times`;
  const message =
    `${what} ${times}, expected ${count.max === 0 ? 'never' : `${rangeText(count)} times`}. ${hint}`.trim();
  return [
    failureAt(run, `expect.dialogue[${index}].${direction}`, {
      message,
      expected: rangeText(count),
      found: String(found.length),
    }),
  ];
}

function isMeant(
  run: JudgedRun,
  event: EvidenceEvent,
  { layer, device, sent, received }: ExpectedDialogue,
): boolean {
  const pattern = sent ?? received ?? '';
  return (
    event.layer === layer &&
    event.direction === (sent === undefined ? '<' : '>') &&
    (device === undefined || isOneOf(run, event.device, device)) &&
    matches(pattern, event.text, 'within')
  );
}
