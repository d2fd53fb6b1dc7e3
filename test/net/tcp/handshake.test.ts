import { describe, expect, it } from 'vitest';
import { ms } from '../../../src/base/units.ts';
import { ScriptedPeer } from './scripted-peer.ts';

describe('the handshake of an active open', () => {
  it('is SYN, SYN,ACK, ACK', () => {
    const peer = new ScriptedPeer();
    peer.open();
    expect(peer.heard()).toEqual(['S 0(0) mss 1460']);
    expect(peer.connection.state).toBe('SYN-SENT');
    peer.sends('S. 0(0) ack 1 mss 1460');
    expect(peer.connection.state).toBe('ESTABLISHED');
    expect(peer.heard()).toEqual(['. 1(0) ack 1']);
  });

  it('sends the SYN again after 1, 2, 4, 8, ... s', () => {
    const peer = new ScriptedPeer();
    peer.open();
    peer.waits(31_000);
    expect(peer.heardWhen()).toEqual(
      [0, 1000, 3000, 7000, 15_000, 31_000].map((time) => `${time} S 0(0) mss 1460`),
    );
  });

  it('gives up exactly at the time that the caller set', () => {
    const peer = new ScriptedPeer({ synTimeout: ms(20_000) });
    peer.open();
    peer.heard();
    peer.waits(19_999);
    expect(peer.connection.state).toBe('SYN-SENT');
    peer.waits(1);
    expect(peer.connection).toMatchObject({ state: 'CLOSED', failure: 'timed-out', retransmissions: 4 });
  });

  it('is refused by a RST that acknowledges the SYN', () => {
    const peer = new ScriptedPeer();
    peer.open();
    peer.heard();
    peer.sends('R. 0(0) ack 1');
    expect(peer.connection).toMatchObject({ state: 'CLOSED', failure: 'refused' });
    expect(peer.heard()).toEqual([]);
  });

  it('is not refused by a RST that does not acknowledge the SYN', () => {
    const peer = new ScriptedPeer();
    peer.open();
    peer.heard();
    peer.sends('R 0(0)').sends('R. 0(0) ack 2').sends('R. 0(0) ack 0');
    expect(peer.connection.state).toBe('SYN-SENT');
  });

  it('answers an ACK of something never sent with a RST, and waits on', () => {
    const peer = new ScriptedPeer();
    peer.open();
    peer.heard();
    peer.sends('S. 0(0) ack 77');
    expect(peer.heard()).toEqual(['R 77(0)']);
    expect(peer.connection.state).toBe('SYN-SENT');
  });

  it('ignores an ACK without SYN, and data without SYN', () => {
    const peer = new ScriptedPeer();
    peer.open();
    peer.heard();
    peer.sends('. 1(0) ack 1').sends('P. 1(10) ack 1');
    expect(peer.heard()).toEqual([]);
    expect(peer.connection.state).toBe('SYN-SENT');
  });

  it('ends before it began when a router says that the peer is unreachable', () => {
    const peer = new ScriptedPeer();
    peer.open();
    peer.heard();
    peer.connection.unreachable();
    expect(peer.connection).toMatchObject({ state: 'CLOSED', failure: 'unreachable' });
  });

  it('does not end because of a router once it is established', () => {
    const peer = ScriptedPeer.established();
    peer.connection.unreachable();
    expect(peer.connection.state).toBe('ESTABLISHED');
  });

  it('takes data and a FIN that come with the SYN,ACK', () => {
    const peer = new ScriptedPeer();
    peer.open();
    peer.heard();
    peer.sends('SF. 0(0) ack 1');
    expect(peer.connection.state).toBe('CLOSE-WAIT');
    expect(peer.heard()).toEqual(['. 1(0) ack 2']);
  });

  it('answers the peer who did not get the last ACK', () => {
    const peer = ScriptedPeer.established();
    peer.sends('S. 0(0) ack 1 mss 1460');
    expect(peer.heard()).toEqual(['. 1(0) ack 1']);
    expect(peer.connection.state).toBe('ESTABLISHED');
  });
});

