/** What the stations of one run share: the line, the module, the call and what is on it. Whatever was begun is ended here. */
import type { Random } from '../base/random.ts';
import type { Trace, TraceEvent } from '../base/trace.ts';
import { type Ms, ms, seconds } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import type { Calendar } from '../config/calendar.ts';
import type { Settings } from '../config/settings-schema.ts';
import type { ModemCall } from '../modem/call.ts';
import { Modem } from '../modem/modem.ts';
import type { ModuleProfile } from '../modem/module-profile.ts';
import type { ModuleIdentity } from '../modem/profiles.ts';
import type { RadioReport } from '../modem/registration.ts';
import type { SocketCall } from '../modem/sockets/socket-call.ts';
import { SocketStack } from '../modem/sockets/socket-stack.ts';
import { IpHost } from '../net/ip-host.ts';
import type { IpAssignment } from '../net/ppp/ppp-link.ts';
import { PppLink } from '../net/ppp/ppp-link.ts';
import type { DteLine } from '../serial/serial-line.ts';
import { type Ipv4Address, parseIpv4 } from '../wire/ipv4.ts';
import { BenchError } from './bench-error.ts';
import { assignmentOf, type BenchHost, socketHost } from './bench-host.ts';
import { EvidenceLog } from './evidence-log.ts';
import { lend } from './lent-line.ts';
import type { ProfileMatch } from './profile-match.ts';
import type { ServerVisit } from './server-visit.ts';

export interface BenchOptions {
  /** Opens the line; rejects with a LineError. */
  readonly openLine: () => Promise<DteLine>;
  /** How reports call the line. */
  readonly port: string;
  /** `auto`: found out. */
  readonly profile: ModuleProfile | 'auto';
  /** Kinds of module that `auto` chooses among. */
  readonly candidates: readonly ModuleProfile[];
  /** Account of the carrier and of the mail server; without them the checks that need them are skipped. */
  readonly settings?: Settings | undefined;
  /** The day that the calendar is asked for. */
  readonly at: Ms;
  readonly calendar: Calendar;
  readonly random: Random;
  readonly trace?: Trace | undefined;
}

/** PPP says good-bye within a second; a dead one is not waited for. */
const PPP_CLOSE_LIMIT = seconds(3);
/** The driver's way to hang up: network, DTR, `+++` twice. */
const HANG_UP_LIMIT = seconds(15);
const LINE_CLOSE_LIMIT = seconds(3);

export class Bench {
  readonly options: BenchOptions;
  /** The bit rate at which the module answered. */
  bitRate: number | undefined;
  identity: ModuleIdentity | undefined;
  match: ProfileMatch | undefined;
  radio: RadioReport | undefined;
  addresses: IpAssignment | undefined;
  mailServer: Ipv4Address | undefined;
  visit: ServerVisit | undefined;
  /** Strength of the signal as the run went on. */
  readonly signals: { readonly at: Ms; readonly dbm: number }[] = [];
  /** Ports of the mail server that answered. */
  readonly openPorts = new Set<number>();
  evidence = new EvidenceLog();
  isModuleGone = false;
  readonly startedAt = now();
  #line: DteLine | undefined;
  #profile: ModuleProfile | undefined;
  #modem: Modem | undefined;
  #call: ModemCall | undefined;
  #ppp: PppLink | undefined;
  #host: BenchHost | undefined;
  /** Of a module whose sockets are used instead of PPP. */
  #stack: SocketStack | undefined;
  #socketCall: SocketCall | undefined;
  #calls = 0;
  #lostBy: Error | undefined;
  #wasReset = false;
  /** A host that has answered an echo over this call. */
  echoingHost: Ipv4Address | undefined;

  constructor(options: BenchOptions) {
    this.options = options;
  }

  readonly trace: Trace = (event: TraceEvent) => {
    this.evidence.add(event);
    this.options.trace?.(event);
  };

  /** A line of this run's own in the dialogue. */
  note(text: string): void {
    this.trace({ layer: 'line', direction: '-', text });
  }

