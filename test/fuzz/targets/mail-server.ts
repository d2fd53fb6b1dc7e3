/** The emulated mail server, whole, in virtual time: a client that says anything and goes at any time. */
import assert from 'node:assert/strict';
import { konaHost, northOneHost } from '../../../src/aunet/hosts/known-hosts.ts';
import { createMailService } from '../../../src/aunet/hosts/mail-service.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { ms } from '../../../src/base/units.ts';
import { inVirtualTime } from '../../../src/base/virtual-time.ts';
import { socketPair } from '../../aunet/memory-socket.ts';
import { smtpClientWords, smtpDialogues } from '../corpus/smtp.ts';
import { type FuzzCase, type FuzzTarget, latin1, onceIn, pick } from '../target.ts';

/** Longer than the server waits for a silent client. */
const PATIENCE_MS = 10 * 60_000;
/** Replies to each line, with the greeting, EHLO's many lines and what a broken TLS session costs. */
const REPLY_BYTES_PER_OCTET = 200;

function serverFor(host: typeof konaHost) {
  const [service] = host.services;
  assert.ok(service !== undefined && service.protocol !== 'pop3');
  return createMailService({
    host,
    service,
    random: seededRandom(1),
    allowsClearPasswords: true,
    deliver: () => true,
    onSignIn: () => {},
    onConnectionError: () => {},
  });
}

async function play({ octets, pieces, random }: FuzzCase): Promise<void> {
  const shell = serverFor(pick(random, [konaHost, northOneHost]));
  const { client, server } = socketPair();
  let heard = 0;
  client.on('data', (chunk: Uint8Array) => {
    heard += chunk.length;
  });
  client.on('error', () => {});
  shell.connect(server);
  for (const piece of pieces) {
    if (!client.writable) {
      break;
    }
    client.write(piece);
    if (onceIn(random, 4)) {
      await new Promise((resolve) => setTimeout(resolve, pick(random, [1, 20, 3000])));
    }
  }
  const leave = pick(random, [() => client.end(), () => client.destroy(), () => {}]);
  leave();
  await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  assert.ok(heard <= 20_000 + REPLY_BYTES_PER_OCTET * octets.length, `${heard} octets of replies`);
  client.destroy();
  shell.close();
}

function endless(name: string, before: string, piece: string) {
  return {
    name,
    piece: latin1(piece.repeat(Math.ceil(4000 / piece.length))),
    open() {
      const shell = serverFor(konaHost);
      const { client, server } = socketPair();
      client.on('error', () => {});
      client.resume();
      shell.connect(server);
      client.write(latin1(before));
      return async (octets: Uint8Array) => {
        if (octets.length === 0) {
          client.destroy();
        } else if (client.writable) {
          client.write(octets);
        }
        await new Promise((resolve) => setImmediate(resolve));
      };
    },
  };
}

export const mailServer: FuzzTarget = {
  name: 'mail-server',
  corpus: smtpDialogues,
  dictionary: smtpClientWords,
  cpuMs: 2000,
  attempt: (given) => inVirtualTime({ startAt: ms(0), random: given.random }, () => play(given)),
  endless: [
    endless('command line', '', 'EHLO x'),
    endless('commands', 'EHLO x\r\n', 'NOOP\r\n'),
    endless('recipients', 'EHLO x\r\nMAIL FROM:<a@b.c>\r\n', 'RCPT TO:<watch@kona.co.jp>\r\n'),
  ],
};
