/** What a command may see of the module and do with it. */
import type { Ms } from '../../base/units.ts';
import type { ModuleProfile } from '../module-profile.ts';
import type { Answer } from './answer.ts';
import type { DceAction } from './dialogue.ts';
import type { Authentication, PacketContext } from './packet-context.ts';
import type { Registration, SimState } from './registration.ts';
import type { Settings, StoredProfiles } from './settings.ts';
import type { SocketService } from './sockets/socket-service.ts';

export interface Sim {
  state: SimState;
  pin: string;
  readonly puk: string;
  /** Wrong PINs that are still allowed. */
  pinTries: number;
}

export type CallState = 'idle' | 'ringing' | 'dialling' | 'answering' | 'connected' | 'voice';

export interface ModuleContext {
  readonly profile: ModuleProfile;
  readonly settings: Settings;
  /** What `AT&W0` and `AT&W1` stored. */
  readonly stored: StoredProfiles;
  readonly sim: Sim;
  readonly contexts: Map<number, PacketContext>;
  /** +CGAUTH and +QICSGP by context. */
  readonly authentications: Map<number, Authentication>;
  /** Of a module with its own TCP/IP stack. */
  readonly sockets: SocketService | undefined;
  readonly registration: Registration;
  /** Network time, or undefined where none has been received. */
  readonly networkTime: Date | undefined;
  readonly now: Ms;
  readonly callState: CallState;
  /** The number of the connected call as it was dialled; undefined without one. */
  readonly callNumber: string | undefined;
  /** The address of the connected call, where the network told it. */
  readonly callAddress: string | undefined;
  /** Bit/s of the line, or `auto`. */
  readonly lineSpeed: number | 'auto';
  /** Why the last call ended or did not come about, in the words of +CEER. */
  readonly lastCause: CallEndCause;
  /** +CFUN: 0 off, 1 on, 4 radio off. */
  readonly functionality: number;
  /** Messages sent since power-on; +CMGS counts them modulo 256. */
  messagesSent: number;

  /** Set by +CCLK: how far the module's clock is from the machine's time. */
  clockOffsetMs: number | undefined;

  act(action: DceAction): void;
  /** For actions that must come after the line's result. */
  actAfterResult(action: DceAction): void;
  unsolicited(line: string): void;
  /** Says NO CARRIER after the line's result. */
  unsolicitedNoCarrier(): void;
  dial(text: string, isVoice: boolean): Answer;
  answerCall(): Answer;
  resumeCall(): Answer;
  hangUp(): void;
  setFunctionality(level: number): void;
  /** +COPS=2 and back. */
  setDeregistered(isDeregistered: boolean): void;
  /** After the SIM's state has changed. */
  simChanged(): void;
  setLineSpeed(speed: number | 'auto'): void;
}

/** C1's +CEER numbers (Multi-Tech S000478). */
export const CALL_END_CAUSES = {
  none: 0,
  'no service': 1,
  'call ended': 2,
  'not in call': 3,
} as const;

export type CallEndCause = keyof typeof CALL_END_CAUSES;
