/** Reads one step of a scripted server: what it replies, when, and how it ends. */
import { Fields, UnreadableVectorError } from './fields.ts';
import type { Step } from './scripted-server.ts';

/** Instead of the reply where the step names none, and after the one that it names. */
const CLOSE = ['close', 'closes', 'fin', 'disconnect', 'hangup', 'drop', 'closeBeforeReply'];
const RESET = ['rst', 'reset', 'rstBeforeReply', 'resetBeforeReply'];
/** After the reply in any case. */
const THEN_CLOSE = ['closeAfter', 'closeAfterReply', 'thenClose', 'finAfter', 'closeDuringHandshake'];
const THEN_RESET = ['rstAfter', 'rstAfterReply', 'resetAfter', 'thenRst', 'thenReset', 'rstDuringHandshake'];
const SILENT = ['silent', 'never', 'noReply', 'hang', 'stall'];
const THEN_SILENT = ['silentAfter', 'silentAfterReply', 'thenSilent', 'hangAfter', 'stallAfter'];
const DELAY = ['delayS', 'delay', 'afterS', 'waitS'];

export function definedOnly<T extends object>(object: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;
}

/** A step as an object, or its reply alone, or null for silence. */
export function readStep(value: unknown, where: string): Step {
  if (value === null) {
    return { silent: true };
  }
  if (typeof value === 'string' || Array.isArray(value)) {
    return { reply: replyOf(value, where) };
  }
  const fields = new Fields(value, where);
  const read = stepFrom(fields);
  fields.end();
  return read;
}

export function stepFrom(fields: Fields): Step {
  const reply = fields.any('reply', 'response', 'replies', 'lines');
  const delayMs = fields.number('delayMs');
  const { where } = fields;
  fields.any('note', 'comment');
  return definedOnly({
    reply: reply === undefined || reply === null ? undefined : replyOf(reply, where),
    delayS: fields.number(...DELAY) ?? (delayMs === undefined ? undefined : delayMs / 1000),
    silent: fields.flag(...SILENT) ?? (reply === null ? true : undefined),
    close: fields.flag(...CLOSE),
    rst: fields.flag(...RESET),
    thenClose: fields.flag(...THEN_CLOSE),
    thenRst: fields.flag(...THEN_RESET),
    silentAfter: fields.flag(...THEN_SILENT),
  });
}

export function replyOf(value: unknown, where: string): string | string[] {
  const lines: unknown[] = Array.isArray(value)
    ? value
    : [typeof value === 'number' ? `${value} scripted` : value];
  const texts = lines.map((line) => {
    if (typeof line !== 'string') {
      throw new UnreadableVectorError(`${where}: a reply should be text and is ${JSON.stringify(line)}.`);
    }
    return line.replace(/\r?\n$/, '');
  });
  return texts.length === 1 ? (texts[0] ?? '') : texts;
}
