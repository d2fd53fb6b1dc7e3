import { expect, it } from 'vitest';
import { Kadec21Error } from '../../src/base/errors.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { TraceEvent } from '../../src/base/trace.ts';
import { ms } from '../../src/base/units.ts';
import { inVirtualTime } from '../../src/base/virtual-time.ts';
import type { ModemCall } from '../../src/modem/call.ts';
import { Modem, type ModemOptions } from '../../src/modem/modem.ts';
import { CallLostError, CommandError, DialError, ModemError } from '../../src/modem/modem-error.ts';
import type { ModuleProfile } from '../../src/modem/module-profile.ts';
import { profileByName, recogniseModule } from '../../src/modem/profiles.ts';
import { CDMA_REPLIES, LTE_REPLIES, ScriptedModule, type ScriptedOptions } from './scripted-module.ts';

const profileOf = (name: string): ModuleProfile => {
  const profile = profileByName(name);
  if (profile === undefined) {
    throw new Error(`no profile ${name}`);
  }
  return profile;
};

interface Scene {
  readonly module: ScriptedModule;
  readonly modem: Modem;
  readonly trace: TraceEvent[];
}

function scene(
  run: (scene: Scene) => Promise<void>,
  script: Partial<ScriptedOptions> = {},
  options: ModemOptions & { readonly profile?: string } = {},
): Promise<void> {
  return inVirtualTime({ startAt: ms(Date.UTC(2008, 9, 1)), random: seededRandom(1) }, async () => {
    const module = new ScriptedModule({ replies: CDMA_REPLIES, ...script });
    const trace: TraceEvent[] = [];
    const modem = new Modem(module.dte, profileOf(options.profile ?? 'existing'), {
      trace: (event) => trace.push(event),
      random: seededRandom(1),
      ...options,
    });
    await run({ module, modem, trace });
  });
}

async function failure(promise: Promise<unknown>): Promise<Kadec21Error> {
  const result = await promise.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  if (result instanceof Kadec21Error) {
    return result;
  }
  throw result;
}

const closing = (call: ModemCall) =>
  new Promise<Kadec21Error | undefined>((resolve, reject) => {
    call.on('close', (cause) =>
      cause === undefined || cause instanceof Kadec21Error ? resolve(cause) : reject(cause),
    );
  });

const texts = (trace: readonly TraceEvent[]) => trace.map(({ text }) => text);

const pause = (duration: number) => new Promise<void>((resolve) => setTimeout(resolve, duration));

it('starts the module, waits for service, dials, carries octets and hangs up', () =>
  scene(async ({ modem, module }) => {
    expect(await modem.start()).toEqual({
      manufacturer: 'KONA SYSTEM',
      model: 'CM-800',
      revision: 'CM800-1.07',
      serialNumber: '8A0C41D2',
      capabilities: '+CIS707-A, +MS, +ES, +DS',
    });
    expect(await modem.waitForService()).toEqual({
      registered: 'home',
      signal: { dbm: -73, raw: '20,99' },
      band: 'bc3',
      system: '12304',
    });
    const call = await modem.dial();
    expect(call.connectText).toBe('115200');
    const received: string[] = [];
    call.on('data', (bytes) => received.push(Buffer.from(bytes).toString('latin1')));
    call.write(Buffer.from('~to~'));
    module.send('~from~');
    await pause(10);
    expect(module.data).toBe('~to~');
    expect(received.join('')).toBe('~from~');
    await modem.hangUp();
    expect(module.hasCall).toBe(false);
    expect(call.isOpen).toBe(false);
  }));

it('finds the module at another bit rate and brings it to that of the profile', () =>
  scene(
    async ({ modem, module }) => {
      await modem.start();
      expect(module.commands).toContain('AT+IPR=115200');
      expect(module.dte.baudRate).toBe(9600);
    },
    { baudRate: 9600, replies: { ...CDMA_REPLIES, '+IPR=115200': ['ERROR'] } },
  ));