describe('the handshake of a passive open', () => {
  it('is SYN, SYN,ACK, ACK, also when the ISN makes the acknowledgment wrap', () => {
    const peer = new ScriptedPeer();
    peer.opens('S 0(0) mss 1460');
    expect(peer.heard()).toEqual(['S. 0(0) ack 1 mss 1460']);
    peer.sends('. 1(0) ack 1');
    expect(peer.connection.state).toBe('ESTABLISHED');
  });

  it('takes data that come with the last ACK', () => {
    const peer = new ScriptedPeer();
    peer.opens('S 0(0) mss 1460').sends('P. 1(20) ack 1');
    expect(peer.connection.state).toBe('ESTABLISHED');
    expect(peer.read()).toBe(20);
  });

  it('sends the SYN,ACK again for the same SYN, and by itself, and gives up', () => {
    const peer = new ScriptedPeer({ synTimeout: ms(10_000) });
    peer.opens('S 0(0) mss 1460');
    peer.waits(500);
    peer.sends('S 0(0) mss 1460');
    peer.waits(9500);
    expect(peer.heardWhen()).toEqual(
      [0, 500, 1000, 3000, 7000].map((time) => `${time} S. 0(0) ack 1 mss 1460`),
    );
    expect(peer.connection).toMatchObject({ state: 'CLOSED', failure: 'timed-out' });
  });

  it('answers a wrong acknowledgment with a RST and waits on', () => {
    const peer = new ScriptedPeer();
    peer.opens('S 0(0) mss 1460');
    peer.heard();
    peer.sends('. 1(0) ack 500');
    expect(peer.heard()).toEqual(['R 500(0)']);
    expect(peer.connection.state).toBe('SYN-RECEIVED');
  });

  it('goes back to LISTEN, which is its end, for a RST or another SYN in the window', () => {
    for (const text of ['R 1(0)', 'S 100(0)']) {
      const peer = new ScriptedPeer();
      peer.opens('S 0(0) mss 1460').sends(text);
      expect(peer.connection).toMatchObject({ state: 'CLOSED', failure: 'reset' });
    }
  });

  it('holds back a CLOSE until the handshake is over', () => {
    const peer = new ScriptedPeer();
    peer.opens('S 0(0) mss 1460');
    peer.close();
    peer.heard();
    peer.sends('. 1(0) ack 1');
    expect(peer.connection.state).toBe('FIN-WAIT-1');
    expect(peer.heard()).toEqual(['F. 1(0) ack 1']);
  });
});

describe('a simultaneous open', () => {
  it('comes to ESTABLISHED when both SYNs cross', () => {
    const peer = new ScriptedPeer();
    peer.open();
    expect(peer.heard()).toEqual(['S 0(0) mss 1460']);
    peer.sends('S 0(0) mss 1460');
    expect(peer.connection.state).toBe('SYN-RECEIVED');
    expect(peer.heard()).toEqual(['S. 0(0) ack 1 mss 1460']);
    peer.sends('S. 0(0) ack 1 mss 1460');
    expect(peer.connection.state).toBe('ESTABLISHED');
    expect(peer.write(5)).toBe(5);
    expect(peer.heard().at(-1)).toBe('P. 1(5) ack 1');
  });

  it('is refused by a RST', () => {
    const peer = new ScriptedPeer();
    peer.open();
    peer.sends('S 0(0) mss 1460').sends('R. 1(0) ack 1');
    expect(peer.connection).toMatchObject({ state: 'CLOSED', failure: 'refused' });
  });
});

describe('the maximum segment size', () => {
  const sizes = (mtu: number, mru: number, mss: string) => {
    const peer = new ScriptedPeer({ mtu, mru });
    peer.open();
    const [syn = ''] = peer.heard();
    peer.sends(`S. 0(0) ack 1 win 65535${mss}`);
    peer.heard();
    peer.write(4000);
    const [first = ''] = peer.heard();
    return { announced: Number(/mss (\d+)/.exec(syn)?.[1]), sent: Number(/\((\d+)\)/.exec(first)?.[1]) };
  };

  it('is announced as what this side takes, less 40', () => {
    expect(sizes(1500, 1500, ' mss 1460').announced).toBe(1460);
    expect(sizes(576, 1500, ' mss 1460').announced).toBe(1460);
    expect(sizes(1500, 576, ' mss 1460').announced).toBe(536);
  });

  it('is the smaller of what the peer takes and what the link takes, less 40', () => {
    expect(sizes(1500, 1500, ' mss 1460').sent).toBe(1460);
    expect(sizes(576, 1500, ' mss 1460').sent).toBe(536);
    expect(sizes(1500, 1500, ' mss 1000').sent).toBe(1000);
  });

  it('is 536 for a peer that does not say', () => {
    expect(sizes(1500, 1500, '').sent).toBe(536);
    expect(sizes(296, 1500, '').sent).toBe(256);
  });

  it('is not made absurdly small by a peer', () => {
    expect(sizes(1500, 1500, ' mss 1').sent).toBe(64);
    expect(sizes(1500, 1500, ' mss 0').sent).toBe(64);
  });
});
