/**
 * The transmission control block, RFC 9293 §3.3.1: everything that is remembered of one connection, and the
 * few changes to it that more than one event makes. Who changes it how: ./connection.ts (user and time),
 * ./segment-arrives.ts, ./next-segment.ts.
 */
import { type Ms, ms, seconds } from '../../base/units.ts';
import { type TcpSegment, tcpFlags } from '../../wire/tcp-segment.ts';
import { AcknowledgmentSchedule } from './acknowledgment.ts';
import { ReceiveBuffer } from './receive-buffer.ts';
import { SendSide } from './send-side.ts';
import { toPosition, toSequence } from './sequence.ts';
import { isSynchronized, NEVER, type TcpFailure, type TcpState } from './state.ts';

/** RFC 9293 §3.8.3: R2 of data is at least 100 s. */
const DEFAULT_USER_TIMEOUT = seconds(120);
/** Two times a maximum segment lifetime of 30 s: RFC 9293 §3.4.2 leaves the value to the implementation. */
const DEFAULT_TIME_WAIT = seconds(60);
/** What nobody waits for any more may take as long as a full buffer takes at 9600 bit/s, several times over. */
const ORPHAN_LIFETIME = seconds(600);
/** A peer that acknowledged our FIN may keep its half open; when nobody reads here any more, only for so long. */
const ORPHAN_FIN_WAIT = seconds(60);
/** Segments that answer something unusual (resets) and wait for the link. */
const MAX_CONTROL_SEGMENTS = 4;
/** Headers of IP and TCP without options. */
export const HEADERS_BYTES = 40;

export const NO_OCTETS = new Uint8Array(0);

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

export class ControlBlock {
  readonly options: ConnectionOptions;
  readonly sender: SendSide;
  readonly receiver: ReceiveBuffer;
  readonly acks: AcknowledgmentSchedule;
  readonly userTimeout: Ms;
  state: TcpState = 'CLOSED';
  failure: TcpFailure | undefined;
  isPassive = false;
  /** IRS */
  peerInitialSequence = 0;
  isSynRetransmitted = false;
  /** Nobody reads what comes any more. */
  isDetached = false;
  /** End of the attempt to open, of TIME-WAIT, or of an orphan. */
  lifeDeadline: Ms = NEVER;
  /** Answers that do not belong to the stream. */
  readonly control: TcpSegment[] = [];

  constructor(options: ConnectionOptions) {
    this.options = options;
    this.userTimeout = options.userTimeout ?? DEFAULT_USER_TIMEOUT;
    const receiveMss = options.mru - HEADERS_BYTES;
    this.receiver = new ReceiveBuffer(options.receiveBufferBytes, receiveMss);
    this.acks = new AcknowledgmentSchedule(receiveMss);
    this.sender = new SendSide({
      mtu: options.mtu,
      bitRate: options.bitRate,
      bufferBytes: options.sendBufferBytes,
    });
  }

  /** How long what was sent may stay unanswered now. */
  get giveUpAfter(): Ms {
    return isSynchronized(this.state) ? this.userTimeout : this.options.synTimeout;
  }

  /** The position in our stream that this acknowledgment number means. */
  ownPosition(acknowledgment: number): number {
    return toPosition(this.options.initialSequence, acknowledgment, this.sender.una);
  }

  /** The position in the peer's stream that this sequence number means. */
  peerPosition(sequence: number): number {
    return toPosition(this.peerInitialSequence, sequence, this.receiver.next);
  }

  /** The handshake begins: it has to be over in time, also when the link does not take the SYN at all. */
  opening(state: 'SYN-SENT' | 'SYN-RECEIVED', now: Ms): void {
    this.state = state;
    this.lifeDeadline = ms(now + this.options.synTimeout);
  }

  /** The peer's SYN: where its stream begins, what it takes. */
  synArrived(syn: TcpSegment): void {
    this.peerInitialSequence = syn.sequence;
    this.sender.peerTakes(syn.mss);
    this.sender.window.update(0, 0, syn.window);
  }

  /** The peer acknowledged our SYN. */
  handshakeDone(segment: TcpSegment, acknowledged: number, now: Ms): void {
    this.state = 'ESTABLISHED';
    this.lifeDeadline = NEVER;
    this.sender.window.update(0, acknowledged, segment.window);
    this.sender.acknowledged(acknowledged, this.userTimeout, now);
    this.sender.handshakeDone(this.isSynRetransmitted);
    if (this.sender.isFinished) {
      // RFC 9293 §3.10.4: a CLOSE in SYN-RECEIVED was queued until now.
      this.state = 'FIN-WAIT-1';
    }
  }

  /** The user is gone; what it gave is still sent, but not for ever. */
  orphan(now: Ms): void {
    this.isDetached = true;
    this.lifeDeadline = ms(now + ORPHAN_LIFETIME);
    this.finWait2(now);
  }

  /** In FIN-WAIT-2: an orphan does not wait long for the peer's FIN. */
  finWait2(now: Ms): void {
    if (this.isDetached && this.state === 'FIN-WAIT-2') {
      this.lifeDeadline = ms(now + ORPHAN_FIN_WAIT);
    }
  }

  /** Enters TIME-WAIT, or starts it anew. */
  timeWait(now: Ms): void {
    this.state = 'TIME-WAIT';
    this.sender.stop();
    this.lifeDeadline = ms(now + (this.options.timeWait ?? DEFAULT_TIME_WAIT));
  }

  /** Puts an answer in the queue. */
  answer(segment: TcpSegment | undefined): void {
    if (segment !== undefined && this.control.length < MAX_CONTROL_SEGMENTS) {
      this.control.push(segment);
    }
  }

  /** Tells the peer that the connection is gone: RFC 9293 §3.10.5, <SEQ=SND.NXT><CTL=RST>. */
  reset(): void {
    this.control.length = 0;
    this.control.push(this.segment(this.sender.emptySegmentPosition, tcpFlags.rst | tcpFlags.ack, NO_OCTETS));
  }

  /** Enters CLOSED. @param failure absent when the connection ended in the ordinary way */
  end(failure: TcpFailure | undefined): void {
    this.state = 'CLOSED';
    this.failure = failure;
    this.lifeDeadline = NEVER;
    this.sender.stop();
    this.acks.stop();
    if (failure !== undefined) {
      this.receiver.clear();
    }
  }

  /** A segment with the ACK bit's fields of this moment. */
  segment(position: number, flags: number, payload: Uint8Array): TcpSegment {
    const { localPort, remotePort, initialSequence } = this.options;
    return {
      sourcePort: localPort,
      destinationPort: remotePort,
      sequence: toSequence(initialSequence, position),
      acknowledgment: toSequence(this.peerInitialSequence, this.receiver.next),
      flags,
      window: this.receiver.advertise(),
      mss: undefined,
      payload,
    };
  }
}
