/**
 * `npm run fuzz -- [--seed N] [--seconds S] [--only NAME] [--case N]`: every codec and machine against hostile
 * octets. One line for each target; exit status 1 and what gives the case again when something is found.
 */
import { parseArgs } from 'node:util';
import { type CampaignReport, campaign, endless, type Finding, tryCase } from './campaign.ts';
import type { FuzzTarget } from './target.ts';
import { targets } from './targets.ts';
import { startWatchdog } from './watchdog.ts';

const DEFAULT_SECONDS = 20;
/** Each target has so long in any case, whatever the endless streams took. */
const SHORTEST_MS = 300;
const MOST_ITERATIONS = 1_000_000;
/** Longer inputs are shown to this length; the case's number gives the whole. */
const SHOWN_OCTETS = 2048;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seconds: { type: 'string', default: String(DEFAULT_SECONDS) },
    only: { type: 'string' },
    case: { type: 'string' },
  },
});

const wanted = targets.filter(({ name }) => values.only === undefined || name === values.only);
if (wanted.length === 0) {
  console.error(
    `No target is called ${values.only}. There are: ${targets.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}

const strays: string[] = [];
process.on('unhandledRejection', (cause) => strays.push(`unhandled rejection: ${textOfError(cause)}`));
process.on('uncaughtException', (cause) => strays.push(`uncaught exception: ${textOfError(cause)}`));

const seed = values.seed === undefined ? Date.now() % 0x7fff_ffff : Number(values.seed);
console.log(`seed ${seed}`);
const endsAt = performance.now() + Number(values.seconds) * 1000;
const watchdog = startWatchdog();
const endlessFindings: (Finding | undefined)[] = [];
if (values.case === undefined) {
  for (const [index, target] of wanted.entries()) {
    endlessFindings.push(await endless(target, (caseSeed) => watchdog.beat(index, caseSeed)));
  }
}
let failed = 0;
for (const [index, target] of wanted.entries()) {
  const report = await one(target, index);
  const finding = endlessFindings[index] ?? report.finding ?? strayFinding();
  console.log(line(report, finding));
  if (finding !== undefined) {
    failed += 1;
    console.log(reproduction(target, finding));
  }
}
await watchdog.stop();
console.log(`${wanted.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function one(target: FuzzTarget, index: number): Promise<CampaignReport> {
  if (values.case !== undefined) {
    const { finding, length } = await tryCase(target, Number(values.case));
    const report = { target: target.name, iterations: 1, bytes: length, ms: 0 };
    return finding === undefined ? report : { ...report, finding };
  }
  return campaign(target, {
    seed,
    iterations: MOST_ITERATIONS,
    ms: Math.max(SHORTEST_MS, (endsAt - performance.now()) / (wanted.length - index)),
    onCase: (caseSeed) => watchdog.beat(index, caseSeed),
  });
}

function line({ target, iterations, bytes, ms }: CampaignReport, finding: Finding | undefined): string {
  const amount = `${iterations} iterations, ${Math.round(bytes / 1024)} KiB, ${(ms / 1000).toFixed(1)} s`;
  return `${target.padEnd(18)} ${amount}, ${finding === undefined ? 0 : 1} findings`;
}

function reproduction(target: FuzzTarget, { what, caseSeed, octets, cuts }: Finding): string {
  const again = caseSeed === undefined ? `--seed ${seed}` : `--case ${caseSeed}`;
  const lines = [
    `  ${what.replaceAll('\n', '\n  ')}`,
    `  again: npm run fuzz -- --only ${target.name} ${again}`,
  ];
  if (octets !== undefined) {
    const hex = Buffer.from(octets.subarray(0, SHOWN_OCTETS)).toString('hex');
    lines.push(`  ${octets.length} octets: ${hex}${octets.length > SHOWN_OCTETS ? '...' : ''}`);
  }
  if (cuts !== undefined) {
    lines.push(`  in pieces of: ${cuts.slice(0, 100).join(' ')}${cuts.length > 100 ? ' ...' : ''}`);
  }
  return lines.join('\n');
}

function strayFinding(): Finding | undefined {
  const what = strays.splice(0).at(0);
  return what === undefined ? undefined : { what };
}

function textOfError(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
