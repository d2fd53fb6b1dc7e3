/** The procedures as they are: a script of steps, answered from a table, without time or line. */
import { describe, expect, it } from 'vitest';
import { ms } from '../../src/base/units.ts';
import type { Answer } from '../../src/modem/command.ts';
import { hangUp } from '../../src/modem/hang-up.ts';
import { identify } from '../../src/modem/identify.ts';
import { parseClock } from '../../src/modem/network-clock.ts';
import { escapeCall } from '../../src/modem/online-command.ts';
import type { EscapeOutcome, Look, Procedure, Step, StepResult } from '../../src/modem/procedure.ts';
import { moduleProfiles, profileByName } from '../../src/modem/profiles.ts';
import { readRadio, waitForService } from '../../src/modem/registration.ts';
import { synchronise } from '../../src/modem/synchronise.ts';

interface Script {
  readonly answers?: Readonly<Record<string, Answer>>;
  readonly otherwise?: Answer;
  readonly look?: () => Partial<Look>;
  readonly escapes?: EscapeOutcome[];
  readonly carrierLost?: boolean[];
}

const ok = (...lines: string[]): Answer => ({ outcome: 'ok', lines });
const error: Answer = {
  outcome: 'error',
  failure: { type: 'final', result: 'ERROR', kind: 'generic' },
  lines: [],
};
const silence: Answer = { outcome: 'timeout', lines: [], partial: '' };

/** Runs a procedure to its end; pauses move the clock, nothing else takes time. */
function perform<T>(
  procedure: Procedure<T>,
  script: Script,
): { readonly result: T; readonly steps: string[] } {
  const steps: string[] = [];
  let now = ms(0);
  const answer = (step: Step): StepResult => {
    switch (step.do) {
      case 'command':
        steps.push(step.command.line);
        return {
          of: 'command',
          answer: script.answers?.[step.command.line] ?? script.otherwise ?? error,
        };
      case 'pause':
        now = ms(now + step.forMs);
        return { of: 'done' };
      case 'clock':
        return { of: 'clock', now };
      case 'escape':
        steps.push('+++');
        return { of: 'escape', outcome: script.escapes?.shift() ?? 'timeout' };
      case 'await-carrier-loss':
        steps.push('wait');
        return { of: 'await-carrier-loss', isLost: script.carrierLost?.shift() ?? false };
      case 'data-terminal-ready':
        steps.push(step.isOn ? 'DTR on' : 'DTR off');
        return { of: 'done' };
      case 'bit-rate':
        steps.push(`${step.bitRate}`);
        return { of: 'done' };
      case 'look':
        return {
          of: 'look',
          look: {
            mode: 'data',
            holdsCall: true,
            carrierDetect: true,
            evidence: [],
            ...script.look?.(),
          },
        };
      case 'forget-call':
        steps.push('forget');
        return { of: 'done' };
      case 'note':
        return { of: 'done' };
    }
  };
  let step = procedure.next({ of: 'done' });
  while (step.done !== true) {
    step = procedure.next(answer(step.value));
  }
  return { result: step.value, steps };
}

const profileOf = (name: string) => {
  const profile = profileByName(name);
  if (profile === undefined) {
    throw new Error(name);
  }
  return profile;
};
const existing = profileOf('existing');
const lteM = profileOf('3gpp');

describe('hanging up', () => {
  const options = { waitsForNetwork: true, wasDialling: false };

  it('goes from the network over DTR to the escape and the question at the end', () => {
    const { result, steps } = perform(hangUp(existing, options), { answers: { AT: ok(), ATH: ok() } });
    expect(steps).toEqual(['wait', 'DTR off', 'wait', 'DTR on', '+++', '+++', 'forget', 'AT', 'ATH']);
    expect(result).toBe('probe');
  });

  it('stops at the first way that works', () => {
    expect(perform(hangUp(existing, options), { carrierLost: [true] }).steps).toEqual(['wait']);
    expect(perform(hangUp(existing, options), { carrierLost: [false, true] }).steps).toEqual([
      'wait',
      'DTR off',
      'wait',
      'DTR on',
    ]);
  });

  it('leaves DTR out where the line has no circuits', () => {
    const { steps } = perform(hangUp(existing, options), {
      look: () => ({ carrierDetect: 'unknown' }),
      escapes: ['escaped'],
      answers: { ATH: ok() },
    });
    expect(steps).toEqual(['wait', '+++', 'ATH']);
  });

  it('takes a call that ends during the guard time for ended', () => {
    const { result, steps } = perform(hangUp(existing, { ...options, waitsForNetwork: false }), {
      look: () => ({ carrierDetect: 'unknown' }),
      escapes: ['carrier-lost'],
    });
    expect(steps).toEqual(['+++']);
    expect(result).toBe('escape');
  });

  it('skips the escape where the call is held in command state already', () => {
    const { steps } = perform(hangUp(existing, { ...options, waitsForNetwork: false }), {
      look: () => ({ carrierDetect: 'unknown', mode: 'command' }),
      answers: { ATH: ok() },
    });
    expect(steps).toEqual(['ATH']);
  });
});