it('waits for a module that is still starting, and sets it up once it has said so', () =>
  scene(
    async ({ modem, module }) => {
      module.state = 'off';
      setTimeout(() => {
        module.state = 'command';
        module.reset(['RDY', '+CFUN: 1', '+CPIN: READY']);
      }, 4000);
      expect((await modem.start()).model).toBe('LM-18');
    },
    { replies: LTE_REPLIES },
    { profile: '3gpp' },
  ));

it('begins anew when the module resets in the middle of the start', () => {
  let resets = 0;
  return scene(
    async ({ modem, module }) => {
      const replies = {
        ...LTE_REPLIES,
        '+CGMM': () => {
          if (resets === 0) {
            resets += 1;
            module.reset(['RDY']);
            return undefined;
          }
          return 'LM-18';
        },
      };
      module.replies = replies;
      expect((await modem.start()).model).toBe('LM-18');
      expect(resets).toBe(1);
    },
    { replies: LTE_REPLIES },
    { profile: '3gpp' },
  );
});

it('recovers a module that answers in digits', () =>
  scene(async ({ modem, module }) => {
    module.isNumeric = true;
    expect((await modem.start()).model).toBe('CM-800');
  }));

it('recovers a module that keeps its results to itself (Q1)', () =>
  scene(async ({ modem, module }) => {
    module.isQuiet = true;
    expect((await modem.start()).model).toBe('CM-800');
  }));

it('leaves a call that nobody ended before it starts', () =>
  scene(
    async ({ modem, module }) => {
      module.hasCall = true;
      module.state = 'data';
      await modem.start();
      expect(module.hasCall).toBe(false);
    },
    { hasSignals: false },
  ));

it('says that nobody answers', () =>
  scene(async ({ modem, module }) => {
    module.state = 'off';
    const error = await failure(modem.start());
    expect(error).toBeInstanceOf(ModemError);
    expect(error.code).toBe('MODEM_NO_ANSWER');
    expect(error.message).toContain('115200');
    expect(error.advice).toContain('powered');
    expect(error.evidence.some((line) => line === '> AT')).toBe(true);
  }));

it('refuses a module that the profile does not describe', () =>
  scene(
    async ({ modem, module }) => {
      const error = await failure(modem.start());
      expect(error.code).toBe('MODEM_UNKNOWN_MODULE');
      expect(error.message).toContain('KONA SYSTEM CM-800');
      expect(module.commands.some((line) => line.startsWith('AT&F'))).toBe(false);
    },
    {},
    { profile: 'dual-band' },
  ));

it('finds out which module there is', () =>
  scene(
    async ({ modem }) => {
      expect(recogniseModule(await modem.start())?.name).toBe('existing');
    },
    {},
    { profile: 'dual-band', acceptsAnyModule: true },
  ));

it('tells which command of the start was refused, and how', () =>
  scene(
    async ({ modem }) => {
      const error = await failure(modem.start());
      expect(error).toBeInstanceOf(CommandError);
      expect(error).toMatchObject({
        code: 'MODEM_COMMAND_FAILED',
        command: 'AT+CFUN=1',
        kind: 'CME',
        number: 13,
      });
      expect(error.evidence.slice(-2)).toEqual(['> AT+CFUN=1', '< +CME ERROR: 13']);
    },
    { replies: { ...LTE_REPLIES, '+CFUN=1': ['+CME ERROR: 13'] } },
    { profile: '3gpp' },
  ));

it('passes over an optional command that the module does not know', () =>
  scene(
    async ({ modem }) => {
      await modem.start();
    },
    { replies: { ...CDMA_REPLIES, '+CQD=10': ['ERROR'] } },
  ));

it('says which command was not answered, and what came of it', () =>
  scene(
    async ({ modem }) => {
      await modem.start();
      const error = await failure(modem.send('AT+COPS?'));
      expect(error).toMatchObject({ code: 'MODEM_COMMAND_TIMEOUT', command: 'AT+COPS?' });
      expect(error.message).toContain('3000 ms');
      // The next command is answered all the same.
      expect(await modem.send('AT+CSQ')).toEqual(['+CSQ: 20,99']);
    },
    { replies: { ...CDMA_REPLIES, '+COPS?': undefined } },
  ));

