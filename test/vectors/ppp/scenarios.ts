/**
 * The scenarios of the vector files: dialogues over a connection that octets alone cannot show. Found by what
 * their id says after its number.
 */
import type { TcpSocket } from '../../../src/net/tcp-socket.ts';
import { tcpFlags } from '../../../src/wire/tcp-segment.ts';
import { pause } from './bench.ts';
import { type PppScenario, type Role, UnreadableVectorError } from './document.ts';
import { expectThat, MismatchError, TcpPeer, type TimedSegment } from './tcp-peer.ts';

const { syn, ack, psh, fin, rst } = tcpFlags;
const FULL_SEGMENT = 1460;

type Play = (role: Role) => Promise<TcpPeer>;

/** The first whose words fit. */
const plays: readonly (readonly [words: RegExp, play: Play])[] = [
  [/half-?close/, halfClose],
  [/zero-?window|persist/, zeroWindow],
  [/delayed-?ack/, delayedAcknowledgment],
  [/mss/, segmentSize],
  [/fast-?retrans|dup-?ack/, fastRetransmit],
  [/syn.*(retrans|loss|lost)|connect/, synRetransmission],
  [/retrans|rto|backoff|loss/, retransmission],
  [/time-?wait/, timeWait],
  [/simultaneous/, simultaneousClose],
  [/challenge|blind/, challengeAcknowledgment],
  [/overlap|out-?of-?order|reorder|ooo|reassembl/, overlap],
  [/wrap/, sequenceWrap],
  [/old|duplicate/, oldData],
  [/rst|reset/, reset],
];

/** @returns what differs, for people */
export async function playScenario({ id }: PppScenario, role: Role): Promise<string | undefined> {
  const play = plays.find(([words]) => words.test(id))?.[1];
  if (play === undefined) {
    throw new UnreadableVectorError(`This runner knows no scenario "${id}".`);
  }
  let peer: TcpPeer | undefined;
  try {
    peer = await play(role);
    return undefined;
  } catch (error) {
    if (error instanceof MismatchError) {
      return error.message;
    }
    throw error;
  } finally {
    peer?.bench.end();
  }
}

async function connected(...options: ConstructorParameters<typeof TcpPeer>): Promise<TcpPeer> {
  const peer = new TcpPeer(...options);
  await peer.begin();
  await peer.connect();
  return peer;
}

/** Sends `data` when the connection is there, then ends if told to. */
const sender =
  (data: Uint8Array, ends = true) =>
  (socket: TcpSocket): void => {
    socket.on('error', () => {}).resume();
    socket.write(data);
    if (ends) {
      socket.end();
    }
  };

/** Octets that differ from place to place. */
const pattern = (length: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, index) => (index * 7) & 0xff));

const sameData = (data: Buffer, wanted: Buffer) =>
  expectThat(data.equals(wanted), `${data.length} octets came, not the ${wanted.length} that were sent.`);

const connectionsOf = (peer: TcpPeer): number => peer.bench.host?.connections ?? 0;

const gapsOf = (segments: readonly TimedSegment[]): number[] =>
  segments.slice(1).map(({ at }, index) => at - (segments[index]?.at ?? 0));

async function halfClose(role: Role): Promise<TcpPeer> {
  const reply = pattern(5000);
  const heard: Buffer[] = [];
  const peer = await connected({
    role,
    onSocket: (socket) => {
      socket.on('data', (chunk: Buffer) => heard.push(chunk));
      socket.on('end', () => setTimeout(() => socket.end(reply), 1000));
    },
  });
  peer.sendData(Buffer.from('request'));
  peer.sendFin();
  await pause(600);
  expectThat(
    peer.fresh().some((segment) => segment.acknowledgment === peer.sequence && !(segment.flags & fin)),
    'The FIN was not acknowledged, or the connection was closed at once.',
  );
  const { data, hasEnded } = await peer.drain();
  sameData(data, reply);
  sameData(Buffer.concat(heard), Buffer.from('request'));
  expectThat(hasEnded, 'No FIN came after the reply.');
  await pause(2000);
  expectThat(peer.fresh().length === 0, 'Something came after the last ACK.');
  expectThat(connectionsOf(peer) === 0, 'The connection is still there after the last ACK.');
  return peer;
}

