import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextCommand, type Value } from '../../../../src/wire/at/command-line.ts';
import {
  readClose,
  readContext,
  readContextSettings,
  readLookUp,
  readNameServers,
  readOpen,
  readPing,
  readRead,
  readSend,
  readStateQuery,
  socketCommands,
} from '../../../../src/wire/at/sockets/command.ts';
import {
  formatConnection,
  formatContext,
  formatCounts,
  formatLastResult,
  formatNameServers,
  formatReadHeader,
  parseContext,
  parseLastResult,
  parseNameServers,
} from '../../../../src/wire/at/sockets/information.ts';
import { describeResult, SOCKET_RESULTS } from '../../../../src/wire/at/sockets/result.ts';
import {
  formatSocketUrc,
  parseSocketUrc,
  type SocketUrc,
} from '../../../../src/wire/at/sockets/unsolicited.ts';

/** The values of a command line as the module reads them. */
function valuesOf(line: string): readonly Value[] {
  const next = nextCommand(line.replace(/^AT/, ''), 0);
  if (next.found !== 'command' || next.command.kind !== 'extended' || next.command.form !== 'set') {
    throw new Error(`${line} is not a command that sets`);
  }
  return next.command.values;
}

const context = fc.integer({ min: 1, max: 16 });
const connection = fc.integer({ min: 0, max: 11 });
const octetText = fc
  .array(fc.integer({ min: 0x20, max: 0x7e }), { maxLength: 40 })
  .map((octets) => String.fromCharCode(...octets));
