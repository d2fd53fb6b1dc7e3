/** Runs one case of a scenario file: makes its world, lets its time pass, and judges what came of it. */
import { gzipSync } from 'node:zlib';
import type { CarrierEvent } from '../aunet/carrier-event.ts';
import type { AcceptedMail } from '../aunet/mailboxes.ts';
import { Kadec21Error } from '../base/errors.ts';
import { type Ms, ms } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import { type Scenario, scenarioBodySchema } from '../config/scenario-schema.ts';
import type { CommsParts } from '../firmware/comms-parts.ts';
import type { DevicePartsOptions } from '../firmware/device-parts.ts';
import { pppCapture } from '../serial/ppp-capture.ts';
import { type LineTap, tappedDte } from '../serial/tapped-line.ts';
import { formatIpv4 } from '../wire/ipv4.ts';
import type { CaseEvidence, CaseResult, DeviceResult, Failure, SessionResult } from './case-result.ts';
import type { ScenarioCase } from './cases.ts';
import { DeviceLife } from './device-life.ts';
import type { LivedSession, PluggedModule } from './device-life-options.ts';
import { type EventListener, EventRecorder } from './evidence.ts';
import { judge } from './expectations/judge.ts';
import type { JudgedRun } from './expectations/judged-run.ts';
import { judgeMails } from './expectations/mails.ts';
import { readMail } from './mail-reading.ts';
import { type Materials, materialsOf, sensorKey } from './materials.ts';
import { clearAtExit, type KeepInMind } from './real/leftovers.ts';
import { RealSide } from './real/real-side.ts';
import { realUntil } from './real/refusals.ts';
import { hostFaults, worldOptions } from './scenario-world.ts';
import { maskedDocument, shapesOf } from './secrets.ts';
import { trustingEmulation } from './send-data-mail.ts';
import { instantOf, moduleCalled, playTimeline } from './timeline.ts';
import { WatchedLine } from './watched-line.ts';
import { inRealWorld, inWorld, type World } from './world.ts';

export interface RunOptions {
  /** Same seed, same run. */
  readonly seed: number;
  /** Hears every event as it comes. */
  readonly trace?: EventListener | undefined;
  /** Listens in on the line of each device. */
  readonly tap?: ((device: string) => LineTap | undefined) | undefined;
  /** What devices are made of, instead of their own parts. */
  readonly parts?: ((options: DevicePartsOptions) => CommsParts) | undefined;
  /** Whether events, captures and flash images are given: always, or of what did not pass. Default: `failed`. */
  readonly evidence?: 'always' | 'failed' | undefined;
  /** Is told of programs and files outside of this process. By default they are gone when the process ends. */
  readonly keepInMind?: KeepInMind | undefined;
  /** Breaks a case in real time off, and lets everything go that it has. */
  readonly signal?: AbortSignal | undefined;
}

/** Taken before any run has replaced it: the limit is one of real time. */
const realSetTimeout = globalThis.setTimeout;
const realClearTimeout = globalThis.clearTimeout;
const realNow = performance.now.bind(performance);

/** Never rejects: what could not be run is `broken`, and its failure says why. */
export async function runCase(scenarioCase: ScenarioCase, options: RunOptions): Promise<CaseResult> {
  const startedAt = realNow();
  const run = new CaseRun(scenarioCase, options);
  let failures: readonly Failure[];
  let isBroken = false;
  try {
    failures = await run.play();
  } catch (error) {
    isBroken = true;
    failures = [brokenBy(error, scenarioCase)];
  }
  const verdict = isBroken ? 'broken' : failures.length > 0 ? 'failed' : 'passed';
  const { id, file, name, parameters } = scenarioCase;
  const withEvidence = options.evidence === 'always' || verdict !== 'passed';
  return {
    schema: 'kadec21/case-result/1',
    id,
    file,
    name,
    parameters,
    seed: options.seed,
    verdict,
    failures,
    ...run.summary(),
    realMs: realNow() - startedAt,
    evidence: withEvidence ? run.evidence() : NO_EVIDENCE,
  };
}

const NO_EVIDENCE: CaseEvidence = { events: [], eventsDropped: 0, captures: {}, flashes: {} };

