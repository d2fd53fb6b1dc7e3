import { describe, expect, it } from 'vitest';
import { ScriptedPeer } from './scripted-peer.ts';

describe('receiving', () => {
  it('acknowledges a lone small segment within 200 ms', () => {
    const peer = ScriptedPeer.established();
    peer.sends('P. 1(10) ack 1');
    peer.waits(199);
    expect(peer.heard()).toEqual([]);
    peer.waits(1);
    expect(peer.heard()).toEqual(['. 1(0) ack 11']);
  });

  it('acknowledges every second full segment at once', () => {
    const peer = ScriptedPeer.established();
    peer.sends('. 1(1460) ack 1');
    expect(peer.heard()).toEqual([]);
    peer.sends('. 1461(1460) ack 1');
    expect(peer.heard()).toEqual(['. 1(0) ack 2921']);
    peer.sends('. 2921(1460) ack 1').sends('. 4381(1460) ack 1');
    expect(peer.heard()).toEqual(['. 1(0) ack 5841']);
  });

  it('counts segments of 536 octets as full when the peer sends no larger ones', () => {
    const peer = ScriptedPeer.established();
    peer.sends('. 1(536) ack 1').sends('. 537(536) ack 1');
    expect(peer.heard()).toEqual(['. 1(0) ack 1073']);
  });

  it('lets data carry the acknowledgment', () => {
    const peer = ScriptedPeer.established();
    peer.sends('P. 1(10) ack 1');
    peer.write(20);
    expect(peer.heard()).toEqual(['P. 1(20) ack 11']);
    peer.waits(500);
    expect(peer.heard()).toEqual([]);
  });

  it('answers every segment ahead of the order with a duplicate at once', () => {
    const peer = ScriptedPeer.established();
    peer.sends('. 1461(1460) ack 1').sends('. 2921(1460) ack 1').sends('. 4381(1460) ack 1');
    expect(peer.heard()).toEqual(['. 1(0) ack 1', '. 1(0) ack 1', '. 1(0) ack 1']);
  });

  it('puts segments into order, and acknowledges at once when a gap is filled', () => {
    const peer = ScriptedPeer.established();
    peer.sends('. 2921(1460) ack 1').sends('. 1461(1460) ack 1');
    expect(peer.read()).toBe(0);
    peer.heard();
    peer.sends('. 1(1460) ack 1');
    expect(peer.heard()).toEqual(['. 1(0) ack 4381']);
    expect(peer.read()).toBe(4380);
  });

  it('acknowledges at once what fills a gap in part', () => {
    const peer = ScriptedPeer.established();
    peer.sends('. 2921(1460) ack 1');
    peer.heard();
    peer.sends('. 1(1460) ack 1');
    expect(peer.heard()).toEqual(['. 1(0) ack 1461']);
  });

  it('keeps a window of segments of 256 octets ahead of the order', () => {
    const peer = ScriptedPeer.established();
    for (let from = 257; from < 65_535; from += 256) {
      peer.sends(`. ${from}(${Math.min(256, 65_536 - from)}) ack 1`);
    }
    peer.heard();
    peer.sends('. 1(256) ack 1');
    expect(peer.heard()).toEqual(['. 1(0) ack 65536']);
  });

  it('keeps the nearest of pieces ahead of the order, when they are too many', () => {
    const peer = ScriptedPeer.established();
    for (let from = 32_769; from < 33_769; from += 2) {
      peer.sends(`. ${from}(1) ack 1`);
    }
    peer.sends('. 257(256) ack 1');
    peer.heard();
    peer.sends('. 1(256) ack 1');
    expect(peer.heard()).toEqual(['. 1(0) ack 513']);
  });

  it('takes what is new of segments that overlap, in any order', () => {
    const peer = ScriptedPeer.established();
    peer
      .sends('. 101(100) ack 1')
      .sends('. 51(100) ack 1')
      .sends('. 151(200) ack 1')
      .sends('. 1(120) ack 1')
      .sends('. 11(20) ack 1')
      .sends('. 251(100) ack 1');
    expect(peer.read()).toBe(350);
  });

  it('acknowledges at once what it has already', () => {
    const peer = ScriptedPeer.established();
    peer.sends('P. 1(10) ack 1');
    peer.waits(1000);
    peer.heard();
    peer.sends('P. 1(10) ack 1');
    expect(peer.heard()).toEqual(['. 1(0) ack 11']);
    expect(peer.read()).toBe(10);
  });

  it('answers a keepalive, which repeats the octet before the window', () => {
    const peer = ScriptedPeer.established();
    peer.sends('. 0(0) ack 1');
    expect(peer.heard()).toEqual(['. 1(0) ack 1']);
  });

  it('shuts the window as far as the reader does not read, and opens it by itself when it does', () => {
    const peer = ScriptedPeer.established({ receiveBufferBytes: 4000 });
    peer.sends('. 1(1460) ack 1').sends('. 1461(1460) ack 1').sends('. 2921(1080) ack 1');
    peer.waits(200);
    expect(peer.heardWindows()).toEqual(['. 1(0) ack 2921 win 1080', '. 1(0) ack 4001 win 0']);
    expect(peer.read()).toBe(4000);
    expect(peer.heardWindows()).toEqual(['. 1(0) ack 4001 win 4000']);
  });

  it('opens the window only by steps worth a segment', () => {
    const peer = ScriptedPeer.established({ receiveBufferBytes: 8000 });
    for (let position = 1; position < 8001; position += 1000) {
      peer.sends(`. ${position}(1000) ack 1`);
    }
    peer.heard();
    peer.connection.read();
    expect(peer.heard()).toEqual([]);
    peer.connection.read();
    expect(peer.heard()).toEqual([]);
    peer.connection.read();
    expect(peer.heardWindows()).toEqual(['. 1(0) ack 8001 win 3000']);
  });

  it('never takes the right edge of the window back', () => {
    const peer = ScriptedPeer.established({ receiveBufferBytes: 4000 });
    let edge = 4001;
    for (let position = 1; position < 4001; position += 500) {
      peer.sends(`. ${position}(500) ack 1`);
      peer.write(1);
      for (const line of peer.heardWindows()) {
        const [, acknowledged, window] = /ack (\d+) win (\d+)/.exec(line) ?? [];
        expect(Number(acknowledged) + Number(window)).toBeGreaterThanOrEqual(edge);
        edge = Number(acknowledged) + Number(window);
      }
    }
  });

  it('answers a probe of its shut window, without taking the octet', () => {
    const peer = ScriptedPeer.established({ receiveBufferBytes: 1000 });
    peer.sends('. 1(1000) ack 1');
    peer.waits(200);
    peer.heard();
    peer.sends('. 1001(1) ack 1');
    expect(peer.heardWindows()).toEqual(['. 1(0) ack 1001 win 0']);
    expect(peer.read()).toBe(1000);
  });

  it('heeds the acknowledgment that comes with a probe', () => {
    const peer = ScriptedPeer.established({ receiveBufferBytes: 1000 });
    peer.write(50);
    peer.sends('. 1(1000) ack 1').sends('. 1001(1) ack 51');
    expect(peer.connection.acknowledgedBytes).toBe(50);
  });

  it('cuts off what lies beyond the window', () => {
    const peer = ScriptedPeer.established({ receiveBufferBytes: 1000 });
    peer.sends('. 501(1000) ack 1').sends('. 1(500) ack 1');
    expect(peer.read()).toBe(1000);
    expect(peer.heard().at(-1)).toBe('. 1(0) ack 1001');
  });

  it('holds no more than its buffer, whatever comes', () => {
    const peer = ScriptedPeer.established({ receiveBufferBytes: 3000 });
    for (let position = 2999; position >= 1; position -= 1) {
      peer.sends(`. ${position}(1460) ack 1`);
      expect(peer.connection.heldBytes).toBeLessThanOrEqual(3000);
    }
    // Single octets ahead of the order are kept up to a number; the peer sends the others again.
    expect(peer.read()).toBeGreaterThanOrEqual(1460);
  });

  it('ignores segments without an ACK', () => {
    const peer = ScriptedPeer.established();
    peer.sends('P 1(10)');
    expect(peer.read()).toBe(0);
    expect(peer.heard()).toEqual([]);
  });
});

