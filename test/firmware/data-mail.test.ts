import PostalMime from 'postal-mime';
import { describe, expect, it } from 'vitest';
import { hours, minutes } from '../../src/base/units.ts';
import { parseMeasurements } from '../../src/config/measurements.ts';
import { alarmMail, dataMails, MOST_RECORDS_PER_MAIL } from '../../src/firmware/data-mail.ts';
import { Logger } from '../../src/firmware/logger.ts';
import { composeMail } from '../../src/smtp/compose.ts';
import { at, settingsWith, winter } from './unit.ts';

const records = new Logger(winter).records({ every: hours(1) }, at('2004-02-01'), at('2004-02-01T05:00'));

describe('the attachment of a data mail', () => {
  const attachmentOf = (csv: string) => {
    const { quantities, rows } = parseMeasurements('data.csv', csv);
    const [mail] = dataMails(settingsWith(), quantities, rows);
    return mail?.draft.attachments?.[0];
  };

  it.each([
    [
      'us-ascii',
      'time,discharge_m3s\r\n2004-02-23T07:00:00+09:00,1.40\r\n2004-02-23T08:00:00+09:00,1.65\r\n',
    ],
    ['us-ascii', 'time,a,b\r\n2004-02-23T07:00:00+09:00,1.4,\r\n2004-02-23T08:00:00+09:00,1.65,-3\r\n'],
    ['utf-8', 'time,流量_m3s\r\n2004-02-23T07:00:00+09:00,1.40\r\n'],
  ])('is the file of measurements again, octet for octet, in %s', (charset, csv) => {
    expect(attachmentOf(csv)).toMatchObject({ content: Buffer.from(csv), charset });
  });
});

describe('a data mail', () => {
  const [mail] = dataMails(settingsWith(), winter.quantities, records);

  it('reports station, period, and the latest, least and greatest value in Japanese', async () => {
    expect(mail?.draft.subject).toBe('[母子里] 流量 0.52m3/s (2004/02/01 05:00)');
    expect(mail?.draft.text).toBe(
      [
        '観測局: 母子里',
        '装置: moshiri-01 (KADEC21-KAZE-N2) No.0001',
        '期間: 2004/02/01 01:00 - 2004/02/01 05:00',
        '件数: 5',
        '',
        '流量 [m3/s]',
        '  最新: 0.52 (2004/02/01 05:00)',
        '  最小: 0.38 (2004/02/01 02:00)',
        '  最大: 4.22 (2004/02/01 04:00)',
        '  欠測: 1件',
        '',
        '添付: moshiri-01_20040201T0100-20040201T0500.csv',
      ].join('\n'),
    );
  });

  it.each(['iso-2022-jp', 'utf-8'])(
    'is read by a mail program in %s, without a lost character',
    async (charset) => {
      const [draft] = dataMails(
        settingsWith(['bodyCharset: iso-2022-jp', `bodyCharset: ${charset}`]),
        winter.quantities,
        records,
      );
      const composed = composeMail(draft?.draft ?? failed());
      expect(composed.replacedCharacters).toEqual([]);
      const parsed = await PostalMime.parse(Buffer.from(composed.raw));
      expect(parsed.subject).toBe(draft?.draft.subject);
      expect(parsed.from).toEqual({ name: '母子里', address: 'moshiri@example.ne.jp' });
      expect(parsed.text?.replaceAll('\r\n', '\n').trimEnd()).toBe(draft?.draft.text);
      const { content } = parsed.attachments[0] ?? {};
      const csv = content instanceof ArrayBuffer ? Buffer.from(content).toString() : String(content);
      expect(parseMeasurements('attachment', csv)).toEqual(winter);
    },
  );

  it('is the same mail, Message-ID included, whenever it is made of the same records', () => {
    const [again] = dataMails(settingsWith(), winter.quantities, records);
    expect(again).toEqual(mail);
    expect(composeMail(again?.draft ?? failed())).toEqual(composeMail(mail?.draft ?? failed()));
    const [other] = dataMails(settingsWith(), winter.quantities, records.slice(1));
    expect(other?.id).not.toBe(mail?.id);
  });

  it('goes without the file where the settings say so', () => {
    const [plain] = dataMails(
      settingsWith(['attachCsv: true', 'attachCsv: false']),
      winter.quantities,
      records,
    );
    expect(plain?.draft.attachments).toEqual([]);
    expect(plain?.draft.text).not.toContain('添付');
  });

  it('says that everything is missing where nothing was measured', () => {
    const [empty] = dataMails(settingsWith(), winter.quantities, [
      { time: at('2004-02-02'), values: [undefined] },
    ]);
    expect(empty?.draft.text).toContain('最大: 欠測');
  });

  it('is split where the records are too many, and not made at all of none', () => {
    const many = new Logger(winter).records({ every: minutes(1) }, at('2004-02-01'), at('2004-02-08'));
    const mails = dataMails(settingsWith(), winter.quantities, many);
    expect(mails).toHaveLength(Math.ceil(many.length / MOST_RECORDS_PER_MAIL));
    expect(new Set(mails.map(({ id }) => id)).size).toBe(mails.length);
    expect(dataMails(settingsWith(), winter.quantities, [])).toEqual([]);
  });
});

describe('an alarm mail', () => {
  it('is short enough for a phone, and names what has happened', () => {
    const alarm = { quantity: 'discharge_m3s', direction: 'above', threshold: 2, hysteresis: 0 } as const;
    const record = { time: at('2004-02-01T04:00'), values: [4.22] };
    const begins = alarmMail(settingsWith(), winter.quantities, alarm, 'begins', record);
    expect(begins.draft.subject).toBe('[警報] 母子里 流量 4.22m3/s');
    expect(begins.draft.text).toContain('しきい値 2m3/s 超過');
    expect(begins.draft.text.length).toBeLessThan(200);
    const ends = alarmMail(settingsWith(), winter.quantities, alarm, 'ends', record);
    expect(ends.draft.subject).toContain('警報解除');
    expect(ends.id).not.toBe(begins.id);
    expect(composeMail(ends.draft).replacedCharacters).toEqual([]);
  });
});

function failed(): never {
  throw new Error('no mail was made');
}
