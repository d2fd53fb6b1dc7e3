/** What stands at the other end of a real device's line: an emulated module, or one that is played from a recording. */
import type { EmulatedModule } from '../../modem/dce/emulated-module.ts';
import type { DceLine } from '../../serial/serial-line.ts';
import type { RecordedModule } from '../recorded/recorded-module.ts';

export interface FittedModule {
  /** It has a call, or may have one. */
  readonly hasCall: boolean;
  /** Octets on the line are those of a call. @param looksSo as far as can be told from them */
  isOnline(looksSo: boolean): boolean;
  powerOff(): void;
}

export const emulatedOn = (module: EmulatedModule): FittedModule => ({
  get hasCall() {
    return module.hasCall;
  },
  isOnline: () => module.mode === 'data',
  powerOff: () => module.powerOff(),
});

export interface PlayedLine {
  readonly line: DceLine;
  /** Whether a device has it open, as far as the line can tell. */
  isOpen(): boolean;
  /** Whether a device is at the other end. */
  isPresent(): boolean;
}

export function playedOn(module: RecordedModule, { line, isOpen, isPresent }: PlayedLine): FittedModule {
  module.playOn(line, isPresent);
  return {
    get hasCall() {
      return module.isPlaying && isOpen();
    },
    isOnline: (looksSo) => looksSo,
    powerOff: () => module.release(),
  };
}
