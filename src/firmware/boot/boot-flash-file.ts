/** A device comes up from its flash file: what `send`, `run` and the demo begin with. */
import { openFlashFile } from '../flash/flash-file.ts';
import { type DeviceKey, emulatedDeviceKey } from '../image/device-key.ts';
import { type BootedDevice, bootDevice } from './boot-device.ts';

/** A device that lives on its flash file: its outbox writes there. `close` when it is done. */
export interface FlashFileDevice extends BootedDevice {
  close(): void;
}

/**
 * Boots the device whose flash is in the file: the bootloader does there what the trailers ask for.
 * @param deviceKey opens the secrets of the settings; the emulated device's own when not given
 * @throws FlashFileError when the file is no flash
 * @throws BootError when nothing boots, or what boots cannot be run
 * @throws ImageError when the settings do not open
 */
export function bootFlashFile(path: string, deviceKey: DeviceKey = emulatedDeviceKey()): FlashFileDevice {
  const file = openFlashFile(path, 'write');
  try {
    return { ...bootDevice(file.flash, file.config, deviceKey), close: () => file.close() };
  } catch (failure) {
    file.close();
    throw failure;
  }
}
