/** Plays the module's side of one vector against the dialogue machine, in time that the vector tells. */
import { type Ms, ms } from '../../../src/base/units.ts';
import type { Command } from '../../../src/modem/command.ts';
import { Dialogue } from '../../../src/modem/dialogue.ts';
import type { DialogueAction, DialogueEvent } from '../../../src/modem/dialogue-action.ts';
import type { AtDteVector, Chunk } from './vector.ts';

/** Silence after the last chunk: all that waits for silence to decide has decided by then. */
const SETTLE = 3000;
/** A command of a vector that says nothing of time does not time out within `SETTLE`. */
const PATIENT = 60_000;
/** By then every timeout that a vector expects has come. */
const LONGEST = 300_000;
/** S12 counts fiftieths of a second; 50 is the default. */
const GUARD_UNIT = 20;

export interface Played {
  readonly events: readonly PlainEvent[];
  readonly mode: 'command' | 'data' | 'closed';
  readonly holdsCall: boolean;
  /** What the driver had written when the last chunk had come. */
  readonly written: readonly string[];
  /** When it wrote again, or could, after what it was given; counted from the start. */
  readonly nextWriteAt: number;
}

/** An event with octets as text, one character per octet. */
export type PlainEvent = Readonly<Record<string, unknown>> & { readonly type: string };

/**
 * @param gapMs the pause between two command lines; with 0 the next line is out as soon as the last one ended,
 *   as vectors assume that put the answers of two commands into one read
 */
export function play(vector: AtDteVector, chunks: readonly Chunk[], gapMs: number): Played {
  const { setup } = vector;
  const options = {
    gapMs: ms(gapMs),
    guardMs: ms((setup.S12 ?? 50) * GUARD_UNIT),
    ...(vector.lineLimit === undefined ? {} : { lineLimit: vector.lineLimit }),
    ...(vector.bootMessages === undefined ? {} : { bootMessages: vector.bootMessages }),
  };
  let dialogue = new Dialogue(options);
  let now = ms(0);
  const events: PlainEvent[] = [];
  const writes: { readonly at: number; readonly text: string }[] = [];
  const take = (actions: readonly DialogueAction[]) => {
    for (const action of actions) {
      if (action.do === 'write') {
        writes.push({ at: now, text: action.text });
      } else if (action.do === 'tell') {
        add(events, plain(action.event));
      }
    }
  };
  const timeouts = () => events.filter(({ type }) => type === 'timeout').length;
  const advanceTo = (until: Ms, mayTimeOut = () => true) => {
    for (let at = dialogue.deadline; at !== undefined && at <= until; at = dialogue.deadline) {
      if (at === dialogue.commandDeadline && !mayTimeOut()) {
        break;
      }
      now = ms(Math.max(now, at));
      take(dialogue.tick(now));
    }
    now = until;
  };

  dialogue.setFormat({
    ...(setup.V === undefined ? {} : { verbose: setup.V !== 0 }),
    ...(setup.S3 === undefined ? {} : { terminator: setup.S3 }),
    ...(setup.S4 === undefined ? {} : { lineFeed: setup.S4 }),
  });
  if (setup.mode !== undefined && setup.mode !== 'command') {
    dialogue.takeOverCall(setup.mode === 'data' ? 'data' : 'command');
  }
  if (setup.escaping === true) {
    dialogue.awaitEscape(now);
  }
  for (const { line, timeoutMs = setup.timeoutMs ?? PATIENT, shape } of vector.pending) {
    const command: Command = { line, timeoutMs: ms(timeoutMs), shape };
    take(dialogue.submit(command, now));
  }
  for (const chunk of chunks) {
    advanceTo(ms(now + chunk.gapMs));
    switch (chunk.event) {
      case 'bytes':
        take(dialogue.receive(chunk.bytes, now));
        break;
      case 'carrier-fell':
        take(dialogue.endCall(now));
        break;
      case 'port-lost':
        take(dialogue.portLost(now));
        break;
      case 'port-opened':
        dialogue = new Dialogue(options);
        break;
      case 'speed':
        dialogue.dropPartialLine();
        break;
      case 'nothing':
        break;
    }
  }
  const written = writes.map(({ text }) => text);
  const lastAt = now;
  const nextWriteAt = Math.min(
    dialogue.nextWriteAt,
    ...writes.filter(({ at }) => at > lastAt).map(({ at }) => at),
  );
  // The vector says nothing of what the module does from here on: no further command times out.
  const isMissing = () => timeouts() < vector.expectedTimeouts;
  advanceTo(ms(now + SETTLE), isMissing);
  if (isMissing()) {
    advanceTo(ms(now + LONGEST), isMissing);
  }
  return {
    events,
    mode: dialogue.isLost ? 'closed' : dialogue.mode,
    holdsCall: dialogue.holdsCall,
    written,
    nextWriteAt,
  };
}

/** Neighbouring data is one piece: how reads cut it means nothing. */
function add(events: PlainEvent[], event: PlainEvent): void {
  const last = events.at(-1);
  if (event.type === 'data' && last?.type === 'data') {
    events[events.length - 1] = { type: 'data', bytes: `${last.bytes}${event.bytes}` };
  } else {
    events.push(event);
  }
}

function plain(event: DialogueEvent): PlainEvent {
  return event.type === 'data'
    ? { type: 'data', bytes: Buffer.from(event.bytes).toString('latin1') }
    : { ...event };
}
