/** One run of a case: its world is made, its time passes, and what came of it is judged. */
import { knownHosts } from '../aunet/hosts/known-hosts.ts';
import { defaultAccounts } from '../aunet/subscribers.ts';
import { MASK } from '../base/trace.ts';
import { type Ms, ms } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import { type Scenario, scenarioBodySchema } from '../config/scenario-schema.ts';
import { CarrierBook } from './carrier-book.ts';
import type { CaseEvidence, CaseResult, Failure } from './case-result.ts';
import type { ScenarioCase } from './cases.ts';
import { EmulatedSide, type EmulatedSideOptions } from './emulated-side.ts';
import { EventRecorder } from './evidence.ts';
import { judge } from './expectations/judge.ts';
import type { JudgedRun } from './expectations/judged-run.ts';
import { judgeMails } from './expectations/mails.ts';
import { type Fleets, placesOf, withFleets } from './fleets.ts';
import { LineCaptures } from './line-captures.ts';
import { type Materials, materialsOf } from './materials.ts';
import { clearAtExit } from './real/leftovers.ts';
import { RealSide } from './real/real-side.ts';
import { RecordedSide, type RecordedSideOptions } from './recorded/recorded-side.ts';
import { realUntil, refuseOutside } from './refusals.ts';
import { RunLimit } from './run-limit.ts';
import type { RunOptions } from './run-options.ts';
import { hostFaults, worldOptions } from './scenario-world.ts';
import { secretsOfNetwork, shapesOf } from './secrets.ts';
import { instantOf, playTimeline, type Stage } from './timeline.ts';
import { inRealWorld, inWorld, type World } from './world.ts';

/** What a run gives besides its verdict. */
export type RunSummary = Pick<
  CaseResult,
  'startedAt' | 'endedAt' | 'virtualMs' | 'devices' | 'mails' | 'calls' | 'blocked' | 'replays'
>;

const NOTHING_YET: RunSummary = {
  startedAt: 0,
  endedAt: 0,
  virtualMs: 0,
  devices: [],
  mails: [],
  calls: 0,
  blocked: [],
  replays: [],
};

/** Everybody who takes part. */
interface Sides {
  readonly emulated: EmulatedSide;
  readonly recorded: RecordedSide;
  readonly real: RealSide;
}

export class CaseRun {
  readonly #case: ScenarioCase;
  readonly #options: RunOptions;
  readonly #recorder: EventRecorder;
  readonly #captures: LineCaptures;
  readonly #carrier = new CarrierBook();
  readonly #limit = new RunLimit();
  #emulated: EmulatedSide | undefined;
  #fleetOf: Fleets['fleetOf'] = new Map();
  #summary = NOTHING_YET;
  #isOver = false;

  constructor(scenarioCase: ScenarioCase, options: RunOptions) {
    this.#case = scenarioCase;
    this.#options = options;
    this.#recorder = new EventRecorder(options.trace);
    this.#captures = new LineCaptures(options.tap);
  }

  get summary(): RunSummary {
    return this.#summary;
  }

