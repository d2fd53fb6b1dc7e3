/**
 * The socket commands of the `AT+QIOPEN` family as a machine: one packet context at a time, up to twelve TCP
 * connections in buffer access mode. No I/O and no timers; the stack is ordered about and tells what came of it.
 *
 * Source: Quectel, BG96 TCP(IP) AT Commands Manual V1.0, and the same for EC2x and UC20.
 */
import { type Ms, ms, seconds } from '../../../base/units.ts';
import type { ContextSettings, EchoRequest, OpenRequest } from '../../../wire/at/sockets/command.ts';
import {
  formatConnection,
  formatContext,
  formatCounts,
  formatLastResult,
  formatNameServers,
  formatReadHeader,
  type SocketState,
} from '../../../wire/at/sockets/information.ts';
import type { SocketResult } from '../../../wire/at/sockets/result.ts';
import { formatSocketUrc, type SocketUrc } from '../../../wire/at/sockets/unsolicited.ts';
import { quoteString } from '../../../wire/at/value.ts';
import { type Answer, done, PENDING, REFUSED } from '../answer.ts';
import type { DceAction } from '../dialogue.ts';
import type { Authentication, PacketContext } from '../packet-context.ts';
import { HOLD_AT_OCTETS, RELEASE_AT_OCTETS, ReceivedOctets } from './received-octets.ts';
import type { StackHappening, StackOrder, StackView } from './stack-event.ts';

/** The manual's longest times. */
const ACTIVATION_LIMIT = seconds(150);
const DEACTIVATION_LIMIT = seconds(40);
/** What may wait for TCP to take it; SEND FAIL beyond: eight times what one AT+QISEND brings. */
const SEND_LIMIT_OCTETS = 8 * 1460;
/** 27.007 §10.2.1.1: the same call as by hand. */
const numberOf = (context: number) => `*99***${context}#`;

type ContextPhase =
  | { readonly phase: 'inactive' }
  | { readonly phase: 'activating' | 'deactivating'; readonly context: number }
  | {
      readonly phase: 'active';
      readonly context: number;
      readonly address: string;
      readonly nameServers: readonly string[];
    };

interface Connection {
  readonly request: OpenRequest;
  readonly received: ReceivedOctets;
  state: SocketState;
  localPort: number;
  /** Octets of all AT+QISEND, and those of them that TCP has not taken. */
  sent: number;
  untaken: number;
  /** +QIURC "recv" has been said, and not all has been read since. */
  isTold: boolean;
  isHeld: boolean;
}

/** A command whose result comes later; one at a time, as the line waits for it. */
type Pending =
  | { readonly command: 'activate' | 'deactivate'; readonly until: Ms }
  | { readonly command: 'close'; readonly connection: number; readonly until: Ms };

export interface SocketServiceOptions {
  readonly contexts: Map<number, PacketContext>;
  readonly authentications: Map<number, Authentication>;
  readonly stack: StackView;
  readonly now: () => Ms;
  readonly hasService: () => boolean;
  readonly act: (action: DceAction) => void;
  /** Says a line unasked, as soon as it disturbs nothing. */
  readonly unsolicited: (line: string) => void;
  /** Says an information text with the octets that it counts. */
  readonly tellOctets: (text: string, octets: Uint8Array) => void;
  /** Ends the command that is pending. */
  readonly report: (answer: Answer) => void;
}

export class SocketService {
  readonly #options: SocketServiceOptions;
  readonly #connections = new Map<number, Connection>();
  #phase: ContextPhase = { phase: 'inactive' };
  #pending: Pending | undefined;
  /** Set by +QIDNSCFG; until the context ends they stand for those of the network. */
  #ownNameServers: readonly string[] = [];
  #lastResult: SocketResult = 0;
  #isLookingUp = false;
  #echoes: { sent: number; readonly roundTrips: number[] } | undefined;
  /** Why the last activation failed, for +CEER. */
  failureCause: string | undefined;

  constructor(options: SocketServiceOptions) {
    this.#options = options;
  }

  /** A command waits for its result: the line takes no other. */
  get isPending(): boolean {
    return this.#pending !== undefined;
  }

