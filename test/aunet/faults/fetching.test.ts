/** Faults of the servers where mail is fetched, as a POP3 client meets them. */
import { connect as connectTls } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { AuNet } from '../../../src/aunet/au-net.ts';
import { emulatedAuthorityPem } from '../../../src/aunet/certificates/authority.ts';
import { FaultDirector } from '../../../src/aunet/faults/fault-director.ts';
import { konaHost, northOneHost } from '../../../src/aunet/hosts/known-hosts.ts';
import { parseServerMapping } from '../../../src/aunet/server-mapping.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { minutes } from '../../../src/base/units.ts';
import { parseFault } from '../../../src/config/fault-text.ts';
import { inVirtualTimeAt, pause } from '../device.ts';
import { Pop3Client } from '../hosts/pop3-client.ts';
import { mailTo } from '../hosts/pop3-given.ts';
import { socketPair } from '../memory-socket.ts';

const RAW = `Subject: year\r\n\r\n${'2008-07-15 12:00,0.45,3.21\r\n'.repeat(300)}`;
const [watch] = konaHost.accounts;

interface World {
  readonly director: FaultDirector;
  readonly auNet: AuNet;
  /** A connection to a host: what the client holds, and a client that speaks. */
  visit(
    host?: string,
    port?: number,
  ): { socket: ReturnType<typeof socketPair>['client']; client: Pop3Client };
  /** A client that is signed in at the old server. */
  signedIn(): Promise<Pop3Client>;
}

const inWorld = (faults: readonly string[], run: (world: World) => Promise<void>) =>
  inVirtualTimeAt('2008-07-15T12:00', async () => {
    const auNet = new AuNet({
      random: seededRandom(1),
      mappings: [parseServerMapping('mail.example:587=127.0.0.1:2587')],
    });
    const director = new FaultDirector({ auNet, random: seededRandom(2) });
    auNet.mailboxes.deliver(mailTo('watch@kona.co.jp', RAW));
    for (const fault of faults) {
      director.add(parseFault(fault));
    }
    const visit: World['visit'] = (host = konaHost.name, port = 110) => {
      const { client, server } = socketPair();
      expect(auNet.visit({ name: host }, port, server)).toBe(true);
      return { socket: client, client: new Pop3Client(client) };
    };
    const signedIn = async () => {
      const { client } = visit();
      await client.reply();
      await client.ask(`USER ${watch?.user}`);
      expect(await client.ask(`PASS ${watch?.password}`)).toBe('+OK 1 messages\r\n');
      return client;
    };
    await run({ director, auNet, visit, signedIn });
    director.close();
    await auNet.close();
  });

const hitsOf = ({ faults }: FaultDirector) => faults.map(({ hits }) => hits);

