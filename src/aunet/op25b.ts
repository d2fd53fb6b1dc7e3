/**
 * Outbound Port 25 Blocking: TCP from the provider's dynamic addresses to port 25 outside its own net is cut,
 * whatever it carries. Submission (587, 465) and mail pick-up pass. https://www.nic.ad.jp/ja/basics/terms/OP25B.html
 */
import type { Ms } from '../base/units.ts';
import type { Calendar } from '../config/calendar.ts';
import type { Ipv4Address } from '../wire/ipv4.ts';
import { op25bStart } from './calendar.ts';

export const SMTP_PORT = 25;

/** In force by the calendar, always, or never. */
export type Op25bMode = 'calendar' | 'on' | 'off';

/** What the blocked sees: nothing (time-out), a RST, or ICMP "administratively prohibited". */
export type BlockedBy = 'drop' | 'reject' | 'icmp';

export interface Op25bPolicy {
  readonly mode: Op25bMode;
  readonly calendar: Calendar;
  readonly area: string;
  /** The provider's own mail servers, which port 25 still reaches. */
  isOwnMailServer(address: Ipv4Address): boolean;
}

/** Whether a SYN to this destination is cut off at this instant. */
export function isBlocked(
  policy: Op25bPolicy,
  destination: { address: Ipv4Address; port: number },
  at: Ms,
): boolean {
  return (
    destination.port === SMTP_PORT &&
    (policy.mode === 'on' ||
      (policy.mode === 'calendar' && at >= op25bStart(policy.calendar, policy.area))) &&
    !policy.isOwnMailServer(destination.address)
  );
}
