/** Telnet: octets of data, commands, negotiation of options and sub-negotiations (RFC 854, RFC 855). */

export const TELNET_BINARY = 0;
export const TELNET_ECHO = 1;
export const TELNET_SUPPRESS_GO_AHEAD = 3;
export const TELNET_COM_PORT = 44;

const IAC = 255;
const SE = 240;
const SB = 250;
const CR = 13;
const LF = 10;
const NUL = 0;

const VERBS = { WILL: 251, WONT: 252, DO: 253, DONT: 254 } as const;
export type TelnetVerb = keyof typeof VERBS;

export type TelnetEvent =
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  | { readonly type: 'negotiation'; readonly verb: TelnetVerb; readonly option: number }
  | { readonly type: 'subnegotiation'; readonly option: number; readonly bytes: Uint8Array }
  /** Any other command: break, are you there, no operation. */
  | { readonly type: 'command'; readonly code: number };

/** The longest sub-negotiation that is taken; a signature (RFC 2217) is a line of text. What is longer is passed over. */
export const MAX_SUBNEGOTIATION = 512;

type State =
  | { readonly in: 'data' | 'command' | 'subnegotiation' | 'subnegotiation command' }
  | { readonly in: 'negotiation'; readonly verb: TelnetVerb };

/** Incremental: how the octets are cut makes no difference to what they say. */
export class TelnetDecoder {
  /** Whether the other end transmits binary (RFC 856). Otherwise NUL after CR is no data (RFC 854, the NVT). */
  isBinary = false;
  #state: State = { in: 'data' };
  #isAfterReturn = false;
  #held: number[] = [];

  /**
   * What the octets say, oldest first; the data may be views of `bytes`. It reads on only when it is asked for the next
   * event, so that a negotiation may set `isBinary` for what follows it.
   */
  *push(bytes: Uint8Array): Generator<TelnetEvent, void> {
    const events: TelnetEvent[] = [];
    let from = 0;
    const flush = (to: number) => {
      if (to > from) {
        events.push({ type: 'data', bytes: bytes.subarray(from, to) });
      }
    };
    for (let at = 0; at < bytes.length; at += 1) {
      const octet = bytes[at] ?? 0;
      if (this.#state.in === 'data') {
        const isPadding = !this.isBinary && this.#isAfterReturn && octet === NUL;
        this.#isAfterReturn = octet === CR;
        if (octet === IAC || isPadding) {
          flush(at);
          from = at + 1;
          this.#state = octet === IAC ? { in: 'command' } : this.#state;
        }
      } else {
        // An escaped 255 is data: it begins the next piece.
        const isData = this.#state.in === 'command' && octet === IAC;
        from = isData ? at : at + 1;
        this.#control(octet, events);
      }
      if (events.length > 0) {
        yield* events.splice(0);
      }
    }
    if (this.#state.in === 'data') {
      flush(bytes.length);
    }
    yield* events;
  }

  #control(octet: number, events: TelnetEvent[]): void {
    const state = this.#state;
    switch (state.in) {
      case 'command':
        this.#command(octet, events);
        break;
      case 'negotiation':
        events.push({ type: 'negotiation', verb: state.verb, option: octet });
        this.#state = { in: 'data' };
        break;
      case 'subnegotiation':
        if (octet === IAC) {
          this.#state = { in: 'subnegotiation command' };
        } else {
          this.#hold(octet);
        }
        break;
      case 'subnegotiation command':
        if (octet === IAC) {
          this.#hold(octet);
          this.#state = { in: 'subnegotiation' };
        } else {
          this.#endSubnegotiation(events);
          // Anything but SE breaks it off, and is a command of its own.
          if (octet === SE) {
            this.#state = { in: 'data' };
          } else {
            this.#command(octet, events);
          }
        }
        break;
    }
  }

  #command(octet: number, events: TelnetEvent[]): void {
    const verb = verbOf(octet);
    if (octet === IAC) {
      this.#state = { in: 'data' };
    } else if (octet === SB) {
      this.#held = [];
      this.#state = { in: 'subnegotiation' };
    } else if (verb !== undefined) {
      this.#state = { in: 'negotiation', verb };
    } else {
      events.push({ type: 'command', code: octet });
      this.#state = { in: 'data' };
    }
  }

  #hold(octet: number): void {
    if (this.#held.length <= MAX_SUBNEGOTIATION) {
      this.#held.push(octet);
    }
  }

  #endSubnegotiation(events: TelnetEvent[]): void {
    const [option, ...bytes] = this.#held;
    if (option !== undefined && bytes.length < MAX_SUBNEGOTIATION) {
      events.push({ type: 'subnegotiation', option, bytes: Uint8Array.from(bytes) });
    }
    this.#held = [];
  }
}

const verbOf = (octet: number): TelnetVerb | undefined => {
  switch (octet) {
    case VERBS.WILL:
      return 'WILL';
    case VERBS.WONT:
      return 'WONT';
    case VERBS.DO:
      return 'DO';
    case VERBS.DONT:
      return 'DONT';
    default:
      return undefined;
  }
};

/** Data as it travels. One for each direction: whether a CR was the last octet counts. */
export class TelnetEncoder {
  /** Whether this end transmits binary (RFC 856). Otherwise a CR that no LF follows is followed by NUL (RFC 854). */
  isBinary = false;
  #isAfterReturn = false;

  encode(bytes: Uint8Array): Uint8Array {
    let isPlain = true;
    for (const octet of bytes) {
      if (octet === IAC || (!this.isBinary && octet === CR)) {
        isPlain = false;
        break;
      }
    }
    if (isPlain && !this.#isAfterReturn) {
      return bytes;
    }
    const encoded = new Uint8Array(bytes.length * 2 + 1);
    let length = 0;
    for (const octet of bytes) {
      if (this.#isAfterReturn && octet !== LF) {
        encoded[length++] = NUL;
      }
      this.#isAfterReturn = !this.isBinary && octet === CR;
      encoded[length++] = octet;
      if (octet === IAC) {
        encoded[length++] = IAC;
      }
    }
    return encoded.subarray(0, length);
  }
}

export const encodeNegotiation = (verb: TelnetVerb, option: number): Uint8Array =>
  Uint8Array.of(IAC, VERBS[verb], option);

export function encodeSubnegotiation(option: number, bytes: Uint8Array): Uint8Array {
  const escaped = [...bytes].flatMap((octet) => (octet === IAC ? [IAC, IAC] : [octet]));
  return Uint8Array.of(IAC, SB, option, ...escaped, IAC, SE);
}
