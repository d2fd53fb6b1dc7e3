/** What a station tells while it works: what the carrier reports, what becomes of lines, mails with their place. */
import type { CarrierEvent } from '../aunet/carrier-event.ts';
import type { Ms } from '../base/units.ts';
import type { ReceivedMail } from './mail-list.ts';

/** `ready`: a device may come; `connected`: one has; `gone`: it has left; `closed`: the line is no more. */
export type LineState = 'ready' | 'connected' | 'gone' | 'closed';

export interface LineHappening {
  readonly type: 'line';
  readonly at: Ms;
  readonly line: string;
  readonly state: LineState;
  /** Why it closed, where that was not asked for. */
  readonly reason?: string;
}

/** Something that nobody foresaw; the line's module was started anew. */
export interface FailureHappening {
  readonly type: 'failure';
  readonly at: Ms;
  readonly line: string | undefined;
  readonly text: string;
}

export interface MailHappening extends ReceivedMail {
  readonly type: 'mail';
  readonly at: Ms;
}

export type Happening =
  | Exclude<CarrierEvent, { type: 'mail' }>
  | MailHappening
  | LineHappening
  | FailureHappening;
