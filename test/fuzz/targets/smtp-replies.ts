/** What mail servers say, line by line. */
import assert from 'node:assert/strict';
import { parseCapabilities, parseSmtpReply, readable } from '../../../src/smtp/smtp-reply.ts';
import { smtpSessions, smtpWords } from '../corpus/smtp.ts';
import type { FuzzTarget } from '../target.ts';

const LONGEST_TEXT = 1000;

export const smtpReplies: FuzzTarget = {
  name: 'smtp-replies',
  corpus: smtpSessions,
  dictionary: smtpWords,
  attempt({ octets }) {
    const text = Buffer.from(octets).toString('utf8');
    const secrets = ['secret-password'];
    for (const reply of [text, ...text.split('\r\n')]) {
      const parsed = parseSmtpReply(reply, secrets);
      assert.ok(parsed === undefined || (parsed.code >= 200 && parsed.code < 600));
      const shown = readable(reply, secrets);
      assert.ok(shown.length <= LONGEST_TEXT && !/\p{Cc}/u.test(shown), 'a text that is not one line');
      assert.ok(!shown.includes('secret-password'), 'a secret is shown');
    }
    parseCapabilities(text);
  },
};
