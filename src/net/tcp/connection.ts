/**
 * One TCP connection, RFC 9293 §3.10: a machine without I/O and without timers. An event method takes what
 * happened and the present time; after it, `nextSegment` gives what is to be sent, one segment a call, until
 * there is none; `deadline` says when `timePasses` wants to be called; `read` gives what came.
 */
import { type Ms, ms } from '../../base/units.ts';
import { type TcpSegment, tcpFlags } from '../../wire/tcp-segment.ts';
import { type ConnectionOptions, ControlBlock } from './control-block.ts';
import { nextSegment } from './next-segment.ts';
import { segmentArrives } from './segment-arrives.ts';
import { givesData, isSynchronized, type TcpFailure, type TcpState, takesData } from './state.ts';

export type { ConnectionOptions } from './control-block.ts';

export class TcpConnection {
  readonly #tcb: ControlBlock;

  constructor(options: ConnectionOptions) {
    this.#tcb = new ControlBlock(options);
  }

  get state(): TcpState {
    return this.#tcb.state;
  }

  /** Why the connection is CLOSED, when it did not end in the ordinary way. */
  get failure(): TcpFailure | undefined {
    return this.#tcb.failure;
  }

  /** Octets that `write` would take now. */
  get room(): number {
    return givesData(this.#tcb.state) ? this.#tcb.sender.room : 0;
  }

  /** Octets of what was written that the peer has acknowledged. */
  get acknowledgedBytes(): number {
    return this.#tcb.sender.acknowledgedBytes;
  }

  /** Octets of what was written that the peer has not acknowledged. */
  get unacknowledgedBytes(): number {
    return this.#tcb.sender.unacknowledgedBytes;
  }

  /** Octets that `read` would give. */
  get unreadBytes(): number {
    return this.#tcb.receiver.unreadBytes;
  }

  /** Octets that are held for the reader: unread, and ahead of the order. */
  get heldBytes(): number {
    return this.#tcb.receiver.unreadBytes + this.#tcb.receiver.earlyBytes;
  }

  /** Whether the peer has finished sending and all of it was read. */
  get isPeerFinished(): boolean {
    return this.#tcb.receiver.isFinished && this.#tcb.receiver.unreadBytes === 0;
  }

  /** How often what is unanswered now was sent again. */
  get retransmissions(): number {
    return this.#tcb.sender.retransmission.retransmissions;
  }

  /** When `timePasses` has to be called; infinite when only an event can change anything. */
  get deadline(): Ms {
    const { sender, acks, lifeDeadline } = this.#tcb;
    return ms(Math.min(sender.retransmission.deadline, sender.persist.deadline, acks.deadline, lifeDeadline));
  }

  /** OPEN, active (§3.10.1). */
  open(now: Ms): void {
    this.#tcb.opening('SYN-SENT', now);
  }

  /** OPEN, passive, and the SYN that made it worth while (§3.10.7.2). */
  listen(syn: TcpSegment, now: Ms): void {
    this.#tcb.isPassive = true;
    this.#tcb.synArrived(syn);
    this.#tcb.opening('SYN-RECEIVED', now);
  }

  /** SEND (§3.10.2). @returns how much of it was taken; the rest waits for `room` */
  write(octets: Uint8Array): number {
    return givesData(this.#tcb.state) ? this.#tcb.sender.append(octets) : 0;
  }

  /** RECEIVE (§3.10.3). @returns the oldest unread octets, which are then the caller's */
  read(): Uint8Array | undefined {
    const { receiver, acks, state } = this.#tcb;
    const octets = receiver.read();
    if (octets !== undefined && receiver.isUpdateDue && takesData(state)) {
      acks.demand();
    }
    return octets;
  }

  /** CLOSE (§3.10.4): nothing more will be sent; what comes is still taken. */
  close(): void {
    const tcb = this.#tcb;
    if (tcb.state === 'SYN-SENT') {
      tcb.end('aborted');
      return;
    }
    tcb.sender.finish();
    if (tcb.state === 'ESTABLISHED') {
      tcb.state = 'FIN-WAIT-1';
    } else if (tcb.state === 'CLOSE-WAIT') {
      tcb.state = 'LAST-ACK';
    }
  }

  /** The user is gone: data that it did not read is lost, and the peer has to know (RFC 2525 §2.17). */
  detach(now: Ms): void {
    if (this.#tcb.receiver.unreadBytes > 0) {
      this.abort();
      return;
    }
    this.close();
    if (this.#tcb.state !== 'CLOSED' && this.#tcb.state !== 'TIME-WAIT') {
      this.#tcb.orphan(now);
    }
  }

  /** ABORT (§3.10.5). */
  abort(): void {
    const tcb = this.#tcb;
    if (tcb.state === 'CLOSED') {
      return;
    }
    if (tcb.state !== 'TIME-WAIT' && (isSynchronized(tcb.state) || tcb.state === 'SYN-RECEIVED')) {
      tcb.reset();
    }
    tcb.end('aborted');
  }

  /** A router says that the peer cannot be reached: final only before there is a connection (RFC 5461). */
  unreachable(): void {
    if (!isSynchronized(this.#tcb.state)) {
      this.#tcb.end('unreachable');
    }
  }

  /** A router says that packets must be smaller (RFC 1191). @param mtu octets; 0 where it does not say */
  packetTooBig(mtu: number): void {
    this.#tcb.sender.limitPackets(mtu);
  }

  /** Whether an ICMP error that quotes this sequence number can be about this connection (RFC 5927 §4.1). */
  isOutstanding(sequence: number): boolean {
    const position = this.#tcb.ownPosition(sequence);
    return position >= this.#tcb.sender.una && position < this.#tcb.sender.max;
  }

  /** Whether a SYN may begin a new connection on the ports of this one (§3.10.7.4, TIME-WAIT). */
  isReplacedBy(segment: TcpSegment): boolean {
    return (
      this.#tcb.state === 'TIME-WAIT' &&
      (segment.flags & (tcpFlags.syn | tcpFlags.ack | tcpFlags.rst)) === tcpFlags.syn &&
      this.#tcb.peerPosition(segment.sequence) > this.#tcb.receiver.next
    );
  }

  /** Timeouts (§3.10.8): the deadline has come, or is past. */
  timePasses(now: Ms): void {
    const tcb = this.#tcb;
    const { retransmission, persist } = tcb.sender;
    tcb.acks.timePasses(now);
    if (now >= tcb.lifeDeadline) {
      this.#lifeEnds();
      return;
    }
    if (now >= retransmission.deadline) {
      if (retransmission.expired(tcb.giveUpAfter, now) === 'give-up') {
        this.#giveUp();
        return;
      }
      tcb.isSynRetransmitted ||= !isSynchronized(tcb.state);
      tcb.sender.goBack();
    }
    if (now >= persist.deadline) {
      if (persist.expired(tcb.userTimeout, now) === 'give-up') {
        this.#giveUp();
        return;
      }
      tcb.sender.probe();
    }
  }

  /** SEGMENT ARRIVES (§3.10.7). */
  segmentArrives(segment: TcpSegment, now: Ms): void {
    segmentArrives(this.#tcb, segment, now);
  }

  /** What is to be sent now, its payload good until the next event; `undefined` when there is nothing more. */
  nextSegment(now: Ms): TcpSegment | undefined {
    return nextSegment(this.#tcb, now);
  }

  #lifeEnds(): void {
    const { state } = this.#tcb;
    if (state === 'TIME-WAIT') {
      this.#tcb.end(undefined);
    } else if (isSynchronized(state)) {
      this.abort();
    } else {
      this.#tcb.end('timed-out');
    }
  }

  /** The peer is silent; should it come back, it finds out at once. */
  #giveUp(): void {
    if (isSynchronized(this.#tcb.state)) {
      this.#tcb.reset();
    }
    this.#tcb.end('timed-out');
  }
}