async function zeroWindow(role: Role): Promise<TcpPeer> {
  const wanted = pattern(30_000);
  const peer = await connected({ role, onSocket: sender(wanted) });
  const received = [peer.collect().data];
  peer.window = 0;
  peer.acknowledge();
  await pause(100);
  peer.fresh();
  await pause(60_000);
  const probes = peer.fresh();
  expectThat(probes.length >= 3, `A closed window was probed ${probes.length} times in a minute.`);
  expectThat(
    probes.every(({ payload }) => payload.length <= 1),
    'A probe had more than one octet.',
  );
  const gaps = gapsOf(probes);
  expectThat(
    gaps.every((gap, index) => index === 0 || gap >= (gaps[index - 1] ?? 0)),
    `The probes do not back off: ${gaps.join(', ')} ms apart.`,
  );
  // The window opens by an ACK that is lost: the next probe has to find out.
  peer.window = 0xffff;
  for (let waited = 0; waited < 120 && peer.fresh().length === 0; waited += 1) {
    await pause(1000);
  }
  peer.acknowledge();
  const { data, hasEnded } = await peer.drain();
  received.push(data);
  sameData(Buffer.concat(received), wanted);
  expectThat(hasEnded, 'No FIN came after the data.');
  return peer;
}

async function delayedAcknowledgment(role: Role): Promise<TcpPeer> {
  const peer = await connected({ role });
  peer.fresh();
  peer.sendData(Buffer.from('a'));
  await pause(500);
  expectThat(peer.fresh().at(-1)?.acknowledgment === peer.sequence, 'No ACK within 500 ms.');
  for (let pair = 0; pair < 4; pair += 1) {
    peer.sendData(pattern(FULL_SEGMENT));
    peer.sendData(pattern(FULL_SEGMENT));
    await pause(20);
    expectThat(
      peer.fresh().at(-1)?.acknowledgment === peer.sequence,
      'Two full segments were not acknowledged at once.',
    );
  }
  peer.send({ flags: ack | psh, sequence: (peer.sequence + 100) >>> 0, payload: pattern(10) });
  await pause(20);
  expectThat(
    peer.fresh().at(-1)?.acknowledgment === peer.sequence,
    'A segment out of order was not acknowledged at once.',
  );
  return peer;
}

async function segmentSize(role: Role): Promise<TcpPeer> {
  for (const [mss, peerMru, most] of [
    [1460, 576, 536],
    [null, 1500, 536],
    [1000, 1500, 1000],
    [1460, 1500, 1460],
  ] as const) {
    const wanted = pattern(8000);
    const peer = new TcpPeer({ role, mss, peerMru, onSocket: sender(wanted) });
    await peer.begin();
    const { mss: offered } = await peer.connect();
    expectThat(offered === 1460, `The SYN,ACK offers an MSS of ${offered}, not of our MRU less 40.`);
    const { data } = await peer.drain();
    sameData(data, wanted);
    const longest = Math.max(...peer.segments.map(({ payload }) => payload.length));
    expectThat(
      longest === most,
      `With an MSS of ${mss} and an MRU of ${peerMru} segments have up to ${longest} octets, not ${most}.`,
    );
    peer.bench.end();
  }
  return connected({ role });
}

async function fastRetransmit(role: Role): Promise<TcpPeer> {
  const wanted = pattern(40_000);
  const peer = await connected({ role, onSocket: sender(wanted) });
  const received = [peer.collect().data];
  peer.acknowledge();
  // Let the window grow to some segments.
  for (let round = 0; round < 2; round += 1) {
    await pause(20);
    received.push(peer.collect().data);
    peer.acknowledge();
  }
  await pause(20);
  const lost = peer.fresh();
  expectThat(lost.length >= 3, 'Too few segments are in flight for a fast retransmission.');
  const before = Date.now();
  for (let duplicate = 0; duplicate < 3; duplicate += 1) {
    peer.acknowledge();
  }
  await pause(50);
  const again = peer.segments.find(({ at, sequence }) => at >= before && sequence === peer.acknowledgment);
  expectThat(again !== undefined, 'Three duplicate ACKs did not bring the lost segment again at once.');
  const { data } = await peer.drain();
  received.push(data);
  sameData(Buffer.concat(received), wanted);
  return peer;
}