const host = fc
  .array(fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789.-'), { minLength: 1, maxLength: 60 })
  .map((letters) => letters.join(''));

describe('command lines', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(
        fc.record({
          context,
          apn: octetText,
          user: octetText,
          password: octetText,
          authentication: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const),
        }),
        fc.record({ context, connection, host, port: fc.integer({ min: 1, max: 65_535 }) }),
        fc.record({
          context,
          host,
          timeoutS: fc.integer({ min: 1, max: 255 }),
          count: fc.integer({ min: 1, max: 10 }),
        }),
        (settings, open, ping) => {
          expect(readContextSettings(valuesOf(socketCommands.setContext(settings)))).toEqual(settings);
          expect(readOpen(valuesOf(socketCommands.open(open)))).toEqual(open);
          expect(readPing(valuesOf(socketCommands.ping(ping)))).toEqual(ping);
          expect(readContext(valuesOf(socketCommands.activate(open.context)))).toBe(open.context);
          expect(readContext(valuesOf(socketCommands.deactivate(open.context)))).toBe(open.context);
          expect(readLookUp(valuesOf(socketCommands.lookUp(open.context, open.host)))).toEqual({
            context: open.context,
            host: open.host,
          });
        },
      ),
    );
  });

  it('are read with the lengths they carry', () => {
    expect(readSend(valuesOf(socketCommands.send(3, 1460)))).toEqual({ connection: 3, octets: 1460 });
    expect(readRead(valuesOf(socketCommands.read(3, 1500)))).toEqual({ connection: 3, octets: 1500 });
    expect(readClose(valuesOf(socketCommands.close(3, 0)))).toEqual({ connection: 3, seconds: 0 });
    const servers = ['10.0.0.1', '10.0.0.2'];
    expect(readNameServers(valuesOf(socketCommands.setNameServers(1, servers)))).toEqual({
      context: 1,
      servers,
    });
    expect(readNameServers(valuesOf(socketCommands.readNameServers(1)))).toEqual({ context: 1, servers: [] });
  });

  it.each([
    ['AT+QISEND=0', readSend, { connection: 0, octets: undefined }],
    ['AT+QIRD=11', readRead, { connection: 11, octets: 1500 }],
    ['AT+QICLOSE=0', readClose, { connection: 0, seconds: 10 }],
    ['AT+QISTATE=0,1', readStateQuery, { by: 'context', number: 1 }],
    ['AT+QISTATE=1,0', readStateQuery, { by: 'connection', number: 0 }],
    ['AT+QPING=1,"10.0.0.1"', readPing, { context: 1, host: '10.0.0.1', timeoutS: 4, count: 4 }],
    [
      'AT+QIOPEN=1,0,"tcp","mail.example",25',
      readOpen,
      { context: 1, connection: 0, host: 'mail.example', port: 25 },
    ],
    [
      'AT+QICSGP=1,1,"apn"',
      readContextSettings,
      { context: 1, apn: 'apn', user: '', password: '', authentication: 0 },
    ],
  ] as const)('%s stands for what is left out', (line, read, meant) => {
    expect(read(valuesOf(line))).toEqual(meant);
  });

  it.each([
    ['AT+QIOPEN=1,0,"UDP","10.0.0.1",25', readOpen],
    ['AT+QIOPEN=1,0,"TCP LISTENER","10.0.0.1",25', readOpen],
    ['AT+QIOPEN=0,0,"TCP","10.0.0.1",25', readOpen],
    ['AT+QIOPEN=17,0,"TCP","10.0.0.1",25', readOpen],
    ['AT+QIOPEN=1,12,"TCP","10.0.0.1",25', readOpen],
    ['AT+QIOPEN=1,0,"TCP",10,25', readOpen],
    ['AT+QIOPEN=1,0,"TCP","",25', readOpen],
    ['AT+QIOPEN=1,0,"TCP","10.0.0.1",0', readOpen],
    ['AT+QIOPEN=1,0,"TCP","10.0.0.1",65536', readOpen],
    ['AT+QIOPEN=1,0,"TCP","10.0.0.1",25,0,2', readOpen],
    ['AT+QIOPEN=1,0,"TCP","10.0.0.1"', readOpen],
    ['AT+QISEND=0,1461', readSend],
    ['AT+QISEND=12,1', readSend],
    ['AT+QISEND="0"', readSend],
    ['AT+QIRD=0,1501', readRead],
    ['AT+QICLOSE=0,65536', readClose],
    ['AT+QISTATE=2,0', readStateQuery],
    ['AT+QIACT=1,2', readContext],
    ['AT+QICSGP=1,2,"apn"', readContextSettings],
    ['AT+QIDNSGIP=1', readLookUp],
    ['AT+QPING=1,"h",0', readPing],
    ['AT+QPING=1,"h",1,11', readPing],
    ['AT+QIDNSCFG=1,5', readNameServers],
  ] as const)('%s is none', (line, read) => {
    expect(read(valuesOf(line))).toBeUndefined();
  });

  it('hostile values are refused and never thrown at', () => {
    const value = fc.oneof<fc.Arbitrary<Value>[]>(
      fc.constant({ kind: 'omitted' }),
      fc.string().map((text) => ({ kind: 'string', text })),
      fc.nat().map((decimal) => ({ kind: 'plain', text: String(decimal), decimal })),
      fc.string().map((text) => ({ kind: 'plain', text, decimal: undefined })),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 9 }), (values) => {
        for (const read of [
          readContext,
          readContextSettings,
          readOpen,
          readSend,
          readRead,
          readClose,
          readStateQuery,
          readNameServers,
          readLookUp,
          readPing,
        ]) {
          read(values);
        }
      }),
    );
  });
});

describe('information texts', () => {
  it('tell a context, active and not', () => {
    const active = { context: 1, isActive: true, address: '10.1.2.3' };
    expect(formatContext(active)).toBe('+QIACT: 1,1,1,"10.1.2.3"');
    expect(parseContext('+QIACT: 1,1,1,"10.1.2.3"')).toEqual(active);
    expect(parseContext(formatContext({ context: 2, isActive: false, address: undefined }))).toEqual({
      context: 2,
      isActive: false,
      address: undefined,
    });
    expect(parseContext('+QIACT: ')).toBeUndefined();
    expect(parseContext('+CSQ: 1,1')).toBeUndefined();
  });

  it('tell two name servers, the last error, a connection and counts', () => {
    expect(formatNameServers(1, ['10.0.0.1'])).toBe('+QIDNSCFG: 1,"10.0.0.1",""');
    expect(parseNameServers('+QIDNSCFG: 1,"10.0.0.1","0.0.0.0"')).toEqual(['10.0.0.1']);
    expect(parseNameServers('+QIDNSCFG: 1,"10.0.0.1","10.0.0.2"')).toEqual(['10.0.0.1', '10.0.0.2']);
    expect(formatLastResult(566)).toBe('+QIGETERROR: 566,socket connect failed');
    expect(parseLastResult('+QIGETERROR: 566,Socket connect failed')).toBe(566);
    expect(
      formatConnection({
        connection: 0,
        host: '10.0.0.9',
        port: 25,
        localPort: 50_001,
        state: 'connected',
        context: 1,
      }),
    ).toBe('+QISTATE: 0,"TCP","10.0.0.9",25,50001,2,1,0,0,"uart1"');
    expect(formatCounts('+QISEND', { total: 9, done: 5, open: 4 })).toBe('+QISEND: 9,5,4');
    expect(formatReadHeader(0)).toBe('+QIRD: 0');
    expect(describeResult(599)).toBe('599');
    expect(Object.keys(SOCKET_RESULTS)).toHaveLength(26);
  });
});

