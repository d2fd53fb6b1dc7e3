/** What goes wrong with the line itself: the environment is lacking, not the device. */
import { type ErrorDetails, Kadec21Error } from '../base/errors.ts';

export type LineErrorCode =
  | 'LINE_BAD_NAME'
  | 'LINE_NOT_FOUND'
  | 'LINE_NO_PERMISSION'
  | 'LINE_BUSY'
  | 'LINE_REFUSED'
  | 'LINE_LOST';

export class LineError extends Kadec21Error {
  readonly code: LineErrorCode;
  readonly layer = 'line';

  constructor(code: LineErrorCode, message: string, details?: ErrorDetails) {
    super(message, details);
    this.code = code;
  }
}

/**
 * Whether a port that was open has gone (EIO: a terminal that was hung up). serialport reads such a port over and over
 * when it was reading just then, and does not tell; its circuits cannot be looked at any more, which shows it.
 */
export const isGone = (cause: Error): boolean =>
  /EIO|Input\/output error|ENXIO|No such device/i.test(cause.message);

/** Names what the operating system said when a line could not be opened. */
export function openFailure(name: string, cause: unknown): LineError {
  const said = cause instanceof Error ? cause.message : String(cause);
  if (/ENOENT|No such file|cannot find/i.test(said)) {
    return new LineError('LINE_NOT_FOUND', `There is no port ${name}.`, {
      cause,
      advice: 'Check the cable and the name: ls /dev/ttyUSB* /dev/serial/by-id shows what is connected.',
    });
  }
  if (/EACCES|EPERM|Permission denied|Access denied/i.test(said)) {
    return new LineError('LINE_NO_PERMISSION', `No permission to open ${name}.`, {
      cause,
      advice: 'Add your user to the group that owns the port (usually dialout) and log in again.',
    });
  }
  if (/EBUSY|lock|busy/i.test(said)) {
    return new LineError('LINE_BUSY', `${name} is in use by another program.`, {
      cause,
      advice: 'Close it there first; ModemManager takes modems unasked.',
    });
  }
  if (/ECONNREFUSED|EHOSTUNREACH|ETIMEDOUT|ENETUNREACH/.test(said)) {
    return new LineError('LINE_REFUSED', `Nothing answers at ${name}.`, {
      cause,
      advice: 'Start the other side first.',
    });
  }
  return new LineError('LINE_LOST', `${name} could not be opened: ${said}`, { cause });
}