describe('leaving data state for a moment', () => {
  it('tries once more where the guard time was disturbed', () => {
    expect(perform(escapeCall(), { escapes: ['timeout', 'escaped'] }).steps).toEqual(['+++', '+++']);
  });

  it('does not try a call that is lost', () => {
    expect(() => perform(escapeCall(), { escapes: ['carrier-lost', 'escaped'] })).toThrow(/was lost/);
  });

  it('gives up after the second time', () => {
    expect(() => perform(escapeCall(), { escapes: ['timeout', 'timeout', 'escaped'] })).toThrow(/\+\+\+/);
  });
});

describe('synchronising', () => {
  it('asks at every bit rate, plainly and blindly, before it looks for a call that nobody ended', () => {
    expect(() => perform(synchronise(existing), { otherwise: silence })).toThrow(/No module answers/);
  });

  it('keeps a bit rate that the module does not change', () => {
    const { result, steps } = perform(synchronise(existing), { answers: { AT: ok(), ATQ0V1E0: ok() } });
    expect(result).toBe(115_200);
    expect(steps).toEqual(['115200', 'AT', 'ATQ0V1E0']);
  });
});

describe('identifying', () => {
  it('reads the answers with and without their names, quoted or not', () => {
    const answers = {
      'AT+CGMI': ok('+CGMI: "NORTH ONE"'),
      'AT+CGMM': ok('LM-18'),
      'AT+CGMR': ok('Revision: LM18-1.00'),
      'AT+CGSN': error,
      'AT+GSN': ok('+GSN: 490154203237518'),
      'AT+GCAP': error,
    };
    expect(perform(identify(lteM), { answers }).result).toEqual({
      manufacturer: 'NORTH ONE',
      model: 'LM-18',
      revision: 'Revision: LM18-1.00',
      serialNumber: '490154203237518',
      capabilities: '',
    });
  });
});

