/** Above PPP: names, the way there and back, and which ports of the mail server can be reached. */
import { Kadec21Error } from '../../base/errors.ts';
import { ms, seconds } from '../../base/units.ts';
import { now } from '../../base/virtual-time.ts';
import { formatIpv4, type Ipv4Address } from '../../wire/ipv4.ts';
import type { Bench } from '../bench.ts';
import { finding, NOT_APPLICABLE, ok, type Station, type StationResult } from '../station.ts';

const ECHOES = 5;
const ECHO_LIMIT = seconds(5);
const PATIENT_LIMIT = seconds(15);
/** As Pinger sends it, with its IPv4 header. */
const ECHO_PACKET_BYTES = 84;
/** Echo requests at once: fills the way, and is nothing that a network minds. */
const BURST = 20;
const SLOW_ROUND_TRIP = ms(2000);
/** A blocked port answers nothing: as long as this. */
const PORT_LIMIT = seconds(12);
/** The port of mail between servers; access networks block it for everybody else (OP25B). */
const RELAY_PORT = 25;
const SUBMISSION_PORTS = [587, 465] as const;

export const names: Station = {
  name: 'names',
  title: 'name of the mail server',
  needs: ['ppp'],
  limit: seconds(45),
  async run(bench: Bench): Promise<StationResult> {
    const { host } = bench.settings.mail.server;
    const begin = now();
    const address = await bench.host.resolve(host);
    bench.mailServer = address;
    return ok(`${host} is ${formatIpv4(address)}`, {
      host,
      address: formatIpv4(address),
      lookupMs: now() - begin,
    });
  },
};

export const latency: Station = {
  name: 'latency',
  title: 'latency',
  needs: ['ppp'],
  isOptional: true,
  limit: seconds(150),
  async run(bench: Bench): Promise<StationResult> {
    const target = await echoingHost(bench);
    bench.echoingHost = target;
    if (target === undefined) {
      return finding('warning', 'BENCH_NO_ECHO', 'nobody answers an echo request', {
        advice: 'Many networks and servers do not answer echoes; see the ports of the mail server instead.',
      });
    }
    const roundTrips: number[] = [];
    for (let echo = 0; echo < ECHOES; echo += 1) {
      const roundTrip = await bench.host.ping(target, { timeoutMs: PATIENT_LIMIT }).catch(() => undefined);
      roundTrips.push(...(roundTrip === undefined ? [] : [roundTrip]));
    }
    const lost = ECHOES - roundTrips.length;
    const mean = roundTrips.reduce((sum, one) => sum + one, 0) / Math.max(1, roundTrips.length);
    const measurement = {
      to: formatIpv4(target),
      echoes: ECHOES,
      lost,
      leastMs: Math.round(Math.min(...roundTrips)),
      meanMs: Math.round(mean),
      greatestMs: Math.round(Math.max(...roundTrips)),
    };
    const summary = `${Math.round(mean)} ms there and back to ${formatIpv4(target)}, ${lost} of ${ECHOES} echoes lost`;
    return lost > 0 || mean > SLOW_ROUND_TRIP
      ? finding('warning', lost > 0 ? 'BENCH_PACKETS_LOST' : 'BENCH_SLOW_NETWORK', summary, {
          measurement,
          advice: 'A mail still gets through, it takes longer and costs more: look at the signal first.',
        })
      : ok(summary, measurement);
  },
};

/** The mail server, or the network's nearest host: the first that answers. */
async function echoingHost(bench: Bench): Promise<Ipv4Address | undefined> {
  const candidates = [
    bench.mailServer,
    ...(bench.addresses?.nameServers ?? []),
    bench.addresses?.peerAddress,
  ];
  for (const candidate of new Set(candidates)) {
    if (candidate !== undefined && candidate !== 0) {
      // Twice: the first one may be the one that is lost.
      for (let attempt = 0; attempt < 2; attempt += 1) {
        if (await bench.host.ping(candidate, { timeoutMs: ECHO_LIMIT }).then(yes, no)) {
          return candidate;
        }
      }
    }
  }
  // A way that is so slow: the nearest host once more, with patience.
  const nearest = bench.addresses?.peerAddress;
  const isThere =
    nearest !== undefined &&
    nearest !== 0 &&
    (await bench.host.ping(nearest, { timeoutMs: PATIENT_LIMIT }).then(yes, no));
  return isThere ? nearest : undefined;
}

const yes = () => true;
const no = () => false;

