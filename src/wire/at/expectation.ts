/**
 * What a command line lets the DTE expect: which information texts are its answer, whether it can end with
 * CONNECT or ask for text, and how it changes the form of results (ITU-T V.250 5.2 to 5.4).
 */
import { splitParameters } from './value.ts';

/** How an extended command was written (V.250 5.4.3, 5.4.4). */
export type CommandForm = 'execute' | 'set' | 'read' | 'test';

export interface ExtendedCommand {
  /** Upper case, with its sign: `+CSQ`. */
  readonly name: string;
  readonly form: CommandForm;
}

/** What the line changes of the way the module writes from this line's own result on. */
export interface FormatChange {
  readonly verbose?: boolean;
  /** S3: the character that ends lines. */
  readonly terminator?: number;
  /** S4: the character after it. */
  readonly lineFeed?: number;
}

/** What the caller knows better of a command than its text tells: commands of vendors. */
export interface AnswerShape {
  /** Lines that end it besides the result codes, `SEND OK`, and as what. */
  readonly finals?: Readonly<Record<string, 'OK' | 'ERROR'>>;
  /** Further names that its information texts have, `+QIRD`. */
  readonly prefixes?: readonly string[];
  readonly asksForText?: boolean;
  readonly placesCall?: boolean;
  /** Name of an information text that says how many octets follow it, `+QIRD`: those are no lines. */
  readonly countedBy?: string;
}

export interface Expectation {
  /** The line without its terminator. */
  readonly command: string;
  readonly extended: readonly ExtendedCommand[];
  /** Any line may be part of the answer, whatever its prefix (ATI, AT&V, AT+CLAC). */
  readonly isFreeText: boolean;
  /** Lines without prefix must look like a serial number. */
  readonly isSerialNumber: boolean;
  /** OK without information text before it is not the answer to this line. */
  readonly needsInformation: boolean;
  readonly placesCall: boolean;
  /** The module answers with a prompt `>` and takes text (27.005 3.5.1). */
  readonly asksForText: boolean;
  readonly finals: Readonly<Record<string, 'OK' | 'ERROR'>>;
  readonly countedBy: string | undefined;
  readonly format: FormatChange;
}

const SERIAL_NUMBERS = new Set(['+CGSN', '+GSN', '+CIMI', '+CCID', '+ICCID']);
const FREE_TEXT = new Set(['+CLAC', '+GCAP', '+GOI', '$QCCLAC']);
const TEXT_ENTRY = new Set(['+CMGS', '+CMGW', '+CMGC', '+CNMA']);
/** Commands that put the line in data state: 27.007 10.1.12, V.250 6.3. */
const CALL_COMMANDS = new Set(['+CGDATA']);
/** Execute forms that only answer with information; a bare OK to them belongs to something else. */
const REPORTS = new Set([
  '+CSQ',
  '+CGMI',
  '+CGMM',
  '+CGMR',
  '+CGSN',
  '+GMI',
  '+GMM',
  '+GMR',
  '+GSN',
  '+CIMI',
]);

/** @param command a whole command line, with `AT`, without terminator */
export function expectationOf(command: string, shape: AnswerShape = {}): Expectation {
  const extended: ExtendedCommand[] = (shape.prefixes ?? []).map((name) => ({ name, form: 'set' }));
  let placesCall = shape.placesCall ?? false;
  let isFreeText = false;
  let readsRegister = false;
  let format: FormatChange = {};

  let rest = command.replace(/^\s*at/i, '');
  while (rest !== '') {
    if (/^[\s;]/.test(rest)) {
      rest = rest.slice(1);
      continue;
    }
    if (/^[+^$%*#@!]/.test(rest)) {
      const [piece = ''] = splitParameters(rest, ';');
      extended.push(readExtended(piece));
      rest = rest.slice(rest.indexOf(piece) + piece.length);
      continue;
    }
    const dial = /^[dao]/i.exec(rest);
    if (dial !== null) {
      // A `;` at the end of the dial string means: stay in command state (V.250 6.3.1).
      placesCall = !(/^d/i.test(rest) && rest.trimEnd().endsWith(';'));
      break;
    }
    const register = /^s\s*(\d*)\s*(?:=\s*(\d*)|\?)?/i.exec(rest);
    if (register !== null) {
      readsRegister ||= register[0].endsWith('?');
      format = { ...format, ...registerChange(register[1], register[2]) };
      rest = rest.slice(register[0].length);
      continue;
    }
    const basic = /^(&?[a-z]|[^a-z])\s*(\d*)\??/i.exec(rest);
    if (basic === null) {
      break;
    }
    const name = (basic[1] ?? '').toUpperCase();
    isFreeText ||= name === 'I' || name === '&V';
    format = { ...format, ...basicChange(name, Number(basic[2] || 0)) };
    rest = rest.slice(basic[0].length);
  }

  return {
    command,
    extended,
    isFreeText: isFreeText || extended.some((one) => FREE_TEXT.has(one.name)),
    isSerialNumber: extended.some((one) => SERIAL_NUMBERS.has(one.name)),
    needsInformation:
      readsRegister ||
      extended.some((one) => one.form === 'read' || (one.form === 'execute' && REPORTS.has(one.name))),
    placesCall: placesCall || extended.some((one) => CALL_COMMANDS.has(one.name)),
    finals: shape.finals ?? {},
    countedBy: shape.countedBy,
    asksForText:
      shape.asksForText ??
      extended.some((one) => TEXT_ENTRY.has(one.name) && one.form !== 'read' && one.form !== 'test'),
    format,
  };
}

function readExtended(text: string): ExtendedCommand {
  const parts = /^(.[\w./%!-]*)\s*(=\?|=|\?)?/s.exec(text);
  const name = (parts?.[1] ?? text).toUpperCase();
  switch (parts?.[2]) {
    case '=?':
      return { name, form: 'test' };
    case '=':
      return { name, form: 'set' };
    case '?':
      return { name, form: 'read' };
    default:
      return { name, form: 'execute' };
  }
}

/** S3 and S4 act on the result of their own line (V.250 6.2.1, 6.2.2). */
function registerChange(register: string | undefined, value: string | undefined): FormatChange {
  const octet = Number(value ?? '');
  if (register === undefined || value === undefined || value === '' || octet > 127) {
    return {};
  }
  switch (Number(register)) {
    case 3:
      return { terminator: octet };
    case 4:
      return { lineFeed: octet };
    default:
      return {};
  }
}

function basicChange(name: string, value: number): FormatChange {
  switch (name) {
    case 'V':
      return { verbose: value !== 0 };
    // What a reset brings back is the module's; V.250's own defaults are the best guess.
    case 'Z':
    case '&F':
      return { verbose: true, terminator: 13, lineFeed: 10 };
    default:
      return {};
  }
}
