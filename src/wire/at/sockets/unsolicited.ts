/**
 * What a module with sockets (`AT+QIOPEN` family) says unasked: +QIURC, and the results of +QIOPEN and +QPING, which
 * come after the OK of their commands.
 */
import { type AtValue, parseInformation, quoteString, valueNumber, valueText } from '../value.ts';

export type SocketUrc =
  /** A connection is there (`result` 0), or did not come to be. */
  | { readonly urc: 'opened'; readonly connection: number; readonly result: number }
  /** Octets wait for AT+QIRD. Said once until the device has read all of them. */
  | { readonly urc: 'received'; readonly connection: number }
  /** The other end, or the network, ended the connection. */
  | { readonly urc: 'closed'; readonly connection: number }
  /** The network took the context back, and every connection with it. */
  | { readonly urc: 'deactivated'; readonly context: number }
  /** The end of a look-up; `count` addresses follow, one each. */
  | { readonly urc: 'looked-up'; readonly result: number; readonly count: number }
  | { readonly urc: 'address'; readonly address: string }
  /** One echo: `result` 0, or 569 where none came. */
  | {
      readonly urc: 'echo';
      readonly result: number;
      readonly address: string | undefined;
      readonly roundTripMs: number | undefined;
    }
  /** The end of AT+QPING. */
  | {
      readonly urc: 'echoes';
      readonly sent: number;
      readonly received: number;
      readonly leastMs: number;
      readonly greatestMs: number;
      readonly meanMs: number;
    };

/** ICMP data of an echo, and a time to live: +QPING tells them, nobody looks. */
const ECHO_OCTETS = 56;
const ECHO_LIFE = 255;
/** Names are good for so long, seconds. */
const NAME_LIFE = 600;

export function formatSocketUrc(urc: SocketUrc): string {
  switch (urc.urc) {
    case 'opened':
      return `+QIOPEN: ${urc.connection},${urc.result}`;
    case 'received':
      return `+QIURC: "recv",${urc.connection}`;
    case 'closed':
      return `+QIURC: "closed",${urc.connection}`;
    case 'deactivated':
      return `+QIURC: "pdpdeact",${urc.context}`;
    case 'looked-up':
      return urc.result === 0
        ? `+QIURC: "dnsgip",0,${urc.count},${NAME_LIFE}`
        : `+QIURC: "dnsgip",${urc.result}`;
    case 'address':
      return `+QIURC: "dnsgip",${quoteString(urc.address)}`;
    case 'echo':
      return urc.address === undefined || urc.roundTripMs === undefined
        ? `+QPING: ${urc.result}`
        : `+QPING: ${urc.result},${quoteString(urc.address)},${ECHO_OCTETS},${urc.roundTripMs},${ECHO_LIFE}`;
    case 'echoes':
      return `+QPING: 0,${urc.sent},${urc.received},${urc.sent - urc.received},${urc.leastMs},${urc.greatestMs},${urc.meanMs}`;
  }
}

/** @returns undefined for a line that is none of these */
export function parseSocketUrc(line: string): SocketUrc | undefined {
  const information = parseInformation(line);
  switch (information?.name.toUpperCase()) {
    case '+QIURC':
      return parseReport(information.parameters);
    case '+QIOPEN': {
      const [connection, result] = information.parameters.map(valueNumber);
      return connection === undefined || result === undefined
        ? undefined
        : { urc: 'opened', connection, result };
    }
    case '+QPING':
      return parseEcho(information.parameters);
    default:
      return undefined;
  }
}

function parseReport(values: readonly AtValue[]): SocketUrc | undefined {
  const [kind, second, third] = values;
  const number = valueNumber(second);
  switch (valueText(kind).toLowerCase()) {
    case 'recv':
      return number === undefined ? undefined : { urc: 'received', connection: number };
    case 'closed':
      return number === undefined ? undefined : { urc: 'closed', connection: number };
    case 'pdpdeact':
      return number === undefined ? undefined : { urc: 'deactivated', context: number };
    case 'dnsgip':
      if (second?.kind === 'string') {
        return { urc: 'address', address: second.value };
      }
      return number === undefined
        ? undefined
        : { urc: 'looked-up', result: number, count: valueNumber(third) ?? 0 };
    default:
      return undefined;
  }
}

/** An echo names an address; the end of them all has seven numbers. */
function parseEcho(values: readonly AtValue[]): SocketUrc | undefined {
  const [result, second, third, fourth] = values;
  const [least, greatest, mean] = values.slice(4);
  const number = valueNumber(result);
  if (number === undefined) {
    return undefined;
  }
  if (second?.kind === 'string') {
    return { urc: 'echo', result: number, address: second.value, roundTripMs: valueNumber(fourth) };
  }
  const [sent, received] = [valueNumber(second), valueNumber(third)];
  return sent === undefined || received === undefined
    ? { urc: 'echo', result: number, address: undefined, roundTripMs: undefined }
    : {
        urc: 'echoes',
        sent,
        received,
        leastMs: valueNumber(least) ?? 0,
        greatestMs: valueNumber(greatest) ?? 0,
        meanMs: valueNumber(mean) ?? 0,
      };
}
