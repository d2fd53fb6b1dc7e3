/** The socket commands as a device types them, and the stack's answers as a test gives them. */
import { describe, expect, it } from 'vitest';
import type { StackHappening, StackOrder } from '../../../../src/modem/dce/sockets/stack-event.ts';
import { type ModuleProfile, moduleProfileSchema } from '../../../../src/modem/module-profile.ts';
import { lteM } from '../../../../src/modem/profiles/3gpp.ts';
import { lteMSockets } from '../../../../src/modem/profiles/3gpp-sockets.ts';
import { Terminal } from '../terminal.ts';

const profile: ModuleProfile = moduleProfileSchema.parse({
  ...lteMSockets,
  pace: { registrationMs: 0, connectMs: 130 },
});

const OK = '\r\nOK\r\n';
const ERROR = '\r\nERROR\r\n';
const told = (...lines: string[]) => `${lines.map((line) => `\r\n${line}\r\n`).join('')}${OK}`;
const unasked = (line: string) => `\r\n${line}\r\n`;

class SocketTerminal extends Terminal {
  #ordersSeen = 0;

  constructor(setup: Readonly<Record<string, unknown>> = {}) {
    super(setup, profile);
    this.orders();
  }

  tell(happening: StackHappening): string {
    return this.happens({ type: 'stack', happening });
  }

