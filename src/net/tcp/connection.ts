/**
 * One TCP connection, RFC 9293 §3.10: a machine without I/O and without timers. An event method takes what
 * happened and the present time; after it, `nextSegment` gives what is to be sent, one segment a call, until
 * there is none; `deadline` says when `timePasses` wants to be called; `read` gives what came.
 */
import { type Ms, ms, seconds } from '../../base/units.ts';
import { type TcpSegment, tcpFlags } from '../../wire/tcp-segment.ts';
import { AcknowledgmentSchedule } from './acknowledgment.ts';
import { ReceiveBuffer } from './receive-buffer.ts';
import { resetFor } from './reset.ts';
import { type SendPlan, SendSide } from './send-side.ts';
import { toPosition, toSequence } from './sequence.ts';
import { givesData, isSynchronized, NEVER, type TcpFailure, type TcpState, takesData } from './state.ts';

/** RFC 9293 §3.8.3: R2 of data is at least 100 s. */
const DEFAULT_USER_TIMEOUT = seconds(120);
/** Two times a maximum segment lifetime of 30 s: RFC 9293 §3.4.2 leaves the value to the implementation. */
const DEFAULT_TIME_WAIT = seconds(60);
/** A peer that acknowledged our FIN may keep its half open; when nobody reads here any more, only for so long. */
const ORPHAN_TIMEOUT = seconds(60);
/** Segments that answer something unusual (resets) and wait for the link. */
const MAX_CONTROL_SEGMENTS = 4;
/** Headers of IP and TCP without options. */
const HEADERS_BYTES = 40;

export interface ConnectionOptions {
  readonly localPort: number;
  readonly remotePort: number;
  /** ISS, to be drawn at random. */
  readonly initialSequence: number;
  /** Octets of the largest packet that the link takes. */
  readonly mtu: number;
  /** Octets of the largest packet that this side takes; the MSS option says so. */
  readonly mru: number;
  readonly bitRate?: number | undefined;
  readonly sendBufferBytes: number;
  readonly receiveBufferBytes: number;
  /** How long the SYN may stay unanswered. */
  readonly synTimeout: Ms;
  /** How long data may stay unanswered. */
  readonly userTimeout?: Ms | undefined;
  readonly timeWait?: Ms | undefined;
}

