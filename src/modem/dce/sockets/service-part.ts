/** What the parts of the socket service share: the last result, for +QIGETERROR, and who hears their orders and words. */
import type { Ms } from '../../../base/units.ts';
import type { SocketResult } from '../../../wire/at/sockets/result.ts';
import { formatSocketUrc, type SocketUrc } from '../../../wire/at/sockets/unsolicited.ts';
import { type Answer, done, REFUSED } from '../answer.ts';
import type { StackOrder, StackView } from './stack-event.ts';

export interface ServiceOutlets {
  readonly stack: StackView;
  readonly now: () => Ms;
  readonly order: (order: StackOrder) => void;
  /** Says a line unasked, as soon as it disturbs nothing. */
  readonly unsolicited: (line: string) => void;
  /** Says an information text with the octets that it counts. */
  readonly tellOctets: (text: string, octets: Uint8Array) => void;
  /** Ends the command that is pending. */
  readonly report: (answer: Answer) => void;
}

export class ServicePart {
  readonly outlets: ServiceOutlets;
  lastResult: SocketResult = 0;

  constructor(outlets: ServiceOutlets) {
    this.outlets = outlets;
  }

  get now(): Ms {
    return this.outlets.now();
  }

  done(): Answer {
    this.lastResult = 0;
    return done();
  }

  /** Refuses a command. */
  fail(result: SocketResult): Answer {
    this.lastResult = result;
    return REFUSED;
  }

  order(order: StackOrder): void {
    this.outlets.order(order);
  }

  say(urc: SocketUrc): void {
    this.outlets.unsolicited(formatSocketUrc(urc));
  }
}
