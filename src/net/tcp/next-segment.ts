/** What a connection sends next: RFC 9293 §3.8, one segment a call. */
import type { Ms } from '../../base/units.ts';
import { type TcpSegment, tcpFlags } from '../../wire/tcp-segment.ts';
import { type ControlBlock, HEADERS_BYTES, NO_OCTETS } from './control-block.ts';
import type { SendPlan } from './send-side.ts';

/** The segment to be sent now; `undefined` when there is nothing (more) to send. */
export function nextSegment(tcb: ControlBlock, now: Ms): TcpSegment | undefined {
  const { control, sender, acks, state } = tcb;
  if (control.length > 0 || state === 'CLOSED') {
    return control.shift();
  }
  if (sender.isSynDue) {
    return synSegment(tcb, now);
  }
  if (state === 'SYN-SENT' || state === 'SYN-RECEIVED') {
    return acks.isDue ? emptySegment(tcb) : undefined;
  }
  if (acks.isDuplicateOwed) {
    return emptySegment(tcb);
  }
  const plan = sender.plan(now);
  if (plan !== undefined) {
    return dataSegment(tcb, plan, now);
  }
  return acks.isDue ? emptySegment(tcb) : undefined;
}

function synSegment(tcb: ControlBlock, now: Ms): TcpSegment {
  const { synTimeout, mru } = tcb.options;
  tcb.sender.synSent(synTimeout, now);
  const mss = mru - HEADERS_BYTES;
  if (tcb.state === 'SYN-SENT') {
    return { ...tcb.segment(0, tcpFlags.syn, NO_OCTETS), acknowledgment: 0, mss };
  }
  tcb.acks.sent(false);
  return { ...tcb.segment(0, tcpFlags.syn | tcpFlags.ack, NO_OCTETS), mss };
}

function dataSegment(tcb: ControlBlock, plan: SendPlan, now: Ms): TcpSegment {
  const { sender } = tcb;
  const payload = sender.payloadOf(plan);
  let flags: number = tcpFlags.ack;
  if (plan.hasFin) {
    flags |= tcpFlags.fin;
  }
  if (plan.length > 0 && sender.isLast(plan)) {
    // RFC 9293 §3.9.1.2: PSH when the buffer is empty with this segment.
    flags |= tcpFlags.psh;
  }
  sender.sent(plan, tcb.userTimeout, now);
  tcb.acks.sent(false);
  return tcb.segment(plan.position, flags, payload);
}

function emptySegment(tcb: ControlBlock): TcpSegment {
  tcb.acks.sent(true);
  return tcb.segment(tcb.sender.emptySegmentPosition, tcpFlags.ack, NO_OCTETS);
}