it('never shows the password of the packet network', () =>
  scene(
    async ({ modem, module, trace }) => {
      await modem.start();
      expect(module.commands).toContain('AT+CGAUTH=1,2,"user@au.au-net.ne.jp","s3cret\\22x"');
      const shown = JSON.stringify(trace);
      expect(shown).toContain('AT+CGAUTH=1,2,');
      expect(shown).toContain('********');
      expect(shown).not.toContain('s3cret');
      expect(JSON.stringify((await failure(modem.send('AT+NONE'))).evidence)).not.toContain('s3cret');
    },
    { replies: LTE_REPLIES },
    {
      profile: '3gpp',
      access: {
        apn: 'au.au-net.ne.jp',
        user: 'user@au.au-net.ne.jp',
        password: 's3cret"x',
        authentication: 'chap',
      },
    },
  ));

it('masks a password that a caller sends by hand', () =>
  scene(async ({ modem, trace }) => {
    await modem.start();
    const error = await failure(modem.send('AT+CGAUTH=1,1,"u","s3cret"'));
    expect(JSON.stringify([error, error.message, trace])).not.toContain('s3cret');
    expect(error).toMatchObject({ command: 'AT+CGAUTH=1,1,"u","********"' });
  }));

it('masks a password that the module echoes wrongly', () =>
  scene(
    async ({ modem, trace }) => {
      await modem.start();
      expect(JSON.stringify(trace)).not.toContain('s3cret');
    },
    { replies: { ...LTE_REPLIES, '+CGAUTH=1,1,"u","s3cret"': ['+CGAUTH: 1,1,"u","s3cret"', 'OK'] } },
    { profile: '3gpp', access: { user: 'u', password: 's3cret', authentication: 'pap' } },
  ));

it('tells an LTE module that has no SIM', () =>
  scene(
    async ({ modem }) => {
      await modem.start();
      const error = await failure(modem.waitForService());
      expect(error.code).toBe('MODEM_SIM_MISSING');
      expect(error.message).toContain('+CME ERROR SIM not inserted');
    },
    { replies: { ...LTE_REPLIES, '+CPIN?': ['+CME ERROR: SIM not inserted'] } },
    { profile: '3gpp' },
  ));

it('reads registration and signal of an LTE module', () =>
  scene(
    async ({ modem }) => {
      await modem.start();
      expect(await modem.radio()).toEqual({
        registered: 'home',
        signal: { dbm: -63, raw: '25,99' },
        system: '44051',
      });
    },
    { replies: LTE_REPLIES },
    { profile: '3gpp' },
  ));

it('finds no service with an old module once its frequencies are gone', () =>
  scene(
    async ({ modem }) => {
      await modem.start();
      const begin = Date.now();
      const error = await failure(modem.waitForService());
      expect(error.code).toBe('MODEM_NO_SERVICE');
      expect(error.advice).toContain('bc3');
      expect(error.message).toContain('99,99');
      expect(Date.now() - begin).toBeLessThanOrEqual(profileOf('existing').timeoutsMs.registration + 3000);
    },
    { replies: { ...CDMA_REPLIES, '+CAD?': '+CAD: 0', '+CSS?': '+CSS: 0,Z,99999', '+CSQ': '+CSQ: 99,99' } },
  ));

it('waits for service until it is there', () => {
  const since = Date.UTC(2008, 9, 1);
  return scene(
    async ({ modem }) => {
      await modem.start();
      expect((await modem.waitForService()).registered).toBe('home');
    },
    { replies: { ...CDMA_REPLIES, '+CAD?': () => (Date.now() > since + 20_000 ? '+CAD: 1' : '+CAD: 0') } },
  );
});

it('asks for the signal in the form that the module knows', () =>
  scene(
    async ({ modem }) => {
      await modem.start();
      expect((await modem.radio()).signal).toEqual({ dbm: -103, raw: '5,99' });
    },
    { replies: { ...CDMA_REPLIES, '+CSQ': ['ERROR'], '+CSQ?': '5,99' } },
  ));

it('reads the clock that the network set', () =>
  scene(
    async ({ modem }) => {
      await modem.start();
      expect(await modem.networkTime()).toBe(Date.UTC(2008, 8, 30, 15, 0, 5));
    },
    { replies: { ...CDMA_REPLIES, '+CCLK?': '+CCLK: "08/10/01,00:00:05+36"' } },
  ));

