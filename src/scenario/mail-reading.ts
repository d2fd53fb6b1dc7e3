/** Reads a mail as its receiver's mailer does: decoded subject, text and attachments. */
import PostalMime from 'postal-mime';
import type { AcceptedMail } from '../aunet/mailboxes.ts';
import type { MailResult } from './case-result.ts';

export async function readMail(mail: AcceptedMail, device: string | undefined): Promise<MailResult> {
  const read = await PostalMime.parse(mail.raw);
  return {
    id: mail.id,
    messageId: read.messageId ?? '',
    at: mail.at,
    device,
    host: mail.host,
    port: mail.port,
    tls: mail.tls,
    auth: mail.signIn?.mechanism ?? 'none',
    from: mail.from,
    to: mail.to,
    headerFrom: read.from?.address ?? '',
    headerTo: (read.to ?? []).flatMap(({ address }) => address ?? []),
    subject: read.subject ?? '',
    text: read.text ?? '',
    attachments: read.attachments.map(({ filename, content }) => {
      const bytes = typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content);
      return { name: filename ?? '', text: new TextDecoder().decode(bytes), bytes: bytes.length };
    }),
    raw: Buffer.from(mail.raw).toString('base64'),
  };
}
