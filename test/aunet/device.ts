/** A device without a module: dials over the air, runs PPP and IP itself, and sends mail with nodemailer. */
import { createTransport } from 'nodemailer';
import type { AuNet } from '../../src/aunet/au-net.ts';
import { emulatedAuthorityPem } from '../../src/aunet/certificates/authority.ts';
import { seededRandom } from '../../src/base/random.ts';
import { type Ms, seconds } from '../../src/base/units.ts';
import { handOver, inVirtualTime } from '../../src/base/virtual-time.ts';
import type { Call, RadioAttachment } from '../../src/modem/dce/radio.ts';
import type { Band } from '../../src/modem/module-profile.ts';
import { IpHost } from '../../src/net/ip-host.ts';
import { PppLink } from '../../src/net/ppp/ppp-link.ts';
import { at } from './given.ts';

export const inVirtualTimeAt = <T>(date: string, run: () => Promise<T>): Promise<T> =>
  inVirtualTime({ startAt: at(date), random: seededRandom(7) }, run);

/** One timer holds less than 25 days. */
const LONGEST_TIMER = 2_000_000_000;

export async function pause(durationMs: number): Promise<void> {
  for (let rest = durationMs; rest > 0; rest -= LONGEST_TIMER) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(rest, LONGEST_TIMER)));
  }
}

export const oldModule: readonly Band[] = ['bc3'];
export const dualBandModule: readonly Band[] = ['bc3', 'bc0'];
export const lteModule: readonly Band[] = ['lte-b18', 'lte-b26'];

/** @returns the call, or how dialling ended */
export function dial(
  attachment: RadioAttachment,
  number: string,
  controlCharacters = 0,
): Promise<Call | string> {
  return new Promise((resolve) => {
    attachment.dial(
      number,
      (outcome) => resolve(outcome.result === 'connected' ? outcome.call : outcome.result),
      controlCharacters,
    );
  });
}

export interface OnLine {
  readonly host: IpHost;
  readonly link: PppLink;
  readonly call: Call;
  hangUp(): Promise<void>;
}

export interface Subscription {
  readonly bands?: readonly Band[];
  readonly number?: string;
  readonly user?: string;
  readonly password?: string;
  /** What the device's line uses itself. */
  readonly controlCharacters?: number;
}

/** Dials and brings PPP up. Rejects as PPP does, or with the result of dialling. */
export async function goOnLine(network: AuNet, subscription: Subscription = {}): Promise<OnLine> {
  const {
    bands = dualBandModule,
    number = '*99**24#',
    user = 'au@au-win.ne.jp',
    password = 'au',
    controlCharacters = 0,
  } = subscription;
  const call = await dial(network.attach({ bands }), number, controlCharacters);
  if (typeof call === 'string') {
    throw new Error(call);
  }
  const random = seededRandom(3);
  const link = new PppLink(call, { role: 'client', user, password, random });
  const { address, nameServers } = await link.open();
  const host = new IpHost({ link, address, nameServers, random });
  return {
    host,
    link,
    call,
    async hangUp() {
      host.close();
      await link.close();
      call.hangUp();
    },
  };
}

export interface Submission {
  readonly server: string;
  readonly port: number;
  readonly auth?: { user: string; pass: string };
  readonly authMethod?: string;
  readonly requireTLS?: boolean;
  readonly ignoreTLS?: boolean;
  readonly raw?: string;
  readonly connectTimeoutMs?: Ms;
}

export const envelope = { from: 'logger@north-one.example', to: ['watch@north-one.example'] };
export const account = { user: 'logger@north-one.example', pass: 'snow-depth' };

/** One mail over the line. @returns the server's reply; rejects as TCP or nodemailer do */
export async function submit({ host }: OnLine, submission: Submission): Promise<string> {
  const {
    server,
    port,
    raw = 'Subject: snow\r\n\r\n3 cm\r\n',
    connectTimeoutMs = seconds(75),
    ...options
  } = submission;
  const address = await host.resolve(server);
  const connection = await host.connect({ address, port }, { timeoutMs: connectTimeoutMs });
  handOver();
  const transport = createTransport({
    host: server,
    port,
    name: 'logger',
    getSocket: (_options: unknown, done: (error: Error | null, socket: object) => void) =>
      done(null, { connection }),
    tls: { ca: emulatedAuthorityPem, servername: server },
    ...options,
  });
  const { response } = await transport.sendMail({ envelope, raw });
  return response;
}
