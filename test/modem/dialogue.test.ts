import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ms, ms } from '../../src/base/units.ts';
import type { Answer, Command } from '../../src/modem/command.ts';
import { Dialogue } from '../../src/modem/dialogue.ts';
import type { DialogueAction } from '../../src/modem/dialogue-action.ts';

/** Drives one dialogue by hand and keeps what it did. */
class Bench {
  readonly dialogue = new Dialogue({ gapMs: ms(100), guardMs: ms(1000) });
  readonly written: { readonly at: number; readonly text: string }[] = [];
  readonly events: string[] = [];
  readonly answers = new Map<Command, Answer[]>();
  now = ms(0);

  submit(line: string, options: Partial<Command> = {}): Command {
    const command = { line, timeoutMs: ms(3000), ...options };
    this.answers.set(command, []);
    this.take(this.dialogue.submit(command, this.now));
    return command;
  }

  receive(text: string): void {
    this.take(this.dialogue.receive(Buffer.from(text, 'latin1'), this.now));
  }

  wait(duration: number): void {
    const until = ms(this.now + duration);
    for (let at = this.dialogue.deadline; at !== undefined && at <= until; at = this.dialogue.deadline) {
      this.now = ms(Math.max(this.now, at));
      this.take(this.dialogue.tick(this.now));
    }
    this.now = until;
  }

  outcome(command: Command): string | undefined {
    return this.answers.get(command)?.[0]?.outcome;
  }

  get texts(): string[] {
    return this.written.map(({ text }) => text);
  }

  take(actions: readonly DialogueAction[]): void {
    for (const action of actions) {
      if (action.do === 'write') {
        this.written.push({ at: this.now, text: action.text });
      } else if (action.do === 'tell') {
        this.events.push(action.event.type);
      } else {
        this.answers.get(action.command)?.push(action.answer);
      }
    }
  }
}

describe('one line at a time', () => {
  it('waits for the answer, and for the gap after it', () => {
    const bench = new Bench();
    bench.submit('AT');
    bench.submit('AT+CSQ');
    bench.wait(500);
    expect(bench.texts).toEqual(['AT\r']);
    bench.receive('\r\nOK\r\n');
    bench.wait(99);
    expect(bench.texts).toEqual(['AT\r']);
    bench.wait(1);
    expect(bench.written.at(-1)).toEqual({ at: 600, text: 'AT+CSQ\r' });
  });

  it('gives each line the information texts that came before its end', () => {
    const bench = new Bench();
    const command = bench.submit('AT+CSQ');
    bench.receive('\r\n+CSQ: 20,99\r\n\r\n+CREG: 1\r\n\r\nOK\r\n');
    expect(bench.answers.get(command)).toEqual([{ outcome: 'ok', lines: ['+CSQ: 20,99'] }]);
    expect(bench.events).toEqual(['info', 'urc', 'final']);
  });

  it('ends lines with what S3 is', () => {
    const bench = new Bench();
    bench.submit('ATS3=30');
    bench.receive('\x1e\nOK\x1e\n');
    bench.submit('AT');
    bench.wait(100);
    expect(bench.texts).toEqual(['ATS3=30\r', 'AT\x1e']);
  });

  it('refuses more lines than may wait', () => {
    const bench = new Bench();
    const commands = Array.from({ length: 18 }, () => bench.submit('AT'));
    expect(commands.filter((command) => bench.outcome(command) !== undefined)).toHaveLength(1);
  });

  it('keeps the answer bounded', () => {
    const bench = new Bench();
    const command = bench.submit('AT+CLAC');
    for (let line = 0; line < 1000; line += 1) {
      bench.receive(`\r\n+C${line}\r\n`);
    }
    bench.receive('\r\nOK\r\n');
    const [answer] = bench.answers.get(command) ?? [];
    expect(answer?.outcome === 'ok' && answer.lines.length).toBe(256);
  });
});

