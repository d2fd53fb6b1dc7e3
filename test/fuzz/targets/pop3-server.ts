/** The emulated POP3 server, whole, in virtual time: a client that says anything and goes at any time. */
import assert from 'node:assert/strict';
import { northOneHost } from '../../../src/aunet/hosts/known-hosts.ts';
import { Maildrops } from '../../../src/aunet/hosts/maildrops.ts';
import { createPop3Service } from '../../../src/aunet/hosts/pop3-service.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { ms } from '../../../src/base/units.ts';
import { inVirtualTime } from '../../../src/base/virtual-time.ts';
import { inClear, mailboxesWith, office, withStartTls, withTls } from '../../aunet/hosts/pop3-given.ts';
import { socketPair } from '../../aunet/memory-socket.ts';
import { type FuzzCase, type FuzzTarget, latin1, onceIn, pick } from '../target.ts';

/** Longer than the server waits for a silent client. */
const PATIENCE_MS = 15 * 60_000;
/** `UIDL` and a line end bring the longest reply for the fewest octets; a broken handshake an alert. */
const REPLY_BYTES_PER_OCTET = 200;

const raws = ['Subject: snow\r\n\r\n.3 cm\r\n..\r\n', 'no header\nand bare line ends\n.\n'];
const signIn = `USER ${office.user}\r\nPASS ${office.password}\r\n`;

function serverFor(service: typeof inClear) {
  const maildrops = new Maildrops(mailboxesWith(...raws));
  const told: string[] = [];
  const shell = createPop3Service({
    host: northOneHost,
    service,
    random: seededRandom(1),
    maildrops,
    allowsClearPasswords: true,
    // A name is told as it was given, even where a lost line end has put the password into it.
    onSignIn: ({ user: _, ...attempt }) => told.push(JSON.stringify(attempt)),
    onRemoved: () => {},
    onConnectionError: ({ message }) => told.push(message),
  });
  return { shell, maildrops, told };
}

async function play({ octets, pieces, random }: FuzzCase): Promise<void> {
  const { shell, maildrops, told } = serverFor(pick(random, [inClear, inClear, withStartTls, withTls]));
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
  assert.ok(server.destroyed, 'the session goes on');
  assert.ok(maildrops.open([office.user]) !== undefined, 'the maildrop stays locked');
  assert.ok(heard <= 20_000 + REPLY_BYTES_PER_OCTET * octets.length, `${heard} octets of replies`);
  assert.ok(!told.join('').includes(office.password), 'a secret is shown');
}

function endless(name: string, before: string, piece: string) {
  return {
    name,
    piece: latin1(piece.repeat(Math.ceil(4000 / piece.length))),
    open() {
      const { shell } = serverFor(inClear);
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

export const pop3Server: FuzzTarget = {
  name: 'pop3-server',
  corpus: [
    `${signIn}STAT\r\nLIST\r\nUIDL\r\nRETR 1\r\nTOP 2 1\r\nDELE 1\r\nRSET\r\nDELE 2\r\nQUIT\r\n`,
    `CAPA\r\n${signIn}CAPA\r\nLIST 1\r\nUIDL 2\r\nNOOP\r\nRETR 3\r\n`,
    'APOP office c4c9334bac560ecc979e58001b3e22fb\r\nUSER nobody\r\nPASS a b c\r\nQUIT\r\n',
    'CAPA\r\nSTLS\r\n\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00',
  ].map(latin1),
  dictionary: [
    '\r\n',
    '\n',
    '\r',
    signIn,
    'STLS\r\n',
    'CAPA\r\n',
    'RETR 1\r\n',
    'TOP 1 ',
    '999999999',
    '\x00',
    '\xff',
  ],
  cpuMs: 2000,
  attempt: (given) => inVirtualTime({ startAt: ms(0), random: given.random }, () => play(given)),
  endless: [
    endless('command line', '', 'USER x'),
    endless('commands', signIn, 'NOOP\r\n'),
    endless('mails', signIn, 'RETR 1\r\n'),
  ],
};
