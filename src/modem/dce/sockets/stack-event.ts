/** What the socket commands ask of the TCP/IP stack inside the module, and what comes of it. */
import type { SocketResult } from '../../../wire/at/sockets/result.ts';

export type StackOrder =
  /** Dials through the radio and brings IP up. */
  | {
      readonly order: 'activate';
      readonly number: string;
      readonly user: string;
      readonly password: string;
    }
  /** Ends all of it; `deactivated` follows. */
  | { readonly order: 'deactivate' }
  | {
      readonly order: 'connect';
      readonly connection: number;
      readonly host: string;
      readonly port: number;
      readonly nameServers: readonly string[];
    }
  | { readonly order: 'send'; readonly connection: number; readonly bytes: Uint8Array }
  /** Reads no further for now; the window of TCP shuts. */
  | { readonly order: 'hold'; readonly connection: number }
  | { readonly order: 'release'; readonly connection: number }
  /** FIN; what still comes is nobody's. `closed` follows where it is awaited. */
  | { readonly order: 'close'; readonly connection: number; readonly isAwaited: boolean }
  /** At once; nothing follows. */
  | { readonly order: 'abort'; readonly connection: number }
  | { readonly order: 'resolve'; readonly host: string; readonly nameServers: readonly string[] }
  | {
      readonly order: 'ping';
      readonly host: string;
      readonly timeoutMs: number;
      readonly count: number;
      readonly nameServers: readonly string[];
    };

export type StackHappening =
  | { readonly what: 'activated'; readonly address: string; readonly nameServers: readonly string[] }
  | { readonly what: 'not-activated'; readonly cause: ActivationCause }
  | { readonly what: 'deactivated' }
  /** The network, or the loss of it, ended what was active. */
  | { readonly what: 'lost' }
  | { readonly what: 'connected'; readonly connection: number; readonly localPort: number }
  | { readonly what: 'not-connected'; readonly connection: number; readonly result: SocketResult }
  | { readonly what: 'received'; readonly connection: number; readonly bytes: Uint8Array }
  /** TCP has taken so many octets of what was to be sent. */
  | { readonly what: 'sent'; readonly connection: number; readonly octets: number }
  /** The other end has finished, or the connection broke. */
  | { readonly what: 'ended'; readonly connection: number }
  /** An awaited close has come to its end. */
  | { readonly what: 'closed'; readonly connection: number }
  | { readonly what: 'resolved'; readonly addresses: readonly string[] }
  | { readonly what: 'not-resolved'; readonly result: SocketResult }
  | { readonly what: 'echo'; readonly address: string; readonly roundTripMs: number }
  | { readonly what: 'no-echo'; readonly result: SocketResult }
  /** All echoes of one AT+QPING have had their time. */
  | { readonly what: 'pinged' };

/** Why no context came about, in the words of +CEER (causes of 3GPP TS 24.008 §10.5.6.6). */
export type ActivationCause =
  | 'no service'
  /** 26: the network is busy. */
  | 'insufficient resources'
  /** 29. */
  | 'user authentication failed'
  /** 38: it did not answer, or not in a way that could be understood. */
  | 'network failure';

/** The part of the stack that can be asked at any moment. */
export interface StackView {
  /** Octets of this connection that the other end has acknowledged. */
  acknowledgedBytes(connection: number): number;
}
