/** What a run of the machine looks like from outside, in the words that vectors use. */
import type { DceAction } from '../../../src/modem/dce/dialogue.ts';
import type { DceBench, Recorded } from './bench.ts';

type Output = Extract<DceAction, { type: 'to-dte' }>;

export interface Observation {
  readonly bench: DceBench;
  readonly recorded: readonly Recorded[];
  /** Octets to the DTE. */
  readonly output: string;
  /** Octets to the other end of the call. */
  readonly toPeer: string;
  readonly finals: readonly string[];
  /** The same as they stood on the line: digits under V0. */
  readonly finalsAsSent: readonly string[];
  readonly info: readonly string[];
  readonly urcs: readonly string[];
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly messages: readonly string[];
}

/** Unsolicited, yet one of the results that end something. */
const isFinal = ({ kind, text }: Output): boolean =>
  kind === 'result' || (kind === 'unsolicited' && text === 'NO CARRIER');

export function observe(bench: DceBench): Observation {
  const { recorded } = bench;
  const actions = recorded.map(({ action }) => action);
  const outputs = actions.filter((action) => action.type === 'to-dte');
  const finals = outputs.filter(isFinal);
  return {
    bench,
    recorded,
    output: outputs.map(({ bytes }) => latin1(bytes)).join(''),
    toPeer: actions.map((action) => (action.type === 'to-call' ? latin1(action.bytes) : '')).join(''),
    finals: finals.map(({ text }) => text),
    finalsAsSent: finals.map(({ bytes }) => latin1(bytes).trim()),
    info: texts(outputs, 'information'),
    urcs: texts(outputs, 'unsolicited'),
    events: actions.flatMap(eventOf),
    messages: actions.flatMap((action) => (action.type === 'message' ? [action.text] : [])),
  };
}

function texts(outputs: readonly Output[], kind: Output['kind']): readonly string[] {
  return outputs.filter((output) => output.kind === kind).map(({ text }) => text);
}

function eventOf(action: DceAction): readonly Readonly<Record<string, unknown>>[] {
  switch (action.type) {
    case 'dial':
      return [{ type: 'dial', number: action.number, modifiers: action.modifiers, voice: action.isVoice }];
    case 'answer':
      return [{ type: 'answer' }];
    case 'give-up-dial':
      return [{ type: 'abort' }];
    case 'hang-up':
      return [{ type: 'hangup' }];
    case 'message':
      return [{ type: 'sms', number: action.destination, text: action.text }];
    case 'speed':
      return [{ type: 'speed', value: action.baudRate }];
    default:
      return [];
  }
}

export const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
