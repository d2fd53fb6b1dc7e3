import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { konaHost } from '../../../src/aunet/hosts/known-hosts.ts';
import { Maildrops } from '../../../src/aunet/hosts/maildrops.ts';
import { sizeOf, stuffedMail } from '../../../src/aunet/hosts/pop3-content.ts';
import { Mailboxes } from '../../../src/aunet/mailboxes.ts';
import { minutes, ms } from '../../../src/base/units.ts';
import {
  inClear,
  mailboxesWith,
  mailTo,
  office,
  sentIn,
  signedIn,
  talk,
  withStartTls,
  withTls,
} from './pop3-given.ts';

const SNOW = 'Subject: snow\r\n\r\n3 cm\r\n';
const DOTS = 'Subject: dots\r\n\r\n.one\r\n..two\r\n.\r\nend\r\n';
const PIPELINED = { type: 'octets' } as const;

describe('signing in', () => {
  it('greets with a timestamp and opens the maildrop of a name with or without its domain', () => {
    for (const user of [office.user, 'office']) {
      const session = talk(mailboxesWith(SNOW));
      expect(session.event({ type: 'start' })).toBe(
        '+OK mail.north-one.example POP3 <1896.697170952@mail.north-one.example>\r\n',
      );
      expect(session.say(`user ${user}`)).toBe('+OK send the password\r\n');
      expect(session.say('PASS river-watch')).toBe('+OK 1 messages\r\n');
      expect(session.actions.filter(({ type }) => type === 'sign-in')).toEqual([
        {
          type: 'sign-in',
          attempt: {
            user,
            mechanism: 'USER',
            tls: false,
            verdict: { verdict: 'accepted', user: office.user },
          },
        },
      ]);
    }
  });

  it('takes APOP, the digest of timestamp and password', () => {
    const session = talk(mailboxesWith());
    session.event({ type: 'start' });
    const digest = createHash('md5')
      .update('<1896.697170952@mail.north-one.example>river-watch')
      .digest('hex');
    expect(session.say(`APOP office ${digest}`)).toBe('+OK 0 messages\r\n');
    expect(session.actions).toContainEqual(
      expect.objectContaining({ attempt: expect.objectContaining({ mechanism: 'APOP' }) }),
    );
  });

  it('answers a wrong password and an unknown user alike, and closes after the third', () => {
    const session = talk(mailboxesWith());
    session.event({ type: 'start' });
    const failed = '-ERR [AUTH] authentication failed\r\n';
    expect(session.say('USER office', 'PASS rain')).toBe(`+OK send the password\r\n${failed}`);
    expect(session.say('APOP nobody 0123')).toBe(failed);
    expect(session.say('USER office', 'PASS snow', 'USER office')).toBe(`+OK send the password\r\n${failed}`);
    expect(session.actions.at(-1)).toEqual({ type: 'close' });
    const reasons = session.actions.flatMap((action) =>
      action.type === 'sign-in' && action.attempt.verdict.verdict === 'refused'
        ? [action.attempt.verdict.reason]
        : [],
    );
    expect(reasons).toEqual(['wrong password', 'unknown user', 'wrong password']);
    expect(JSON.stringify(session.actions.filter(({ type }) => type === 'sign-in'))).not.toMatch(/rain|snow/);
  });

  it('wants TLS before a password where it has TLS, unless clear passwords are allowed', () => {
    const strict = talk(mailboxesWith(), { service: withStartTls });
    strict.event({ type: 'start' });
    expect(strict.say('CAPA')).toMatch(/\r\nSTLS\r\n/);
    expect(strict.say('CAPA')).not.toMatch(/\r\nUSER\r\n/);
    expect(strict.say('USER office')).toBe('-ERR [AUTH] TLS is needed first (STLS)\r\n');
    expect(strict.say('PASS river-watch')).toBe('-ERR USER comes first\r\n');
    const lenient = signedIn(mailboxesWith(), { service: withStartTls, allowsClearPasswords: true });
    expect(lenient.say('STAT')).toBe('+OK 0 0\r\n');
  });

  it('reads the old server in clear', () => {
    const mailboxes = new Mailboxes();
    mailboxes.deliver(mailTo('Watch@KONA.co.jp', SNOW));
    const session = talk(mailboxes, { host: konaHost, service: inClear });
    session.event({ type: 'start' });
    expect(session.say('CAPA')).not.toMatch(/STLS/);
    expect(session.say('STLS')).toMatch(/^-ERR/);
    expect(session.say('USER watch', 'PASS river-level')).toMatch(/\+OK 1 messages\r\n$/);
  });

  it('lets one client in at a time, whatever the way it leaves', () => {
    const maildrops = new Maildrops(mailboxesWith(SNOW));
    for (const leave of ['quit', 'end', 'gone', 'silence'] as const) {
      const first = signedIn(maildrops);
      const second = talk(maildrops);
      second.event({ type: 'start' });
      const enter = () => second.say('USER office', 'PASS river-watch');
      expect(enter()).toMatch(/-ERR \[IN-USE\] /);
      if (leave === 'quit') {
        first.say('QUIT');
      } else if (leave === 'silence') {
        first.event({ type: 'time' }, minutes(10));
      } else {
        first.event({ type: leave });
      }
      expect(enter()).toMatch(/\+OK 1 messages\r\n$/);
      second.event({ type: 'gone' });
    }
  });
});

