/**
 * The server's side of RFC 2217 as a machine, one for each connection: behind it is no serial port but the module
 * itself, so the client's settings are those of the DTE. 8 data bits, no parity and one stop bit are all there is.
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

export type Rfc2217Action =
  /** For the module. */
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  /** For the client. */
  | { readonly type: 'send'; readonly bytes: Uint8Array }
  | { readonly type: 'signals'; readonly signals: DteSignals }
  /** The client's bit/s. */
  | { readonly type: 'baud-rate'; readonly baudRate: number }
  /** The client no longer wants what waits for it. */
  | { readonly type: 'purge' };

const SIGNATURE = 'kadec21';
/** Rates between which a serial port is believed. */
const SLOWEST = 50;
const FASTEST = 4_000_000;
const EVERYTHING = 0xff;
/** RFC 2217 section 3, PURGE-DATA: the receive buffer, or both. */
const PURGES_RECEIVED: readonly number[] = [1, 3];

export class Rfc2217Server {
  readonly #decoder = new TelnetDecoder();
  readonly #encoder = new TelnetEncoder();
  readonly #options = new TelnetNegotiation({
    us: [TELNET_SUPPRESS_GO_AHEAD, TELNET_BINARY, TELNET_COM_PORT],
    him: [TELNET_SUPPRESS_GO_AHEAD, TELNET_BINARY, TELNET_COM_PORT],
  });
  #dte: DteSignals = { dtr: true, rts: true };
  #isSuspended = false;
  #dce: DceSignals;
  #baudRate: number;
  #flowControl: number = CONTROL.noFlowControl;
  #isBreaking = false;
  /** A client that sends settings has the option on, whatever it has negotiated. */
  #hasSpokenComPort = false;
  #modemStateMask = EVERYTHING;
  #lineStateMask = 0;

  /** @param dce the module's circuits @param baudRate bit/s that the client is told until it sets its own */
  constructor(dce: DceSignals, baudRate: number) {
    this.#dce = dce;
    this.#baudRate = baudRate;
  }

  /**
   * COM port control is left to the client to begin, as RFC 2217 section 2 has it: pySerial takes an offer that is
   * there before its own for the answer, and then says nothing of it.
   */
  begin(): Uint8Array {
    return this.#options.begin([TELNET_SUPPRESS_GO_AHEAD, TELNET_BINARY]);
  }

  /** @returns octets for the client: what the module says */
  encode(bytes: Uint8Array): Uint8Array {
    return this.#encoder.encode(bytes);
  }

  receive(bytes: Uint8Array): Rfc2217Action[] {
    const actions: Rfc2217Action[] = [];
    for (const event of this.#decoder.push(bytes)) {
      actions.push(...this.#act(event));
    }
    return actions;
  }

  #act(event: TelnetEvent): Rfc2217Action[] {
    switch (event.type) {
      case 'data':
        return [event];
      case 'negotiation': {
        const wasOn = this.#isComPort;
        const answer = this.#options.receive(event.verb, event.option);
        this.#decoder.isBinary = this.#options.isOnAtPeer(TELNET_BINARY);
        this.#encoder.isBinary = this.#options.isOn(TELNET_BINARY);
        return [
          ...(answer === undefined ? [] : [send(answer)]),
          // RFC 2217 section 3, NOTIFY-MODEMSTATE: the state at the start is told as well.
          ...(!wasOn && this.#isComPort ? [this.#notify(0)] : []),
        ];
      }
      case 'subnegotiation':
        return event.option === TELNET_COM_PORT ? this.#comPort(event.bytes) : [];
      case 'command':
        return [];
    }
  }

  /** The module's circuits. @returns octets for the client, `undefined` where it need not know */
  drive(dce: DceSignals): Uint8Array | undefined {
    const before = this.#dce;
    const circuits = modemState(before) ^ modemState(dce);
    this.#dce = dce;
    const changed =
      (circuits & MODEM_STATE.dcd ? MODEM_STATE.dcdChanged : 0) |
      (before.ri && !dce.ri ? MODEM_STATE.riEnded : 0) |
      (circuits & MODEM_STATE.dsr ? MODEM_STATE.dsrChanged : 0) |
      (circuits & MODEM_STATE.cts ? MODEM_STATE.ctsChanged : 0);
    const isOfInterest = (this.#modemStateMask & (circuits | changed)) !== 0;
    return this.#isComPort && isOfInterest ? this.#notify(changed).bytes : undefined;
  }

  get #isComPort(): boolean {
    return (
      this.#hasSpokenComPort ||
      this.#options.isOnAtPeer(TELNET_COM_PORT) ||
      this.#options.isOn(TELNET_COM_PORT)
    );
  }

  #notify(changed: number): { readonly type: 'send'; readonly bytes: Uint8Array } {
    const value = (modemState(this.#dce) | changed) & this.#modemStateMask;
    return reply({ subject: 'modemState', from: 'server', value });
  }

  #comPort(bytes: Uint8Array): Rfc2217Action[] {
    const message = decodeComPort(bytes);
    if (isMalformed(message) || message.from === 'server') {
      return [];
    }
    const wasOn = this.#isComPort;
    this.#hasSpokenComPort = true;
    return [...(wasOn ? [] : [this.#notify(0)]), ...this.#obey(message)];
  }

  #obey(message: ComPortMessage): Rfc2217Action[] {
    const { subject } = message;
    switch (subject) {
      case 'signature':
        // One with text is the client's own, and wants no answer.
        return message.text === '' ? [reply({ subject, from: 'server', text: SIGNATURE })] : [];
      case 'suspend':
      case 'resume':
        this.#isSuspended = subject === 'suspend';
        return [this.#signals()];
      case 'baudRate':
        return this.#setBaudRate(message.value);
      case 'dataSize':
        return [reply({ subject, from: 'server', value: EIGHT_N_ONE.dataSize })];
      case 'parity':
        return [reply({ subject, from: 'server', value: EIGHT_N_ONE.parity })];
      case 'stopSize':
        return [reply({ subject, from: 'server', value: EIGHT_N_ONE.stopSize })];
      case 'control':
        return this.#control(message.value);
      case 'lineState':
        return [];
      case 'modemState':
        return [this.#notify(0)];
      case 'lineStateMask':
        this.#lineStateMask = message.value;
        return [reply({ subject, from: 'server', value: this.#lineStateMask })];
      case 'modemStateMask':
        this.#modemStateMask = message.value;
        return [reply({ subject, from: 'server', value: this.#modemStateMask }), this.#notify(0)];
      case 'purge': {
        const answer = reply({ subject, from: 'server', value: message.value });
        return PURGES_RECEIVED.includes(message.value) ? [{ type: 'purge' }, answer] : [answer];
      }
    }
  }

  /** A rate that no port has is answered with the one in force, and so is the question (0). */
  #setBaudRate(asked: number): Rfc2217Action[] {
    const isPossible = asked >= SLOWEST && asked <= FASTEST;
    if (isPossible) {
      this.#baudRate = asked;
    }
    const answer = reply({ subject: 'baudRate', from: 'server', value: this.#baudRate });
    return isPossible ? [{ type: 'baud-rate', baudRate: asked }, answer] : [answer];
  }

  #control(value: number): Rfc2217Action[] {
    const done = (inForce: number) => reply({ subject: 'control', from: 'server', value: inForce });
    const { dtr, rts } = this.#dte;
    switch (value) {
      case CONTROL.noFlowControl:
      case CONTROL.xonXoff:
      case CONTROL.hardware:
        this.#flowControl = value;
        return [done(value)];
      case CONTROL.askFlowControl:
        return [done(this.#flowControl)];
      case CONTROL.breakOn:
      case CONTROL.breakOff:
        this.#isBreaking = value === CONTROL.breakOn;
        return [done(value)];
      case CONTROL.askBreak:
        return [done(this.#isBreaking ? CONTROL.breakOn : CONTROL.breakOff)];
      case CONTROL.dtrOn:
      case CONTROL.dtrOff:
        this.#dte = { dtr: value === CONTROL.dtrOn, rts };
        return [this.#signals(), done(value)];
      case CONTROL.askDtr:
        return [done(dtr ? CONTROL.dtrOn : CONTROL.dtrOff)];
      case CONTROL.rtsOn:
      case CONTROL.rtsOff:
        this.#dte = { dtr, rts: value === CONTROL.rtsOn };
        return [this.#signals(), done(value)];
      case CONTROL.askRts:
        return [done(rts ? CONTROL.rtsOn : CONTROL.rtsOff)];
      default:
        // RFC 2217 section 3: inbound flow control of its own is optional; the answer is what is in force.
        return [done(value > CONTROL.rtsOff ? CONTROL.noInboundFlowControl : this.#flowControl)];
    }
  }

  /** A client that has suspended the flow takes nothing, as one whose RTS is off. */
  #signals(): Rfc2217Action {
    const { dtr, rts } = this.#dte;
    return { type: 'signals', signals: { dtr, rts: rts && !this.#isSuspended } };
  }
}

const modemState = ({ dcd, ri, dsr, cts }: DceSignals): number =>
  (dcd ? MODEM_STATE.dcd : 0) |
  (ri ? MODEM_STATE.ri : 0) |
  (dsr ? MODEM_STATE.dsr : 0) |
  (cts ? MODEM_STATE.cts : 0);

const send = (bytes: Uint8Array) => ({ type: 'send', bytes }) as const;
const reply = (message: ComPortMessage) =>
  send(encodeSubnegotiation(TELNET_COM_PORT, encodeComPort(message)));