  /** @returns what is not as it was expected; what stops the run is thrown */
  async play(): Promise<Failure[]> {
    const fleets = withFleets(scenarioBodySchema.parse(this.#case.document));
    const { scenario, fleetOf } = fleets;
    this.#fleetOf = fleetOf;
    const world = {
      ...worldOptions(scenario, this.#options.seed),
      trace: this.#recorder.traceOf(),
      airTapOf: (device: string) => this.#captures.airTapOf(device),
    };
    refuseOutside(scenario);
    const networkSecrets = secretsOfNetwork(world);
    const masked = (text: string) =>
      networkSecrets.reduce((shown, secret) => shown.replaceAll(secret, MASK), text);
    const materials = await materialsOf(scenario);
    const { accounts = defaultAccounts, hosts = knownHosts } = world;
    const allAccounts = [...accounts, ...hosts.flatMap((host) => host.accounts)];
    const passwordOf = (user: string) => allAccounts.find((account) => account.user === user)?.password;
    const { mappings = [] } = world;
    const sides = this.#sides(scenario, { materials, masked, passwordOf, mappings });
    const { real, recorded } = sides;
    const live = (around: World) =>
      this.#limit.within(scenario.timeout, () => this.#live(scenario, materials, around, sides));
    const lived = real.isEmpty
      ? await inWorld(world, live)
      : await inRealWorld({ ...world, ...real.networkTrace }, (around) =>
          this.#inRealTime(sides, () => live(around)),
        );
    this.#summary = { ...lived, mails: await this.#carrier.mails(fleetOf), replays: recorded.replays() };
    const ofDevices = [...materials.memories.values()].flatMap(({ contents: { settings } }) =>
      settings === undefined ? [] : shapesOf(settings),
    );
    const secrets = real.isEmpty ? ofDevices : [...ofDevices, ...networkSecrets];
    const places = placesOf(this.#case.places, fleets);
    return judge({ ...this.#judged(scenario), ...this.#summary, places, secrets });
  }

  evidence(): CaseEvidence {
    return {
      events: this.#recorder.events,
      eventsDropped: this.#recorder.dropped,
      captures: this.#captures.files(),
      flashes: this.#emulated?.flashes() ?? {},
    };
  }

  #sides(
    scenario: Scenario,
    {
      materials,
      masked,
      ...network
    }: Pick<EmulatedSideOptions, 'materials' | 'mappings'> &
      Pick<RecordedSideOptions, 'masked' | 'passwordOf'>,
  ): Sides {
    const common = {
      scenario,
      traceOf: (device?: string) => this.#recorder.traceOf(device),
      tapsOf: (device: string) => this.#captures.tapsOf(device),
      masked,
      onCrash: this.#limit.crash,
    };
    const recorded = new RecordedSide({ ...common, ...network, tapes: materials.tapes });
    const recordedModuleOf = (device: string) => recorded.moduleOf(device);
    const { parts, keepInMind = clearAtExit } = this.#options;
    const emulated = new EmulatedSide({ ...common, ...network, materials, recordedModuleOf, parts });
    this.#emulated = emulated;
    const real = new RealSide({ ...common, file: this.#case.file, keepInMind, recordedModuleOf });
    return { emulated, recorded, real };
  }

  async #live(
    scenario: Scenario,
    { images }: Materials,
    world: World,
    { emulated, recorded, real }: Sides,
  ): Promise<Omit<RunSummary, 'mails' | 'replays'>> {
    const { auNet, faults } = world;
    const start = now();
    const until = real.isEmpty
      ? instantOf(scenario.until, start)
      : realUntil(scenario, this.#case.document, start);
    auNet.on('event', (event) => {
      this.#carrier.add(event);
      real.note(event, this.#carrier.lineOf(event));
    });
    for (const [name, { state }] of Object.entries(scenario.world.hosts)) {
      auNet.setHost(name.toLowerCase(), state);
    }
    for (const fault of [...hostFaults(scenario), ...scenario.faults]) {
      faults.add(fault);
    }
    emulated.bring(world);
    await real.bring(world);
    emulated.powerOn();
    recorded.start(world);
    const note = (text: string) => this.#recorder.traceOf()({ layer: 'firmware', direction: '-', text });
    const stage: Stage = { auNet, faults, devices: emulated.lives, images, note };
    const jumped = await playTimeline(
      scenario.timeline,
      start,
      until,
      real.isEmpty ? stage : { ...stage, ...this.#realEnd(scenario, real, start) },
    );
    await emulated.idle();
    return {
      startedAt: start,
      endedAt: now(),
      virtualMs: ms(now() - start - jumped),
      devices: [
        ...emulated.results().map((result) => ({ ...result, fleet: this.#fleetOf.get(result.name) })),
        ...recorded.results((line) => this.#carrier.dialsOf(line)),
        ...real.results((line) => this.#carrier.dialsOf(line)),
      ],
      calls: auNet.counters.call,
      blocked: this.#carrier.blocked,
    };
  }

  /** Real time goes on after the run: whatever came of it, nobody may live on in it. */
  async #inRealTime<T>({ emulated, recorded, real }: Sides, run: () => Promise<T>): Promise<T> {
    const breakOff = () => this.#limit.crash(new Error('The scenario was broken off.'));
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
      emulated.powerOff();
      recorded.release();
      await real.release();
    }
  }

  /** In real time it is over as soon as all is as expected. */
  #realEnd({ expect, ...scenario }: Scenario, real: RealSide, startedAt: Ms): Partial<Stage> {
    const wantsMails =
      (expect.mailCount?.min ?? 0) > 0 || expect.mails.some(({ count }) => (count?.min ?? 1) > 0);
    const carrier = this.#carrier;
    const goal = {
      get mailsSoFar() {
        return carrier.mailCount;
      },
      isReached: async () =>
        wantsMails &&
        judgeMails({
          ...this.#judged({ ...scenario, expect }),
          startedAt,
          mails: await carrier.mails(this.#fleetOf),
        }).length === 0,
    };
    return {
      untilTheEnd: (until) => real.whenOver(until, goal),
      refuseIfOver: () => {
        if (this.#isOver) {
          throw new Error('The scenario is over.');
        }
      },
    };
  }

  #judged(scenario: Scenario): JudgedRun {
    const { file, places } = this.#case;
    const { events } = this.#recorder;
    return { scenario, file, places, fleetOf: this.#fleetOf, ...this.#summary, events, secrets: [] };
  }
}