describe('TLS', () => {
  it('begins on request; what a client sent ahead in clear is forgotten', () => {
    const session = talk(mailboxesWith(SNOW), { service: withStartTls, allowsClearPasswords: true });
    session.event({ type: 'start' });
    session.say('USER office');
    expect(session.say('STLS', 'PASS river-watch', 'USER intruder')).toBe('+OK begin TLS\r\n');
    expect(session.actions.at(-1)).toEqual({ type: 'start-tls' });
    expect(session.event({ type: 'secured' })).toBe('');
    expect(session.say('PASS river-watch')).toBe('-ERR USER comes first\r\n');
    expect(session.say('CAPA')).not.toMatch(/STLS/);
    expect(session.say('STLS')).toBe('-ERR TLS is active\r\n');
    expect(session.say('USER office', 'PASS river-watch')).toMatch(/\+OK 1 messages\r\n$/);
    expect(session.actions).toContainEqual(
      expect.objectContaining({ attempt: expect.objectContaining({ tls: true }) }),
    );
  });

  it('greets within TLS on port 995, and waits two minutes for the handshake', () => {
    const session = talk(mailboxesWith(), { service: withTls });
    expect(session.event({ type: 'start' })).toBe('');
    expect(session.actions).toEqual([{ type: 'start-tls' }]);
    expect(session.event({ type: 'secured' })).toMatch(/^\+OK /);
    const silent = talk(mailboxesWith(), { service: withTls });
    silent.event({ type: 'start' });
    expect(silent.machine.deadline).toBe(minutes(2));
    silent.event({ type: 'time' }, minutes(2));
    expect(silent.actions.at(-1)).toEqual({ type: 'close' });
  });
});