describe('who fetches mail meets', () => {
  it('a refusal of each command, with a response code, and then the command itself', () =>
    inWorld(
      ['STAT', 'LIST', 'UIDL', 'RETR', 'TOP', 'DELE', 'QUIT'].map(
        (verb) => `pop3-reply:verb=${verb},code=SYS/TEMP,text="not now"@times=1`,
      ),
      async ({ signedIn, director }) => {
        const client = await signedIn();
        for (const command of ['STAT', 'LIST 1', 'UIDL 1', 'RETR 1', 'TOP 1 0', 'DELE 1', 'QUIT']) {
          expect(await client.ask(command)).toBe('-ERR [SYS/TEMP] not now\r\n');
        }
        expect(await client.ask('STAT')).toMatch(/^\+OK 1 /);
        expect(await client.ask('QUIT')).toBe('+OK bye\r\n');
        expect(hitsOf(director)).toEqual([1, 1, 1, 1, 1, 1, 1]);
      },
    ));

  it('a server that refuses to greet, or to let anybody in', () =>
    inWorld(
      ['pop3-reply:verb=greeting@times=1', 'pop3-reply:verb=sign-in,code=LOGIN-DELAY@times=1'],
      async ({ visit, signedIn }) => {
        const { client } = visit();
        expect(await client.reply()).toBe('-ERR try again later\r\n');
        await pause(minutes(1));
        expect(client.hasEnded).toBe(true);
        const second = visit().client;
        await second.reply();
        await second.ask(`USER ${watch?.user}`);
        expect(await second.ask(`PASS ${watch?.password}`)).toBe('-ERR [LOGIN-DELAY] try again later\r\n');
        await signedIn();
      },
    ));

  it('a server without STLS, or that refuses it', () =>
    inWorld(['pop3-stls-refused@times=1', 'pop3-stls-refused:how=refused@times=1'], async ({ visit }) => {
      const without = visit(northOneHost.name).client;
      await without.reply();
      expect(await without.ask('CAPA', 'body')).not.toContain('STLS');
      expect(await without.ask('STLS')).toBe('-ERR no such command here\r\n');
      const refusing = visit(northOneHost.name).client;
      await refusing.reply();
      expect(await refusing.ask('CAPA', 'body')).toContain('STLS');
      expect(await refusing.ask('STLS')).toBe('-ERR TLS is not available\r\n');
      expect(await refusing.ask('STLS')).toBe('+OK begin TLS\r\n');
    }));

  it.each([
    ['expired', 'CERT_HAS_EXPIRED'],
    ['wrong-name', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])('a certificate that is %s', (flaw, code) =>
    inWorld([`pop3-bad-certificate:flaw=${flaw}@times=1`], async ({ visit, director }) => {
      const outcomes: unknown[] = [];
      for (let times = 0; times < 2; times += 1) {
        const { socket } = visit(northOneHost.name, 995);
        const tls = connectTls({ socket, servername: northOneHost.name, ca: emulatedAuthorityPem });
        outcomes.push(
          await new Promise((resolve) => {
            tls.once('secureConnect', () => resolve('trusted'));
            tls.once('error', (error) => resolve('code' in error ? error.code : error));
          }),
        );
        tls.destroy();
      }
      expect(outcomes).toEqual([code, 'trusted']);
      expect(hitsOf(director)).toEqual([1]);
    }),
  );

  it.each([
    ['in the middle of a mail', 'pop3-stall@after=1000 bytes', 1000],
    ['at RETR', 'pop3-stall:verb=RETR', 0],
  ])('a server that falls silent %s, for as long as the client waits', (_, fault, octets) =>
    inWorld([fault], async ({ signedIn, auNet }) => {
      const client = await signedIn();
      client.say('RETR 1');
      await pause(minutes(60));
      expect(client.hasEnded).toBe(false);
      expect(client.unread).toHaveLength(octets === 0 ? 0 : octets + `+OK ${RAW.length} octets\r\n`.length);
      // Nobody else gets in meanwhile; the client's going lets the maildrop free.
      client.leave();
      await pause(minutes(1));
      expect(auNet.mailboxes.all).toHaveLength(1);
      await signedIn();
    }),
  );

  it.each(['reset', 'close'])('a connection that breaks in the middle of a mail (%s)', (how) =>
    inWorld([`pop3-lost:how=${how}@after=500 bytes,times=1`], async ({ signedIn }) => {
      const client = await signedIn();
      await expect(client.ask('RETR 1', 'body')).rejects.toThrow('The server has ended after');
      expect(await (await signedIn()).ask('RETR 1', 'body')).toContain(RAW);
    }),
  );

  it.each([
    ['gone', true, 0],
    ['there still', false, 1],
  ])('a connection that breaks at QUIT, what was marked is %s', (_, accepted, left) =>
    inWorld([`pop3-lost:verb=QUIT,accepted=${accepted}@times=1`], async ({ signedIn, auNet }) => {
      const client = await signedIn();
      await client.ask('DELE 1');
      await expect(client.ask('QUIT')).rejects.toThrow('The server has ended');
      expect(auNet.mailboxes.all).toHaveLength(left);
    }),
  );

  it('nothing at another host or port', () =>
    inWorld(
      ['pop3-reply:verb=STAT,host=mail.north-one.example', 'pop3-lost:port=995'],
      async ({ signedIn, director }) => {
        const client = await signedIn();
        expect(await client.ask('STAT')).toMatch(/^\+OK 1 /);
        expect(await client.ask('RETR 1', 'body')).toContain(RAW);
        expect(hitsOf(director)).toEqual([0, 0]);
      },
    ));

  it('nothing where a real server answers: such a fault is refused in a sentence', () =>
    inWorld([], async ({ auNet, director }) => {
      expect(auNet.mappedPort('mail.example', undefined)).toBe(587);
      const add = (fault: string) => () => director.add(parseFault(fault));
      for (const fault of ['smtp-stall:host=Mail.example', 'pop3-lost:host=198.18.0.1,port=587']) {
        expect(add(fault)).toThrow(/^(smtp|pop3)-\w+ cannot strike \S+:587: a real server answers for it\.$/);
      }
      expect(director.faults).toEqual([]);
      expect(add('smtp-stall:host=mail.example,port=25')).not.toThrow();
      expect(add('syn-drop:host=mail.example')).not.toThrow();
    }));

  it('nothing of what is meant for those who send', () =>
    inWorld(['smtp-bad-certificate', 'smtp-lost:verb=QUIT', 'smtp-stall'], async ({ signedIn, director }) => {
      const client = await signedIn();
      expect(await client.ask('RETR 1', 'body')).toContain(RAW);
      expect(await client.ask('QUIT')).toBe('+OK bye\r\n');
      expect(hitsOf(director)).toEqual([0, 0, 0]);
    }));
});
