/** SEGMENT ARRIVES, RFC 9293 §3.10.7, in its order, with the hardening of RFC 5961. */
import type { Ms } from '../../base/units.ts';
import { type TcpSegment, tcpFlags } from '../../wire/tcp-segment.ts';
import type { ControlBlock } from './control-block.ts';
import { resetFor } from './reset.ts';
import { takesData } from './state.ts';

/** Changes the block as the segment says; what is to be answered is then in it. */
export function segmentArrives(tcb: ControlBlock, segment: TcpSegment, now: Ms): void {
  if (tcb.state === 'SYN-SENT') {
    arrivesInSynSent(tcb, segment, now);
  } else if (tcb.state === 'CLOSED' || tcb.state === 'LISTEN') {
    tcb.answer(resetFor(segment));
  } else {
    arrivesElsewhere(tcb, segment, now);
  }
}

// §3.10.7.3
function arrivesInSynSent(tcb: ControlBlock, segment: TcpSegment, now: Ms): void {
  const hasAck = (segment.flags & tcpFlags.ack) !== 0;
  const acknowledged = tcb.ownPosition(segment.acknowledgment);
  if (hasAck && (acknowledged <= 0 || acknowledged > tcb.sender.max)) {
    tcb.answer(resetFor(segment));
    return;
  }
  if ((segment.flags & tcpFlags.rst) !== 0) {
    if (hasAck) {
      tcb.end('refused');
    }
    return;
  }
  if ((segment.flags & tcpFlags.syn) === 0) {
    return;
  }
  tcb.synArrived(segment);
  if (!hasAck) {
    // Simultaneous open: the SYN is sent again, now with the ACK bit.
    tcb.state = 'SYN-RECEIVED';
    tcb.sender.synAgain();
    return;
  }
  tcb.handshakeDone(segment, acknowledged, now);
  tcb.acks.demand();
  dataArrives(tcb, 1, segment.payload, (segment.flags & tcpFlags.fin) !== 0, now);
}

// §3.10.7.4
function arrivesElsewhere(tcb: ControlBlock, segment: TcpSegment, now: Ms): void {
  const { flags, payload } = segment;
  const { receiver } = tcb;
  const edge = receiver.next + receiver.window;
  let position = tcb.peerPosition(segment.sequence);
  if ((flags & tcpFlags.rst) !== 0) {
    resetArrives(tcb, position, edge, now);
    return;
  }
  if ((flags & tcpFlags.syn) !== 0) {
    if (!isSynOfHandshake(tcb, segment, position, edge, now)) {
      return;
    }
    position += 1;
  }

  // First: the sequence number.
  const hasFin = (flags & tcpFlags.fin) !== 0;
  const end = position + payload.length + (hasFin ? 1 : 0);
  const isEmpty = end === position;
  // "If the RCV.WND is zero, special allowance should be made to accept valid ACKs": this is how a peer asks.
  const isProbe = edge === receiver.next && position === receiver.next;
  const isAcceptable = isEmpty
    ? isProbe || (position >= receiver.next && position < edge)
    : position < edge && end > receiver.next;
  if (!isAcceptable && !isProbe) {
    unacceptable(tcb, isEmpty, now);
    return;
  }

  // Fifth: the ACK field.
  if ((flags & tcpFlags.ack) === 0 || !acknowledgmentArrives(tcb, segment, position, end, now)) {
    return;
  }

  // Seventh and eighth: the data and the FIN, cut to the window.
  if (isEmpty) {
    return;
  }
  if (!isAcceptable) {
    tcb.acks.demand();
    return;
  }
  const from = Math.max(0, receiver.next - position);
  const to = Math.min(payload.length, edge - position);
  const isFinInside = hasFin && to === payload.length;
  dataArrives(tcb, position + from, payload.subarray(from, to), isFinInside, now);
}

/** RFC 5961 §3.2: a reset counts when it hits RCV.NXT exactly; in the window it is asked about. */
function resetArrives(tcb: ControlBlock, position: number, edge: number, now: Ms): void {
  if (position > tcb.receiver.next && position < edge) {
    tcb.acks.challenge(now);
  }
  if (position !== tcb.receiver.next) {
    return;
  }
  if (tcb.state === 'TIME-WAIT') {
    tcb.end(undefined);
  } else {
    tcb.end(tcb.state === 'SYN-RECEIVED' && !tcb.isPassive ? 'refused' : 'reset');
  }
}