describe('looking at the radio', () => {
  const cdma = (cad: Answer, css: Answer, csq: Answer = ok('+CSQ: 10,99')) =>
    perform(readRadio(existing), { answers: { 'AT+CAD?': cad, 'AT+CSS?': css, 'AT+CSQ': csq } }).result;

  it.each([
    ['service', ok('+CAD: 1'), ok('+CSS: 0,A,12304'), { registered: 'home', band: 'bc3', system: '12304' }],
    ['no service', ok('+CAD: 0'), ok('+CSS: 0,Z,99999'), { registered: 'none' }],
    ['an area without a system yet', ok('+CAD: 1'), ok('+CSS: ,Z,99999'), { registered: 'searching' }],
    ['no area query', error, ok('+CSS: 0,A,12304'), { registered: 'home' }],
    ['no system query', ok('1'), error, { registered: 'home' }],
    ['the form of two fields', ok('+CAD: 1'), ok('+CSS: ?,12304'), { registered: 'home', system: '12304' }],
    ['SID 0 without a band', error, ok('+CSS: ?,0'), { registered: 'none' }],
    ['a letter for the kind before the band', ok('+CAD: 1'), ok('+CSS: 0,CA,12304'), { registered: 'home' }],
  ])('understands %s (IS-707)', (_, cad, css, report) => {
    expect(cdma(cad, css)).toMatchObject(report);
  });

  it('names the new frequencies of a dual-band module', () => {
    const answers = {
      'AT+CAD?': ok('+CAD: 1'),
      'AT+CSS?': ok('+CSS: 1,A,12304'),
      'AT+CSQ': ok('+CSQ: 31,0'),
    };
    expect(perform(readRadio(profileOf('dual-band')), { answers }).result).toEqual({
      registered: 'home',
      signal: { dbm: -51, raw: '31,0' },
      band: 'bc0',
      system: '12304',
    });
  });

  it.each([
    ['+CEREG: 0,1', 'home'],
    ['+CEREG: 2,5,"00A1","0012ABCD",8', 'roaming'],
    ['+CEREG: 0,2', 'searching'],
    ['+CEREG: 0,0', 'none'],
    ['+CEREG: 0,3', 'denied'],
  ])('understands %s (3GPP)', (line, registered) => {
    const answers = { 'AT+CPIN?': ok('+CPIN: READY'), 'AT+CEREG?': ok(line), 'AT+CSQ': ok('+CSQ: 99,99') };
    expect(perform(readRadio(lteM), { answers }).result).toMatchObject({
      registered,
      signal: { raw: '99,99' },
    });
  });

  it('asks an older module with +CREG?', () => {
    const answers = {
      'AT+CPIN?': ok('+CPIN: READY'),
      'AT+CREG?': ok('+CREG: 0,1'),
      'AT+CSQ': ok('+CSQ: 9,99'),
    };
    expect(perform(readRadio(lteM), { answers }).result.registered).toBe('home');
  });

  it('is not put off by a SIM that is still being read', () => {
    const busy: Answer = {
      outcome: 'error',
      failure: { type: 'final', result: 'ERROR', kind: 'CME', code: 14, text: '14' },
      lines: [],
    };
    expect(perform(readRadio(lteM), { answers: { 'AT+CPIN?': busy } }).result.registered).toBe('none');
  });

  it('names a SIM that wants its PIN', () => {
    expect(() => perform(readRadio(lteM), { answers: { 'AT+CPIN?': ok('+CPIN: SIM PIN') } })).toThrow(
      /SIM PIN/,
    );
  });

  it('gives up after the time of the profile, not later', () => {
    const answers = {
      'AT+CAD?': ok('+CAD: 0'),
      'AT+CSS?': ok('+CSS: 0,Z,99999'),
      'AT+CSQ': ok('+CSQ: 99,99'),
    };
    expect(() => perform(waitForService(existing), { answers })).toThrow(/within 90 s/);
  });

  it('tells a network that does not let the module in from one that is not there', () => {
    const answers = {
      'AT+CPIN?': ok('+CPIN: READY'),
      'AT+CEREG?': ok('+CEREG: 0,3'),
      'AT+CSQ': ok('+CSQ: 18,99'),
    };
    expect(() => perform(waitForService(lteM), { answers })).toThrow(/has not let the module in .*denied/);
  });
});

describe('the clock', () => {
  it.each([
    ['+CCLK: "08/10/01,00:00:05+36"', Date.UTC(2008, 8, 30, 15, 0, 5)],
    ['+CCLK: "2022/03/31,23:59:59+36"', Date.UTC(2022, 2, 31, 14, 59, 59)],
    ['+CCLK: "08/10/01,00:00:05"', Date.UTC(2008, 9, 1, 0, 0, 5)],
    ['+CCLK: "08/10/01,00:00:05-04"', Date.UTC(2008, 9, 1, 1, 0, 5)],
    ['+CCLK: "80/01/06,00:00:00+00"', undefined],
    ['+CCLK: "00/01/01,00:00:00+00"', undefined],
    ['+CCLK: "08/02/30,00:00:00+36"', undefined],
    ['+CCLK: ""', undefined],
    ['ERROR', undefined],
  ])('reads %s', (line, time) => {
    expect(parseClock(line)).toBe(time);
  });
});

describe('the profiles', () => {
  it('are four modules that cannot be taken for each other', () => {
    expect(moduleProfiles.map(({ name }) => name)).toEqual(['existing', 'dual-band', '3gpp', '3gpp-sockets']);
    expect(new Set(moduleProfiles.map(({ identity }) => identity.model)).size).toBe(4);
    expect(new Set(moduleProfiles.map(({ init }) => JSON.stringify(init))).size).toBe(3);
  });

  it('differ in the frequencies that decide when they fall silent', () => {
    expect(moduleProfiles.map(({ bands }) => bands)).toEqual([
      ['bc3'],
      ['bc3', 'bc0'],
      ['lte-b18', 'lte-b26'],
      ['lte-b18', 'lte-b26'],
    ]);
  });
});
