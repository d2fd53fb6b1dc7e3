import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHeaderText } from '../../src/serve/header-words.ts';
import { summaryOf } from '../../src/serve/mail-summary.ts';

describe('header text', () => {
  it.each([
    ['plain', 'plain'],
    ['=?UTF-8?B?5rC05L2N?=', '水位'],
    ['=?ISO-2022-JP?B?WxskQkpsO1JOJBsoQl0gGyRCTi5OTBsoQg==?=', '[母子里] 流量'],
    ['=?Shift_JIS?Q?=90=85=88=CA?=', '水位'],
    ['=?EUC-JP?B?v+Uw?= and =?utf-8?q?a_b?=', expect.stringContaining('and a b')],
    // RFC 2047 §8
    ['=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=', 'ab'],
    ['=?ISO-8859-1?Q?a?= b', 'a b'],
    ['=?no-such-charset?B?AAAA?=', '=?no-such-charset?B?AAAA?='],
    ['=?utf-8*ja?B?5rC05L2N?=', '水位'],
    [Buffer.from('水位').toString('latin1'), '水位'],
  ])('%s', (written, read) => {
    expect(decodeHeaderText(written)).toEqual(read);
  });

  it('cannot steer a terminal or turn its direction, whatever it is', () => {
    const encoded = `=?utf-8?B?${Buffer.from('\u001b[2J\u202e\r\n\u0007').toString('base64')}?=`;
    expect(decodeHeaderText(encoded)).toMatch(/^ \[2J +$/);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeHeaderText(text)).not.toMatch(/[\p{Cc}\u202e]/u);
      }),
    );
  });
});

describe('the summary of a mail', () => {
  it('has the first field of each name, unfolded', () => {
    const raw = 'Subject: one\r\n two\r\nsubject: three\r\nFrom: a@b\r\n\r\nTo: not@this\r\n';
    expect(summaryOf(Buffer.from(raw))).toMatchObject({
      subject: 'one two',
      headerFrom: 'a@b',
      headerTo: '',
    });
  });

  it('comes of any octets', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (raw) => void summaryOf(raw)));
  });
});