  get isActive(): boolean {
    return this.#phase.phase === 'active';
  }

  get deadline(): Ms | undefined {
    return this.#pending?.until;
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
    this.#lastResult = result;
    return REFUSED;
  }

  lastResult(): Answer {
    return done(formatLastResult(this.#lastResult));
  }

  setContext({ context, apn, user, password, authentication }: ContextSettings): Answer {
    if (this.#phase.phase !== 'inactive' && this.#phase.context === context) {
      return this.fail(572);
    }
    this.#options.contexts.set(context, { pdpType: 'IP', apn, isActive: false });
    this.#options.authentications.set(context, { type: authentication, user, password });
    return this.#done();
  }

  /** The password stays in the module. */
  contextSettings(context: number): Answer {
    const { apn = '' } = this.#options.contexts.get(context) ?? {};
    const { user = '', type = 0 } = this.#options.authentications.get(context) ?? {};
    return done(`+QICSGP: 1,${quoteString(apn)},${quoteString(user)},"",${type}`);
  }

  activate(context: number): Answer {
    const settings = this.#options.contexts.get(context);
    if (settings === undefined) {
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
    this.failureCause = undefined;
    this.#phase = { phase: 'activating', context };
    this.#pending = { command: 'activate', until: ms(this.#options.now() + ACTIVATION_LIMIT) };
    const account = type === 0 ? { user: '', password: '' } : { user, password };
    this.#order({ order: 'activate', number: numberOf(context), ...account });
    return PENDING;
  }

  contextStates(): Answer {
    const phase = this.#phase;
    return phase.phase === 'active' ? done(formatContext({ ...phase, isActive: true })) : done();
  }

  deactivate(context: number): Answer {
    if (this.#phase.phase !== 'active' || this.#phase.context !== context) {
      return this.#done();
    }
    this.#phase = { phase: 'deactivating', context };
    this.#pending = { command: 'deactivate', until: ms(this.#options.now() + DEACTIVATION_LIMIT) };
    this.#forgetAll(context);
    this.#order({ order: 'deactivate' });
    return PENDING;
  }

  nameServers(context: number): Answer {
    return done(formatNameServers(context, this.#nameServers));
  }

  setNameServers(servers: readonly string[]): Answer {
    this.#ownNameServers = servers;
    return this.#done();
  }

  open(request: OpenRequest): Answer {
    const { connection, host, port } = request;
    if (!this.#isActiveIn(request.context)) {
      return this.fail(572);
    }
    if (this.#connections.has(connection)) {
      return this.fail(563);
    }
    this.#connections.set(connection, {
      request,
      received: new ReceivedOctets(),
      state: 'opening',
      localPort: 0,
      sent: 0,
      untaken: 0,
      isTold: false,
      isHeld: false,
    });
    this.#order({ order: 'connect', connection, host, port, nameServers: this.#nameServers });
    return this.#done();
  }

  /** @param count of octets behind the prompt; absent: Ctrl-Z ends them; 0 asks how much was sent */
  send(connection: number, count: number | undefined): Answer {
    const open = this.#connections.get(connection);
    if (open?.state !== 'connected') {
      return this.fail(567);
    }
    if (count === 0) {
      const acknowledged = Math.min(open.sent, this.#options.stack.acknowledgedBytes(connection));
      return done(
        formatCounts('+QISEND', { total: open.sent, done: acknowledged, open: open.sent - acknowledged }),
      );
    }
    return { outcome: 'octets', count, finish: (octets) => this.#sent(connection, open, octets) };
  }

  #sent(connection: number, open: Connection, octets: Uint8Array | undefined): Answer {
    if (octets === undefined) {
      this.#lastResult = 571;
      return done();
    }
    const isThere = this.#connections.get(connection) === open && open.state === 'connected';
    if (!isThere || open.untaken + octets.length > SEND_LIMIT_OCTETS) {
      this.#lastResult = isThere ? 558 : 567;
      return { outcome: 'said', text: 'SEND FAIL' };
    }
    this.#lastResult = 0;
    open.sent += octets.length;
    open.untaken += octets.length;
    if (octets.length > 0) {
      this.#order({ order: 'send', connection, bytes: octets });
    }
    return { outcome: 'said', text: 'SEND OK' };
  }

  /** @param most octets; 0 asks how many there are */
  read(connection: number, most: number): Answer {
    const open = this.#connections.get(connection);
    if (open === undefined || open.state === 'opening') {
      return this.fail(567);
    }
    const { received } = open;
    if (most === 0) {
      const unread = received.length;
      return done(
        formatCounts('+QIRD', { total: received.total, done: received.total - unread, open: unread }),
      );
    }
    const octets = received.take(most);
    open.isTold &&= received.length > 0;
    if (open.isHeld && received.length < RELEASE_AT_OCTETS) {
      open.isHeld = false;
      this.#order({ order: 'release', connection });
    }
    if (octets.length === 0) {
      return done(formatReadHeader(0));
    }
    this.#options.tellOctets(formatReadHeader(octets.length), octets);
    return this.#done();
  }

  close(connection: number, withinSeconds: number): Answer {
    const open = this.#connections.get(connection);
    if (open === undefined) {
      return this.#done();
    }
    this.#connections.delete(connection);
    if (open.state === 'connected' && withinSeconds > 0) {
      const until = ms(this.#options.now() + seconds(withinSeconds));
      this.#pending = { command: 'close', connection, until };
      this.#order({ order: 'close', connection, isAwaited: true });
      return PENDING;
    }
    this.#order(
      open.state === 'opening'
        ? { order: 'abort', connection }
        : { order: 'close', connection, isAwaited: false },
    );
    return this.#done();
  }

  /** @param isMeant which connections */
  connectionStates(isMeant: (connection: number, context: number) => boolean): Answer {
    const lines = [...this.#connections]
      .filter(([connection, { request }]) => isMeant(connection, request.context))
      .sort(([one], [other]) => one - other)
      .map(([, { request, state, localPort }]) => formatConnection({ ...request, state, localPort }));
    return done(...lines);
  }

  lookUp(context: number, host: string): Answer {
    if (!this.#isActiveIn(context)) {
      return this.fail(572);
    }
    if (this.#isLookingUp) {
      return this.fail(564);
    }
    this.#isLookingUp = true;
    this.#order({ order: 'resolve', host, nameServers: this.#nameServers });
    return this.#done();
  }

  ping({ context, host, timeoutS, count }: EchoRequest): Answer {
    if (!this.#isActiveIn(context)) {
      return this.fail(572);
    }
    if (this.#echoes !== undefined) {
      return this.fail(568);
    }
    this.#echoes = { sent: 0, roundTrips: [] };
    const nameServers = this.#nameServers;
    this.#order({ order: 'ping', host, timeoutMs: seconds(timeoutS), count, nameServers });
    return this.#done();
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
        this.#phase = { phase: 'inactive' };
        this.#end('deactivate', this.#done());
        return;
      case 'lost':
        this.#lost();
        return;
      case 'resolved':
        this.#isLookingUp = false;
        this.#say({ urc: 'looked-up', result: 0, count: happening.addresses.length });
        for (const address of happening.addresses) {
          this.#say({ urc: 'address', address });
        }
        return;
      case 'not-resolved':
        this.#isLookingUp = false;
        this.#lastResult = happening.result;
        this.#say({ urc: 'looked-up', result: happening.result, count: 0 });
        return;
      case 'echo':
      case 'no-echo':
      case 'pinged':
        this.#hearEcho(happening);
        return;
      case 'closed':
        this.#end('close', this.#done());
        return;
      default:
        this.#hearConnection(happening);
    }
  }

  /** Does what is due. */
  expire(): void {
    const pending = this.#pending;
    if (pending === undefined || this.#options.now() < pending.until) {
      return;
    }
    switch (pending.command) {
      case 'activate':
        this.#order({ order: 'deactivate' });
        this.#end('activate', this.fail(569));
        return;
      case 'deactivate':
        this.#phase = { phase: 'inactive' };
        this.#end('deactivate', this.#done());
        return;
      case 'close':
        this.#order({ order: 'abort', connection: pending.connection });
        this.#end('close', this.#done());
    }
  }

  #activated(address: string, nameServers: readonly string[]): void {
    const phase = this.#phase;
    if (phase.phase !== 'activating' || this.#pending?.command !== 'activate') {
      return;
    }
    this.#phase = { phase: 'active', context: phase.context, address, nameServers };
    this.#markActive(phase.context, true);
    this.#end('activate', this.#done());
  }

  #lost(): void {
    const phase = this.#phase;
    if (phase.phase === 'inactive') {
      return;
    }
    this.#phase = { phase: 'inactive' };
    this.#forgetAll(phase.context);
    this.#lastResult = 570;
    if (phase.phase === 'active') {
      this.#end('close', done());
      this.#say({ urc: 'deactivated', context: phase.context });
    } else if (phase.phase === 'activating') {
      this.#end('activate', this.fail(561));
    } else {
      this.#end('deactivate', done());
    }
  }

  /** The context ends, and everything over it. */
  #forgetAll(context: number): void {
    this.#connections.clear();
    this.#ownNameServers = [];
    this.#isLookingUp = false;
    this.#echoes = undefined;
    this.#markActive(context, false);
  }

  #hearConnection(happening: Extract<StackHappening, { readonly connection: number }>): void {
    const { connection } = happening;
    const open = this.#connections.get(connection);
    if (open === undefined) {
      return;
    }
    switch (happening.what) {
      case 'connected':
        open.state = 'connected';
        open.localPort = happening.localPort;
        this.#say({ urc: 'opened', connection, result: 0 });
        return;
      case 'not-connected':
        open.state = 'closing';
        this.#lastResult = happening.result;
        this.#say({ urc: 'opened', connection, result: happening.result });
        return;
      case 'received':
        this.#received(connection, open, happening.bytes);
        return;
      case 'sent':
        open.untaken = Math.max(0, open.untaken - happening.octets);
        return;
      case 'ended':
        if (open.state === 'connected') {
          open.state = 'closing';
          this.#say({ urc: 'closed', connection });
        }
        return;
      case 'closed':
    }
  }

