/** CHAP with MD5 as a machine, RFC 1994: the end that has to prove itself, and the end that asks. */
import type { Random } from '../../base/random.ts';
import { type Ms, ms } from '../../base/units.ts';
import {
  CHAP_MD5_SIZE,
  ChapCode,
  chapResponse,
  encodeChapReply,
  encodeChapValue,
  readChapValue,
} from '../../wire/ppp/chap.ts';
import { type ControlPacket, decodeControlPacket } from '../../wire/ppp/control-packet.ts';
import { printable } from '../../wire/ppp/octets.ts';
import {
  AUTHENTICATION_TIMER,
  type Authentication,
  type AuthenticationAction,
  type Credentials,
  isSameSecret,
  MAX_TRANSMITS,
  PATIENCE,
  type SecretOf,
} from './authentication.ts';

/** Answers every challenge, whenever it comes (RFC 1994 section 2: the server may ask again at any time). */
export class ChapClient implements Authentication {
  readonly #credentials: Credentials;
  #deadline: Ms | undefined;
  /** The response that no verdict has come for yet. */
  #pending: { readonly identifier: number; readonly packet: Uint8Array } | undefined;
  #transmits = 0;
  #hasPassed = false;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  get deadline(): Ms | undefined {
    return this.#deadline;
  }

  start(now: Ms): AuthenticationAction[] {
    this.#deadline = ms(now + PATIENCE);
    return [];
  }

  timeout(now: Ms): AuthenticationAction[] {
    if (this.#deadline === undefined || now < this.#deadline) {
      return [];
    }
    if (this.#pending !== undefined && this.#transmits < MAX_TRANSMITS) {
      // RFC 1994 section 4.2: the verdict may have been lost; the same response gets the same verdict.
      return this.#send(this.#pending, now);
    }
    this.#deadline = undefined;
    return [{ type: 'silent' }];
  }

  receive(octets: Uint8Array, now: Ms): AuthenticationAction[] {
    const packet = decodeControlPacket(octets);
    switch (packet?.code) {
      case ChapCode.challenge:
        return this.#receiveChallenge(packet, now);
      case ChapCode.success:
        return this.#receiveSuccess(packet);
      case ChapCode.failure:
        return this.#receiveFailure(packet);
      default:
        return [];
    }
  }

  #receiveChallenge({ identifier, data }: ControlPacket, now: Ms): AuthenticationAction[] {
    const challenge = readChapValue(data);
    if (challenge === undefined) {
      return [];
    }
    const { user, password } = this.#credentials;
    const value = chapResponse(identifier, password, challenge.value);
    const packet = encodeChapValue(ChapCode.response, identifier, { value, name: Buffer.from(user) });
    this.#transmits = 0;
    return this.#send({ identifier, packet }, now);
  }

  #send(response: { identifier: number; packet: Uint8Array }, now: Ms): AuthenticationAction[] {
    this.#pending = response;
    this.#transmits += 1;
    this.#deadline = ms(now + AUTHENTICATION_TIMER);
    return [{ type: 'transmit', packet: response.packet }];
  }

  #receiveSuccess({ identifier }: ControlPacket): AuthenticationAction[] {
    if (this.#pending?.identifier !== identifier) {
      return [];
    }
    this.#pending = undefined;
    this.#deadline = undefined;
    if (this.#hasPassed) {
      return [];
    }
    this.#hasPassed = true;
    return [{ type: 'passed' }];
  }

  #receiveFailure({ identifier, data }: ControlPacket): AuthenticationAction[] {
    if (this.#pending?.identifier !== identifier) {
      return [];
    }
    this.#pending = undefined;
    this.#deadline = undefined;
    return [{ type: 'failed', message: printable(data) }];
  }
}

export interface ChapServerOptions {
  readonly secretOf: SecretOf;
  /** What the server calls itself in its challenge. */
  readonly name: string;
  readonly random: Random;
}

/** Challenges once and says yes or no; a repeated response gets the same reply again. */
export class ChapServer implements Authentication {
  readonly #options: ChapServerOptions;
  readonly #challenge: Uint8Array;
  readonly #identifier: number;
  #transmits = 0;
  #deadline: Ms | undefined;
  #verdict: 'passed' | 'failed' | undefined;

  constructor(options: ChapServerOptions) {
    this.#options = options;
    this.#challenge = options.random.octets(CHAP_MD5_SIZE);
    this.#identifier = options.random.integer(0, 255);
  }

  get deadline(): Ms | undefined {
    return this.#deadline;
  }

  start(now: Ms): AuthenticationAction[] {
    return this.#send(now);
  }

  timeout(now: Ms): AuthenticationAction[] {
    if (this.#deadline === undefined || now < this.#deadline) {
      return [];
    }
    if (this.#transmits < MAX_TRANSMITS) {
      return this.#send(now);
    }
    this.#deadline = undefined;
    return [{ type: 'silent' }];
  }

  receive(octets: Uint8Array): AuthenticationAction[] {
    const packet = decodeControlPacket(octets);
    if (packet?.code !== ChapCode.response || packet.identifier !== this.#identifier) {
      return [];
    }
    const response = readChapValue(packet.data);
    if (response === undefined) {
      return [];
    }
    const isFirst = this.#verdict === undefined;
    const user = Buffer.from(response.name).toString();
    // RFC 1994 section 4.2: all responses to one challenge get one verdict, so that nothing can be tried out.
    this.#verdict ??= this.#isRight(user, response.value) ? 'passed' : 'failed';
    this.#deadline = undefined;
    const isPassed = this.#verdict === 'passed';
    const message = isPassed ? 'Access granted' : 'Access denied';
    const code = isPassed ? ChapCode.success : ChapCode.failure;
    const reply: AuthenticationAction = {
      type: 'transmit',
      packet: encodeChapReply(code, this.#identifier, message),
    };
    if (!isFirst) {
      return [reply];
    }
    return [reply, isPassed ? { type: 'passed', user } : { type: 'failed', message }];
  }

  #isRight(user: string, value: Uint8Array): boolean {
    const secret = this.#options.secretOf(user);
    const expected = chapResponse(this.#identifier, secret ?? '', this.#challenge);
    return isSameSecret(value, expected) && secret !== undefined;
  }

  #send(now: Ms): AuthenticationAction[] {
    this.#transmits += 1;
    this.#deadline = ms(now + AUTHENTICATION_TIMER);
    const contents = { value: this.#challenge, name: Buffer.from(this.#options.name) };
    return [{ type: 'transmit', packet: encodeChapValue(ChapCode.challenge, this.#identifier, contents) }];
  }
}