/**
 * A SYN where a connection exists: RFC 5961 §4.2, unless it belongs to a handshake that is not over.
 *
 * @returns whether the rest of the segment counts
 */
function isSynOfHandshake(
  tcb: ControlBlock,
  segment: TcpSegment,
  position: number,
  edge: number,
  now: Ms,
): boolean {
  if (tcb.state !== 'SYN-RECEIVED') {
    tcb.acks.challenge(now);
    return false;
  }
  if (position === 0) {
    if ((segment.flags & tcpFlags.ack) !== 0 && tcb.ownPosition(segment.acknowledgment) === 1) {
      // Simultaneous open, RFC 9293 figure 8: both SYNs are acknowledged by SYN,ACKs.
      tcb.acks.demand();
      return true;
    }
    // Our SYN,ACK got lost, or the peer was faster than it.
    tcb.sender.synAgain();
  } else if (tcb.isPassive && position >= tcb.receiver.next && position < edge) {
    // §3.10.7.4, fourth: back to LISTEN.
    tcb.end('reset');
  } else {
    tcb.acks.challenge(now);
  }
  return false;
}

function unacceptable(tcb: ControlBlock, isEmpty: boolean, now: Ms): void {
  if (isEmpty) {
    tcb.acks.challenge(now);
    return;
  }
  tcb.acks.demand();
  if (tcb.state === 'TIME-WAIT') {
    // The peer's FIN again: its acknowledgment was lost.
    tcb.timeWait(now);
  }
}

/** @returns whether the rest of the segment counts */
function acknowledgmentArrives(
  tcb: ControlBlock,
  segment: TcpSegment,
  position: number,
  end: number,
  now: Ms,
): boolean {
  const { sender } = tcb;
  const acknowledged = tcb.ownPosition(segment.acknowledgment);
  if (tcb.state === 'SYN-RECEIVED') {
    if (acknowledged <= sender.una || acknowledged > sender.max) {
      tcb.answer(resetFor(segment));
      return false;
    }
    tcb.handshakeDone(segment, acknowledged, now);
    return true;
  }
  // RFC 5961 §5.2
  if (acknowledged > sender.max || acknowledged < sender.una - sender.window.largest) {
    tcb.acks.challenge(now);
    return false;
  }
  if (acknowledged < sender.una) {
    return true;
  }
  const isWindowChanged = sender.window.update(position, acknowledged, segment.window);
  if (acknowledged === sender.una) {
    sender.acknowledgedAgain(end === position && !isWindowChanged, now);
    return true;
  }
  sender.acknowledged(acknowledged, tcb.userTimeout, now);
  if (sender.isFinAcknowledged) {
    finAcknowledged(tcb, now);
  }
  return true;
}

function finAcknowledged(tcb: ControlBlock, now: Ms): void {
  if (tcb.state === 'FIN-WAIT-1') {
    tcb.state = 'FIN-WAIT-2';
    tcb.finWait2(now);
  } else if (tcb.state === 'CLOSING') {
    tcb.timeWait(now);
  } else if (tcb.state === 'LAST-ACK') {
    tcb.end(undefined);
  }
}

function dataArrives(
  tcb: ControlBlock,
  position: number,
  payload: Uint8Array,
  hasFin: boolean,
  now: Ms,
): void {
  if (!takesData(tcb.state)) {
    // Seventh and eighth: the peer has finished already, this can only be a repetition.
    return;
  }
  if (payload.length === 0 && !hasFin) {
    return;
  }
  if (tcb.isDetached && position + payload.length > tcb.receiver.next && payload.length > 0) {
    // RFC 9293 §3.10.4 with RFC 1122 §4.2.2.13: nobody will read it, and the peer has to know.
    tcb.reset();
    tcb.end('aborted');
    return;
  }
  tcb.acks.received(tcb.receiver.accept(position, payload, hasFin), payload.length, now);
  if (!tcb.receiver.isFinished) {
    return;
  }
  tcb.acks.demand();
  if (tcb.state === 'ESTABLISHED') {
    tcb.state = 'CLOSE-WAIT';
  } else if (tcb.state === 'FIN-WAIT-1') {
    tcb.state = 'CLOSING';
  } else if (tcb.state === 'FIN-WAIT-2') {
    tcb.timeWait(now);
  }
}
