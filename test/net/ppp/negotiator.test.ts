import { describe, expect, it } from 'vitest';
import { type Ms, ms } from '../../../src/base/units.ts';
import {
  type NegotiationPolicy,
  Negotiator,
  type NegotiatorAction,
} from '../../../src/net/ppp/negotiator.ts';
import { type ConfigureOption, encodeOptions } from '../../../src/wire/ppp/configure-option.ts';
import { decodeControlPacket, encodeControlPacket } from '../../../src/wire/ppp/control-packet.ts';
import { hexOf } from '../../../src/wire/ppp/octets.ts';

const START = ms(1000);
const option = (type: number, hex = ''): ConfigureOption => ({ type, data: Buffer.from(hex, 'hex') });

/** Wants options 1 and 2; takes option 1 with `aa`, suggests `aa` for any other value, rejects all else. */
class TestPolicy implements NegotiationPolicy {
  own: ConfigureOption[] = [];
  granted: readonly ConfigureOption[] = [];
  begin(): void {
    this.own = [option(1, 'aa'), option(2)];
  }
  wishes() {
    return this.own;
  }
  judge(options: readonly ConfigureOption[]) {
    const good = option(1, 'aa');
    return {
      rejected: options.filter(({ type }) => type !== 1),
      suggested: options
        .filter(({ type, data }) => type === 1 && hexOf(data) !== 'aa')
        .map((asked) => ({ asked, suggestion: good })),
    };
  }
  grant(options: readonly ConfigureOption[]): void {
    this.granted = options;
  }
  adjust(suggestions: readonly ConfigureOption[]): void {
    this.own = [...suggestions];
  }
  withdraw(rejected: readonly ConfigureOption[]): void {
    this.own = this.own.filter(({ type }) => rejected.every((one) => one.type !== type));
  }
}

function started() {
  const policy = new TestPolicy();
  const negotiator = new Negotiator(policy, () => 100);
  negotiator.step('Open', START);
  const sent = show(negotiator.step('Up', START));
  return { policy, negotiator, sent };
}

/** `code/identifier data` of packets, and the names of the other actions. */
const show = (actions: readonly NegotiatorAction[]): string[] =>
  actions.map((action) => {
    if (action.type !== 'transmit') {
      return action.type === 'tlf' ? `tlf ${action.because}` : action.type;
    }
    const packet = decodeControlPacket(action.packet);
    return packet === undefined
      ? 'malformed'
      : `${packet.code}/${packet.identifier} ${hexOf(packet.data)}`.trim();
  });

function receiver(negotiator: Negotiator, now: Ms = START) {
  return (code: number, identifier: number, contents: string | readonly ConfigureOption[] = '') => {
    const data = typeof contents === 'string' ? Buffer.from(contents, 'hex') : encodeOptions(contents);
    return show(negotiator.receive(encodeControlPacket({ code, identifier, data }), now));
  };
}

const REQUEST = '0103aa0202';

describe('a negotiator that asks', () => {
  it('sends ten requests three seconds apart, with one identifier, then gives up', () => {
    const { negotiator, sent } = started();
    expect(sent).toEqual([`1/1 ${REQUEST}`]);
    let now: Ms = START;
    for (let again = 1; again < 10; again += 1) {
      expect(negotiator.deadline).toBe(now + 3000);
      now = ms(now + 3000);
      expect(show(negotiator.timeout(ms(now - 1)))).toEqual([]);
      expect(show(negotiator.timeout(now))).toEqual([`1/1 ${REQUEST}`]);
    }
    expect(show(negotiator.timeout(ms(now + 3000)))).toEqual(['tlf silent']);
    expect(negotiator.state).toBe('Stopped');
    expect(negotiator.deadline).toBeUndefined();
  });

  it('takes only an Ack of just this request, and only once', () => {
    const { negotiator } = started();
    const receive = receiver(negotiator);
    receive(2, 7, REQUEST);
    receive(2, 1, '0103ab0202');
    receive(2, 1, '0103aa');
    expect(negotiator.state).toBe('Req-Sent');
    receive(2, 1, REQUEST);
    expect(negotiator.state).toBe('Ack-Rcvd');
    expect(receive(2, 1, REQUEST)).toEqual([]);
    expect(negotiator.state).toBe('Ack-Rcvd');
  });

  it('takes a late Ack when it has sent the request again in the meantime', () => {
    const { negotiator } = started();
    negotiator.timeout(ms(START + 3000));
    receiver(negotiator, ms(START + 3500))(2, 1, REQUEST);
    expect(negotiator.state).toBe('Ack-Rcvd');
  });

  it('asks with another identifier after a Nak or Reject, with what is left', () => {
    const { negotiator } = started();
    const receive = receiver(negotiator);
    expect(receive(4, 1, [option(2)])).toEqual(['1/2 0103aa']);
    expect(receive(3, 2, [option(1, 'bb')])).toEqual(['1/3 0103bb']);
    expect(receive(3, 2, [option(1, 'cc')])).toEqual([]);
  });

  it('does not let itself be refused what it has not asked for', () => {
    const { negotiator } = started();
    const receive = receiver(negotiator);
    expect(receive(4, 1, [option(9)])).toEqual([]);
    expect(receive(4, 1, [option(1, 'ab')])).toEqual([]);
    expect(receive(4, 1)).toEqual([]);
    expect(receive(3, 1, '0105')).toEqual([]);
  });

  it('calls it a deadlock when it is refused without end', () => {
    const { negotiator } = started();
    const receive = receiver(negotiator);
    for (let identifier = 1; identifier <= 20; identifier += 1) {
      expect(receive(3, identifier, [option(1, '0d')])).toHaveLength(1);
    }
    expect(receive(3, 21, [option(1, '0d')])).toEqual(['deadlock']);
  });
});

