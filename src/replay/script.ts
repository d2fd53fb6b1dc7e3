/**
 * From a recording to the two parts of a play: what this side says and when it may, and what the other side is expected
 * to say.
 */
import { type Ms, ms } from '../base/units.ts';
import { octetsOf, type RecordedEvent, type Recording } from '../config/recording.ts';
import type { DceSignals, DteSignals } from '../serial/serial-line.ts';
import { ControlCode, decodeControlPacket } from '../wire/ppp/control-packet.ts';
import { PppProtocol } from '../wire/ppp/protocol-number.ts';
import { type Utterance, UtteranceCutter } from './utterances.ts';

/** Whose part this side plays. */
export type Role = 'module' | 'device';
export type Side = 'dte' | 'dce';

interface Place {
  readonly at: Ms;
  /** Line of the file. */
  readonly line: number;
}

export interface OwnStep extends Place {
  /** So many of the other side's steps come before. */
  readonly needs: number;
  readonly what:
    | { readonly kind: 'say'; readonly utterance: Utterance }
    | { readonly kind: 'dte'; readonly signals: Partial<DteSignals> }
    | { readonly kind: 'dce'; readonly signals: DceSignals }
    | { readonly kind: 'baudRate'; readonly baudRate: number };
}

export interface ExpectedStep extends Place {
  readonly what:
    | { readonly kind: 'hear'; readonly utterance: Utterance; readonly match: RegExp | undefined }
    /** Circuit 108 goes off: the device hangs up. Many lines do not carry it. */
    | { readonly kind: 'dtrOff' };
}

export interface Script {
  readonly role: Role;
  /** Who is checked. */
  readonly checked: Side;
  readonly isRedacted: boolean;
  readonly own: readonly OwnStep[];
  readonly expected: readonly ExpectedStep[];
}

export function scriptOf({ header, events }: Recording, role: Role): Script {
  const checked: Side = role === 'module' ? 'dte' : 'dce';
  const own: OwnStep[] = [];
  const expected: ExpectedStep[] = [];
  let place: Place & { readonly match?: string | undefined } = { at: events[0]?.at ?? ms(0), line: 2 };

  const say = (what: OwnStep['what']) =>
    own.push({ at: place.at, line: place.line, needs: expected.length, what });
  const cutters: Record<Side, UtteranceCutter> = {
    dte: new UtteranceCutter((utterance) => put('dte', utterance)),
    dce: new UtteranceCutter((utterance) => put('dce', utterance)),
  };
  const put = (from: Side, utterance: Utterance): void => {
    if (isKeepAlive(utterance)) {
      return;
    }
    if (from !== checked) {
      say({ kind: 'say', utterance });
    } else if (utterance.kind !== 'text' || utterance.bytes.length > 0) {
      const match = place.match === undefined ? undefined : new RegExp(`^(?:${place.match})$`);
      expected.push({ at: place.at, line: place.line, what: { kind: 'hear', utterance, match } });
    }
  };
  const settle = (...sides: Side[]) => {
    for (const side of sides) {
      cutters[side].flushText();
    }
  };

  for (const [index, event] of events.entries()) {
    // What waits belongs to an earlier event, whose place it keeps.
    settle(...othersThan(event));
    place = { at: event.at, line: index + 2, match: 'from' in event ? event.match : undefined };
    if ('from' in event) {
      cutters[event.from].push(octetsOf(event));
    } else if ('dce' in event && role === 'module') {
      say({ kind: 'dce', signals: event.dce });
    } else if ('dte' in event && role === 'device') {
      const { dtr, rts } = event.dte;
      say({
        kind: 'dte',
        signals: { ...(dtr === undefined ? {} : { dtr }), ...(rts === undefined ? {} : { rts }) },
      });
    } else if ('dte' in event && event.dte.dtr === false) {
      expected.push({ at: place.at, line: place.line, what: { kind: 'dtrOff' } });
    } else if ('baudRate' in event && role === 'device') {
      say({ kind: 'baudRate', baudRate: event.baudRate });
    }
  }
  settle('dte', 'dce');
  return { role, checked, isRedacted: header.isRedacted, own, expected };
}

const othersThan = (event: RecordedEvent): Side[] =>
  'from' in event ? [event.from === 'dte' ? 'dce' : 'dte'] : ['dte', 'dce'];

/** LCP echoes (RFC 1661 section 5.8) come when a clock says so: they are answered, not compared. */
export function isKeepAlive(utterance: Utterance): boolean {
  if (utterance.kind !== 'frame' || utterance.protocol !== PppProtocol.lcp) {
    return false;
  }
  const code = decodeControlPacket(utterance.payload)?.code;
  return (
    code === ControlCode.echoRequest || code === ControlCode.echoReply || code === ControlCode.discardRequest
  );
}
