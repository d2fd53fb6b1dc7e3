/** PAP as a machine, RFC 1334 section 2: the end that has to prove itself, and the end that asks. */
import { type Ms, ms } from '../../base/units.ts';
import { decodeControlPacket } from '../../wire/ppp/control-packet.ts';
import { printable } from '../../wire/ppp/octets.ts';
import {
  encodePapReply,
  encodePapRequest,
  PapCode,
  readPapCredentials,
  readPapMessage,
} from '../../wire/ppp/pap.ts';
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

/** Sends its credentials until it is told yes or no. */
export class PapClient implements Authentication {
  readonly #credentials: Credentials;
  /** Also the identifier of the last request. */
  #transmits = 0;
  #deadline: Ms | undefined;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
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
    if (packet === undefined || this.#deadline === undefined || !this.#hasSent(packet.identifier)) {
      return [];
    }
    if (packet.code === PapCode.authenticateAck) {
      this.#deadline = undefined;
      return [{ type: 'passed' }];
    }
    if (packet.code === PapCode.authenticateNak) {
      this.#deadline = undefined;
      return [{ type: 'failed', message: printable(readPapMessage(packet)) }];
    }
    return [];
  }

  /** On a slow line the reply to an earlier request may come after the next one was sent. */
  #hasSent(identifier: number): boolean {
    return identifier >= 1 && identifier <= this.#transmits;
  }

  /** RFC 1334 section 2.2.1: each request that is sent has an identifier of its own. */
  #send(now: Ms): AuthenticationAction[] {
    this.#transmits += 1;
    this.#deadline = ms(now + AUTHENTICATION_TIMER);
    const user = Buffer.from(this.#credentials.user);
    const password = Buffer.from(this.#credentials.password);
    return [{ type: 'transmit', packet: encodePapRequest(this.#transmits, { user, password }) }];
  }
}

/** Waits for credentials and says yes or no, once; repeated requests get the same reply again. */
export class PapServer implements Authentication {
  readonly #secretOf: SecretOf;
  #deadline: Ms | undefined;
  #verdict: 'passed' | 'failed' | undefined;

  constructor(secretOf: SecretOf) {
    this.#secretOf = secretOf;
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
    this.#deadline = undefined;
    return [{ type: 'silent' }];
  }

  receive(octets: Uint8Array): AuthenticationAction[] {
    const packet = decodeControlPacket(octets);
    const credentials =
      packet?.code === PapCode.authenticateRequest ? readPapCredentials(packet.data) : undefined;
    if (packet === undefined || credentials === undefined) {
      return [];
    }
    const isFirst = this.#verdict === undefined;
    const user = Buffer.from(credentials.user).toString();
    // RFC 1334 section 2.2.1: the reply may have been lost; a repeated request gets the same one.
    this.#verdict ??= this.#isRight(user, credentials.password) ? 'passed' : 'failed';
    this.#deadline = undefined;
    const isPassed = this.#verdict === 'passed';
    const message = isPassed ? 'Login ok' : 'Login incorrect';
    const code = isPassed ? PapCode.authenticateAck : PapCode.authenticateNak;
    const reply: AuthenticationAction = {
      type: 'transmit',
      packet: encodePapReply(code, packet.identifier, message),
    };
    if (!isFirst) {
      return [reply];
    }
    return [reply, isPassed ? { type: 'passed', user } : { type: 'failed', message }];
  }

  #isRight(user: string, password: Uint8Array): boolean {
    const secret = this.#secretOf(user);
    // An unknown user takes as long as a wrong password.
    return isSameSecret(password, Buffer.from(secret ?? '')) && secret !== undefined;
  }
}
