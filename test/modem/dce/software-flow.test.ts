import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pause } from '../../../src/base/pause.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { ms } from '../../../src/base/units.ts';
import { inVirtualTime } from '../../../src/base/virtual-time.ts';
import { EmulatedModule } from '../../../src/modem/dce/emulated-module.ts';
import { Settings } from '../../../src/modem/dce/settings.ts';
import { SoftwareFlow, XOFF, XON } from '../../../src/modem/dce/software-flow.ts';
import { moduleProfileSchema } from '../../../src/modem/module-profile.ts';
import { lteM } from '../../../src/modem/profiles/3gpp.ts';
import { createMemoryLine } from '../../../src/serial/memory-line.ts';
import { pacedDce } from '../../../src/serial/paced-line.ts';
import { Terminal } from './terminal.ts';
import { TestRadio } from './test-radio.ts';

const lte = moduleProfileSchema.parse(lteM);
const OK = '\r\nOK\r\n';
/** At most this many octets follow an XOFF: two pieces, as line-writer.ts has them on their way. */
const IN_FLIGHT = 128;

const isFlow = (octet: number): boolean => octet === XON || octet === XOFF;

/** @param byTerminal the first number of `+IFC`, the second is the same as far as there is one */
function flowOf(byTerminal: number): SoftwareFlow {
  const settings = Settings.factory(lte);
  settings.extended.set('+IFC/0', byTerminal);
  settings.extended.set('+IFC/1', Math.min(byTerminal, 2));
  return new SoftwareFlow(settings);
}

/** Octets among which XON and XOFF are frequent, in pieces. */
const typed = fc.array(
  fc.array(fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(XON, XOFF)), { maxLength: 12 }),
  { maxLength: 12 },
);

describe('XON and XOFF in what the DTE sends', () => {
  it('are taken out, everything else is left in its order, and the last of them counts', () => {
    fc.assert(
      fc.property(typed, fc.boolean(), (pieces, isData) => {
        const flow = flowOf(1);
        const left = pieces.flatMap((piece) => [...flow.fromTerminal(Uint8Array.from(piece), isData)]);
        const sent = pieces.flat();
        expect(left).toEqual(sent.filter((octet) => !isFlow(octet)));
        expect(flow.isStopped).toBe(sent.findLast(isFlow) === XOFF);
      }),
    );
  });

  it('are obeyed and passed on to the call with +IFC=3, in data state only', () => {
    fc.assert(
      fc.property(typed, (pieces) => {
        const flow = flowOf(3);
        const left = pieces.flatMap((piece) => [...flow.fromTerminal(Uint8Array.from(piece), true)]);
        expect(left).toEqual(pieces.flat());
        expect(flow.isStopped).toBe(pieces.flat().findLast(isFlow) === XOFF);
      }),
    );
    expect(flowOf(3).fromTerminal(Uint8Array.of(65, XOFF, 84), false)).toEqual(Uint8Array.of(65, 84));
  });

  it.each([0, 2])('are octets as others are with +IFC=%i', (byTerminal) => {
    const flow = flowOf(byTerminal);
    const sent = Uint8Array.of(1, XOFF, 2, XON, XOFF);
    expect(flow.fromTerminal(sent, true)).toBe(sent);
    expect([flow.isStopped, flow.controlCharacters]).toEqual([false, 0]);
  });

  it('are forgotten when another DTE comes', () => {
    const flow = flowOf(1);
    flow.fromTerminal(Uint8Array.of(XOFF), false);
    flow.terminalChanged();
    expect(flow.isStopped).toBe(false);
  });
});

describe('XOFF and XON of the module', () => {
  it('come in turn, each once', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean()), (fullness) => {
        const flow = flowOf(1);
        const said = fullness.map((isFull) => flow.toTerminal(isFull)).filter((octet) => octet !== undefined);
        expect(said.every((octet, index) => octet === (index % 2 === 0 ? XOFF : XON))).toBe(true);
        expect(said.at(-1) === XOFF).toBe(fullness.at(-1) === true);
      }),
    );
  });

  it.each([0, 2])('never come with +IFC=%i', (byTerminal) => {
    expect(flowOf(byTerminal).toTerminal(true)).toBeUndefined();
  });
});

describe('the commands for flow control', () => {
  it.each([
    ['AT+IFC=1,1', '1,1', '&K4', '\\Q1'],
    ['AT+IFC=3,1', '3,1', '&K5', '\\Q1'],
    ['AT+IFC=0,0', '0,0', '&K0', '\\Q0'],
    ['AT+IFC=0,2', '0,2', '&K3', '\\Q2'],
    ['AT+IFC=1,1;+IFC=2,2', '2,2', '&K3', '\\Q3'],
    ['AT+IFC=1,1;+IFC=,2', '1,2', '&K4', '\\Q1'],
    ['AT&K4', '1,1', '&K4', '\\Q1'],
    ['AT&K5', '3,1', '&K5', '\\Q1'],
    ['AT&K6', '1,1', '&K6', '\\Q1'],
    ['AT&K4&K3', '2,2', '&K3', '\\Q3'],
    ['AT&K4&K2', '1,1', '&K2', '\\Q1'],
    ['AT&K0', '0,0', '&K0', '\\Q0'],
    ['AT\\Q1', '1,1', '&K4', '\\Q1'],
    ['AT\\Q2', '0,2', '&K3', '\\Q2'],
    ['AT&K4\\Q3', '2,2', '&K3', '\\Q3'],
    ['AT&K4&FE0', '2,2', '&K3', '\\Q3'],
  ])('%s gives +IFC %s and shows %s and %s', (line, flow, hayes, microcom) => {
    const terminal = new Terminal();
    expect(terminal.ask(line)).toBe(OK);
    expect(terminal.ask('AT+IFC?')).toBe(`\r\n+IFC: ${flow}\r\n${OK}`);
    const shown = terminal.ask('AT&V').split(/\s+/);
    expect(shown).toEqual(expect.arrayContaining([hayes, microcom]));
  });

  it.each(['AT+IFC=4,1', 'AT+IFC=1,3', 'AT&K7', 'AT\\Q4'])('%s is refused and changes nothing', (line) => {
    const terminal = new Terminal();
    expect(terminal.ask(line)).toContain('ERROR');
    expect(terminal.ask('AT+IFC?')).toBe(`\r\n+IFC: 2,2\r\n${OK}`);
  });
});

