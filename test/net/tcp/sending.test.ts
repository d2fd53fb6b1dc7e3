import { describe, expect, it } from 'vitest';
import { ms } from '../../../src/base/units.ts';
import { ScriptedPeer } from './scripted-peer.ts';

describe('sending', () => {
  it('does not hold small writes back (Nagle is off)', () => {
    const peer = ScriptedPeer.established();
    peer.write(3);
    peer.write(4);
    expect(peer.heard()).toEqual(['P. 1(3) ack 1', 'P. 4(4) ack 1']);
  });

  it('begins with the initial window of RFC 5681, and doubles it with every round trip', () => {
    const peer = ScriptedPeer.established();
    peer.write(60_000);
    expect(peer.heard()).toEqual(['. 1(1460) ack 1', '. 1461(1460) ack 1', '. 2921(1460) ack 1']);
    peer.sends('. 1(0) ack 2921');
    expect(peer.heard()).toHaveLength(4);
  });

  it('pushes the last octets of what was written', () => {
    const peer = ScriptedPeer.established();
    peer.write(2000);
    expect(peer.heard()).toEqual(['. 1(1460) ack 1', 'P. 1461(540) ack 1']);
  });

  it("stops at the peer's window", () => {
    const peer = ScriptedPeer.established({}, 'S. 0(0) ack 1 win 2000 mss 1000');
    peer.write(5000);
    expect(peer.heard()).toEqual(['. 1(1000) ack 1', '. 1001(1000) ack 1']);
    peer.sends('. 1(0) ack 1001 win 1000');
    expect(peer.heard()).toEqual([]);
    peer.sends('. 1(0) ack 2001 win 1000');
    expect(peer.heard()).toEqual(['. 2001(1000) ack 1']);
  });

  it('takes no more from the user than its buffer holds', () => {
    const peer = ScriptedPeer.established({ sendBufferBytes: 5000 });
    expect(peer.write(4000)).toBe(4000);
    expect(peer.write(4000)).toBe(1000);
    expect(peer.connection.room).toBe(0);
    peer.sends('. 1(0) ack 2921');
    expect(peer.connection.room).toBe(2920);
    expect(peer.connection).toMatchObject({ acknowledgedBytes: 2920, unacknowledgedBytes: 2080 });
  });

  it('does not let itself be drawn into silly small segments', () => {
    const peer = ScriptedPeer.established({}, 'S. 0(0) ack 1 win 4000 mss 1000');
    peer.write(10_000);
    peer.heard();
    peer.sends('. 1(0) ack 4001 win 10');
    expect(peer.heard()).toEqual([]);
    peer.sends('. 1(0) ack 4001 win 1000');
    expect(peer.heard()).toEqual(['. 4001(1000) ack 1']);
  });

  it('uses a window that stays small after a while', () => {
    const peer = ScriptedPeer.established({}, 'S. 0(0) ack 1 win 4000 mss 1000');
    peer.write(10_000);
    peer.heard();
    peer.sends('. 1(0) ack 4001 win 10');
    peer.waits(1000);
    expect(peer.heard()).toEqual(['. 4001(10) ack 1']);
  });

  it('ignores a window from a segment that is older than the last', () => {
    const peer = ScriptedPeer.established({}, 'S. 0(0) ack 1 win 4000 mss 1000');
    peer.sends('. 1(100) ack 1 win 4000').sends('. 1(50) ack 1 win 0');
    peer.read();
    peer.write(1000);
    expect(peer.heard().at(-1)).toBe('P. 1(1000) ack 101');
  });

  it('acknowledges an acknowledgment of what was never sent, and drops it', () => {
    const peer = ScriptedPeer.established();
    peer.write(100);
    peer.heard();
    peer.sends('P. 1(10) ack 500');
    expect(peer.heard()).toEqual(['. 101(0) ack 1']);
    expect(peer.read()).toBe(0);
  });

  it('sends smaller segments when a router says that packets are too big', () => {
    const peer = ScriptedPeer.established();
    peer.write(2000);
    peer.heard();
    peer.connection.packetTooBig(1000);
    expect(peer.heard()).toEqual(['. 1(960) ack 1', '. 961(960) ack 1', 'P. 1921(80) ack 1']);
  });

  it('starts slowly again after an idle time', () => {
    const peer = ScriptedPeer.established();
    for (let round = 1; round <= 10; round += 1) {
      peer.write(4380);
      peer.sends(`. 1(0) ack ${1 + round * 4380}`);
    }
    peer.heard();
    peer.write(20_000);
    expect(peer.heard()).toHaveLength(14);
    peer.sends('. 1(0) ack 63801');
    peer.waits(60_000);
    peer.write(20_000);
    expect(peer.heard()).toHaveLength(3);
  });
});

