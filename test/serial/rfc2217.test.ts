/** RFC 2217 at both ends, as machines: each alone against octets of the RFC, and both joined. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rfc2217Client, type Rfc2217ClientAction } from '../../src/serial/rfc2217-client.ts';
import { type Rfc2217Action, Rfc2217Server } from '../../src/serial/rfc2217-server.ts';
import type { DceSignals } from '../../src/serial/serial-line.ts';
import { TelnetNegotiation } from '../../src/serial/telnet-negotiation.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const octets = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** RFC 854: 255 IAC, 251 WILL, 252 WONT, 253 DO, 254 DONT; RFC 2217: option 44. */
const WILL_COM = 'fffb2c';
const DO_COM = 'fffd2c';
const DONT_COM = 'fffe2c';
const setting = (content: string) => `fffa2c${content}fff0`;

const IDLE: DceSignals = { dcd: false, dsr: true, cts: true, ri: false };

function sentBy(actions: readonly (Rfc2217Action | Rfc2217ClientAction)[]): string {
  return actions.map((action) => (action.type === 'send' ? hex(action.bytes) : '')).join('');
}

describe('the server', () => {
  const server = () => new Rfc2217Server(IDLE, 115_200);
  const tell = (end: Rfc2217Server, text: string) => end.receive(octets(text));

  it('begins with SUPPRESS-GO-AHEAD and BINARY, and leaves COM-PORT-OPTION to the client', () => {
    expect(hex(server().begin())).toBe('fffb03fffd03fffb00fffd00');
  });

  it('agrees to COM-PORT-OPTION and tells the circuits at once', () => {
    // 107: NOTIFY-MODEMSTATE; DSR and CTS are on.
    expect(sentBy(tell(server(), WILL_COM))).toBe(`${DO_COM}${setting('6b30')}`);
  });

  it.each([
    ['the rate', '0100002580', '6500002580'],
    ['the rate, asked for', '0100000000', '650001c200'],
    ['a rate that no port has', '0100000001', '650001c200'],
    ['data bits: always 8', '0207', '6608'],
    ['parity: always none', '0303', '6701'],
    ['stop bits: always one', '0402', '6801'],
    ['hardware flow control', '0503', '6903'],
    ['flow control, asked for', '0500', '6901'],
    ['break, asked for', '0504', '6906'],
    ['DTR, asked for', '0507', '6908'],
    ['RTS, asked for', '050a', '690b'],
    ['inbound flow control: has none of its own', '050f', '690e'],
    ['line state mask', '0a10', '6e10'],
    ['purge of what is sent', '0c02', '7002'],
    ['its signature', '00', '646b6164656332 31'.replace(' ', '')],
  ])('answers %s', (_, asked, answer) => {
    const end = server();
    tell(end, WILL_COM);
    expect(sentBy(tell(end, setting(asked)))).toBe(setting(answer));
  });

  it('tells what the settings mean for the module', () => {
    const end = server();
    tell(end, WILL_COM);
    const meaning = (text: string) => tell(end, setting(text)).filter(({ type }) => type !== 'send');
    expect(meaning('0100002580')).toEqual([{ type: 'baud-rate', baudRate: 9600 }]);
    expect(meaning('0509')).toEqual([{ type: 'signals', signals: { dtr: false, rts: true } }]);
    expect(meaning('050c')).toEqual([{ type: 'signals', signals: { dtr: false, rts: false } }]);
    expect(meaning('0508')).toEqual([{ type: 'signals', signals: { dtr: true, rts: false } }]);
    expect(meaning('050b')).toEqual([{ type: 'signals', signals: { dtr: true, rts: true } }]);
    expect(meaning('08')).toEqual([{ type: 'signals', signals: { dtr: true, rts: false } }]);
    expect(meaning('09')).toEqual([{ type: 'signals', signals: { dtr: true, rts: true } }]);
    expect(meaning('0c03')).toEqual([{ type: 'purge' }]);
  });

  it('tells of circuits that change what the client has asked to hear of', () => {
    const end = server();
    const carrier = { ...IDLE, dcd: true };
    // Nobody has spoken of COM-PORT-OPTION: a plain telnet client hears nothing of it.
    expect(end.drive(carrier)).toBeUndefined();
    end.drive(IDLE);
    tell(end, WILL_COM);
    expect(hex(end.drive(carrier) ?? new Uint8Array())).toBe(setting('6bb8'));
    expect(hex(end.drive({ ...carrier, ri: true }) ?? new Uint8Array())).toBe(setting('6bf0'));
    expect(hex(end.drive(carrier) ?? new Uint8Array())).toBe(setting('6bb4'));
    // Only DSR (0x20) from here on.
    tell(end, setting('0b20'));
    expect(end.drive(IDLE)).toBeUndefined();
    expect(hex(end.drive({ ...IDLE, dsr: false }) ?? new Uint8Array())).toBe(setting('6b00'));
  });

  it('takes settings of a client that has negotiated nothing', () => {
    expect(sentBy(tell(server(), setting('0100002580')))).toBe(`${setting('6b30')}${setting('6500002580')}`);
  });

  it('takes octets as they are from where the client says that it transmits binary, in one read', () => {
    const end = server();
    end.begin();
    // RFC 856; before it CR NUL is a bare CR (RFC 854).
    const heard = tell(end, '0d00 fffb00 0d00').map((action) =>
      action.type === 'data' ? hex(action.bytes) : '',
    );
    expect(heard.join('')).toBe('0d0d00');
  });

  it.each(['', '01', '010000', '0d01', 'c801', '6500002580'])(
    'says nothing to what is no setting: %s',
    (content) => {
      const end = server();
      tell(end, WILL_COM);
      expect(tell(end, setting(content))).toEqual([]);
    },
  );
});