const wait = (duration: number) => pause(ms(duration));

/** A module with XON/XOFF on a line at its bit rate, a DTE that hears it, and a call. */
function bench() {
  const { dte, dce } = createMemoryLine(9600);
  const radio = new TestRadio();
  const module = new EmulatedModule(pacedDce(dce), { profile: lte, radio });
  const heard: number[] = [];
  dte.on('data', (bytes) => heard.push(...bytes));
  const send = (text: string) => dte.write(Buffer.from(text, 'latin1'));
  const hear = () => Buffer.from(heard.splice(0)).toString('latin1');
  const online = async () => {
    await wait(5000);
    send('ATE0+IFC=1,1\r');
    await wait(100);
    send('ATD*99***1#\r');
    await wait(3000);
    expect(hear()).toContain('CONNECT');
  };
  return { dte, radio, module, heard, send, hear, online };
}

const inTime = <Result>(run: () => Promise<Result>) =>
  inVirtualTime({ startAt: ms(Date.UTC(2008, 8, 30)), random: seededRandom(1) }, run);

describe('a module on a line with XON and XOFF', () => {
  it('holds echo and answers from XOFF to XON, in command state', () =>
    inTime(async () => {
      const { send, hear } = bench();
      await wait(5000);
      send('AT&K4\r');
      await wait(100);
      hear();
      send('\x13AT\r');
      await wait(60_000);
      expect(hear()).toBe('');
      send('\x11');
      await wait(100);
      expect(hear()).toBe(`AT\r${OK}`);
      send('A\x13T\x11\r');
      await wait(100);
      expect(hear()).toBe(`AT\r${OK}`);
    }));

  it('loses nothing, doubles nothing and sends no more than is under way, whenever the DTE stops it', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 1500 }), { maxLength: 6 }),
        fc.array(
          fc.record({ goesMs: fc.integer({ min: 0, max: 900 }), stopsMs: fc.integer({ min: 1, max: 900 }) }),
          {
            maxLength: 6,
          },
        ),
        (frames, stops) =>
          inTime(async () => {
            const { radio, heard, send, online } = bench();
            await online();
            for (const frame of frames) {
              radio.call.say(Buffer.from(frame).toString('latin1'));
            }
            for (const { goesMs, stopsMs } of stops) {
              await wait(goesMs);
              send('\x13');
              const atStop = heard.length;
              await wait(stopsMs);
              expect(heard.length - atStop).toBeLessThanOrEqual(IN_FLIGHT);
              const stopped = heard.length;
              await wait(150);
              // What was under way has arrived by now.
              expect(stopsMs < 200 || heard.length === stopped).toBe(true);
              send('\x11');
            }
            await wait(15_000);
            expect(heard).toEqual(frames.flatMap((frame) => [...frame]));
          }),
      ),
      { numRuns: 20 },
    ));

  it('says XOFF when its call takes no more, past what waits for the DTE, and XON when it does again', () =>
    inTime(async () => {
      const { radio, send, hear, online } = bench();
      await online();
      radio.call.hasRoom = false;
      send('\x13\x7d\x31\x7d\x33');
      await wait(10);
      radio.call.say('waits');
      await wait(100);
      expect(hear()).toBe('\x13');
      expect(radio.call.text).toBe('\x7d\x31\x7d\x33');
      radio.call.emit('drain');
      await wait(100);
      expect(hear()).toBe('\x11');
      send('\x11');
      await wait(100);
      expect(hear()).toBe('waits');
    }));

  it('tells the network which characters the device must escape, and only then', () =>
    inTime(async () => {
      const { radio, send, hear, online } = bench();
      await online();
      expect(radio.controlCharacters).toBe(0x000a_0000);
      await wait(1100);
      send('+++');
      await wait(1100);
      send('ATH&K3\r');
      await wait(1000);
      send('ATD*99***1#\r');
      await wait(3000);
      expect(hear()).toContain('CONNECT');
      expect(radio.controlCharacters).toBe(0);
    }));

  it('goes on for a DTE that comes back after one that has stopped it', () =>
    inTime(async () => {
      const { dte, send, hear } = bench();
      await wait(5000);
      send('ATE0&K4\r');
      await wait(100);
      send('\x13');
      dte.drive({ dtr: false });
      await wait(100);
      dte.drive({ dtr: true });
      await wait(100);
      hear();
      send('AT\r');
      await wait(100);
      expect(hear()).toBe(OK);
    }));
});