  /** What the stack was ordered since the last time. */
  orders(): StackOrder[] {
    const orders = this.bench.recorded.flatMap(({ action }) =>
      action.type === 'stack' ? [action.order] : [],
    );
    const news = orders.slice(this.#ordersSeen);
    this.#ordersSeen = orders.length;
    return news;
  }

  receives(text: string, connection = 0): string {
    return this.tell({ what: 'received', connection, bytes: Buffer.from(text, 'latin1') });
  }
}

/** With an active context 1. */
function active(setup: Readonly<Record<string, unknown>> = {}): SocketTerminal {
  const terminal = new SocketTerminal(setup);
  terminal.ask('AT+QICSGP=1,1,"au.au-net.ne.jp","user","s3cret",2');
  terminal.ask('AT+QIACT=1');
  terminal.tell({ what: 'activated', address: '10.1.2.3', nameServers: ['10.0.0.1', '10.0.0.2'] });
  terminal.orders();
  return terminal;
}

/** With connection 0 besides. */
function connected(setup: Readonly<Record<string, unknown>> = {}): SocketTerminal {
  const terminal = active(setup);
  terminal.ask('AT+QIOPEN=1,0,"TCP","203.0.113.25",587,0,0');
  terminal.tell({ what: 'connected', connection: 0, localPort: 50_001 });
  terminal.orders();
  return terminal;
}

describe('the packet context', () => {
  it('is dialled with the account that was set, and shows its address and name servers', () => {
    const terminal = new SocketTerminal();
    expect(terminal.ask('AT+QICSGP=1,1,"au.au-net.ne.jp","user","s3cret",2')).toBe(OK);
    expect(terminal.ask('AT+QIACT?')).toBe(OK);
    expect(terminal.ask('AT+QIACT=1')).toBe('');
    expect(terminal.orders()).toEqual([
      { order: 'activate', number: '*99***1#', user: 'user', password: 's3cret' },
    ]);
    expect(
      terminal.tell({ what: 'activated', address: '10.1.2.3', nameServers: ['10.0.0.1', '10.0.0.2'] }),
    ).toBe(OK);
    expect(terminal.ask('AT+QIACT?')).toBe(told('+QIACT: 1,1,1,"10.1.2.3"'));
    expect(terminal.ask('AT+QIDNSCFG=1')).toBe(told('+QIDNSCFG: 1,"10.0.0.1","10.0.0.2"'));
    expect(terminal.ask('AT+CGACT?')).toBe(told('+CGACT: 1,1'));
    expect(terminal.ask('AT+CGPADDR=1')).toBe(told('+CGPADDR: 1,"10.1.2.3"'));
  });

  it('takes the account of +CGAUTH as well, and never tells a password', () => {
    const terminal = new SocketTerminal();
    terminal.ask('AT+CGDCONT=1,"IP","au.au-net.ne.jp"');
    terminal.ask('AT+CGAUTH=1,2,"user","s3cret"');
    expect(terminal.ask('AT+QICSGP=1')).toBe(told('+QICSGP: 1,"au.au-net.ne.jp","user","",2'));
    terminal.ask('AT+QIACT=1');
    expect(terminal.orders()).toMatchObject([{ user: 'user', password: 's3cret' }]);
  });

  it('says why it did not come about', () => {
    const terminal = new SocketTerminal();
    expect(terminal.ask('AT+QIACT=1')).toBe(ERROR);
    expect(terminal.ask('AT+QIGETERROR')).toBe(told('+QIGETERROR: 573,APN not configured'));
    terminal.ask('AT+QICSGP=1,1,"apn","user","wrong",2');
    terminal.ask('AT+QIACT=1');
    expect(terminal.tell({ what: 'not-activated', cause: 'user authentication failed' })).toBe(ERROR);
    expect(terminal.ask('AT+QIGETERROR')).toBe(told('+QIGETERROR: 561,open PDP context failed'));
    expect(terminal.ask('AT+CEER')).toBe(told('+CEER: "user authentication failed"'));
  });

  it('is refused at once without service, and given up after 150 s', () => {
    const terminal = new SocketTerminal();
    terminal.ask('AT+QICSGP=1,1,"apn"');
    terminal.cover({ service: 'none' });
    expect(terminal.ask('AT+QIACT=1')).toBe(ERROR);
    terminal.cover({ service: 'home', band: 'lte-b18', signalDbm: -73, system: '44050' });
    expect(terminal.ask('AT+QIACT=1')).toBe('');
    expect(terminal.wait(149_000)).toBe('');
    expect(terminal.wait(2_000)).toBe(ERROR);
    expect(terminal.orders().at(-1)).toEqual({ order: 'deactivate' });
    terminal.tell({ what: 'deactivated' });
    expect(terminal.ask('AT+QIACT=1')).toBe('');
  });

  it('what is typed while it comes about waits for its turn', () => {
    const terminal = new SocketTerminal();
    terminal.ask('AT+QICSGP=1,1,"apn"');
    terminal.ask('AT+QIACT=1');
    expect(terminal.ask('AT+CSQ')).toBe('');
    terminal.tell({ what: 'activated', address: '10.1.2.3', nameServers: [] });
    expect(terminal.wait(50)).toBe(told('+CSQ: 20,99'));
  });

  it('is deactivated with all its connections', () => {
    const terminal = connected();
    expect(terminal.ask('AT+QIDEACT=1')).toBe('');
    expect(terminal.orders()).toEqual([{ order: 'deactivate' }]);
    expect(terminal.tell({ what: 'deactivated' })).toBe(OK);
    expect(terminal.ask('AT+QISTATE?')).toBe(OK);
    expect(terminal.ask('AT+QIACT?')).toBe(OK);
    expect(terminal.ask('AT+QIDEACT=1')).toBe(OK);
  });

  it('says when the network takes it back', () => {
    const terminal = connected();
    terminal.receives('unread');
    expect(terminal.tell({ what: 'lost' })).toBe(unasked('+QIURC: "pdpdeact",1'));
    expect(terminal.ask('AT+QISEND=0,5')).toBe(ERROR);
    expect(terminal.ask('AT+QIGETERROR')).toBe(told('+QIGETERROR: 567,socket has been closed'));
    expect(terminal.ask('AT+QIACT?')).toBe(OK);
  });

  it('says so behind the command that is being executed', () => {
    const terminal = connected();
    terminal.ask('AT+QICLOSE=0,10');
    expect(terminal.tell({ what: 'lost' })).toBe(`${OK}${unasked('+QIURC: "pdpdeact",1')}`);
  });

  it('only one at a time, with its own commands known to nobody else', () => {
    const terminal = active();
    terminal.ask('AT+QICSGP=2,1,"other"');
    expect(terminal.ask('AT+QIACT=2')).toBe(ERROR);
    expect(terminal.ask('AT+QIOPEN=?')).toContain('+QIOPEN: (1-16),(0-11)');
    const plain = new Terminal({ CMEE: 1 }, moduleProfileSchema.parse(lteM));
    expect(plain.ask('AT+QIOPEN=?')).toBe('\r\n+CME ERROR: 4\r\n');
  });
});

describe('a connection', () => {
  it('opens after its OK', () => {
    const terminal = active();
    expect(terminal.ask('AT+QIOPEN=1,0,"TCP","mail.example",587')).toBe(OK);
    expect(terminal.orders()).toEqual([
      {
        order: 'connect',
        connection: 0,
        host: 'mail.example',
        port: 587,
        nameServers: ['10.0.0.1', '10.0.0.2'],
      },
    ]);
    expect(terminal.ask('AT+QISTATE')).toBe(told('+QISTATE: 0,"TCP","mail.example",587,0,1,1,0,0,"uart1"'));
    expect(terminal.tell({ what: 'connected', connection: 0, localPort: 50_001 })).toBe(
      unasked('+QIOPEN: 0,0'),
    );
    expect(terminal.ask('AT+QISTATE=1,0')).toBe(
      told('+QISTATE: 0,"TCP","mail.example",587,50001,2,1,0,0,"uart1"'),
    );
    expect(terminal.ask('AT+QISTATE=0,2')).toBe(OK);
  });

  it('that failed keeps its number until it is closed', () => {
    const terminal = active();
    terminal.ask('AT+QIOPEN=1,0,"TCP","203.0.113.25",25');
    expect(terminal.tell({ what: 'not-connected', connection: 0, result: 566 })).toBe(
      unasked('+QIOPEN: 0,566'),
    );
    expect(terminal.ask('AT+QIOPEN=1,0,"TCP","203.0.113.25",25')).toBe(ERROR);
    expect(terminal.ask('AT+QIGETERROR')).toBe(told('+QIGETERROR: 563,socket identity has been used'));
    expect(terminal.ask('AT+QICLOSE=0')).toBe(OK);
    expect(terminal.ask('AT+QIOPEN=1,0,"TCP","203.0.113.25",25')).toBe(OK);
  });

  it('there are twelve, and none without a context', () => {
    expect(new SocketTerminal().ask('AT+QIOPEN=1,0,"TCP","203.0.113.25",25')).toBe(ERROR);
    const terminal = active();
    for (let connection = 0; connection < 12; connection += 1) {
      expect(terminal.ask(`AT+QIOPEN=1,${connection},"TCP","203.0.113.25",25`)).toBe(OK);
    }
    expect(terminal.ask('AT+QIOPEN=1,12,"TCP","203.0.113.25",25')).toBe(ERROR);
    expect(terminal.ask('AT+QIGETERROR')).toBe(told('+QIGETERROR: 552,invalid parameters'));
  });

  it('sends exactly the octets that were counted, whatever they are', () => {
    const terminal = connected({ E: 1 });
    terminal.ask('AT+QISDE=0');
    const octets = '\n\r\u001a\u001b\b\0AT';
    expect(terminal.ask(`AT+QISEND=0,${octets.length}`)).toContain('\r\n> ');
    expect(terminal.type(octets)).toBe('\r\nSEND OK\r\n');
    expect(terminal.orders()).toEqual([
      { order: 'send', connection: 0, bytes: new Uint8Array(Buffer.from(octets, 'latin1')) },
    ]);
    expect(terminal.ask('AT')).toBe(`AT\r${OK}`);
  });

  it('a line feed behind the command, and what comes before the prompt, is no data', () => {
    const terminal = connected();
    expect(terminal.type('AT+QISEND=0,2\r\nto', 200)).toBe('\r\n> ');
    expect(terminal.type('hi')).toBe('\r\nSEND OK\r\n');
    expect(terminal.orders()).toMatchObject([{ bytes: new Uint8Array(Buffer.from('hi')) }]);
  });

  it('takes octets up to Ctrl-Z where no number is given, and ESC takes them back', () => {
    const terminal = connected();
    terminal.ask('AT+QISEND=0');
    expect(terminal.type('hello\u001a')).toBe('\r\nSEND OK\r\n');
    terminal.ask('AT+QISEND=0');
    expect(terminal.type('never\u001b')).toBe(OK);
    expect(terminal.orders()).toHaveLength(1);
    terminal.ask('AT+QISEND=0');
    expect(terminal.type(`${'x'.repeat(1461)}\u001a`)).toBe(OK);
    expect(terminal.orders()).toHaveLength(0);
  });

  it('a device that falls silent behind the prompt gets its commands back', () => {
    const terminal = connected();
    terminal.ask('AT+QISEND=0,10');
    terminal.type('half');
    expect(terminal.wait(31_000)).toBe(ERROR);
    expect(terminal.orders()).toHaveLength(0);
    expect(terminal.ask('AT')).toBe(OK);
  });

  it('says SEND FAIL while TCP takes nothing, and counts what has passed', () => {
    const terminal = connected();
    const full = 'x'.repeat(1460);
    for (let time = 0; time < 8; time += 1) {
      terminal.ask('AT+QISEND=0,1460');
      expect(terminal.type(full)).toBe('\r\nSEND OK\r\n');
    }
    terminal.ask('AT+QISEND=0,1');
    expect(terminal.type('y')).toBe('\r\nSEND FAIL\r\n');
    expect(terminal.ask('AT+QISEND=0,0')).toBe(told('+QISEND: 11680,0,11680'));
    terminal.tell({ what: 'sent', connection: 0, octets: 1460 });
    terminal.ask('AT+QISEND=0,1');
    expect(terminal.type('y')).toBe('\r\nSEND OK\r\n');
  });

  it('tells once that octets have come, and again when all were read', () => {
    const terminal = connected();
    expect(terminal.receives('hello ')).toBe(unasked('+QIURC: "recv",0'));
    expect(terminal.receives('world')).toBe('');
    expect(terminal.ask('AT+QIRD=0,0')).toBe(told('+QIRD: 11,0,11'));
    expect(terminal.ask('AT+QIRD=0,6')).toBe(`\r\n+QIRD: 6\r\nhello \r\n${OK}`);
    expect(terminal.receives('!')).toBe('');
    expect(terminal.ask('AT+QIRD=0')).toBe(`\r\n+QIRD: 6\r\nworld!\r\n${OK}`);
    expect(terminal.ask('AT+QIRD=0,1500')).toBe(told('+QIRD: 0'));
    expect(terminal.receives('more')).toBe(unasked('+QIURC: "recv",0'));
  });

  it('stops reading TCP when its memory is full, and goes on when there is room', () => {
    const terminal = connected();
    terminal.receives('x'.repeat(10_240));
    expect(terminal.orders()).toEqual([{ order: 'hold', connection: 0 }]);
    for (let read = 0; read < 3; read += 1) {
      terminal.ask('AT+QIRD=0,1500');
    }
    expect(terminal.orders()).toEqual([]);
    terminal.ask('AT+QIRD=0,1500');
    expect(terminal.orders()).toEqual([{ order: 'release', connection: 0 }]);
  });

  it('that the other end closed still gives what it had', () => {
    const terminal = connected();
    terminal.receives('bye');
    expect(terminal.tell({ what: 'ended', connection: 0 })).toBe(unasked('+QIURC: "closed",0'));
    expect(terminal.tell({ what: 'ended', connection: 0 })).toBe('');
    expect(terminal.ask('AT+QIRD=0,1500')).toBe(`\r\n+QIRD: 3\r\nbye\r\n${OK}`);
    expect(terminal.ask('AT+QISEND=0,1')).toBe(ERROR);
    expect(terminal.ask('AT+QICLOSE=0')).toBe(OK);
    expect(terminal.ask('AT+QIRD=0,1500')).toBe(ERROR);
  });

  it('is closed when the other end has agreed, or after its time', () => {
    const terminal = connected();
    expect(terminal.ask('AT+QICLOSE=0')).toBe('');
    expect(terminal.orders()).toEqual([{ order: 'close', connection: 0, isAwaited: true }]);
    expect(terminal.tell({ what: 'closed', connection: 0 })).toBe(OK);
    const silent = connected();
    expect(silent.ask('AT+QICLOSE=0,3')).toBe('');
    expect(silent.wait(3_000)).toBe(OK);
    expect(silent.orders().at(-1)).toEqual({ order: 'abort', connection: 0 });
    const endless = connected();
    expect(endless.ask('AT+QICLOSE=0,65535')).toBe('');
    expect(endless.wait(121_000)).toBe(OK);
    const hasty = connected();
    expect(hasty.ask('AT+QICLOSE=0,0')).toBe(OK);
    expect(hasty.orders()).toEqual([{ order: 'close', connection: 0, isAwaited: false }]);
  });

  it('what comes of one that is forgotten is nobody’s', () => {
    const terminal = active();
    expect(terminal.receives('late', 5)).toBe('');
    expect(terminal.tell({ what: 'connected', connection: 5, localPort: 1 })).toBe('');
    expect(terminal.tell({ what: 'ended', connection: 5 })).toBe('');
  });
});

describe('names and echoes', () => {
  it('a name is looked up, one at a time', () => {
    const terminal = active();
    expect(terminal.ask('AT+QIDNSGIP=1,"mail.example"')).toBe(OK);
    expect(terminal.ask('AT+QIDNSGIP=1,"other.example"')).toBe(ERROR);
    expect(terminal.ask('AT+QIGETERROR')).toBe(told('+QIGETERROR: 564,DNS busy'));
    expect(terminal.tell({ what: 'resolved', addresses: ['203.0.113.25'] })).toBe(
      `${unasked('+QIURC: "dnsgip",0,1,600')}${unasked('+QIURC: "dnsgip","203.0.113.25"')}`,
    );
    terminal.ask('AT+QIDNSGIP=1,"nowhere.example"');
    expect(terminal.tell({ what: 'not-resolved', result: 565 })).toBe(unasked('+QIURC: "dnsgip",565'));
  });

  it('name servers of the device take the place of those of the network', () => {
    const terminal = active();
    expect(terminal.ask('AT+QIDNSCFG=1,"192.0.2.53"')).toBe(OK);
    expect(terminal.ask('AT+QIDNSCFG=1,"nonsense"')).toBe(ERROR);
    expect(terminal.ask('AT+QIDNSCFG=1')).toBe(told('+QIDNSCFG: 1,"192.0.2.53",""'));
    terminal.ask('AT+QIDNSGIP=1,"mail.example"');
    expect(terminal.orders()).toEqual([
      { order: 'resolve', host: 'mail.example', nameServers: ['192.0.2.53'] },
    ]);
  });

  it('echoes are told one by one and summed up', () => {
    const terminal = active();
    expect(terminal.ask('AT+QPING=1,"203.0.113.25",4,2')).toBe(OK);
    expect(terminal.tell({ what: 'echo', address: '203.0.113.25', roundTripMs: 120 })).toBe(
      unasked('+QPING: 0,"203.0.113.25",56,120,255'),
    );
    expect(terminal.tell({ what: 'no-echo', result: 569 })).toBe(unasked('+QPING: 569'));
    expect(terminal.tell({ what: 'pinged' })).toBe(unasked('+QPING: 0,2,1,1,120,120,120'));
  });
});
