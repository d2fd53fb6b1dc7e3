/**
 * From a recording to the two parts of a play: what this side says and when it may, and what the other side is expected
 * to say.
 */
import type { Recording } from '../config/recording.ts';
import { ControlCode, decodeControlPacket } from '../wire/ppp/control-packet.ts';
import { PppProtocol } from '../wire/ppp/protocol-number.ts';
import { Echoes } from './echoes.ts';
import { type Done, itemsOf } from './recorded-items.ts';
import type { Role, Side } from './roles.ts';
import type { ExpectedStep, OwnStep, Script } from './script-steps.ts';
import type { PasswordOf } from './sign-ins.ts';
import { socketExchanges } from './socket-exchanges.ts';
import { SocketStreams } from './socket-streams.ts';
import type { Utterance } from './utterances.ts';

export function scriptOf({ header, events }: Recording, role: Role, passwordOf?: PasswordOf): Script {
  const checked: Side = role === 'module' ? 'dte' : 'dce';
  const sockets = new SocketStreams(checked, header.isRedacted, passwordOf);
  const items = itemsOf(events);
  const exchanges = socketExchanges(items, role, sockets);
  const own: OwnStep[] = [];
  const expected: ExpectedStep[] = [];
  const echoes = new Echoes();
  for (const item of items) {
    const { at, line } = item;
    const say = (what: OwnStep['what']) => own.push({ at, line, needs: expected.length, what });
    if (item.kind === 'done') {
      const what = doneBy(item, role);
      if (what?.kind === 'dtrOff') {
        expected.push({ at, line, what });
      } else if (what !== undefined) {
        say(what);
      }
      continue;
    }
    const { from, utterance, match } = item;
    const exchange = exchanges.get(item);
    if (role === 'device' && echoes.hasHeard(from, utterance)) {
      continue;
    }
    if (exchange?.is === 'part' || isKeepAlive(utterance)) {
      continue;
    }
    if (exchange?.is === 'sent' || exchange?.is === 'received') {
      const prompt = exchange.is === 'sent' ? exchange.prompt : undefined;
      expected.push({ at, line, what: { kind: 'octets', utterance, place: exchange.place, prompt } });
    } else if (from !== checked) {
      say({
        kind: 'say',
        utterance,
        ...(exchange?.is === 'read' ? { reads: exchange.number } : {}),
        ...(exchange?.is === 'written' ? { place: exchange.place } : {}),
      });
    } else if (utterance.kind !== 'text' || utterance.bytes.length > 0) {
      const pattern = match === undefined ? undefined : new RegExp(`^(?:${match})$`);
      expected.push({ at, line, what: { kind: 'hear', utterance, match: pattern } });
    }
  }
  return { role, checked, isRedacted: header.isRedacted, own, expected, sockets };
}

/** Circuits and bit rates: what the played side does, and that the other one hangs up. */
function doneBy({ event }: Done, role: Role): OwnStep['what'] | { readonly kind: 'dtrOff' } | undefined {
  if ('dce' in event) {
    return role === 'module' ? { kind: 'dce', signals: event.dce } : undefined;
  }
  if ('dte' in event) {
    const { dtr, rts } = event.dte;
    if (role === 'module') {
      return dtr === false ? { kind: 'dtrOff' } : undefined;
    }
    const signals = { ...(dtr === undefined ? {} : { dtr }), ...(rts === undefined ? {} : { rts }) };
    return { kind: 'dte', signals };
  }
  return 'baudRate' in event && role === 'device'
    ? { kind: 'baudRate', baudRate: event.baudRate }
    : undefined;
}

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