describe('after a time limit', () => {
  it('waits for the late answer before it writes again', () => {
    const bench = new Bench();
    const first = bench.submit('AT+COPS?');
    const second = bench.submit('AT+CSQ');
    bench.wait(3500);
    expect(bench.outcome(first)).toBe('timeout');
    expect(bench.texts).toEqual(['AT+COPS?\r']);
    bench.receive('\r\n+COPS: 0\r\n\r\nOK\r\n');
    bench.wait(200);
    bench.receive('\r\n+CSQ: 20,99\r\n\r\nOK\r\n');
    expect(bench.texts).toEqual(['AT+COPS?\r', 'AT+CSQ\r']);
    expect(bench.outcome(second)).toBe('ok');
  });

  it('asks with AT until a lone OK comes, and then goes on', () => {
    const bench = new Bench();
    bench.submit('AT+COPS?');
    const second = bench.submit('AT+CSQ');
    bench.wait(8000);
    expect(bench.texts).toEqual(['AT+COPS?\r', 'AT\r', 'AT\r', 'AT\r']);
    bench.receive('\r\nOK\r\n');
    bench.wait(300);
    expect(bench.texts.at(-1)).toBe('AT+CSQ\r');
    bench.receive('\r\n+CSQ: 20,99\r\n\r\nOK\r\n');
    expect(bench.outcome(second)).toBe('ok');
    expect(bench.events.filter((type) => type === 'final')).toHaveLength(1);
  });

  it('takes a second OK behind the first for the late one', () => {
    const bench = new Bench();
    bench.submit('AT+CGATT=1');
    const second = bench.submit('AT');
    bench.wait(6100);
    bench.receive('\r\nOK\r\n');
    bench.wait(50);
    bench.receive('\r\nOK\r\n');
    bench.wait(150);
    expect(bench.outcome(second)).toBeUndefined();
    bench.wait(100);
    bench.receive('\r\nOK\r\n');
    expect(bench.outcome(second)).toBe('ok');
  });

  it('lets the next caller find out that nobody is there', () => {
    const bench = new Bench();
    bench.submit('AT+COPS?');
    const second = bench.submit('AT+CSQ');
    bench.wait(30_000);
    expect(bench.outcome(second)).toBe('timeout');
    expect(bench.texts.filter((text) => text === 'AT\r')).toHaveLength(5);
  });

  it('does not wait for late answers to a probe', () => {
    const bench = new Bench();
    bench.submit('AT', { isProbe: true, timeoutMs: ms(400) });
    bench.submit('ATQ0V1E0', { isProbe: true });
    bench.wait(500);
    expect(bench.texts).toEqual(['AT\r', 'ATQ0V1E0\r']);
  });

  it('writes nothing while nobody waits', () => {
    const bench = new Bench();
    bench.submit('AT+COPS?');
    bench.wait(100_000);
    expect(bench.texts).toEqual(['AT+COPS?\r']);
  });
});

describe('a dial', () => {
  it('is ended with one character when it takes too long', () => {
    const bench = new Bench();
    const dial = bench.submit('ATD1', { timeoutMs: ms(60_000) });
    bench.submit('AT+CSQ');
    bench.wait(59_999);
    expect(bench.texts).toEqual(['ATD1\r']);
    bench.wait(1);
    expect(bench.texts).toEqual(['ATD1\r', '\r']);
    expect(bench.outcome(dial)).toBe('timeout');
    bench.receive('\r\nNO CARRIER\r\n');
    bench.wait(100);
    expect(bench.texts.at(-1)).toBe('AT+CSQ\r');
  });

  it('is not aborted by a character that comes too early to count', () => {
    const bench = new Bench();
    const dial = bench.submit('ATD1');
    bench.wait(50);
    bench.take(bench.dialogue.abortDial(bench.now));
    expect(bench.texts).toEqual(['ATD1\r']);
    expect(bench.outcome(dial)).toBe('aborted');
  });

  it('that connects lets nothing else be written', () => {
    const bench = new Bench();
    bench.submit('ATD1');
    const waiting = bench.submit('AT+CSQ');
    bench.receive('\r\nCONNECT 115200\r\n');
    bench.wait(60_000);
    expect(bench.outcome(waiting)).toBe('in-call');
    expect(bench.outcome(bench.submit('AT'))).toBe('in-call');
    expect(bench.texts).toEqual(['ATD1\r']);
  });
});

