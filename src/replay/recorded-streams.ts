/** The TCP connections of a recording, from both sides' segments in the order of the file. */
import type { Ipv4Packet } from '../wire/ipv4.ts';
import type { TcpSegment } from '../wire/tcp-segment.ts';
import { packetOf } from './frames.ts';
import type { Script } from './script-steps.ts';
import type { PasswordOf } from './sign-ins.ts';
import { TcpStreams, tcpOf } from './tcp-streams.ts';
import type { Utterance } from './utterances.ts';

export function streamsOf(
  { own, expected, checked, isRedacted }: Script,
  passwordOf: PasswordOf | undefined,
): TcpStreams {
  const streams = new TcpStreams(checked, isRedacted, passwordOf);
  let index = 0;
  const learnOwn = (before: number) => {
    for (let step = own[index]; step !== undefined && step.needs <= before; step = own[index]) {
      index += 1;
      if (step.what.kind === 'say') {
        learn(step.what.utterance, (packet, segment) => streams.play(step, packet, segment));
      }
    }
  };
  for (const [before, step] of expected.entries()) {
    learnOwn(before);
    if (step.what.kind === 'hear') {
      learn(step.what.utterance, (packet, segment) => streams.expect(step, packet, segment));
    }
  }
  learnOwn(expected.length);
  return streams;
}

function learn(utterance: Utterance, take: (packet: Ipv4Packet, segment: TcpSegment) => void): void {
  const packet = utterance.kind === 'frame' ? packetOf(utterance) : undefined;
  const segment = packet === undefined ? undefined : tcpOf(packet);
  if (packet !== undefined && segment !== undefined) {
    take(packet, segment);
  }
}