describe('a maildrop', () => {
  it('lists, gives and cuts mails', () => {
    const session = signedIn(mailboxesWith(SNOW, DOTS));
    expect(session.say('STAT')).toBe(`+OK 2 ${SNOW.length + DOTS.length}\r\n`);
    expect(session.say('LIST')).toBe(
      `+OK 2 ${SNOW.length + DOTS.length}\r\n1 ${SNOW.length}\r\n2 ${DOTS.length}\r\n.\r\n`,
    );
    expect(session.say('LIST 2')).toBe(`+OK 2 ${DOTS.length}\r\n`);
    expect(session.say('RETR 2')).toBe(
      `+OK ${DOTS.length} octets\r\nSubject: dots\r\n\r\n..one\r\n...two\r\n..\r\nend\r\n.\r\n`,
    );
    expect(session.say('TOP 2 0')).toBe('+OK\r\nSubject: dots\r\n\r\n.\r\n');
    expect(session.say('TOP 2 2')).toBe('+OK\r\nSubject: dots\r\n\r\n..one\r\n...two\r\n.\r\n');
    expect(session.say('TOP 1 99')).toBe(`+OK\r\n${SNOW}.\r\n`);
    expect(session.say('NOOP')).toBe('+OK\r\n');
  });

  it('tells every mail apart by UIDL, in this session and the next', () => {
    const mailboxes = mailboxesWith(SNOW, SNOW);
    const first = signedIn(mailboxes).say('UIDL');
    expect(first).toMatch(/^\+OK [^\r]+\r\n1 ([!-~]{1,70})\r\n2 (?!\1\r)([!-~]{1,70})\r\n\.\r\n$/);
    expect(signedIn(mailboxes).say('UIDL')).toBe(first);
    expect(first).toContain(signedIn(mailboxes).say('UIDL 2').slice('+OK '.length));
  });

  it('deletes at QUIT only, and RSET takes it back', () => {
    const mailboxes = mailboxesWith(SNOW, DOTS);
    const session = signedIn(mailboxes);
    expect(session.say('DELE 1', 'DELE 1', 'RETR 1', 'STAT')).toBe(
      `+OK deleted\r\n-ERR no such message\r\n-ERR no such message\r\n+OK 1 ${DOTS.length}\r\n`,
    );
    expect(session.say('RSET', 'DELE 2')).toBe(`+OK 2 ${SNOW.length + DOTS.length}\r\n+OK deleted\r\n`);
    expect(mailboxes.all).toHaveLength(2);
    expect(session.say('QUIT')).toBe('+OK bye\r\n');
    expect(session.actions.slice(-3)).toMatchObject([
      { type: 'removed', user: office.user, count: 1 },
      { type: 'send' },
      { type: 'close' },
    ]);
    expect(signedIn(mailboxes).say('LIST')).toBe(`+OK 1 ${SNOW.length}\r\n1 ${SNOW.length}\r\n.\r\n`);
  });

  it.each(['end', 'gone'] as const)('keeps what was marked where the connection is lost (%s)', (type) => {
    const mailboxes = mailboxesWith(SNOW);
    const session = signedIn(mailboxes);
    session.say('DELE 1');
    session.event({ type });
    expect(session.actions.at(-1)).toEqual({ type: 'close' });
    expect(mailboxes.all).toHaveLength(1);
  });

  it('ends a silent session after ten minutes without a word and without deleting', () => {
    const mailboxes = mailboxesWith(SNOW);
    const session = signedIn(mailboxes);
    session.say('DELE 1');
    expect(session.event({ type: 'time' }, ms(minutes(10) - 1))).toBe('');
    expect(session.machine.deadline).toBe(minutes(10));
    expect(session.event({ type: 'time' }, minutes(10))).toBe('');
    expect(session.actions.at(-1)).toEqual({ type: 'close' });
    expect(mailboxes.all).toHaveLength(1);
  });

  it('leaves the mail to its other recipients, and forgets it with the last one', () => {
    const mailboxes = new Mailboxes();
    mailboxes.deliver(mailTo([office.user, 'logger@north-one.example'], SNOW));
    signedIn(mailboxes).say('DELE 1', 'QUIT');
    expect(mailboxes.of(office.user)).toEqual([]);
    expect(mailboxes.all).toHaveLength(1);
    const logger = talk(mailboxes);
    logger.event({ type: 'start' });
    logger.say('USER logger', 'PASS snow-depth', 'DELE 1', 'QUIT');
    expect(mailboxes.all).toEqual([]);
  });

  it('does not see what arrives while it is open', () => {
    const mailboxes = mailboxesWith(SNOW);
    const session = signedIn(mailboxes);
    mailboxes.deliver(mailTo(office.user, DOTS));
    expect(session.say('STAT')).toBe(`+OK 1 ${SNOW.length}\r\n`);
  });

  it.each([
    'RETR',
    'RETR 0',
    'RETR 2',
    'RETR -1',
    'RETR 1x',
    'DELE 9999999999',
    'TOP 1',
    'TOP 1 -1',
    'TOP 1 1 1',
  ])('refuses %s', (command) => {
    expect(signedIn(mailboxesWith(SNOW)).say(command)).toMatch(/^-ERR [^\r]+\r\n$/);
  });
});

