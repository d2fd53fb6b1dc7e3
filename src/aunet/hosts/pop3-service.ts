/** A port of an emulated mail server where mail is fetched: one session for each connection, over any stream. */
import type { Duplex } from 'node:stream';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { Random } from '../../base/random.ts';
import { seconds } from '../../base/units.ts';
import { handOver, now } from '../../base/virtual-time.ts';
import type { HostCertificate } from '../certificates/host-certificate.ts';
import { EffectBoard } from '../faults/effect-board.ts';
import type { LineName, MailConnection } from '../faults/effects.ts';
import type { MailHost, Pop3Service } from './mail-host.ts';
import type { MailServiceShell } from './mail-service.ts';
import type { Maildrops } from './maildrops.ts';
import { type Pop3Action, type Pop3Event, Pop3Machine } from './pop3-machine.ts';
import type { SignInAttempt } from './sign-in.ts';

/** More than any fleet has on the line at once. */
const MAX_CLIENTS = 1000;
/** How long a client may take to end its side. */
const LINGER = seconds(30);

export interface Pop3ServiceOptions {
  readonly host: MailHost;
  readonly service: Pop3Service;
  readonly random: Random;
  readonly maildrops: Maildrops;
  /** What goes wrong here; absent: nothing. */
  readonly effects?: EffectBoard;
  /** Whose line a device's address is. */
  readonly lineOf?: (client: string) => LineName;
  /** Whether USER and PASS may come before STLS. */
  readonly allowsClearPasswords: boolean;
  onSignIn(attempt: SignInAttempt): void;
  /** Mails were deleted for good. */
  onRemoved(user: string, count: number): void;
  /** A connection that broke; the client sees it too. */
  onConnectionError(error: Error): void;
}

/** @returns takes one connection after the other @throws RangeError where TLS is offered without a certificate */
export function createPop3Service(options: Pop3ServiceOptions): MailServiceShell {
  const { host, service } = options;
  if (service.tls !== 'none' && host.certificate === undefined) {
    throw new RangeError(`${host.name}:${service.port} offers TLS but has no certificate.`);
  }
  const sessions = new Set<Pop3Session>();
  /** One for each certificate that there is to show. */
  const contexts = new Map<HostCertificate | undefined, SecureContext>();
  const secureContext = (certificate: HostCertificate | undefined) => {
    const context =
      contexts.get(certificate) ??
      createSecureContext({ cert: certificate?.certificatePem, key: certificate?.privateKeyPem });
    contexts.set(certificate, context);
    return context;
  };
  return {
    connect(socket) {
      if (sessions.size >= MAX_CLIENTS) {
        handOver();
        socket.destroy();
        return;
      }
      const session = new Pop3Session(socket, options, secureContext, () => sessions.delete(session));
      sessions.add(session);
      session.start();
    },
    close() {
      for (const session of sessions) {
        session.close();
      }
    },
  };
}

type SecureContextOf = (certificate: HostCertificate | undefined) => SecureContext;