describe('a negotiator that is asked', () => {
  it('rejects what it does not know, byte for byte and alone', () => {
    const { negotiator } = started();
    expect(receiver(negotiator)(1, 9, [option(5, '0102'), option(1, 'bb'), option(6)])).toEqual([
      '4/9 050401020602',
    ]);
  });

  it('rejects from an impossible length on', () => {
    const { negotiator } = started();
    expect(receiver(negotiator)(1, 9, '0103aa0500ff')).toEqual(['4/9 0500ff']);
  });

  it('suggests another value ten times, then rejects the option', () => {
    const { negotiator } = started();
    const receive = receiver(negotiator);
    for (let round = 0; round < 10; round += 1) {
      expect(receive(1, round, [option(1, 'bb')])).toEqual([`3/${round} 0103aa`]);
    }
    expect(receive(1, 10, [option(1, 'bb')])).toEqual(['4/10 0103bb']);
    // An Ack ends the count.
    expect(receive(1, 11, [])).toEqual(['2/11']);
    expect(receive(1, 12, [option(1, 'bb')])).toEqual(['3/12 0103aa']);
  });

  it('acknowledges just what was asked, and keeps it', () => {
    const { negotiator, policy } = started();
    expect(receiver(negotiator)(1, 9, [option(1, 'aa')])).toEqual(['2/9 0103aa']);
    expect(policy.granted).toHaveLength(1);
    expect(negotiator.state).toBe('Ack-Sent');
  });

  it('is up when both have acknowledged, in either order', () => {
    for (const order of ['ours first', 'theirs first']) {
      const { negotiator } = started();
      const receive = receiver(negotiator);
      const steps = [() => receive(2, 1, REQUEST), () => receive(1, 9, [option(1, 'aa')])];
      const [first, second] = order === 'ours first' ? steps : steps.reverse();
      first?.();
      expect(second?.()).toContain('tlu');
      expect(negotiator.deadline).toBeUndefined();
    }
  });
});

describe('an open negotiator', () => {
  function opened() {
    const { negotiator, policy } = started();
    const receive = receiver(negotiator);
    receive(2, 1, REQUEST);
    receive(1, 9, [option(1, 'aa')]);
    expect(negotiator.state).toBe('Opened');
    return { negotiator, policy, receive };
  }

  it('begins anew with all its wishes when the peer asks anew', () => {
    const { negotiator, receive } = opened();
    expect(receive(1, 10, [option(1, 'aa')])).toEqual(['tld', `1/2 ${REQUEST}`, '2/10 0103aa']);
    expect(negotiator.state).toBe('Ack-Sent');
  });

  it('answers a Terminate-Request with its identifier, waits once, and is finished', () => {
    const { negotiator, receive } = opened();
    expect(receive(5, 0x33)).toEqual(['tld', '6/51']);
    expect(receive(5, 0x34)).toEqual(['6/52']);
    expect(show(negotiator.timeout(ms(START + 3000)))).toEqual(['tlf terminated']);
  });

  it('asks twice for its end, then ends without an answer', () => {
    const { negotiator } = opened();
    expect(show(negotiator.step('Close', START))).toEqual(['tld', '5/2']);
    expect(show(negotiator.timeout(ms(START + 3000)))).toEqual(['5/3']);
    expect(show(negotiator.timeout(ms(START + 6000)))).toEqual(['tlf terminated']);
    expect(negotiator.state).toBe('Closed');
  });

  it('rejects an unknown code with the whole packet, as far as the peer takes it', () => {
    const { receive, negotiator } = opened();
    expect(receive(99, 5, '0102')).toEqual(['7/2 630500060102']);
    const [action] = negotiator.receive(
      encodeControlPacket({ code: 99, identifier: 5, data: new Uint8Array(300) }),
      START,
    );
    expect(action?.type === 'transmit' && action.packet.length).toBe(100);
  });

  it('can do without a code that is not essential, and not without one that is', () => {
    const { negotiator, receive } = opened();
    expect(receive(7, 1, '0c010004')).toEqual([]);
    expect(receive(7, 1)).toEqual([]);
    expect(negotiator.state).toBe('Opened');
    expect(receive(7, 1, '01010004')).toEqual(['tld', '5/2']);
    expect(show(negotiator.step('RXJ-', START))).toEqual(['tlf rejected']);
  });

  it('silently discards a packet whose length does not hold', () => {
    const { negotiator } = opened();
    for (const octets of ['', '0102', '01020003', '0102000a0103aa']) {
      expect(negotiator.receive(Buffer.from(octets, 'hex'), START)).toEqual([]);
    }
    expect(negotiator.state).toBe('Opened');
  });
});
