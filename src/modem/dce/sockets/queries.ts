/** Names and echoes of the module's own stack: one AT+QIDNSGIP and one AT+QPING at a time. */
import { seconds } from '../../../base/units.ts';
import type { EchoRequest } from '../../../wire/at/sockets/command.ts';
import type { Answer } from '../answer.ts';
import type { ServicePart } from './service-part.ts';
import type { StackHappening } from './stack-event.ts';

type QueryHappening = Extract<
  StackHappening,
  { readonly what: 'resolved' | 'not-resolved' | 'echo' | 'no-echo' | 'pinged' }
>;

export class Queries {
  readonly #part: ServicePart;
  #isLookingUp = false;
  #echoes: { sent: number; readonly roundTrips: number[] } | undefined;

  constructor(part: ServicePart) {
    this.#part = part;
  }

  lookUp(host: string, nameServers: readonly string[]): Answer {
    if (this.#isLookingUp) {
      return this.#part.fail(564);
    }
    this.#isLookingUp = true;
    this.#part.order({ order: 'resolve', host, nameServers });
    return this.#part.done();
  }

  ping({ host, timeoutS, count }: EchoRequest, nameServers: readonly string[]): Answer {
    if (this.#echoes !== undefined) {
      return this.#part.fail(568);
    }
    this.#echoes = { sent: 0, roundTrips: [] };
    this.#part.order({ order: 'ping', host, timeoutMs: seconds(timeoutS), count, nameServers });
    return this.#part.done();
  }

  hear(happening: QueryHappening): void {
    switch (happening.what) {
      case 'resolved':
        this.#isLookingUp = false;
        this.#part.say({ urc: 'looked-up', result: 0, count: happening.addresses.length });
        for (const address of happening.addresses) {
          this.#part.say({ urc: 'address', address });
        }
        return;
      case 'not-resolved':
        this.#isLookingUp = false;
        this.#part.lastResult = happening.result;
        this.#part.say({ urc: 'looked-up', result: happening.result, count: 0 });
        return;
      case 'echo': {
        const { address, roundTripMs } = happening;
        this.#counted(roundTripMs);
        this.#part.say({ urc: 'echo', result: 0, address, roundTripMs });
        return;
      }
      case 'no-echo':
        this.#counted(undefined);
        this.#part.say({
          urc: 'echo',
          result: happening.result,
          address: undefined,
          roundTripMs: undefined,
        });
        return;
      case 'pinged':
        this.#sumUp();
    }
  }

  /** The context is over. */
  clear(): void {
    this.#isLookingUp = false;
    this.#echoes = undefined;
  }

  #counted(roundTripMs: number | undefined): void {
    if (this.#echoes !== undefined) {
      this.#echoes.sent += 1;
      this.#echoes.roundTrips.push(...(roundTripMs === undefined ? [] : [roundTripMs]));
    }
  }

  #sumUp(): void {
    const { sent, roundTrips } = this.#echoes ?? { sent: 0, roundTrips: [] };
    this.#echoes = undefined;
    const sum = roundTrips.reduce((total, one) => total + one, 0);
    this.#part.say({
      urc: 'echoes',
      sent,
      received: roundTrips.length,
      leastMs: roundTrips.length === 0 ? 0 : Math.min(...roundTrips),
      greatestMs: Math.max(0, ...roundTrips),
      meanMs: Math.round(sum / Math.max(1, roundTrips.length)),
    });
  }
}
