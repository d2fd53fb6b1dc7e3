/** The call: dialling, PPP on it, leaving and coming back to data state, hanging up, and a reset in the middle. */
import { pause } from '../../base/pause.ts';
import type { TraceEvent } from '../../base/trace.ts';
import { ms, seconds } from '../../base/units.ts';
import { now } from '../../base/virtual-time.ts';
import { CommandError } from '../../modem/modem-error.ts';
import { formatIpv4 } from '../../wire/ipv4.ts';
import type { Bench } from '../bench.ts';
import { finding, NOT_APPLICABLE, ok, type Station, type StationResult } from '../station.ts';
import { look } from './radio.ts';

/** A call that takes longer to come about costs the battery. */
const SLOW_CONNECT = seconds(20);
/** Over a slow way as well. */
const ECHO_LIMIT = seconds(15);
const BOOT_LIMIT = seconds(60);
const BOOT_POLL = seconds(2);

export const dial: Station = {
  name: 'dial',
  title: 'dial and connect',
  needs: ['registration'],
  costs: 'money',
  limit: ({ profile }) => ms(profile.dial.timeoutMs + 15_000),
  async run(bench: Bench): Promise<StationResult> {
    if (bench.usesSockets && bench.options.settings === undefined) {
      return NO_ACCOUNT;
    }
    const begin = now();
    const connectText = bench.usesSockets ? await activate(bench) : (await bench.dial()).connectText;
    const connectMs = now() - begin;
    const measurement = { connectMs, connectText };
    const summary = bench.usesSockets
      ? `packet context of the module active after ${(connectMs / 1000).toFixed(1)} s`
      : `${`CONNECT ${connectText}`.trimEnd()} after ${(connectMs / 1000).toFixed(1)} s`;
    return connectMs > SLOW_CONNECT
      ? finding('warning', 'BENCH_SLOW_CONNECT', summary, {
          measurement,
          advice: 'Dial at another time of the day; if it stays so, the cell is crowded or the signal weak.',
        })
      : ok(summary, measurement);
  },
};

async function activate(bench: Bench): Promise<string> {
  await bench.activate();
  return '';
}

const NO_ACCOUNT = finding(
  'skipped',
  'BENCH_NO_SETTINGS',
  'no settings: the account of the carrier is not known',
  { advice: 'Give the settings of the device by --settings FILE (kadec21 config init writes an example).' },
);

/** What of PPP there is to say where the module keeps it to itself. */
function ownStack({ addresses, settings }: Bench): StationResult {
  const nameServers = (addresses?.nameServers ?? []).map(formatIpv4);
  const address = addresses === undefined ? 'no address' : formatIpv4(addresses.address);
  const measurement = { address, nameServers };
  const summary = `the module's own TCP/IP stack instead: ${address}, name servers ${nameServers.join(' ') || 'none'}`;
  return nameServers.length > 0 || settings.nameServers.length > 0
    ? ok(summary, measurement)
    : finding('warning', 'BENCH_NO_NAME_SERVERS', summary, { measurement, advice: NAME_SERVERS });
}

const NAME_SERVERS = 'The network names no name server: set nameServers in the settings.';

export const ppp: Station = {
  name: 'ppp',
  title: 'PPP',
  needs: ['dial'],
  limit: seconds(130),
  async run(bench: Bench): Promise<StationResult> {
    if (bench.options.settings === undefined) {
      return NO_ACCOUNT;
    }
    if (bench.usesSockets) {
      return ownStack(bench);
    }
    const seen = new Negotiation();
    const begin = now();
    const { addresses, ppp: link } = await bench.openLink((event) => {
      seen.hear(event);
      bench.trace(event);
    });
    const nameServers = addresses.nameServers.map(formatIpv4);
    const measurement = {
      openMs: now() - begin,
      authentication: seen.authentication,
      address: formatIpv4(addresses.address),
      peerAddress: formatIpv4(addresses.peerAddress),
      nameServers,
      mtu: link.mtu,
      mru: link.mru,
      refused: [...seen.refused],
    };
    const summary = `${formatIpv4(addresses.address)}, ${seen.authentication}, name servers ${nameServers.join(' ') || 'none'}, MTU ${link.mtu}`;
    const hasNameServers = nameServers.length > 0 || bench.settings.nameServers.length > 0;
    return hasNameServers
      ? ok(summary, measurement)
      : finding('warning', 'BENCH_NO_NAME_SERVERS', summary, {
          measurement,
          advice: NAME_SERVERS,
        });
  },
};

