import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ms, ms } from '../../src/base/units.ts';
import { RECORDING_SCHEMA, type RecordedEvent, type Recording } from '../../src/config/recording.ts';
import { ReplayMachine } from '../../src/replay/replay-machine.ts';
import { type Utterance, UtteranceCutter } from '../../src/replay/utterances.ts';
import type { ReplayVerdict } from '../../src/replay/verdict.ts';
import { HdlcEncoder } from '../../src/wire/hdlc-encoder.ts';
import { DEFAULT_FRAMING } from '../../src/wire/hdlc-framing.ts';

const ascii = (text: string) => Buffer.from(text, 'latin1');
/** A Configure-Request with a magic number (RFC 1661 section 6.4). */
const request = (magic: number) =>
  Buffer.from(
    new HdlcEncoder().encode(0xc021, Uint8Array.of(1, 9, 0, 10, 5, 6, magic, 2, 3, 4), DEFAULT_FRAMING),
  );

const said = (at: number, from: 'dte' | 'dce', bytes: Uint8Array): RecordedEvent => ({
  at: ms(at),
  from,
  hex: Buffer.from(bytes).toString('hex'),
});

const recordingOf = (events: readonly RecordedEvent[]): Recording => ({
  header: { schema: RECORDING_SCHEMA, startedAt: '', port: 'memory', baudRate: 9600, isRedacted: false },
  events,
});

const dial = recordingOf([
  said(0, 'dte', ascii('ATE0\r')),
  said(5, 'dce', ascii('\r\nOK\r\n')),
  said(20, 'dte', ascii('ATD*99#\r')),
  said(900, 'dce', ascii('\r\nCONNECT\r\n')),
  said(950, 'dte', request(1)),
  said(960, 'dce', request(9)),
  said(2000, 'dte', ascii('+++')),
  said(3000, 'dce', ascii('\r\nOK\r\n')),
]);

/** Says all of it at once, in these chunks, and then nothing. */
function verdictOn(recording: Recording, octets: Uint8Array, cuts: readonly number[]): ReplayVerdict {
  const machine = new ReplayMachine(recording, { as: 'module', speed: 'max', timeout: ms(1000) }, ms(0));
  const places = [0, ...[...cuts].sort((one, other) => one - other), octets.length];
  let now: Ms = ms(0);
  let verdict: ReplayVerdict | undefined;
  const take = (event: Parameters<ReplayMachine['step']>[0]): Ms | undefined => {
    const { actions, deadline } = machine.step(event, now);
    for (const action of actions) {
      verdict = action.type === 'end' ? action.verdict : verdict;
    }
    return deadline;
  };
  let deadline = take({ type: 'time' });
  for (const [index, from] of places.slice(0, -1).entries()) {
    deadline = take({ type: 'octets', bytes: octets.subarray(from, places[index + 1]) });
  }
  for (let turn = 0; verdict === undefined && deadline !== undefined && turn < 50; turn += 1) {
    now = deadline;
    deadline = take({ type: 'time' });
  }
  if (verdict === undefined) {
    throw new Error('no verdict');
  }
  return verdict;
}

const same = Buffer.concat([ascii('ATE0\rATD*99#\r'), request(0x7e), ascii('+++')]);
const other = Buffer.concat([ascii('ATE0\rATD*98#\r'), request(0x7e), ascii('+++')]);
const cutsOf = (octets: Uint8Array) => fc.array(fc.nat(octets.length), { maxLength: 20 });

describe('the replay machine', () => {
  it('gives the same verdict however the octets are cut', () => {
    fc.assert(
      fc.property(cutsOf(same), cutsOf(other), (cuts, otherCuts) => {
        expect(verdictOn(dial, same, cuts)).toEqual({ outcome: 'same', steps: 4, heard: 4 });
        expect(verdictOn(dial, other, otherCuts)).toEqual(verdictOn(dial, other, []));
      }),
    );
    expect(verdictOn(dial, other, []).difference).toMatchObject({
      line: 4,
      at: 20,
      expected: '"ATD*99#"',
      found: '"ATD*98#"',
    });
  });

  it('ends in bounded time with a verdict, whatever it hears', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        expect(['same', 'different']).toContain(verdictOn(dial, noise, []).outcome);
      }),
    );
  });

  it('takes a recording of anything', () => {
    const event = fc.tuple(fc.constantFrom('dte' as const, 'dce' as const), fc.uint8Array({ maxLength: 60 }));
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 20 }),
        fc.uint8Array({ maxLength: 100 }),
        (dialogue, octets) => {
          const recording = recordingOf(dialogue.map(([from, bytes], index) => said(index, from, bytes)));
          expect(['same', 'different']).toContain(verdictOn(recording, octets, []).outcome);
        },
      ),
    );
  });

  it('shows no password', () => {
    const signIn = recordingOf([said(0, 'dte', ascii('AT+CGAUTH=1,2,"user","hidden"\r'))]);
    const { difference } = verdictOn(signIn, ascii('AT+CGAUTH=1,2,"user","secret"\r'), []);
    expect(JSON.stringify(difference)).not.toMatch(/hidden|secret/);
  });

  it('hears the device go away', () => {
    const machine = new ReplayMachine(dial, { as: 'module', speed: 'max', timeout: ms(1000) }, ms(0));
    machine.step({ type: 'time' }, ms(0));
    const { actions } = machine.step({ type: 'gone' }, ms(10));
    expect(actions).toMatchObject([{ type: 'end', verdict: { outcome: 'different' } }]);
  });
});

