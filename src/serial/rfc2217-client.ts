/**
 * The client's side of RFC 2217 as a machine: a serial port that is at the other end of a TCP connection. It sets
 * 8 data bits, no parity, one stop bit and RTS/CTS, as the ports of this machine are set.
 */
import { isMalformed } from '../wire/malformed.ts';
import {
  CONTROL,
  type ComPortMessage,
  decodeComPort,
  EIGHT_N_ONE,
  encodeComPort,
  MODEM_STATE,
} from '../wire/rfc2217.ts';
import {
  encodeSubnegotiation,
  TELNET_BINARY,
  TELNET_COM_PORT,
  TELNET_SUPPRESS_GO_AHEAD,
  TelnetDecoder,
  TelnetEncoder,
  type TelnetEvent,
} from '../wire/telnet.ts';
import type { DceSignals, DteSignals } from './serial-line.ts';
import { TelnetNegotiation } from './telnet-negotiation.ts';

export type Rfc2217ClientAction =
  /** From the port. */
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  /** For the server. */
  | { readonly type: 'send'; readonly bytes: Uint8Array }
  | { readonly type: 'signals'; readonly signals: DceSignals }
  /** The server controls a port, which has this rate now (bit/s). */
  | { readonly type: 'baud-rate'; readonly baudRate: number }
  /** The server will not control a port. */
  | { readonly type: 'refused' }
  /** Whether the server takes data at present. */
  | { readonly type: 'flow'; readonly isSuspended: boolean };

const EVERY_CIRCUIT = MODEM_STATE.dcd | MODEM_STATE.ri | MODEM_STATE.dsr | MODEM_STATE.cts;

const OPTIONS = [TELNET_SUPPRESS_GO_AHEAD, TELNET_BINARY, TELNET_COM_PORT];

export class Rfc2217Client {
  readonly #decoder = new TelnetDecoder();
  readonly #encoder = new TelnetEncoder();
  readonly #options = new TelnetNegotiation({ us: OPTIONS, him: OPTIONS });
  #baudRate: number;
  /** Whether the port's settings have been sent. */
  #isSetUp = false;

  /** @param baudRate bit/s */
  constructor(baudRate: number) {
    this.#baudRate = baudRate;
  }

  /** @returns octets for the server, before all others */
  begin(): Uint8Array {
    return this.#options.begin(OPTIONS);
  }

  /** @returns octets for the server: data for the port */
  encode(bytes: Uint8Array): Uint8Array {
    return this.#encoder.encode(bytes);
  }

  /** @returns octets for the server */
  drive({ dtr, rts }: Partial<DteSignals>): Uint8Array {
    return Buffer.concat([
      ...(dtr === undefined ? [] : [control(dtr ? CONTROL.dtrOn : CONTROL.dtrOff)]),
      ...(rts === undefined ? [] : [control(rts ? CONTROL.rtsOn : CONTROL.rtsOff)]),
    ]);
  }

  /** @param baudRate bit/s @returns octets for the server */
  setBaudRate(baudRate: number): Uint8Array {
    this.#baudRate = baudRate;
    return setting({ subject: 'baudRate', from: 'client', value: baudRate });
  }

  receive(bytes: Uint8Array): Rfc2217ClientAction[] {
    const actions: Rfc2217ClientAction[] = [];
    for (const event of this.#decoder.push(bytes)) {
      actions.push(...this.#act(event));
    }
    return actions;
  }

  #act(event: TelnetEvent): Rfc2217ClientAction[] {
    switch (event.type) {
      case 'data':
        return [event];
      case 'negotiation': {
        const answer = this.#options.receive(event.verb, event.option);
        this.#decoder.isBinary = this.#options.isOnAtPeer(TELNET_BINARY);
        this.#encoder.isBinary = this.#options.isOn(TELNET_BINARY);
        const isRefusal = event.verb === 'DONT' && event.option === TELNET_COM_PORT;
        return [
          ...(answer === undefined ? [] : [send(answer)]),
          ...(isRefusal && !this.#isSetUp ? [{ type: 'refused' } as const] : []),
          ...this.#setUp(),
        ];
      }
      case 'subnegotiation':
        return event.option === TELNET_COM_PORT ? this.#hear(event.bytes) : [];
      case 'command':
        return [];
    }
  }

  /** RFC 2217 section 2: settings go once the server has agreed. */
  #setUp(): Rfc2217ClientAction[] {
    if (this.#isSetUp || !this.#options.isOn(TELNET_COM_PORT)) {
      return [];
    }
    this.#isSetUp = true;
    return [
      this.setBaudRate(this.#baudRate),
      setting({ subject: 'dataSize', from: 'client', value: EIGHT_N_ONE.dataSize }),
      setting({ subject: 'parity', from: 'client', value: EIGHT_N_ONE.parity }),
      setting({ subject: 'stopSize', from: 'client', value: EIGHT_N_ONE.stopSize }),
      control(CONTROL.hardware),
      this.drive({ dtr: true, rts: true }),
      setting({ subject: 'modemStateMask', from: 'client', value: EVERY_CIRCUIT }),
    ].map(send);
  }

  #hear(bytes: Uint8Array): Rfc2217ClientAction[] {
    const message = decodeComPort(bytes);
    if (isMalformed(message) || message.from === 'client') {
      return [];
    }
    switch (message.subject) {
      case 'baudRate':
        return [{ type: 'baud-rate', baudRate: message.value }];
      case 'modemState':
        return [{ type: 'signals', signals: circuits(message.value) }];
      case 'suspend':
      case 'resume':
        return [{ type: 'flow', isSuspended: message.subject === 'suspend' }];
      default:
        return [];
    }
  }
}

const circuits = (state: number): DceSignals => ({
  dcd: (state & MODEM_STATE.dcd) !== 0,
  dsr: (state & MODEM_STATE.dsr) !== 0,
  cts: (state & MODEM_STATE.cts) !== 0,
  ri: (state & MODEM_STATE.ri) !== 0,
});

const send = (bytes: Uint8Array) => ({ type: 'send', bytes }) as const;
const setting = (message: ComPortMessage): Uint8Array =>
  encodeSubnegotiation(TELNET_COM_PORT, encodeComPort(message));
const control = (value: number): Uint8Array => setting({ subject: 'control', from: 'client', value });
