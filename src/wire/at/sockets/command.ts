/**
 * Command lines of the socket commands (`AT+QIOPEN` family): written by the device, read by the module. TCP clients
 * in buffer access mode; what servers, UDP and the other access modes add is refused by the reader.
 *
 * Source: Quectel, BG96 TCP(IP) AT Commands Manual V1.0, and the same for EC2x and UC20.
 */
import type { Value } from '../command-line.ts';
import { quoteString } from '../value.ts';
import {
  LONGEST_ECHO_S,
  LONGEST_HOST,
  LONGEST_READ,
  LONGEST_SEND,
  MOST_CONNECTIONS,
  MOST_CONTEXTS,
  MOST_ECHOES,
} from './limits.ts';

/** 0 none, 1 PAP, 2 CHAP, 3 whichever the network asks for. */
export type ContextAuthentication = 0 | 1 | 2 | 3;

export interface ContextSettings {
  readonly context: number;
  readonly apn: string;
  readonly user: string;
  readonly password: string;
  readonly authentication: ContextAuthentication;
}

export interface OpenRequest {
  readonly context: number;
  readonly connection: number;
  /** A name or dotted decimal. */
  readonly host: string;
  readonly port: number;
}

export interface EchoRequest {
  readonly context: number;
  readonly host: string;
  readonly timeoutS: number;
  readonly count: number;
}

/** IPv4: `<context_type>` 1. */
const IPV4 = 1;
/** `<access_mode>`: what has come is kept until AT+QIRD asks for it. */
const BUFFER_ACCESS = 0;
const HIGHEST_PORT = 65_535;
/** AT+QICLOSE waits so long for the other end. */
export const DEFAULT_CLOSE_S = 10;
const DEFAULT_ECHO_S = 4;
const DEFAULT_ECHOES = 4;

/** What the device writes, with AT and without terminator. */
export const socketCommands = {
  setContext: ({ context, apn, user, password, authentication }: ContextSettings): string =>
    `AT+QICSGP=${context},${IPV4},${quoteString(apn)},${quoteString(user)},${quoteString(password)},${authentication}`,
  readContexts: 'AT+QIACT?',
  activate: (context: number): string => `AT+QIACT=${context}`,
  deactivate: (context: number): string => `AT+QIDEACT=${context}`,
  readNameServers: (context: number): string => `AT+QIDNSCFG=${context}`,
  setNameServers: (context: number, servers: readonly string[]): string =>
    `AT+QIDNSCFG=${[context, ...servers.slice(0, 2).map((server) => quoteString(server))].join(',')}`,
  open: ({ context, connection, host, port }: OpenRequest): string =>
    `AT+QIOPEN=${context},${connection},"TCP",${quoteString(host)},${port},0,${BUFFER_ACCESS}`,
  send: (connection: number, octets: number): string => `AT+QISEND=${connection},${octets}`,
  read: (connection: number, octets: number): string => `AT+QIRD=${connection},${octets}`,
  close: (connection: number, seconds: number): string => `AT+QICLOSE=${connection},${seconds}`,
  lookUp: (context: number, host: string): string => `AT+QIDNSGIP=${context},${quoteString(host)}`,
  ping: ({ context, host, timeoutS, count }: EchoRequest): string =>
    `AT+QPING=${context},${quoteString(host)},${timeoutS},${count}`,
  lastResult: 'AT+QIGETERROR',
  /** Asks whether a module has these commands at all; changes nothing. */
  probe: 'AT+QIOPEN=?',
} as const;

/** `<contextID>` alone: +QIACT, +QIDEACT, and the read form of +QICSGP. */
export function readContext(values: readonly Value[]): number | undefined {
  return values.length === 1 ? within(values[0], 1, MOST_CONTEXTS) : undefined;
}

/** `<contextID>,<context_type>[,<APN>[,<user>,<password>[,<authentication>]]]` */
export function readContextSettings(values: readonly Value[]): ContextSettings | undefined {
  const context = within(values[0], 1, MOST_CONTEXTS);
  const type = within(values[1], IPV4, IPV4);
  const [apn, user, password] = [2, 3, 4].map((index) => text(values[index], ''));
  const authentication = within(values[5], 0, 3, 0);
  if (
    context === undefined ||
    type === undefined ||
    apn === undefined ||
    user === undefined ||
    password === undefined ||
    authentication === undefined ||
    values.length > 6
  ) {
    return undefined;
  }
  return { context, apn, user, password, authentication: AUTHENTICATIONS[authentication] ?? 0 };
}

const AUTHENTICATIONS = [0, 1, 2, 3] as const;