async function retransmission(role: Role): Promise<TcpPeer> {
  const wanted = pattern(500);
  const peer = await connected({ role, onSocket: sender(wanted, false) });
  await pause(20_000);
  const copies = peer.fresh().filter(({ payload }) => payload.length > 0);
  expectThat(copies.length >= 3, 'Data without ACK were not sent again.');
  expectThat(
    copies.every(({ sequence }) => sequence === peer.acknowledgment),
    'What was sent again is not what was lost.',
  );
  const gaps = gapsOf(copies);
  expectThat(
    gaps.every((gap, index) => index === 0 || gap > 1.5 * (gaps[index - 1] ?? 0)),
    `The retransmissions do not back off: ${gaps.join(', ')} ms apart.`,
  );
  peer.acknowledgment = (peer.acknowledgment + wanted.length) >>> 0;
  peer.acknowledge();
  await pause(120_000);
  expectThat(peer.fresh().length === 0, 'Data were sent again after their ACK.');
  return peer;
}

async function synRetransmission(role: Role): Promise<TcpPeer> {
  const peer = new TcpPeer({ role });
  await peer.begin();
  peer.send({ flags: syn, acknowledgment: 0 });
  peer.sequence = (peer.sequence + 1) >>> 0;
  await pause(8000);
  const answers = peer.fresh();
  expectThat(answers.length >= 3, 'A SYN,ACK without answer was not sent again.');
  expectThat(
    answers.every(({ flags, sequence }) => flags === (syn | ack) && sequence === answers[0]?.sequence),
    'The SYN,ACK that was sent again is another one.',
  );
  const [first = 0] = gapsOf(answers);
  expectThat(first >= 900 && first <= 3000, `The first retransmission came after ${first} ms.`);
  return peer;
}

async function timeWait(role: Role): Promise<TcpPeer> {
  const peer = await connected({ role, onSocket: sender(pattern(100)) });
  const { hasEnded } = await peer.drain();
  expectThat(hasEnded, 'No FIN came.');
  peer.sendFin();
  await pause(600);
  expectThat(peer.fresh().at(-1)?.acknowledgment === peer.sequence, 'The FIN was not acknowledged.');
  expectThat(connectionsOf(peer) === 1, 'The connection does not wait after its active close.');
  // The ACK was lost, and the peer sends its FIN again.
  peer.send({ flags: ack | fin, sequence: (peer.sequence - 1) >>> 0 });
  await pause(600);
  expectThat(peer.fresh().at(-1)?.acknowledgment === peer.sequence, 'A FIN in TIME-WAIT got no ACK.');
  await pause(600_000);
  expectThat(connectionsOf(peer) === 0, 'TIME-WAIT does not end.');
  return peer;
}

async function simultaneousClose(role: Role): Promise<TcpPeer> {
  const peer = await connected({ role, onSocket: (socket) => socket.resume().end() });
  await pause(50);
  const ours = peer.fresh().find(({ flags }) => flags & fin);
  expectThat(ours !== undefined, 'No FIN came.');
  // The peer's FIN was on its way already: it does not acknowledge ours.
  peer.sendFin();
  await pause(600);
  expectThat(peer.fresh().at(-1)?.acknowledgment === peer.sequence, 'The crossing FIN was not acknowledged.');
  peer.acknowledgment = (ours.sequence + 1) >>> 0;
  peer.acknowledge();
  await pause(600_000);
  expectThat(connectionsOf(peer) === 0, 'The connection does not end.');
  return peer;
}