/** A mail in two pieces through the sockets of a module, with octets in it that mean something elsewhere. */
const halves = ['Date: Mon\r\n~}#+++\r\nAT+QISEND=0,3\r\n', '\r\nNO CARRIER\r\n> OK\r\n.\r\n'] as const;
const onSocket = recordingOf([
  said(0, 'dte', ascii('AT+QIOPEN=1,0,"TCP","203.0.113.1",25,0,0\r')),
  said(5, 'dce', ascii('\r\nOK\r\n\r\n+QIOPEN: 0,0\r\n')),
  ...halves.flatMap((half, index) => [
    said(10 + 10 * index, 'dte', ascii(`AT+QISEND=0,${half.length}\r`)),
    said(11 + 10 * index, 'dce', ascii('\r\n> ')),
    said(12 + 10 * index, 'dte', ascii(half)),
    said(13 + 10 * index, 'dce', ascii('\r\nSEND OK\r\n')),
  ]),
  said(40, 'dte', ascii('AT+QICLOSE=0,0\r')),
  said(41, 'dce', ascii('\r\nOK\r\n')),
]);
const inPieces = (text: string, cuts: readonly number[]): Buffer => {
  const places = [0, ...[...new Set(cuts)].sort((one, other) => one - other), text.length];
  const pieces = places.flatMap((from, index) => {
    const piece = text.slice(from, places[index + 1]);
    return index === places.length - 1 || piece === '' ? [] : [`AT+QISEND=0,${piece.length}\r${piece}`];
  });
  return ascii(`AT+QIOPEN=1,0,"TCP","203.0.113.1",25,0,0\r${pieces.join('')}AT+QICLOSE=0,0\r`);
};
const mail = halves.join('').replace('Mon', 'Tuesday');

describe('octets on a socket of a module', () => {
  it('are the same in whatever pieces they are sent, and other octets are not', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: mail.length - 1 }), { maxLength: 8 });
    fc.assert(
      fc.property(cuts, cuts, (pieces, chunks) => {
        expect(verdictOn(onSocket, inPieces(mail, pieces), chunks)).toMatchObject({ outcome: 'same' });
        const other = mail.replace('> OK', '> KO');
        expect(verdictOn(onSocket, inPieces(other, pieces), chunks)).toMatchObject({
          outcome: 'different',
          difference: { expected: JSON.stringify('> OK\r\n'), found: JSON.stringify('> KO\r\n') },
        });
      }),
    );
  });

  it('are missed where they do not come', () => {
    const short = ascii('AT+QIOPEN=1,0,"TCP","203.0.113.1",25,0,0\rAT+QISEND=0,6\rDate: AT+QICLOSE=0,0\r');
    expect(verdictOn(onSocket, short, [])).toMatchObject({
      outcome: 'different',
      difference: { expected: `${halves[0].length} octets on connection 0`, found: '"AT+QICLOSE=0,0"' },
    });
  });
});

describe('the cutter', () => {
  it('gives the same utterances however the octets are cut, and loses no octet', () => {
    const part = fc.constantFrom(request(3), ascii('AT+CSQ\r'), ascii('\r\nNO CARRIER\r\n'), ascii('+++'));
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 8 }),
        fc.array(fc.nat(300), { maxLength: 12 }),
        (parts, cuts) => {
          const octets = Buffer.concat(parts);
          expect(cutIn(octets, cuts)).toEqual(cutIn(octets, []));
        },
      ),
    );
  });

  it('leaves no flag in front of an escape, which silence must precede', () => {
    const [, last] = cutIn(Buffer.concat([request(3), ascii('+++')]), []);
    expect(Buffer.from(last?.raw ?? []).toString()).toBe('+++');
  });

  it('hears NO CARRIER in the middle of a frame', () => {
    const broken = Buffer.concat([request(3).subarray(0, 9), ascii('\r\nNO CARRIER\r\n')]);
    const texts = cutIn(broken, []).filter(({ kind }) => kind === 'text');
    expect(texts.map((text) => (text.kind === 'text' ? Buffer.from(text.bytes).toString() : ''))).toContain(
      'NO CARRIER',
    );
  });
});

function cutIn(octets: Uint8Array, cuts: readonly number[]): Utterance[] {
  const found: Utterance[] = [];
  const cutter = new UtteranceCutter((utterance) => found.push(utterance));
  const places = [0, ...[...cuts].sort((one, other) => one - other), octets.length];
  for (const [index, from] of places.slice(0, -1).entries()) {
    cutter.push(octets.subarray(from, places[index + 1]));
  }
  cutter.flushText();
  return found;
}
