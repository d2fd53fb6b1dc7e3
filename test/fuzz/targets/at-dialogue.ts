/** The driver's dialogue machine: a module that says anything, at any time. */
import assert from 'node:assert/strict';
import { type Ms, ms } from '../../../src/base/units.ts';
import type { Command } from '../../../src/modem/command.ts';
import { Dialogue } from '../../../src/modem/dialogue.ts';
import type { DialogueAction } from '../../../src/modem/dialogue-action.ts';
import { responses, words } from '../corpus/at.ts';
import { type FuzzTarget, latin1, onceIn, pick } from '../target.ts';

const LINES = [
  'AT',
  'AT+CSQ',
  'ATD5551234',
  'ATH',
  'ATO',
  'ATV0',
  'AT+CMGS="1"',
  'AT+CPBR=1,9',
  'ATS3=30',
  'ATZ',
];
const TIMEOUT = ms(3000);
/** Longer than every wait of the machine, one command after another. */
const HORIZON = 10 * 60_000;
const MOST_TICKS = 2000;
/** Lines of one answer that are kept. */
const MOST_LINES = 256;

class Bench {
  readonly dialogue = new Dialogue({ gapMs: ms(100), guardMs: ms(1000) });
  readonly answers = new Map<Command, number>();
  now: Ms = ms(0);

  submit(line: string): void {
    const command = { line, timeoutMs: TIMEOUT };
    this.answers.set(command, 0);
    this.take(this.dialogue.submit(command, this.now));
  }

  take(actions: readonly DialogueAction[]): void {
    for (const action of actions) {
      if (action.do === 'answer') {
        const count = (this.answers.get(action.command) ?? 0) + 1;
        assert.equal(count, 1, `${action.command.line} is answered twice`);
        this.answers.set(action.command, count);
        const { answer } = action;
        assert.ok(!('lines' in answer) || answer.lines.length <= MOST_LINES, 'an answer without bound');
      }
    }
  }

  wait(duration: number): void {
    const until = ms(this.now + duration);
    let ticks = 0;
    for (let at = this.dialogue.deadline; at !== undefined && at <= until; at = this.dialogue.deadline) {
      ticks += 1;
      assert.ok(ticks < MOST_TICKS, 'deadlines without end');
      this.now = ms(Math.max(this.now, at));
      this.take(this.dialogue.tick(this.now));
    }
    this.now = until;
  }
}

function endless(name: string, piece: string, line: string) {
  return {
    name,
    piece: latin1(piece.repeat(Math.ceil(1000 / piece.length))),
    open() {
      const bench = new Bench();
      bench.submit(line);
      return (octets: Uint8Array) => bench.take(bench.dialogue.receive(octets, bench.now));
    },
  };
}

export const atDialogue: FuzzTarget = {
  name: 'at-dialogue',
  corpus: responses,
  dictionary: words,
  attempt({ pieces, random }) {
    const bench = new Bench();
    for (const piece of pieces) {
      switch (random.integer(0, 9)) {
        case 0:
        case 1:
          bench.submit(pick(random, LINES));
          break;
        case 2:
          bench.wait(random.integer(0, 4000));
          break;
        case 3:
          bench.take(bench.dialogue.endCall(bench.now));
          break;
        case 4:
          if (onceIn(random, 2) && bench.dialogue.mode === 'data') {
            bench.take(bench.dialogue.escape(bench.now));
          }
          break;
        default:
          break;
      }
      bench.take(bench.dialogue.receive(piece, bench.now));
    }
    bench.take(bench.dialogue.endCall(bench.now));
    bench.wait(HORIZON);
    for (const [command, count] of bench.answers) {
      assert.equal(count, 1, `${command.line} is never answered`);
    }
  },
  endless: [
    endless('information', '\r\n+CSQ: 1,2\r\n', 'AT+CSQ'),
    endless('line', 'x', 'AT'),
    endless('unsolicited lines', '\r\nRING\r\n', 'AT'),
    endless('stale results', '\r\nOK\r\n', 'AT'),
    endless('resets', '\r\nRDY\r\n', 'AT'),
  ],
};
