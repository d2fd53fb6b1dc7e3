/** Which module it is, and whether it takes what its profile sends it. */
import { seconds } from '../../base/units.ts';
import type { Modem } from '../../modem/modem.ts';
import { CommandError } from '../../modem/modem-error.ts';
import { moduleProfileSchema } from '../../modem/module-profile.ts';
import type { Bench } from '../bench.ts';
import { learnProfile } from '../learn-profile.ts';
import {
  type ModuleFacts,
  matchProfiles,
  type Probe,
  type ProfileMatch,
  probes,
  SURE_ENOUGH,
} from '../profile-match.ts';
import { finding, ok, type Station, type StationResult } from '../station.ts';

export const identity: Station = {
  name: 'identity',
  title: 'identity, firmware, profile',
  needs: ['autobaud'],
  limit: seconds(60),
  async run(bench: Bench): Promise<StationResult> {
    const { profile } = bench.options;
    if (profile !== 'auto') {
      return start(bench, bench.useProfile(profile));
    }
    const match = chooseProfile(await readFacts(bench), bench);
    bench.match = match;
    return start(bench, bench.useProfile(match.profile), match);
  },
};

async function start(bench: Bench, modem: Modem, match?: ProfileMatch): Promise<StationResult> {
  const found = await modem.start();
  bench.identity = found;
  const { manufacturer, model, revision, serialNumber, capabilities } = found;
  const who =
    [manufacturer, model, revision].filter((word) => word !== '').join(' ') ||
    'a module that does not say who it is';
  const measurement = {
    manufacturer,
    model,
    revision,
    serialNumber,
    capabilities,
    profile: bench.profile.name,
    ...(match === undefined ? {} : { score: match.score, reasons: match.reasons }),
  };
  if (match?.isLearned === true) {
    return finding(
      'warning',
      'BENCH_UNKNOWN_MODULE',
      `${who}: no known profile; going on with one made from its answers (${match.score} % sure)`,
      {
        measurement,
        advice: 'Keep it with --learn FILE, correct it by the data sheet, and use it with --profile FILE.',
      },
    );
  }
  const sure = match === undefined ? '' : ` (${match.score} % sure)`;
  return ok(`${who}: profile ${bench.profile.name}${sure}`, measurement);
}

/** Asks a module whose kind is not known yet; nothing that is asked changes it, save echo and result codes. */
export async function readFacts(bench: Bench): Promise<ModuleFacts> {
  const bitRate = bench.bitRate ?? bench.line.baudRate;
  const modem = bench.probe(anyModule(bitRate));
  try {
    const found = await modem.start();
    bench.identity = found;
    const answers: Partial<Record<Probe, string | null>> = {};
    for (const probe of probes) {
      answers[probe] = await answerOf(modem, probe);
    }
    return { identity: found, answers, bitRate };
  } finally {
    await modem.close();
  }
}

async function answerOf(modem: Modem, probe: Probe): Promise<string | null> {
  try {
    return (await modem.send(probe)).join(' ');
  } catch (failure) {
    if (failure instanceof CommandError && failure.code === 'MODEM_COMMAND_FAILED') {
      // A SIM that is missing is a refusal of another kind: the question itself is known (27.007 9.2).
      return failure.kind === 'CME' && failure.number !== undefined && failure.number !== 4 ? '' : null;
    }
    throw failure;
  }
}

function chooseProfile(facts: ModuleFacts, bench: Bench): ProfileMatch {
  const [best] = matchProfiles(facts, bench.options.candidates);
  return best !== undefined && best.score >= SURE_ENOUGH ? best : learnProfile(facts).match;
}

/** What can be said to every module. */
const anyModule = (bitRate: number) =>
  moduleProfileSchema.parse({
    name: 'any',
    title: 'any module',
    family: '3gpp',
    bands: ['lte-b18'],
    identity: { manufacturer: '', model: '', revision: '', serialNumber: '', capabilities: '' },
    line: { baudRate: bitRate, autobaud: [bitRate] },
    dial: { number: '*99#', timeoutMs: 60_000 },
    init: [],
    timeoutsMs: { command: 5_000, registration: 120_000, hangUp: 5_000 },
  });
