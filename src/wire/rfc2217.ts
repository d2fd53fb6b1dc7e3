/** Telnet COM-PORT-OPTION (RFC 2217): what is inside a sub-negotiation of option 44, as values. */
import type { Malformed } from './malformed.ts';

/** By code, RFC 2217 section 3. A server's answer or message has the code of the client's plus 100. */
const SUBJECTS = [
  'signature',
  'baudRate',
  'dataSize',
  'parity',
  'stopSize',
  'control',
  'lineState',
  'modemState',
  'suspend',
  'resume',
  'lineStateMask',
  'modemStateMask',
  'purge',
] as const;
const SERVER = 100;

export type ComPortSubject = (typeof SUBJECTS)[number];
export type ComPortSender = 'client' | 'server';

export type ComPortMessage =
  /** Without text: asks for it. */
  | { readonly subject: 'signature'; readonly from: ComPortSender; readonly text: string }
  | { readonly subject: 'suspend' | 'resume'; readonly from: ComPortSender }
  /** Bit/s (0: asks); one octet for all the others. */
  | {
      readonly subject: Exclude<ComPortSubject, 'signature' | 'suspend' | 'resume'>;
      readonly from: ComPortSender;
      readonly value: number;
    };

/** RFC 2217 section 3, SET-DATASIZE, SET-PARITY and SET-STOPSIZE: 8 data bits, no parity, one stop bit. */
export const EIGHT_N_ONE = { dataSize: 8, parity: 1, stopSize: 1 } as const;

/** RFC 2217 section 3, SET-CONTROL. */
export const CONTROL = {
  askFlowControl: 0,
  noFlowControl: 1,
  xonXoff: 2,
  hardware: 3,
  askBreak: 4,
  breakOn: 5,
  breakOff: 6,
  askDtr: 7,
  dtrOn: 8,
  dtrOff: 9,
  askRts: 10,
  rtsOn: 11,
  rtsOff: 12,
  askInboundFlowControl: 13,
  noInboundFlowControl: 14,
  inboundXonXoff: 15,
  inboundHardware: 16,
  outboundDcd: 17,
  inboundDtr: 18,
  outboundDsr: 19,
} as const;

/** RFC 2217 section 3, NOTIFY-MODEMSTATE: the circuits and, below them, that they have changed. */
export const MODEM_STATE = {
  dcd: 0x80,
  ri: 0x40,
  dsr: 0x20,
  cts: 0x10,
  dcdChanged: 0x08,
  riEnded: 0x04,
  dsrChanged: 0x02,
  ctsChanged: 0x01,
} as const;

export function encodeComPort(message: ComPortMessage): Uint8Array {
  const code = SUBJECTS.indexOf(message.subject) + (message.from === 'server' ? SERVER : 0);
  switch (message.subject) {
    case 'signature':
      return Uint8Array.of(code, ...Buffer.from(message.text, 'latin1'));
    case 'suspend':
    case 'resume':
      return Uint8Array.of(code);
    case 'baudRate': {
      const { value } = message;
      return Uint8Array.of(code, value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
    }
    default:
      return Uint8Array.of(code, message.value);
  }
}

export function decodeComPort(bytes: Uint8Array): ComPortMessage | Malformed {
  const [code, first] = bytes;
  if (code === undefined) {
    return { malformed: 'COM-PORT-OPTION without a code' };
  }
  const from = code >= SERVER ? 'server' : 'client';
  const subject = SUBJECTS[code % SERVER];
  if (subject === undefined || code >= 2 * SERVER) {
    return { malformed: `COM-PORT-OPTION: unknown code ${code}` };
  }
  switch (subject) {
    case 'signature':
      return { subject, from, text: Buffer.from(bytes.subarray(1)).toString('latin1') };
    case 'suspend':
    case 'resume':
      return { subject, from };
    case 'baudRate':
      return bytes.length < 5
        ? { malformed: 'COM-PORT-OPTION: a baud rate has four octets' }
        : { subject, from, value: new DataView(bytes.buffer, bytes.byteOffset).getUint32(1) };
    case 'lineState':
    case 'modemState':
      // Clients ask for the state by the server's message without its value (pySerial).
      return { subject, from, value: first ?? 0 };
    default:
      return first === undefined
        ? { malformed: `COM-PORT-OPTION: code ${code} without a value` }
        : { subject, from, value: first };
  }
}
