/** Plays a recording on a line: the shell around the machine, with its one timer. */
import { ms } from '../../base/units.ts';
import { now } from '../../base/virtual-time.ts';
import type { Recording } from '../../config/recording.ts';
import type { DceLine, DteLine } from '../../serial/serial-line.ts';
import {
  type ReplayAction,
  type ReplayEvent,
  ReplayMachine,
  type ReplayOptions,
  type ReplayVerdict,
} from './replay-machine.ts';

export type ReplayLine =
  | { readonly as: 'module'; readonly line: DceLine; readonly isPresent?: () => boolean }
  | { readonly as: 'device'; readonly line: DteLine };

export interface ReplayRun extends Omit<ReplayOptions, 'as'> {
  /** Ctrl-C. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Plays from now on, until the end or the first difference. The line stays open.
 * @returns `undefined` when interrupted
 */
export function runReplay(
  recording: Recording,
  end: ReplayLine,
  { signal, ...options }: ReplayRun,
): Promise<ReplayVerdict | undefined> {
  return new Promise((resolve) => {
    const machine = new ReplayMachine(recording, { ...options, as: end.as }, now());
    let timer: ReturnType<typeof setTimeout> | undefined;

    const finish = (verdict: ReplayVerdict | undefined) => {
      clearTimeout(timer);
      end.line.off('data', onData);
      end.line.off('close', onClose);
      end.line.off('signals', onSignals);
      signal?.removeEventListener('abort', onAbort);
      resolve(verdict);
    };
    const step = (event: ReplayEvent) => {
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
    const onClose = () => step({ type: 'gone' });
    const onSignals = (seen: object) => {
      if (end.as === 'module' && end.isPresent?.() === false) {
        step({ type: 'gone' });
      } else if ('dtr' in seen) {
        step({ type: 'dtr', isOn: seen.dtr === true });
      }
    };
    const onAbort = () => finish(undefined);

    end.line.on('data', onData);
    end.line.on('close', onClose);
    end.line.on('signals', onSignals);
    signal?.addEventListener('abort', onAbort);
    step({ type: 'time' });
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

/** The longest that {@link waitForDevice} is asked for by a default. */
export const DEFAULT_WAIT = ms(60_000);

/** Whether a device has come to the line within this time. */
export function waitForDevice(
  line: { readonly isConnected: boolean } & Pick<DceLine, 'on' | 'off'>,
  patience: number,
  signal?: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    if (line.isConnected || signal?.aborted === true) {
      resolve(line.isConnected);
      return;
    }
    const finish = () => {
      clearTimeout(timer);
      line.off('signals', look);
      line.off('close', finish);
      signal?.removeEventListener('abort', finish);
      resolve(line.isConnected);
    };
    const look = () => {
      if (line.isConnected) {
        finish();
      }
    };
    const timer = setTimeout(finish, patience);
    line.on('signals', look);
    line.on('close', finish);
    signal?.addEventListener('abort', finish);
  });
}
