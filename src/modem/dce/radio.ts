/**
 * What the emulated module sees of the air: cells, and calls placed through them. The carrier implements it.
 */
import type { EventEmitter } from 'node:events';
import type { ByteChannel } from '../../serial/serial-line.ts';
import type { Band } from '../module-profile.ts';

/** What a module finds on its bands at this moment. */
export type Coverage =
  | { readonly service: 'none' }
  /** Cells are there, the module has not registered yet. */
  | { readonly service: 'searching' }
  | {
      readonly service: 'home' | 'roaming';
      readonly band: Band;
      /** Received signal, dBm. */
      readonly signalDbm: number;
      /** System identifier (CDMA) or PLMN code (3GPP), as the carrier gives it. */
      readonly system: string;
    };

export type DialResult =
  | {
      readonly result: 'connected';
      readonly call: Call;
      readonly bitRate: number;
      /** The address that the network has set aside for this call, where it tells the module: `10.5.1.2`. */
      readonly address?: string | undefined;
    }
  | { readonly result: 'busy' | 'no-answer' | 'no-carrier' };

/** A packet call: the PPP octets of both directions. `close` comes when the network ends it. */
export interface Call extends ByteChannel {
  /** Ends the call from the module's side. */
  hangUp(): void;
}

/** One module on the air. */
export interface RadioAttachment extends EventEmitter<{ coverage: [Coverage]; ring: [] }> {
  readonly coverage: Coverage;
  /** Network time, where the network gives it (CDMA system time, NITZ). */
  readonly networkTime: Date | undefined;
  /**
   * Places a packet call; `done` comes once, later, unless the returned function gave the attempt up.
   * @param number the dialled digits without modifiers: `*99**24#`, `#777`, `*99***1#`
   * @param controlCharacters bit n: the module's line uses octet n itself, so the network's PPP must ask the device
   * to escape it (RFC 1662 §7.1); default: none
   */
  dial(number: string, done: (result: DialResult) => void, controlCharacters?: number): () => void;
  /** Answers the call that rings, which ends it: nothing can be carried that way. */
  refuse?(): void;
  /** Switches the receiver off (power-down, AT+CFUN=0); calls end. */
  detach(): void;
}

export interface RadioNetwork {
  attach(module: { readonly bands: readonly Band[] }): RadioAttachment;
}
