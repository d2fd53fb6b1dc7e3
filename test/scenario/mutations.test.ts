/**
 * The product broken on purpose, each time in one way and through a seam that it has: at least one shipped scenario
 * turns red, and its message names the cause.
 */

import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Ms, ms } from '../../src/base/units.ts';
import type { CommsParts, SessionCall, SessionModem } from '../../src/firmware/comms-parts.ts';
import { CommsTask } from '../../src/firmware/comms-task.ts';
import { type DevicePartsOptions, deviceParts } from '../../src/firmware/device-parts.ts';
import { FlashMemory } from '../../src/scenario/device-memory.ts';
import { runCase } from '../../src/scenario/run-case.ts';
import type { ComposedMail } from '../../src/smtp/compose.ts';
import { parseMailAddress } from '../../src/smtp/mail-address.ts';
import type { SmtpAccount, SubmissionReply } from '../../src/smtp/submission.ts';
import { submit } from '../../src/smtp/submit.ts';
import { shippedCase } from './shipped.ts';

type Parts = (options: DevicePartsOptions) => CommsParts;
type Submit = CommsParts['submit'];

const NEW_SERVER = 'new firmware and server, after OP25B';

interface Mutation {
  readonly broken: string;
  readonly scenario: string;
  readonly cause: RegExp;
  readonly parts?: Parts;
  readonly patch?: () => void;
}

/** The device's own parts with another SMTP client. */
const submitting =
  (change: (...given: Parameters<Submit>) => ReturnType<Submit>): Parts =>
  (options) => ({ ...deviceParts(options), submit: change });

/** Another mail goes out than the one that was composed. */
const mailed = (change: (mail: Pick<ComposedMail, 'raw' | 'messageId' | 'envelope'>) => typeof mail): Parts =>
  submitting((mail, ...rest) => submit(change(mail), ...rest));

const rewritten = (change: (text: string) => string): Parts =>
  mailed((mail) => ({
    ...mail,
    raw: Buffer.from(change(Buffer.from(mail.raw).toString('latin1')), 'latin1'),
  }));

/** A driver that does one thing differently. */
const driving =
  (change: (modem: SessionModem) => Partial<SessionModem>): Parts =>
  (options) => {
    const parts = deviceParts(options);
    return {
      ...parts,
      modem: (line, profile) => {
        const modem = parts.modem(line, profile);
        const own: SessionModem = {
          start: () => modem.start(),
          waitForService: () => modem.waitForService(),
          dial: (number) => modem.dial(number),
          hangUp: () => modem.hangUp(),
          close: () => modem.close(),
        };
        return { ...own, ...change(modem) };
      },
    };
  };

const anonymous = ({ auth: _, ...account }: SmtpAccount): SmtpAccount => account;

/** Counts up: each attempt of a mail is a new mail. */
let attempts = 0;

