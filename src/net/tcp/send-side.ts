/**
 * What is sent next, RFC 9293 §3.8: the send sequence variables, the segment size, and the avoidance of silly
 * windows (§3.8.6.2.1). Nagle's algorithm is off: mail is dialogue, then bulk. Positions as in ./sequence.ts.
 */
import type { Ms } from '../../base/units.ts';
import { CongestionControl } from './congestion.ts';
import { PeerWindow } from './peer-window.ts';
import { PersistTimer } from './persist.ts';
import { RetransmissionTimer, rtoFloor } from './retransmission.ts';
import { SendBuffer } from './send-buffer.ts';

/** RFC 9293 §3.7.1: for a peer that did not say. */
const DEFAULT_MSS = 536;
/** A peer, or an ICMP message, that asks for less would make headers of all the traffic. */
const SMALLEST_MSS = 64;
/** Headers of IP and TCP without options. */
const HEADERS_BYTES = 40;

/** What a segment carries, and why it leaves. */
export interface SendPlan {
  /** At SND.NXT; again at SND.UNA, out of turn; or beyond the window, to ask. */
  readonly kind: 'next' | 'again' | 'probe';
  readonly position: number;
  readonly length: number;
  readonly hasFin: boolean;
}

export interface SendSideOptions {
  readonly mtu: number;
  readonly bitRate: number | undefined;
  readonly bufferBytes: number;
}

export class SendSide {
  readonly retransmission: RetransmissionTimer;
  readonly persist = new PersistTimer();
  readonly congestion = new CongestionControl();
  readonly window = new PeerWindow();
  readonly #buffer: SendBuffer;
  #largestSegment: number;
  #mss = DEFAULT_MSS;
  /** SND.UNA */
  #una = 0;
  /** SND.NXT: falls back to SND.UNA when the retransmission timer expires. */
  #next = 0;
  /** The position after everything ever sent. */
  #max = 0;
  /** The position after the last octet that the user gave. */
  #end = 1;
  #isFinished = false;
  /** The segment at SND.UNA is to be sent again out of turn. */
  #isHeadDue = false;
  #isProbeDue = false;
  #lastSentAt = 0;

  constructor(options: SendSideOptions) {
    this.#largestSegment = options.mtu - HEADERS_BYTES;
    this.#buffer = new SendBuffer(options.bufferBytes);
    this.retransmission = new RetransmissionTimer(rtoFloor(options.bitRate, options.mtu));
  }

  get una(): number {
    return this.#una;
  }

  get max(): number {
    return this.#max;
  }

  get room(): number {
    return this.#isFinished ? 0 : this.#buffer.room;
  }

