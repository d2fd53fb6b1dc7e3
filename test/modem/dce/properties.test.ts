import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observe } from '../../vectors/at-dce/observation.ts';
import { cdmaProfile, Terminal } from './terminal.ts';

/** What DTEs send, and what they do not. */
const piece = fc.oneof(
  fc.constantFrom(
    'AT',
    'at',
    'A/',
    '\r',
    '\r\n',
    'E0',
    'E1',
    'Q0',
    'V0',
    'V1',
    'X0',
    'Z',
    '&F',
    '&W',
    'S3=13',
    'S5=8',
    'S0?',
    'D5551234',
    'DT5550000',
    'D5559999',
    'A',
    'O',
    'H',
    '+CSQ',
    ';',
    '+CREG=2',
    '+CREG?',
    '+COPS=?',
    '+CGDCONT=1,"IP","x"',
    '+CMGF=1',
    '+CMGS="1"',
    '\x1a',
    '\x1b',
    '+++',
    '"',
    '+CFUN=0',
    '+CFUN=1',
    '+IPR=9600',
  ),
  fc.string({ unit: 'binary-ascii', maxLength: 8 }),
  fc.uint8Array({ maxLength: 8 }).map((octets) => Buffer.from(octets).toString('latin1')),
);

const event = fc.constantFrom(
  { event: 'dtr', value: 0 },
  { event: 'dtr', value: 1 },
  { event: 'incomingCall', rings: 2 },
  { event: 'peerClose', afterData: 'bye' },
);

describe('whatever happens to the machine', () => {
  it('it goes on, and comes to rest', () => {
    const step = fc.record({ what: fc.oneof(piece, event), silence: fc.constantFrom(0, 0, 5, 200, 1100) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, isCdma) => {
        const terminal = isCdma ? new Terminal({}, cdmaProfile) : new Terminal();
        for (const { what, silence } of steps) {
          terminal.wait(silence);
          if (typeof what === 'string') {
            terminal.bench.write(what);
          } else {
            terminal.bench.happen(what);
          }
        }
        terminal.bench.settle();
        expect(terminal.bench.server.deadline).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it('without silence between them, it does not matter how octets are cut', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        const [whole, cut] = [new Terminal(), new Terminal()];
        whole.bench.write(text);
        for (const octet of text) {
          cut.bench.write(octet);
        }
        whole.bench.settle();
        cut.bench.settle();
        expect(observe(cut.bench).output).toBe(observe(whole.bench).output);
        expect(observe(cut.bench).toPeer).toBe(observe(whole.bench).toPeer);
      }),
      { numRuns: 300 },
    );
  });

  it('every command line gets one final result', () => {
    const command = fc.constantFrom(
      'E0',
      'V1',
      'S0?',
      '+CSQ;',
      '+CREG?;',
      '+BOGUS',
      'X4',
      'S3',
      '&C1',
      ' ',
      '?',
    );
    // What follows D belongs to the number: it can only stand at the end.
    const body = fc
      .tuple(fc.array(command, { maxLength: 6 }), fc.constantFrom('', '', 'D5550000'))
      .map(([commands, last]) => [...commands, last].join(''));
    fc.assert(
      fc.property(fc.array(body, { maxLength: 6 }), (bodies) => {
        const terminal = new Terminal();
        for (const commands of bodies) {
          terminal.bench.write(`AT${commands}\r`);
          terminal.wait(200);
        }
        expect(observe(terminal.bench).finals).toHaveLength(bodies.length);
      }),
    );
  });

  it('it keeps no more of an endless stream than its bounds allow', () => {
    const terminal = new Terminal();
    const noise = 'ATE0+X="'.padEnd(4096, 'AT');
    for (let count = 0; count < 500; count += 1) {
      terminal.bench.write(noise);
    }
    expect(terminal.ask('')).toBe('\r\nERROR\r\n');
    terminal.type('AT\r');
    for (let count = 0; count < 500; count += 1) {
      // While a line waits to be executed, 4 KiB of what follows are kept.
      terminal.bench.write(noise);
    }
    expect(terminal.wait(100)).toBe('\r\nOK\r\n');
  });
});
