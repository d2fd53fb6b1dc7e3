/** Faults held against stations: the one that should notice does, names the cause and what to do; the others do not fail. */
import { describe, expect, it } from 'vitest';
import type { StationName } from '../../src/bench/station.ts';
import { faultKinds } from '../../src/config/fault.ts';
import { parseFault } from '../../src/config/fault-text.ts';
import { bench } from './given.ts';

/** The fault, what notices it, its code; then what else is allowed not to be good. */
export type FaultRow = readonly [
  fault: string,
  station: StationName | 'none',
  code: string,
  ...also: readonly StationName[],
];

/** @param module kind of module that the bench stands in front of */
export function describeFaultMatrix(module: string, rows: readonly FaultRow[]): void {
  describe('every fault against every station', () => {
    it.each(rows)('%s: %s', async (fault, noticedBy, code, ...also) => {
      const report = await bench({ module, faults: [fault] });
      const bad = report.stations.filter(({ verdict }) => verdict === 'failed' || verdict === 'warning');
      const [first, ...others] = bad;
      if (noticedBy === 'none') {
        expect(bad).toEqual([]);
        return;
      }
      expect([first?.name, first?.code, first?.summary]).toEqual([
        noticedBy,
        code,
        expect.stringMatching(/\S{2}/),
      ]);
      expect(first?.advice).toMatch(/\S+ \S+/);
      expect(first?.evidence).not.toEqual([]);
      const unexpected = others.filter(({ name }) => !also.includes(name));
      expect(unexpected.map((other) => [other.name, other.code])).toEqual([]);
    });

    it('leaves no kind of fault out', () => {
      const tried = new Set(rows.map(([fault]) => parseFault(fault).fault));
      // No station fetches mail.
      expect(faultKinds.filter((kind) => !tried.has(kind) && !kind.startsWith('pop3-'))).toEqual([]);
    });
  });
}