describe('the client', () => {
  const client = () => new Rfc2217Client(9600);

  it('sets rate, 8N1, RTS/CTS, DTR, RTS and the mask, once the server has agreed, once', () => {
    const end = client();
    expect(hex(end.begin())).toContain(`${WILL_COM}${DO_COM}`);
    const expected = ['0100002580', '0208', '0301', '0401', '0503', '0508', '050b', '0bf0']
      .map(setting)
      .join('');
    expect(sentBy(end.receive(octets(DO_COM)))).toBe(expected);
    expect(end.receive(octets(DO_COM))).toEqual([]);
  });

  it('is refused by a server that will not control a port', () => {
    const end = client();
    end.begin();
    expect(end.receive(octets(DONT_COM))).toEqual([{ type: 'refused' }]);
  });

  it('hears rate, circuits and flow control, and nothing of what it asked for itself', () => {
    const end = client();
    end.begin();
    const heard = (content: string) => end.receive(octets(setting(content)));
    expect(heard('6500004b00')).toEqual([{ type: 'baud-rate', baudRate: 19_200 }]);
    expect(heard('6bb8')).toEqual([
      { type: 'signals', signals: { dcd: true, dsr: true, cts: true, ri: false } },
    ]);
    expect(heard('6c')).toEqual([{ type: 'flow', isSuspended: true }]);
    expect(heard('6d')).toEqual([{ type: 'flow', isSuspended: false }]);
    for (const other of ['6908', '6601', '6a00', '0100002580', 'ff', '']) {
      expect(heard(other)).toEqual([]);
    }
  });
});

/** Lets both ends talk until neither has anything to say. @returns what each heard */
function talk(client: Rfc2217Client, server: Rfc2217Server, first: { up: Uint8Array; down: Uint8Array }) {
  const atClient: Rfc2217ClientAction[] = [];
  const atServer: Rfc2217Action[] = [];
  let { up, down } = first;
  for (let turns = 0; up.length > 0 || down.length > 0; turns += 1) {
    expect(turns, 'a negotiation that does not end').toBeLessThan(10);
    const heardAbove = server.receive(up);
    const heardBelow = client.receive(down);
    atServer.push(...heardAbove.filter(({ type }) => type !== 'send'));
    atClient.push(...heardBelow.filter(({ type }) => type !== 'send'));
    up = octets(sentBy(heardBelow));
    down = octets(sentBy(heardAbove));
  }
  return { atClient, atServer };
}