it.each([
  ['BUSY', 'MODEM_BUSY'],
  ['NO ANSWER', 'MODEM_CALL_NOT_ANSWERED'],
  ['NO CARRIER', 'MODEM_NO_CARRIER'],
  ['NO DIALTONE', 'MODEM_NO_DIALTONE'],
  ['ERROR', 'MODEM_DIAL_REFUSED'],
  ['OK', 'MODEM_DIAL_REFUSED'],
])('says why there is no call: %s', (result, code) =>
  scene(
    async ({ modem }) => {
      await modem.start();
      const error = await failure(modem.dial());
      expect(error).toBeInstanceOf(DialError);
      expect(error.code).toBe(code);
      expect(error.evidence.at(-1)).toBe(`< ${result}`);
    },
    { replies: { ...CDMA_REPLIES, 'D*99**24#': [result] } },
  ),
);

it('aborts a dial that takes too long, and takes the late NO CARRIER for what it is', () =>
  scene(
    async ({ modem, module }) => {
      await modem.start();
      const error = await failure(modem.dial());
      expect(error.code).toBe('MODEM_DIAL_TIMEOUT');
      module.line('NO CARRIER');
      expect(await modem.send('AT+CSQ')).toEqual(['+CSQ: 20,99']);
    },
    { replies: { ...CDMA_REPLIES, 'D*99**24#': undefined } },
  ));

it('gives a dial up when the caller hangs up, and writes nothing else while it is pending', () =>
  scene(
    async ({ modem, module }) => {
      await modem.start();
      const dialled = failure(modem.dial());
      await pause(5000);
      const before = module.commands.length;
      const hungUp = modem.hangUp();
      await pause(20);
      expect(module.commands.slice(before)).toEqual(['']);
      module.line('NO CARRIER');
      await hungUp;
      expect((await dialled).code).toBe('MODEM_DIAL_ABORTED');
      expect(module.commands.slice(before)).toEqual(['', 'AT', 'ATH']);
    },
    { replies: { ...CDMA_REPLIES, 'D*99**24#': undefined } },
  ));

it('hangs up a call that comes up after its dial was given up', () =>
  scene(
    async ({ modem, module }) => {
      await modem.start();
      await failure(modem.dial());
      module.connect();
      await pause(10_000);
      expect(module.hasCall).toBe(false);
      expect(modem.call).toBeUndefined();
      module.replies = CDMA_REPLIES;
      const call = await modem.dial();
      expect(call.isOpen).toBe(true);
    },
    { replies: { ...CDMA_REPLIES, 'D*99**24#': undefined } },
  ));

it('keeps octets that come right behind CONNECT for whoever listens first', () =>
  scene(async ({ modem, module }) => {
    await modem.start();
    module.afterConnect = '~first';
    const call = await modem.dial();
    const received: string[] = [];
    call.on('data', (bytes) => received.push(Buffer.from(bytes).toString('latin1')));
    await pause(100);
    expect(received.join('')).toBe('~first');
  }));

it('goes to command state and back, and lets what is written meanwhile wait', () =>
  scene(async ({ modem, module }) => {
    await modem.start();
    const call = await modem.dial();
    call.write(Buffer.from('one'));
    await call.escape();
    expect(module.state).toBe('command');
    expect(await modem.send('AT+CSQ')).toEqual(['+CSQ: 20,99']);
    expect(call.write(Buffer.from('two'))).toBe(false);
    let drained = 0;
    call.on('drain', () => {
      drained += 1;
    });
    await call.resume();
    await pause(10);
    expect(module.data).toBe('onetwo');
    expect(drained).toBe(1);
  }));

it('closes a call that holds more back than it can', () =>
  scene(async ({ modem }) => {
    await modem.start();
    const call = await modem.dial();
    const closed = closing(call);
    await call.escape();
    for (let index = 0; index < 70; index += 1) {
      call.write(new Uint8Array(1000));
    }
    expect((await closed)?.code).toBe('MODEM_OVERFLOW');
  }));

