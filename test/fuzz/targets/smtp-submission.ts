/** A submission, whole, in virtual time: a server that says anything, in any pieces, and goes at any time. */
import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { ms } from '../../../src/base/units.ts';
import { inVirtualTime, now } from '../../../src/base/virtual-time.ts';
import { composeMail } from '../../../src/smtp/compose.ts';
import type { SmtpAccount } from '../../../src/smtp/submission.ts';
import { submit } from '../../../src/smtp/submit.ts';
import { standardTimeLimits } from '../../../src/smtp/time-limits.ts';
import { duplexPair, reset } from '../../smtp/duplex-pair.ts';
import { smtpSessions, smtpWords } from '../corpus/smtp.ts';
import { type FuzzCase, type FuzzTarget, latin1, onceIn, pick } from '../target.ts';

const PASSWORD = 'secret-password';
const RECIPIENTS = ['monitor@test.local', 'second@test.local'];
/** Every step at its limit, the steps of each recipient more than once. */
const LONGEST_MS = 3 * Object.values(standardTimeLimits).reduce((sum, limit) => sum + limit, 0);

const mail = composeMail({
  from: { address: 'logger@test.local' },
  to: RECIPIENTS.map((address) => ({ address })),
  subject: '定時データ',
  text: 'time,discharge_m3s\n'.repeat(40),
  date: ms(0),
  messageId: { device: 'TEST', record: '1' },
});

/** Sends the pieces: as answers to what comes, or all at once, and then stays, ends or cuts. */
function hostileServer({ pieces, random }: FuzzCase, server: Duplex): void {
  const rest = [...pieces];
  const next = () => {
    const piece = rest.shift();
    if (piece !== undefined && server.writable) {
      server.write(piece);
      return true;
    }
    return false;
  };
  const atEnd = pick(random, ['stay', 'end', 'cut'] as const);
  const answersInTurn = onceIn(random, 2);
  server.on('error', () => {});
  server.on('data', () => {
    if (!next() && atEnd === 'end') {
      server.end();
    } else if (rest.length === 0 && atEnd === 'cut') {
      server.destroy(reset());
    }
  });
  if (answersInTurn) {
    next();
  } else {
    while (next()) {}
  }
}

async function play(given: FuzzCase): Promise<void> {
  const { random } = given;
  const account: SmtpAccount = {
    host: 'mail.test',
    port: 587,
    tls: pick(random, ['off', 'off', 'opportunistic', 'required', 'implicit'] as const),
    auth: { user: 'u', password: PASSWORD },
    allowCleartextAuth: onceIn(random, 2),
  };
  const startedAt = now();
  const shown: string[] = [];
  const [client, server] = duplexPair();
  hostileServer(given, server);
  const reply = await submit(mail, account, async () => client, {
    trace: ({ text }) => shown.push(text),
  });
  assert.ok(now() - startedAt <= LONGEST_MS, `it took ${(now() - startedAt) / 1000} s`);
  assert.deepEqual([...reply.recipients.keys()], RECIPIENTS);
  const told = JSON.stringify([reply, [...reply.recipients], shown]);
  for (const secret of [PASSWORD, Buffer.from(`\0u\0${PASSWORD}`).toString('base64')]) {
    assert.ok(!told.includes(secret), 'a secret is shown');
  }
  server.destroy();
}

/** A server that goes on and on; the session ends when it is over its limits. */
function endless(name: string, before: string, piece: string) {
  return {
    name,
    piece: latin1(piece.repeat(Math.ceil(4000 / piece.length))),
    open() {
      const [client, server] = duplexPair();
      server.on('error', () => {});
      server.resume();
      server.write(latin1(before));
      const account: SmtpAccount = { host: 'mail.test', port: 587, tls: 'off' };
      void submit(mail, account, async () => client);
      return async (octets: Uint8Array) => {
        if (octets.length === 0) {
          server.destroy();
        } else if (server.writable) {
          server.write(octets);
        }
        await new Promise((resolve) => setImmediate(resolve));
      };
    },
  };
}

export const smtpSubmission: FuzzTarget = {
  name: 'smtp-submission',
  corpus: smtpSessions,
  dictionary: smtpWords,
  cpuMs: 1500,
  attempt: (given) => inVirtualTime({ startAt: ms(0), random: given.random }, () => play(given)),
  endless: [
    endless('line', '', '220 x'),
    endless('reply', '220 mail.test\r\n', '250-x\r\n'),
    endless('replies', '220 mail.test\r\n', '250 ok\r\n'),
  ],
};