describe('unsolicited lines', () => {
  const number = fc.nat(65_535);
  const urc = fc.oneof<fc.Arbitrary<SocketUrc>[]>(
    fc.record({ urc: fc.constant('opened' as const), connection, result: number }),
    fc.record({ urc: fc.constant('received' as const), connection }),
    fc.record({ urc: fc.constant('closed' as const), connection }),
    fc.record({ urc: fc.constant('deactivated' as const), context }),
    fc.record({ urc: fc.constant('looked-up' as const), result: fc.constant(0), count: number }),
    fc.record({
      urc: fc.constant('looked-up' as const),
      result: fc.integer({ min: 550, max: 574 }),
      count: fc.constant(0),
    }),
    fc.record({ urc: fc.constant('address' as const), address: host }),
    fc.record({
      urc: fc.constant('echo' as const),
      result: number,
      address: host,
      roundTripMs: number,
    }),
    fc.record({
      urc: fc.constant('echo' as const),
      result: number,
      address: fc.constant(undefined),
      roundTripMs: fc.constant(undefined),
    }),
    fc.record({ least: number, received: number, lost: number }).map(({ least, received, lost }) => ({
      urc: 'echoes' as const,
      sent: received + lost,
      received,
      leastMs: least,
      greatestMs: least + 9,
      meanMs: least + 3,
    })),
  );

  it('are read as they were said', () => {
    fc.assert(
      fc.property(urc, (said) => {
        expect(parseSocketUrc(formatSocketUrc(said))).toEqual(said);
      }),
    );
  });

  it.each([
    ['+QIURC: "recv",0', { urc: 'received', connection: 0 }],
    ['+QIURC: "closed",11', { urc: 'closed', connection: 11 }],
    ['+QIURC: "pdpdeact",1', { urc: 'deactivated', context: 1 }],
    ['+QIURC: "dnsgip",0,1,600', { urc: 'looked-up', result: 0, count: 1 }],
    ['+QIURC: "dnsgip","122.51.89.94"', { urc: 'address', address: '122.51.89.94' }],
    ['+QIURC: "dnsgip",565', { urc: 'looked-up', result: 565, count: 0 }],
    ['+QIOPEN: 0,566', { urc: 'opened', connection: 0, result: 566 }],
    [
      '+QPING: 0,"61.135.169.125",32,192,255',
      { urc: 'echo', result: 0, address: '61.135.169.125', roundTripMs: 192 },
    ],
    ['+QPING: 569', { urc: 'echo', result: 569, address: undefined, roundTripMs: undefined }],
    [
      '+QPING: 0,4,4,0,192,479,287',
      { urc: 'echoes', sent: 4, received: 4, leastMs: 192, greatestMs: 479, meanMs: 287 },
    ],
  ])('%s is what such modules say', (line, meant) => {
    expect(parseSocketUrc(line)).toEqual(meant);
  });

  it('other lines are none, and nothing throws', () => {
    expect(parseSocketUrc('+QIURC: "incoming full"')).toBeUndefined();
    fc.assert(fc.property(fc.string(), (line) => void parseSocketUrc(line)));
    fc.assert(fc.property(fc.string(), (line) => void parseSocketUrc(`+QIURC: ${line}`)));
    fc.assert(fc.property(fc.string(), (line) => void parseSocketUrc(`+QPING: ${line}`)));
  });
});
