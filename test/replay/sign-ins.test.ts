import { describe, expect, it } from 'vitest';
import { OctetStream } from '../../src/replay/octet-stream.ts';
import { SignIns } from '../../src/replay/sign-ins.ts';
import { StreamComparison } from '../../src/replay/stream-comparison.ts';

const streamOf = (text: string): OctetStream => {
  const stream = new OctetStream();
  stream.add(0, Buffer.from(text, 'latin1'));
  return stream;
};
const base64 = (text: string) => Buffer.from(text).toString('base64');
const digestOfThen = '0'.repeat(32);

describe('an answer to a fresh challenge', () => {
  it('is that of RFC 2195 for CRAM-MD5, in however many pieces it is said', () => {
    const then = base64(`tim ${digestOfThen}`);
    const own = streamOf(`AUTH CRAM-MD5\r\n${then}\r\nMAIL FROM:<a@b.example>\r\n`);
    const signIns = new SignIns(own, () => 'tanstaaftanstaaf', false);
    const challenge = (stamp: string) => `334 ${base64(stamp)}\r\n`;
    const comparison = new StreamComparison(streamOf(challenge('<1.2@then.example>')), {
      isRedacted: false,
      signIns,
    });
    const fresh = challenge('<1896.697170952@postoffice.reston.mci.net>');
    expect(comparison.hear(Buffer.from(fresh))).toBeUndefined();
    const said = [own.whole.subarray(0, 25), own.whole.subarray(25)].map((piece, index) =>
      Buffer.from(signIns.answered(index * 25, piece)).toString(),
    );
    expect(said.join('')).toBe(
      `AUTH CRAM-MD5\r\n${base64('tim b913a602c7eda7a495b4e6e7334d3890')}\r\nMAIL FROM:<a@b.example>\r\n`,
    );
  });

  it('is that of RFC 1939 for APOP', () => {
    const own = streamOf(`APOP mrose ${digestOfThen}\r\nSTAT\r\n`);
    const signIns = new SignIns(own, () => 'tanstaaf', false);
    const greeting = '+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>\r\n';
    expect(signIns.judge('+OK POP3 server ready <1.2@then.example>\r\n', greeting)).toBe('same');
    signIns.heard(greeting);
    expect(Buffer.from(signIns.answered(0, own.whole)).toString()).toBe(
      'APOP mrose c4c9334bac560ecc979e58001b3e22fb\r\nSTAT\r\n',
    );
  });

  it('is not asked for where nobody signs in', () => {
    const signIns = new SignIns(streamOf('QUIT\r\n'), () => undefined, false);
    expect(signIns.judge('+OK <1.2@a.example>\r\n', '+OK <3.4@a.example>\r\n')).toBe('same');
    expect(signIns.judge('250 one\r\n', '550 two\r\n')).toBeUndefined();
  });
});

describe('a server that greets by the address of its client', () => {
  it('says the same to another address, and not where something else differs', () => {
    const line = (address: string, name = 'mail') => `250-${name} Nice to meet you, [${address}]\r\n`;
    const hear = (live: string) =>
      new StreamComparison(streamOf(line('100.64.0.4')), { isRedacted: false }).hear(Buffer.from(live));
    expect(hear(line('100.64.0.2'))).toBeUndefined();
    expect(hear(line('100.64.0.2', 'other'))).toBeDefined();
  });
});

describe('a difference in a sign-in', () => {
  it('shows no password', () => {
    const recorded = streamOf(`AUTH PLAIN ${base64('\0user\0hidden')}\r\n`);
    const comparison = new StreamComparison(recorded, { isRedacted: false });
    const difference = comparison.hear(Buffer.from(`AUTH PLAIN ${base64('\0user\0secret')}\r\n`));
    expect(difference).toEqual({
      expected: JSON.stringify('AUTH PLAIN ***\r\n'),
      found: JSON.stringify('AUTH PLAIN ***\r\n'),
    });
    const login = new StreamComparison(streamOf(`AUTH LOGIN\r\n${base64('a user')}\r\n`), {
      isRedacted: false,
    });
    expect(login.hear(Buffer.from(`AUTH LOGIN\r\n${base64('another')}\r\n`))).toEqual({
      expected: 'an answer of a sign-in (not shown)',
      found: 'an answer of a sign-in (not shown)',
    });
  });
});
