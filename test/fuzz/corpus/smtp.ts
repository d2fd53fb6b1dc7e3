/** What a submission server says in a session without TLS, reply by reply; and words for the mutations. */
import { latin1 } from '../target.ts';

const EHLO = '250-mail.test\r\n250-AUTH PLAIN LOGIN CRAM-MD5\r\n250-SIZE 1048576\r\n250-8BITMIME\r\n';
const good = `220 mail.test ESMTP\r\n${EHLO}250 ENHANCEDSTATUSCODES\r\n235 2.7.0 ok\r\n250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go\r\n250 2.0.0 queued\r\n221 2.0.0 bye\r\n`;

export const smtpSessions: readonly Uint8Array[] = [
  latin1(good),
  latin1(good.replace('250-AUTH', '250-STARTTLS\r\n250-AUTH')),
  latin1(good.replace('235 2.7.0 ok', '535 5.7.8 no such secret-password')),
  latin1(good.replace('354 go', '451 4.3.0 later')),
  latin1(`220-hello\r\n220 mail.test\r\n502 5.5.1 what?\r\n250 mail.test\r\n250 ok\r\n`),
  latin1(`554 5.7.1 go away\r\n`),
  latin1(
    `220 mail.test\r\n250-mail.test\r\n250 AUTH CRAM-MD5\r\n334 PDEuMkBtYWlsLnRlc3Q+\r\n235 ok\r\n250 ok\r\n`,
  ),
  latin1(
    `220 mail.test\r\n250-mail.test\r\n250 AUTH LOGIN\r\n334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n235 ok\r\n`,
  ),
];

export const smtpWords: readonly string[] = [
  '\r\n',
  '\n',
  '\r',
  '250 ',
  '250-',
  '220 ',
  '354 ',
  '334 ',
  '421 4.3.2 bye\r\n',
  '454 4.7.0 TLS\r\n',
  '999 ',
  '5.7.8',
  '250 STARTTLS\r\n',
  '250-AUTH=LOGIN\r\n',
  '250 SIZE 1\r\n',
  '\x00',
  '\xff\xfe',
  '\x16\x03\x01',
  ' ',
];

const mailed =
  'EHLO kadec\r\nMAIL FROM:<logger@kona.co.jp>\r\nRCPT TO:<watch@kona.co.jp>\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n';

/** What submission clients say. */
export const smtpDialogues: readonly Uint8Array[] = [
  latin1(mailed),
  latin1(mailed.replace('MAIL', 'AUTH PLAIN AHUAcA==\r\nMAIL')),
  latin1(mailed.replace('MAIL', 'AUTH LOGIN\r\ndQ==\r\ncA==\r\nMAIL')),
  latin1(mailed.replace('MAIL', 'AUTH CRAM-MD5\r\ndSAwMDAw\r\nMAIL')),
  latin1('EHLO kadec\r\nSTARTTLS\r\n\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00'),
  latin1('HELO kadec\r\nMAIL FROM:<> SIZE=99999999 BODY=8BITMIME\r\nRSET\r\nVRFY x\r\nHELP\r\nNOOP\r\n'),
];

export const smtpClientWords: readonly string[] = [
  '\r\n',
  '\n',
  '\r',
  '\r\n.\r\n',
  '\r\n..',
  'EHLO ',
  'MAIL FROM:<',
  'RCPT TO:<',
  '>',
  'DATA\r\n',
  'AUTH PLAIN ',
  'AUTH LOGIN\r\n',
  '=\r\n',
  '*\r\n',
  'STARTTLS\r\n',
  'BDAT 5 LAST\r\n',
  'QUIT\r\n',
  ' SIZE=1',
  '\x00',
  '\xff',
  '@[1.2',
];
