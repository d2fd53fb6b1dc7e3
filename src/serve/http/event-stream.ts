/** Server-sent events (WHATWG HTML §9.2): what happens, to who listens; who cannot keep up is let go. */
import type { ServerResponse } from 'node:http';
import { eventDocument } from '../describe.ts';
import type { Happening } from '../happening.ts';
import type { NetworkSide } from '../network-side.ts';

export const MAX_LISTENERS = 16;
/** What may wait for a listener that does not read. */
const MAX_BEHIND = 1024 * 1024;

export class EventStreams {
  readonly #responses = new Set<ServerResponse>();
  readonly #side: NetworkSide;
  #count = 0;

  constructor(side: NetworkSide) {
    this.#side = side;
    side.on('happening', this.#tell);
  }

  /** @returns false where too many listen already */
  add(response: ServerResponse): boolean {
    if (this.#responses.size >= MAX_LISTENERS) {
      return false;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(': what happens from now on\n\n');
    this.#responses.add(response);
    response.on('close', () => this.#responses.delete(response));
    return true;
  }

  close(): void {
    this.#side.off('happening', this.#tell);
    for (const response of this.#responses) {
      response.end();
    }
  }

  readonly #tell = (happening: Happening) => {
    this.#count += 1;
    if (this.#responses.size === 0) {
      return;
    }
    const event = eventDocument(happening);
    const text = `id: ${this.#count}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
    for (const response of this.#responses) {
      response.write(text);
      if (response.writableLength > MAX_BEHIND) {
        response.destroy();
      }
    }
  };
}
