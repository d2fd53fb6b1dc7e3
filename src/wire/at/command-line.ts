/**
 * The body of a command line (what stands between the prefix `AT` and the terminator) as commands, one at
 * a time: ITU-T V.250 §5.3 (basic syntax) and §5.4 (extended syntax). Which commands exist, and what they
 * do, is not decided here.
 */

/** A value behind `=` (§5.4.2). */
export type Value =
  | { readonly kind: 'omitted' }
  /** A string constant, with its `\hh` escapes resolved; one code point is one octet. */
  | { readonly kind: 'string'; readonly text: string }
  /** Anything without quotes; `decimal` is there when it is a decimal constant. */
  | { readonly kind: 'plain'; readonly text: string; readonly decimal: number | undefined };

export type Command =
  /** `E0`, `&C1`, `\N3`, `%C`; the number is undefined when none was written. */
  | { readonly kind: 'basic'; readonly name: string; readonly number: number | undefined }
  | { readonly kind: 'register-read'; readonly register: number }
  /** A missing value reads as 0 (§5.3.2 allows that or ERROR). */
  | { readonly kind: 'register-write'; readonly register: number; readonly value: number }
  /** The text behind `D`, as written; `semicolon` says that one ended it (§6.3.1.8). */
  | { readonly kind: 'dial'; readonly text: string; readonly semicolon: boolean }
  | { readonly kind: 'extended'; readonly name: string; readonly form: 'execute' | 'read' | 'test' }
  | {
      readonly kind: 'extended';
      readonly name: string;
      readonly form: 'set';
      readonly values: readonly Value[];
    };

export type NextCommand =
  | {
      readonly found: 'command';
      readonly command: Command /** Where the next begins. */;
      readonly end: number;
    }
  | { readonly found: 'end' }
  | { readonly found: 'malformed' };

/** §5.4.1: up to 16 characters after the first; longer names in the field are vendors'. */
const EXTENDED_NAME = /[+$^*#@][A-Za-z0-9!%\-./:_]{1,32}/y;
const BASIC_NAME = /[&\\%]?[A-Za-z]/y;
const DIGITS = /[0-9]+/y;
/** Everything but what ends a value; blanks are not allowed inside a constant (§5.4.2.1). */
const PLAIN_CONSTANT = /[^,;" ]+/y;
const STRING_CONSTANT = /"((?:[^"\\]|\\[0-9A-Fa-f]{2})*)"/y;

const END: NextCommand = { found: 'end' };
const MALFORMED: NextCommand = { found: 'malformed' };

/**
 * Reads one command.
 * @param body without prefix and terminator; control characters already removed
 * @param from where to start: 0, or the `end` of the command before
 */
export function nextCommand(body: string, from: number): NextCommand {
  const reader = new Reader(body, from);
  // A semicolon where none is needed does no harm: `AT+CSQ;`, `ATE0;V1`.
  do {
    reader.skipBlanks();
  } while (reader.take(';'));
  if (reader.isAtEnd) {
    return END;
  }
  const extended = reader.match(EXTENDED_NAME);
  if (extended !== undefined) {
    return extendedCommand(reader, extended.toUpperCase());
  }
  const name = reader.match(BASIC_NAME)?.toUpperCase();
  switch (name) {
    case undefined:
      return MALFORMED;
    case 'D':
      return dialCommand(reader);
    case 'S':
      return registerCommand(reader);
    default:
      return found(reader, { kind: 'basic', name, number: reader.number() });
  }
}

function found(reader: Reader, command: Command): NextCommand {
  return { found: 'command', command, end: reader.position };
}

/** §6.3.1: the dial string reaches to the end of the line or to a semicolon. */
function dialCommand(reader: Reader): NextCommand {
  const text = reader.upTo(';');
  return found(reader, { kind: 'dial', text, semicolon: reader.take(';') });
}

/** §5.3.2. */
function registerCommand(reader: Reader): NextCommand {
  const register = reader.number();
  reader.skipBlanks();
  if (register === undefined) {
    return MALFORMED;
  }
  if (reader.take('?')) {
    return found(reader, { kind: 'register-read', register });
  }
  if (reader.take('=')) {
    return found(reader, { kind: 'register-write', register, value: reader.number() ?? 0 });
  }
  return MALFORMED;
}

/** §5.4.3 and §5.4.4: nothing but a semicolon may follow an extended command. */
function extendedCommand(reader: Reader, name: string): NextCommand {
  reader.skipBlanks();
  const command = extendedForm(reader, name);
  reader.skipBlanks();
  if (command === undefined || !(reader.isAtEnd || reader.take(';'))) {
    return MALFORMED;
  }
  return found(reader, command);
}

function extendedForm(reader: Reader, name: string): Command | undefined {
  if (reader.take('?')) {
    return { kind: 'extended', name, form: 'read' };
  }
  if (!reader.take('=')) {
    return { kind: 'extended', name, form: 'execute' };
  }
  reader.skipBlanks();
  if (reader.take('?')) {
    return { kind: 'extended', name, form: 'test' };
  }
  const values: Value[] = [];
  do {
    const value = reader.value();
    if (value === undefined) {
      return undefined;
    }
    values.push(value);
  } while (reader.take(','));
  return { kind: 'extended', name, form: 'set', values };
}

/** Walks over one body; blanks between tokens mean nothing (§5.2.1). */
class Reader {
  readonly #body: string;
  position: number;

  constructor(body: string, position: number) {
    this.#body = body;
    this.position = position;
  }

  get isAtEnd(): boolean {
    return this.position >= this.#body.length;
  }

  skipBlanks(): void {
    while (this.#body[this.position] === ' ') {
      this.position += 1;
    }
  }

  take(character: string): boolean {
    const isThere = this.#body[this.position] === character;
    if (isThere) {
      this.position += 1;
    }
    return isThere;
  }

  upTo(character: string): string {
    const end = this.#body.indexOf(character, this.position);
    const text = this.#body.slice(this.position, end < 0 ? undefined : end);
    this.position += text.length;
    return text;
  }

  match(token: RegExp): string | undefined {
    token.lastIndex = this.position;
    const text = token.exec(this.#body)?.[0];
    this.position += text?.length ?? 0;
    return text;
  }

  /** Leading zeros mean nothing (§5.3.1). */
  number(): number | undefined {
    this.skipBlanks();
    const digits = this.match(DIGITS);
    return digits === undefined ? undefined : Number(digits);
  }

  /** One value up to the comma, semicolon or end behind it; undefined when it is none. */
  value(): Value | undefined {
    this.skipBlanks();
    const value = this.#constant();
    this.skipBlanks();
    const next = this.#body[this.position];
    return next === undefined || next === ',' || next === ';' ? value : undefined;
  }

  #constant(): Value {
    const quoted = this.match(STRING_CONSTANT);
    if (quoted !== undefined) {
      return { kind: 'string', text: resolveEscapes(quoted.slice(1, -1)) };
    }
    const text = this.match(PLAIN_CONSTANT);
    if (text === undefined) {
      return { kind: 'omitted' };
    }
    return { kind: 'plain', text, decimal: /^\d+$/.test(text) ? Number(text) : undefined };
  }
}

/** §5.4.2.2: a backslash and two hexadecimal digits are one character. */
function resolveEscapes(text: string): string {
  return text.replace(/\\([0-9A-Fa-f]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
