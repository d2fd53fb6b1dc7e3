/** Cases without number against one target: each held to its assertions, its CPU time and, endless ones, to memory. */
import { type Random, seededRandom } from '../../src/base/random.ts';
import { heldMemory } from './held-memory.ts';
import { cut, mutant } from './mutate.ts';
import type { EndlessStream, FuzzCase, FuzzTarget } from './target.ts';

/** Two orders of magnitude above what linear readers take; a quadratic one goes far beyond it. */
const CPU_MS = 250;
const CPU_BYTES = 64 * 1024;
/** CPU time and memory that others cause do not come back: only what is too much each time is a finding. */
const TRIES = 4;

const ENDLESS_BYTES = 1024 * 1024;
/** Before it, so that code which is compiled at its first use does not count as held. */
const WARM_UP_BYTES = 64 * 1024;
const ENDLESS_CPU_MS = 4 * CPU_MS * (ENDLESS_BYTES / CPU_BYTES);
/** Far above every bound that the readers name, far below what is pushed. */
const HELD_LIMIT_BYTES = 384 * 1024;

/** What an endless stream has instead of a case's number. */
const NO_CASE = -1;

export interface Finding {
  readonly what: string;
  /** Gives the same case again. */
  readonly caseSeed?: number;
  readonly octets?: Uint8Array;
  readonly cuts?: readonly number[];
}

export interface CampaignReport {
  readonly target: string;
  readonly iterations: number;
  readonly bytes: number;
  readonly ms: number;
  readonly finding?: Finding;
}

export interface CampaignLimits {
  readonly seed: number;
  readonly iterations: number;
  readonly ms: number;
  /** Called with each case before it begins. */
  readonly onCase?: (caseSeed: number) => void;
}

/** Runs cases until a limit is reached or something is found. */
export async function campaign(target: FuzzTarget, limits: CampaignLimits): Promise<CampaignReport> {
  const started = performance.now();
  const seeds = seededRandom(limits.seed).fork(target.name);
  let [iterations, bytes] = [0, 0];
  const report = (finding?: Finding): CampaignReport => {
    const ms = performance.now() - started;
    return { target: target.name, iterations, bytes, ms, ...(finding === undefined ? {} : { finding }) };
  };
  while (iterations < limits.iterations && performance.now() - started < limits.ms) {
    const caseSeed = seeds.integer(0, 0x7fff_ffff);
    limits.onCase?.(caseSeed);
    const { finding, length } = await tryCase(target, caseSeed);
    iterations += 1;
    bytes += length;
    if (finding !== undefined) {
      return report(finding);
    }
  }
  return report();
}

/** Pushes each endless stream of a target. @returns what is wrong with the first that has something wrong */
export async function endless(
  target: FuzzTarget,
  onCase?: (caseSeed: number) => void,
): Promise<Finding | undefined> {
  for (const stream of target.endless ?? []) {
    onCase?.(NO_CASE);
    const what = await endlessFault(stream);
    if (what !== undefined) {
      return { what: `endless ${stream.name}: ${what}` };
    }
  }
  return undefined;
}

/** Runs the case of one seed. */
export async function tryCase(
  target: FuzzTarget,
  caseSeed: number,
): Promise<{ readonly finding?: Finding; readonly length: number }> {
  const given = makeCase(target, seededRandom(caseSeed));
  const { length } = given.octets;
  const found = (what: string) => ({
    length,
    finding: { what, caseSeed, octets: given.octets, cuts: given.pieces.map((piece) => piece.length) },
  });
  const limit = (target.cpuMs ?? CPU_MS) * Math.ceil((length + 1) / CPU_BYTES);
  let fastest = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = process.cpuUsage();
    try {
      const end = target.attempt({ ...given, random: seededRandom(caseSeed).fork('attempt') });
      if (end !== undefined) {
        await end;
      }
    } catch (error) {
      return found(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    fastest = Math.min(fastest, cpuMsSince(before));
    if (fastest <= limit) {
      return { length };
    }
  }
  return found(`${Math.round(fastest)} ms of CPU time for ${length} octets, at most ${limit} ms are allowed`);
}

function makeCase(target: FuzzTarget, random: Random): Omit<FuzzCase, 'random'> {
  const octets = mutant(random, target.corpus, target.dictionary);
  return { octets, pieces: cut(octets, random) };
}

async function endlessFault(stream: EndlessStream): Promise<string | undefined> {
  try {
    const warm = await pushAll(stream, WARM_UP_BYTES);
    await warm(new Uint8Array(0));
    const limit = stream.heldBytes ?? HELD_LIMIT_BYTES;
    let [leastHeld, fastest] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { held, cpuMs } = await measureEndless(stream);
      leastHeld = Math.min(leastHeld, held);
      fastest = Math.min(fastest, cpuMs);
      if (leastHeld <= limit && fastest <= ENDLESS_CPU_MS) {
        return undefined;
      }
    }
    return `${Math.round(leastHeld / 1024)} KiB are held of ${ENDLESS_BYTES / 1024} KiB, after ${Math.round(fastest)} ms`;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

/** @returns what the reader holds at the end, and the CPU time it took */
async function measureEndless(stream: EndlessStream): Promise<{ held: number; cpuMs: number }> {
  const before = await heldMemory();
  const started = process.cpuUsage();
  const push = await pushAll(stream, ENDLESS_BYTES);
  const cpuMs = cpuMsSince(started);
  const held = (await heldMemory()) - before;
  // The reader is used once more, so that it counted.
  await push(new Uint8Array(0));
  return { held, cpuMs };
}

/** @returns the reader after so many octets */
async function pushAll(stream: EndlessStream, bytes: number): Promise<ReturnType<EndlessStream['open']>> {
  const push = stream.open();
  for (let pushed = 0; pushed < bytes; pushed += stream.piece.length) {
    const end = push(stream.piece);
    if (end !== undefined) {
      await end;
    }
  }
  return push;
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
