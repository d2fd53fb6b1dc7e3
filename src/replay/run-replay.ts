/** Plays a recording on a line: the shell around the machine, with its one timer. */
import { type Ms, ms } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import type { Recording } from '../config/recording.ts';
import type { DceLine, DteLine } from '../serial/serial-line.ts';
import { type ReplayAction, type ReplayEvent, ReplayMachine, type ReplayOptions } from './replay-machine.ts';
import type { ReplayVerdict } from './verdict.ts';

export type ReplayLine =
  | { readonly as: 'module'; readonly line: DceLine; readonly isPresent?: () => boolean }
  | { readonly as: 'device'; readonly line: DteLine };

export interface ReplayRun extends Omit<ReplayOptions, 'as'> {
  /** How long to wait for a device to come to an offered line; default {@link DEFAULT_WAIT}. */
  readonly wait?: Ms | undefined;
  /** Ctrl-C. */
  readonly signal?: AbortSignal | undefined;
}

export const DEFAULT_WAIT = ms(60_000);

/**
 * Plays until the end or the first difference, as a module from when a device is there. The line stays open.
 * @returns the verdict, or why there is none: no device came, or `signal` said so
 */
export function runReplay(
  recording: Recording,
  end: ReplayLine,
  { signal, wait = DEFAULT_WAIT, ...options }: ReplayRun,
): Promise<ReplayVerdict | 'nobody' | 'interrupted'> {
  return new Promise((resolve) => {
    let machine: ReplayMachine | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const isPresent = () => end.as === 'device' || end.isPresent?.() !== false;

    const finish = (result: ReplayVerdict | 'nobody' | 'interrupted') => {
      clearTimeout(timer);
      end.line.off('data', onData);
      end.line.off('close', onClose);
      end.line.off('signals', onSignals);
      signal?.removeEventListener('abort', onAbort);
      resolve(result);
    };
    const step = (event: ReplayEvent) => {
      machine ??= new ReplayMachine(recording, { ...options, as: end.as }, now());
      const { actions, deadline } = machine.step(event, now());
      clearTimeout(timer);
      // Set first: an action may bring the next event at once.
      timer =
        deadline === undefined
          ? undefined
          : setTimeout(() => step({ type: 'time' }), Math.max(0, deadline - now()));
      for (const action of actions) {
        if (action.type === 'end') {
          finish(action.verdict);
        } else {
          perform(end, action);
        }
      }
    };
    const onData = (bytes: Uint8Array) => step({ type: 'octets', bytes });
    const onClose = () => (machine === undefined ? finish('nobody') : step({ type: 'gone' }));
    const onSignals = (seen: object) => {
      if (isPresent()) {
        step('dtr' in seen ? { type: 'dtr', isOn: seen.dtr === true } : { type: 'time' });
      } else if (machine !== undefined) {
        step({ type: 'gone' });
      }
    };
    const onAbort = () => finish('interrupted');

    // From now on: what a device says first may come together with the sign that it is there.
    end.line.on('data', onData);
    end.line.on('close', onClose);
    end.line.on('signals', onSignals);
    signal?.addEventListener('abort', onAbort);
    if (isPresent()) {
      step({ type: 'time' });
    } else {
      timer = setTimeout(() => finish('nobody'), wait);
    }
  });
}

function perform(end: ReplayLine, action: Exclude<ReplayAction, { readonly type: 'end' }>): void {
  if (action.type === 'write') {
    end.line.write(action.bytes);
  } else if (action.type === 'baudRate') {
    end.line.setBaudRate(action.baudRate);
  } else if (action.type === 'driveDce' && end.as === 'module') {
    end.line.drive(action.signals);
  } else if (action.type === 'driveDte' && end.as === 'device') {
    end.line.drive(action.signals);
  }
}
