/** The releases of the comms firmware, oldest first, and which of them a set of settings runs on. */
import type { Generation } from '../config/device-model.ts';
import type { Settings } from '../config/settings-schema.ts';
import { FirmwareError } from './firmware-error.ts';
import type { Release } from './release.ts';
import { release14 } from './releases/release-1-4.ts';
import { release20 } from './releases/release-2-0.ts';
import { release21 } from './releases/release-2-1.ts';
import { release30 } from './releases/release-3-0.ts';

export const releases: readonly Release[] = [release14, release20, release21, release30];

/**
 * @param version `2.1`; patch level and build number of an image (`2.1.3+7`) do not count
 * @throws FirmwareError FIRMWARE_UNKNOWN_RELEASE
 */
export function releaseByVersion(version: string): Release {
  const release = releases.find(
    (known) => version === known.version || version.startsWith(`${known.version}.`),
  );
  if (release === undefined) {
    const known = releases.map((each) => each.version).join(', ');
    throw new FirmwareError('FIRMWARE_UNKNOWN_RELEASE', `There is no comms firmware ${version}.`, {
      advice: `Known releases: ${known}.`,
    });
  }
  return release;
}

/** The newest release that runs on the board of a generation. */
export function newestRelease(generation: Generation): Release {
  return releases.findLast((release) => release.boards.includes(generation)) ?? release14;
}

/**
 * The release that the settings name, or else the newest for the model.
 * @throws FirmwareError FIRMWARE_UNKNOWN_RELEASE
 */
export function releaseOf(settings: Settings): Release {
  const { firmware, generation } = settings.device;
  return firmware === undefined ? newestRelease(generation) : releaseByVersion(firmware);
}

/**
 * Refuses settings that a release cannot follow, as the firmware does when it starts. The module is not checked
 * here: a device learns only from the module's answer what it has got.
 * @throws FirmwareError FIRMWARE_WRONG_BOARD, FIRMWARE_UNSUPPORTED_SETTINGS, FIRMWARE_UNSUPPORTED_PORT,
 *   FIRMWARE_NO_AUTH, FIRMWARE_NO_TLS
 */
export function checkRelease(release: Release, settings: Settings): void {
  const refusal = refusalOf(release, settings);
  if (refusal !== undefined) {
    throw refusal;
  }
}

function refusalOf(release: Release, settings: Settings): FirmwareError | undefined {
  const { device, mail, schemaVersion } = settings;
  const { submission } = release;
  const firmware = `Comms firmware ${release.version}`;
  if (!release.boards.includes(device.generation)) {
    return new FirmwareError(
      'FIRMWARE_WRONG_BOARD',
      `${firmware} does not run on the board of a ${device.model}.`,
      {
        advice:
          device.generation === 'N'
            ? 'Change the comms board and the CPU board, and fit a new module (the unit becomes an -N2).'
            : `Use a release for -${device.generation}: ${newestRelease(device.generation).version}.`,
      },
    );
  }
  if (!release.settingsVersions.includes(schemaVersion)) {
    return new FirmwareError(
      'FIRMWARE_UNSUPPORTED_SETTINGS',
      `${firmware} does not read settings of version ${schemaVersion}.`,
    );
  }
  if (submission.ports !== 'any' && !submission.ports.includes(mail.server.port)) {
    return new FirmwareError(
      'FIRMWARE_UNSUPPORTED_PORT',
      `${firmware} sends mail to port ${submission.ports.join(', ')} only, not to ${mail.server.port}.`,
      { advice: UPDATE },
    );
  }
  const { mechanism } = mail.auth;
  const canAuthenticate =
    mechanism === 'none' ||
    (mechanism === 'auto' ? submission.auth.length > 0 : submission.auth.includes(mechanism));
  if (!canAuthenticate) {
    return new FirmwareError(
      'FIRMWARE_NO_AUTH',
      `${firmware} has no SMTP AUTH${mechanism === 'auto' ? '' : ` ${mechanism}`}.`,
      {
        advice: UPDATE,
      },
    );
  }
  if (!submission.tls.includes(mail.server.tls)) {
    return new FirmwareError(
      'FIRMWARE_NO_TLS',
      `${firmware} cannot do tls: ${mail.server.tls}, only ${submission.tls.join(', ')}.`,
      { advice: UPDATE },
    );
  }
  return undefined;
}

const UPDATE =
  'Update the comms firmware (at the factory, or on site by support), or change mail.server and mail.auth.';
