/** Matchers for vitest: `expect.extend(kadec21Matchers)`; each message says what was found instead. */
import type {} from 'vitest';
import type { CaseResult } from './case-result.ts';
import { mailDifferences, type WantedMail } from './expectations/wanted-mail.ts';

interface Matched {
  readonly pass: boolean;
  readonly message: () => string;
}

const reason = ({ devices, failures }: CaseResult) =>
  [...failures.map(({ message }) => message), ...devices.flatMap(({ reason: told }) => told ?? [])].join(' ');

export const kadec21Matchers = {
  /** A mail like that lies in a mailbox. */
  toHaveDelivered(lived: CaseResult, wanted: WantedMail = {}): Matched {
    const { count, nearest } = mailDifferences(lived, wanted);
    return {
      pass: count > 0,
      message: () =>
        count > 0
          ? `${count} mails are as described, expected none`
          : `no mail is as described: ${nearest ?? (reason(lived) || 'no mail arrived')}`,
    };
  },

  /** What stopped the last session of a device, `OP25B`. */
  toBeBlockedBy(lived: CaseResult, code: string): Matched {
    const codes = lived.devices.flatMap(({ blockedBy }) => blockedBy ?? []);
    const pass = codes.includes(code);
    return {
      pass,
      message: () =>
        `the last sessions were stopped by ${codes.join(', ') || 'nothing'}; asked about ${code}`,
    };
  },

  /** Some device sent this command line: SMTP or AT. */
  toHaveSent(lived: CaseResult, command: string | RegExp): Matched {
    const isMeant = (text: string) =>
      typeof command === 'string' ? text.includes(command) : command.test(text);
    const sent = lived.evidence.events.filter(
      ({ direction, layer, text }) =>
        direction === '>' && (layer === 'smtp' || layer === 'at') && isMeant(text),
    );
    return {
      pass: sent.length > 0,
      message: () => `${String(command)} was sent ${sent.length} times`,
    };
  },

  /** All expectations are met, those that always hold too. */
  toHavePassed(lived: CaseResult): Matched {
    return {
      pass: lived.verdict === 'passed',
      message: () =>
        `the scenario ${lived.verdict}: ${lived.failures.map(({ message }) => message).join(' ')}`,
    };
  },
};

/** With the matchers come their types: they have to be those of vitest's own interface, letter by letter. */
declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: interfaces merge where their parameters are the same
  interface Matchers<T = any> extends Kadec21Assertions<T> {}
}

export interface Kadec21Assertions<Result = unknown> {
  toHaveDelivered(wanted?: WantedMail): Result;
  toBeBlockedBy(code: string): Result;
  toHaveSent(command: string | RegExp): Result;
  toHavePassed(): Result;
}
