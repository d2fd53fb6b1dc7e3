/**
 * When to send again, RFC 6298: the round-trip time as measured, the RTO made of it, Karn's rule, back-off,
 * and the moment to give up (RFC 9293 §3.8.3, R2). Counts positions of ./sequence.ts.
 */
import { type Ms, ms, seconds } from '../../base/units.ts';
import { NEVER } from './state.ts';

/** RFC 6298 (2.1). */
const INITIAL_RTO = seconds(1);
/** RFC 6298 (2.4). */
const MIN_RTO = seconds(1);
/** RFC 6298 (2.5): at least 60 s. */
const MAX_RTO = seconds(60);
/** RFC 6298 (5.7): the RTO for data after the SYN had to be sent again. */
const RTO_AFTER_LOST_SYN = seconds(3);
/** Date.now() counts whole milliseconds: G of RFC 6298. */
const CLOCK_GRANULARITY = 1;
/** A start bit, eight data bits, a stop bit. */
const LINE_BITS_PER_OCTET = 10;
/** One segment in the line, one ahead of it in the link's queue, and as much for the acknowledgment's way back. */
const SEGMENT_TIMES_IN_FLOOR = 3;

/**
 * The smallest RTO that is honest on a line of this speed: at 9600 bit/s a segment of 1500 octets takes 1.56 s.
 *
 * @param bitRate bit/s; `undefined` when the link does not know
 * @param mtu octets of the largest packet
 */
export function rtoFloor(bitRate: number | undefined, mtu: number): Ms {
  if (bitRate === undefined || bitRate <= 0) {
    return MIN_RTO;
  }
  const packetMs = (mtu * LINE_BITS_PER_OCTET * 1000) / bitRate;
  return ms(Math.min(MAX_RTO, Math.max(MIN_RTO, Math.ceil(SEGMENT_TIMES_IN_FLOOR * packetMs))));
}

export class RetransmissionTimer {
  readonly #floor: Ms;
  #smoothedRtt: number | undefined;
  #rttVariation = 0;
  #rto: number = INITIAL_RTO;
  /** The end of the one segment that is being timed, and when it was sent. */
  #timedEnd: number | undefined;
  #timedAt: number = 0;
  #deadline: Ms = NEVER;
  /** Since when the peer has not acknowledged anything new; NEVER while nothing is outstanding. */
  #silentSince: number = NEVER;
  #retransmissions = 0;

  /** @param floor see {@link rtoFloor} */
  constructor(floor: Ms) {
    this.#floor = floor;
  }

  get deadline(): Ms {
    return this.#deadline;
  }

  get rto(): Ms {
    return ms(this.#rto);
  }

  /** How often the timer expired since something new was acknowledged. */
  get retransmissions(): number {
    return this.#retransmissions;
  }

  get isRunning(): boolean {
    return this.#deadline !== NEVER;
  }

  /**
   * A segment that occupies sequence space left.
   *
   * @param end the position after it
   * @param isNew whether none of it was sent before (Karn: only such a segment may be timed)
   * @param giveUpAfter R2, counted from the first segment that stays unanswered
   */
  sent(end: number, isNew: boolean, giveUpAfter: Ms, now: Ms): void {
    if (isNew) {
      if (this.#timedEnd === undefined) {
        this.#timedEnd = end;
        this.#timedAt = now;
      }
    } else {
      this.#timedEnd = undefined;
    }
    if (this.#silentSince === NEVER) {
      this.#silentSince = now;
    }
    if (this.#deadline === NEVER) {
      this.#arm(giveUpAfter, now);
    }
  }

  /** Something new was acknowledged, up to `una`. */
  acknowledged(una: number, isAllAcknowledged: boolean, giveUpAfter: Ms, now: Ms): void {
    if (this.#timedEnd !== undefined && una >= this.#timedEnd) {
      this.#measured(Math.max(0, now - this.#timedAt));
      this.#timedEnd = undefined;
    }
    this.#retransmissions = 0;
    if (isAllAcknowledged) {
      this.stop();
    } else {
      this.#silentSince = now;
      this.#arm(giveUpAfter, now);
    }
  }

  /** The peer answered without acknowledging anything new, in a way that shows that it lives (zero window). */
  peerLives(now: Ms): void {
    if (this.#silentSince !== NEVER) {
      this.#silentSince = now;
    }
  }

  /** Nothing is outstanding. */
  stop(): void {
    this.#deadline = NEVER;
    this.#silentSince = NEVER;
  }

  /** The deadline has come: RFC 6298 (5.4) to (5.6). The timer runs again when the segment is sent again. */
  expired(giveUpAfter: Ms, now: Ms): 'retransmit' | 'give-up' {
    this.#timedEnd = undefined;
    this.#deadline = NEVER;
    if (now - this.#silentSince >= giveUpAfter) {
      return 'give-up';
    }
    this.#retransmissions += 1;
    this.#rto = Math.min(MAX_RTO, this.#rto * 2);
    return 'retransmit';
  }

  /** The handshake is over: from here on the RTO is that of full segments. */
  handshakeDone(wasSynRetransmitted: boolean): void {
    if (this.#smoothedRtt === undefined) {
      this.#rto = Math.max(this.#floor, wasSynRetransmitted ? RTO_AFTER_LOST_SYN : INITIAL_RTO);
    }
    this.#rto = Math.max(this.#floor, this.#rto);
    this.#retransmissions = 0;
  }

  #arm(giveUpAfter: Ms, now: Ms): void {
    this.#deadline = ms(Math.min(now + this.#rto, Math.max(now, this.#silentSince + giveUpAfter)));
  }

  /** RFC 6298 (2.2), (2.3). */
  #measured(rtt: number): void {
    if (this.#smoothedRtt === undefined) {
      this.#smoothedRtt = rtt;
      this.#rttVariation = rtt / 2;
    } else {
      this.#rttVariation += (Math.abs(this.#smoothedRtt - rtt) - this.#rttVariation) / 4;
      this.#smoothedRtt += (rtt - this.#smoothedRtt) / 8;
    }
    const rto = this.#smoothedRtt + Math.max(CLOCK_GRANULARITY, 4 * this.#rttVariation);
    this.#rto = Math.min(MAX_RTO, Math.max(this.#floor, rto));
  }
}
