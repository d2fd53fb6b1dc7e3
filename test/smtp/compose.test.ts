import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { describe, expect, test } from 'vitest';
import { ms } from '../../src/base/units.ts';
import { composeMail, type MailDraft } from '../../src/smtp/compose.ts';

const draft: MailDraft = {
  from: { name: '積雪計 手稲', address: 'logger@test.local' },
  to: [{ address: 'monitor@test.local' }, { name: 'Duty, "night"', address: 'duty@test.local' }],
  subject: '定時データ KADEC21-SNOW 2008年9月30日 積雪深 123cm 気温 -5.2℃ 電池 6.1V',
  text: '積雪深 123 ㎝\r\n.単独の点\n.\nアメダス: ｱﾒﾀﾞｽ ①㈱ 😀\n',
  date: ms(Date.UTC(2008, 8, 30, 0, 0, 0)),
  messageId: { device: 'SNOW-0001', record: '2008-09-30T09:00' },
  attachments: [
    { fileName: '手稲_積雪データ_2008年09月30日_定時.csv', content: Buffer.from('2008-09-30,123\r\n') },
  ],
};
const textOf = (raw: Uint8Array) => Buffer.from(raw).toString('latin1');

describe('a composed mail', () => {
  test('reads as it was written, in an independent parser', async () => {
    const mail = await PostalMime.parse(composeMail(draft).raw);
    expect(mail.subject).toBe(draft.subject);
    expect(mail.from).toEqual({ name: '積雪計 手稲', address: 'logger@test.local' });
    expect(mail.to?.map((box) => [box.name, box.address])).toEqual([
      ['', 'monitor@test.local'],
      ['Duty, "night"', 'duty@test.local'],
    ]);
    expect(mail.text).toBe('積雪深 123 cm\n.単独の点\n.\nアメダス: アメダス (1)(株) 〓\n');
    expect(mail.messageId).toBe('<2008-09-30T09_3a_00.SNOW-0001@test.local>');
    expect(mail.date).toBe('2008-09-30T00:00:00.000Z');
    expect(mail.attachments[0]?.filename).toBe('手稲_積雪データ_2008年09月30日_定時.csv');
    expect(Buffer.from(mail.attachments[0]?.content as ArrayBuffer).toString()).toBe('2008-09-30,123\r\n');
  });

  test('says which characters its charset lacks', () => {
    expect(composeMail(draft).replacedCharacters).toEqual(['😀']);
    expect(composeMail({ ...draft, charset: 'utf-8' }).replacedCharacters).toEqual([]);
  });

  test('carries Japan time', () => {
    expect(textOf(composeMail(draft).raw)).toContain('Date: Tue, 30 Sep 2008 09:00:00 +0900\r\n');
  });

  test('is the same to the byte each time', () => {
    expect(composeMail(draft).raw).toEqual(composeMail(draft).raw);
  });

  test('has seven bits, CRLF line ends and headers of at most 78 columns', () => {
    const text = textOf(composeMail(draft).raw);
    expect(text.replaceAll('\x1b', '')).toMatch(/^[ -~\t\r\n]*$/);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    for (const line of text.split('\r\n')) {
      expect(line.length).toBeLessThanOrEqual(78);
    }
  });

  test('as UTF-8 reads the same as well', async () => {
    const mail = await PostalMime.parse(composeMail({ ...draft, charset: 'utf-8' }).raw);
    expect(mail.subject).toBe(draft.subject);
    expect(mail.text?.replaceAll('\r', '')).toBe('積雪深 123 ㎝\n.単独の点\n.\nアメダス: ｱﾒﾀﾞｽ ①㈱ 😀\n');
  });

  test('whatever the text is, keeps its form and its ASCII and JIS characters', async () => {
    const japanese = fc.string({
      unit: fc.constantFrom(...'あア漢字雪 aB.=?_"\\,;:<>()-～ー'),
      maxLength: 1200,
    });
    const anything = fc.string({ unit: 'binary', maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(japanese, anything),
        fc.constantFrom('iso-2022-jp', 'utf-8'),
        async (text, charset) => {
          const subject = text.replaceAll(/\p{Cc}|\p{Cs}/gu, '').trim();
          const { raw } = composeMail({ ...draft, attachments: [], subject, text, charset } as MailDraft);
          const lines = textOf(raw).split('\r\n');
          expect(lines.every((line) => line.length <= 998 && !/[\r\n\x80-\xff]/.test(line))).toBe(true);
          for (const word of textOf(raw).match(/=\?(?:ISO-2022-JP|UTF-8)\?B\?[A-Za-z0-9+/=]*\?=/g) ?? []) {
            expect(word.length).toBeLessThanOrEqual(75);
            const octets = Buffer.from(word.split('?')[3] ?? '', 'base64');
            new TextDecoder(charset, { fatal: true }).decode(octets);
            if (charset === 'iso-2022-jp') {
              expect(octets.toString('latin1').lastIndexOf('\x1b(B')).toBeGreaterThanOrEqual(
                octets.lastIndexOf('\x1b$B'),
              );
            }
          }
          const mail = await PostalMime.parse(raw);
          if (/^[あア漢字雪 aB.=?_"\\,;:<>()\-～ー]*$/.test(text)) {
            expect(mail.subject ?? '').toBe(subject);
            expect(mail.text?.replaceAll(/[\r\n]/g, '')).toBe(text.replaceAll('\n', ''));
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('a draft that cannot be sent is refused', () => {
  const withAddress = (address: string) => () => composeMail({ ...draft, to: [{ address }] });

  test.each([
    'b@t.t>\r\nRCPT TO:<evil@t.t',
    'a@b.jp, c@d.jp',
    'a@b.jp;c@d.jp',
    'Name <a@b.jp>',
    'a b@c.jp',
    'a..b@ezweb.ne.jp',
    'a.@docomo.ne.jp',
    'a@',
    '@b.jp',
    'a@b..jp',
    'a@-b.jp',
    'a@b.jp\n',
    'a@[300.1.1.1]',
    'ａ@b.jp',
    '',
    `${'x'.repeat(65)}@b.jp`,
  ])('address %j', (address) => {
    expect(withAddress(address)).toThrowError(expect.objectContaining({ code: 'MAIL_BAD_ADDRESS' }));
  });

  test.each(['a@b', 'a+b@c.jp', '"a..b"@ezweb.ne.jp', 'a@[192.0.2.1]', "o'neil@x.example"])(
    'but %j is fine',
    (address) => {
      expect(withAddress(address)).not.toThrow();
    },
  );

  test('a line end in the subject', () => {
    expect(() => composeMail({ ...draft, subject: 'x\r\nBcc: evil@t.t' })).toThrowError(
      expect.objectContaining({ code: 'MAIL_BAD_HEADER' }),
    );
  });

  test('a Message-ID with a line end', () => {
    expect(() => composeMail({ ...draft, messageId: '<a@b>\r\nX: y' })).toThrowError(
      expect.objectContaining({ code: 'MAIL_BAD_MESSAGE_ID' }),
    );
  });
});
