/** The TCP connections of the module's own stack: `connectID` 0 to 11, TCP clients in buffer access mode. */
import { type Ms, ms, seconds } from '../../../base/units.ts';
import type { OpenRequest } from '../../../wire/at/sockets/command.ts';
import {
  formatConnection,
  formatCounts,
  formatReadHeader,
  type SocketState,
} from '../../../wire/at/sockets/information.ts';
import { type Answer, done, PENDING } from '../answer.ts';
import { HOLD_AT_OCTETS, RELEASE_AT_OCTETS, ReceivedOctets } from './received-octets.ts';
import type { ServicePart } from './service-part.ts';
import type { StackHappening } from './stack-event.ts';

/** What may wait for TCP to take it; SEND FAIL beyond: eight times what one AT+QISEND brings. */
const SEND_LIMIT_OCTETS = 8 * 1460;
/** AT+QICLOSE may ask for 18 hours; TCP itself gives a silent peer up after two minutes. */
const LONGEST_CLOSE_S = 120;

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

type ConnectionHappening = Extract<StackHappening, { readonly connection: number }>;

export class Connections {
  readonly #part: ServicePart;
  readonly #connections = new Map<number, Connection>();
  /** AT+QICLOSE waits for the other end. */
  #closing: { readonly connection: number; readonly until: Ms } | undefined;

  constructor(part: ServicePart) {
    this.#part = part;
  }

  /** When AT+QICLOSE waits no longer; undefined while none is pending. */
  get deadline(): Ms | undefined {
    return this.#closing?.until;
  }

  open(request: OpenRequest, nameServers: readonly string[]): Answer {
    const { connection, host, port } = request;
    if (this.#connections.has(connection)) {
      return this.#part.fail(563);
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
    this.#part.order({ order: 'connect', connection, host, port, nameServers });
    return this.#part.done();
  }

  /** @param count of octets behind the prompt; absent: Ctrl-Z ends them; 0 asks how much was sent */
  send(connection: number, count: number | undefined): Answer {
    const open = this.#connections.get(connection);
    if (open?.state !== 'connected') {
      return this.#part.fail(567);
    }
    if (count === 0) {
      const total = open.sent;
      const acknowledged = Math.min(total, this.#part.outlets.stack.acknowledgedBytes(connection));
      return done(formatCounts('+QISEND', { total, done: acknowledged, open: total - acknowledged }));
    }
    return { outcome: 'octets', count, finish: (octets) => this.#sent(connection, open, octets) };
  }

  #sent(connection: number, open: Connection, octets: Uint8Array | undefined): Answer {
    if (octets === undefined) {
      this.#part.lastResult = 571;
      return done();
    }
    const isThere = this.#connections.get(connection) === open && open.state === 'connected';
    if (!isThere || open.untaken + octets.length > SEND_LIMIT_OCTETS) {
      this.#part.lastResult = isThere ? 558 : 567;
      return { outcome: 'said', text: 'SEND FAIL' };
    }
    this.#part.lastResult = 0;
    open.sent += octets.length;
    open.untaken += octets.length;
    if (octets.length > 0) {
      this.#part.order({ order: 'send', connection, bytes: octets });
    }
    return { outcome: 'said', text: 'SEND OK' };
  }

  /** @param most octets; 0 asks how many there are */
  read(connection: number, most: number): Answer {
    const open = this.#connections.get(connection);
    if (open === undefined || open.state === 'opening') {
      return this.#part.fail(567);
    }
    const { received } = open;
    if (most === 0) {
      const { total, length } = received;
      return done(formatCounts('+QIRD', { total, done: total - length, open: length }));
    }
    const octets = received.take(most);
    open.isTold &&= received.length > 0;
    if (open.isHeld && received.length < RELEASE_AT_OCTETS) {
      open.isHeld = false;
      this.#part.order({ order: 'release', connection });
    }
    if (octets.length === 0) {
      return done(formatReadHeader(0));
    }
    this.#part.outlets.tellOctets(formatReadHeader(octets.length), octets);
    return this.#part.done();
  }

  close(connection: number, withinSeconds: number): Answer {
    const open = this.#connections.get(connection);
    if (open === undefined) {
      return this.#part.done();
    }
    this.#connections.delete(connection);
    if (open.state === 'connected' && withinSeconds > 0) {
      this.#closing = {
        connection,
        until: ms(this.#part.now + seconds(Math.min(withinSeconds, LONGEST_CLOSE_S))),
      };
      this.#part.order({ order: 'close', connection, isAwaited: true });
      return PENDING;
    }
    this.#part.order(
      open.state === 'opening'
        ? { order: 'abort', connection }
        : { order: 'close', connection, isAwaited: false },
    );
    return this.#part.done();
  }

  /** @param isMeant which connections */
  states(isMeant: (connection: number, context: number) => boolean): Answer {
    const lines = [...this.#connections]
      .filter(([connection, { request }]) => isMeant(connection, request.context))
      .sort(([one], [other]) => one - other)
      .map(([, { request, state, localPort }]) => formatConnection({ ...request, state, localPort }));
    return done(...lines);
  }

  hear(happening: ConnectionHappening): void {
    const { connection } = happening;
    if (happening.what === 'closed') {
      this.#closed(connection);
      return;
    }
    const open = this.#connections.get(connection);
    if (open === undefined) {
      return;
    }
    switch (happening.what) {
      case 'connected':
        open.state = 'connected';
        open.localPort = happening.localPort;
        this.#part.say({ urc: 'opened', connection, result: 0 });
        return;
      case 'not-connected':
        open.state = 'closing';
        this.#part.lastResult = happening.result;
        this.#part.say({ urc: 'opened', connection, result: happening.result });
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
          this.#part.say({ urc: 'closed', connection });
        }
    }
  }

  /** Ends an AT+QICLOSE whose time is over. */
  expire(): void {
    const closing = this.#closing;
    if (closing !== undefined && this.#part.now >= closing.until) {
      this.#part.order({ order: 'abort', connection: closing.connection });
      this.#closed(closing.connection);
    }
  }

  /** The context is over. */
  clear(): void {
    this.#connections.clear();
    if (this.#closing !== undefined) {
      this.#closed(this.#closing.connection);
    }
  }

  #closed(connection: number): void {
    if (this.#closing?.connection === connection) {
      this.#closing = undefined;
      this.#part.outlets.report(this.#part.done());
    }
  }

  #received(connection: number, open: Connection, bytes: Uint8Array): void {
    open.received.push(bytes);
    if (!open.isHeld && open.received.length >= HOLD_AT_OCTETS) {
      open.isHeld = true;
      this.#part.order({ order: 'hold', connection });
    }
    if (!open.isTold && open.received.length > 0) {
      open.isTold = true;
      this.#part.say({ urc: 'received', connection });
    }
  }
}
