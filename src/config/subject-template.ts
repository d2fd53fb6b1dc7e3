/** The subject of a data mail as the user writes it: text with places such as `{station}`. */
import { lineSchema } from './settings-fields.ts';
import { nearest } from './suggestion.ts';

/** What a place is filled with. */
export const subjectPlaces = {
  station: 'title of the station',
  device: 'name of the device',
  id: 'id of the device',
  quantity: 'title of the first quantity',
  value: 'its latest value',
  unit: 'its unit',
  time: 'time of the latest value',
  from: 'time of the first record',
  count: 'number of records',
} as const;

export type SubjectPlace = keyof typeof subjectPlaces;

const PLACE = /\{([^{}]*)\}/g;
const LONGEST_SUBJECT = 120;

export const subjectTemplateSchema = lineSchema(LONGEST_SUBJECT)
  .superRefine((template, context) => {
    const names = Object.keys(subjectPlaces);
    for (const [, name = ''] of template.matchAll(PLACE)) {
      if (!names.includes(name)) {
        const near = nearest(name, names);
        const question = near === undefined ? '' : ` (did you mean {${near}}?)`;
        const known = names.map((place) => `{${place}}`).join(' ');
        context.addIssue({ code: 'custom', message: `only the places ${known}${question}`, input: template });
      }
    }
  })
  .describe(
    'Subject of a data mail; places: {station} {device} {id} {quantity} {value} {unit} {time} {from} {count}',
  );

/** Fills the places. */
export function fillSubject(template: string, values: Readonly<Record<SubjectPlace, string>>): string {
  return template.replace(PLACE, (place, name: string) =>
    Object.hasOwn(values, name) ? values[name as SubjectPlace] : place,
  );
}
