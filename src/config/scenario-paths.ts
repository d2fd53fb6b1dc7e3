/** Files that a scenario names are seen from the file that names them: here they become absolute. */
import { isAbsolute, resolve } from 'node:path';
import { isMapping } from './scenario-layers.ts';

/** A text that is one variable may stand for something else than a file: it is looked at when it has its value. */
const VARIABLE_ONLY = /^\$\{[^{}]*\}$/;

type Mapping = Readonly<Record<string, unknown>>;

/** @param folder of the file that the document comes from */
export function withAbsolutePaths(document: unknown, folder: string): unknown {
  if (!isMapping(document)) {
    return document;
  }
  const file = (value: unknown): unknown =>
    typeof value === 'string' && !isAbsolute(value) && !VARIABLE_ONLY.test(value)
      ? resolve(folder, value)
      : value;
  const dataFile = (value: unknown) => (value === 'sample' ? value : file(value));
  const imageFile = (value: unknown) =>
    typeof value === 'string' && value.startsWith('release:') ? value : file(value);
  const device = (value: unknown) =>
    changed(value, {
      settings: (settings) => settingsIn(settings, file),
      flash: file,
      deviceKey: file,
      data: dataFile,
      recording: (recording) => (isMapping(recording) ? changed(recording, { file }) : file(recording)),
      module: (module) =>
        changed(module, {
          recording: (files) => (Array.isArray(files) ? files.map(file) : file(files)),
        }),
    });
  const own = changed(document, {
    extends: file,
    devices: (devices) => (isMapping(devices) ? mapped(devices, device) : devices),
    timeline: (events) =>
      Array.isArray(events) ? events.map((one) => changed(one, { image: imageFile })) : events,
    cases: (cases) => (Array.isArray(cases) ? cases.map((one) => withAbsolutePaths(one, folder)) : cases),
  });
  return own;
}

/** The same for a settings file. */
export const withAbsoluteSettingsPaths = (settings: unknown, folder: string): unknown =>
  settingsIn(settings, (value) =>
    typeof value === 'string' && !isAbsolute(value) && !VARIABLE_ONLY.test(value)
      ? resolve(folder, value)
      : value,
  );

/** A text is the settings file itself; in a mapping `extends` and `mail.server.caFile` are files. */
function settingsIn(settings: unknown, file: (value: unknown) => unknown): unknown {
  if (typeof settings === 'string') {
    return { extends: file(settings) };
  }
  return changed(settings, {
    extends: file,
    mail: (mail) => changed(mail, { server: (server) => changed(server, { caFile: file }) }),
  });
}

function changed(value: unknown, changes: Readonly<Record<string, (inner: unknown) => unknown>>): unknown {
  if (!isMapping(value)) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      changes[key] === undefined ? inner : changes[key](inner),
    ]),
  );
}

const mapped = (value: Mapping, change: (inner: unknown) => unknown): Mapping =>
  Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, change(inner)]));