describe('what a client sends', () => {
  it('gives one -ERR for a line of any length, and goes on', () => {
    const session = signedIn(mailboxesWith());
    for (let count = 0; count < 100; count += 1) {
      expect(session.event({ ...PIPELINED, octets: Buffer.from('X'.repeat(10_000)) })).toBe('');
    }
    expect(session.say('')).toBe('-ERR the line is too long\r\n');
    expect(session.say('X'.repeat(254))).toBe('-ERR the line is too long\r\n');
    expect(session.say('NOOP')).toBe('+OK\r\n');
  });

  it('ends with who speaks another protocol', () => {
    const session = talk(mailboxesWith());
    session.event({ type: 'start' });
    const replies = session.say(...Array.from({ length: 30 }, () => 'GET / HTTP/1.1')).split('\r\n');
    expect(replies.slice(-3)).toEqual(['-ERR no such command here', '-ERR too many bad commands', '']);
    expect(replies).toHaveLength(21);
  });

  it('holds back a mail that nobody reads, and ends when too much is sent ahead', () => {
    const { machine } = signedIn(mailboxesWith('x'.repeat(5_000_000)));
    const octets = Buffer.from('RETR 1\r\n'.repeat(1000));
    expect(sentIn(machine.handle({ ...PIPELINED, octets }, ms(0))).length).toBeLessThan(128 * 1024);
    expect(machine.isHolding).toBe(true);
    let actions = machine.handle({ ...PIPELINED, octets }, ms(0));
    expect(actions).toEqual([]);
    for (let count = 0; count < 40; count += 1) {
      actions = [...actions, ...machine.handle({ ...PIPELINED, octets }, ms(0))];
    }
    expect(actions).toEqual([{ type: 'close' }]);
  });

  it('answers all that was sent before the client ended its side', () => {
    const mailboxes = mailboxesWith('x'.repeat(200_000));
    const session = talk(mailboxes);
    let sent = sentIn(session.machine.handle({ type: 'start' }, ms(0)));
    const octets = Buffer.from('USER office\r\nPASS river-watch\r\nRETR 1\r\nDELE 1\r\nQUIT\r\n');
    sent += sentIn(session.machine.handle({ ...PIPELINED, octets }, ms(0)));
    sent += sentIn(session.machine.handle({ type: 'end' }, ms(0)));
    while (session.machine.isHolding) {
      sent += sentIn(session.machine.handle({ type: 'drained' }, ms(0)));
    }
    expect(sent).toMatch(/\r\n\.\r\n\+OK deleted\r\n\+OK bye\r\n$/);
    expect(mailboxes.all).toEqual([]);
  });

  it('means the same however it is cut', () => {
    const words = [
      'CAPA',
      'USER office',
      'PASS river-watch',
      'LIST',
      'RETR 1',
      'TOP 2 1',
      'UIDL',
      'DELE 1',
      'RSET',
    ];
    const line = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...words, 'NOOP', 'STAT', 'QUIT', 'PASS x', 'y'.repeat(400)) },
      fc.string({ maxLength: 300 }),
    );
    const signIn = fc.constantFrom([], ['USER office', 'PASS river-watch']);
    const dialogue = fc
      .tuple(signIn, fc.array(line, { maxLength: 12 }))
      .map(([first, rest]) => [...first, ...rest]);
    fc.assert(
      fc.property(dialogue, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (lines, cuts) => {
        const mails = mailboxesWith(SNOW, DOTS);
        const again = new Mailboxes();
        for (const mail of mails.all) {
          again.deliver(mail);
        }
        const whole = talk(mails);
        const octets = Buffer.from(lines.map((text) => `${text}\r\n`).join(''));
        whole.event({ type: 'start' });
        whole.event({ ...PIPELINED, octets });
        whole.event({ type: 'gone' });
        const cut = talk(again);
        cut.event({ type: 'start' });
        for (let from = 0, index = 0; from < octets.length; index += 1) {
          const size = cuts[index % cuts.length] ?? 1;
          cut.event({ ...PIPELINED, octets: octets.subarray(from, from + size) });
          from += size;
        }
        cut.event({ type: 'gone' });
        expect(sentIn(cut.actions)).toBe(sentIn(whole.actions));
        expect(again.all.length).toBe(mails.all.length);
      }),
    );
  });

  it('never throws, whatever comes in whatever order', () => {
    const event = fc.oneof(
      fc.uint8Array({ maxLength: 600 }).map((octets) => ({ type: 'octets', octets }) as const),
      fc
        .constantFrom('CAPA', 'STLS', 'USER office', 'PASS river-watch', 'RETR 1', 'QUIT')
        .map((text) => ({ type: 'octets', octets: Buffer.from(`${text}\r\n`) }) as const),
      fc
        .constantFrom('start', 'secured', 'drained', 'end', 'gone', 'time')
        .map((type) => ({ type }) as const),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(inClear, withStartTls, withTls),
        fc.boolean(),
        fc.array(event),
        (service, isOrderly, events) => {
          const maildrops = new Maildrops(mailboxesWith(SNOW));
          const session = talk(maildrops, { service, allowsClearPasswords: true });
          for (const [index, given] of [
            ...(isOrderly ? [{ type: 'start' } as const] : []),
            ...events,
          ].entries()) {
            session.event(given, ms(index * 60_000));
          }
          session.event({ type: 'gone' });
          expect(session.actions.filter(({ type }) => type === 'close')).toHaveLength(1);
          expect(session.machine.deadline).toBeUndefined();
          expect(maildrops.open([office.user])).toBeDefined();
        },
      ),
    );
  });
});

