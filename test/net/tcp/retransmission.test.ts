import { describe, expect, it } from 'vitest';
import { ms } from '../../../src/base/units.ts';
import { RetransmissionTimer, rtoFloor } from '../../../src/net/tcp/retransmission.ts';
import { ScriptedPeer } from './scripted-peer.ts';

const PATIENCE = ms(120_000);

describe('the retransmission timeout', () => {
  const measured = (...roundTrips: number[]) => {
    const timer = new RetransmissionTimer(ms(1));
    let now = 0;
    roundTrips.forEach((roundTrip, index) => {
      timer.sent(index + 1, true, PATIENCE, ms(now));
      now += roundTrip;
      timer.acknowledged(index + 1, true, PATIENCE, ms(now));
    });
    return timer.rto;
  };

  it('is 1 s before anything was measured', () => {
    expect(new RetransmissionTimer(ms(1000)).rto).toBe(1000);
  });

  it('is three times the first measurement, and follows the later ones', () => {
    expect(measured(1000)).toBe(3000);
    // RTTVAR = 3/4 * 500 + 1/4 * 0, SRTT = 1000
    expect(measured(1000, 1000)).toBe(1000 + 4 * 375);
    // RTTVAR = 3/4 * 500 + 1/4 * 800, SRTT = 7/8 * 1000 + 1/8 * 1800
    expect(measured(1000, 1800)).toBe(1100 + 4 * 575);
  });

  it('is never above 60 s and never below the floor', () => {
    expect(measured(50_000)).toBe(60_000);
    const timer = new RetransmissionTimer(ms(4700));
    timer.sent(1, true, PATIENCE, ms(0));
    timer.acknowledged(1, true, PATIENCE, ms(10));
    expect(timer.rto).toBe(4700);
  });

  it('has a floor of 1 s, and of three full packets on a slow line', () => {
    expect(rtoFloor(undefined, 1500)).toBe(1000);
    expect(rtoFloor(921_600, 1500)).toBe(1000);
    expect(rtoFloor(9600, 1500)).toBe(4688);
    expect(rtoFloor(9600, 576)).toBe(1800);
    expect(rtoFloor(50, 1500)).toBe(60_000);
  });
});