/** What the dialogue of LCP and IPCP tells beyond its result. */
class Negotiation {
  authentication = 'no authentication';
  readonly refused = new Set<string>();

  hear({ direction, text }: TraceEvent): void {
    if (/^(?:CHAP|PAP) /.test(text)) {
      this.authentication = text.startsWith('CHAP') ? 'CHAP' : 'PAP';
    }
    if (direction === '<' && /Configure-(?:Reject|Nak)|Protocol-Reject/.test(text)) {
      this.refused.add(text);
    }
  }
}

export const escapeAndReturn: Station = {
  name: 'escape',
  title: 'escape and return to data mode',
  needs: ['ppp'],
  limit: seconds(45),
  async run(bench: Bench): Promise<StationResult> {
    if (bench.usesSockets) {
      return finding('skipped', NOT_APPLICABLE, 'sockets inside the module: there is no data state to leave');
    }
    const begin = now();
    await bench.call.escape();
    const escapeMs = now() - begin;
    const report = await look(bench);
    const resumed = now();
    await bench.call.resume();
    const resumeMs = now() - resumed;
    const measurement = {
      escapeMs,
      resumeMs,
      ...(report.signal.dbm === undefined ? {} : { signalDbm: report.signal.dbm }),
    };
    const target = bench.echoingHost;
    if (target === undefined) {
      return ok('commands in the call, and back', measurement);
    }
    try {
      await bench.host.ping(target, { timeoutMs: ECHO_LIMIT });
    } catch {
      return finding(
        'warning',
        'BENCH_NO_ECHO_AFTER_RESUME',
        'back in data state, but no echo came through',
        {
          measurement,
          advice: 'The module may lose data while it is in command state: leave data state only to hang up.',
        },
      );
    }
    return ok('commands in the call, and back; data passes again', measurement);
  },
};

export const hangUp: Station = {
  name: 'hang-up',
  title: 'hang up',
  needs: ['dial'],
  limit: seconds(40),
  async run(bench: Bench): Promise<StationResult> {
    const begin = now();
    await bench.hangUp();
    const hangUpMs = now() - begin;
    await bench.modem.send('AT');
    const { signals } = bench.line;
    const measurement = { hangUpMs, ...(signals === 'unknown' ? {} : { dcd: signals.dcd }) };
    return ok(`the module takes commands again after ${(hangUpMs / 1000).toFixed(1)} s`, measurement);
  },
};

export const reset: Station = {
  name: 'reset',
  title: 'recovery from a reset in a call',
  needs: ['hang-up', 'escape'],
  costs: 'money',
  limit: ({ profile }) => ms(profile.timeoutsMs.registration + profile.dial.timeoutMs + 90_000),
  async run(bench: Bench): Promise<StationResult> {
    if (bench.usesSockets) {
      await bench.activate();
    } else {
      const call = await bench.dial();
      // A link that is up is quiet: what a PPP peer asks for in vain would disturb the escape.
      await bench.openLink(bench.trace);
      await call.escape();
    }
    bench.expectLoss();
    const way = await resetModule(bench);
    const begin = now();
    await startAgain(bench);
    const answersMs = now() - begin;
    await bench.modem.waitForService();
    const serviceMs = now() - begin;
    const measurement = { way, answersMs, serviceMs };
    return ok(
      `${way}: answers after ${(answersMs / 1000).toFixed(1)} s, has service after ${(serviceMs / 1000).toFixed(1)} s`,
      measurement,
    );
  },
};

/** As near to a loss of power as commands go: 27.007 8.2 restarts the module, V.250 6.1.1 ends the call at least. */
async function resetModule(bench: Bench): Promise<string> {
  try {
    await bench.modem.send('AT+CFUN=1,1');
    return 'AT+CFUN=1,1';
  } catch (failure) {
    if (!(failure instanceof CommandError) || failure.code !== 'MODEM_COMMAND_FAILED') {
      // It restarts without a word.
      return 'AT+CFUN=1,1';
    }
    await bench.modem.send('ATZ');
    return 'ATZ';
  }
}

async function startAgain(bench: Bench): Promise<void> {
  const begin = now();
  for (;;) {
    try {
      await bench.modem.start();
      return;
    } catch (failure) {
      if (now() - begin > BOOT_LIMIT) {
        throw failure;
      }
      await pause(BOOT_POLL);
    }
  }
}
