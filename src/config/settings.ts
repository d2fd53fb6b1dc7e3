/** Loads a settings file and checks it; gives it back as a document where it is stored in a device. */
import { dirname, resolve } from 'node:path';
import { formatDuration } from './duration.ts';
import { type Settings, type SettingsDocument, settingsSchema } from './settings-schema.ts';
import { type LoadedFile, loadUserFile, parseUserFile, readUserFile } from './user-file.ts';
import { UserFileError } from './user-file-error.ts';

/** What a wrong settings file is reported as. */
export { UserFileError as SettingsError } from './user-file-error.ts';

/** A chain of authorities is some kilobytes. */
const LARGEST_CA_FILE_BYTES = 64 * 1024;

/**
 * Reads and checks a settings file (YAML or JSON); the authority's certificate that it names is read too.
 * @throws UserFileError
 */
export async function loadSettings(path: string): Promise<Settings> {
  return withAuthority(path, await loadUserFile(path, settingsSchema));
}

/**
 * Checks settings that are at hand as text, such as those in a device's flash.
 * @param source how messages call it
 * @throws UserFileError
 */
export function parseSettings(source: string, text: string): Settings {
  return parseUserFile(source, text, settingsSchema).value;
}

/** Reads `mail.server.caFile`, so that nobody below needs a file system. */
async function withAuthority(path: string, { value, positions }: LoadedFile<Settings>): Promise<Settings> {
  const { caFile } = value.mail.server;
  if (caFile === undefined) {
    return value;
  }
  const at = ['mail', 'server', 'caFile'];
  const problem = (text: string) =>
    new UserFileError('FILE_INVALID', path, [{ path: at.join('.'), ...positions.ofValue(at), text }]);
  if (value.mail.server.ca !== undefined) {
    throw problem('found both ca and caFile, expected only one');
  }
  const file = resolve(dirname(path), caFile);
  const ca = await readUserFile(file, LARGEST_CA_FILE_BYTES).catch((error: unknown) => {
    throw error instanceof UserFileError ? problem(error.message) : error;
  });
  if (!ca.includes('-----BEGIN CERTIFICATE-----')) {
    throw problem(`${file} holds no certificate, expected PEM (-----BEGIN CERTIFICATE-----)`);
  }
  return { ...value, mail: { ...value.mail, server: { ...value.mail.server, caFile: file, ca } } };
}

/**
 * The settings as a document that `parseSettings` takes, every default written out, **secrets in clear**: this is
 * what a device keeps in its flash. Never print it.
 */
export function settingsDocument(settings: Settings): SettingsDocument {
  const { generation: _, ...device } = settings.device;
  const { caFile: __, ...server } = settings.mail.server;
  const { auth, retry, timeLimits } = settings.mail;
  return {
    ...settings,
    device,
    carrier: { ...settings.carrier, password: settings.carrier.password.reveal() },
    mail: {
      ...settings.mail,
      server,
      auth: auth.mechanism === 'none' ? auth : { ...auth, password: auth.password.reveal() },
      retry: {
        first: formatDuration(retry.first),
        longest: formatDuration(retry.longest),
        giveUpAfter: formatDuration(retry.giveUpAfter),
        redials: retry.redials,
      },
      timeLimits: {
        connect: formatDuration(timeLimits.connect),
        reply: formatDuration(timeLimits.reply),
        finalReply: formatDuration(timeLimits.finalReply),
        session: formatDuration(timeLimits.session),
      },
    },
    schedule: {
      measureEvery: formatDuration(settings.schedule.measureEvery),
      sendEvery: formatDuration(settings.schedule.sendEvery),
      sendOffset: formatDuration(settings.schedule.sendOffset),
    },
    alarms: settings.alarms.map(({ quantity, direction, threshold, hysteresis }) => ({
      quantity,
      [direction]: threshold,
      hysteresis,
    })),
  };
}