describe('an escape', () => {
  const inCall = () => {
    const bench = new Bench();
    bench.dialogue.takeOverCall('data');
    return bench;
  };

  it('keeps the line quiet before, from the moment that the last octet has left', () => {
    const bench = inCall();
    bench.now = ms(10_000);
    // 960 octets at 9600 bit/s take a second.
    bench.dialogue.dataWritten(960, 9600, bench.now);
    bench.take(bench.dialogue.escape(bench.now));
    expect(bench.dialogue.takesData).toBe(false);
    bench.wait(5000);
    expect(bench.written).toEqual([{ at: 12_000, text: '+++' }]);
  });

  it('comes at once on a line that has been quiet', () => {
    const bench = inCall();
    bench.now = ms(10_000);
    bench.take(bench.dialogue.escape(bench.now));
    expect(bench.texts).toEqual(['+++']);
  });

  it('leads to command state with the call held', () => {
    const bench = inCall();
    bench.now = ms(10_000);
    bench.take(bench.dialogue.escape(bench.now));
    bench.wait(1000);
    bench.receive('\r\nOK\r\n');
    bench.wait(200);
    expect(bench.events).toEqual(['escaped']);
    expect(bench.dialogue.mode).toBe('command');
    expect(bench.dialogue.holdsCall).toBe(true);
    bench.submit('ATO');
    bench.wait(100);
    bench.receive('\r\nCONNECT\r\n');
    expect(bench.dialogue.takesData).toBe(true);
  });

  it('that is not answered leaves data state as it was', () => {
    const bench = inCall();
    bench.now = ms(10_000);
    bench.take(bench.dialogue.escape(bench.now));
    bench.wait(3000);
    expect(bench.events).toEqual(['timeout']);
    expect(bench.dialogue.takesData).toBe(true);
  });
});

it('gives every line exactly one answer and never fails, whatever happens in whatever order', () => {
  const happening = fc.oneof(
    fc.record({
      what: fc.constant('receive' as const),
      text: fc.string({ unit: 'binary-ascii', maxLength: 12 }),
    }),
    fc.record({
      what: fc.constant('receive' as const),
      text: fc.constantFrom(
        '\r\nOK\r\n',
        '\r\nERROR\r\n',
        '\r\nCONNECT\r\n',
        '\r\nNO CARRIER\r\n',
        '\r\nRDY\r\n',
        '\r\n+CSQ: 1,99\r\n',
        '\r\n+CMT: ,24\r\n',
        '\r\n+COPS: 0,0,"',
        '~data~',
      ),
    }),
    fc.record({
      what: fc.constant('submit' as const),
      text: fc.constantFrom('AT', 'AT+CSQ', 'ATD1', 'ATH', 'ATO', 'ATV0'),
    }),
    fc.record({
      what: fc.constant('wait' as const),
      text: fc.constantFrom('1', '50', '200', '1500', '4000'),
    }),
    fc.record({ what: fc.constantFrom('escape', 'end', 'abort'), text: fc.constant('') }),
  );
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
      const bench = new Bench();
      const perform: Record<string, (text: string) => void> = {
        receive: (text) => bench.receive(text),
        submit: (text) => void bench.submit(text),
        wait: (text) => bench.wait(Number(text)),
        escape: () => bench.take(bench.dialogue.escape(bench.now)),
        end: () => bench.take(bench.dialogue.endCall(bench.now)),
        abort: () => bench.take(bench.dialogue.abortDial(bench.now)),
      };
      for (const { what, text } of happenings) {
        perform[what]?.(text);
        expectSane(bench.dialogue.deadline, bench.now);
      }
      bench.take(bench.dialogue.portLost(bench.now));
      for (const answers of bench.answers.values()) {
        expect(answers).toHaveLength(1);
      }
    }),
    { numRuns: 2000 },
  );
});

/** A deadline in the past is fine once; the wait loop of the bench would hang if it stayed there. */
function expectSane(deadline: Ms | undefined, now: Ms): void {
  if (deadline !== undefined) {
    expect(Number.isFinite(deadline)).toBe(true);
    expect(deadline - now).toBeLessThan(120_000);
  }
}