  /** Octets of the user's data that the peer has acknowledged. */
  get acknowledgedBytes(): number {
    return Math.min(Math.max(0, this.#una - 1), this.#end - 1);
  }

  /** Octets of the user's data that the peer has not acknowledged. */
  get unacknowledgedBytes(): number {
    return Math.max(0, this.#end - Math.max(1, this.#una));
  }

  /** Whether the user has nothing more to send than what is here. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  get isFinAcknowledged(): boolean {
    return this.#isFinished && this.#una > this.#end;
  }

  /** SEG.SEQ of a segment without data: one that the peer's window takes, or it would not heed the ACK. */
  get emptySegmentPosition(): number {
    return Math.min(this.#max, Math.max(1, this.#una + this.window.size));
  }

  /** Whether the SYN is to be sent (again). */
  get isSynDue(): boolean {
    return this.#next === 0;
  }

  synAgain(): void {
    this.#next = 0;
  }

  /** The SYN leaves. @param giveUpAfter how long it may stay unanswered */
  synSent(giveUpAfter: Ms, now: Ms): void {
    this.retransmission.sent(1, this.#max === 0, giveUpAfter, now);
    this.#next = 1;
    this.#max = 1;
  }

  /** The peer's SYN came: its MSS option, or none. A segment must fit the peer and the link (RFC 6691). */
  peerTakes(mss: number | undefined): void {
    this.#mss = Math.min(this.#largestSegment, Math.max(SMALLEST_MSS, mss ?? DEFAULT_MSS));
  }

  /** The path takes smaller packets only: what is on its way is lost, and sent again in smaller segments. */
  limitPackets(mtu: number): void {
    const mss = Math.max(SMALLEST_MSS, (mtu === 0 ? DEFAULT_MSS + HEADERS_BYTES : mtu) - HEADERS_BYTES);
    if (mss < this.#mss) {
      this.#largestSegment = mss;
      this.#mss = mss;
      this.#next = this.#una;
      this.retransmission.stop();
    }
  }

  /** The peer acknowledged the SYN. */
  handshakeDone(wasSynRetransmitted: boolean): void {
    this.retransmission.handshakeDone(wasSynRetransmitted);
    this.congestion.start(this.#mss, wasSynRetransmitted);
  }

  /** Takes as much of the user's data as there is room for; gives back how much. */
  append(octets: Uint8Array): number {
    const taken = this.#isFinished ? 0 : this.#buffer.append(octets);
    this.#end += taken;
    return taken;
  }

  /** The user has nothing more to send: the FIN follows the data. */
  finish(): void {
    this.#isFinished = true;
  }

  /** SND.UNA < SEG.ACK =< what was ever sent. */
  acknowledged(position: number, giveUpAfter: Ms, now: Ms): void {
    const octets = Math.min(position, this.#end) - Math.max(1, Math.min(this.#una, this.#end));
    if (octets > 0) {
      this.#buffer.drop(octets);
    }
    const advanced = position - this.#una;
    this.#una = position;
    this.#next = Math.max(this.#next, position);
    this.#isHeadDue = this.congestion.acknowledged(advanced, position);
    this.retransmission.acknowledged(position, this.#next === position, giveUpAfter, now);
    this.persist.answered(now);
  }

  /** An acknowledgment of nothing new. @param isBare no data, and the window as before (RFC 5681 §2) */
  acknowledgedAgain(isBare: boolean, now: Ms): void {
    if (this.window.size === 0 || this.persist.isRunning) {
      // RFC 9293 §3.8.6.1: a shut window is no reason to give up while the peer answers.
      this.persist.answered(now);
      this.retransmission.peerLives(now);
    } else if (isBare && this.#next > this.#una && this.congestion.duplicate(this.#una, this.#max)) {
      this.#isHeadDue = true;
    }
  }

  /** The retransmission timer expired: everything unacknowledged is to be sent again, as the windows allow. */
  goBack(): void {
    if (this.#una > 0) {
      this.congestion.timedOut(this.#una, this.#max, this.retransmission.retransmissions <= 1);
    }
    this.#next = this.#una;
    this.#isHeadDue = false;
  }

  /** The persist timer expired: the peer is to be asked. */
  probe(): void {
    this.#isProbeDue = true;
  }

  /** What leaves next, if anything may; starts or stops the persist timer. */
  plan(now: Ms): SendPlan | undefined {
    if (this.#isHeadDue && this.#next > this.#una) {
      return this.#planAgain();
    }
    this.#isHeadDue = false;
    const unsent = this.#end - this.#next;
    const isFinDue = this.#isFinished && unsent >= 0;
    if (unsent <= 0 && !isFinDue) {
      this.persist.stop();
      return undefined;
    }
    if (this.#max === this.#una && now - this.#lastSentAt > this.retransmission.rto) {
      this.congestion.restartAfterIdle();
    }
    const usable = this.#una + Math.min(this.window.size, this.congestion.allowance) - this.#next;
    const length = Math.max(0, Math.min(unsent, usable, this.#mss));
    const hasFin = isFinDue && length === unsent && usable > length;
    if ((length > 0 || hasFin) && this.#isWorthIt(length, unsent)) {
      return { kind: 'next', position: this.#next, length, hasFin };
    }
    if (this.#next > this.#una) {
      // Something is on its way; its acknowledgment will say more.
      return undefined;
    }
    return this.#planProbe(unsent, usable, now);
  }

  /** The user's octets of a planned segment; good until the next event. */
  payloadOf(plan: SendPlan): Uint8Array {
    return this.#buffer.view(plan.position - Math.max(1, this.#una), plan.length);
  }

  /** Whether the user's data ends with this segment. */
  isLast(plan: SendPlan): boolean {
    return plan.position + plan.length === this.#end;
  }

  /** A planned segment leaves. */
  sent(plan: SendPlan, giveUpAfter: Ms, now: Ms): void {
    const end = plan.position + plan.length + (plan.hasFin ? 1 : 0);
    const isNew = plan.position >= this.#max;
    this.#max = Math.max(this.#max, end);
    this.#lastSentAt = now;
    this.#isProbeDue = false;
    if (plan.kind === 'probe') {
      return;
    }
    if (plan.kind === 'again') {
      this.#isHeadDue = false;
    } else {
      this.#next = end;
      this.persist.stop();
    }
    this.retransmission.sent(end, isNew, giveUpAfter, now);
  }

  /** Nothing leaves any more. */
  stop(): void {
    this.retransmission.stop();
    this.persist.stop();
    this.#buffer.clear();
    this.#isHeadDue = false;
    this.#isProbeDue = false;
  }

  /** RFC 9293 §3.8.6.2.1: (1) a full segment, (2) all there is, as Nagle is off, (3) half the peer's largest window. */
  #isWorthIt(length: number, unsent: number): boolean {
    return length === this.#mss || length === unsent || length * 2 >= this.window.largest;
  }

  #planAgain(): SendPlan {
    const length = Math.min(this.#mss, this.#end - this.#una, this.#next - this.#una);
    return { kind: 'again', position: this.#una, length, hasFin: length === 0 };
  }

  /** Nothing is on its way, and the window does not let anything out. */
  #planProbe(unsent: number, usable: number, now: Ms): SendPlan | undefined {
    if (!this.persist.isRunning) {
      this.persist.start(this.retransmission.rto, now);
      return undefined;
    }
    if (!this.#isProbeDue) {
      return undefined;
    }
    if (usable > 0) {
      // RFC 9293 §3.8.6.2.1 (4): the override for a window that stays small.
      const length = Math.min(unsent, usable, this.#mss);
      return { kind: 'next', position: this.#next, length, hasFin: false };
    }
    return { kind: 'probe', position: this.#next, length: Math.min(unsent, 1), hasFin: unsent === 0 };
  }
}
