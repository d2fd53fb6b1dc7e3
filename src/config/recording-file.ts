/** A recording that a user names, whole and checked. */
import { parseRecording, type Recording } from './recording.ts';
import { readUserFile } from './user-file.ts';
import { UserFileError } from './user-file-error.ts';

/** A recording of hours over a call. */
const LARGEST_RECORDING_BYTES = 256 * 1024 * 1024;

/** @throws UserFileError that names the line */
export async function loadRecording(file: string): Promise<Recording> {
  const recording = parseRecording(await readUserFile(file, LARGEST_RECORDING_BYTES));
  if ('text' in recording) {
    const { line, text } = recording;
    throw new UserFileError('FILE_INVALID', file, [{ path: '', line, column: 1, text }]);
  }
  return recording;
}