describe('a segment that fits nowhere', () => {
  it('is a RST that hits the next octet exactly: the connection is reset', () => {
    const peer = ScriptedPeer.established();
    peer.sends('R 1(0)');
    expect(peer.connection).toMatchObject({ state: 'CLOSED', failure: 'reset' });
    expect(peer.heard()).toEqual([]);
  });

  it('is a RST elsewhere in the window: it is challenged', () => {
    const peer = ScriptedPeer.established();
    peer.sends('R 2(0)');
    expect(peer.heard()).toEqual(['. 1(0) ack 1']);
    expect(peer.connection.state).toBe('ESTABLISHED');
  });

  it('is a RST outside the window: it is ignored', () => {
    const peer = ScriptedPeer.established();
    peer.sends('R 0(0)').sends('R 70000(0)');
    expect(peer.heard()).toEqual([]);
    expect(peer.connection.state).toBe('ESTABLISHED');
  });

  it('is a SYN, wherever: it is challenged', () => {
    const peer = ScriptedPeer.established();
    peer.sends('S 1(0)').sends('S 5000(0)').sends('S -5000(0)');
    expect(peer.heard()).toEqual(['. 1(0) ack 1', '. 1(0) ack 1', '. 1(0) ack 1']);
    expect(peer.connection.state).toBe('ESTABLISHED');
  });

  it('is outside the window: it is answered, but not without end', () => {
    const peer = ScriptedPeer.established();
    for (let count = 0; count < 100; count += 1) {
      peer.sends('. 70000(0) ack 1');
    }
    expect(peer.heard()).toHaveLength(10);
    peer.waits(5000);
    peer.sends('. 70000(0) ack 1');
    expect(peer.heard()).toHaveLength(1);
  });

  it('carries a far too old acknowledgment: it is challenged and dropped', () => {
    const peer = ScriptedPeer.established({}, 'S. 0(0) ack 1 win 1000 mss 1460');
    peer.write(1000);
    peer.sends('. 1(0) ack 1001 win 1000');
    peer.heard();
    peer.sends('P. 1(5) ack -500');
    expect(peer.heard()).toEqual(['. 1001(0) ack 1']);
    expect(peer.read()).toBe(0);
  });
});