describe('a shut window', () => {
  const shut = (options = {}) => {
    const peer = ScriptedPeer.established(options, 'S. 0(0) ack 1 win 2000 mss 1000');
    peer.write(5000);
    peer.sends('. 1(0) ack 2001 win 0');
    peer.heard();
    return peer;
  };

  it('is probed with one octet, ever more seldom, up to once a minute', () => {
    const peer = shut();
    const times: number[] = [];
    for (let second = 0; second < 300; second += 1) {
      peer.waits(1000);
      for (const probe of peer.heard()) {
        expect(probe).toBe('. 2001(1) ack 1');
        times.push(second + 1);
        peer.sends('. 1(0) ack 2001 win 0');
      }
    }
    expect(times).toEqual([1, 3, 7, 15, 31, 63, 123, 183, 243]);
  });

  it('opens by an acknowledgment alone, without waiting for the next probe', () => {
    const peer = shut();
    peer.sends('. 1(0) ack 2001 win 3000');
    expect(peer.heard()).toEqual(['. 2001(1000) ack 1', '. 3001(1000) ack 1', 'P. 4001(1000) ack 1']);
  });

  it('does not stay shut for ever because the update was lost', () => {
    const peer = shut();
    peer.waits(1000);
    expect(peer.heard()).toEqual(['. 2001(1) ack 1']);
    peer.sends('. 1(0) ack 2002 win 3000');
    expect(peer.heard()).toEqual(['. 2002(1000) ack 1', '. 3002(1000) ack 1', 'P. 4002(999) ack 1']);
  });

  it('sends the octet of a probe again when the peer did not take it', () => {
    const peer = shut();
    peer.waits(1000);
    peer.heard();
    peer.sends('. 1(0) ack 2001 win 3000');
    expect(peer.heard()).toEqual(['. 2001(1000) ack 1', '. 3001(1000) ack 1', 'P. 4001(1000) ack 1']);
  });

  it('is no reason to give up while the peer answers', () => {
    const peer = shut();
    for (let minute = 0; minute < 60; minute += 1) {
      peer.waits(60_000);
      peer.sends('. 1(0) ack 2001 win 0');
    }
    expect(peer.connection.state).toBe('ESTABLISHED');
  });

  it('is a reason to give up when the peer does not answer', () => {
    const peer = shut();
    peer.waits(200_000);
    expect(peer.connection).toMatchObject({ state: 'CLOSED', failure: 'timed-out' });
  });

  it('is probed with the FIN when only that is left', () => {
    const peer = ScriptedPeer.established({}, 'S. 0(0) ack 1 win 100 mss 1000');
    peer.write(100);
    peer.sends('. 1(0) ack 101 win 0');
    peer.close();
    peer.heard();
    peer.waits(1000);
    expect(peer.heard()).toEqual(['F. 101(0) ack 1']);
    peer.sends('. 1(0) ack 102 win 0');
    expect(peer.connection.state).toBe('FIN-WAIT-2');
  });

  it('may shut over segments that are under way', () => {
    const peer = ScriptedPeer.established({}, 'S. 0(0) ack 1 win 3000 mss 1000');
    peer.write(3000);
    peer.sends('. 1(0) ack 1001 win 0');
    peer.heard();
    peer.waits(1000);
    expect(peer.heard()).toEqual([]);
    peer.waits(2000);
    expect(peer.heard()).toEqual(['. 1001(1) ack 1']);
    peer.sends('. 1(0) ack 1002 win 3000');
    expect(peer.heard()).toEqual(['. 1002(1000) ack 1']);
  });

  it('keeps acknowledging what the peer sends, inside the window', () => {
    const peer = shut();
    peer.waits(1000);
    peer.heard();
    peer.sends('P. 1(1000) ack 2001 win 0').sends('P. 1001(460) ack 2001 win 0');
    peer.waits(ms(200));
    expect(peer.heard()).toEqual(['. 2001(0) ack 1461']);
  });
});