async function challengeAcknowledgment(role: Role): Promise<TcpPeer> {
  const peer = await connected({ role });
  peer.fresh();
  const provocations = [
    ['A SYN', { flags: syn, acknowledgment: 0 }],
    ['A RST within the window', { flags: rst, sequence: (peer.sequence + 10) >>> 0 }],
  ] as const;
  for (const [what, segment] of provocations) {
    peer.send(segment);
    await pause(600);
    const [answer, ...more] = peer.fresh();
    expectThat(
      answer?.flags === ack && answer.acknowledgment === peer.sequence && more.length === 0,
      `${what} did not get one challenge ACK.`,
    );
    await pause(10_000);
  }
  peer.sendData(Buffer.from('still there'));
  await pause(600);
  expectThat(peer.fresh().at(-1)?.acknowledgment === peer.sequence, 'The connection did not survive.');
  return peer;
}

async function overlap(role: Role): Promise<TcpPeer> {
  const wanted = pattern(1000);
  const heard: Buffer[] = [];
  const peer = await connected({
    role,
    onSocket: (socket) => socket.on('data', (chunk) => heard.push(chunk)),
  });
  const piece = (from: number, to: number) =>
    peer.send({
      flags: ack | psh,
      sequence: (peer.sequence + from) >>> 0,
      payload: wanted.subarray(from, to),
    });
  for (const [from, to] of [
    [500, 700],
    [900, 1000],
    [400, 600],
    [0, 300],
    [100, 450],
    [650, 950],
    [0, 1000],
  ] as const) {
    piece(from, to);
    await pause(10);
  }
  await pause(600);
  peer.sequence = (peer.sequence + wanted.length) >>> 0;
  expectThat(peer.fresh().at(-1)?.acknowledgment === peer.sequence, 'Not all was acknowledged.');
  sameData(Buffer.concat(heard), wanted);
  return peer;
}

async function sequenceWrap(role: Role): Promise<TcpPeer> {
  const wanted = pattern(4000);
  const heard: Buffer[] = [];
  const peer = await connected({
    role,
    initialSequence: 0xffff_fc00,
    onSocket: (socket) => socket.on('data', (chunk) => heard.push(chunk)),
  });
  for (let from = 0; from < wanted.length; from += 500) {
    peer.sendData(wanted.subarray(from, from + 500));
    await pause(10);
  }
  await pause(600);
  expectThat(peer.fresh().at(-1)?.acknowledgment === peer.sequence, 'Not all was acknowledged.');
  sameData(Buffer.concat(heard), wanted);
  return peer;
}

async function oldData(role: Role): Promise<TcpPeer> {
  const heard: Buffer[] = [];
  const peer = await connected({
    role,
    onSocket: (socket) => socket.on('data', (chunk) => heard.push(chunk)),
  });
  const before = peer.sequence;
  peer.sendData(Buffer.from('once'));
  await pause(600);
  peer.fresh();
  peer.send({ flags: ack | psh, sequence: before, payload: Buffer.from('once') });
  await pause(50);
  expectThat(
    peer.fresh().at(-1)?.acknowledgment === peer.sequence,
    'Old data were not acknowledged at once.',
  );
  sameData(Buffer.concat(heard), Buffer.from('once'));
  return peer;
}

async function reset(role: Role): Promise<TcpPeer> {
  let code: unknown;
  const peer = await connected({
    role,
    onSocket: (socket) =>
      socket.resume().on('error', (error) => {
        code = 'code' in error ? error.code : undefined;
      }),
  });
  peer.fresh();
  peer.send({ flags: rst, acknowledgment: 0 });
  await pause(600);
  expectThat(peer.fresh().length === 0, 'A RST was answered.');
  expectThat(code === 'ECONNRESET', 'The user of the connection was not told of the RST.');
  expectThat(connectionsOf(peer) === 0, 'The connection is still there after a RST.');
  peer.sendData(Buffer.from('anybody?'));
  await pause(50);
  expectThat((peer.fresh().at(-1)?.flags ?? 0) === rst, 'Data for no connection got no RST.');
  return peer;
}