function brokenBy(error: unknown, { file }: ScenarioCase): Failure {
  const told = error instanceof Error ? error.message : String(error);
  const found =
    error instanceof Kadec21Error ? error.code : error instanceof Error ? (error.stack ?? told) : told;
  return { path: '', file, line: 1, column: 1, message: told, expected: 'a scenario that can be run', found };
}

type Summary = Pick<
  CaseResult,
  'startedAt' | 'endedAt' | 'virtualMs' | 'devices' | 'mails' | 'calls' | 'blocked'
>;

interface DeviceBook {
  readonly life: DeviceLife;
  readonly sessions: SessionResult[];
  readonly alerts: DeviceResult['alerts'][number][];
}

class CaseRun {
  readonly #case: ScenarioCase;
  readonly #options: RunOptions;
  readonly #recorder: EventRecorder;
  readonly #books = new Map<string, DeviceBook>();
  readonly #captures = new Map<string, Uint8Array[]>();
  readonly #accepted: { readonly mail: AcceptedMail; readonly device: string | undefined }[] = [];
  /** Whose line a subscriber's address is. */
  readonly #lines = new Map<string, string>();
  #summary: Summary = {
    startedAt: 0,
    endedAt: 0,
    virtualMs: 0,
    devices: [],
    mails: [],
    calls: 0,
    blocked: [],
  };
  readonly #blocked = new Set<string>();
  #crash: (error: unknown) => void = () => {};
  #isOver = false;

  constructor(scenarioCase: ScenarioCase, options: RunOptions) {
    this.#case = scenarioCase;
    this.#options = options;
    this.#recorder = new EventRecorder(options.trace);
  }

  summary(): Summary {
    return this.#summary;
  }

  async play(): Promise<Failure[]> {
    const scenario = scenarioBodySchema.parse(this.#case.document);
    const world = { ...worldOptions(scenario, this.#options.seed), trace: this.#recorder.traceOf() };
    const real = new RealSide(
      {
        scenario,
        file: this.#case.file,
        keepInMind: this.#options.keepInMind ?? clearAtExit,
        traceOf: (device) => this.#recorder.traceOf(device),
        tapsOf: (device) => this.#tapsOf(device),
        onCrash: (error) => this.#crash(error),
      },
      world,
    );
    const materials = await materialsOf(scenario);
    const secrets = [...materials.memories.values()].flatMap(({ contents: { settings } }) =>
      settings === undefined ? [] : shapesOf(settings),
    );
    const lived = real.isEmpty
      ? await inWorld(world, (around) =>
          this.#within(scenario.timeout, () => this.#live(scenario, materials, around, real)),
        )
      : await inRealWorld({ ...world, ...real.networkTrace }, (around) =>
          this.#withRealDevices(real, () =>
            this.#within(scenario.timeout, () => this.#live(scenario, materials, around, real)),
          ),
        );
    this.#summary = { ...lived, mails: await this.#mails() };
    return judge({
      ...this.#judged(scenario),
      ...this.#summary,
      secrets: real.isEmpty ? secrets : [...secrets, ...real.secrets],
    });
  }

  #judged(scenario: Scenario): JudgedRun {
    const { file, places } = this.#case;
    return { scenario, file, places, ...this.#summary, events: this.#recorder.events, secrets: [] };
  }

  #mails() {
    return Promise.all(this.#accepted.map(({ mail, device }) => readMail(mail, device)));
  }

  /** Real time goes on after the run: whatever came of it, nobody may live on in it. */
  async #withRealDevices<T>(real: RealSide, run: () => Promise<T>): Promise<T> {
    const breakOff = () => this.#crash(new Error('The scenario was broken off.'));
    const { signal } = this.#options;
    signal?.addEventListener('abort', breakOff, { once: true });
    if (signal?.aborted) {
      breakOff();
    }
    try {
      return await run();
    } finally {
      signal?.removeEventListener('abort', breakOff);
      this.#isOver = true;
      this.#recorder.close();
      for (const { life } of this.#books.values()) {
        life.powerOff();
      }
      await real.release();
    }
  }

  /** In real time: a scenario that hangs must not hang the others. */
  async #within<T>(limit: Ms, run: () => Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limited = new Promise<never>((_, reject) => {
      this.#crash = reject;
      timer = realSetTimeout(
        () => reject(new Error(`The scenario took longer than ${limit / 1000} s of real time (timeout).`)),
        limit,
      );
    });
    try {
      return await Promise.race([run(), limited]);
    } finally {
      realClearTimeout(timer);
    }
  }

  async #live(
    scenario: Scenario,
    materials: Materials,
    world: World,
    real: RealSide,
  ): Promise<Omit<Summary, 'mails'>> {
    const { auNet, faults } = world;
    const start = now();
    const until = real.isEmpty
      ? instantOf(scenario.until, start)
      : realUntil(scenario, this.#case.document, start);
    auNet.on('event', (event) => this.#carrierEvent(event, real));
    for (const [name, { state }] of Object.entries(scenario.world.hosts)) {
      auNet.setHost(name.toLowerCase(), state);
    }
    for (const fault of [...hostFaults(scenario), ...scenario.faults]) {
      faults.add(fault);
    }
    for (const [name, memory] of materials.memories) {
      this.#bring(scenario, materials, world, name, memory);
    }
    await real.bring(world);
    const devices = new Map([...this.#books].map(([name, { life }]) => [name, life]));
    for (const [name, { power }] of Object.entries(scenario.devices)) {
      if (power === 'on') {
        devices.get(name)?.powerOn();
      }
    }
    const note = (text: string) => this.#recorder.traceOf()({ layer: 'firmware', direction: '-', text });
    const ofTheStage = { auNet, faults, devices, images: materials.images, note };
    const stage = real.isEmpty ? ofTheStage : { ...ofTheStage, ...this.#inRealTime(scenario, real, start) };
    const jumped = await playTimeline(scenario.timeline, start, until, stage);
    for (const life of devices.values()) {
      await life.idle;
    }
    return {
      startedAt: start,
      endedAt: now(),
      virtualMs: ms(now() - start - jumped),
      devices: [...[...this.#books].map(([name, book]) => deviceResult(name, book)), ...real.results()],
      calls: auNet.counters.call,
      blocked: [...this.#blocked],
    };
  }

  #inRealTime({ expect, ...scenario }: Scenario, real: RealSide, startedAt: Ms) {
    const wantsMails =
      (expect.mailCount?.min ?? 0) > 0 || expect.mails.some(({ count }) => (count?.min ?? 1) > 0);
    const accepted = this.#accepted;
    const goal = {
      get mailsSoFar() {
        return accepted.length;
      },
      isReached: async () =>
        wantsMails &&
        judgeMails({ ...this.#judged({ ...scenario, expect }), startedAt, mails: await this.#mails() })
          .length === 0,
    };
    return {
      untilTheEnd: (until: Ms) => real.whenOver(until, goal),
      refuseIfOver: () => {
        if (this.#isOver) {
          throw new Error('The scenario is over.');
        }
      },
    };
  }

  #bring(
    scenario: Scenario,
    { sensors }: Materials,
    world: World,
    name: string,
    memory: ReturnType<Materials['memories']['get']> & object,
  ): void {
    const device = scenario.devices[name];
    const sensor = device === undefined ? undefined : sensors.get(sensorKey(device));
    if (device === undefined || sensor === undefined) {
      throw new RangeError(`No device ${name}`);
    }
    const trace = this.#recorder.traceOf(name);
    const moduleName = device.module ?? memory.contents.settings?.module ?? device.settings?.module ?? '';
    const book: Omit<DeviceBook, 'life'> = { sessions: [], alerts: [] };
    const life = new DeviceLife({
      name,
      memory,
      sensor,
      module: moduleCalled(moduleName),
      plugIn: (module): PluggedModule => {
        const connection = world.plugIn(name, module, trace);
        const watched = new WatchedLine(connection.line, () => connection.module.hasCall);
        const line = tappedDte(this.#tapped(watched, name), this.#captureTap(name));
        return {
          line,
          get leftCallUp() {
            return watched.leftCallUp;
          },
        };
      },
      random: world.random.fork(name),
      trace,
      recordedFor: device.recordedFor,
      parts: this.#options.parts,
      adapt: (settings) => trustingEmulation(settings, []),
      onSession: (session) => book.sessions.push(sessionResult(session)),
      onAlert: ({ kind, text, advice }) => book.alerts.push({ kind, text, advice }),
      onCrash: (error) => this.#crash(error),
    });
    this.#books.set(name, { ...book, life });
  }

  #tapsOf(name: string): LineTap[] {
    const tap = this.#options.tap?.(name);
    return [this.#captureTap(name), ...(tap === undefined ? [] : [tap])];
  }

  #tapped(line: WatchedLine, name: string) {
    const tap = this.#options.tap?.(name);
    return tap === undefined ? line : tappedDte(line, tap);
  }

  #captureTap(name: string): LineTap {
    let chunks = this.#captures.get(name);
    if (chunks === undefined) {
      const written: Uint8Array[] = [];
      chunks = written;
      this.#captures.set(name, written);
    }
    const known = this.#taps.get(name) ?? pppCapture((octets) => chunks.push(octets));
    this.#taps.set(name, known);
    return known;
  }

  readonly #taps = new Map<string, LineTap>();

  #carrierEvent(event: CarrierEvent, real: RealSide): void {
    if (event.type === 'session' && event.state === 'up' && event.line !== undefined) {
      this.#lines.set(formatIpv4(event.address), event.line);
    }
    if (!real.isEmpty) {
      real.note(event, 'client' in event ? this.#lines.get(event.client) : undefined);
    }
    if (event.type === 'blocked') {
      this.#blocked.add(`${event.host ?? formatIpv4(event.address)}:${event.port}`);
    }
    if (event.type === 'mail') {
      this.#accepted.push({ mail: event, device: this.#lines.get(event.client) });
    }
  }

  evidence(): CaseEvidence {
    const flashes = [...this.#books].flatMap(([name, { life }]) => {
      const { image } = life.memory;
      return image === undefined ? [] : [[name, gzipSync(image, { level: 1 }).toString('base64')] as const];
    });
    const captures = [...this.#captures].map(
      ([name, chunks]) => [name, Buffer.concat(chunks).toString('base64')] as const,
    );
    return {
      events: this.#recorder.events,
      eventsDropped: this.#recorder.dropped,
      captures: Object.fromEntries(captures),
      flashes: Object.fromEntries(flashes),
    };
  }
}

function sessionResult({ report, leftCallUp }: LivedSession): SessionResult {
  const { outcome, blockedBy, steps, release, dials, bytesSent, bytesReceived, startedAt, endedAt } = report;
  return {
    startedAt,
    endedAt,
    outcome,
    blockedBy: blockedBy?.code,
    reason: blockedBy?.sentence,
    advice: blockedBy?.advice,
    release,
    dials,
    attempts: steps.filter(({ name }) => name === 'submit').length,
    bytesOnLine: bytesSent + bytesReceived,
    leftCallUp,
    steps: steps.map(({ name, result }) => ({ name, result })),
  };
}

function deviceResult(name: string, { life, sessions, alerts }: DeviceBook): DeviceResult {
  const last = sessions.at(-1);
  const sum = (count: (session: SessionResult) => number) =>
    sessions.reduce((total, session) => total + count(session), 0);
  const { slot0, slot1, settings } = life.memory.contents;
  return {
    name,
    kind: 'emulated',
    state: life.state,
    module: life.module.name,
    firmware: life.release,
    sessions,
    outcome: last?.outcome,
    blockedBy: last?.blockedBy ?? life.failure?.code,
    reason: last?.reason ?? life.failure?.message,
    advice: last?.advice ?? life.failure?.advice,
    dials: sum(({ dials }) => dials),
    attempts: sum(({ attempts }) => attempts),
    boots: life.boots,
    bytesOnLine: sum(({ bytesOnLine }) => bytesOnLine),
    timeOnLineMs: sum(({ startedAt, endedAt }) => endedAt - startedAt),
    waiting: life.waiting.length,
    alerts,
    slots: { slot0, slot1 },
    settings: settings === undefined ? undefined : maskedDocument(settings),
    hasCall: sessions.some(({ leftCallUp }) => leftCallUp),
  };
}
