import { describe, expect, it } from 'vitest';
import type { Given } from '../given.ts';
import { changed, recordedBench, replayedBench } from './given.ts';

const identity: Given = { only: ['identity', 'signal'] };
const call: Given = { only: ['dial', 'ppp', 'hang-up'] };
const network: Given = { only: ['names', 'latency', 'port-25', 'submission-ports', 'escape', 'hang-up'] };

describe('a bench that was recorded', () => {
  it('says the same to its recording: commands', async () => {
    const recording = await recordedBench(identity);
    expect(await replayedBench(recording, identity)).toMatchObject({ outcome: 'same' });
  });

  it.each([1, 7])('says the same to its recording: a call and PPP, by seed %i', async (seed) => {
    const recording = await recordedBench({ ...call, world: { seed } });
    const verdict = await replayedBench(recording, call);
    expect(verdict.difference).toBeUndefined();
    expect(verdict).toMatchObject({ outcome: 'same' });
  });

  it.each([1, 7])('says the same to its recording: names, echoes and TCP, by seed %i', async (seed) => {
    const recording = await recordedBench({ ...network, world: { seed } });
    const verdict = await replayedBench(recording, network);
    expect(verdict.difference).toBeUndefined();
  });

  it('is told the first command that it says otherwise', async () => {
    const recording = changed(await recordedBench(identity), 'dte', 'AT+CSQ', 'AT+CSQ=?');
    const verdict = await replayedBench(recording, identity);
    expect(verdict).toMatchObject({
      outcome: 'different',
      difference: { expected: '"AT+CSQ=?"', found: '"AT+CSQ"' },
    });
    expect(verdict.difference?.recorded.at(-1)).toMatch(/^dce/);
  });
});
