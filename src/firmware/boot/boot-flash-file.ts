/** A device comes up from its flash file: what `send`, `run` and the demo begin with. */
import { withFlashFile } from '../flash/flash-file.ts';
import { type DeviceKey, emulatedDeviceKey } from '../image/device-key.ts';
import { type BootedDevice, bootDevice } from './boot-device.ts';

/**
 * Boots the device whose flash is in the file: the bootloader does there what the trailers ask for.
 * @param deviceKey opens the secrets of the settings; the emulated device's own when not given
 * @throws FlashFileError when the file is no flash
 * @throws BootError when nothing boots, or what boots cannot be run
 * @throws ImageError when the settings do not open
 */
export function bootFlashFile(path: string, deviceKey: DeviceKey = emulatedDeviceKey()): BootedDevice {
  return withFlashFile(path, 'write', ({ flash, config }) => bootDevice(flash, config, deviceKey));
}
