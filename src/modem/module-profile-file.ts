/**
 * Profiles of modules in files that users write (YAML or JSON). A file that `extends` a built-in profile says only
 * what differs: maps are merged, lists and values replaced.
 */
import { z } from 'zod';
import { problemsOf } from '../config/document-problems.ts';
import { parseUserFile, readUserFile } from '../config/user-file.ts';
import { UserFileError } from '../config/user-file-error.ts';
import { type ModuleProfile, moduleProfileSchema } from './module-profile.ts';
import { moduleProfiles, profileByName } from './profiles.ts';

const names = moduleProfiles.map(({ name }) => name);

/** What is looked at before the file is merged with what it extends. */
const headSchema = z.looseObject({ extends: z.enum(names).optional() });

/**
 * @param nameOrPath the name of a built-in profile (`existing`, `dual-band`, `3gpp`, `3gpp-sockets`), or a file
 * @throws UserFileError that names the file, the path in it, what was found and what was expected
 */
export async function loadModuleProfile(nameOrPath: string): Promise<ModuleProfile> {
  const builtIn = profileByName(nameOrPath);
  if (builtIn !== undefined) {
    return builtIn;
  }
  if (!/[./\\]/.test(nameOrPath)) {
    const text = `there is no such module; the built-in ones are ${names.join(', ')}`;
    throw new UserFileError('FILE_UNREADABLE', nameOrPath, [{ path: '', text }]);
  }
  return parseModuleProfile(nameOrPath, await readUserFile(nameOrPath));
}

/**
 * The same for a text that is already there.
 * @param file how messages call it
 */
export function parseModuleProfile(file: string, text: string): ModuleProfile {
  const { value, positions } = parseUserFile(file, text, headSchema);
  const { extends: base, ...own } = value;
  const raw = base === undefined ? own : merge(profileByName(base), own);
  const parsed = moduleProfileSchema.safeParse(raw);
  if (!parsed.success) {
    const problems = problemsOf(parsed.error.issues, raw, moduleProfileSchema, positions);
    throw new UserFileError('FILE_INVALID', file, problems);
  }
  return parsed.data;
}

/** The user's words over those of the base; the depth is that of the user's file, which its parser bounds. */
function merge(base: unknown, own: unknown): unknown {
  if (!isMap(base) || !isMap(own)) {
    return own;
  }
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(own)) {
    merged.set(key, merge(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON Schema (2020-12) of a profile file, for editors: complete, or with `extends` and what differs. */
export function moduleProfileJsonSchema(): object {
  const { $schema, properties, required, ...rest } = z.toJSONSchema(moduleProfileSchema, {
    io: 'input',
    unrepresentable: 'any',
  });
  const parts: object = withoutRequired({ properties });
  const description = 'A built-in profile: what this file leaves out is as there';
  return {
    $schema,
    ...rest,
    properties: {
      extends: { type: 'string', enum: names, description },
      ...('properties' in parts && isMap(parts.properties) ? parts.properties : {}),
    },
    anyOf: [{ required: ['extends'] }, { required: required ?? [] }],
  };
}

/** A file that extends another may leave out what lies deeper, too. */
function withoutRequired(node: object): object {
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key, value]) => !(key === 'required' && Array.isArray(value)))
      .map(([key, value]) => [key, isMap(value) ? withoutRequired(value) : value]),
  );
}
