/**
 * HTML that is escaped by construction: text can only come into a document through `html`, which escapes every value
 * that is not HTML itself.
 */

/** A piece of a document. Only `html` and `joined` make one. */
export class Html {
  readonly #text: string;

  /** @param text well-formed HTML that was written by a programmer, never by a user or a peer */
  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

export type HtmlValue = Html | string | number | undefined | readonly HtmlValue[];

/** A template of HTML: values are escaped, pieces of HTML and lists of them stand as they are, `undefined` is nothing. */
export function html(fixed: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(fixed.map((part, index) => part + written(values[index])).join(''));
}

/** Pieces one after the other. */
export const joined = (pieces: readonly Html[]): Html => new Html(pieces.join(''));

function written(value: HtmlValue): string {
  if (value === undefined) {
    return '';
  }
  if (value instanceof Html) {
    return value.toString();
  }
  return Array.isArray(value) ? value.map(written).join('') : escapeMarkup(String(value));
}

/** What HTML and XML 1.0 do not allow in text at all; as a reader sees that something was there. */
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand between tags and in attributes in quotes, of HTML and of XML. */
export function escapeMarkup(text: string): string {
  return text.replace(FORBIDDEN, '\uFFFD').replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
