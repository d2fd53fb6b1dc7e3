/** What goes into the emulated module's machine and what comes out of it. */

import type { DceSignals } from '../../serial/serial-line.ts';
import type { ResultCode } from '../../wire/at/result-code.ts';
import type { StackHappening, StackOrder } from './sockets/stack-event.ts';

export type DceEvent =
  /** Octets from the DTE. */
  | { readonly type: 'dte'; readonly bytes: Uint8Array }
  /** Time has passed; due work is done before any other event, too. */
  | { readonly type: 'time' }
  /** Circuit 108/2. On a line without signals: the DTE opened or closed its end, or set B0. */
  | { readonly type: 'terminal-ready'; readonly isOn: boolean }
  /** What the radio reports has changed. */
  | { readonly type: 'coverage' }
  /** One ring of an incoming call; `caller` is its number, where the network gives it. */
  | { readonly type: 'ring'; readonly caller?: string }
  /** The end of what `dial` or `answer` began. */
  | { readonly type: 'connected'; readonly bitRate: number; readonly address?: string | undefined }
  | { readonly type: 'not-connected'; readonly reason: 'busy' | 'no-answer' | 'no-carrier' }
  /** Octets from the other end of the call. */
  | { readonly type: 'call-data'; readonly bytes: Uint8Array }
  /** The other end or the network ended the call. */
  | { readonly type: 'call-closed' }
  /** What came of an order to the module's own TCP/IP stack. */
  | { readonly type: 'stack'; readonly happening: StackHappening }
  /** Something the module has to say unasked, as a line. */
  | { readonly type: 'unsolicited'; readonly line: string };

/** What a piece of output is, so that whoever watches need not parse it. */
export type OutputKind = 'echo' | 'information' | 'result' | 'unsolicited' | 'prompt' | 'data';

export type DceAction =
  | {
      readonly type: 'to-dte';
      readonly kind: OutputKind;
      /** The result code or line without framing; empty for echo and data. */
      readonly text: string;
      readonly bytes: Uint8Array;
    }
  | { readonly type: 'to-call'; readonly bytes: Uint8Array }
  | { readonly type: 'signals'; readonly signals: Omit<DceSignals, 'cts'> }
  | {
      readonly type: 'dial';
      readonly number: string;
      readonly modifiers: string;
      /** The command ended in a semicolon: a voice call (27.007 §6.2), which carries no data. */
      readonly isVoice: boolean;
    }
  | { readonly type: 'give-up-dial' }
  | { readonly type: 'answer' }
  | { readonly type: 'hang-up' }
  /** The rate of the line from now on; comes after the OK (V.250 §6.2.10). */
  | { readonly type: 'speed'; readonly baudRate: number | 'auto' }
  | { readonly type: 'radio'; readonly isOn: boolean }
  /** For the module's own TCP/IP stack. */
  | { readonly type: 'stack'; readonly order: StackOrder }
  | { readonly type: 'message'; readonly destination: string; readonly text: string }
  /** The module starts anew, as after power-on. */
  | { readonly type: 'restart' };

export type { ResultCode };
