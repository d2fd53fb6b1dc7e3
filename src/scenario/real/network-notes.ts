/**
 * What the network side has seen go wrong on the way of a real device's mail. It is all that can be told about why the
 * mail did not come: the device keeps its own reasons to itself.
 */
import type { CarrierEvent } from '../../aunet/carrier-event.ts';
import { formatIpv4 } from '../../wire/ipv4.ts';

/** What comes first tells how it began; a device that goes on trying adds nothing. */
const MOST_NOTES = 6;

export class NetworkNotes {
  /** How often, by device (empty: it concerns them all) and sentence. */
  readonly #notes = new Map<string, Map<string, number>>();

  /** @param device whose line an event without a name of its own belongs to, where that is known */
  add(event: CarrierEvent, device: string | undefined): void {
    const text = troubleOf(event);
    if (text === undefined) {
      return;
    }
    const line = ('line' in event ? event.line : undefined) ?? device ?? '';
    const notes = this.#notes.get(line) ?? new Map<string, number>();
    this.#notes.set(line, notes);
    if (notes.has(text) || notes.size < MOST_NOTES) {
      notes.set(text, (notes.get(text) ?? 0) + 1);
    }
  }

  /** @returns one phrase each; empty where all was well */
  of(device: string): string[] {
    return [...(this.#notes.get('') ?? []), ...(this.#notes.get(device) ?? [])].map(([text, times]) =>
      times === 1 ? text : `${text} (${times} times)`,
    );
  }
}

function troubleOf(event: CarrierEvent): string | undefined {
  switch (event.type) {
    case 'fault':
      return `the fault ${event.fault}: ${event.text}`;
    case 'call':
      return event.result === 'connected' ? undefined : `a call to ${event.number}: ${event.result}`;
    case 'session':
      return event.state === 'up' || event.reason === undefined
        ? undefined
        : `PPP ${event.state === 'refused' ? 'refused' : 'ended'}: ${event.reason}`;
    case 'lookup':
      return event.outcome === 'found' || event.outcome === 'no-data'
        ? undefined
        : `the name ${event.name}: ${event.outcome}`;
    case 'connection':
      return event.verdict === 'accepted'
        ? undefined
        : `a connection to ${event.host ?? formatIpv4(event.address)}:${event.port}: ${event.verdict}`;
    case 'sign-in':
      return event.verdict.verdict === 'accepted'
        ? undefined
        : `${event.user} could not sign in at ${event.host}:${event.port}: ${event.verdict.reason}`;
    // OP25B is told for every run, and a mail is what was wanted.
    case 'blocked':
    case 'mail':
      return undefined;
    default:
      return undefined;
  }
}
