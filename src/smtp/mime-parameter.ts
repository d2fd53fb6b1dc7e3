/** MIME parameters with text of any language (RFC 2231), each on a folded line of its own. */

/** Leaves room for the name, the number and the quotes in a line of 78. */
const MAX_SECTION = 56;
const ATTRIBUTE_CHARACTER = /^[A-Za-z0-9!#$&+\-.^_`|~]$/;
const NOT_IN_FILE_NAME = /[^A-Za-z0-9._ ()+=@-]+/g;

/**
 * A parameter such as `filename`, ready to follow `Content-Disposition: attachment`.
 * Text beyond ASCII comes twice: as an ASCII name for old mailers and in full as RFC 2231 §4 has it.
 */
export function mimeParameter(name: string, value: string): string {
  const ascii = value.replaceAll(NOT_IN_FILE_NAME, '_');
  if (ascii === value && value.length <= MAX_SECTION) {
    return `;\r\n ${name}="${value}"`;
  }
  // Of two forms some parsers take the first (Python's email does), the others know which is better.
  return `${extended(name, value)};\r\n ${name}="${shortened(ascii)}"`;
}

/** Keeps the ending, by which mailers choose the program. */
function shortened(ascii: string): string {
  if (ascii.length <= MAX_SECTION) {
    return ascii;
  }
  const ending = /\.[A-Za-z0-9]{1,8}$/.exec(ascii)?.[0] ?? '';
  return ascii.slice(0, MAX_SECTION - ending.length) + ending;
}

function extended(name: string, value: string): string {
  const sections: string[] = [];
  let section = "UTF-8''";
  for (const character of value) {
    const encoded = ATTRIBUTE_CHARACTER.test(character) ? character : percentEncoded(character);
    if (section.length + encoded.length > MAX_SECTION) {
      sections.push(section);
      section = '';
    }
    section += encoded;
  }
  sections.push(section);
  return sections.length === 1
    ? `;\r\n ${name}*=${sections[0]}`
    : sections.map((text, index) => `;\r\n ${name}*${index}*=${text}`).join('');
}

function percentEncoded(character: string): string {
  return [...Buffer.from(character)]
    .map((octet) => `%${octet.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
}
