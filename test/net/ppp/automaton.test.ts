import { describe, expect, it } from 'vitest';
import {
  type AutomatonEvent,
  type AutomatonState,
  isTimed,
  transition,
} from '../../../src/net/ppp/automaton.ts';

/** RFC 1661 section 4.1, with its own numbers for the states. */
const states: readonly AutomatonState[] = [
  'Initial',
  'Starting',
  'Closed',
  'Stopped',
  'Closing',
  'Stopping',
  'Req-Sent',
  'Ack-Rcvd',
  'Ack-Sent',
  'Opened',
];

/**
 * The same section's table, both halves side by side. `r` (restart) and `p` (passive) are options that are
 * not taken; `x` (crossed connection) is a remark.
 */
const rfcTable = `
 Up   |    2     irc,scr/6     -         -         -         -     |    -         -         -           -
 Down |    -         -         0       tls/1       0         1     |    1         1         1         tld/1
 Open |  tls/1       1     irc,scr/6     3r        5r        5r    |    6         7         8           9r
 Close|    0       tlf/0       2         2         4         4     |irc,str/4 irc,str/4 irc,str/4 tld,irc,str/4
  TO+ |    -         -         -         -       str/4     str/5   |  scr/6     scr/6     scr/8         -
  TO- |    -         -         -         -       tlf/2     tlf/3   | tlf/3p    tlf/3p    tlf/3p         -
 RCR+ |    -         -       sta/2 irc,scr,sca/8   4         5     |  sca/8   sca,tlu/9   sca/8   tld,scr,sca/8
 RCR- |    -         -       sta/2 irc,scr,scn/6   4         5     |  scn/6     scn/7     scn/6   tld,scr,scn/6
 RCA  |    -         -       sta/2     sta/3       4         5     |  irc/7     scr/6x  irc,tlu/9   tld,scr/6x
 RCN  |    -         -       sta/2     sta/3       4         5     |irc,scr/6   scr/6x  irc,scr/8   tld,scr/6x
 RTR  |    -         -       sta/2     sta/3     sta/4     sta/5   |  sta/6     sta/6     sta/6   tld,zrc,sta/5
 RTA  |    -         -         2         3       tlf/2     tlf/3   |    6         6         8       tld,scr/6
 RUC  |    -         -       scj/2     scj/3     scj/4     scj/5   |  scj/6     scj/7     scj/8       scj/9
 RXJ+ |    -         -         2         3         4         5     |    6         6         8           9
 RXJ- |    -         -       tlf/2     tlf/3     tlf/2     tlf/3   |  tlf/3     tlf/3     tlf/3   tld,irc,str/5
 RXR  |    -         -         2         3         4         5     |    6         7         8         ser/9`;

const events: readonly AutomatonEvent[] = [
  ...(['Up', 'Down', 'Open', 'Close', 'TO+', 'TO-', 'RCR+', 'RCR-'] as const),
  ...(['RCA', 'RCN', 'RTR', 'RTA', 'RUC', 'RXJ+', 'RXJ-', 'RXR'] as const),
];

/** `tld,scr/6x` as the code has it. */
function readCell(cell: string) {
  const [actions, next] = cell.includes('/') ? cell.split('/') : ['', cell];
  return cell === '-'
    ? undefined
    : { actions: actions === '' ? [] : actions?.split(','), next: states[Number.parseInt(next ?? '', 10)] };
}

const rows = rfcTable
  .trim()
  .split('\n')
  .map((line) => {
    const [event = '', ...cells] = line.split('|').map((part) => part.trim());
    return { event, cells: cells.flatMap((half) => half.split(/\s+/)) };
  });

describe('the automaton', () => {
  it('has a row for each event of the RFC', () => {
    expect(rows.map(({ event }) => event)).toEqual(events);
    expect(rows.every(({ cells }) => cells.length === states.length)).toBe(true);
  });

  for (const [row, event] of events.entries()) {
    it(`does on ${event} what the RFC says, in every state`, () => {
      const cells = states.map((state) => transition(state, event));
      expect(cells).toEqual(rows[row]?.cells.map(readCell));
    });
  }

  it('runs its timer in the states that RFC 1661 section 4.6 names', () => {
    expect(states.filter(isTimed)).toEqual(['Closing', 'Stopping', 'Req-Sent', 'Ack-Rcvd', 'Ack-Sent']);
  });
});
