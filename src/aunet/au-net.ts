/**
 * The network side as a whole: air, subscriber lines, router, name server, mail servers. Modules attach to it.
 */
import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Random } from '../base/random.ts';
import { noTrace, type Trace } from '../base/trace.ts';
import { now } from '../base/virtual-time.ts';
import { type Calendar, defaultCalendar } from '../config/calendar.ts';
import type { RadioAttachment, RadioNetwork } from '../modem/dce/radio.ts';
import type { Band } from '../modem/module-profile.ts';
import type { PppLink } from '../net/ppp/ppp-link.ts';
import { formatIpv4, type Ipv4Address } from '../wire/ipv4.ts';
import type { AuNetEvents, CarrierEvent, FaultEvent } from './carrier-event.ts';
import { defaultSite, type Site, type System, systemOf } from './cells.ts';
import { callUnderWay } from './faults/call-under-way.ts';
import { EffectBoard } from './faults/effect-board.ts';
import type { CallUnderWay, LineName } from './faults/effects.ts';
import { knownHosts } from './hosts/known-hosts.ts';
import type { MailHost, MailService } from './hosts/mail-host.ts';
import { createMailService, type MailServiceShell } from './hosts/mail-service.ts';
import { Maildrops } from './hosts/maildrops.ts';
import { createPop3Service } from './hosts/pop3-service.ts';
import type { SignInAttempt } from './hosts/sign-in.ts';
import { type HostKey, type HostState, Internet } from './internet.ts';
import { Mailboxes } from './mailboxes.ts';
import type { BlockedBy, Op25bMode, Op25bPolicy } from './op25b.ts';
import { AirAttachment } from './radio-attachment.ts';
import { type BearerQuality, createRadioBearer } from './radio-bearer.ts';
import { bitRateOf, defaultQuality } from './radio-quality.ts';
import { route } from './router.ts';
import type { ServerMapping } from './server-mapping.ts';
import { openSubscriberLine, type SubscriberLineOptions, type SubscriberSession } from './subscriber-line.ts';
import { AddressPool, defaultAccounts, type SubscriberAccount } from './subscribers.ts';

/** The area of the first step of OP25B: what the calendar tells of the beginning is true here. */
export const DEFAULT_AREA = 'hokkaido';

export interface AuNetOptions {
  readonly random: Random;
  readonly calendar?: Calendar;
  /** A key of `calendar.op25b.areas`; any other name is an area that comes last. */
  readonly area?: string;
  readonly op25b?: Op25bMode;
  /** What a device sees of a connection that OP25B blocks; providers dropped silently. */
  readonly blockedBy?: BlockedBy;
  readonly hosts?: readonly MailHost[];
  readonly mappings?: readonly ServerMapping[];
  /** Whether the mail servers take PLAIN and LOGIN in clear. */
  readonly allowsClearPasswords?: boolean;
  readonly accounts?: readonly SubscriberAccount[];
  readonly authentication?: SubscriberLineOptions['authentication'];
  readonly site?: Site;
  readonly quality?: Readonly<Partial<Record<System, BearerQuality>>>;
  /** How long the network takes to let a module in, beyond the module's own time. */
  readonly registrationMs?: number;
  /** How long a dialled number waits for its answer. */
  readonly callSetupMs?: number;
  readonly mailboxes?: Mailboxes;
  readonly trace?: Trace;
  /** Also traces the network's end of PPP; for devices whose own end cannot be seen. */
  readonly tracesPpp?: boolean;
}

export class AuNet extends EventEmitter<AuNetEvents> implements RadioNetwork {
  readonly mailboxes: Mailboxes;
  /** How often each kind of event came, by `type`. */
  readonly counters: Record<CarrierEvent['type'], number> = {
    call: 0,
    session: 0,
    lookup: 0,
    connection: 0,
    blocked: 0,
    'sign-in': 0,
    fault: 0,
    mail: 0,
  };
  /** What goes wrong at the moment; a FaultDirector puts it here. */
  readonly effects = new EffectBoard();
  readonly #options: AuNetOptions;
  readonly #trace: Trace;
  readonly #calendar: Calendar;
  readonly #random: Readonly<Record<'mail' | 'pop3' | 'ppp' | 'ip', Random>>;
  readonly #maildrops: Maildrops;
  readonly #pool = new AddressPool();
  readonly #internet: Internet;
  readonly #op25b: Op25bPolicy;
  readonly #attachments = new Set<AirAttachment>();
  readonly #sessions = new Set<SubscriberSession>();
  /** By the device's address. */
  readonly #calls = new Map<string, CallUnderWay>();

