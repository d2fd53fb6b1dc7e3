/**
 * The option negotiation automaton of RFC 1661 section 4.1, as its table, cell for cell. Without the
 * passive (`p`) and restart (`r`) options; `x` needs none.
 */

export type AutomatonState =
  | 'Initial'
  | 'Starting'
  | 'Closed'
  | 'Stopped'
  | 'Closing'
  | 'Stopping'
  | 'Req-Sent'
  | 'Ack-Rcvd'
  | 'Ack-Sent'
  | 'Opened';

/** RFC 1661 section 4.3. */
export type AutomatonEvent =
  | 'Up'
  | 'Down'
  | 'Open'
  | 'Close'
  | 'TO+'
  | 'TO-'
  | 'RCR+'
  | 'RCR-'
  | 'RCA'
  | 'RCN'
  | 'RTR'
  | 'RTA'
  | 'RUC'
  | 'RXJ+'
  | 'RXJ-'
  | 'RXR';

/** RFC 1661 section 4.4. */
export type AutomatonAction =
  | 'tlu'
  | 'tld'
  | 'tls'
  | 'tlf'
  | 'irc'
  | 'zrc'
  | 'scr'
  | 'sca'
  | 'scn'
  | 'str'
  | 'sta'
  | 'scj'
  | 'ser';

export interface Transition {
  /** In the order in which they are carried out. */
  readonly actions: readonly AutomatonAction[];
  readonly next: AutomatonState;
}

type Row = Readonly<Partial<Record<AutomatonEvent, Transition>>>;

const to = (next: AutomatonState, ...actions: AutomatonAction[]): Transition => ({ actions, next });

