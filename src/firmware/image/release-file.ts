/** Reads the description of a release that a user wrote. */
import { loadUserFile } from '../../config/user-file.ts';
import { type Release, releaseSchema } from '../release.ts';

/** @throws UserFileError that names the file, the path in it, what was found and what was expected */
export async function loadRelease(path: string): Promise<Release> {
  const { value } = await loadUserFile(path, releaseSchema);
  return value;
}
