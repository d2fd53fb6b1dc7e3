/**
 * The dates that decide whether a mail passes: bands on the air, OP25B, mail servers. Users may write them.
 *
 * What the notices and the press tell is fixed in the defaults; what is an assumption says so.
 */
import { z } from 'zod';
import { parseInstant } from './japan-time.ts';

const day = z
  .string()
  .refine((text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && parseInstant(text) !== undefined, {
    error: 'a day, YYYY-MM-DD',
  })
  .meta({ description: 'A day in Japan, YYYY-MM-DD', format: 'date' });

/** From 00:00 of the first day to 24:00 of the last day, Japan time; an end that is absent is open. */
const period = z
  .strictObject({ firstDay: day.optional(), lastDay: day.optional() })
  .refine(({ firstDay, lastDay }) => !firstDay || !lastDay || firstDay <= lastDay, {
    error: 'lastDay is before firstDay',
  });
export type Period = z.output<typeof period>;

const areaName = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, {
  error: 'expected an area name: lower-case letters, digits and hyphens',
});

export const calendarSchema = z.strictObject({
  /** When each band carries service. */
  bands: z
    .strictObject({
      /** Old 800 MHz: service ended on 2012-07-22. */
      bc3: period.prefault({ lastDay: '2012-07-22' }),
      /** New 800 MHz: the first day is an assumption (before 2008); all CDMA ended on 2022-03-31. */
      bc0: period.prefault({ firstDay: '2007-01-01', lastDay: '2022-03-31' }),
      /** LTE: first days are assumptions within 2012. */
      'lte-b18': period.prefault({ firstDay: '2012-09-21' }),
      'lte-b26': period.prefault({ firstDay: '2012-09-21' }),
    })
    .prefault({}),
  /** Outbound Port 25 Blocking: it began at the end of September 2008, in steps. */
  op25b: z
    .strictObject({
      /** The first blocked day of each area. Which area came when is an assumption. */
      areas: z.record(areaName, day).prefault({
        hokkaido: '2008-09-30',
        tohoku: '2008-10-01',
        hokuriku: '2008-10-02',
        chubu: '2008-10-03',
        chugoku: '2008-10-06',
        shikoku: '2008-10-07',
        kyushu: '2008-10-08',
        okinawa: '2008-10-09',
        kansai: '2008-10-10',
        kanto: '2008-10-14',
      }),
      /** From this day every area is blocked, also one that is not named above. An assumption. */
      completed: day.default('2008-10-31'),
    })
    .prefault({}),
  /** When each mail server is on the Internet; servers that are not named are there always. */
  hosts: z
    .object({
      // Kept alive until every unit has moved: at the latest when the units that cannot move fall silent (assumption).
      'kona.co.jp': period.prefault({ lastDay: '2012-07-22' }),
      // Registered in July 2008; the day is an assumption.
      'mail.north-one.example': period.prefault({ firstDay: '2008-07-01' }),
    })
    .catchall(period)
    .prefault({}),
});

export type Calendar = z.output<typeof calendarSchema>;
export type CalendarInput = z.input<typeof calendarSchema>;

export const defaultCalendar: Calendar = calendarSchema.parse({});

/** JSON Schema (2020-12) of a calendar file, for editors. */
export function calendarJsonSchema(): object {
  return z.toJSONSchema(calendarSchema, { io: 'input', unrepresentable: 'any' });
}
