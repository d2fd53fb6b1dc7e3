import { describe, expect, it } from 'vitest';
import { ms } from '../../../src/base/units.ts';
import { ScriptedPeer } from './scripted-peer.ts';

describe('closing', () => {
  it('first goes through FIN-WAIT-1, FIN-WAIT-2 and TIME-WAIT', () => {
    const peer = ScriptedPeer.established();
    peer.close();
    expect(peer.connection.state).toBe('FIN-WAIT-1');
    expect(peer.heard()).toEqual(['F. 1(0) ack 1']);
    peer.sends('. 1(0) ack 2');
    expect(peer.connection.state).toBe('FIN-WAIT-2');
    peer.sends('F. 1(0) ack 2');
    expect(peer.connection.state).toBe('TIME-WAIT');
    expect(peer.heard()).toEqual(['. 2(0) ack 2']);
    peer.waits(59_999);
    expect(peer.connection.state).toBe('TIME-WAIT');
    peer.waits(1);
    expect(peer.connection.state).toBe('CLOSED');
    expect(peer.connection.failure).toBeUndefined();
  });

  it('second goes through CLOSE-WAIT and LAST-ACK', () => {
    const peer = ScriptedPeer.established();
    peer.sends('F. 1(0) ack 1');
    expect(peer.connection).toMatchObject({ state: 'CLOSE-WAIT', isPeerFinished: true });
    expect(peer.heard()).toEqual(['. 1(0) ack 2']);
    peer.close();
    expect(peer.connection.state).toBe('LAST-ACK');
    expect(peer.heard()).toEqual(['F. 1(0) ack 2']);
    peer.sends('. 2(0) ack 2');
    expect(peer.connection.state).toBe('CLOSED');
    expect(peer.connection.failure).toBeUndefined();
  });

  it('at the same time goes through CLOSING', () => {
    const peer = ScriptedPeer.established();
    peer.close();
    peer.heard();
    peer.sends('F. 1(0) ack 1');
    expect(peer.connection.state).toBe('CLOSING');
    expect(peer.heard()).toEqual(['. 2(0) ack 2']);
    peer.sends('. 2(0) ack 2');
    expect(peer.connection.state).toBe('TIME-WAIT');
  });

  it('skips FIN-WAIT-2 when the FIN of the peer acknowledges ours', () => {
    const peer = ScriptedPeer.established();
    peer.close();
    peer.heard();
    peer.sends('F. 1(0) ack 2');
    expect(peer.connection.state).toBe('TIME-WAIT');
    expect(peer.heard()).toEqual(['. 2(0) ack 2']);
  });

  it('sends what is left first, and puts the FIN on the last segment', () => {
    const peer = ScriptedPeer.established({}, 'S. 0(0) ack 1 win 1000 mss 1000');
    peer.write(1500);
    peer.close();
    expect(peer.connection.state).toBe('FIN-WAIT-1');
    expect(peer.heard()).toEqual(['. 1(1000) ack 1']);
    peer.sends('. 1(0) ack 1001 win 1000');
    expect(peer.heard()).toEqual(['FP. 1001(500) ack 1']);
  });

  it('by half: what comes is taken until the peer ends too', () => {
    const peer = ScriptedPeer.established();
    peer.close();
    peer.sends('. 1(1000) ack 2').sends('F. 1001(500) ack 2');
    expect(peer.read()).toBe(1500);
    expect(peer.connection).toMatchObject({ state: 'TIME-WAIT', isPeerFinished: true });
    expect(peer.heard().at(-1)).toBe('. 2(0) ack 1502');
  });

  it('by half: after the FIN of the peer the rest is still sent, then the FIN', () => {
    const peer = ScriptedPeer.established();
    peer.sends('FP. 1(10) ack 1');
    expect(peer.heard()).toEqual(['. 1(0) ack 12']);
    peer.write(20);
    expect(peer.heard()).toEqual(['P. 1(20) ack 12']);
    peer.sends('. 12(0) ack 21');
    peer.write(30);
    peer.close();
    expect(peer.heard()).toEqual(['P. 21(30) ack 12', 'F. 51(0) ack 12']);
    peer.sends('. 12(0) ack 52');
    expect(peer.connection.state).toBe('CLOSED');
  });

  it('waits for the data before a FIN that came early', () => {
    const peer = ScriptedPeer.established();
    peer.sends('F. 101(100) ack 1');
    expect(peer.connection.state).toBe('ESTABLISHED');
    expect(peer.heard()).toEqual(['. 1(0) ack 1']);
    peer.sends('. 1(100) ack 1');
    expect(peer.connection.state).toBe('CLOSE-WAIT');
    expect(peer.read()).toBe(200);
    expect(peer.heard()).toEqual(['. 1(0) ack 202']);
  });

  it('sends the FIN again until it is acknowledged', () => {
    const peer = ScriptedPeer.established();
    peer.close();
    peer.waits(3000);
    expect(peer.heardWhen()).toEqual(['0 F. 1(0) ack 1', '1000 F. 1(0) ack 1', '3000 F. 1(0) ack 1']);
  });

  it('acknowledges the FIN of the peer again in TIME-WAIT, and waits anew', () => {
    const peer = ScriptedPeer.established({ timeWait: ms(10_000) });
    peer.close();
    peer.sends('F. 1(0) ack 2');
    peer.waits(8000);
    peer.heard();
    peer.sends('F. 1(0) ack 2');
    expect(peer.heard()).toEqual(['. 2(0) ack 2']);
    peer.waits(8000);
    expect(peer.connection.state).toBe('TIME-WAIT');
    peer.waits(2000);
    expect(peer.connection.state).toBe('CLOSED');
  });

  it('takes no more writes', () => {
    const peer = ScriptedPeer.established();
    peer.close();
    expect(peer.write(10)).toBe(0);
    expect(peer.connection.room).toBe(0);
  });

  it('ends an open that was not answered', () => {
    const peer = new ScriptedPeer();
    peer.open();
    peer.close();
    expect(peer.connection.state).toBe('CLOSED');
  });
});

