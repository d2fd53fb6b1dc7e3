/** How a case is run, and who listens. */
import type { CommsParts } from '../firmware/comms-parts.ts';
import type { DevicePartsOptions } from '../firmware/device-parts.ts';
import type { LineTap } from '../serial/tapped-line.ts';
import type { EventListener } from './evidence.ts';
import type { KeepInMind } from './real/leftovers.ts';

export interface RunOptions {
  /** Same seed, same run. */
  readonly seed: number;
  /** Hears every event as it comes. */
  readonly trace?: EventListener | undefined;
  /** Listens in on the line of each device. */
  readonly tap?: ((device: string) => LineTap | undefined) | undefined;
  /** What devices are made of, instead of their own parts. */
  readonly parts?: ((options: DevicePartsOptions) => CommsParts) | undefined;
  /** Whether events, captures and flash images are given: always, or of what did not pass. Default: `failed`. */
  readonly evidence?: 'always' | 'failed' | undefined;
  /** Is told of programs and files outside of this process. By default they are gone when the process ends. */
  readonly keepInMind?: KeepInMind | undefined;
  /** Breaks a case in real time off, and lets everything go that it has. */
  readonly signal?: AbortSignal | undefined;
}
