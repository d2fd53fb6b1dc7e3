import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCapabilities, parseSmtpReply, readable } from '../../src/smtp/smtp-reply.ts';

describe('a reply', () => {
  test.each([
    [
      '535 5.7.8 Authentication credentials invalid',
      535,
      '5.7.8',
      '5.7.8 Authentication credentials invalid',
    ],
    ['250', 250, undefined, ''],
    ['250-5.7.8 odd\n250 ok', 250, undefined, '5.7.8 odd ok'],
    ['550-5.1.1 no such\n550 5.1.1 user', 550, '5.1.1', '5.1.1 no such 5.1.1 user'],
    ['421 4.3.2', 421, '4.3.2', '4.3.2'],
  ])('%j is read', (lines, code, enhancedCode, text) => {
    expect(parseSmtpReply(lines)).toEqual({ code, enhancedCode, text });
  });

  test.each(['SSH-2.0-OpenSSH', '2500 ok', '150 ok', '25', '', '250-a\n251 b', '250-more'.slice(0, 2)])(
    '%j is none',
    (lines) => {
      expect(parseSmtpReply(lines)).toBeUndefined();
    },
  );

  test('that echoes the password is masked', () => {
    expect(parseSmtpReply('535 hunter2 is wrong', ['hunter2'])?.text).toBe('******** is wrong');
  });

  test('never throws, never grows, never holds a control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(readable(text)).not.toMatch(/\p{Cc}/u);
        expect(parseSmtpReply(`550 ${text.repeat(20)}`)?.text.length ?? 0).toBeLessThanOrEqual(300);
        parseCapabilities(text);
      }),
    );
  });
});

describe('capabilities', () => {
  test('are read in any case, in either spelling of AUTH', () => {
    const lines = '250-mail.test\n250-starttls\n250-AUTH PLAIN  LOGIN\n250-AUTH=LOGIN CRAM-MD5\n250 SIZE 512';
    expect(parseCapabilities(lines)).toEqual({
      startTls: true,
      authMechanisms: ['PLAIN', 'LOGIN', 'CRAM-MD5'],
      size: 512,
    });
  });

  test.each(['250-m\n250 SIZE', '250-m\n250 SIZE 0', '250-m\n250 SIZE x'])('%j sets no limit', (lines) => {
    expect(parseCapabilities(lines).size).toBeUndefined();
  });

  test("are not read from the server's name", () => {
    expect(parseCapabilities('250 STARTTLS').startTls).toBe(false);
  });
});
