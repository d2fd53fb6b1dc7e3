/**
 * A module in a few lines, for tests of the driver: it answers from a table, and every bad habit can be
 * switched on. Not the emulated module: it knows nothing but what the test says.
 */
import { createMemoryLine } from '../../src/serial/memory-line.ts';
import type { DceLine, DteLine } from '../../src/serial/serial-line.ts';

/** `undefined`: no answer at all. A text is one information line and OK; a list is sent line by line. */
export type Reply = string | readonly string[] | undefined | (() => Reply);

export interface ScriptedOptions {
  /** Answers by command line, without AT. What is missing is answered ERROR. */
  readonly replies: Readonly<Record<string, Reply>>;
  readonly baudRate?: number;
  readonly answerMs?: number;
  readonly echo?: boolean;
  /** A line without circuits, such as a pty. */
  readonly hasSignals?: boolean;
  /** S12 of `+++`. */
  readonly guardMs?: number;
  /** &C0: DCD never moves. */
  readonly fixedCarrier?: boolean;
  /** &D0: DTR is ignored. */
  readonly ignoresTerminalReady?: boolean;
  /** Sends NO CARRIER in words when a call ends. */
  readonly tellsEnd?: boolean;
  readonly answersEscape?: boolean;
}

export class ScriptedModule {
  readonly dte: DteLine;
  readonly #dce: DceLine;
  readonly #options: ScriptedOptions;
  /** Command lines that came, in order. */
  readonly commands: string[] = [];
  /** Octets of the call, as text. */
  data = '';
  state: 'command' | 'data' | 'off' = 'command';
  hasCall = false;
  echo: boolean;
  replies: Readonly<Record<string, Reply>>;
  /** V0 and Q1, until ATQ0V1. */
  isNumeric = false;
  isQuiet = false;
  /** Sent in the same write as CONNECT. */
  afterConnect = '';
  #line = '';
  #pluses = '';
  #plusTimer: ReturnType<typeof setTimeout> | undefined;
  #lastDataAt = 0;

  constructor(options: ScriptedOptions) {
    const { dte, dce } = createMemoryLine(options.baudRate ?? 115_200);
    this.dte = options.hasSignals === false ? withoutSignals(dte) : dte;
    this.#dce = dce;
    this.#options = options;
    this.echo = options.echo ?? true;
    this.replies = options.replies;
    dce.on('data', (bytes) => this.#hear(Buffer.from(bytes).toString('latin1')));
    dce.on('signals', ({ dtr }) => {
      if (!dtr && this.hasCall && options.ignoresTerminalReady !== true && options.hasSignals !== false) {
        this.endCall();
      }
    });
  }

  send(text: string): void {
    this.#dce.write(Buffer.from(text, 'latin1'));
  }

  line(text: string): void {
    this.send(`\r\n${text}\r\n`);
  }

  connect(text = 'CONNECT'): void {
    this.hasCall = true;
    this.state = 'data';
    this.#setCarrier(true);
    this.send(`\r\n${text}\r\n${this.afterConnect}`);
  }

  /** The call ends from the network's side. */
  endCall(): void {
    this.hasCall = false;
    this.state = 'command';
    this.#setCarrier(false);
    if (this.#options.tellsEnd !== false) {
      this.line('NO CARRIER');
    }
  }

  /** Power off and on: nothing is known any more. */
  reset(bootMessages: readonly string[]): void {
    this.hasCall = false;
    this.state = 'command';
    this.echo = true;
    this.#setCarrier(false);
    for (const message of bootMessages) {
      this.line(message);
    }
  }

  close(): void {
    void this.dte.close();
  }

  get terminalReady(): boolean {
    const { signals } = this.#dce;
    return signals !== 'unknown' && signals.dtr;
  }

  #setCarrier(isOn: boolean): void {
    if (this.#options.fixedCarrier !== true) {
      this.#dce.drive({ dcd: isOn });
    }
  }

