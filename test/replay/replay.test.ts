import { describe, expect, it } from 'vitest';
import type { RecordedEvent } from '../../src/config/recording.ts';
import { type Given, verdicts } from '../bench/given.ts';
import { changed, parsed, recordedBench, replayedBench, replayedToModule } from './given.ts';

const identity: Given = { only: ['identity', 'signal'] };
const call: Given = { only: ['dial', 'ppp', 'hang-up'] };
const network: Given = { only: ['names', 'latency', 'port-25', 'submission-ports', 'escape', 'hang-up'] };

describe('a recorded bench, played as the module', () => {
  it.each([
    ['commands', identity],
    ['a call and PPP', call],
    ['names, echoes and TCP connections', network],
  ])('hears the same and lets the bench see the same: %s', async (_, given) => {
    const recording = await recordedBench({ ...given, world: { seed: 7 } });
    const { verdict, report } = await replayedBench(recording, given);
    expect(verdict.difference).toBeUndefined();
    expect(verdict.heard).toBe(verdict.steps);
    expect(verdict.steps).toBeGreaterThan(5);
    const passed = Object.entries(verdicts(report)).filter(([, each]) => each === 'ok');
    expect(passed.map(([name]) => name)).toEqual(expect.arrayContaining([...(given.only ?? [])]));
  });

  it('names the first command that is another one, where it stands and what came before', async () => {
    const recording = changed(await recordedBench(identity), 'dte', 'AT+CSQ', 'AT+CSQ=?');
    const { verdict } = await replayedBench(recording, identity);
    expect(verdict).toMatchObject({
      outcome: 'different',
      difference: { expected: '"AT+CSQ=?"', found: '"AT+CSQ"' },
    });
    expect(verdict.difference?.recorded.at(-1)).toMatch(/^dce/);
    const line = verdict.difference?.line ?? 0;
    expect(recording.events[line - 2]).toMatchObject({ from: 'dte', text: 'AT+CSQ=?\r' });
  });

  it('takes what a person has written for what may change', async () => {
    const recording = changed(await recordedBench(identity), 'dte', 'AT+CSQ', 'AT+OLD');
    const events = recording.events.map((event) =>
      'from' in event && event.text === 'AT+OLD\r' ? { ...event, match: 'AT\\+[A-Z]{3}' } : event,
    );
    const { verdict } = await replayedBench({ ...recording, events }, identity);
    expect(verdict.outcome).toBe('same');
  });

  it('hears nothing wrong where secrets are masked', async () => {
    const recording = await recordedBench(call, ['au-secret']);
    const { verdict } = await replayedBench(recording, call);
    expect(verdict.difference).toBeUndefined();
  });

  it('tells that the device has said less, or more', async () => {
    const recording = await recordedBench(identity);
    const short = { ...recording, events: recording.events.slice(0, -20) };
    expect((await replayedBench(short, identity)).verdict.difference).toMatchObject({ expected: 'the end' });
    const long = await recordedBench({ only: ['identity', 'signal', 'registration'] });
    expect((await replayedBench(long, { only: ['identity'] })).verdict.outcome).toBe('different');
  });
});

describe('a recorded bench, played as the device', () => {
  it.each([
    ['commands', identity],
    ['names, echoes and an escape', { only: ['names', 'latency', 'escape', 'hang-up'] } satisfies Given],
  ])('hears the same from a module of the same kind: %s', async (_, given) => {
    // The same seed: the network's CHAP challenge is the recorded one, or else the response would not fit.
    const recording = await recordedBench(given);
    const verdict = await replayedToModule(recording, '3gpp', 1);
    expect(verdict.difference).toBeUndefined();
    const says = (text: string) =>
      recording.events.some((event) => 'from' in event && event.text?.includes(text) === true);
    expect(says('+++')).toBe(given !== identity);
  });

  it('does not mind whether the module repeats commands at first', async () => {
    const recording = await recordedBench(identity);
    const first = recording.events.find((event) => 'from' in event && event.from === 'dte');
    const echo = first !== undefined && 'from' in first ? (first.text ?? '') : '';
    const isEcho = (event: RecordedEvent) =>
      'from' in event && event.from === 'dce' && event.text?.startsWith(echo) === true;
    const events = recording.events.map(
      (event): RecordedEvent =>
        isEcho(event) && 'text' in event ? { ...event, text: event.text?.slice(echo.length) } : event,
    );
    expect(recording.events.some(isEcho)).toBe(true);
    expect((await replayedToModule({ ...recording, events }, '3gpp', 1)).outcome).toBe('same');
  });

  it('tells another module by its first other answer', async () => {
    const recording = await recordedBench(identity);
    const verdict = await replayedToModule(recording, 'dual-band', 1);
    expect(verdict).toMatchObject({ outcome: 'different' });
  });
});

describe('a recording', () => {
  const header = (schema: string) =>
    JSON.stringify({ schema, startedAt: '', port: 'a', baudRate: 9600, isRedacted: false });

  it('of another version, cut off, or with a line that is none, says what is the matter', () => {
    const known = header('kadec21/recording/1');
    expect(() => parsed(`${header('kadec21/recording/2')}\n`)).toThrow(
      'this is "kadec21/recording/2", which another release of kadec21 has written',
    );
    expect(() => parsed('{"schema":"kadec21/recording/1"}\n')).toThrow('a header with startedAt');
    expect(() => parsed('\0')).toThrow('expected a header with "schema"');
    expect(() => parsed(`${known}\n{"at":1,"from":"dte","te`)).toThrow('line 2: the recording breaks off');
    expect(() => parsed(`${known}\n{"at":1,"from":"dte","te\n`)).toThrow('line 2: expected an event');
    expect(parsed(`${known}\n{"at":1,"from":"dte","text":"AT"}`).events).toHaveLength(1);
  });

  it('is refused where a pattern is none', () => {
    const header =
      '{"schema":"kadec21/recording/1","startedAt":"","port":"a","baudRate":9600,"isRedacted":false}';
    expect(() => parsed(`${header}\n{"at":1,"from":"dte","text":"AT\\r","match":"("}\n`)).toThrow('line 2');
  });
});
