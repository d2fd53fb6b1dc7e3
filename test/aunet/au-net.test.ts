import { describe, expect, it } from 'vitest';
import { AuNet } from '../../src/aunet/au-net.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { TraceEvent } from '../../src/base/trace.ts';
import { account, dial, goOnLine, inVirtualTimeAt, pause, submit } from './device.ts';

const network = (options: Partial<ConstructorParameters<typeof AuNet>[0]> = {}) =>
  new AuNet({ random: seededRandom(1), ...options });

describe('a mail through the carrier', () => {
  it('reaches kona.co.jp on port 25 before OP25B', () =>
    inVirtualTimeAt('2008-09-29T12:00', async () => {
      const auNet = network();
      const line = await goOnLine(auNet);
      expect(await submit(line, { server: 'kona.co.jp', port: 25, ignoreTLS: true })).toMatch(/^250 /);
      expect(auNet.mailboxes.of('watch@north-one.example')).toHaveLength(1);
      await line.hangUp();
      await auNet.close();
    }));

  it('is stopped on port 25 from the end of September 2008, without an answer', () =>
    inVirtualTimeAt('2008-10-01T12:00', async () => {
      const auNet = network();
      const blocked: unknown[] = [];
      auNet.on('blocked', (event) => blocked.push(event));
      const line = await goOnLine(auNet);
      await expect(submit(line, { server: 'kona.co.jp', port: 25 })).rejects.toMatchObject({
        code: 'TCP_TIMED_OUT',
      });
      expect(blocked).toMatchObject([
        { type: 'blocked', by: 'op25b', how: 'drop', host: 'kona.co.jp', port: 25, area: 'hokkaido' },
      ]);
      expect(auNet.mailboxes.all).toEqual([]);
      await auNet.close();
    }));

  it.each([
    ['reject', 'TCP_REFUSED'],
    ['icmp', 'TCP_UNREACHABLE'],
  ] as const)('is stopped with %s where that is set', (blockedBy, code) =>
    inVirtualTimeAt('2008-10-01T12:00', async () => {
      const line = await goOnLine(network({ blockedBy }));
      await expect(submit(line, { server: 'kona.co.jp', port: 25 })).rejects.toMatchObject({ code });
    }),
  );

  it.each(['PLAIN', 'LOGIN', 'CRAM-MD5'])('passes on port 587 with STARTTLS and AUTH %s', (authMethod) =>
    inVirtualTimeAt('2008-10-01T12:00', async () => {
      const auNet = network();
      const line = await goOnLine(auNet);
      const reply = await submit(line, {
        server: 'mail.north-one.example',
        port: 587,
        auth: account,
        authMethod,
        requireTLS: true,
      });
      expect(reply).toMatch(/^250 2\.6\.0 /);
      expect(auNet.mailboxes.all).toMatchObject([
        { host: 'mail.north-one.example', port: 587, tls: true, signIn: { mechanism: authMethod } },
      ]);
      await line.hangUp();
      await auNet.close();
    }),
  );

  it('passes on port 25 to the provider’s own relay', () =>
    inVirtualTimeAt('2008-10-20T12:00', async () => {
      const auNet = network();
      const line = await goOnLine(auNet);
      expect(await submit(line, { server: 'mail.au-net.example', port: 25 })).toMatch(/^250 /);
      expect(auNet.mailboxes.all).toMatchObject([{ host: 'mail.au-net.example', port: 25 }]);
    }));

  it('is refused where the host has no such port, and is unreachable where there is no host', () =>
    inVirtualTimeAt('2008-10-20T12:00', async () => {
      const line = await goOnLine(network());
      await expect(submit(line, { server: 'kona.co.jp', port: 587 })).rejects.toMatchObject({
        code: 'TCP_REFUSED',
      });
      await expect(submit(line, { server: '198.51.100.77', port: 587 })).rejects.toMatchObject({
        code: 'TCP_UNREACHABLE',
      });
      await expect(submit(line, { server: 'nowhere.example', port: 587 })).rejects.toMatchObject({
        code: 'DNS_NO_SUCH_NAME',
      });
    }));

  it('goes over LTE with LTE’s number and account', () =>
    inVirtualTimeAt('2022-06-01T12:00', async () => {
      const auNet = network();
      const line = await goOnLine(auNet, {
        bands: ['lte-b18', 'lte-b26'],
        number: '*99***1#',
        user: 'user@au.au-net.ne.jp',
      });
      const submission = { server: 'mail.north-one.example', port: 587, auth: account, requireTLS: true };
      expect(await submit(line, submission)).toMatch(/^250 /);
    }));
});