const mutations: readonly Mutation[] = [
  {
    broken: 'AUTH is not sent',
    scenario: NEW_SERVER,
    cause: /wants authentication first: 530/,
    parts: submitting((mail, account, ...rest) => submit(mail, anonymous(account), ...rest)),
  },
  {
    broken: 'the same mail is sent again with a new Message-ID',
    scenario: 'the server is lost after the final dot, and has taken the mail',
    cause: /arrived twice with a new Message-ID/,
    parts: rewritten((text) => {
      attempts += 1;
      return text.replace(/^Message-ID: </m, `Message-ID: <${attempts}.`);
    }),
  },
  {
    broken: 'the call is not hung up',
    scenario: NEW_SERVER,
    cause: /did not hang up: it closed the line while its call was still up/,
    parts: driving(() => ({
      hangUp: async () => {},
      close: async () => {},
    })),
  },
  {
    broken: 'the password is in the trace',
    scenario: NEW_SERVER,
    cause: /A password is shown in the trace \(logger, smtp\)/,
    parts: ({ trace, ...options }) => ({
      ...deviceParts({ trace, ...options }),
      submit: (mail, account, ...rest) => {
        const { password = '' } = account.auth ?? {};
        const shown = typeof password === 'string' ? password : password.reveal();
        trace({ layer: 'smtp', direction: '>', text: `signing in with ${shown}` });
        return submit(mail, account, ...rest);
      },
    }),
  },
  {
    broken: 'settings are lost when the power goes',
    scenario: 'settings that were changed outlive the power',
    cause: /mail\.to.* in its flash|the recipient/,
    patch: () => {
      vi.spyOn(FlashMemory.prototype, 'changeSettings').mockImplementation(function (this: FlashMemory) {
        const { settings } = this.contents;
        if (settings === undefined) {
          throw new Error('no settings');
        }
        return settings;
      });
    },
  },
  {
    broken: 'port 25 is tried although 587 is set (OP25B)',
    scenario: NEW_SERVER,
    cause: /blocked \(OP25B\): mail\.north-one\.example:25/,
    parts: (options) => {
      const parts = deviceParts(options);
      return {
        ...parts,
        link: (call: SessionCall) => {
          const link = parts.link(call);
          return {
            kind: link.kind,
            open: () => link.open(),
            close: () => link.close(),
            get lostBy() {
              return link.lostBy;
            },
            host: (addresses) => {
              const host = link.host(addresses);
              return {
                resolve: (name) => host.resolve(name),
                ping: (address) => host.ping(address),
                close: () => host.close(),
                connect: ({ address }, given) => host.connect({ address, port: 25 }, given),
              };
            },
          };
        },
      };
    },
  },
  {
    broken: 'the mail goes to somebody else',
    scenario: NEW_SERVER,
    cause: /differs in the recipient \(RCPT TO\), nobody@north-one\.example instead of office@/,
    parts: mailed((mail) => ({
      ...mail,
      envelope: { ...mail.envelope, to: [parseMailAddress('nobody@north-one.example')] },
    })),
  },
  {
    broken: 'the subject is not encoded as it says',
    scenario: 'as shipped, the maker is bankrupt',
    cause: /differs in the subject/,
    parts: rewritten((text) => text.replaceAll(/=\?iso-2022-jp\?/gi, '=?utf-8?')),
  },
  {
    broken: 'the attachment is cut short',
    scenario: NEW_SERVER,
    cause: /differs in the attachment, \d+ rows? instead of 24 rows/,
    parts: rewritten((text) => {
      const lines = text.split('\r\n');
      const attachment = lines.findIndex((line) => line.startsWith('Content-Disposition: attachment'));
      const end = lines.findIndex((line, index) => index > attachment && line.startsWith('--=_'));
      return [...lines.slice(0, end - 6), ...lines.slice(end)].join('\r\n');
    }),
  },
  {
    broken: 'a call is placed without registration',
    scenario: 'without service no call is placed',
    cause: /AT: "ATD" was sent \d+ times|seen \d+ calls, expected 0/,
    parts: driving(() => ({
      waitForService: async () => ({ registered: 'home', signal: { raw: '?' } }),
    })),
  },
  {
    broken: 'a refused password (535) does not end it',
    scenario: 'a wrong password is not tried in a loop',
    cause: /"AUTH" was sent \d+ times, expected at most 1/,
    parts: submitting(async (...given) => {
      const reply: SubmissionReply = await submit(...given);
      return reply.phase === 'auth' && reply.failure === 'refused'
        ? { ...reply, failure: 'timeout', phase: 'connect' }
        : reply;
    }),
  },
  {
    broken: 'a mail that fails is tried without limit',
    scenario: 'nobody answers, and the device does not try for ever',
    cause: /the number of sessions that it held is \d+, expected 3 to 8/,
    patch: () => {
      const { prototype } = CommsTask;
      const nextRunAt = Object.getOwnPropertyDescriptor(prototype, 'nextRunAt');
      const { run } = prototype;
      vi.spyOn(prototype, 'nextRunAt', 'get').mockImplementation(function (this: CommsTask) {
        const next: Ms | undefined = nextRunAt?.get?.call(this);
        const minute = Math.ceil(Date.now() / 60_000) * 60_000;
        return next === undefined ? undefined : ms(Math.min(next, minute));
      });
      vi.spyOn(prototype, 'run').mockImplementation(function (this: CommsTask) {
        this.retryNow();
        return run.call(this);
      });
    },
  },
];

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a product that is broken on purpose', () => {
  it.each(mutations)('turns "$scenario" red: $broken', async ({ scenario, cause, parts, patch }) => {
    const one = shippedCase(scenario);
    const whole = await runCase(one, { seed: 1 });
    expect(whole.failures).toEqual([]);
    patch?.();
    const broken = await runCase(one, { seed: 1, parts });
    expect(broken.verdict).toBe('failed');
    expect(broken.failures.map(({ message }) => message).join('\n')).toMatch(cause);
  });

  it('is broken in twelve ways', () => {
    expect(mutations).toHaveLength(12);
  });
});
