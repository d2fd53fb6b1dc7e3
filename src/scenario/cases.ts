/** The cases of scenario files and folders: what `kadec21 test` is given, one entry per thing to run. */
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type ExpandedScenario, loadScenarioFile } from '../config/scenario-file.ts';
import { parameterText, type Variables } from '../config/scenario-variables.ts';
import { UserFileError } from '../config/user-file-error.ts';

/** Plain data: it can be handed to another thread as it is. */
export interface ScenarioCase extends Omit<ExpandedScenario, 'name'> {
  /** `file#name[module=existing,date=2008-06-15]`: the same in every run on every machine. */
  readonly id: string;
  readonly file: string;
  readonly name: string;
}

export interface LoadOptions {
  /** Go over the variables of the files. */
  readonly variables?: Variables | undefined;
}

/** A suite larger than that is split over files and folders. */
const MOST_FILES = 5000;

/**
 * @param path a file, or a folder: then every `.yaml`, `.yml` and `.json` in it and below, in the order of their
 *   names, save those whose name begins with `_`, which are there for others to extend
 * @throws UserFileError that names the file, the path in it, what was found and what was expected
 */
export async function loadCases(path: string, { variables = {} }: LoadOptions = {}): Promise<ScenarioCase[]> {
  const cases: ScenarioCase[] = [];
  const known = new Set<string>();
  for (const file of await scenarioFiles(path)) {
    for (const scenario of await loadScenarioFile(file, variables)) {
      const name = scenario.name ?? nameOf(file);
      const id = `${file.split(sep).join('/')}#${name}${parameterText(scenario.parameters)}`;
      if (known.has(id)) {
        const text = `found two scenarios called ${JSON.stringify(name)}, expected different names`;
        throw new UserFileError('FILE_INVALID', file, [{ path: 'name', text }]);
      }
      known.add(id);
      cases.push({ ...scenario, id, file, name });
    }
  }
  return cases;
}

/** @throws UserFileError FILE_UNREADABLE */
export async function scenarioFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    throw new UserFileError('FILE_UNREADABLE', path, [{ path: '', text: 'there is no such file or folder' }]);
  }
  if (!found.isDirectory()) {
    return [path];
  }
  const names = await readdir(path, { recursive: true });
  const files = names
    .filter(isScenario)
    .sort()
    .map((name) => join(path, name));
  if (files.length === 0 || files.length > MOST_FILES) {
    const text =
      files.length === 0 ? 'there is no scenario in it (*.yaml)' : `found more than ${MOST_FILES} files`;
    throw new UserFileError('FILE_UNREADABLE', path, [{ path: '', text }]);
  }
  return files;
}

const isScenario = (path: string): boolean => {
  const name = path.slice(path.lastIndexOf(sep) + 1);
  return (
    /\.(ya?ml|json)$/.test(name) &&
    !name.startsWith('_') &&
    !path.startsWith('_') &&
    !path.includes(`${sep}_`)
  );
};

const nameOf = (file: string): string =>
  relative('', file)
    .replace(/^.*[/\\]/, '')
    .replace(/\.\w+$/, '');
