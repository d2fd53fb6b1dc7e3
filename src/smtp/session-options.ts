/** How nodemailer is set up for one session. */
import { isIPv4, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { ExternalLogger } from 'nodemailer/lib/shared';
import type { SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';
import type { SmtpAccount, SmtpCredentials } from './submission.ts';
import type { SubmissionSocket } from './submission-socket.ts';
import { trustedContext } from './trusted-context.ts';

/** The body leaves in pieces of this size, so that it is known how far it got. */
const BODY_CHUNK_BYTES = 4096;
/** As far off as a timer goes: the caller's limits are the ones that count. */
const NEVER_MS = 0x7fff_ffff;
/** How long a closed connection may linger. */
const LINGER_MS = 2000;
/** No server has a reason for more (RFC 5321 §4.5.3.1.5 says 512 octets a line). */
const MAX_RESPONSE_BYTES = 65_536;

/**
 * @param clientName a host name or an address literal; anything else is replaced by the connection's address
 */
export function connectionOptions(
  account: SmtpAccount,
  socket: SubmissionSocket,
  clientName: string | undefined,
  logger: ExternalLogger,
): SMTPConnectionOptions {
  return {
    host: account.host,
    port: account.port,
    name: ehloName(clientName, socket.localAddress),
    connection: asNetSocket(socket),
    secure: account.tls === 'implicit',
    requireTLS: account.tls === 'required',
    ignoreTLS: account.tls === 'off',
    tls: {
      // In so many words: no environment variable switches the check off.
      rejectUnauthorized: true,
      ...(account.tls === 'off' ? {} : { secureContext: trustedContext(account.ca) }),
    },
    connectionTimeout: NEVER_MS,
    greetingTimeout: NEVER_MS,
    socketTimeout: NEVER_MS,
    socketCloseTimeout: LINGER_MS,
    maxResponseSize: MAX_RESPONSE_BYTES,
    logger,
    transactionLog: true,
  };
}

/** The message in pieces, read as the connection takes them. */
export function bodyStream(raw: Uint8Array): Readable {
  function* chunks(): Generator<Uint8Array> {
    for (let from = 0; from < raw.length; from += BODY_CHUNK_BYTES) {
      yield Buffer.from(raw.subarray(from, from + BODY_CHUNK_BYTES));
    }
  }
  return Readable.from(chunks(), { objectMode: false, highWaterMark: BODY_CHUNK_BYTES });
}

export function passwordOf(auth: SmtpCredentials): string {
  return typeof auth.password === 'string' ? auth.password : auth.password.reveal();
}

/** Every form in which a server could echo the password. */
export function secretsOf(account: SmtpAccount): string[] {
  if (account.auth === undefined) {
    return [];
  }
  const password = passwordOf(account.auth);
  const plain = `\0${account.auth.user}\0${password}`;
  return [password, Buffer.from(password).toString('base64'), Buffer.from(plain).toString('base64')];
}

function ehloName(clientName: string | undefined, address: string | undefined): string {
  if (clientName !== undefined && /^(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*|\[[0-9.]+\])$/.test(clientName)) {
    return clientName;
  }
  return address !== undefined && isIPv4(address) ? `[${address}]` : '[127.0.0.1]';
}

/** nodemailer asks for the type, and uses of it what SubmissionSocket has. */
function asNetSocket(socket: SubmissionSocket): Socket {
  return socket as unknown as Socket;
}