describe('a mail on its way', () => {
  /** What a client makes of a multi-line reply (RFC 1939 §3). */
  const unstuffed = (sent: string): string => {
    expect(sent).toMatch(/(^|\r\n)\.\r\n$/);
    const lines = sent.slice(0, -'.\r\n'.length).split('\r\n');
    expect(lines).not.toContain('.');
    return lines.map((line) => (line.startsWith('.') ? line.slice(1) : line)).join('\r\n');
  };
  const raw = fc
    .array(fc.constantFrom('.', '..', '\r\n', '\n', '\r', 'a', '\r\n.\r\n', '\n.\n', 'b'.repeat(20_000)), {
      maxLength: 40,
    })
    .map((parts) => parts.join(''));
  const joined = (pieces: Iterable<Uint8Array>) => Buffer.concat([...pieces]).toString('latin1');

  it('arrives as it was, its lines ended by CRLF, in as many octets as were told', () => {
    fc.assert(
      fc.property(raw, (text) => {
        const octets = Buffer.from(text, 'latin1');
        const received = unstuffed(joined(stuffedMail(octets)));
        const whole = text.replaceAll(/(?<!\r)\n/g, '\r\n');
        expect(received).toBe(whole === '' || whole.endsWith('\n') ? whole : `${whole}\r\n`);
        expect(received.length).toBe(sizeOf(octets));
      }),
    );
  });

  it('is cut by TOP after its header and so many lines', () => {
    fc.assert(
      fc.property(raw, fc.integer({ min: 0, max: 5 }), (text, lines) => {
        const octets = Buffer.from(text, 'latin1');
        const whole = unstuffed(joined(stuffedMail(octets)));
        const top = unstuffed(joined(stuffedMail(octets, lines)));
        expect(whole.startsWith(top)).toBe(true);
        const [, body] = /^(?:\r\n|[\s\S]*?\n\r\n)([\s\S]*)$/.exec(top) ?? [];
        expect((body ?? '').split('\n').length - 1).toBeLessThanOrEqual(lines);
      }),
    );
  });
});
