/** A module, a link and a mail server that do what a script says: for the tests of the comms task. */
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { seededRandom } from '../../src/base/random.ts';
import { ms, seconds } from '../../src/base/units.ts';
import { inVirtualTime, now } from '../../src/base/virtual-time.ts';
import type { CommsParts, OctetCall } from '../../src/firmware/comms-parts.ts';
import type { SubmissionReply } from '../../src/smtp/submission.ts';
import { ipv4Address } from '../../src/wire/ipv4.ts';
import { at } from './unit.ts';

interface CallEvents {
  data: [bytes: Uint8Array];
  drain: [];
  close: [cause?: Error];
}

export class ScriptedCall extends EventEmitter<CallEvents> implements OctetCall {
  readonly bitRate = 115_200;

  write(): boolean {
    return true;
  }
}

/** What each part does; a function is called at every use and may throw, or never settle. */
export interface Script {
  start?: () => Promise<void>;
  service?: () => Promise<void>;
  dial?: (attempt: number) => Promise<void>;
  hangUp?: () => Promise<void>;
  ppp?: () => Promise<void>;
  resolve?: () => Promise<void>;
  connect?: () => Promise<void>;
  ping?: () => Promise<void>;
  submit?: (attempt: number, call: ScriptedCall) => Promise<Partial<SubmissionReply>>;
}

export interface ScriptedWorld {
  readonly parts: CommsParts;
  /** Everything that was done, in its order. */
  readonly log: string[];
}

export function scripted(script: Script = {}): ScriptedWorld {
  const log: string[] = [];
  let dials = 0;
  let submissions = 0;
  const act = async (name: string, what?: () => Promise<void>) => {
    log.push(name);
    await takes(1);
    await what?.();
  };
  const parts: CommsParts = {
    modem: (_line, profile) => ({
      start: async () => {
        await act('start', script.start);
        return profile.identity;
      },
      waitForService: async () => {
        await act('service', script.service);
        return { registered: 'home', signal: { raw: '20,99', dbm: -73 } };
      },
      dial: async (number) => {
        dials += 1;
        await act(`dial ${number}`, () => script.dial?.(dials) ?? Promise.resolve());
        return new ScriptedCall();
      },
      hangUp: () => act('hang up', script.hangUp),
      close: () => act('close modem'),
    }),
    link: (call) => ({
      kind: 'ppp',
      lostBy: undefined,
      open: async () => {
        await act('ppp', script.ppp);
        return { address: ipv4Address(0x0a000001), nameServers: [ipv4Address(0x0a000002)] };
      },
      close: () => act('close ppp'),
      host: () => ({
        resolve: async () => {
          await act('resolve', script.resolve);
          return ipv4Address(0xcb007105);
        },
        connect: async ({ port }) => {
          await act(`connect ${port}`, script.connect);
          const socket = new PassThrough();
          Reflect.set(socket, 'call', call);
          return socket;
        },
        ping: async () => {
          await act('ping', script.ping);
          return ms(300);
        },
        close: () => log.push('close ip'),
      }),
    }),
    submit: async (mail, account, openSocket) => {
      const startedAt = now();
      const socket = await openSocket();
      submissions += 1;
      log.push(`submit to ${mail.envelope.to.join(' ')}`);
      await takes(2);
      const call: unknown = Reflect.get(socket, 'call');
      const result = call instanceof ScriptedCall ? ((await script.submit?.(submissions, call)) ?? {}) : {};
      const status =
        result.failure === undefined
          ? ({ status: 'accepted' } as const)
          : ({ status: 'unanswered' } as const);
      return {
        messageId: mail.messageId,
        port: account.port,
        phase: 'end-of-data',
        text: '250 OK',
        recipients: new Map(mail.envelope.to.map((address) => [address, status])),
        isAmbiguous: false,
        hasTriedAuth: account.auth !== undefined,
        evidence: [],
        startedAt,
        endedAt: now(),
        ...result,
      };
    },
  };
  return { parts, log };
}

const takes = (count: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds(count)));

export const never = () => new Promise<never>(() => {});

/** Runs in virtual time, from a day before the first block of port 25. */
export const run = <T>(what: () => Promise<T>, from = '2008-09-29') =>
  inVirtualTime({ startAt: at(from), random: seededRandom(1) }, what);
