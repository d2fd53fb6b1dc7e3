/** The steps of a script: what is said, and what is expected. */
import type { DceSignals, DteSignals } from '../serial/serial-line.ts';
import type { Place, Role, Side } from './roles.ts';
import type { SocketPlace, SocketStreams } from './socket-streams.ts';
import type { Utterance } from './utterances.ts';

export interface OwnStep extends Place {
  /** So many of the other side's steps come before. */
  readonly needs: number;
  readonly what:
    | {
        readonly kind: 'say';
        readonly utterance: Utterance;
        /** As device: reads from this connection of the module; see `socket-dialogue.ts`. */
        readonly reads?: number;
        /** As device: where on its connection these octets are written. */
        readonly place?: SocketPlace;
      }
    | { readonly kind: 'dte'; readonly signals: Partial<DteSignals> }
    | { readonly kind: 'dce'; readonly signals: DceSignals }
    | { readonly kind: 'baudRate'; readonly baudRate: number };
}

export interface ExpectedStep extends Place {
  readonly what:
    | { readonly kind: 'hear'; readonly utterance: Utterance; readonly match: RegExp | undefined }
    /** Octets on a connection inside the module, in however many pieces; as module, by this prompt. */
    | {
        readonly kind: 'octets';
        readonly utterance: Utterance;
        readonly place: SocketPlace;
        readonly prompt: Uint8Array | undefined;
      }
    /** Circuit 108 goes off: the device hangs up. Many lines do not carry it. */
    | { readonly kind: 'dtrOff' };
}

export interface Script {
  readonly role: Role;
  /** Who is checked. */
  readonly checked: Side;
  readonly isRedacted: boolean;
  readonly own: readonly OwnStep[];
  readonly expected: readonly ExpectedStep[];
  /** Connections inside the module. */
  readonly sockets: SocketStreams;
}
