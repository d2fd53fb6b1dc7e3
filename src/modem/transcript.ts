/** The last lines of a dialogue, as evidence for a failure. Secrets are masked on their way in. */
import { MASK } from '../base/trace.ts';

/** Enough to see the command that failed and what led to it. */
const LINE_LIMIT = 24;
/** A longer line says nothing more to people. */
const LINE_LENGTH_LIMIT = 160;

export class Transcript {
  readonly #lines: string[] = [];
  #secrets: readonly string[] = [];

  /** From now on these words are masked; a word of one or two characters would mask half of everything. */
  hide(secrets: readonly string[]): void {
    for (const secret of secrets) {
      if (secret.length > 2 && !this.#secrets.includes(secret)) {
        this.#secrets = [...this.#secrets, secret];
      }
    }
  }

  /** @returns the text as people may see it: without secrets, control characters readable */
  show(text: string): string {
    const masked = this.#secrets.reduce((shown, secret) => shown.replaceAll(secret, MASK), text);
    return maskPasswords(masked).replace(/[^ -~]/g, (character) => {
      const octet = character.charCodeAt(0);
      return octet === 13 ? '\\r' : octet === 10 ? '\\n' : `\\x${octet.toString(16).padStart(2, '0')}`;
    });
  }

  /** Keeps a line. `>` went to the module, `<` came from it, `-` says something about the line. */
  add(direction: '>' | '<' | '-', text: string): string {
    const shown = this.show(text);
    const short = shown.length > LINE_LENGTH_LIMIT ? `${shown.slice(0, LINE_LENGTH_LIMIT)}...` : shown;
    this.#lines.push(`${direction} ${short}`);
    if (this.#lines.length > LINE_LIMIT) {
      this.#lines.shift();
    }
    return shown;
  }

  get lines(): readonly string[] {
    return [...this.#lines];
  }
}

/** Hides what commands with a password carry, whoever wrote them: 27.007 +CGAUTH, +CPIN, +CLCK, +CPWD; +QICSGP. */
export function maskPasswords(line: string): string {
  // Most lines hold no such command: one look instead of three.
  if (!/\+(?:C(?:GAUTH|PIN|PWD|LCK|CALLID)|QICSGP)=/i.test(line)) {
    return line;
  }
  return line
    .replace(
      /(\+CGAUTH=\s*\d+\s*,\s*\d+\s*,\s*(?:"[^"]*"|[^,;]*)\s*,\s*)("[^"]*"?|[^,;\s]+)/gi,
      `$1"${MASK}"`,
    )
    .replace(/(\+QICSGP=[^",;]*,[^",;]*,"[^"]*"\s*,\s*"[^"]*"\s*,\s*)("[^"]*"?)/gi, `$1"${MASK}"`)
    .replace(/(\+(?:CPIN|CPWD|CLCK)=)([^;]+)/gi, `$1${MASK}`)
    .replace(/(\+CCALLID=\s*[^,;]*,)([^,;]+)/gi, `$1${MASK}`);
}
