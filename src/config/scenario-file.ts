/**
 * From a scenario file to the scenarios in it: files that it `extends` are merged, cases and matrix expanded,
 * variables put in, and everything checked. A mistake is told with file, line and column.
 */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { problemsOf } from './document-problems.ts';
import { isMapping, type Layer, Layers, type Path, type Place, valueAt } from './scenario-layers.ts';
import { withAbsolutePaths, withAbsoluteSettingsPaths } from './scenario-paths.ts';
import { type Scalar, scenarioFileSchema, scenarioHeadSchema } from './scenario-schema.ts';
import { combinations, MOST_COMBINATIONS, substitute, type Variables } from './scenario-variables.ts';
import { parseUserFile, readUserFile } from './user-file.ts';
import { type FileProblem, UserFileError } from './user-file-error.ts';

/** Files that build on files that build on files ...: more is a tangle. */
const DEEPEST_EXTENDS = 10;

/** One scenario, ready to be run: plain data, so that it can go to another thread or machine. */
export interface ExpandedScenario {
  readonly name: string | undefined;
  /** Its values of the matrix. */
  readonly parameters: Readonly<Record<string, Scalar>>;
  /** Passes `scenarioBodySchema`. */
  readonly document: unknown;
  /** Where what it expects is written, by path: `expect.mails[0].to`. */
  readonly places: Readonly<Record<string, Place>>;
}

/**
 * @param path the file
 * @param given variables that go over those of the file
 * @throws UserFileError that names the file, the path in it, what was found and what was expected
 */
export async function loadScenarioFile(path: string, given: Variables = {}): Promise<ExpandedScenario[]> {
  const layers = await layersOf(path, []);
  const whole = new Layers(layers);
  const { cases } = checked(scenarioHeadSchema, whole.merged(), whole, path);
  const own = layers.findLast((layer) => valueAt(layer.raw, ['cases']) !== undefined);
  if (cases === undefined || own === undefined) {
    return expanded(path, whole, given);
  }
  const scenarios: ExpandedScenario[] = [];
  for (const index of cases.keys()) {
    const overlay = { ...own, from: ['cases', index], mount: [] };
    const settings = await settingsLayers(overlay, []);
    scenarios.push(...expanded(path, new Layers([...layers, ...settings, overlay]), given));
  }
  return scenarios;
}

/** Every combination of the matrix. */
function expanded(path: string, layers: Layers, given: Variables): ExpandedScenario[] {
  const merged = layers.merged();
  const { matrix, variables } = checked(scenarioHeadSchema, merged, layers, path);
  const all = combinations(matrix);
  if (all.length > MOST_COMBINATIONS) {
    const text = `found more than ${MOST_COMBINATIONS} combinations`;
    throw new UserFileError('FILE_INVALID', path, [{ path: 'matrix', ...layers.ofValue(['matrix']), text }]);
  }
  const places = { ...layers.below(['devices'], 2), ...layers.below(['expect']) };
  return all.map((parameters) => {
    const unknown: (FileProblem & { readonly file?: string })[] = [];
    const values = { ...variables, ...given, ...parameters };
    const filled = substitute(withoutHead(merged), values, ({ path: at, text }) =>
      unknown.push({ path: at.join('.'), ...layers.ofValue(at), text }),
    );
    refuse(path, unknown);
    const document = withAbsolutePaths(filled, dirname(path));
    const { name } = checked(scenarioFileSchema, document, layers, path);
    return { name, parameters, document, places };
  });
}

/** The files that this one builds on, the deepest first, and itself as the last. */
async function layersOf(path: string, above: readonly string[]): Promise<Layer[]> {
  const { value: raw, positions } = parseUserFile(path, await readUserFile(path), z.unknown());
  const layer: Layer = {
    file: path,
    raw: withAbsolutePaths(raw ?? {}, dirname(path)),
    positions,
    from: [],
    mount: [],
  };
  if (!isMapping(layer.raw)) {
    const text = 'expected a scenario (world, devices, expect)';
    throw new UserFileError('FILE_INVALID', path, [{ path: '', line: 1, column: 1, text }]);
  }
  const base = valueAt(layer.raw, ['extends']);
  const chain = [...above, resolve(path)];
  const below = typeof base === 'string' ? await baseLayers(layer, base, chain) : [];
  return [...below, ...(await settingsLayers(layer, [])), layer];
}

