/** What the carrier has told in a run: whose calls and mails there were, and what OP25B stopped. */
import type { CarrierEvent } from '../aunet/carrier-event.ts';
import type { AcceptedMail } from '../aunet/mailboxes.ts';
import { formatIpv4 } from '../wire/ipv4.ts';
import type { MailResult } from './case-result.ts';
import { readMail } from './mail-reading.ts';

export class CarrierBook {
  readonly #accepted: { readonly mail: AcceptedMail; readonly device: string | undefined }[] = [];
  readonly #blocked = new Set<string>();
  readonly #dials = new Map<string, number>();
  /** Whose line a subscriber's address is. */
  readonly #lines = new Map<string, string>();

  add(event: CarrierEvent): void {
    switch (event.type) {
      case 'session':
        if (event.state === 'up' && event.line !== undefined) {
          this.#lines.set(formatIpv4(event.address), event.line);
        }
        return;
      case 'call':
        if (event.line !== undefined) {
          this.#dials.set(event.line, this.dialsOf(event.line) + 1);
        }
        return;
      case 'blocked':
        this.#blocked.add(`${event.host ?? formatIpv4(event.address)}:${event.port}`);
        return;
      case 'mail':
        this.#accepted.push({ mail: event, device: this.lineOf(event) });
        return;
      default:
        return;
    }
  }

  /** Whose line an event without a name of its own belongs to, where that is known. */
  lineOf(event: CarrierEvent): string | undefined {
    return 'client' in event ? this.#lines.get(event.client) : undefined;
  }

  dialsOf(line: string): number {
    return this.#dials.get(line) ?? 0;
  }

  /** Each destination once: `kona.co.jp:25`. */
  get blocked(): readonly string[] {
    return [...this.#blocked];
  }

  /** How many have come so far. */
  get mailCount(): number {
    return this.#accepted.length;
  }

  /** @param fleetOf devices of a fleet, and what the file calls them all */
  mails(fleetOf: ReadonlyMap<string, string>): Promise<MailResult[]> {
    return Promise.all(
      this.#accepted.map(async ({ mail, device }) => {
        const read = await readMail(mail, device);
        const fleet = device === undefined ? undefined : fleetOf.get(device);
        return fleet === undefined ? read : { ...read, fleet };
      }),
    );
  }
}
