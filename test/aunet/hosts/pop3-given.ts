/** A maildrop to fetch from, and a POP3 client's side of a dialogue with the machine alone. */
import { northOneHost } from '../../../src/aunet/hosts/known-hosts.ts';
import type { Pop3Service } from '../../../src/aunet/hosts/mail-host.ts';
import { Maildrops } from '../../../src/aunet/hosts/maildrops.ts';
import {
  type Pop3Action,
  type Pop3Event,
  Pop3Machine,
  type Pop3MachineOptions,
} from '../../../src/aunet/hosts/pop3-machine.ts';
import { type AcceptedMail, Mailboxes } from '../../../src/aunet/mailboxes.ts';
import { type Ms, ms } from '../../../src/base/units.ts';

export const office = { user: 'office@north-one.example', password: 'river-watch' };
export const inClear: Pop3Service = { protocol: 'pop3', port: 110, tls: 'none' };
export const withStartTls: Pop3Service = { protocol: 'pop3', port: 110, tls: 'starttls' };
export const withTls: Pop3Service = { protocol: 'pop3', port: 995, tls: 'implicit' };

let count = 0;

export function mailTo(to: string | readonly string[], raw: string | Uint8Array): AcceptedMail {
  count += 1;
  return {
    type: 'mail',
    id: `MAIL${count}`,
    at: ms(count),
    host: 'mail.north-one.example',
    port: 587,
    tls: true,
    signIn: undefined,
    client: '100.64.0.2',
    helo: 'logger',
    from: 'logger@north-one.example',
    to: typeof to === 'string' ? [to] : to,
    raw: typeof raw === 'string' ? Buffer.from(raw) : raw,
  };
}

export function mailboxesWith(...raws: readonly (string | Uint8Array)[]): Mailboxes {
  const mailboxes = new Mailboxes();
  for (const raw of raws) {
    mailboxes.deliver(mailTo(office.user, raw));
  }
  return mailboxes;
}

export interface Talk {
  readonly machine: Pop3Machine;
  /** All that was done, in order. */
  readonly actions: Pop3Action[];
  event(event: Pop3Event, at?: Ms): string;
  /** @returns what the server sends to it, the client reading on */
  say(...lines: readonly string[]): string;
}

/** @param mailboxes a server's, or the maildrops that two clients share */
export function talk(
  mailboxes: Mailboxes | Maildrops,
  { service = inClear, ...more }: Partial<Pop3MachineOptions> = {},
): Talk {
  const machine = new Pop3Machine({
    host: northOneHost,
    service,
    allowsClearPasswords: false,
    maildrops: mailboxes instanceof Maildrops ? mailboxes : new Maildrops(mailboxes),
    nonce: '1896.697170952',
    ...more,
  });
  const actions: Pop3Action[] = [];
  const handle = (event: Pop3Event, at: Ms): string => {
    const done = machine.handle(event, at);
    actions.push(...done);
    return sentIn(done);
  };
  const event = (given: Pop3Event, at = ms(0)) => {
    let sent = handle(given, at);
    while (machine.isHolding) {
      sent += handle({ type: 'drained' }, at);
    }
    return sent;
  };
  return {
    machine,
    actions,
    event,
    say: (...lines) =>
      event({ type: 'octets', octets: Buffer.from(lines.map((line) => `${line}\r\n`).join('')) }),
  };
}

/** The same after the greeting and a sign-in as the office. */
export function signedIn(mailboxes: Mailboxes | Maildrops, more?: Partial<Pop3MachineOptions>): Talk {
  const session = talk(mailboxes, more);
  session.event({ type: 'start' });
  session.say(`USER ${office.user}`, `PASS ${office.password}`);
  return session;
}

export const sentIn = (actions: readonly Pop3Action[]): string =>
  actions
    .map((action) => (action.type === 'send' ? Buffer.from(action.octets).toString('latin1') : ''))
    .join('');
