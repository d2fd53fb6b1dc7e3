import { beforeAll, describe, expect, it } from 'vitest';
import { sampleMeasurements } from '../../src/scenario/sample.ts';
import { storyDates } from '../../src/scenario/story.ts';
import { type StoryCell, tellStory } from '../../src/scenario/tell-story.ts';

async function tell(seed: number): Promise<StoryCell[]> {
  const cells: StoryCell[] = [];
  for await (const cell of tellStory(seed, await sampleMeasurements())) {
    cells.push(cell);
  }
  return cells;
}

describe('the story of the notices', () => {
  let cells: StoryCell[] = [];
  beforeAll(async () => {
    cells = await tell(1);
  });

  const endings = (unit: string) =>
    storyDates.map((date) => {
      const cell = cells.find((one) => one.unit === unit && one.date === date);
      return cell?.delivered ? 'mail' : cell?.blockedBy;
    });

  it.each([
    ['as shipped', ['mail', 'OP25B', 'RADIO_NO_SERVICE', 'RADIO_NO_SERVICE']],
    ["by the provider's relay", ['mail', 'mail', 'RADIO_NO_SERVICE', 'RADIO_NO_SERVICE']],
    ['new firmware, old server', ['SMTP_AUTH_NOT_OFFERED', 'OP25B', 'RADIO_NO_SERVICE', 'RADIO_NO_SERVICE']],
    ['the same on port 587', ['TCP_REFUSED', 'TCP_REFUSED', 'RADIO_NO_SERVICE', 'RADIO_NO_SERVICE']],
    ['new firmware and server', ['DNS_NO_SUCH_NAME', 'mail', 'RADIO_NO_SERVICE', 'RADIO_NO_SERVICE']],
    [
      'with a wrong password',
      ['DNS_NO_SUCH_NAME', 'SMTP_AUTH_FAILED', 'RADIO_NO_SERVICE', 'RADIO_NO_SERVICE'],
    ],
    ['new module, firmware 2.0', Array(4).fill('FIRMWARE_UNSUPPORTED_MODULE')],
    ['new module and firmware', ['DNS_NO_SUCH_NAME', 'mail', 'mail', 'RADIO_NO_SERVICE']],
    ['module of today', ['RADIO_NO_SERVICE', 'RADIO_NO_SERVICE', 'RADIO_NO_SERVICE', 'mail']],
    ['card model, as shipped', ['mail', 'OP25B', 'RADIO_NO_SERVICE', 'RADIO_NO_SERVICE']],
    ['card model, new firmware', Array(4).fill('FIRMWARE_WRONG_BOARD')],
  ])('%s: ends as the notices say', (unit, expected) => {
    expect(endings(unit)).toEqual(expected);
  });

  it('does not try a wrong password in a loop', () => {
    const [, refused] = cells.filter(({ unit }) => unit === 'with a wrong password');
    expect(refused).toMatchObject({ outcome: 'refused', attempts: 1 });
  });

  it('hangs up and releases the line after every session that dialled', () => {
    for (const { steps } of cells) {
      const names = steps.map(({ name }) => name);
      expect(names.includes('dial')).toBe(names.includes('hang-up'));
      expect(names.includes('open-line')).toBe(names.includes('close-line'));
    }
  });

  it('is the same with the same seed, octet by octet', async () => {
    expect(await tell(1)).toEqual(cells);
  });

  it('ends the same with any seed', async () => {
    const other = await tell(20_081_001);
    const verdicts = (story: readonly StoryCell[]) => story.map(({ blockedBy }) => blockedBy);
    expect(verdicts(other)).toEqual(verdicts(cells));
  });
});
