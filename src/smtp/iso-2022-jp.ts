/**
 * ISO-2022-JP (RFC 1468): ASCII and JIS X 0208 in seven bits, switched by escape sequences. Half-width kana
 * and vendors' extra rows are not part of it: they are widened, spelled out, or shown as a geta mark.
 */
import Encoding from 'encoding-japanese';

const TO_JIS_X_0208 = [0x1b, 0x24, 0x42] as const;
const TO_ASCII = [0x1b, 0x28, 0x42] as const;
/** What an encoder adds around a run of JIS X 0208 characters. */
export const ESCAPES_OCTETS = TO_JIS_X_0208.length + TO_ASCII.length;

/** U+3013, what Japanese printers put where a type is lacking. */
const GETA = '〓';
/** Characters that Unicode knows twice, or that have one obvious reading, but no NFKC form that helps. */
const SPELLINGS: Readonly<Record<string, string>> = {
  '\u2014': '―',
  '\u2013': '-',
  '\u2010': '-',
  '\u2011': '-',
  '\u00a5': '￥',
  '\u203e': '￣',
  '\u00a0': ' ',
  '\u00b7': '・',
  '\u00b2': '2',
  '\u00b3': '3',
};

/** One character as it goes on the line: one ASCII octet or two of JIS X 0208. */
export type JisUnit = readonly [number] | readonly [number, number];

export interface JisText {
  readonly units: readonly JisUnit[];
  /** Characters that had to become a geta mark, each once. */
  readonly replaced: readonly string[];
}

/** Takes any text apart into what ISO-2022-JP can hold. Total: nothing throws. */
export function toJisUnits(text: string): JisText {
  const units: JisUnit[] = [];
  const replaced = new Set<string>();
  for (const character of widenKana(text)) {
    const found = unitsOf(character);
    if (found === undefined) {
      replaced.add(character);
    }
    units.push(...(found ?? getaUnits()));
  }
  return { units, replaced: [...replaced] };
}

/** Puts units into octets: starts and ends in ASCII. */
export function encodeJisUnits(units: readonly JisUnit[]): Uint8Array {
  const octets: number[] = [];
  let isDouble = false;
  for (const unit of units) {
    if ((unit.length === 2) !== isDouble) {
      isDouble = !isDouble;
      octets.push(...(isDouble ? TO_JIS_X_0208 : TO_ASCII));
    }
    octets.push(...unit);
  }
  if (isDouble) {
    octets.push(...TO_ASCII);
  }
  return Uint8Array.from(octets);
}

/** RFC 1468: no half-width katakana. A voiced mark that follows joins its letter: ｶﾞ becomes ガ. */
function widenKana(text: string): string {
  return text.replaceAll(/[\uff61-\uff9f]+/g, (run) =>
    run.normalize('NFKC').replaceAll('\u3099', '゛').replaceAll('\u309a', '゜'),
  );
}

function unitsOf(character: string): readonly JisUnit[] | undefined {
  const direct = unitOf(character);
  if (direct !== undefined) {
    return [direct];
  }
  const spelled = [...(SPELLINGS[character] ?? spelledOut(character))].map(unitOf);
  return spelled.length > 0 && spelled.every((unit) => unit !== undefined) ? spelled : undefined;
}

/** ㈱ is (株), ㎜ is mm, ① is (1). */
function spelledOut(character: string): string {
  const plain = character.normalize('NFKC');
  return /^[\u2460-\u2473]$/.test(character) ? `(${plain})` : plain;
}

/** Few characters recur in a device's mails; the bound only keeps strange texts from filling memory. */
const MAX_REMEMBERED = 8192;
const remembered = new Map<string, JisUnit | undefined>();

function unitOf(character: string): JisUnit | undefined {
  const code = character.charCodeAt(0);
  if (code < 0x80) {
    // Shift functions in the text itself would change the set for everything behind them.
    return code === 0x1b || code === 0x0e || code === 0x0f ? undefined : [code];
  }
  if (!remembered.has(character)) {
    if (remembered.size >= MAX_REMEMBERED) {
      remembered.clear();
    }
    remembered.set(character, lookUp(character));
  }
  return remembered.get(character);
}

function lookUp(character: string): JisUnit | undefined {
  const [escape1, escape2, escape3, first, second] = Encoding.convert(Encoding.stringToCode(character), {
    to: 'JIS',
    from: 'UNICODE',
  });
  const isJisX0208 = [escape1, escape2, escape3].every((octet, index) => octet === TO_JIS_X_0208[index]);
  if (!isJisX0208 || first === undefined || second === undefined) {
    return undefined;
  }
  // JIS X 0208 has rows 1 to 8 and 16 to 84. Row 13 and those from 89 on are vendors'.
  const row = first - 0x20;
  return row <= 8 || (row >= 16 && row <= 84) ? [first, second] : undefined;
}

function getaUnits(): readonly JisUnit[] {
  return [unitOf(GETA) ?? [0x22, 0x2e]];
}