async function baseLayers(layer: Layer, base: string, chain: readonly string[]): Promise<Layer[]> {
  const circle = chain.indexOf(resolve(base));
  if (circle >= 0 || chain.length > DEEPEST_EXTENDS) {
    const text =
      circle >= 0
        ? `found a circle: ${[...chain.slice(circle), resolve(base)].map((file) => relativeTo(layer.file, file)).join(' extends ')}`
        : `found more than ${DEEPEST_EXTENDS} files that extend one another`;
    throw problemAt(layer, ['extends'], text);
  }
  try {
    return await layersOf(base, chain);
  } catch (error) {
    throw unreadableAt(layer, ['extends'], error);
  }
}

/** Settings files that devices name: each goes below what the document itself says of the device's settings. */
async function settingsLayers(layer: Layer, mount: Path): Promise<Layer[]> {
  const devices = valueAt(layer.raw, [...layer.from, 'devices']);
  const layers: Layer[] = [];
  for (const name of Object.keys(isMapping(devices) ? devices : {})) {
    const at = [...layer.from, 'devices', name, 'settings', 'extends'];
    const file = valueAt(layer.raw, at);
    if (typeof file === 'string') {
      layers.push(await settingsLayer(layer, at, file, [...mount, 'devices', name, 'settings']));
    }
  }
  return layers;
}

async function settingsLayer(layer: Layer, at: Path, file: string, mount: Path): Promise<Layer> {
  try {
    const { value, positions } = parseUserFile(file, await readUserFile(file), z.unknown());
    return { file, raw: withAbsoluteSettingsPaths(value, dirname(file)), positions, from: [], mount };
  } catch (error) {
    throw unreadableAt(layer, at, error);
  }
}

/** Where a file is named that is not there, that is what is wrong. */
function unreadableAt(layer: Layer, at: Path, error: unknown): unknown {
  return error instanceof UserFileError && error.code === 'FILE_UNREADABLE'
    ? problemAt(layer, at, error.message)
    : error;
}

function problemAt({ file, positions }: Layer, at: Path, text: string): UserFileError {
  return new UserFileError('FILE_INVALID', file, [{ path: at.join('.'), ...positions.ofValue(at), text }]);
}

const relativeTo = (file: string, other: string) =>
  other.startsWith(`${resolve(dirname(file))}/`) ? other.slice(resolve(dirname(file)).length + 1) : other;

const HEAD_KEYS = new Set(['$schema', 'extends', 'variables', 'matrix', 'cases']);

/** What is run: without what stands around it, and without the files that its settings came from. */
function withoutHead(merged: unknown): unknown {
  const entries = Object.entries(isMapping(merged) ? merged : {}).filter(([key]) => !HEAD_KEYS.has(key));
  const { devices, ...body } = Object.fromEntries(entries);
  if (!isMapping(devices)) {
    return devices === undefined ? body : { ...body, devices };
  }
  const bare = Object.entries(devices).map(([name, device]) => {
    if (!isMapping(device) || !isMapping(device.settings)) {
      return [name, device];
    }
    const { extends: _, ...settings } = device.settings;
    return [name, { ...device, settings }];
  });
  return { ...body, devices: Object.fromEntries(bare) };
}

function checked<Schema extends z.ZodType>(
  schema: Schema,
  raw: unknown,
  layers: Layers,
  path: string,
): z.output<Schema> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) {
    return parsed.data;
  }
  const problems = problemsOf(parsed.error.issues, raw, schema, layers);
  refuse(path, problems.map(inOwnWords));
  throw new UserFileError('FILE_INVALID', path, problems);
}

/** Problems of one file at a time: those of the file that the first of them is in. */
function refuse(path: string, problems: readonly (FileProblem & { readonly file?: string })[]): void {
  const [first] = problems;
  if (first !== undefined) {
    const file = first.file ?? path;
    const ofFile = problems.filter((problem) => (problem.file ?? path) === file);
    throw new UserFileError('FILE_INVALID', file, ofFile);
  }
}

const UNKNOWN_KEY = /^unknown key; (?:did you mean "(.+)"\?|(.*))$/;
const LAST_KEY = /(?:\["(.+)"\]|([^.[\]]+))$/;

/** An unknown key is named beside the one that was meant. */
function inOwnWords(
  problem: FileProblem & { readonly file?: string },
): FileProblem & { readonly file?: string } {
  const [found, near, rest] = UNKNOWN_KEY.exec(problem.text) ?? [];
  if (found === undefined) {
    return problem;
  }
  const [, quoted, plain] = LAST_KEY.exec(problem.path) ?? [];
  const key = `unknown key '${quoted ?? plain ?? problem.path}'`;
  return { ...problem, text: near === undefined ? `${key}, ${rest}` : `${key}, did you mean '${near}'?` };
}