it('refuses commands while data state lasts', () =>
  scene(async ({ modem }) => {
    await modem.start();
    await modem.dial();
    expect((await failure(modem.radio())).code).toBe('MODEM_IN_CALL');
  }));

it('notices by DCD that the call is gone', () =>
  scene(
    async ({ modem, module }) => {
      await modem.start();
      const call = await modem.dial();
      const closed = closing(call);
      module.endCall();
      const error = await closed;
      expect(error).toBeInstanceOf(CallLostError);
      expect(error?.code).toBe('MODEM_CALL_LOST');
      expect((await modem.dial()).isOpen).toBe(true);
    },
    { tellsEnd: false },
  ));

it('notices by NO CARRIER and silence that the call is gone where there is no DCD', () =>
  scene(
    async ({ modem, module }) => {
      await modem.start();
      const call = await modem.dial();
      const received: string[] = [];
      call.on('data', (bytes) => received.push(Buffer.from(bytes).toString('latin1')));
      const closed = closing(call);
      module.send('~data~');
      module.endCall();
      expect((await closed)?.code).toBe('MODEM_CALL_LOST');
      expect(received.join('')).toBe('~data~');
    },
    { hasSignals: false },
  ));

it('takes NO CARRIER with more data behind it for data', () =>
  scene(
    async ({ modem, module }) => {
      await modem.start();
      const call = await modem.dial();
      const received: string[] = [];
      call.on('data', (bytes) => received.push(Buffer.from(bytes).toString('latin1')));
      module.send('~a\r\nNO CARRIER\r\n');
      await pause(20);
      module.send('b~');
      await pause(5000);
      expect(received.join('')).toBe('~a\r\nNO CARRIER\r\nb~');
      expect(call.isOpen).toBe(true);
    },
    { hasSignals: false },
  ));

it('tells a reset in the middle of a call, and sets the module up again before it dials', () =>
  scene(
    async ({ modem, module }) => {
      await modem.start();
      const call = await modem.dial();
      const closed = closing(call);
      module.reset(['RDY']);
      expect((await closed)?.code).toMatch(/MODEM_RESET|MODEM_CALL_LOST/);
      await pause(3000);
      const before = module.commands.length;
      await modem.dial();
      expect(module.commands.slice(before)).toContain('AT&FE0Q0V1X4&C1&D2S0=0');
    },
    { replies: LTE_REPLIES },
    { profile: '3gpp' },
  ));

it('tells a reset in the middle of a call on a line without circuits', () =>
  scene(
    async ({ modem, module }) => {
      await modem.start();
      const closed = closing(await modem.dial());
      module.reset(['RDY']);
      expect((await closed)?.code).toBe('MODEM_RESET');
    },
    { replies: LTE_REPLIES, hasSignals: false },
    { profile: '3gpp' },
  ));

it('ends call and commands when the line is closed', () =>
  scene(async ({ modem, module }) => {
    await modem.start();
    const closed = closing(await modem.dial());
    module.close();
    expect((await closed)?.code).toBe('MODEM_PORT_LOST');
    expect((await failure(modem.radio())).code).toBe('MODEM_PORT_LOST');
    await modem.close();
  }));

it('ends a command that is outstanding when the line is closed', () =>
  scene(
    async ({ modem, module }) => {
      await modem.start();
      const sent = failure(modem.send('AT+SLOW'));
      await pause(100);
      module.close();
      expect((await sent).code).toBe('MODEM_PORT_LOST');
    },
    { replies: { ...CDMA_REPLIES, '+SLOW': undefined } },
  ));

it('lets the network end the call first', () =>
  scene(async ({ modem, module, trace }) => {
    await modem.start();
    await modem.dial();
    setTimeout(() => module.endCall(), 300);
    await modem.hangUp();
    expect(texts(trace)).not.toContain('DTR off');
  }));

it('drops DTR where the network does not end the call', () =>
  scene(async ({ modem, module, trace }) => {
    await modem.start();
    const closed = closing(await modem.dial());
    await modem.hangUp();
    expect(module.hasCall).toBe(false);
    expect(module.terminalReady).toBe(true);
    expect(texts(trace)).toContain('DTR off');
    expect(texts(trace)).not.toContain('+++');
    expect(await closed).toBeUndefined();
  }));

