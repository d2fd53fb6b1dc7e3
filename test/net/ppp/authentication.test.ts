import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { type Ms, ms } from '../../../src/base/units.ts';
import { AuthenticatePhase } from '../../../src/net/ppp/authenticate-phase.ts';
import { type AuthenticationAction, isSameSecret } from '../../../src/net/ppp/authentication.ts';
import { ChapClient, ChapServer } from '../../../src/net/ppp/chap.ts';
import { PapClient, PapServer } from '../../../src/net/ppp/pap.ts';
import { ChapCode, chapResponse, encodeChapReply, encodeChapValue } from '../../../src/wire/ppp/chap.ts';
import { hexOf } from '../../../src/wire/ppp/octets.ts';
import { encodePapReply, encodePapRequest, PapCode } from '../../../src/wire/ppp/pap.ts';

const START = ms(1000);
const credentials = { user: 'kadec', password: 'tsuchi' };
const secretOf = (user: string) => (user === 'kadec' ? 'tsuchi' : undefined);
const octetsOf = (text: string) => Buffer.from(text);

const packetOf = ([action]: readonly AuthenticationAction[]): Uint8Array =>
  action?.type === 'transmit' ? action.packet : new Uint8Array(0);
const typesOf = (actions: readonly AuthenticationAction[]) => actions.map(({ type }) => type);

/** Calls `timeout` at every deadline. @returns what it did and when, in seconds */
function wait(machine: { deadline: Ms | undefined; timeout(now: Ms): AuthenticationAction[] }): string[] {
  const log: string[] = [];
  for (let turn = 0; turn < 50 && machine.deadline !== undefined; turn += 1) {
    const now = machine.deadline;
    log.push(`${(now - START) / 1000} ${typesOf(machine.timeout(now)).join()}`);
  }
  return log;
}

describe('a PAP client', () => {
  it('asks ten times, three seconds apart, then says that nobody answers', () => {
    const client = new PapClient(credentials);
    expect(typesOf(client.start(START))).toEqual(['transmit']);
    const log = wait(client);
    expect(log).toHaveLength(10);
    expect(log[0]).toBe('3 transmit');
    expect(log[9]).toBe('30 silent');
  });

  it('takes the reply to any of its requests, and to no other', () => {
    const client = new PapClient(credentials);
    client.start(START);
    client.timeout(ms(START + 3000));
    expect(client.receive(encodePapReply(PapCode.authenticateAck, 3, ''))).toEqual([]);
    expect(client.receive(encodePapReply(PapCode.authenticateAck, 0, ''))).toEqual([]);
    expect(typesOf(client.receive(encodePapReply(PapCode.authenticateAck, 1, '')))).toEqual(['passed']);
    expect(client.deadline).toBeUndefined();
    expect(client.receive(encodePapReply(PapCode.authenticateNak, 1, ''))).toEqual([]);
  });

  it('tells what the server said to a wrong password', () => {
    const client = new PapClient(credentials);
    client.start(START);
    expect(client.receive(encodePapReply(PapCode.authenticateNak, 1, 'Login incorrect'))).toEqual([
      { type: 'failed', message: 'Login incorrect' },
    ]);
  });
});

describe('a PAP server', () => {
  const request = (user: string, password: string, identifier = 1) =>
    encodePapRequest(identifier, { user: octetsOf(user), password: octetsOf(password) });

  it('lets in who knows the secret, and answers a repeated request the same', () => {
    const server = new PapServer(secretOf);
    server.start(START);
    const first = server.receive(request('kadec', 'tsuchi'));
    expect(first.at(-1)).toEqual({ type: 'passed', user: 'kadec' });
    const second = server.receive(request('kadec', 'tsuchi', 2));
    expect(typesOf(second)).toEqual(['transmit']);
    expect(hexOf(packetOf(second))).toBe(hexOf(encodePapReply(PapCode.authenticateAck, 2, 'Login ok')));
  });

  it('lets in nobody else, not even at a second try', () => {
    for (const [user, password] of [
      ['kadec', 'kaze'],
      ['kadec', ''],
      ['nobody', ''],
      ['nobody', 'tsuchi'],
    ] as const) {
      const server = new PapServer(secretOf);
      server.start(START);
      expect(typesOf(server.receive(request(user, password)))).toEqual(['transmit', 'failed']);
      const second = server.receive(request('kadec', 'tsuchi', 2));
      expect(typesOf(second)).toEqual(['transmit']);
      expect(packetOf(second)[0]).toBe(PapCode.authenticateNak);
    }
  });

  it('waits half a minute for a request', () => {
    const server = new PapServer(secretOf);
    server.start(START);
    expect(wait(server)).toEqual(['30 silent']);
  });

  it('silently discards what does not hold together', () => {
    const server = new PapServer(secretOf);
    server.start(START);
    for (const hex of ['', '0101', '010100060561', '02010005', '0101000401']) {
      expect(server.receive(Buffer.from(hex, 'hex'))).toEqual([]);
    }
  });
});

