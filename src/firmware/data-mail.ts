/**
 * Records as a mail: a Japanese report for people, the records themselves as CSV for programs. The same records
 * of the same device always give the same mail, so that one that arrives twice is recognised.
 */
import type { Ms } from '../base/units.ts';
import { formatReportTime, japanClock } from '../config/japan-time.ts';
import { formatValue, type Quantity } from '../config/quantity.ts';
import type { AlarmSettings, Settings } from '../config/settings-schema.ts';
import { fillSubject } from '../config/subject-template.ts';
import type { MailDraft } from '../smtp/compose.ts';
import type { AlarmChange } from './alarm-watch.ts';
import type { LoggerRecord } from './logger.ts';
import { recordCsv } from './record-csv.ts';

/** About 200 kilobytes as CSV in Base64: half an hour at 1200 bit/s, and no server of 2008 refuses it. */
export const MOST_RECORDS_PER_MAIL = 4500;

export interface DataMail {
  /** Of this mail in the outbox: stable per device and record range. */
  readonly id: string;
  readonly draft: MailDraft;
}

/** What a mail is made of; at least one record. */
export interface Report {
  readonly settings: Settings;
  readonly quantities: readonly Quantity[];
  readonly records: readonly [LoggerRecord, ...LoggerRecord[]];
  /** When the mail is written (RFC 5322 §3.6.1); the instant of the last record where it is absent. */
  readonly writtenAt?: Ms | undefined;
}

/** Splits what is too much for one mail; no record, no mail. */
export function dataMails(
  settings: Settings,
  quantities: readonly Quantity[],
  records: readonly LoggerRecord[],
  writtenAt?: Ms,
): DataMail[] {
  const mails: DataMail[] = [];
  for (let from = 0; from < records.length; from += MOST_RECORDS_PER_MAIL) {
    const [first, ...others] = records.slice(from, from + MOST_RECORDS_PER_MAIL);
    if (first !== undefined) {
      mails.push(dataMail({ settings, quantities, records: [first, ...others], writtenAt }));
    }
  }
  return mails;
}

export function dataMail(report: Report): DataMail {
  const { settings, quantities, records } = report;
  const { first, last } = bounds(records);
  const range = `${compact(first.time)}-${compact(last.time)}`;
  const fileName = `${settings.device.name}_${range}.csv`;
  const attachment = settings.mail.attachCsv
    ? [{ fileName, ...labelled(recordCsv(quantities, records)) }]
    : [];
  return mail(settings, `data-${range}`, {
    subject: subjectOf(report),
    text: [
      ...heading(report),
      ...quantities.flatMap((_, index) => section(report, index)),
      ...footer(attachment),
    ].join('\n'),
    date: report.writtenAt ?? last.time,
    attachments: attachment,
  });
}

/** The mail that goes out at once when a threshold is crossed, and when the value is back. */
export function alarmMail(
  settings: Settings,
  quantities: readonly Quantity[],
  alarm: AlarmSettings,
  change: AlarmChange,
  record: LoggerRecord,
): DataMail {
  const index = quantities.findIndex(({ column }) => column === alarm.quantity);
  const quantity = quantities[index];
  const { title, unit } = quantity ?? { title: alarm.quantity, unit: '' };
  const event = change === 'begins' ? '警報' : '警報解除';
  const limit = `${alarm.threshold}${unit} ${alarm.direction === 'above' ? '超過' : '未満'}`;
  const value = `${shown(record.values[index], quantity)}${unit}`;
  // Short and plain: it may go to a phone.
  const text = [
    `${event} ${settings.device.station}`,
    `${title} ${value} (${formatReportTime(record.time)})`,
    `しきい値 ${limit}`,
    `装置 ${settings.device.name} No.${settings.device.id}`,
  ];
  return mail(settings, `alarm-${alarm.quantity}-${alarm.direction}-${change}-${compact(record.time)}`, {
    subject: `[${event}] ${settings.device.station} ${title} ${value}`,
    text: text.join('\n'),
    date: record.time,
  });
}

function mail(
  settings: Settings,
  record: string,
  content: Pick<MailDraft, 'subject' | 'text' | 'date' | 'attachments'>,
): DataMail {
  const { device, mail: mailSettings } = settings;
  return {
    id: `${device.name}/${record}`,
    draft: {
      ...content,
      from: { address: mailSettings.from, name: device.station },
      to: mailSettings.to.map((address) => ({ address })),
      charset: mailSettings.bodyCharset,
      messageId: { device: `${device.name}-${device.id}`, record },
    },
  };
}

function subjectOf({ settings, quantities, records }: Report): string {
  const { first, last } = bounds(records);
  return fillSubject(settings.mail.subject, {
    station: settings.device.station,
    device: settings.device.name,
    id: settings.device.id,
    quantity: quantities[0]?.title ?? '',
    value: shown(last.values[0], quantities[0]),
    unit: quantities[0]?.unit ?? '',
    time: formatReportTime(last.time),
    from: formatReportTime(first.time),
    count: String(records.length),
  });
}

function heading({ settings: { device }, records }: Report): string[] {
  const { first, last } = bounds(records);
  return [
    `観測局: ${device.station}`,
    `装置: ${device.name} (${device.model}) No.${device.id}`,
    `期間: ${formatReportTime(first.time)} - ${formatReportTime(last.time)}`,
    `件数: ${records.length}`,
  ];
}

/** Latest, least and greatest value of one quantity, each with its time. */
function section({ quantities, records }: Report, index: number): string[] {
  const { title = '', unit = '' } = quantities[index] ?? {};
  const known = records.filter(({ values }) => values[index] !== undefined);
  const measured = (record: LoggerRecord) => record.values[index] ?? 0;
  const ordered = known.toSorted((one, other) => measured(one) - measured(other));
  const line = (name: string, record: LoggerRecord | undefined) =>
    `  ${name}: ${record === undefined ? '欠測' : `${shown(record.values[index], quantities[index])} (${formatReportTime(record.time)})`}`;
  const missing = records.length - known.length;
  return [
    '',
    `${title}${unit === '' ? '' : ` [${unit}]`}`,
    line('最新', bounds(records).last),
    line('最小', ordered[0]),
    line('最大', ordered.at(-1)),
    ...(missing > 0 ? [`  欠測: ${missing}件`] : []),
  ];
}

/** A heading may name a quantity in Japanese. */
const labelled = (csv: string) => ({
  content: Buffer.from(csv),
  charset: /^\p{ASCII}*$/u.test(csv) ? 'us-ascii' : 'utf-8',
});

const footer = (attachments: readonly { readonly fileName: string }[]) =>
  attachments.flatMap(({ fileName }) => ['', `添付: ${fileName}`]);

function bounds(records: Report['records']): { first: LoggerRecord; last: LoggerRecord } {
  return { first: records[0], last: records.at(-1) ?? records[0] };
}

const shown = (value: number | undefined, quantity: Quantity | undefined) =>
  value === undefined ? '欠測' : formatValue(value, quantity);

/** `20081001T0900`: an instant in a name. */
function compact(time: Ms): string {
  const { year, month, day, hour, minute, second } = japanClock(time);
  const digits = (value: number) => String(value).padStart(2, '0');
  const clock = `${digits(hour)}${digits(minute)}${second === 0 ? '' : digits(second)}`;
  return `${year}${digits(month)}${digits(day)}T${clock}`;
}
