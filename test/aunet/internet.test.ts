import { describe, expect, it } from 'vitest';
import { knownHosts, konaHost, northOneHost } from '../../src/aunet/hosts/known-hosts.ts';
import { Internet } from '../../src/aunet/internet.ts';
import { parseServerMapping } from '../../src/aunet/server-mapping.ts';
import { defaultCalendar } from '../../src/config/calendar.ts';
import { address, at } from './given.ts';

const internet = (...mappings: string[]) =>
  new Internet({
    calendar: defaultCalendar,
    hosts: knownHosts,
    mappings: mappings.map(parseServerMapping),
    createService: () => ({ connect() {}, close() {} }),
  });
const autumn = at('2008-10-01');

describe('the emulated Internet', () => {
  it.each([
    [konaHost.address, 25, 'open', 'kona.co.jp'],
    [konaHost.address, 587, 'closed', 'kona.co.jp'],
    [northOneHost.address, 587, 'open', 'mail.north-one.example'],
    [address('198.51.100.99'), 25, 'nobody', undefined],
  ] as const)('has at %i port %i: %s', (destination, port, reach, host) => {
    expect(internet().reach(destination, port, autumn)).toMatchObject({ reach, host });
  });

  it('does not know a server before it is registered, nor after it is switched off', () => {
    expect(internet().addressOf('mail.north-one.example', at('2008-06-30'))).toBeUndefined();
    expect(internet().addressOf('mail.north-one.example', at('2008-07-01'))).toBe(northOneHost.address);
    expect(internet().addressOf('kona.co.jp', at('2012-07-23'))).toBeUndefined();
    expect(internet().reach(konaHost.address, 25, at('2012-07-23'))).toMatchObject({ reach: 'nobody' });
  });

  it('gives a mapped server a name and an address', () => {
    const mapped = internet('mail.example.jp:587=127.0.0.1:2587', 'mail.example.jp:25=127.0.0.1:2525');
    const found = mapped.addressOf('mail.example.jp', at('1999-01-01'));
    expect(found).toBe(address('198.18.0.1'));
    expect(mapped.reach(address('198.18.0.1'), 587, autumn)).toMatchObject({
      reach: 'mapped',
      real: { address: '127.0.0.1', port: 2587 },
    });
    expect(mapped.reach(address('198.18.0.1'), 25, autumn)).toMatchObject({ real: { port: 2525 } });
    expect(mapped.reach(address('198.18.0.1'), 26, autumn)).toMatchObject({ reach: 'closed' });
  });

  it('puts a mapped server in front of a port of a known host, and leaves the others', () => {
    const mapped = internet('kona.co.jp:25=127.0.0.1:2525', '203.0.113.25:465=127.0.0.1:2465');
    expect(mapped.reach(konaHost.address, 25, autumn).reach).toBe('mapped');
    expect(mapped.reach(northOneHost.address, 465, autumn).reach).toBe('mapped');
    expect(mapped.reach(northOneHost.address, 587, autumn).reach).toBe('open');
  });

  it('gives every mapped server its own address', () => {
    const mapped = internet('a.example:1=127.0.0.1:1', '198.18.0.2:1=127.0.0.1:1', 'b.example:1=127.0.0.1:1');
    expect(mapped.addressOf('a.example', autumn)).toBe(address('198.18.0.1'));
    expect(mapped.addressOf('b.example', autumn)).toBe(address('198.18.0.3'));
  });

  it('knows the provider’s own mail servers', () => {
    expect(internet().isOwnMailServer(address('192.0.2.25'))).toBe(true);
    expect(internet().isOwnMailServer(konaHost.address)).toBe(false);
  });

  it('lets a host hang, refuse, be switched off and come up again', () => {
    const world = internet();
    const kona = () => world.reach(konaHost.address, 25, autumn).reach;
    world.setState('kona.co.jp', 'silent');
    expect([kona(), world.isOnline(konaHost.address, autumn)]).toEqual(['silent', false]);
    world.setState('kona.co.jp', 'refusing');
    expect([kona(), world.isOnline(konaHost.address, autumn)]).toEqual(['closed', true]);
    world.setState('kona.co.jp', 'off');
    expect([kona(), world.addressOf('kona.co.jp', autumn)]).toEqual(['nobody', konaHost.address]);
    world.setState('kona.co.jp', 'up');
    expect(kona()).toBe('open');
    expect(() => world.setState('nowhere.example', 'off')).toThrow('No host is called nowhere.example');
  });

  it('takes servers of one’s own', () => {
    const world = internet();
    world.listen({ name: 'test.example' }, 2525, () => {});
    const found = world.addressOf('test.example', autumn);
    expect(found).toBeDefined();
    expect(world.reach(found ?? konaHost.address, 2525, autumn)).toMatchObject({ reach: 'open' });
  });

  it('refuses two hosts of one name', () => {
    const hosts = [konaHost, { ...konaHost, address: northOneHost.address }];
    expect(
      () =>
        new Internet({
          calendar: defaultCalendar,
          hosts,
          mappings: [],
          createService: () => ({ connect() {}, close() {} }),
        }),
    ).toThrow('Two hosts');
  });
});