describe('a CHAP client', () => {
  const challenge = (identifier: number, value: Uint8Array) =>
    encodeChapValue(ChapCode.challenge, identifier, { value, name: octetsOf('nas') });

  it.each([1, 16, 19, 33, 56, 255])('answers a challenge of %i octets', (size) => {
    const client = new ChapClient(credentials);
    client.start(START);
    const value = seededRandom(size).octets(size);
    const response = packetOf(client.receive(challenge(7, value), START));
    const expected = { value: chapResponse(7, 'tsuchi', value), name: octetsOf('kadec') };
    expect(hexOf(response)).toBe(hexOf(encodeChapValue(ChapCode.response, 7, expected)));
  });

  it('discards an empty challenge, and a verdict with another identifier', () => {
    const client = new ChapClient(credentials);
    client.start(START);
    expect(client.receive(Buffer.from('0107000500', 'hex'), START)).toEqual([]);
    client.receive(challenge(7, octetsOf('abc')), START);
    expect(client.receive(encodeChapReply(ChapCode.success, 8, ''), START)).toEqual([]);
    expect(client.receive(encodeChapReply(ChapCode.failure, 8, ''), START)).toEqual([]);
    expect(typesOf(client.receive(encodeChapReply(ChapCode.success, 7, ''), START))).toEqual(['passed']);
  });

  it('answers when it is challenged again, and hears of a failure then', () => {
    const client = new ChapClient(credentials);
    client.start(START);
    client.receive(challenge(7, octetsOf('abc')), START);
    client.receive(encodeChapReply(ChapCode.success, 7, ''), START);
    expect(typesOf(client.receive(challenge(8, octetsOf('def')), START))).toEqual(['transmit']);
    expect(client.receive(encodeChapReply(ChapCode.success, 8, ''), START)).toEqual([]);
    client.receive(challenge(9, octetsOf('ghi')), START);
    expect(client.receive(encodeChapReply(ChapCode.failure, 9, 'expired'), START)).toEqual([
      { type: 'failed', message: 'expired' },
    ]);
  });

  it('waits half a minute for a challenge, and sends its response ten times', () => {
    const patient = new ChapClient(credentials);
    patient.start(START);
    expect(wait(patient)).toEqual(['30 silent']);
    const client = new ChapClient(credentials);
    client.start(START);
    client.receive(challenge(7, octetsOf('abc')), START);
    const log = wait(client);
    expect(log).toHaveLength(10);
    expect(log.at(-1)).toBe('30 silent');
  });
});

describe('a CHAP server', () => {
  function challenged() {
    const server = new ChapServer({ secretOf, name: 'nas', random: seededRandom(1) });
    const packet = packetOf(server.start(START));
    const identifier = packet[1] ?? 0;
    const value = packet.subarray(5, 5 + (packet[4] ?? 0));
    const respond = (user: string, secret: string, as = identifier) =>
      server.receive(
        encodeChapValue(ChapCode.response, as, {
          value: chapResponse(identifier, secret, value),
          name: octetsOf(user),
        }),
      );
    return { server, value, identifier, respond };
  }

  it('lets in who knows the secret, and answers a repeated response the same', () => {
    const { respond } = challenged();
    expect(respond('kadec', 'tsuchi').at(-1)).toEqual({ type: 'passed', user: 'kadec' });
    const second = respond('kadec', 'kaze');
    expect(typesOf(second)).toEqual(['transmit']);
    expect(packetOf(second)[0]).toBe(ChapCode.success);
  });

  it('lets in nobody else, and lets nobody try again', () => {
    for (const [user, secret] of [
      ['kadec', 'kaze'],
      ['nobody', ''],
    ] as const) {
      const { respond } = challenged();
      expect(typesOf(respond(user, secret))).toEqual(['transmit', 'failed']);
      expect(packetOf(respond('kadec', 'tsuchi'))[0]).toBe(ChapCode.failure);
    }
  });

  it('discards a response to another challenge', () => {
    const { respond, identifier } = challenged();
    expect(respond('kadec', 'tsuchi', (identifier + 1) & 0xff)).toEqual([]);
  });

  it('challenges ten times with one challenge', () => {
    const { server } = challenged();
    const log = wait(server);
    expect(log).toHaveLength(10);
    expect(log.at(-1)).toBe('30 silent');
  });

  it('draws a new challenge for each link', () => {
    const random = seededRandom(1);
    const values = [1, 2].map(() =>
      hexOf(packetOf(new ChapServer({ secretOf, name: 'nas', random }).start(START))),
    );
    expect(values[0]).not.toBe(values[1]);
  });
});

describe('the Authenticate phase', () => {
  it('is through only when both directions are', () => {
    const phase = new AuthenticatePhase({ credentials, secretOf, name: 'nas', random: seededRandom(1) });
    phase.begin('pap', 'pap', START);
    const request = encodePapRequest(1, { user: octetsOf('kadec'), password: octetsOf('tsuchi') });
    expect(phase.receive(0xc023, request, START).map(({ type }) => type)).toEqual(['transmit']);
    const ack = encodePapReply(PapCode.authenticateAck, 1, '');
    expect(phase.receive(0xc023, ack, START).map(({ type }) => type)).toEqual(['passed']);
    expect(phase.user).toBe('kadec');
  });
});

it('secrets are the same when each octet is', () => {
  expect(isSameSecret(octetsOf('abc'), octetsOf('abc'))).toBe(true);
  expect(isSameSecret(octetsOf('abc'), octetsOf('abd'))).toBe(false);
  expect(isSameSecret(octetsOf('abc'), octetsOf('abcd'))).toBe(false);
});