export class TcpConnection {
  readonly #options: ConnectionOptions;
  readonly #sender: SendSide;
  readonly #receiver: ReceiveBuffer;
  readonly #acks: AcknowledgmentSchedule;
  readonly #userTimeout: Ms;
  #state: TcpState = 'CLOSED';
  #failure: TcpFailure | undefined;
  #isPassive = false;
  /** IRS */
  #peerInitialSequence = 0;
  #isSynRetransmitted = false;
  /** Nobody reads what comes any more. */
  #isDetached = false;
  /** End of TIME-WAIT, or of an orphan's FIN-WAIT-2. */
  #lifeDeadline: Ms = NEVER;
  #control: TcpSegment[] = [];

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#userTimeout = options.userTimeout ?? DEFAULT_USER_TIMEOUT;
    const receiveMss = options.mru - HEADERS_BYTES;
    this.#receiver = new ReceiveBuffer(options.receiveBufferBytes, receiveMss);
    this.#acks = new AcknowledgmentSchedule(receiveMss);
    this.#sender = new SendSide({
      mtu: options.mtu,
      bitRate: options.bitRate,
      bufferBytes: options.sendBufferBytes,
    });
  }

  get state(): TcpState {
    return this.#state;
  }

  /** Why the connection is CLOSED, when it did not end in the ordinary way. */
  get failure(): TcpFailure | undefined {
    return this.#failure;
  }

  /** Octets that `write` would take now. */
  get room(): number {
    return givesData(this.#state) ? this.#sender.room : 0;
  }

  get acknowledgedBytes(): number {
    return this.#sender.acknowledgedBytes;
  }

  get unacknowledgedBytes(): number {
    return this.#sender.unacknowledgedBytes;
  }

  get unreadBytes(): number {
    return this.#receiver.unreadBytes;
  }

  /** Whether the peer has finished sending and all of it was read. */
  get isPeerFinished(): boolean {
    return this.#receiver.isFinished && this.#receiver.unreadBytes === 0;
  }

  /** How often the segment that is unanswered now was sent again. */
  get retransmissions(): number {
    return this.#sender.retransmission.retransmissions;
  }

  /** When `timePasses` has to be called; NEVER when only an event can change anything. */
  get deadline(): Ms {
    return ms(
      Math.min(
        this.#sender.retransmission.deadline,
        this.#sender.persist.deadline,
        this.#acks.deadline,
        this.#lifeDeadline,
      ),
    );
  }

  /** OPEN, active. */
  open(): void {
    this.#state = 'SYN-SENT';
  }

  /** OPEN, passive, and the SYN that made it worth while (RFC 9293 §3.10.7.2). */
  listen(syn: TcpSegment): void {
    this.#isPassive = true;
    this.#synArrived(syn);
    this.#state = 'SYN-RECEIVED';
  }

  /** SEND. @returns how much of it was taken; the rest waits for `room` */
  write(octets: Uint8Array): number {
    return givesData(this.#state) ? this.#sender.append(octets) : 0;
  }

  /** RECEIVE. @returns the oldest unread octets, which are then the caller's */
  read(): Uint8Array | undefined {
    const octets = this.#receiver.read();
    if (octets !== undefined && takesData(this.#state) && this.#receiver.isUpdateDue) {
      this.#acks.demand();
    }
    return octets;
  }

  /** CLOSE: nothing more will be sent; what comes is still taken. */
  close(): void {
    if (this.#state === 'SYN-SENT') {
      this.#end('aborted');
      return;
    }
    this.#sender.finish();
    if (this.#state === 'ESTABLISHED') {
      this.#state = 'FIN-WAIT-1';
    } else if (this.#state === 'CLOSE-WAIT') {
      this.#state = 'LAST-ACK';
    }
  }

  /** The user is gone: data that it did not read is lost, and the peer has to know (RFC 2525 §2.17). */
  detach(now: Ms): void {
    if (this.#receiver.unreadBytes > 0) {
      this.abort();
      return;
    }
    this.#isDetached = true;
    this.close();
    if (this.#state === 'FIN-WAIT-2') {
      this.#lifeDeadline = ms(now + ORPHAN_TIMEOUT);
    }
  }

  /** ABORT: RFC 9293 §3.10.5. */
  abort(): void {
    const { state } = this;
    if (isSynchronized(state) && state !== 'TIME-WAIT' && state !== 'CLOSED') {
      this.#reset();
    } else if (state === 'SYN-RECEIVED') {
      this.#reset();
    }
    this.#end('aborted');
  }

  /** A router says that the peer cannot be reached: final only before there is a connection (RFC 5461). */
  unreachable(): void {
    if (this.#state === 'SYN-SENT' || this.#state === 'SYN-RECEIVED') {
      this.#end('unreachable');
    }
  }

  /** Whether an ICMP error that quotes this sequence number can be about this connection (RFC 5927 §4.1). */
  isOutstanding(sequence: number): boolean {
    const position = toPosition(this.#options.initialSequence, sequence, this.#sender.una);
    return position >= this.#sender.una && position < this.#sender.max;
  }

  /** Whether a SYN may begin a new connection on the ports of this one (RFC 9293 §3.10.7.4, TIME-WAIT). */
  isReplacedBy(segment: TcpSegment): boolean {
    return (
      this.#state === 'TIME-WAIT' &&
      (segment.flags & (tcpFlags.syn | tcpFlags.ack | tcpFlags.rst)) === tcpFlags.syn &&
      toPosition(this.#peerInitialSequence, segment.sequence, this.#receiver.next) > this.#receiver.next
    );
  }

  /** The deadline has come, or is past. */
  timePasses(now: Ms): void {
    const { retransmission, persist } = this.#sender;
    this.#acks.timePasses(now);
    if (now >= this.#lifeDeadline) {
      this.#end(this.#state === 'TIME-WAIT' ? undefined : 'timed-out');
      return;
    }
    if (now >= retransmission.deadline) {
      if (retransmission.expired(this.#giveUpAfter, now) === 'give-up') {
        this.#end('timed-out');
        return;
      }
      this.#isSynRetransmitted ||= !isSynchronized(this.#state);
      this.#sender.goBack();
    }
    if (now >= persist.deadline) {
      if (persist.expired(this.#userTimeout, now) === 'give-up') {
        this.#reset();
        this.#end('timed-out');
      } else {
        this.#sender.probe();
      }
    }
  }

  /** SEGMENT ARRIVES, RFC 9293 §3.10.7. */
  segmentArrives(segment: TcpSegment, now: Ms): void {
    if (this.#state === 'SYN-SENT') {
      this.#arrivesInSynSent(segment, now);
    } else if (this.#state === 'CLOSED' || this.#state === 'LISTEN') {
      this.#answer(resetFor(segment));
    } else {
      this.#arrivesElsewhere(segment, now);
    }
  }

  /** What is to be sent now; `undefined` when there is nothing more. */
  nextSegment(now: Ms): TcpSegment | undefined {
    const control = this.#control.shift();
    if (control !== undefined || this.#state === 'CLOSED') {
      return control;
    }
    if (this.#sender.isSynDue) {
      return this.#synSegment(now);
    }
    if (this.#state === 'SYN-SENT' || this.#state === 'SYN-RECEIVED') {
      return this.#acks.isDue ? this.#emptySegment() : undefined;
    }
    if (this.#acks.isDuplicateOwed) {
      return this.#emptySegment();
    }
    const plan = this.#sender.plan(now);
    if (plan !== undefined) {
      return this.#dataSegment(plan, now);
    }
    return this.#acks.isDue ? this.#emptySegment() : undefined;
  }

  // RFC 9293 §3.10.7.3
  #arrivesInSynSent(segment: TcpSegment, now: Ms): void {
    const hasAck = (segment.flags & tcpFlags.ack) !== 0;
    const acknowledged = toPosition(this.#options.initialSequence, segment.acknowledgment, this.#sender.una);
    if (hasAck && (acknowledged <= 0 || acknowledged > this.#sender.max)) {
      this.#answer(resetFor(segment));
      return;
    }
    if ((segment.flags & tcpFlags.rst) !== 0) {
      if (hasAck) {
        this.#end('refused');
      }
      return;
    }
    if ((segment.flags & tcpFlags.syn) === 0) {
      return;
    }
    this.#synArrived(segment);
    if (!hasAck) {
      // Simultaneous open: the SYN is sent again, now with the ACK bit.
      this.#state = 'SYN-RECEIVED';
      this.#sender.synAgain();
      return;
    }
    this.#handshakeDone(segment, acknowledged, now);
    this.#acks.demand();
    this.#dataArrives(1, segment.payload, (segment.flags & tcpFlags.fin) !== 0, now);
  }

  // RFC 9293 §3.10.7.4, in its order.
  #arrivesElsewhere(segment: TcpSegment, now: Ms): void {
    const { flags, payload } = segment;
    const receiver = this.#receiver;
    let position = toPosition(this.#peerInitialSequence, segment.sequence, receiver.next);
    const edge = receiver.next + receiver.window;

    if ((flags & tcpFlags.rst) !== 0) {
      this.#resetArrives(position, edge, now);
      return;
    }
    if ((flags & tcpFlags.syn) !== 0) {
      if (!this.#isSynOfSynReceived(segment, position, edge, now)) {
        return;
      }
      position += 1;
    }

    // First: the sequence number.
    const hasFin = (flags & tcpFlags.fin) !== 0;
    const end = position + payload.length + (hasFin ? 1 : 0);
    const isEmpty = end === position;
    const isProbe = edge === receiver.next && position === receiver.next;
    const isAcceptable = isEmpty
      ? isProbe || (position >= receiver.next && position < edge)
      : position < edge && end > receiver.next;
    if (!isAcceptable && !isProbe) {
      this.#unacceptable(isEmpty, now);
      return;
    }

    // Fifth: the ACK field.
    if ((flags & tcpFlags.ack) === 0 || !this.#acknowledgmentArrives(segment, position, end, now)) {
      return;
    }

    // Seventh and eighth: the data and the FIN, cut to the window.
    if (isEmpty) {
      return;
    }
    if (!isAcceptable) {
      // A question whether the window is still shut.
      this.#acks.demand();
      return;
    }
    const from = Math.max(0, receiver.next - position);
    const to = Math.min(payload.length, edge - position);
    const isFinInside = hasFin && to === payload.length;
    this.#dataArrives(position + from, payload.subarray(from, to), isFinInside, now);
  }

  /** RFC 5961 §3.2. */
  #resetArrives(position: number, edge: number, now: Ms): void {
    if (position === this.#receiver.next) {
      if (this.#state === 'TIME-WAIT') {
        this.#end(undefined);
        return;
      }
      const isRefusal = this.#state === 'SYN-RECEIVED' && !this.#isPassive;
      this.#end(isRefusal ? 'refused' : 'reset');
    } else if (position > this.#receiver.next && position < edge) {
      this.#acks.challenge(now);
    }
  }

  /** RFC 5961 §4.2, and the SYNs that belong to a handshake. @returns whether the rest of the segment counts */
  #isSynOfSynReceived(segment: TcpSegment, position: number, edge: number, now: Ms): boolean {
    if (this.#state !== 'SYN-RECEIVED') {
      this.#acks.challenge(now);
      return false;
    }
    if (position === 0) {
      const acknowledged = toPosition(
        this.#options.initialSequence,
        segment.acknowledgment,
        this.#sender.una,
      );
      if ((segment.flags & tcpFlags.ack) !== 0 && acknowledged === 1 && this.#sender.max === 1) {
        // Simultaneous open, RFC 9293 figure 8: both SYNs are acknowledged by SYN,ACKs.
        this.#acks.demand();
        return true;
      }
      // Ours got lost, or the peer was faster than it.
      this.#sender.synAgain();
    } else if (this.#isPassive && position >= this.#receiver.next && position < edge) {
      this.#end('reset');
    } else {
      this.#acks.challenge(now);
    }
    return false;
  }

  #unacceptable(isEmpty: boolean, now: Ms): void {
    if (this.#state === 'TIME-WAIT') {
      // A FIN that comes again: its acknowledgment was lost.
      this.#lifeDeadline = ms(now + (this.#options.timeWait ?? DEFAULT_TIME_WAIT));
    }
    if (isEmpty) {
      this.#acks.challenge(now);
    } else {
      this.#acks.demand();
    }
  }

  /** @returns whether the rest of the segment counts */
  #acknowledgmentArrives(segment: TcpSegment, position: number, end: number, now: Ms): boolean {
    const sender = this.#sender;
    const acknowledged = toPosition(this.#options.initialSequence, segment.acknowledgment, sender.una);
    if (this.#state === 'SYN-RECEIVED') {
      if (acknowledged <= sender.una || acknowledged > sender.max) {
        this.#answer(resetFor(segment));
        return false;
      }
      this.#handshakeDone(segment, acknowledged, now);
      return true;
    }
    // RFC 5961 §5.2
    if (acknowledged > sender.max || acknowledged < sender.una - sender.largestWindow) {
      this.#acks.challenge(now);
      return false;
    }
    if (acknowledged < sender.una) {
      return true;
    }
    const isWindowChanged = sender.windowFrom(position, acknowledged, segment.window);
    if (acknowledged > sender.una) {
      sender.acknowledged(acknowledged, this.#userTimeout, now);
      if (sender.isFinAcknowledged) {
        this.#finAcknowledged(now);
      }
    } else {
      sender.acknowledgedAgain(end === position && !isWindowChanged, now);
    }
    return this.state !== 'CLOSED';
  }

  #finAcknowledged(now: Ms): void {
    if (this.#state === 'FIN-WAIT-1') {
      this.#state = 'FIN-WAIT-2';
      if (this.#isDetached) {
        this.#lifeDeadline = ms(now + ORPHAN_TIMEOUT);
      }
    } else if (this.#state === 'CLOSING') {
      this.#timeWait(now);
    } else if (this.#state === 'LAST-ACK') {
      this.#end(undefined);
    }
  }

  #dataArrives(position: number, payload: Uint8Array, hasFin: boolean, now: Ms): void {
    if (!takesData(this.#state)) {
      if (payload.length > 0 || hasFin) {
        this.#acks.demand();
      }
      return;
    }
    if (payload.length === 0 && !hasFin) {
      return;
    }
    const isNews = position + payload.length > this.#receiver.next && payload.length > 0;
    if (this.#isDetached && isNews) {
      // RFC 9293 §3.10.4 with RFC 1122 §4.2.2.13: nobody will read it, and the peer has to know.
      this.#reset();
      this.#end('aborted');
      return;
    }
    this.#acks.received(this.#receiver.accept(position, payload, hasFin), payload.length, now);
    if (this.#receiver.isFinished) {
      this.#acks.demand();
      this.#finArrived(now);
    }
  }

  #finArrived(now: Ms): void {
    if (this.#state === 'ESTABLISHED') {
      this.#state = 'CLOSE-WAIT';
    } else if (this.#state === 'FIN-WAIT-1') {
      this.#state = 'CLOSING';
    } else if (this.#state === 'FIN-WAIT-2') {
      this.#timeWait(now);
    }
  }

  #timeWait(now: Ms): void {
    this.#state = 'TIME-WAIT';
    this.#sender.stop();
    this.#lifeDeadline = ms(now + (this.#options.timeWait ?? DEFAULT_TIME_WAIT));
  }

  #synArrived(syn: TcpSegment): void {
    this.#peerInitialSequence = syn.sequence;
    this.#sender.peerTakes(syn.mss);
  }

  #handshakeDone(segment: TcpSegment, acknowledged: number, now: Ms): void {
    this.#state = 'ESTABLISHED';
    this.#sender.windowFrom(0, acknowledged, segment.window);
    this.#sender.acknowledged(acknowledged, this.#userTimeout, now);
    this.#sender.handshakeDone(this.#isSynRetransmitted);
    if (this.#sender.isFinished) {
      // RFC 9293 §3.10.4: a CLOSE in SYN-RECEIVED was queued until now.
      this.#state = 'FIN-WAIT-1';
    }
  }

  get #giveUpAfter(): Ms {
    return isSynchronized(this.#state) ? this.#userTimeout : this.#options.synTimeout;
  }

  #answer(segment: TcpSegment | undefined): void {
    if (segment !== undefined && this.#control.length < MAX_CONTROL_SEGMENTS) {
      this.#control.push(segment);
    }
  }

  /** RFC 9293 §3.10.5: <SEQ=SND.NXT><CTL=RST>. */
  #reset(): void {
    this.#control = [this.#segment(this.#sender.max, tcpFlags.rst | tcpFlags.ack, NO_OCTETS)];
  }

  #end(failure: TcpFailure | undefined): void {
    this.#state = 'CLOSED';
    this.#failure = failure;
    this.#lifeDeadline = NEVER;
    this.#sender.stop();
    this.#acks.stop();
    if (failure !== undefined) {
      this.#receiver.clear();
    }
  }

  #synSegment(now: Ms): TcpSegment {
    const { synTimeout, mru, initialSequence } = this.#options;
    this.#sender.synSent(synTimeout, now);
    const hasAck = this.#state !== 'SYN-SENT';
    if (hasAck) {
      this.#acks.sent(false);
    }
    return {
      ...this.#segment(0, hasAck ? tcpFlags.syn | tcpFlags.ack : tcpFlags.syn, NO_OCTETS),
      sequence: initialSequence,
      acknowledgment: hasAck ? this.#acknowledgment : 0,
      mss: mru - HEADERS_BYTES,
    };
  }

  #dataSegment(plan: SendPlan, now: Ms): TcpSegment {
    const payload = this.#sender.payloadOf(plan);
    let flags: number = tcpFlags.ack;
    if (plan.hasFin) {
      flags |= tcpFlags.fin;
    }
    if (plan.length > 0 && this.#sender.isLast(plan)) {
      flags |= tcpFlags.psh;
    }
    this.#sender.sent(plan, this.#userTimeout, now);
    this.#acks.sent(false);
    return this.#segment(plan.position, flags, payload);
  }

  #emptySegment(): TcpSegment {
    this.#acks.sent(true);
    return this.#segment(this.#sender.emptySegmentPosition, tcpFlags.ack, NO_OCTETS);
  }

  get #acknowledgment(): number {
    return toSequence(this.#peerInitialSequence, this.#receiver.next);
  }

  #segment(position: number, flags: number, payload: Uint8Array): TcpSegment {
    const { localPort, remotePort, initialSequence } = this.#options;
    return {
      sourcePort: localPort,
      destinationPort: remotePort,
      sequence: toSequence(initialSequence, position),
      acknowledgment: this.#acknowledgment,
      flags,
      window: this.#receiver.advertise(),
      mss: undefined,
      payload,
    };
  }
}

const NO_OCTETS = new Uint8Array(0);