export const throughput: Station = {
  name: 'throughput',
  title: 'throughput by echo',
  needs: ['latency'],
  isOptional: true,
  limit: seconds(40),
  async run(bench: Bench): Promise<StationResult> {
    const target = bench.echoingHost;
    if (bench.usesSockets) {
      return finding(
        'skipped',
        NOT_APPLICABLE,
        'such a module sends one echo after the other; see the test mail',
      );
    }
    if (target === undefined) {
      return finding('skipped', 'BENCH_NO_ECHO', 'nobody answers an echo request');
    }
    const begin = now();
    let last = begin;
    const answers = await Promise.all(
      Array.from({ length: BURST }, () =>
        bench.host.ping(target, { timeoutMs: PATIENT_LIMIT }).then(
          () => {
            last = now();
            return true;
          },
          () => false,
        ),
      ),
    );
    const came = answers.filter((isThere) => isThere).length;
    if (came === 0) {
      return finding('warning', 'BENCH_PACKETS_LOST', `none of ${BURST} echoes sent at once came back`);
    }
    const elapsed = Math.max(1, last - begin);
    const bitsPerSecond = Math.round((came * ECHO_PACKET_BYTES * 8 * 1000) / elapsed);
    return ok(
      `${bitsPerSecond} bit/s each way (${came} of ${BURST} echoes of ${ECHO_PACKET_BYTES} bytes, sent at once, back within ${Math.round(elapsed)} ms); over TCP see the test mail`,
      { bitsPerSecond, echoes: BURST, came, elapsedMs: Math.round(elapsed), bytesEach: ECHO_PACKET_BYTES },
    );
  },
};

/** What a connection to a port came to. */
type PortState = 'open' | 'dropped' | 'refused' | 'unreachable';

async function knock(bench: Bench, address: Ipv4Address, port: number) {
  const begin = now();
  let state: PortState = 'open';
  try {
    const socket = await bench.host.connect({ address, port }, { timeoutMs: PORT_LIMIT });
    socket.on('error', () => {});
    socket.resetAndDestroy();
    bench.openPorts.add(port);
  } catch (failure) {
    state = stateOf(failure);
  }
  const connectMs = Math.round(now() - begin);
  bench.note(`port ${port}: ${state} (${connectMs} ms)`);
  return { state, connectMs };
}

function stateOf(failure: unknown): PortState {
  const code = failure instanceof Kadec21Error ? failure.code : '';
  switch (code) {
    case 'TCP_TIMED_OUT':
      return 'dropped';
    case 'TCP_REFUSED':
    case 'ECONNRESET':
      return 'refused';
    case 'TCP_UNREACHABLE':
      return 'unreachable';
    default:
      throw failure;
  }
}

export const port25: Station = {
  name: 'port-25',
  title: 'port 25 (is OP25B in force here?)',
  needs: ['names'],
  limit: ms(PORT_LIMIT + 10_000),
  async run(bench: Bench): Promise<StationResult> {
    const { host, port } = bench.settings.mail.server;
    const { state, connectMs } = await knock(bench, mailServer(bench), RELAY_PORT);
    const measurement = {
      state,
      connectMs,
      op25b: state === 'dropped' ? 'likely' : state === 'open' ? 'no' : 'unclear',
    };
    const meaning = {
      open: `open: no OP25B between here and ${host}`,
      dropped: 'dropped without a word: OP25B is in force here (or the server is silent on 25)',
      refused: `refused: ${host} does not listen on 25, or the carrier refuses in its name`,
      unreachable: 'a router says that it cannot be reached: OP25B by ICMP, or the server is off',
    }[state];
    if (port !== RELAY_PORT || state === 'open') {
      return ok(meaning, measurement);
    }
    return finding('failed', 'OP25B', meaning, {
      measurement,
      advice:
        'Send to the submission port 587 with SMTP AUTH: firmware 2.0 or later, and a server that offers it.',
    });
  },
};

export const submissionPorts: Station = {
  name: 'submission-ports',
  title: 'ports 587 and 465',
  needs: ['names'],
  limit: ms(3 * PORT_LIMIT + 10_000),
  async run(bench: Bench): Promise<StationResult> {
    const own = bench.settings.mail.server.port;
    const states: Record<string, PortState> = {};
    for (const port of new Set([...SUBMISSION_PORTS, ...(own === RELAY_PORT ? [] : [own])])) {
      states[port] = (await knock(bench, mailServer(bench), port)).state;
    }
    const measurement = Object.fromEntries(
      Object.entries(states).map(([port, state]) => [`port${port}`, state]),
    );
    const summary = Object.entries(states)
      .map(([port, state]) => `${port} ${state}`)
      .join(', ');
    const state = states[own];
    if (own !== RELAY_PORT && state !== 'open') {
      const code = {
        dropped: 'TCP_TIMED_OUT',
        refused: 'TCP_REFUSED',
        unreachable: 'TCP_UNREACHABLE',
        open: '',
      };
      return finding('failed', code[state ?? 'dropped'], `${summary}: the settings send to ${own}`, {
        measurement,
        advice: `Check that the mail server listens on ${own}, and that no firewall on the way blocks it.`,
      });
    }
    return SUBMISSION_PORTS.some((port) => states[port] === 'open')
      ? ok(summary, measurement)
      : finding('warning', 'BENCH_NO_SUBMISSION', `${summary}: the server takes no submission`, {
          measurement,
          advice:
            'Move to a mail server that offers submission with SMTP AUTH before OP25B reaches this place.',
        });
  },
};

export function mailServer(bench: Bench): Ipv4Address {
  const { mailServer: address } = bench;
  if (address === undefined) {
    throw new RangeError('The address of the mail server is looked up before.');
  }
  return address;
}
