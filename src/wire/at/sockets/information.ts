/**
 * Information texts of the socket commands (`AT+QIOPEN` family): written by the module, read by the device. The
 * octets that follow `+QIRD: n` are counted, not text: see `../counted-octets.ts`.
 */
import { parseInformation, quoteString, valueNumber, valueText } from '../value.ts';
import { describeResult } from './result.ts';

/** What +QIACT? says of one context. */
export interface ContextState {
  readonly context: number;
  readonly isActive: boolean;
  /** Dotted decimal, while the context is active. */
  readonly address: string | undefined;
}

/** `<socket_state>` of +QISTATE. */
export const SOCKET_STATES = { opening: 1, connected: 2, closing: 4 } as const;
export type SocketState = keyof typeof SOCKET_STATES;

export interface ConnectionState {
  readonly connection: number;
  readonly host: string;
  readonly port: number;
  readonly localPort: number;
  readonly state: SocketState;
  readonly context: number;
}

/** How much has passed: +QISEND with length 0, +QIRD with length 0. */
export interface Counts {
  readonly total: number;
  /** Acknowledged by the other end, or read by the device. */
  readonly done: number;
  readonly open: number;
}

export const formatContext = ({ context, isActive, address }: ContextState): string =>
  `+QIACT: ${context},${isActive ? 1 : 0},1${address === undefined ? '' : `,${quoteString(address)}`}`;

/** `undefined` for another line. */
export function parseContext(line: string): ContextState | undefined {
  const values = valuesOf(line, '+QIACT');
  const context = valueNumber(values?.[0]);
  const state = valueNumber(values?.[1]);
  if (context === undefined || state === undefined) {
    return undefined;
  }
  const address = valueText(values?.[3]);
  return { context, isActive: state === 1, address: address === '' ? undefined : address };
}

/** One server each, empty where there is none: the family always tells two. */
export const formatNameServers = (context: number, [first = '', second = '']: readonly string[]): string =>
  `+QIDNSCFG: ${context},${quoteString(first)},${quoteString(second)}`;

export function parseNameServers(line: string): readonly string[] | undefined {
  const values = valuesOf(line, '+QIDNSCFG');
  return values
    ?.slice(1)
    .map(valueText)
    .filter((server) => server !== '' && server !== '0.0.0.0');
}

export const formatConnection = (of: ConnectionState): string =>
  `+QISTATE: ${of.connection},"TCP",${quoteString(of.host)},${of.port},${of.localPort},${SOCKET_STATES[of.state]},${of.context},0,0,"uart1"`;

export const formatCounts = (name: '+QISEND' | '+QIRD', { total, done, open }: Counts): string =>
  `${name}: ${total},${done},${open}`;

/** Says that so many octets follow. */
export const formatReadHeader = (octets: number): string => `+QIRD: ${octets}`;

export const formatLastResult = (result: number): string =>
  `+QIGETERROR: ${describeResult(result).replace(' ', ',')}`;

export function parseLastResult(line: string): number | undefined {
  return valueNumber(valuesOf(line, '+QIGETERROR')?.[0]);
}

function valuesOf(line: string, name: string) {
  const information = parseInformation(line);
  return information?.name.toUpperCase() === name ? information.parameters : undefined;
}