describe('retransmission', () => {
  it('sends the oldest segment again, and doubles the timeout each time', () => {
    const peer = ScriptedPeer.established();
    peer.write(100);
    peer.heard();
    peer.waits(31_000);
    expect(peer.heardWhen()).toEqual(
      [1000, 3000, 7000, 15_000, 31_000].map((time) => `${time} P. 1(100) ack 1`),
    );
  });

  it('gives up after two minutes of silence, and tells the peer', () => {
    const peer = ScriptedPeer.established();
    peer.write(100);
    peer.heard();
    peer.waits(119_999);
    expect(peer.connection.state).toBe('ESTABLISHED');
    peer.heard();
    peer.waits(1);
    expect(peer.connection).toMatchObject({ state: 'CLOSED', failure: 'timed-out' });
    expect(peer.heard()).toEqual(['R. 101(0) ack 1']);
  });

  it('counts the silence from the last progress', () => {
    const peer = ScriptedPeer.established();
    peer.write(1460);
    peer.write(100);
    peer.waits(100_000);
    peer.sends('. 1(0) ack 1461');
    peer.waits(100_000);
    expect(peer.connection.state).toBe('ESTABLISHED');
  });

  it('does not time a segment that was sent twice (Karn)', () => {
    const peer = ScriptedPeer.established();
    peer.write(100);
    peer.waits(2999);
    peer.sends('. 1(0) ack 101');
    peer.write(100);
    peer.heard();
    peer.waits(1999);
    expect(peer.heard()).toEqual([]);
    peer.waits(1);
    expect(peer.heard()).toEqual(['P. 101(100) ack 1']);
  });

  it('takes 3 s for data after the SYN had to be sent again', () => {
    const peer = new ScriptedPeer();
    peer.open();
    peer.waits(1500);
    peer.sends('S. 0(0) ack 1 mss 1460');
    peer.write(100);
    peer.heard();
    peer.waits(2999);
    expect(peer.heard()).toEqual([]);
    peer.waits(1);
    expect(peer.heard()).toEqual(['P. 1(100) ack 1']);
  });

  it('begins with one segment after the SYN had to be sent again', () => {
    const peer = new ScriptedPeer();
    peer.open();
    peer.waits(1500);
    peer.sends('S. 0(0) ack 1 mss 1460');
    peer.heard();
    peer.write(5000);
    expect(peer.heard()).toEqual(['. 1(1460) ack 1']);
  });

  it('goes back to the oldest segment, one at first, then as acknowledgments allow', () => {
    const peer = ScriptedPeer.established();
    peer.write(4380);
    peer.heard();
    peer.waits(1000);
    expect(peer.heard()).toEqual(['. 1(1460) ack 1']);
    peer.sends('. 1(0) ack 1461');
    expect(peer.heard()).toEqual(['. 1461(1460) ack 1', 'P. 2921(1460) ack 1']);
  });

  it('does not send again what an acknowledgment covers after all', () => {
    const peer = ScriptedPeer.established();
    peer.write(4380);
    peer.heard();
    peer.waits(1000);
    peer.heard();
    peer.sends('. 1(0) ack 4381');
    expect(peer.heard()).toEqual([]);
    expect(peer.connection.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  it('waits on a slow line until a full segment could have been answered', () => {
    const peer = ScriptedPeer.established({ bitRate: 9600 });
    peer.write(1460);
    peer.heard();
    peer.waits(4687);
    expect(peer.heard()).toEqual([]);
    peer.waits(1);
    expect(peer.heard()).toEqual(['P. 1(1460) ack 1']);
  });
});

describe('fast retransmit', () => {
  const lost = () => {
    const peer = ScriptedPeer.established();
    // Open the congestion window to ten segments first.
    peer.write(4380);
    peer.sends('. 1(0) ack 4381');
    peer.write(7300);
    peer.sends('. 1(0) ack 11681');
    peer.heard();
    peer.write(14_600);
    expect(peer.heard().length).toBeGreaterThanOrEqual(6);
    return peer;
  };

  it('sends the missing segment again at the third duplicate, without waiting for the timeout', () => {
    const peer = lost();
    peer.sends('. 1(0) ack 11681').sends('. 1(0) ack 11681');
    expect(peer.heard().filter((line) => line.includes(' 11681('))).toEqual([]);
    peer.sends('. 1(0) ack 11681');
    expect(peer.heard()[0]).toBe('. 11681(1460) ack 1');
  });

  it('does not count acknowledgments with data, or with another window', () => {
    const peer = lost();
    peer.sends('. 1(1) ack 11681').sends('. 2(1) ack 11681').sends('. 3(1) ack 11681');
    peer.sends('. 4(0) ack 11681 win 60000').sends('. 4(0) ack 11681 win 60001');
    expect(peer.heard().filter((line) => line.includes(' 11681('))).toEqual([]);
  });

  it('sends the next hole again at once when an acknowledgment is partial', () => {
    const peer = lost();
    for (let count = 0; count < 3; count += 1) {
      peer.sends('. 1(0) ack 11681');
    }
    peer.heard();
    peer.sends('. 1(0) ack 14601');
    expect(peer.heard()[0]).toBe('. 14601(1460) ack 1');
  });

  it('does not begin anew for duplicates that the go-back itself caused', () => {
    const peer = lost();
    peer.waits(1000);
    peer.heard();
    for (let count = 0; count < 5; count += 1) {
      peer.sends('. 1(0) ack 11681');
    }
    expect(peer.heard().filter((line) => line.includes(' 11681('))).toEqual([]);
  });
});
