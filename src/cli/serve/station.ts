/** Opens everything that a station is made of, waits for its end, and closes everything again. */
import process from 'node:process';
import { isOnAir } from '../../aunet/calendar.ts';
import { emulatedAuthorityPem } from '../../aunet/certificates/authority.ts';
import type { ServerMapping } from '../../aunet/server-mapping.ts';
import { shiftClock } from '../../base/shifted-clock.ts';
import type { Ms } from '../../base/units.ts';
import { now } from '../../base/virtual-time.ts';
import { defaultCalendar } from '../../config/calendar.ts';
import type { Fault } from '../../config/fault.ts';
import { formatInstant, parseInstant } from '../../config/japan-time.ts';
import type { ModuleProfile } from '../../modem/module-profile.ts';
import { moduleProfiles } from '../../modem/profiles.ts';
import { offerLine } from '../../serial/offer-line.ts';
import { openControlSocket } from '../../serve/control-socket.ts';
import type { Happening } from '../../serve/happening.ts';
import { openHttpApi } from '../../serve/http/http-server.ts';
import { LineCapture } from '../../serve/line-capture.ts';
import { Maildir } from '../../serve/maildir.ts';
import { NetworkSide } from '../../serve/network-side.ts';
import { publish } from '../../serve/publish.ts';
import { formatIpv4 } from '../../wire/ipv4.ts';
import { type ExitStatus, printNote } from '../console.ts';
import { openOutputFile } from '../output-file.ts';
import { version } from '../version.ts';
import { openWatch } from '../watching.ts';
import { announcer } from './announce.ts';
import { openKeyboard } from './keyboard.ts';
import type { ServeOptions } from './options.ts';
import { carrierOf, linesOf } from './plan.ts';

type Carrier = Awaited<ReturnType<typeof carrierOf>>;
type Closing = () => void | Promise<void>;

/** To name one on which a module has service: OP25B has just begun; cdma2000 is gone. */
const DAYS_OF_SERVICE = ['2008-10-15', '2024-05-01'];

export async function runStation(options: ServeOptions): Promise<ExitStatus> {
  const carrier = await carrierOf(options);
  const specs = linesOf(options, carrier.module);
  // What was opened last is closed first.
  const closings: Closing[] = [];
  try {
    if (options.at !== undefined) {
      closings.push(shiftClock(options.at));
    }
    const silence = whyNoService(carrier);
    if (silence !== undefined) {
      printNote(silence);
    }
    writeAuthority(options.authority);
    const { trace } = openFiles(options, closings);
    const capture = openCapture(options.pcap, closings);
    const side = new NetworkSide({ ...carrier, trace, capture });
    closings.push(() => side.close());
    const ending = new Ending(side, options);
    side.on('happening', announcer(options));
    keepMails(side, options.maildir);
    ending.watch(closings);
    for (const mapping of options.publish ?? []) {
      closings.push(await publish(side, mapping));
    }
    if (options.http !== undefined) {
      const api = await openHttpApi(options.http, side, version);
      closings.push(api.close);
      printNote(
        `http://${api.address.host.includes(':') ? `[${api.address.host}]` : api.address.host}:${api.address.port}/`,
      );
    }
    if (options.control !== undefined) {
      closings.push(await openControlSocket(options.control, side, () => ending.end(0)));
    }
    for (const spec of specs) {
      const line = await offerLine(spec);
      side.addLine(line.name, line);
    }
    for (const fault of options.fault ?? []) {
      side.faults.add(fault);
      const spared = sparedBy(fault, options.server ?? []);
      if (spared !== undefined) {
        printNote(spared);
      }
    }
    closings.push(openKeyboard(side, (isInterrupted) => ending.end(isInterrupted ? 130 : 0)));
    const status = await ending.reached;
    return side.failures > 0 && status === 0 ? 1 : status;
  } finally {
    for (const close of closings.reverse()) {
      await close();
    }
  }
}