const table: Readonly<Record<AutomatonState, Row>> = {
  Initial: {
    Up: to('Closed'),
    Open: to('Starting', 'tls'),
    Close: to('Initial'),
  },
  Starting: {
    Up: to('Req-Sent', 'irc', 'scr'),
    Open: to('Starting'),
    Close: to('Initial', 'tlf'),
  },
  Closed: {
    Down: to('Initial'),
    Open: to('Req-Sent', 'irc', 'scr'),
    Close: to('Closed'),
    'RCR+': to('Closed', 'sta'),
    'RCR-': to('Closed', 'sta'),
    RCA: to('Closed', 'sta'),
    RCN: to('Closed', 'sta'),
    RTR: to('Closed', 'sta'),
    RTA: to('Closed'),
    RUC: to('Closed', 'scj'),
    'RXJ+': to('Closed'),
    'RXJ-': to('Closed', 'tlf'),
    RXR: to('Closed'),
  },
  Stopped: {
    Down: to('Starting', 'tls'),
    Open: to('Stopped'),
    Close: to('Closed'),
    'RCR+': to('Ack-Sent', 'irc', 'scr', 'sca'),
    'RCR-': to('Req-Sent', 'irc', 'scr', 'scn'),
    RCA: to('Stopped', 'sta'),
    RCN: to('Stopped', 'sta'),
    RTR: to('Stopped', 'sta'),
    RTA: to('Stopped'),
    RUC: to('Stopped', 'scj'),
    'RXJ+': to('Stopped'),
    'RXJ-': to('Stopped', 'tlf'),
    RXR: to('Stopped'),
  },
  Closing: {
    Down: to('Initial'),
    Open: to('Stopping'),
    Close: to('Closing'),
    'TO+': to('Closing', 'str'),
    'TO-': to('Closed', 'tlf'),
    'RCR+': to('Closing'),
    'RCR-': to('Closing'),
    RCA: to('Closing'),
    RCN: to('Closing'),
    RTR: to('Closing', 'sta'),
    RTA: to('Closed', 'tlf'),
    RUC: to('Closing', 'scj'),
    'RXJ+': to('Closing'),
    'RXJ-': to('Closed', 'tlf'),
    RXR: to('Closing'),
  },
  Stopping: {
    Down: to('Starting'),
    Open: to('Stopping'),
    Close: to('Closing'),
    'TO+': to('Stopping', 'str'),
    'TO-': to('Stopped', 'tlf'),
    'RCR+': to('Stopping'),
    'RCR-': to('Stopping'),
    RCA: to('Stopping'),
    RCN: to('Stopping'),
    RTR: to('Stopping', 'sta'),
    RTA: to('Stopped', 'tlf'),
    RUC: to('Stopping', 'scj'),
    'RXJ+': to('Stopping'),
    'RXJ-': to('Stopped', 'tlf'),
    RXR: to('Stopping'),
  },
  'Req-Sent': {
    Down: to('Starting'),
    Open: to('Req-Sent'),
    Close: to('Closing', 'irc', 'str'),
    'TO+': to('Req-Sent', 'scr'),
    'TO-': to('Stopped', 'tlf'),
    'RCR+': to('Ack-Sent', 'sca'),
    'RCR-': to('Req-Sent', 'scn'),
    RCA: to('Ack-Rcvd', 'irc'),
    RCN: to('Req-Sent', 'irc', 'scr'),
    RTR: to('Req-Sent', 'sta'),
    RTA: to('Req-Sent'),
    RUC: to('Req-Sent', 'scj'),
    'RXJ+': to('Req-Sent'),
    'RXJ-': to('Stopped', 'tlf'),
    RXR: to('Req-Sent'),
  },
  'Ack-Rcvd': {
    Down: to('Starting'),
    Open: to('Ack-Rcvd'),
    Close: to('Closing', 'irc', 'str'),
    'TO+': to('Req-Sent', 'scr'),
    'TO-': to('Stopped', 'tlf'),
    'RCR+': to('Opened', 'sca', 'tlu'),
    'RCR-': to('Ack-Rcvd', 'scn'),
    RCA: to('Req-Sent', 'scr'),
    RCN: to('Req-Sent', 'scr'),
    RTR: to('Req-Sent', 'sta'),
    RTA: to('Req-Sent'),
    RUC: to('Ack-Rcvd', 'scj'),
    'RXJ+': to('Req-Sent'),
    'RXJ-': to('Stopped', 'tlf'),
    RXR: to('Ack-Rcvd'),
  },
  'Ack-Sent': {
    Down: to('Starting'),
    Open: to('Ack-Sent'),
    Close: to('Closing', 'irc', 'str'),
    'TO+': to('Ack-Sent', 'scr'),
    'TO-': to('Stopped', 'tlf'),
    'RCR+': to('Ack-Sent', 'sca'),
    'RCR-': to('Req-Sent', 'scn'),
    RCA: to('Opened', 'irc', 'tlu'),
    RCN: to('Ack-Sent', 'irc', 'scr'),
    RTR: to('Req-Sent', 'sta'),
    RTA: to('Ack-Sent'),
    RUC: to('Ack-Sent', 'scj'),
    'RXJ+': to('Ack-Sent'),
    'RXJ-': to('Stopped', 'tlf'),
    RXR: to('Ack-Sent'),
  },
  Opened: {
    Down: to('Starting', 'tld'),
    Open: to('Opened'),
    Close: to('Closing', 'tld', 'irc', 'str'),
    'RCR+': to('Ack-Sent', 'tld', 'scr', 'sca'),
    'RCR-': to('Req-Sent', 'tld', 'scr', 'scn'),
    RCA: to('Req-Sent', 'tld', 'scr'),
    RCN: to('Req-Sent', 'tld', 'scr'),
    RTR: to('Stopping', 'tld', 'zrc', 'sta'),
    RTA: to('Req-Sent', 'tld', 'scr'),
    RUC: to('Opened', 'scj'),
    'RXJ+': to('Opened'),
    'RXJ-': to('Stopping', 'tld', 'irc', 'str'),
    RXR: to('Opened', 'ser'),
  },
};

/** RFC 1661 section 4.6: the restart timer runs in these states and in no others. */
export const isTimed = (state: AutomatonState): boolean => table[state]['TO+'] !== undefined;

/** @returns `undefined` for a cell that the table leaves empty: the event cannot happen in that state */
export const transition = (state: AutomatonState, event: AutomatonEvent): Transition | undefined =>
  table[state][event];