describe('when the user is gone', () => {
  it('what was written still arrives, then the FIN', () => {
    const peer = ScriptedPeer.established();
    peer.write(2000);
    peer.detach();
    expect(peer.heard()).toEqual(['. 1(1460) ack 1', 'P. 1461(540) ack 1', 'F. 2001(0) ack 1']);
  });

  it('and left data unread, the peer gets a RST', () => {
    const peer = ScriptedPeer.established();
    peer.sends('P. 1(10) ack 1');
    peer.detach();
    expect(peer.heard()).toEqual(['R. 1(0) ack 11']);
    expect(peer.connection).toMatchObject({ state: 'CLOSED', failure: 'aborted' });
  });

  it('data that come later get a RST', () => {
    const peer = ScriptedPeer.established();
    peer.detach();
    peer.sends('. 1(0) ack 2');
    peer.heard();
    peer.sends('P. 1(10) ack 2');
    expect(peer.heard()).toEqual(['R. 2(0) ack 1']);
    expect(peer.connection.state).toBe('CLOSED');
  });

  it('the FIN of the peer is awaited for a minute', () => {
    const peer = ScriptedPeer.established();
    peer.detach();
    peer.sends('. 1(0) ack 2');
    peer.waits(59_999);
    expect(peer.connection.state).toBe('FIN-WAIT-2');
    peer.waits(1);
    expect(peer.connection.state).toBe('CLOSED');
  });

  it('a window that stays shut does not keep the connection for ever', () => {
    const peer = ScriptedPeer.established();
    peer.write(1000);
    peer.sends('. 1(0) ack 501 win 0');
    peer.detach();
    for (let minute = 0; minute < 12; minute += 1) {
      peer.waits(60_000);
      peer.sends('. 1(0) ack 501 win 0');
    }
    expect(peer.connection.state).toBe('CLOSED');
  });

  it('ABORT sends a RST and forgets everything', () => {
    const peer = ScriptedPeer.established();
    peer.write(10);
    peer.heard();
    peer.abort();
    expect(peer.heard()).toEqual(['R. 11(0) ack 1']);
    expect(peer.connection).toMatchObject({ state: 'CLOSED', failure: 'aborted' });
    expect(peer.connection.deadline).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('TIME-WAIT', () => {
  it('makes way for a new connection, not for an old SYN', () => {
    const peer = ScriptedPeer.established();
    peer.close();
    peer.sends('F. 1(0) ack 2');
    const syn = {
      sourcePort: 587,
      destinationPort: 49_152,
      acknowledgment: 0,
      flags: 2,
      window: 65_535,
      mss: 1460,
      payload: new Uint8Array(0),
    };
    expect(peer.connection.isReplacedBy({ ...syn, sequence: 0xffff_ff80 + 1000 - 2 ** 32 })).toBe(true);
    expect(peer.connection.isReplacedBy({ ...syn, sequence: 0xffff_ff70 })).toBe(false);
  });

  it('ends early by a RST', () => {
    const peer = ScriptedPeer.established();
    peer.close();
    peer.sends('F. 1(0) ack 2').sends('R 2(0)');
    expect(peer.connection.state).toBe('CLOSED');
    expect(peer.connection.failure).toBeUndefined();
  });
});