class Pop3Session {
  readonly #socket: Duplex;
  readonly #options: Pop3ServiceOptions;
  readonly #secureContext: SecureContextOf;
  readonly #connection: MailConnection;
  readonly #effects: EffectBoard;
  readonly #machine: Pop3Machine;
  readonly #onData = (octets: Uint8Array) => this.#handle({ type: 'octets', octets });
  readonly #onEnd = () => this.#handle({ type: 'end' });
  /** The socket, or TLS over it. */
  #stream: Duplex;
  #isClosing = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    socket: Duplex,
    options: Pop3ServiceOptions,
    secureContext: SecureContextOf,
    onGone: () => void,
  ) {
    this.#socket = socket;
    this.#stream = socket;
    this.#options = options;
    this.#secureContext = secureContext;
    const { host, service, effects = new EffectBoard(), lineOf = () => undefined } = options;
    const client = 'remoteAddress' in socket ? String(socket.remoteAddress) : '';
    const connection: MailConnection = {
      protocol: 'pop3',
      host: host.name,
      port: service.port,
      client,
      line: lineOf(client),
    };
    this.#connection = connection;
    this.#effects = effects;
    this.#machine = new Pop3Machine({
      host,
      service,
      allowsClearPasswords: options.allowsClearPasswords,
      maildrops: options.maildrops,
      nonce: Buffer.from(options.random.octets(8)).toString('hex'),
      troubles: {
        hidesStls: service.tls === 'starttls' && effects.hidesStartTls(connection),
        at: (point) => effects.fetch({ connection, point }),
        inContent: () => effects.content(connection),
      },
    });
    socket.on('error', options.onConnectionError);
    socket.once('close', () => {
      this.#handle({ type: 'gone' });
      clearTimeout(this.#timer);
      onGone();
    });
  }

  start(): void {
    this.#listen(this.#socket);
    this.#handle({ type: 'start' });
  }

  close(): void {
    handOver();
    this.#socket.destroy();
  }

  #listen(stream: Duplex): void {
    this.#stream = stream;
    stream.on('data', this.#onData);
    stream.on('end', this.#onEnd);
  }

  #handle(event: Pop3Event): void {
    const actions = this.#machine.handle(event, now());
    const lastSent = this.#machine.isHolding ? actions.findLast(({ type }) => type === 'send') : undefined;
    for (const action of actions) {
      this.#do(action, action === lastSent);
    }
    if (this.#isClosing) {
      return;
    }
    if (this.#machine.isHolding) {
      this.#stream.pause();
    } else if (this.#stream.isPaused()) {
      this.#stream.resume();
    }
    this.#wake();
  }

  #do(action: Pop3Action, isLast: boolean): void {
    switch (action.type) {
      case 'send':
        handOver();
        this.#stream.write(action.octets, (error) => {
          if (isLast && !error) {
            this.#handle({ type: 'drained' });
          }
        });
        break;
      case 'start-tls':
        this.#startTls();
        break;
      case 'sign-in':
        this.#options.onSignIn(action.attempt);
        break;
      case 'removed':
        this.#options.onRemoved(action.user, action.count);
        break;
      case 'close':
        this.#end();
        break;
      case 'reset':
        this.#reset();
        break;
    }
  }

  #startTls(): void {
    const socket = this.#socket;
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    handOver();
    const certificate = this.#effects.certificate(this.#connection) ?? this.#options.host.certificate;
    const tls = new TLSSocket(socket, { isServer: true, secureContext: this.#secureContext(certificate) });
    // A handshake that fails, or records that are none.
    tls.on('error', (error) => {
      this.#options.onConnectionError(error);
      this.close();
    });
    tls.once('secure', () => {
      handOver();
      this.#handle({ type: 'secured' });
    });
    tls.once('close', () => socket.destroy());
    this.#listen(tls);
  }

  #reset(): void {
    this.#isClosing = true;
    clearTimeout(this.#timer);
    handOver();
    const socket = this.#socket;
    if ('resetAndDestroy' in socket && typeof socket.resetAndDestroy === 'function') {
      socket.resetAndDestroy();
    } else {
      socket.destroy();
    }
  }

  /** Says that all has been said, and waits a little for the client to say the same. */
  #end(): void {
    if (this.#isClosing) {
      return;
    }
    this.#isClosing = true;
    clearTimeout(this.#timer);
    if (this.#socket.destroyed) {
      return;
    }
    this.#timer = setTimeout(() => this.close(), LINGER);
    handOver();
    this.#stream.resume();
    this.#stream.end();
  }

  #wake(): void {
    clearTimeout(this.#timer);
    const { deadline } = this.#machine;
    if (deadline !== undefined) {
      this.#timer = setTimeout(() => this.#handle({ type: 'time' }), deadline - now());
    }
  }
}
