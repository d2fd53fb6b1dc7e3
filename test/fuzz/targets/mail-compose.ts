/** Mails composed of texts that nobody has checked. */
import assert from 'node:assert/strict';
import { ms } from '../../../src/base/units.ts';
import { composeMail } from '../../../src/smtp/compose.ts';
import { MailDraftError } from '../../../src/smtp/mail-error.ts';
import { type FuzzTarget, pick } from '../target.ts';

/** RFC 5322 section 2.1.1, without the CRLF. */
const LONGEST_LINE = 998;

const TAB = 0x09;
/** ISO-2022-JP shifts with it. */
const ESCAPE = 0x1b;

function isMailText(character: string): boolean {
  const octet = character.charCodeAt(0);
  return (octet >= 0x20 && octet < 0x7f) || octet === TAB || octet === ESCAPE;
}

const texts = [
  '定時データ 流量 0.45 m3/s',
  'monitor@test.local',
  'a'.repeat(80),
  'ｶﾃﾞｯｸ ①②③ 髙﨑 😀',
  '"Moshiri" <a@b>',
  'time,discharge_m3s\n2008-09-30,0.45\n',
  '.\r\n..\r\nFrom x',
];

export const mailCompose: FuzzTarget = {
  name: 'mail-compose',
  corpus: texts.map((text) => Buffer.from(text)),
  dictionary: [
    '\r\n',
    '\n',
    '\r',
    '\x00',
    '\x1b$B',
    '\x1b(B',
    '=?utf-8?B?',
    '?=',
    '@',
    '<',
    '>',
    '"',
    '\xe3\x81',
  ],
  attempt({ octets, random }) {
    const text = Buffer.from(octets).toString('utf8');
    const any = (usual: string) => pick(random, [usual, usual, text]);
    let raw: Uint8Array;
    try {
      ({ raw } = composeMail({
        from: { name: any('Moshiri'), address: any('logger@test.local') },
        to: [{ name: any('監視'), address: any('monitor@test.local') }],
        subject: any('定時データ'),
        text: any('流量'),
        date: ms(0),
        messageId: { device: any('TEST'), record: '1' },
        charset: pick(random, ['iso-2022-jp', 'utf-8'] as const),
        attachments: pick(random, [[], [{ fileName: any('data.csv'), content: octets }]]),
      }));
    } catch (error) {
      assert.ok(error instanceof MailDraftError, error instanceof Error ? error.stack : String(error));
      return;
    }
    const whole = Buffer.from(raw).toString('latin1');
    assert.ok(!/[^\r]\n|\r[^\n]/.test(whole), 'a line end that is none');
    for (const line of whole.split('\r\n')) {
      assert.ok(line.length <= LONGEST_LINE, `a line of ${line.length} octets`);
      assert.ok([...line].every(isMailText), `an octet that 7-bit mail has not: ${JSON.stringify(line)}`);
    }
    const head = whole.slice(0, whole.indexOf('\r\n\r\n'));
    const names = head
      .split('\r\n')
      .filter((line) => !/^[ \t]/.test(line))
      .map((line) => line.split(':')[0]);
    assert.equal(new Set(names).size, names.length, 'a header that came in by a text');
  },
};
