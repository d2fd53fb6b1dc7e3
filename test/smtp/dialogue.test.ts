import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Dialogue } from '../../src/smtp/dialogue.ts';

function dialogue() {
  const lines: string[] = [];
  return {
    lines,
    dialogue: new Dialogue(['hunter2'], ({ direction, text }) => lines.push(`${direction} ${text}`)),
  };
}

describe('a dialogue', () => {
  test('gives each of several pipelined commands its own reply', () => {
    const { dialogue: session } = dialogue();
    session.connected(false);
    session.received('220 ready');
    for (const line of ['MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'RCPT TO:<e@f>', 'DATA']) {
      session.sent(line);
    }
    expect(session.phase).toBe('mail');
    session.received('250 ok');
    session.received('550 5.1.1 no');
    expect(session.phase).toBe('rcpt');
    session.received('250 ok');
    session.received('354 go');
    expect(session.phase).toBe('body');
    session.bodyEnded(10);
    expect(session.phase).toBe('end-of-data');
    expect([...session.recipientReplies].map(([recipient, { code }]) => [recipient, code])).toEqual([
      ['c@d', 550],
      ['e@f', 250],
    ]);
  });

  test('waits in the handshake between the go-ahead and the second EHLO, and forgets the first', () => {
    const { dialogue: session } = dialogue();
    session.connected(false);
    session.received('220 ready');
    session.sent('EHLO x');
    session.received('250-m\n250-AUTH PLAIN\n250 STARTTLS');
    session.sent('STARTTLS');
    session.received('220 go');
    expect(session.phase).toBe('tls');
    session.sent('EHLO x');
    session.received('250 m');
    expect(session.capabilities).toMatchObject({ startTls: false, authMechanisms: [] });
  });

  test('shows nothing of an AUTH exchange but its mechanism', () => {
    const { dialogue: session, lines } = dialogue();
    session.connected(false);
    session.received('220 ready');
    session.sent('AUTH LOGIN');
    session.received('334 VXNlcm5hbWU6');
    session.sent('dXNlcg==');
    session.received('334 UGFzc3dvcmQ6');
    session.sent('aHVudGVyMg==');
    session.received('535 hunter2 is wrong');
    expect(lines.slice(1)).toEqual([
      '> AUTH LOGIN',
      '< 334 ********',
      '> ********',
      '< 334 ********',
      '> ********',
      '< 535 ******** is wrong',
    ]);
  });

  test('holds a bounded amount, whatever is said', () => {
    const line = fc.string({ unit: 'binary', maxLength: 400 });
    const event = fc.oneof(
      line.map((text) => ({ type: 'sent', text }) as const),
      line.map((text) => ({ type: 'received', text }) as const),
      fc.constant({ type: 'received', text: '250 ok' } as const),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        const { dialogue: session } = dialogue();
        session.connected(false);
        for (const { type, text } of events) {
          session[type](text);
        }
        expect(session.evidence.length).toBeLessThanOrEqual(40);
        expect(session.evidence.every((text) => text.length <= 302 && !/\p{Cc}/u.test(text))).toBe(true);
      }),
    );
  });
});
