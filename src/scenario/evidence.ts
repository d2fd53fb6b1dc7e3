/** Writes down what happens in a run, in the order of time: what is shown when an expectation is not met. */
import type { Trace, TraceEvent, TraceLayer } from '../base/trace.ts';
import { now } from '../base/virtual-time.ts';
import type { EvidenceEvent, Lane } from './case-result.ts';

/** Some hundred sessions; later events are counted only. */
const MOST_EVENTS = 50_000;

const LANES: Readonly<Record<TraceLayer, Lane>> = {
  firmware: 'device',
  at: 'line',
  line: 'line',
  ppp: 'ppp',
  ip: 'tcp',
  tcp: 'tcp',
  smtp: 'smtp',
  radio: 'radio',
  carrier: 'radio',
};

export type EventListener = (event: EvidenceEvent) => void;

export class EventRecorder {
  readonly events: EvidenceEvent[] = [];
  dropped = 0;
  readonly #listener: EventListener | undefined;
  #isClosed = false;

  /** @param listener hears every event as it comes */
  constructor(listener?: EventListener) {
    this.#listener = listener;
  }

  /** @param device absent: of the network as a whole */
  traceOf(device?: string): Trace {
    return (event) => this.#record(event, device);
  }

  /** What comes later belongs to nobody's run. */
  close(): void {
    this.#isClosed = true;
  }

  #record({ layer, direction, text }: TraceEvent, device: string | undefined): void {
    if (this.#isClosed) {
      return;
    }
    const event: EvidenceEvent = { at: now(), device, lane: LANES[layer], layer, direction, text };
    if (this.events.length < MOST_EVENTS) {
      this.events.push(event);
    } else {
      this.dropped += 1;
    }
    this.#listener?.(event);
  }
}
