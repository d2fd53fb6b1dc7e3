import { describe, expect, it } from 'vitest';
import { compareReports } from '../../src/bench/compare.ts';
import { learnedProfileText, learnProfile } from '../../src/bench/learn-profile.ts';
import { matchProfiles } from '../../src/bench/profile-match.ts';
import { readModule } from '../../src/bench/read-module.ts';
import { htmlReport } from '../../src/bench/report-html.ts';
import { junitReport } from '../../src/bench/report-junit.ts';
import { textReport } from '../../src/bench/report-text.ts';
import { defaultCalendar } from '../../src/config/calendar.ts';
import { parseModuleProfile } from '../../src/modem/module-profile-file.ts';
import { moduleProfiles } from '../../src/modem/profiles.ts';
import { inWorld } from '../../src/scenario/world.ts';
import { at, bench, profileOf } from './given.ts';

describe('reports', () => {
  it('tell a failure with code, advice and dialogue, each in its form', async () => {
    const report = await bench({ faults: ['busy'] });
    expect(textReport(report)).toMatch(/✘ dial .*MODEM_BUSY.*\n {4}Dial again[^\n]*\n[\s\S]*> ATD\*99/);
    expect(junitReport(report)).toContain(
      '<failure message="Dialling *99***1# ended with BUSY." type="MODEM_BUSY">',
    );
    const page = htmlReport(report);
    expect(page).toContain('<code>MODEM_BUSY</code>');
    expect(page).toContain('<polyline points=');
    expect(page).toContain('<details>');
    expect(page).not.toMatch(/<script|src=|https?:/);
  });
});

describe('the comparison of two reports', () => {
  it('finds nothing between equals, and what got worse between others', async () => {
    const good = await bench({ only: ['signal', 'dial'] });
    const bad = await bench({ only: ['signal', 'dial'], faults: ['busy', 'weak-signal:dbm=-103'] });
    expect(compareReports(good, good)).toMatchObject({ isWorse: false });
    const { isWorse, changes } = compareReports(good, bad);
    expect(isWorse).toBe(true);
    expect(changes.filter(({ trend }) => trend === 'worse').map(({ name }) => name)).toEqual([
      'signal',
      'dial',
    ]);
    expect(compareReports(bad, good).isWorse).toBe(false);
  });
});

describe('a profile that was learned', () => {
  it.each(['existing', 'dual-band', '3gpp'])('is one that loads, and fits: %s', async (module) => {
    const facts = await inWorld({ at: at('2008-11-01'), seed: 1 }, ({ connect, random }) =>
      readModule({
        port: 'memory',
        profile: 'auto',
        candidates: [],
        at: at('2008-11-01'),
        calendar: defaultCalendar,
        random,
        openLine: async () => connect(profileOf(module)),
      }),
    );
    const learned = learnProfile(facts);
    const loaded = parseModuleProfile('learned.yaml', learnedProfileText(learned));
    expect(loaded).toEqual(learned.profile);
    expect(loaded.family).toBe(profileOf(module).family);
    expect(loaded.identity).toEqual(profileOf(module).identity);
    expect(loaded.factory.registers).toEqual({ '7': 50, '12': 50 });
    const [best, next] = matchProfiles(facts, moduleProfiles);
    expect(best?.profile.name).toBe(module);
    expect((best?.score ?? 0) - (next?.score ?? 0)).toBeGreaterThan(25);
  });
});
