/**
 * The socket commands of the `AT+QIOPEN` family as a machine: one packet context at a time, connections and names
 * over it. No I/O and no timers; the stack is ordered about and tells what came of it.
 *
 * Source: Quectel, BG96 TCP(IP) AT Commands Manual V1.0, and the same for EC2x and UC20.
 */
import { earliest, type Ms, ms, seconds } from '../../../base/units.ts';
import type { ContextSettings, EchoRequest, OpenRequest } from '../../../wire/at/sockets/command.ts';
import { formatContext, formatLastResult, formatNameServers } from '../../../wire/at/sockets/information.ts';
import type { SocketResult } from '../../../wire/at/sockets/result.ts';
import { quoteString } from '../../../wire/at/value.ts';
import { type Answer, done, PENDING } from '../answer.ts';
import type { Authentication, PacketContext } from '../packet-context.ts';
import { Connections } from './connections.ts';
import { Queries } from './queries.ts';
import { type ServiceOutlets, ServicePart } from './service-part.ts';
import type { StackHappening } from './stack-event.ts';

/** The manual's longest times. */
const ACTIVATION_LIMIT = seconds(150);
const DEACTIVATION_LIMIT = seconds(40);

type ContextPhase =
  | { readonly phase: 'inactive' }
  | { readonly phase: 'activating' | 'deactivating'; readonly context: number }
  | {
      readonly phase: 'active';
      readonly context: number;
      readonly address: string;
      readonly nameServers: readonly string[];
    };

export interface SocketServiceOptions extends ServiceOutlets {
  readonly contexts: Map<number, PacketContext>;
  readonly authentications: Map<number, Authentication>;
  readonly hasService: () => boolean;
  /** What the radio dials for a context. */
  readonly numberOf: (context: number) => string;
}

export class SocketService {
  readonly #options: SocketServiceOptions;
  readonly #part: ServicePart;
  readonly #connections: Connections;
  readonly #queries: Queries;
  #phase: ContextPhase = { phase: 'inactive' };
  /** AT+QIACT or AT+QIDEACT waits for its result; one at a time, as the line waits for it. */
  #pending: { readonly command: 'activate' | 'deactivate'; readonly until: Ms } | undefined;
  /** Set by +QIDNSCFG; until the context ends they stand for those of the network. */
  #ownNameServers: readonly string[] = [];
  /** Why the last activation failed, for +CEER. */
  failureCause: string | undefined;

  constructor(options: SocketServiceOptions) {
    this.#options = options;
    this.#part = new ServicePart(options);
    this.#connections = new Connections(this.#part);
    this.#queries = new Queries(this.#part);
  }

  /** A command waits for its result: the line takes no other. */
  get isPending(): boolean {
    return this.deadline !== undefined;
  }

  get isActive(): boolean {
    return this.#phase.phase === 'active';
  }

