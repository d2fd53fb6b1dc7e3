/** What every scenario must keep without being told: hung up, no secret shown, no mail twice under another name. */
import type { Failure, MailResult } from '../case-result.ts';
import { failureAt, isWithin, type JudgedRun, rangeText } from './judged-run.ts';
import { distinctMails } from './mails.ts';

export function judgeAlways(run: JudgedRun): Failure[] {
  return [...spoke(run), ...hungUp(run), ...noSecretShown(run), ...noMailTwice(run), ...callCount(run)];
}

/** Otherwise a device that does not even start keeps every promise not to send. */
function spoke(run: JudgedRun): Failure[] {
  const isMeantToBeSilent = (name: string) => run.scenario.expect.devices[name]?.bytesOnLine !== undefined;
  return run.devices
    .filter(({ name, isHeard }) => isHeard === false && !isMeantToBeSilent(name))
    .map(({ name, reason = '' }) => {
      const message = `${name} was never heard. ${reason}`.trim();
      return failureAt(run, 'always.spoke', { message, expected: 'something on its line', found: 'nothing' });
    });
}

function hungUp(run: JudgedRun): Failure[] {
  return run.devices
    .filter(({ hasCall }) => hasCall)
    .map(({ name }) => {
      const message = `${name} did not hang up: it closed the line while its call was still up.`;
      return failureAt(run, 'always.hung-up', { message, expected: 'no call', found: 'a call' });
    });
}

function noSecretShown(run: JudgedRun): Failure[] {
  const shown = run.events.find(({ text }) => run.secrets.some((secret) => text.includes(secret)));
  if (shown === undefined) {
    return [];
  }
  // Not its text: that holds the secret.
  const where = `${shown.device ?? 'the network'}, ${shown.layer}`;
  const message = `A password is shown in the trace (${where}).`;
  return [failureAt(run, 'always.no-secret-in-trace', { message, expected: 'a mask', found: 'a password' })];
}

/** A resend keeps its Message-ID, so that who receives it knows it again. */
function noMailTwice(run: JudgedRun): Failure[] {
  const first = new Map<string, MailResult>();
  for (const mail of distinctMails(run.mails)) {
    const content = contentOf(mail);
    const other = first.get(content);
    if (other !== undefined) {
      const message = `The same mail arrived twice with a new Message-ID: ${other.messageId}, then ${mail.messageId}.`;
      return [
        failureAt(run, 'always.same-message-id', {
          message,
          expected: other.messageId,
          found: mail.messageId,
        }),
      ];
    }
    first.set(content, mail);
  }
  return [];
}

const contentOf = ({ device, to, subject, text, attachments }: MailResult): string =>
  JSON.stringify([device, to, subject, text, attachments]);

function callCount(run: JudgedRun): Failure[] {
  const { calls } = run.scenario.expect;
  if (calls === undefined || isWithin(calls, run.calls)) {
    return [];
  }
  const message = `The carrier has seen ${run.calls} calls, expected ${rangeText(calls)}.`;
  return [failureAt(run, 'expect.calls', { message, expected: rangeText(calls), found: String(run.calls) })];
}