  #received(connection: number, open: Connection, bytes: Uint8Array): void {
    open.received.push(bytes);
    if (!open.isHeld && open.received.length >= HOLD_AT_OCTETS) {
      open.isHeld = true;
      this.#order({ order: 'hold', connection });
    }
    if (!open.isTold && open.received.length > 0) {
      open.isTold = true;
      this.#say({ urc: 'received', connection });
    }
  }

  #hearEcho(happening: Extract<StackHappening, { readonly what: 'echo' | 'no-echo' | 'pinged' }>): void {
    const echoes = this.#echoes;
    if (echoes === undefined) {
      return;
    }
    switch (happening.what) {
      case 'echo':
        echoes.sent += 1;
        echoes.roundTrips.push(happening.roundTripMs);
        this.#say({ urc: 'echo', result: 0, address: happening.address, roundTripMs: happening.roundTripMs });
        return;
      case 'no-echo':
        echoes.sent += 1;
        this.#say({ urc: 'echo', result: happening.result, address: undefined, roundTripMs: undefined });
        return;
      case 'pinged': {
        this.#echoes = undefined;
        const { sent, roundTrips } = echoes;
        const sum = roundTrips.reduce((total, one) => total + one, 0);
        this.#say({
          urc: 'echoes',
          sent,
          received: roundTrips.length,
          leastMs: roundTrips.length === 0 ? 0 : Math.min(...roundTrips),
          greatestMs: Math.max(0, ...roundTrips),
          meanMs: Math.round(sum / Math.max(1, roundTrips.length)),
        });
      }
    }
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

  /** The command has ended, if it is still this one that is awaited. */
  #end(command: Pending['command'], answer: Answer): void {
    if (this.#pending?.command === command) {
      this.#pending = undefined;
      this.#options.report(answer);
    }
  }

  #done(): Answer {
    this.#lastResult = 0;
    return done();
  }

  #order(order: StackOrder): void {
    this.#options.act({ type: 'stack', order });
  }

  #say(urc: SocketUrc): void {
    this.#options.unsolicited(formatSocketUrc(urc));
  }
}
