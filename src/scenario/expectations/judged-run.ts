/** What is judged, and how a failure finds its place in the file. */
import type { Range } from '../../config/scenario-expect.ts';
import type { Place } from '../../config/scenario-layers.ts';
import type { Scenario } from '../../config/scenario-schema.ts';
import type { CaseResult, EvidenceEvent, Failure } from '../case-result.ts';

export interface JudgedRun
  extends Pick<CaseResult, 'startedAt' | 'endedAt' | 'devices' | 'mails' | 'calls' | 'blocked' | 'replays'> {
  readonly scenario: Scenario;
  readonly file: string;
  readonly places: Readonly<Record<string, Place>>;
  /** Devices of a fleet, and what the file calls them all. */
  readonly fleetOf: ReadonlyMap<string, string>;
  readonly events: readonly EvidenceEvent[];
  /** What may be in no event, in every form that it takes on the way. */
  readonly secrets: readonly string[];
}

export type Told = Pick<Failure, 'message' | 'expected' | 'found'>;

/** @param path as in `expect.mails[0].to`; where the file does not say so itself, the place of what encloses it */
export function failureAt({ file, places }: JudgedRun, path: string, told: Told): Failure {
  for (let at = path; at !== ''; at = at.replace(/(?:\.[^.[\]]+|\[[^\]]*\]|^[^.[\]]+)$/, '')) {
    const place = places[at];
    if (place !== undefined) {
      return { path, ...place, ...told };
    }
  }
  return { path, file, ...told };
}

/** Whether a device is the one that the file means, or one of those. */
export const isOneOf = ({ fleetOf }: JudgedRun, device: string | undefined, meant: string): boolean =>
  device !== undefined && (device === meant || fleetOf.get(device) === meant);

export const isWithin = ({ min, max }: Range, value: number): boolean => value >= min && value <= max;

const UNBOUNDED = 1_000_000_000;

export function rangeText({ min, max }: Range): string {
  if (min === max) {
    return String(min);
  }
  if (max >= UNBOUNDED) {
    return `at least ${min}`;
  }
  return min === 0 ? `at most ${max}` : `${min} to ${max}`;
}

/** `1 mail`, `3 mails` */
export const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;

/** Of a fleet the first ones are enough to see what is wrong. */
const MOST_REASONS = 5;

/** Why a device's mails did not come, by its last session; empty where nothing stopped it. */
export function reasonOf(run: JudgedRun, name?: string): string {
  const { devices, blocked = [] } = run;
  const meant = devices.filter((device) => name === undefined || isOneOf(run, device.name, name));
  const reasons = meant.slice(0, MOST_REASONS).flatMap(({ name: one, kind, reason, blockedBy, state }) => {
    if (kind === 'real') {
      return reason === undefined ? [] : [`${one} is a real device. ${reason}`];
    }
    if (reason !== undefined) {
      return [`${one} was stopped by ${blockedBy}: ${reason}`];
    }
    return state === 'on' ? [] : [`${one} is ${state}.`];
  });
  const more = meant.length > MOST_REASONS ? [`(${meant.length - MOST_REASONS} further devices.)`] : [];
  const seen = blocked.length === 0 ? [] : [`The carrier saw and blocked (OP25B): ${blocked.join(', ')}.`];
  return [...reasons, ...more, ...seen].join(' ');
}
