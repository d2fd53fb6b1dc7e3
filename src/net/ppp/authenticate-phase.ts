/** The Authenticate phase of a link, RFC 1661 section 3.5: each direction that LCP agreed on, at once. */
import type { Random } from '../../base/random.ts';
import { earliest, type Ms } from '../../base/units.ts';
import type { AuthenticationProtocol } from '../../wire/ppp/lcp-option.ts';
import { PppProtocol } from '../../wire/ppp/protocol-number.ts';
import type { Authentication, AuthenticationAction, Credentials, SecretOf } from './authentication.ts';
import { ChapClient, ChapServer } from './chap.ts';
import { PapClient, PapServer } from './pap.ts';
import type { PppErrorCode } from './ppp-error.ts';

export interface AuthenticatePhaseOptions {
  /** Who this end is, where it has to prove it. */
  readonly credentials: Credentials;
  readonly secretOf: SecretOf;
  /** What this end calls itself when it challenges. */
  readonly name: string;
  readonly random: Random;
}

export type AuthenticatePhaseAction =
  | { readonly type: 'transmit'; readonly protocol: number; readonly packet: Uint8Array }
  /** Every direction that was agreed on is through. */
  | { readonly type: 'passed' }
  | { readonly type: 'failed'; readonly code: PppErrorCode; readonly message: string };

interface Direction {
  readonly protocol: number;
  readonly machine: Authentication;
}

export class AuthenticatePhase {
  readonly #options: AuthenticatePhaseOptions;
  #directions: readonly Direction[] = [];
  #unproved = 0;
  #user: string | undefined;

  constructor(options: AuthenticatePhaseOptions) {
    this.#options = options;
  }

  /** Who the peer proved to be; `undefined` before, and where it was not asked. */
  get user(): string | undefined {
    return this.#user;
  }

  get deadline(): Ms | undefined {
    return earliest(...this.#directions.map(({ machine }) => machine.deadline));
  }

  /** @param ofPeer how the peer has to prove itself @param byPeer how this end has to */
  begin(
    ofPeer: AuthenticationProtocol | undefined,
    byPeer: AuthenticationProtocol | undefined,
    now: Ms,
  ): AuthenticatePhaseAction[] {
    this.#directions = [
      ...(ofPeer ? [this.#serverFor(ofPeer)] : []),
      ...(byPeer ? [this.#clientFor(byPeer)] : []),
    ];
    this.#unproved = this.#directions.length;
    this.#user = undefined;
    if (this.#unproved === 0) {
      return [{ type: 'passed' }];
    }
    return this.#directions.flatMap(({ protocol, machine }) => this.#follow(protocol, machine.start(now)));
  }

  end(): void {
    this.#directions = [];
  }

  /** Whether packets of this protocol are expected; also later, when the peer challenges again. */
  takes(protocol: number): boolean {
    return this.#directions.some((direction) => direction.protocol === protocol);
  }

  receive(protocol: number, octets: Uint8Array, now: Ms): AuthenticatePhaseAction[] {
    // Both directions may use one protocol; each knows its own codes.
    return this.#directions
      .filter((direction) => direction.protocol === protocol)
      .flatMap(({ machine }) => this.#follow(protocol, machine.receive(octets, now)));
  }

  timeout(now: Ms): AuthenticatePhaseAction[] {
    return this.#directions.flatMap(({ protocol, machine }) => this.#follow(protocol, machine.timeout(now)));
  }

  #serverFor(protocol: AuthenticationProtocol): Direction {
    return protocol === 'pap'
      ? { protocol: PppProtocol.pap, machine: new PapServer(this.#options.secretOf) }
      : { protocol: PppProtocol.chap, machine: new ChapServer(this.#options) };
  }

  #clientFor(protocol: AuthenticationProtocol): Direction {
    const { credentials } = this.#options;
    return protocol === 'pap'
      ? { protocol: PppProtocol.pap, machine: new PapClient(credentials) }
      : { protocol: PppProtocol.chap, machine: new ChapClient(credentials) };
  }

  #follow(protocol: number, steps: readonly AuthenticationAction[]): AuthenticatePhaseAction[] {
    return steps.flatMap((step) => this.#actionsFor(protocol, step));
  }

  #actionsFor(protocol: number, step: AuthenticationAction): AuthenticatePhaseAction[] {
    switch (step.type) {
      case 'transmit':
        return [{ type: 'transmit', protocol, packet: step.packet }];
      case 'passed':
        this.#user = step.user ?? this.#user;
        this.#unproved -= 1;
        return this.#unproved === 0 ? [{ type: 'passed' }] : [];
      case 'failed': {
        const message = `Authentication was refused: "${step.message}".`;
        return [{ type: 'failed', code: 'PPP_AUTH_REJECTED', message }];
      }
      case 'silent': {
        const message = 'The peer does not go on with authentication.';
        return [{ type: 'failed', code: 'PPP_NO_ANSWER', message }];
      }
    }
  }
}