it('escapes and sends ATH where DTR does nothing', () =>
  scene(
    async ({ modem, module, trace }) => {
      await modem.start();
      await modem.dial();
      await modem.hangUp();
      expect(module.hasCall).toBe(false);
      expect(texts(trace)).toContain('+++');
      expect(module.commands.at(-1)).toBe('ATH');
    },
    { ignoresTerminalReady: true },
  ));

it('escapes and sends ATH where the line has no circuits', () =>
  scene(
    async ({ modem, module, trace }) => {
      await modem.start();
      const call = await modem.dial();
      call.write(Buffer.from('~last~'));
      await modem.hangUp();
      expect(module.data).toBe('~last~');
      expect(module.hasCall).toBe(false);
      expect(texts(trace)).not.toContain('DTR off');
    },
    { hasSignals: false },
  ));

it('asks whether the module is back where nothing tells', () =>
  scene(
    async ({ modem, module }) => {
      await modem.start();
      await modem.dial();
      setTimeout(() => {
        module.hasCall = false;
        module.state = 'command';
      }, 2000);
      await modem.hangUp();
      expect(module.commands.slice(-2)).toEqual(['AT', 'ATH']);
    },
    { hasSignals: false, answersEscape: false },
  ));

it('says that the module is stuck', () =>
  scene(
    async ({ modem, module }) => {
      await modem.start();
      await modem.dial();
      module.state = 'off';
      expect((await failure(modem.hangUp())).code).toBe('MODEM_STUCK');
    },
    { hasSignals: false },
  ));

it('has nothing to hang up where there is no call', () =>
  scene(async ({ modem, module }) => {
    await modem.start();
    const before = module.commands.length;
    await modem.hangUp();
    expect(module.commands.length).toBe(before);
  }));

it('hangs up, drops DTR and releases the line at the end', () =>
  scene(async ({ modem, module }) => {
    await modem.start();
    await modem.dial();
    await modem.close();
    expect(module.hasCall).toBe(false);
    expect(module.terminalReady).toBe(false);
    expect((await failure(modem.dial())).code).toBe('MODEM_PORT_LOST');
  }));

it('dials again with rising pauses while the failure may pass', () => {
  const dials: number[] = [];
  return scene(
    async ({ modem }) => {
      await modem.start();
      expect((await modem.dialPersistently()).isOpen).toBe(true);
      const waits = dials.slice(1).map((at, index) => at - (dials[index] ?? 0));
      expect(waits).toHaveLength(2);
      expect(waits[0]).toBeGreaterThan(8_900);
      expect(waits[1]).toBeGreaterThan(17_900);
    },
    {
      replies: {
        ...CDMA_REPLIES,
        'D*99**24#': () => {
          dials.push(Date.now());
          return [dials.length < 3 ? 'BUSY' : 'CONNECT'];
        },
      },
    },
  );
});

it('does not dial again what will fail again', () =>
  scene(
    async ({ modem, module }) => {
      await modem.start();
      expect((await failure(modem.dialPersistently())).code).toBe('MODEM_DIAL_REFUSED');
      expect(module.commands.filter((line) => line.startsWith('ATD'))).toHaveLength(1);
    },
    { replies: { ...CDMA_REPLIES, 'D*99**24#': ['ERROR'] } },
  ));

it('refuses a number with modifiers', () =>
  scene(async ({ modem, module }) => {
    await modem.start();
    expect((await failure(modem.dial('99;+CFUN=0'))).code).toBe('MODEM_DIAL_REFUSED');
    expect(module.commands.some((line) => line.startsWith('ATD'))).toBe(false);
  }));

it('hands on unsolicited results, also those in the middle of an answer', () =>
  scene(async ({ modem, module }) => {
    await modem.start();
    const heard: (readonly [string, string | undefined])[] = [];
    modem.on('unsolicited', (line, payload) => heard.push([line, payload]));
    module.line('+CMT: ,24');
    module.send('07911326040000F0\r\n');
    module.line('+WEND: 1');
    await pause(10);
    expect(heard).toEqual([
      ['+CMT: ,24', '07911326040000F0'],
      ['+WEND: 1', undefined],
    ]);
  }));
