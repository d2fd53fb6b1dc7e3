/** How long each step of a session may take. */
import { type Ms, minutes, seconds } from '../base/units.ts';
import type { SmtpPhase } from './submission.ts';

export type SmtpTimeLimits = Readonly<Record<SmtpPhase, Ms>>;

/** RFC 5321 §4.5.3.2 where it names a limit. A device on a battery sets shorter ones. */
export const standardTimeLimits: SmtpTimeLimits = {
  // The peer's SYN retries are over by then.
  connect: minutes(2),
  greeting: minutes(5), // §4.5.3.2.1
  ehlo: minutes(5),
  starttls: minutes(5),
  // The whole handshake: a few kilobytes, computed by a small processor and carried at 9600 bit/s.
  tls: minutes(2),
  auth: minutes(5),
  mail: minutes(5), // §4.5.3.2.2
  rcpt: minutes(5), // §4.5.3.2.3
  data: minutes(2), // §4.5.3.2.4
  // Without a single octet leaving. §4.5.3.2.5
  body: minutes(3),
  'end-of-data': minutes(10), // §4.5.3.2.6
  // The mail is through: nothing hangs on the farewell.
  quit: seconds(10),
};

/** The limits of a device: one for replies, one for the reply to the whole mail, one for connecting. */
export function deviceTimeLimits(limits: { connect: Ms; reply: Ms; finalReply: Ms }): SmtpTimeLimits {
  const { connect, reply, finalReply } = limits;
  return {
    connect,
    greeting: reply,
    ehlo: reply,
    starttls: reply,
    tls: reply,
    auth: reply,
    mail: reply,
    rcpt: reply,
    data: reply,
    body: reply,
    'end-of-data': finalReply,
    quit: standardTimeLimits.quit,
  };
}
