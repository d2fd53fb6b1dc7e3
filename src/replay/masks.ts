/** Lines of text that may differ between a recording and a replay, and in what. */

/** What stands for secrets in a recording with masked secrets: three or more stars are any text. */
const MASKED = /\*{3,}/;

/** @param isRedacted whether stars of the recording stand for what was masked */
export function isSameCommandLine(recorded: string, live: string, isRedacted: boolean): boolean {
  if (recorded === live) {
    return true;
  }
  if (isRedacted && MASKED.test(recorded)) {
    return fitsAround(recorded.split(/\*{3,}/), live);
  }
  return withoutTime(recorded) === withoutTime(live) || isSameSocketLine(recorded, live);
}

/** The time of a module's clock, 27.007 section 8.15: `"22/06/01,09:00:00+36"`. */
const withoutTime = (line: string): string =>
  line.replace(/"\d{2,4}\/\d{2}\/\d{2},\d{2}:\d{2}:\d{2}(?:[+-]\d{2})?"/g, '"(time)"');

/** Of the socket commands: what the network gives, counts and times. A command's own words have to be the same. */
const socketMasks: readonly (readonly [RegExp, string])[] = [
  // How much is written at a time.
  [/^(AT\+QISEND=\d+),\d+$/i, '$1,*'],
  [/^(\+QIACT: \d+,\d,\d),"[\d.]+"$/, '$1,*'],
  [/^(\+QIDNSCFG: \d+),.*$/, '$1,*'],
  [/^(\+QIURC: "dnsgip"),(?:0,\d+,\d+|"[\d.]+")$/, '$1,*'],
  [/^(\+QPING: 0),"[\d.]+",(\d+),\d+,\d+$/, '$1,*,$2'],
  [/^(\+QPING: 0,\d+,\d+,\d+),\d+,\d+,\d+$/, '$1,*'],
];

function isSameSocketLine(recorded: string, live: string): boolean {
  return socketMasks.some(
    ([pattern, replacement]) =>
      pattern.test(recorded) &&
      pattern.test(live) &&
      recorded.replace(pattern, replacement) === live.replace(pattern, replacement),
  );
}

function fitsAround(parts: readonly string[], live: string): boolean {
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const found = index === 0 ? (live.startsWith(part) ? 0 : -1) : live.indexOf(part, at);
    if (found < 0) {
      return false;
    }
    at = found + part.length;
  }
  const last = parts.at(-1) ?? '';
  return last === '' || live.endsWith(last);
}

/** SMTP and RFC 5322: fields that are new each time. */
const mailMasks: readonly (readonly [RegExp, string])[] = [
  [/^(Date|Message-ID):.*$/i, '$1: *'],
  [/boundary="[^"]*"/i, 'boundary=*'],
  // RFC 1870: follows from the length of those; all that is counted is compared by itself.
  [/^(MAIL FROM:.*) SIZE=\d+/i, '$1 SIZE=*'],
  // A server greets by the address that the network has given.
  [/^(\d{3}[ -].*)\[[\d.]+\]/, '$1[*]'],
  // A delimiter of RFC 2046 section 5.1.1.
  [/^--[-\w=.?']{6,70}$/, '--*'],
];
/** RFC 5321 section 4.2: what stands behind the code of a last line is for people: a host's name, the time, a queue's number. */
const REPLY_TEXT: readonly [RegExp, string] = [/^(2\d\d|354) .*$/, '$1 *'];

/** A line of a TCP stream. */
export function isSameStreamLine(recorded: string, live: string, isRedacted: boolean): boolean {
  return (
    maskedStreamLine(recorded) === maskedStreamLine(live) || isSameCommandLine(recorded, live, isRedacted)
  );
}

function maskedStreamLine(line: string): string {
  const [ending = ''] = /\r?\n$/.exec(line) ?? [];
  const text = line.slice(0, line.length - ending.length);
  return [...mailMasks, REPLY_TEXT].reduce(
    (masked, [pattern, replacement]) => masked.replace(pattern, replacement),
    text,
  );
}