  #hear(text: string): void {
    if (this.state === 'off') {
      return;
    }
    if (this.state === 'data') {
      this.#hearData(text);
      return;
    }
    for (const character of text) {
      if (this.echo) {
        this.send(character);
      }
      if (character === '\r') {
        const line = this.#line;
        this.#line = '';
        this.#execute(line);
      } else {
        this.#line += character;
      }
    }
  }

  #execute(line: string): void {
    const start = line.toUpperCase().indexOf('AT');
    if (start < 0) {
      this.commands.push(line);
      return;
    }
    const command = line.slice(start + 2);
    this.commands.push(`AT${command}`);
    if (/E0/.test(command)) {
      this.echo = false;
    }
    if (command.includes('Q0V1')) {
      this.isNumeric = false;
      this.isQuiet = false;
    }
    const known = Object.hasOwn(this.replies, command);
    const reply = known ? this.replies[command] : ['ERROR'];
    setTimeout(() => this.#answer(reply, command), this.#options.answerMs ?? 5);
  }

  #answer(reply: Reply, command: string): void {
    if (typeof reply === 'function') {
      this.#answer(reply(), command);
      return;
    }
    if (reply === undefined) {
      return;
    }
    const lines = typeof reply === 'string' ? (reply === '' ? ['OK'] : [reply, 'OK']) : reply;
    for (const line of lines) {
      if (line.startsWith('CONNECT')) {
        this.connect(line);
      } else if (this.isNumeric && line === 'OK') {
        this.send('0\r');
      } else if (!this.isQuiet) {
        this.line(line);
      }
    }
    if (command.startsWith('H') && lines.includes('OK')) {
      this.hasCall = false;
      this.#setCarrier(false);
    }
  }

  /** `+++` with silence before and after, by the times at which reads arrive. */
  #hearData(text: string): void {
    const guardMs = this.#options.guardMs ?? 1000;
    clearTimeout(this.#plusTimer);
    const isQuiet = Date.now() - this.#lastDataAt >= guardMs;
    if (text === '+++' && isQuiet && this.#options.answersEscape !== false) {
      this.#pluses = text;
      this.#plusTimer = setTimeout(() => {
        this.#pluses = '';
        this.state = 'command';
        this.line('OK');
      }, guardMs);
      return;
    }
    this.data += this.#pluses + text;
    this.#pluses = '';
    this.#lastDataAt = Date.now();
  }
}

/** The same line seen through something that carries no circuits. */
export function withoutSignals(line: DteLine): DteLine {
  return new Proxy(line, {
    get(target, name) {
      if (name === 'signals') {
        return 'unknown';
      }
      if (name === 'drive') {
        return () => {};
      }
      if (name === 'on') {
        return (event: string, listener: (...values: never[]) => void) => {
          if (event !== 'signals') {
            Reflect.apply(target.on, target, [event, listener]);
          }
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** What a cdma2000 module in service answers to everything that the driver of `existing` asks. */
export const CDMA_REPLIES: Readonly<Record<string, Reply>> = {
  '': '',
  Q0V1E0: '',
  '+GMI': 'KONA SYSTEM',
  '+GMM': '+GMM: "CM-800"',
  '+GMR': 'CM800-1.07',
  '+GSN': '8A0C41D2',
  '+GCAP': '+GCAP: +CIS707-A, +MS, +ES, +DS',
  '&FE0Q0V1X4&C2&D2S0=0': '',
  '+CRM=2': '',
  '+CQD=10': '',
  '+CAD?': '+CAD: 1',
  '+CSS?': '+CSS: 0,A,12304',
  '+CSQ': '+CSQ: 20,99',
  'D*99**24#': ['CONNECT 115200'],
  H: '',
  O: ['CONNECT 115200'],
};

/** The same for `3gpp`. */
export const LTE_REPLIES: Readonly<Record<string, Reply>> = {
  '': '',
  Q0V1E0: '',
  '+CGMI': 'NORTH ONE',
  '+CGMM': 'LM-18',
  '+CGMR': 'LM18-1.00',
  '+CGSN': '490154203237518',
  '+GCAP': '+GCAP: +CGSM, +ES',
  '&FE0Q0V1X4&C1&D2S0=0': '',
  '+CMEE=2': '',
  '+CFUN=1': '',
  '+CEREG=0': '',
  '+CGDCONT=1,"IP","au.au-net.ne.jp"': '',
  '+CPIN?': '+CPIN: READY',
  '+CEREG?': '+CEREG: 0,1',
  '+COPS?': '+COPS: 0,2,"44051",7',
  '+CSQ': '+CSQ: 25,99',
  'D*99***1#': ['CONNECT'],
  H: '',
  O: ['CONNECT'],
};
