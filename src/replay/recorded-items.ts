/** A recording as what was said and done, in order: the material of a script. */
import { ms } from '../base/units.ts';
import { octetsOf, type RecordedEvent } from '../config/recording.ts';
import { DialogueCutter } from './dialogue-cutter.ts';
import type { Place, Side } from './roles.ts';
import type { Utterance } from './utterances.ts';

export interface Said extends Place {
  readonly kind: 'said';
  readonly from: Side;
  readonly utterance: Utterance;
  readonly match: string | undefined;
}

/** Circuits and bit rates. */
export interface Done extends Place {
  readonly kind: 'done';
  readonly event: RecordedEvent;
}

export type RecordedItem = Said | Done;

export function itemsOf(events: readonly RecordedEvent[]): RecordedItem[] {
  const items: RecordedItem[] = [];
  let place: Place & { readonly match?: string | undefined } = { at: events[0]?.at ?? ms(0), line: 2 };
  const cutter = new DialogueCutter((from, utterance) => {
    const { at, line, match } = place;
    items.push({ kind: 'said', at, line, match, from, utterance });
  });
  for (const [index, event] of events.entries()) {
    // What waits belongs to an earlier event, whose place it keeps.
    for (const side of othersThan(event)) {
      cutter.flushText(side);
    }
    place = { at: event.at, line: index + 2, match: 'from' in event ? event.match : undefined };
    if ('from' in event) {
      cutter.push(event.from, octetsOf(event));
    } else {
      items.push({ kind: 'done', at: event.at, line: index + 2, event });
    }
  }
  cutter.flushText('dte');
  cutter.flushText('dce');
  return items;
}

const othersThan = (event: RecordedEvent): Side[] =>
  'from' in event ? [event.from === 'dte' ? 'dce' : 'dte'] : ['dte', 'dce'];
