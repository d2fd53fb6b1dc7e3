/**
 * Finds in a recording the exchanges by which octets pass the sockets of a module: `AT+QISEND`, prompt, octets, `SEND OK`,
 * and `AT+QIRD`, `+QIRD: n`, octets, `OK`. The side that is checked need not have them one by one: what it says on a
 * connection counts.
 */
import { READ_COMMAND, READ_HEADER, SEND_COMMAND } from './dialogue-cutter.ts';
import type { RecordedItem, Said } from './recorded-items.ts';
import type { Role, Side } from './roles.ts';
import type { SocketPlace, SocketStreams } from './socket-streams.ts';
import { latin1 } from './utterance-text.ts';

export type SocketRole =
  /** Part of an exchange that is known otherwise: neither said nor expected. */
  | { readonly is: 'part' }
  /** As module: these octets of the device, in however many pieces. */
  | { readonly is: 'sent'; readonly place: SocketPlace; readonly prompt: Uint8Array }
  /** As device: these octets of the other end, in however many pieces. */
  | { readonly is: 'received'; readonly place: SocketPlace }
  /** As device: a command that reads. */
  | { readonly is: 'read'; readonly number: number }
  /** As device: octets that are written; sign-ins in them may be answered anew. */
  | { readonly is: 'written'; readonly place: SocketPlace };

const PART: SocketRole = { is: 'part' };

export function socketExchanges(
  items: readonly RecordedItem[],
  role: Role,
  streams: SocketStreams,
): ReadonlyMap<RecordedItem, SocketRole> {
  const roles = new Map<RecordedItem, SocketRole>();
  for (const [index, item] of items.entries()) {
    if (item.kind === 'done') {
      continue;
    }
    const line = textOf(item, 'dte');
    if (line !== undefined) {
      streams.recordCommand(line);
    }
    if (role === 'module') {
      const [command, prompt, payload, final] = sendingFrom(items, index) ?? [];
      if (
        command !== undefined &&
        prompt !== undefined &&
        final !== undefined &&
        payload?.utterance.kind === 'payload'
      ) {
        const { connection, bytes } = payload.utterance;
        const place = streams.record(connection, bytes);
        for (const part of [command, prompt, final]) {
          roles.set(part, PART);
        }
        roles.set(payload, { is: 'sent', place, prompt: prompt.utterance.raw });
      }
    } else if (item.from === 'dte' && item.utterance.kind === 'payload') {
      const { connection, bytes } = item.utterance;
      roles.set(item, { is: 'written', place: streams.recordOwn(connection, bytes) });
    } else if (/^\+QIURC: "recv",/.test(textOf(item, 'dce') ?? '')) {
      roles.set(item, PART);
    } else {
      const [command, header, payload, final] = readingFrom(items, index) ?? [];
      if (command !== undefined && header !== undefined && final !== undefined) {
        const number = Number(READ_COMMAND.exec(textOf(command, 'dte') ?? '')?.[1]);
        const counted = payload?.utterance;
        const bytes = counted?.kind === 'payload' ? counted.bytes : new Uint8Array();
        roles.set(command, { is: 'read', number });
        roles.set(header, { is: 'received', place: streams.record(number, bytes) });
        for (const part of [payload, final]) {
          if (part !== undefined) {
            roles.set(part, PART);
          }
        }
      }
    }
  }
  return roles;
}

function textOf(item: RecordedItem, from: Side): string | undefined {
  return item.kind === 'said' && item.from === from && item.utterance.kind === 'text'
    ? latin1(item.utterance.bytes)
    : undefined;
}

type Exchange = readonly [command: Said, first: Said, payload: Said | undefined, final: Said];

/** Command, prompt, octets, result; other words of the module may stand between them, none of the device. */
function sendingFrom(items: readonly RecordedItem[], index: number): Exchange | undefined {
  return exchange(items, index, SEND_COMMAND, 'dte', {
    first: (text) => text.startsWith('>'),
    isCounted: () => true,
    final: 'SEND OK',
  });
}

function readingFrom(items: readonly RecordedItem[], index: number): Exchange | undefined {
  return exchange(items, index, READ_COMMAND, 'dce', {
    first: (text) => READ_HEADER.test(text),
    isCounted: (text) => text !== '+QIRD: 0',
    final: 'OK',
  });
}

function exchange(
  items: readonly RecordedItem[],
  index: number,
  command: RegExp,
  payloadFrom: Side,
  how: {
    readonly first: (text: string) => boolean;
    readonly isCounted: (text: string) => boolean;
    readonly final: string;
  },
): Exchange | undefined {
  const begin = items[index];
  if (begin?.kind !== 'said' || !command.test(textOf(begin, 'dte') ?? '')) {
    return undefined;
  }
  let first: Said | undefined;
  let payload: Said | undefined;
  for (let at = index + 1; at < items.length; at += 1) {
    const item = items[at];
    if (item === undefined || item.kind === 'done') {
      continue;
    }
    const text = textOf(item, 'dce');
    if (item.utterance.kind === 'payload' && item.from === payloadFrom && first !== undefined) {
      payload = item;
    } else if (item.from === 'dte') {
      return undefined;
    } else if (first === undefined && text !== undefined && how.first(text)) {
      first = item;
    } else if (text === how.final && first !== undefined) {
      const isWhole = payload !== undefined || !how.isCounted(textOf(first, 'dce') ?? '');
      return isWhole ? [begin, first, payload, item] : undefined;
    } else if (text === 'ERROR' || text === textOf(begin, 'dte')) {
      // An echo is said at its own time.
      return undefined;
    }
  }
  return undefined;
}