describe('the subscriber line', () => {
  it.each([
    ['au@au-win.ne.jp', 'uo', 'wrong password'],
    ['somebody', 'au', 'unknown account'],
  ])('refuses %s with %s and says why in its log, then ends the call', (user, password, why) =>
    inVirtualTimeAt('2008-10-01T12:00', async () => {
      for (const authentication of ['pap', 'chap-md5'] as const) {
        const lines: TraceEvent[] = [];
        const auNet = network({ authentication, trace: (event) => lines.push(event) });
        const sessions: unknown[] = [];
        auNet.on('session', (event) => sessions.push(event));
        await expect(goOnLine(auNet, { user, password })).rejects.toMatchObject({
          code: 'PPP_AUTH_REJECTED',
        });
        await new Promise((resolve) => setTimeout(resolve, 30_000));
        expect(sessions).toMatchObject([{ type: 'session', state: 'refused', user, reason: why }]);
        expect(lines.map(({ text }) => text)).toContain(`refused ${user}: ${why}`);
        expect(lines.some(({ text }) => text.includes(password) && password !== 'au')).toBe(false);
      }
    }),
  );
});

describe('what goes wrong', () => {
  it.each([
    ['in clear', { server: 'mail.au-net.example', port: 25, ignoreTLS: true }],
    ['inside TLS', { server: 'mail.north-one.example', port: 587, auth: account, requireTLS: true }],
  ])('leaves no mail when the call breaks off in the middle of one, %s', (_how, submission) =>
    inVirtualTimeAt('2008-10-01T12:00', async () => {
      const auNet = network();
      const line = await goOnLine(auNet);
      const sending = submit(line, { ...submission, raw: `Subject: long\r\n\r\n${'snow '.repeat(20_000)}` });
      const failed = expect(sending).rejects.toThrow();
      await pause(6_000);
      auNet.loseCalls();
      await failed;
      await pause(600_000);
      expect(auNet.mailboxes.all).toEqual([]);
      const again = await goOnLine(auNet);
      expect(await submit(again, submission)).toMatch(/^250 /);
    }),
  );

  it.each([
    ['silent', 'TCP_TIMED_OUT'],
    ['refusing', 'TCP_REFUSED'],
    ['off', 'TCP_UNREACHABLE'],
  ] as const)('shows a server that is %s as %s', (state, code) =>
    inVirtualTimeAt('2008-10-01T12:00', async () => {
      const auNet = network();
      auNet.setHost('mail.north-one.example', state);
      const line = await goOnLine(auNet);
      await expect(submit(line, { server: 'mail.north-one.example', port: 587 })).rejects.toMatchObject({
        code,
      });
    }),
  );

  it('reaches a server of one’s own', () =>
    inVirtualTimeAt('2008-10-01T12:00', async () => {
      const auNet = network();
      auNet.listen({ name: 'test.example' }, 587, (socket) => socket.end('554 go away\r\n'));
      const line = await goOnLine(auNet);
      await expect(submit(line, { server: 'test.example', port: 587 })).rejects.toThrow('554 go away');
    }));

  it('survives noise on the line', () =>
    inVirtualTimeAt('2008-10-01T12:00', async () => {
      const auNet = network();
      const noise = seededRandom(99);
      const call = await dial(auNet.attach({ bands: ['bc3'] }), '#777');
      if (typeof call === 'string') {
        throw new Error(call);
      }
      for (let round = 0; round < 200; round += 1) {
        call.write(noise.octets(noise.integer(1, 300)));
        call.write(Uint8Array.of(0x7e, 0xff, 0x7d, 0x23));
        await pause(50);
      }
      call.hangUp();
      const line = await goOnLine(auNet);
      expect(await line.host.resolve('kona.co.jp')).toBeDefined();
    }));
});