  get deadline(): Ms | undefined {
    return earliest(this.#pending?.until, this.#connections.deadline);
  }

  /** The address of a context that is active. */
  addressOf(context: number): string | undefined {
    return this.#phase.phase === 'active' && this.#phase.context === context
      ? this.#phase.address
      : undefined;
  }

  // Commands.

  /** Refuses a command, for +QIGETERROR. */
  fail(result: SocketResult): Answer {
    return this.#part.fail(result);
  }

  lastResult(): Answer {
    return done(formatLastResult(this.#part.lastResult));
  }

  setContext({ context, apn, user, password, authentication }: ContextSettings): Answer {
    if (this.#phase.phase !== 'inactive' && this.#phase.context === context) {
      return this.fail(572);
    }
    this.#options.contexts.set(context, { pdpType: 'IP', apn, isActive: false });
    this.#options.authentications.set(context, { type: authentication, user, password });
    return this.#part.done();
  }

  /** The password stays in the module. */
  contextSettings(context: number): Answer {
    const { apn = '' } = this.#options.contexts.get(context) ?? {};
    const { user = '', type = 0 } = this.#options.authentications.get(context) ?? {};
    return done(`+QICSGP: 1,${quoteString(apn)},${quoteString(user)},"",${type}`);
  }

  activate(context: number): Answer {
    if (!this.#options.contexts.has(context)) {
      return this.fail(573);
    }
    if (this.#phase.phase !== 'inactive') {
      // One bearer: a second context has nothing to run over.
      return this.fail(551);
    }
    if (!this.#options.hasService()) {
      this.failureCause = 'no service';
      return this.fail(561);
    }
    const { type = 0, user = '', password = '' } = this.#options.authentications.get(context) ?? {};
    const account = type === 0 ? { user: '', password: '' } : { user, password };
    this.failureCause = undefined;
    this.#phase = { phase: 'activating', context };
    this.#pending = { command: 'activate', until: ms(this.#part.now + ACTIVATION_LIMIT) };
    this.#part.order({ order: 'activate', number: this.#options.numberOf(context), ...account });
    return PENDING;
  }

  contextStates(): Answer {
    const phase = this.#phase;
    return phase.phase === 'active' ? done(formatContext({ ...phase, isActive: true })) : done();
  }

  deactivate(context: number): Answer {
    if (this.#phase.phase !== 'active' || this.#phase.context !== context) {
      return this.#part.done();
    }
    this.#phase = { phase: 'deactivating', context };
    this.#pending = { command: 'deactivate', until: ms(this.#part.now + DEACTIVATION_LIMIT) };
    this.#forgetAll(context);
    this.#part.order({ order: 'deactivate' });
    return PENDING;
  }

  nameServers(context: number): Answer {
    return done(formatNameServers(context, this.#nameServers));
  }

  setNameServers(servers: readonly string[]): Answer {
    this.#ownNameServers = servers;
    return this.#part.done();
  }

  open(request: OpenRequest): Answer {
    return this.#isActiveIn(request.context)
      ? this.#connections.open(request, this.#nameServers)
      : this.fail(572);
  }

  send(connection: number, count: number | undefined): Answer {
    return this.#connections.send(connection, count);
  }

  read(connection: number, most: number): Answer {
    return this.#connections.read(connection, most);
  }

  close(connection: number, withinSeconds: number): Answer {
    return this.#connections.close(connection, withinSeconds);
  }

  connectionStates(isMeant: (connection: number, context: number) => boolean): Answer {
    return this.#connections.states(isMeant);
  }

  lookUp(context: number, host: string): Answer {
    return this.#isActiveIn(context) ? this.#queries.lookUp(host, this.#nameServers) : this.fail(572);
  }

  ping(request: EchoRequest): Answer {
    return this.#isActiveIn(request.context)
      ? this.#queries.ping(request, this.#nameServers)
      : this.fail(572);
  }

  // What the stack tells.

  hear(happening: StackHappening): void {
    switch (happening.what) {
      case 'activated':
        this.#activated(happening.address, happening.nameServers);
        return;
      case 'not-activated':
        if (this.#phase.phase === 'activating') {
          this.#phase = { phase: 'inactive' };
          this.failureCause = happening.cause;
          this.#end('activate', this.fail(561));
        }
        return;
      case 'deactivated':
        this.#deactivated();
        return;
      case 'lost':
        this.#lost();
        return;
      case 'resolved':
      case 'not-resolved':
      case 'echo':
      case 'no-echo':
      case 'pinged':
        if (this.isActive) {
          this.#queries.hear(happening);
        }
        return;
      default:
        this.#connections.hear(happening);
    }
  }

  /** Does what is due. */
  expire(): void {
    this.#connections.expire();
    const pending = this.#pending;
    if (pending === undefined || this.#part.now < pending.until) {
      return;
    }
    if (pending.command === 'activate') {
      this.#part.order({ order: 'deactivate' });
      this.#end('activate', this.fail(569));
    } else {
      this.#deactivated();
    }
  }

  #activated(address: string, nameServers: readonly string[]): void {
    const phase = this.#phase;
    if (phase.phase === 'activating' && this.#pending?.command === 'activate') {
      this.#phase = { phase: 'active', context: phase.context, address, nameServers };
      this.#markActive(phase.context, true);
      this.#end('activate', this.#part.done());
    }
  }

  #deactivated(): void {
    if (this.#phase.phase === 'active') {
      this.#forgetAll(this.#phase.context);
    }
    this.#phase = { phase: 'inactive' };
    this.#end('deactivate', this.#part.done());
  }

  #lost(): void {
    const phase = this.#phase;
    if (phase.phase === 'inactive') {
      return;
    }
    this.#phase = { phase: 'inactive' };
    this.#forgetAll(phase.context);
    this.#end('activate', this.fail(561));
    this.#end('deactivate', done());
    this.#part.lastResult = 570;
    if (phase.phase === 'active') {
      this.#part.say({ urc: 'deactivated', context: phase.context });
    }
  }

  /** The context ends, and everything over it. */
  #forgetAll(context: number): void {
    this.#connections.clear();
    this.#queries.clear();
    this.#ownNameServers = [];
    this.#markActive(context, false);
  }

  get #nameServers(): readonly string[] {
    if (this.#ownNameServers.length > 0) {
      return this.#ownNameServers;
    }
    return this.#phase.phase === 'active' ? this.#phase.nameServers : [];
  }

  #isActiveIn(context: number): boolean {
    return this.#phase.phase === 'active' && this.#phase.context === context;
  }

  #markActive(context: number, isActive: boolean): void {
    const { contexts } = this.#options;
    const settings = contexts.get(context);
    if (settings !== undefined) {
      contexts.set(context, { ...settings, isActive });
    }
  }

  /** The command has ended, if it is this one that is awaited. */
  #end(command: 'activate' | 'deactivate', answer: Answer): void {
    if (this.#pending?.command === command) {
      this.#pending = undefined;
      this.#options.report(answer);
    }
  }
}