describe('both ends', () => {
  it('come to an end with the rate and the circuits, and carry every octet', () => {
    const client = new Rfc2217Client(38_400);
    const server = new Rfc2217Server({ ...IDLE, dcd: true }, 115_200);
    const { atClient, atServer } = talk(client, server, { up: client.begin(), down: server.begin() });
    expect(atClient).toContainEqual({ type: 'baud-rate', baudRate: 38_400 });
    expect(atClient.at(-1)).toEqual({
      type: 'signals',
      signals: { dcd: true, dsr: true, cts: true, ri: false },
    });
    expect(atServer).toContainEqual({ type: 'baud-rate', baudRate: 38_400 });
    const every = Uint8Array.from({ length: 512 }, (_, index) => index % 256);
    const data = (actions: readonly (Rfc2217Action | Rfc2217ClientAction)[]) =>
      Buffer.concat(actions.map((action) => (action.type === 'data' ? action.bytes : new Uint8Array())));
    expect(data(server.receive(client.encode(every)))).toEqual(Buffer.from(every));
    expect(data(client.receive(server.encode(every)))).toEqual(Buffer.from(every));
    expect(
      talk(client, server, { up: client.drive({ dtr: false }), down: new Uint8Array() }).atServer,
    ).toEqual([{ type: 'signals', signals: { dtr: false, rts: true } }]);
  });
});

describe('the negotiation of an option', () => {
  const verb = fc.constantFrom('WILL' as const, 'WONT' as const, 'DO' as const, 'DONT' as const);
  const option = fc.constantFrom(0, 1, 3, 44, 255);

  // RFC 1143: an option is answered when it changes, never when it is as it was.
  it('answers no more than each change, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(verb, option), { maxLength: 60 }), fc.boolean(), (said, begins) => {
        const negotiation = new TelnetNegotiation({ us: [0, 3, 44], him: [0, 3] });
        if (begins) {
          negotiation.begin([0, 3]);
        }
        for (const [what, which] of said) {
          const before = [negotiation.isOn(which), negotiation.isOnAtPeer(which)];
          const answer = negotiation.receive(what, which);
          const after = [negotiation.isOn(which), negotiation.isOnAtPeer(which)];
          const isNew = before[0] !== after[0] || before[1] !== after[1];
          const isAsked = what === 'WILL' || what === 'DO';
          expect(answer === undefined || isNew || isAsked).toBe(true);
          expect(negotiation.receive(what, which) === undefined || (isAsked && !isNew)).toBe(true);
        }
        for (const unwanted of [1, 255]) {
          expect(negotiation.isOn(unwanted) || negotiation.isOnAtPeer(unwanted)).toBe(false);
        }
      }),
    );
  });

  it('of two ends that both begin ends, in every interleaving', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 100 }), (turns) => {
        const ends = [0, 1].map(() => new TelnetNegotiation({ us: [0, 3], him: [0, 3] }));
        const inbox: string[][] = [[], []];
        const post = (to: number, bytes: Uint8Array | undefined) => {
          for (const [command] of hex(bytes ?? new Uint8Array()).matchAll(/.{6}/g)) {
            inbox[to]?.push(command);
          }
        };
        for (const [index, end] of ends.entries()) {
          post(1 - index, end.begin([0, 3]));
        }
        const names = { fb: 'WILL', fc: 'WONT', fd: 'DO', fe: 'DONT' } as const;
        let steps = 0;
        for (const turn of [...turns, ...Array.from({ length: 200 }, (_, index) => index % 2 === 0)]) {
          const at = turn ? 1 : 0;
          const command = inbox[at]?.shift();
          if (command !== undefined) {
            steps += 1;
            const name = names[command.slice(2, 4) as keyof typeof names];
            post(1 - at, ends[at]?.receive(name, Number.parseInt(command.slice(4), 16)));
          }
        }
        expect(inbox).toEqual([[], []]);
        expect(steps).toBeLessThan(20);
        expect(ends.every((end) => [0, 3].every((which) => end.isOn(which) && end.isOnAtPeer(which)))).toBe(
          true,
        );
      }),
    );
  });
});