/** `<contextID>,<connectID>,"TCP",<host>,<port>[,<local_port>[,<access_mode>]]` */
export function readOpen(values: readonly Value[]): OpenRequest | undefined {
  const context = within(values[0], 1, MOST_CONTEXTS);
  const connection = within(values[1], 0, MOST_CONNECTIONS - 1);
  const host = hostOf(values[3]);
  const port = within(values[4], 1, HIGHEST_PORT);
  const isClient =
    text(values[2])?.toUpperCase() === 'TCP' &&
    within(values[5], 0, HIGHEST_PORT, 0) !== undefined &&
    within(values[6], BUFFER_ACCESS, BUFFER_ACCESS, BUFFER_ACCESS) !== undefined &&
    values.length <= 7;
  if (!isClient || context === undefined || connection === undefined || host === undefined) {
    return undefined;
  }
  return port === undefined ? undefined : { context, connection, host, port };
}

/**
 * `<connectID>[,<send_length>]`
 * @returns `octets`: absent, the text ends with Ctrl-Z; 0 asks how much was sent
 */
export function readSend(
  values: readonly Value[],
): { readonly connection: number; readonly octets: number | undefined } | undefined {
  const connection = within(values[0], 0, MOST_CONNECTIONS - 1);
  const octets = within(values[1], 0, LONGEST_SEND);
  const isWellFormed = values.length === 1 || (values.length === 2 && octets !== undefined);
  return connection === undefined || !isWellFormed ? undefined : { connection, octets };
}

/** `<connectID>[,<read_length>]`; 0 asks how much there is. */
export function readRead(
  values: readonly Value[],
): { readonly connection: number; readonly octets: number } | undefined {
  const connection = within(values[0], 0, MOST_CONNECTIONS - 1);
  const octets = within(values[1], 0, LONGEST_READ, LONGEST_READ);
  return connection === undefined || octets === undefined || values.length > 2
    ? undefined
    : { connection, octets };
}

/** `<connectID>[,<timeout>]`, seconds. */
export function readClose(
  values: readonly Value[],
): { readonly connection: number; readonly seconds: number } | undefined {
  const connection = within(values[0], 0, MOST_CONNECTIONS - 1);
  const seconds = within(values[1], 0, HIGHEST_PORT, DEFAULT_CLOSE_S);
  return connection === undefined || seconds === undefined || values.length > 2
    ? undefined
    : { connection, seconds };
}

/** `<query_type>,<contextID or connectID>`: 0 asks by context, 1 by connection. */
export function readStateQuery(
  values: readonly Value[],
): { readonly by: 'context' | 'connection'; readonly number: number } | undefined {
  const kind = within(values[0], 0, 1);
  const number =
    kind === 0 ? within(values[1], 1, MOST_CONTEXTS) : within(values[1], 0, MOST_CONNECTIONS - 1);
  return kind === undefined || number === undefined || values.length !== 2
    ? undefined
    : { by: kind === 0 ? 'context' : 'connection', number };
}

/** `<contextID>[,<primary>[,<secondary>]]`; without addresses it asks. */
export function readNameServers(
  values: readonly Value[],
): { readonly context: number; readonly servers: readonly string[] } | undefined {
  const context = within(values[0], 1, MOST_CONTEXTS);
  const servers = values.slice(1).map((value) => text(value));
  if (context === undefined || values.length > 3) {
    return undefined;
  }
  const known = servers.filter((server) => server !== undefined);
  return known.length === servers.length ? { context, servers: known } : undefined;
}

/** `<contextID>,<host name>` */
export function readLookUp(
  values: readonly Value[],
): { readonly context: number; readonly host: string } | undefined {
  const context = within(values[0], 1, MOST_CONTEXTS);
  const host = hostOf(values[1]);
  return context === undefined || host === undefined || values.length !== 2 ? undefined : { context, host };
}

/** `<contextID>,<host>[,<timeout>[,<pingnum>]]` */
export function readPing(values: readonly Value[]): EchoRequest | undefined {
  const context = within(values[0], 1, MOST_CONTEXTS);
  const host = hostOf(values[1]);
  const timeoutS = within(values[2], 1, LONGEST_ECHO_S, DEFAULT_ECHO_S);
  const count = within(values[3], 1, MOST_ECHOES, DEFAULT_ECHOES);
  if (context === undefined || host === undefined || timeoutS === undefined || count === undefined) {
    return undefined;
  }
  return values.length > 4 ? undefined : { context, host, timeoutS, count };
}

/** A number of the range; `otherwise` stands for one that was left out. */
function within(
  value: Value | undefined,
  lowest: number,
  highest: number,
  otherwise?: number,
): number | undefined {
  if (value === undefined || value.kind === 'omitted') {
    return otherwise;
  }
  const number = value.kind === 'plain' ? value.decimal : undefined;
  return number !== undefined && number >= lowest && number <= highest ? number : undefined;
}

/** A string constant; `otherwise` stands for one that was left out. */
function text(value: Value | undefined, otherwise?: string): string | undefined {
  if (value === undefined || value.kind === 'omitted') {
    return otherwise;
  }
  return value.kind === 'string' ? value.text : undefined;
}

function hostOf(value: Value | undefined): string | undefined {
  const host = text(value);
  return host === undefined || host === '' || host.length > LONGEST_HOST ? undefined : host;
}