/** A module that finds no cell answers, but every call ends in NO CARRIER: that is told before anybody wonders. */
function whyNoService({ module, calendar = defaultCalendar }: Carrier): string | undefined {
  const at = now();
  const hasService = ({ bands }: ModuleProfile, when: Ms = at) =>
    bands.some((band) => isOnAir(calendar, band, when));
  if (hasService(module)) {
    return undefined;
  }
  const day = DAYS_OF_SERVICE.find((when) => hasService(module, parseInstant(when)));
  const other = moduleProfiles.find((profile) => hasService(profile));
  const ways = [
    ...(day === undefined ? [] : [`another day (--at ${day})`]),
    ...(other === undefined ? [] : [`another module (--module ${other.name})`]),
  ];
  return (
    `On ${formatInstant(at).slice(0, 10)} there is no cell for the module ${module.name}, and no call` +
    (ways.length === 0 ? '.' : `: ${ways.join(' or ')} has service.`)
  );
}

/** Says which real servers a fault of mail servers does not strike. */
function sparedBy({ fault }: Fault, mappings: readonly ServerMapping[]): string | undefined {
  const names = mappings.map(({ host, port }) => {
    const name = 'name' in host ? host.name : formatIpv4(host.address);
    return `${name}:${port}`;
  });
  return /^(smtp|pop3)-/.test(fault) && names.length > 0
    ? `${fault} does not strike ${names.join(', ')}: a real server answers there`
    : undefined;
}

function openFiles(options: ServeOptions, closings: Closing[]) {
  const { pcap: _, ...rest } = options;
  const watch = openWatch(options.verbose === true ? { ...rest, trace: '-' } : rest);
  closings.push(() => watch.end());
  return watch;
}

function writeAuthority(path: string | undefined): void {
  if (path !== undefined) {
    const file = openOutputFile(path);
    file.write(emulatedAuthorityPem);
    file.close();
  }
}

function openCapture(path: string | undefined, closings: Closing[]): LineCapture | undefined {
  if (path === undefined) {
    return undefined;
  }
  const file = openOutputFile(path);
  closings.push(() => file.close());
  return new LineCapture((octets) => file.write(octets));
}

function keepMails(side: NetworkSide, path: string | undefined): void {
  if (path === undefined) {
    return;
  }
  const maildir = new Maildir(path);
  side.on('happening', (happening) => {
    if (happening.type === 'mail') {
      try {
        maildir.deliver(happening.mail);
      } catch (failure) {
        side.fail(failure, happening.line);
      }
    }
  });
}

/** When and how a station ends. */
class Ending {
  readonly reached: Promise<ExitStatus>;
  readonly #side: NetworkSide;
  readonly #options: ServeOptions;
  #resolve: (status: ExitStatus) => void = () => {};

  constructor(side: NetworkSide, options: ServeOptions) {
    this.#side = side;
    this.#options = options;
    this.reached = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  end(status: ExitStatus): void {
    this.#resolve(status);
  }

  /** @param closings what has to be let go of again */
  watch(closings: Closing[]): void {
    const { for: longest, untilMail } = this.#options;
    this.#side.on('happening', (happening) => this.#see(happening));
    const timer =
      longest === undefined
        ? undefined
        : setTimeout(() => this.end(untilMail === undefined ? 0 : 1), longest);
    let isInterrupted = false;
    // The first asks for an orderly end, the second does not wait for it.
    const interrupt = () => {
      if (isInterrupted) {
        process.exit(130);
      }
      isInterrupted = true;
      this.end(130);
    };
    const terminate = () => this.end(0);
    const failed = (failure: unknown) => this.#side.fail(failure);
    process.removeAllListeners('SIGINT');
    process.on('SIGINT', interrupt);
    process.on('SIGTERM', terminate);
    // A defect that one line runs into must not cut off the devices on all others: it is told, and the exit status is 1.
    process.on('uncaughtException', failed);
    closings.push(() => {
      clearTimeout(timer);
      process.off('SIGTERM', terminate);
      process.off('uncaughtException', failed);
    });
  }

  #see(happening: Happening): void {
    const { untilMail } = this.#options;
    if (happening.type === 'mail' && this.#side.mails.received === untilMail) {
      this.end(0);
    }
    const lines = [...this.#side.lines.values()];
    if (happening.type === 'line' && happening.state === 'closed' && lines.every(({ isOpen }) => !isOpen)) {
      this.end(3);
    }
  }
}