  constructor(options: AuNetOptions) {
    super();
    this.#options = options;
    const { random } = options;
    this.#random = {
      mail: random.fork('mail'),
      pop3: random.fork('pop3'),
      ppp: random.fork('ppp'),
      ip: random.fork('ip'),
    };
    this.#trace = options.trace ?? noTrace;
    this.#calendar = options.calendar ?? defaultCalendar;
    this.mailboxes = options.mailboxes ?? new Mailboxes();
    this.#maildrops = new Maildrops(this.mailboxes);
    const internet = new Internet({
      calendar: this.#calendar,
      hosts: options.hosts ?? knownHosts,
      mappings: options.mappings ?? [],
      createService: (host, service) => this.#createService(host, service),
    });
    this.#internet = internet;
    this.#op25b = {
      mode: options.op25b ?? 'calendar',
      calendar: this.#calendar,
      area: options.area ?? DEFAULT_AREA,
      isOwnMailServer: (address) => internet.isOwnMailServer(address),
    };
  }

  /** The air as a module with a name hears it: its calls and sessions are told under the name of its line. */
  radioFor(line: string): RadioNetwork {
    return { attach: ({ bands }) => this.attach({ bands, line }) };
  }

  /** Puts a module on the air. */
  attach(module: { readonly bands: readonly Band[]; readonly line?: LineName }): RadioAttachment {
    const { bands, line } = module;
    const attachment: AirAttachment = new AirAttachment(
      {
        effects: this.effects,
        line,
        calendar: this.#calendar,
        site: this.#options.site ?? defaultSite,
        registrationMs: this.#options.registrationMs ?? 0,
        callSetupMs: this.#options.callSetupMs ?? 0,
        trace: this.#trace,
        openBearer: (band, controlCharacters) => this.#openBearer(band, line, controlCharacters),
        onCall: (number, result, band) => {
          this.#trace({ layer: 'radio', direction: '>', text: `call to ${number}: ${result}` });
          this.#report({ type: 'call', at: now(), number, result, band, line });
        },
        onDetach: () => this.#attachments.delete(attachment),
      },
      bands,
    );
    this.#attachments.add(attachment);
    return attachment;
  }

  /** Puts a server of one's own behind a port of the emulated Internet; an unknown host comes into being. */
  listen(host: HostKey, port: number, serve: (socket: Duplex) => void): void {
    this.#internet.listen(host, port, serve);
  }

  /** A port of a host that a real server answers for, by `mappings`. @param port absent: any */
  mappedPort(host: string, port: number | undefined): number | undefined {
    return this.#internet.mappedPort(host, port);
  }

  /**
   * Brings a connection from outside the emulation to a port of a host, past air and router.
   * @param socket what the host's server takes: a real one, or what looks like it
   * @returns false where nobody answers there now; the socket is left as it is
   */
  visit(host: HostKey, port: number, socket: Duplex): boolean {
    const address = 'address' in host ? host.address : this.#internet.addressOf(host.name, now());
    const reach = address === undefined ? undefined : this.#internet.reach(address, port, now());
    if (reach?.reach !== 'open') {
      return false;
    }
    reach.serve(socket);
    return true;
  }

  /** Lets a host hang, refuse, be switched off, or come up again. @param name lower case */
  setHost(name: string, state: HostState): void {
    this.#internet.setState(name, state);
  }

  /** Breaks calls off, as a tunnel does. @param line only those of the line of this name; absent: every one */
  loseCalls(line?: string): void {
    for (const attachment of this.#attachments) {
      if (line === undefined || line === attachment.line) {
        attachment.loseCall('The signal broke off.');
      }
    }
  }

  /**
   * Places a call to modules: each one that is registered and has no call rings until it answers or the caller gives
   * up. No module can take a data call from the network side: one that answers is told NO CARRIER.
   * @param line only that of this name; absent: every one
   * @returns how many ring
   */
  page(line?: string): number {
    const paged = [...this.#attachments].filter(
      (attachment) => (line === undefined || line === attachment.line) && attachment.page(),
    );
    return paged.length;
  }

  /** Loses the call of the device that has an address, where there is one. */
  loseCallOf(client: string, reason: string): void {
    this.#calls.get(client)?.lose(reason);
  }

  /** Tells of a fault that has struck. */
  reportFault(event: FaultEvent): void {
    this.#report(event);
  }

  /** Ends the sessions in an orderly way, then everything else. */
  async close(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.end()));
    this.#internet.close();
    for (const attachment of this.#attachments) {
      attachment.detach();
    }
  }

  #openBearer(band: Band, line: LineName, controlCharacters: number) {
    const system = systemOf(band);
    const quality = this.#options.quality?.[system] ?? defaultQuality[system];
    const bitRate = bitRateOf(quality);
    const bearer = createRadioBearer(quality, (count) =>
      this.#trace({ layer: 'radio', direction: '-', text: `${count} octets lost: the buffer is full` }),
    );
    const call = callUnderWay(bearer, line);
    this.effects.call(call);
    const session = openSubscriberLine(bearer.network, bitRate, {
      call,
      effects: this.effects,
      controlCharacters,
      accounts: this.#options.accounts ?? defaultAccounts,
      authentication: this.#options.authentication ?? 'any',
      pool: this.#pool,
      random: this.#random.ppp,
      report: (event) => this.#report(event),
      trace: this.#trace,
      pppTrace: this.#options.tracesPpp === true ? this.#trace : undefined,
      serve: (link, address) => this.#serve(link, address, call),
    });
    this.#sessions.add(session);
    bearer.network.on('close', () => this.#sessions.delete(session));
    return { bearer, bitRate, address: session.address };
  }

  #serve(link: PppLink, address: Ipv4Address, call: CallUnderWay): void {
    const client = formatIpv4(address);
    this.#calls.set(client, call);
    call.onEnd(() => this.#calls.delete(client));
    route(link, this.#random.ip, {
      effects: this.effects,
      line: call.line,
      internet: this.#internet,
      op25b: this.#op25b,
      blockedBy: this.#options.blockedBy ?? 'drop',
      report: (event) => this.#report(event),
      trace: this.#trace,
    });
  }

  #createService(host: MailHost, service: MailService): MailServiceShell {
    const { name } = host;
    const { port } = service;
    const tell = (text: string) =>
      this.#trace({ layer: 'carrier', direction: '-', text: `${name}:${port} ${text}` });
    const allowsClearPasswords = this.#options.allowsClearPasswords ?? false;
    const onSignIn = (attempt: SignInAttempt) => {
      const { user, mechanism, verdict } = attempt;
      if (verdict.verdict === 'refused') {
        tell(`refused ${user} (${mechanism}): ${verdict.reason}`);
      }
      this.#report({ type: 'sign-in', at: now(), host: name, port, ...attempt });
    };
    const onConnectionError = (error: Error) => tell(`lost a connection: ${error.message}`);
    if (service.protocol === 'pop3') {
      return createPop3Service({
        host,
        service,
        random: this.#random.pop3,
        maildrops: this.#maildrops,
        effects: this.effects,
        lineOf: (client) => this.#calls.get(client)?.line,
        allowsClearPasswords,
        onSignIn,
        onRemoved: (user, count) => tell(`${user} took ${count} mails away`),
        onConnectionError,
      });
    }
    return createMailService({
      host,
      service,
      random: this.#random.mail,
      effects: this.effects,
      lineOf: (client) => this.#calls.get(client)?.line,
      allowsClearPasswords,
      deliver: (mail) => {
        const isKept = this.mailboxes.deliver(mail);
        tell(isKept ? `took mail ${mail.id} from <${mail.from}>` : 'has no room for a mail');
        if (isKept) {
          this.#report(mail);
        }
        return isKept;
      },
      onSignIn,
      onConnectionError,
    });
  }

  #report(event: CarrierEvent): void {
    this.counters[event.type] += 1;
    this.emit('event', event);
    // The union cannot be told from its parts by the compiler: one name, one kind of event.
    switch (event.type) {
      case 'call':
        this.emit('call', event);
        break;
      case 'session':
        this.emit('session', event);
        break;
      case 'lookup':
        this.emit('lookup', event);
        break;
      case 'connection':
        this.emit('connection', event);
        break;
      case 'blocked':
        this.emit('blocked', event);
        break;
      case 'sign-in':
        this.emit('sign-in', event);
        break;
      case 'fault':
        this.emit('fault', event);
        break;
      case 'mail':
        this.emit('mail', event);
        break;
    }
  }
}