  get line(): DteLine {
    return there(this.#line, 'line');
  }

  set line(line: DteLine) {
    this.#line = line;
  }

  get hasLine(): boolean {
    return this.#line !== undefined;
  }

  /** Once it is known. */
  get knownProfile(): ModuleProfile | undefined {
    return this.#profile;
  }

  get profile(): ModuleProfile {
    return there(this.#profile, 'profile');
  }

  get modem(): Modem {
    return there(this.#modem, 'module');
  }

  get call(): ModemCall {
    return there(this.#call, 'call');
  }

  get host(): BenchHost {
    return there(this.#host, 'IP host');
  }

  get hasCall(): boolean {
    return (this.#call ?? this.#socketCall)?.isOpen === true;
  }

  /** Whether mail goes through the sockets inside the module, instead of PPP. */
  get usesSockets(): boolean {
    return this.#stack !== undefined;
  }

  /** Why the call, or the link on it, ended without this side's doing. */
  get callLostBy(): Error | undefined {
    return this.#lostBy;
  }

  get settings(): Settings {
    return there(this.options.settings, 'settings');
  }

  /** A driver for whatever module is there; the caller closes it. */
  probe(profile: ModuleProfile): Modem {
    return new Modem(lend(this.line), profile, { trace: this.trace, acceptsAnyModule: true });
  }

  /** The driver of the module, as the firmware uses it. */
  useProfile(profile: ModuleProfile): Modem {
    const { settings, random } = this.options;
    const access = settings === undefined ? undefined : accessOf(settings);
    this.#profile = profile;
    this.#modem = new Modem(lend(this.line), profile, {
      random: random.fork('modem'),
      trace: this.trace,
      ...(access === undefined ? {} : { access }),
    });
    this.#modem.on('reset', () => {
      this.#wasReset = true;
    });
    const nameServers = settings?.nameServers;
    this.#stack =
      profile.sockets === undefined ? undefined : new SocketStack(this.#modem, { access, nameServers });
    return this.#modem;
  }

  /** Activates the packet context of a module with sockets, and takes its stack as the host. */
  async activate(): Promise<IpAssignment> {
    const call = await there(this.#stack, 'stack in the module').activate();
    this.#socketCall = call;
    this.#lostBy = undefined;
    call.on('close', (cause) => {
      if (this.#socketCall === call) {
        this.#lostBy ??= cause;
      }
    });
    this.#host = socketHost(call);
    this.addresses = assignmentOf(call);
    return this.addresses;
  }

  async dial(): Promise<ModemCall> {
    const call = await this.modem.dial(this.options.settings?.carrier.number ?? this.profile.dial.number);
    this.#call = call;
    this.#lostBy = undefined;
    call.on('close', (cause) => {
      if (this.#call === call) {
        this.#lostBy ??= cause;
      }
    });
    return call;
  }

  /** Brings PPP up on the call, and a host on it. */
  async openLink(trace: Trace): Promise<{ readonly addresses: IpAssignment; readonly ppp: PppLink }> {
    const { settings } = this;
    const { user, password } = settings.carrier;
    this.#calls += 1;
    const random = this.options.random.fork(`call ${this.#calls}`);
    const ppp = new PppLink(this.call, {
      role: 'client',
      user,
      password: password.reveal(),
      bitRate: this.call.bitRate,
      random,
      trace,
    });
    this.#ppp = ppp;
    let isUp = false;
    ppp.on('down', (cause) => {
      if (isUp && this.#ppp === ppp) {
        this.#lostBy ??= cause;
      }
    });
    const addresses = await ppp.open();
    isUp = true;
    const own = settings.nameServers.flatMap((text) => parseIpv4(text) ?? []);
    this.#host = new IpHost({
      link: ppp,
      address: addresses.address,
      nameServers: own.length > 0 ? own : addresses.nameServers,
      random: random.fork('ip'),
      trace: this.trace,
    });
    this.addresses = addresses;
    return { addresses, ppp };
  }

  /** From now on the end of the call is this side's doing. */
  expectLoss(): void {
    this.#host?.close();
    this.#host = undefined;
    this.#ppp = undefined;
    this.#call = undefined;
    this.#socketCall = undefined;
  }

  /**
   * Something did not work: is the call there, and the module? @returns why not, `undefined` where both are
   */
  async lookForLoss(): Promise<Error | undefined> {
    const call = this.#call;
    if (this.#stack !== undefined) {
      return this.#lookForLostContext(this.#stack);
    }
    if (call?.isOpen === true && this.#lostBy === undefined) {
      const nearest = this.echoingHost ?? this.addresses?.peerAddress;
      const echoes =
        nearest !== undefined && nearest !== 0 && (await this.#host?.ping(nearest).then(yes, no));
      if (echoes === true || (await this.#escapes(call))) {
        return this.#lostBy;
      }
    }
    if (call === undefined || !(await this.#answers())) {
      this.#moduleLost();
    }
    return this.#lostBy;
  }

  async #lookForLostContext(stack: SocketStack): Promise<Error | undefined> {
    const call = this.#socketCall;
    const isOpen = call?.isOpen === true && this.#lostBy === undefined;
    if (isOpen && (await stack.isActive().then(yes, no))) {
      return this.#lostBy;
    }
    if (call === undefined || !(await this.#answers())) {
      this.#moduleLost();
    }
    return this.#lostBy;
  }

  #moduleLost(): void {
    this.#lostBy = new BenchError(
      this.#wasReset ? 'BENCH_MODULE_RESET' : 'BENCH_MODULE_SILENT',
      this.#wasReset
        ? 'The module started anew in the middle of the call.'
        : 'The module does not answer any more.',
      {
        advice: this.#wasReset
          ? 'Check its supply: modules reset when the voltage drops while they transmit.'
          : 'Check power and cable; if it hangs by itself, look for a newer firmware of the module.',
      },
    );
    this.isModuleGone = true;
  }

  async #escapes(call: ModemCall): Promise<boolean> {
    try {
      await call.escape();
      await call.resume();
      return true;
    } catch {
      return false;
    }
  }

  /**
   * A module that starts anew needs its time; one that is silent has it. Octets of the call that were still under way
   * may read as a command: `A/` (V.250 §5.2.4) dials again, `ATV` changes what results look like. A module that does
   * so is not silent: it answers once the call is hung up and the dialogue begun from its beginning.
   */
  async #answers(): Promise<boolean> {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      if (await this.modem.send('AT').then(yes, no)) {
        return !this.#wasReset;
      }
      if (this.#wasReset) {
        return false;
      }
    }
    await this.modem.hangUp().then(yes, no);
    return (await this.modem.start().then(yes, no)) && !this.#wasReset;
  }

  /** Ends the call and what is on it; the module takes commands afterwards. Rejects where it does not. */
  async hangUp(): Promise<void> {
    const ppp = this.#ppp;
    this.#host?.close();
    this.#host = undefined;
    this.#ppp = undefined;
    this.#call = undefined;
    this.#socketCall = undefined;
    if (ppp !== undefined) {
      await within(PPP_CLOSE_LIMIT, ppp.close());
    }
    await this.#stack?.deactivate();
    await this.#modem?.hangUp();
  }

  /** Hangs up, lets go of the module, releases the line: whatever happens on the way. */
  async end(): Promise<void> {
    const modem = this.#modem;
    const line = this.#line;
    await within(ms(PPP_CLOSE_LIMIT + HANG_UP_LIMIT), this.hangUp());
    if (modem !== undefined) {
      await within(HANG_UP_LIMIT, modem.close());
    }
    this.#modem = undefined;
    if (line !== undefined) {
      this.#line = undefined;
      await within(LINE_CLOSE_LIMIT, line.close());
    }
  }
}

const yes = () => true;
const no = () => false;

/** What the carrier's LTE access asks for; CDMA modules know no such setting and leave it to PPP. */
function accessOf({ carrier: { apn, user, password } }: Settings) {
  const secret = { user, password: password.reveal(), authentication: 'chap' } as const;
  return apn === undefined ? secret : { ...secret, apn };
}

function there<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) {
    throw new BenchError('BENCH_NOTHING_THERE', `There is no ${what} yet.`);
  }
  return value;
}

/** Waits for an ending, but not for ever; that it fails does not keep the next one from its turn. */
async function within(limit: Ms, ending: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limit);
  });
  await Promise.race([ending.catch(() => {}), over]);
  clearTimeout(timer);
}
