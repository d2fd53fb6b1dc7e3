/** `image build`: from an application and a settings file to the bytes for the flash. */
import { type Command, Option } from 'commander';
import type { FlashTarget } from '../../firmware/image/flash-view.ts';
import type { HashName } from '../../firmware/image/keys.ts';
import type { ImageVersion } from '../../wire/mcuboot/version.ts';
import { printResult } from '../console.ts';
import {
  byteValue,
  collect,
  customTlv,
  dependency,
  imageVersion,
  securityCounter,
  wholeNumber,
} from './arguments.ts';
import {
  loadDeviceKey,
  loadSigningKey,
  type OutputOptions,
  printDocument,
  printWarnings,
  withOutputOptions,
} from './options.ts';
import { type SlotOptions, slotOf, withSlotOptions } from './slot-options.ts';

interface BuildOptions extends OutputOptions, SlotOptions {
  readonly app: string;
  readonly settings?: string;
  readonly version?: ImageVersion;
  readonly key?: string;
  readonly deviceKey?: string;
  readonly output: string;
  readonly format?: string;
  readonly target: FlashTarget;
  readonly base?: number;
  readonly headerSize: number;
  readonly erasedValue: number;
  readonly pad?: boolean;
  readonly confirm?: boolean;
  readonly securityCounter?: number | 'auto';
  readonly dependency?: ReturnType<typeof dependency>[];
  readonly customTlv?: ReturnType<typeof customTlv>[];
  readonly vid?: string;
  readonly cid?: string;
  readonly bootRecord?: string;
  readonly sha?: '256' | '512';
  readonly pure?: boolean;
  readonly publicKeyFormat: 'hash' | 'full';
  readonly loadAddr?: number;
  readonly romFixed?: number;
  readonly nonBootable?: boolean;
  readonly uf2Family?: number;
}

export function defineBuild(command: Command): void {
  const build = command
    .requiredOption(
      '--app <file>',
      'application (.bin, .hex, .srec, .uf2, .elf), release description (.json) or release:VERSION',
    )
    .option('--settings <file>', "the user's settings (YAML or JSON)")
    .option('--version <X.Y.Z+B>', 'version of the image (of a release description: its own)', imageVersion)
    .option('--key <pem>', 'private key to sign with')
    .option(
      '--device-key <file>',
      'seals the secrets of the settings (the emulated device has one of its own)',
    );
  withSlotOptions(build)
    .option('--header-size <bytes>', 'room for the header', wholeNumber, 0x200)
    .option('--erased-value <byte>', 'what erased flash reads', byteValue, 0xff)
    .option('--pad', 'fill the slot and ask the bootloader for a test of the image')
    .option('--confirm', 'fill the slot and mark the image as confirmed')
    .option('--security-counter <n|auto>', 'counts up to make older images unusable', securityCounter)
    .option('--dependency <image:version>', 'image that has to be there (repeatable)', collect(dependency))
    .option(
      '--custom-tlv <type=value>',
      'entry of a vendor in the protected area (repeatable)',
      collect(customTlv),
    )
    .option('--vid <uuid|name>', 'vendor identifier')
    .option('--cid <uuid|name>', 'class identifier')
    .option('--boot-record <role>', 'entry for measured boot')
    .addOption(new Option('--sha <bits>', 'digest').choices(['256', '512']))
    .option('--pure', 'Ed25519 over the image itself instead of its digest')
    .addOption(
      new Option('--public-key-format <form>', 'how the image names its key')
        .choices(['hash', 'full'])
        .default('hash'),
    )
    .option('--load-addr <address>', 'RAM address that the image is copied to', wholeNumber)
    .option('--rom-fixed <address>', 'flash address that the image is linked for', wholeNumber)
    .option('--non-bootable', 'no bootloader is to start this image')
    .addOption(
      new Option('--target <place>', 'one slot, or the whole flash but the bootloader')
        .choices(['slot0', 'slot1', 'flash'])
        .default('slot0'),
    )
    .addOption(
      new Option('--format <format>', 'of the output (as its name says, or bin)').choices([
        'bin',
        'hex',
        'srec',
        'uf2',
      ]),
    )
    .option('--base <address>', 'where the output begins (where the N2 has it)', wholeNumber)
    .option('--uf2-family <id>', 'family of devices in a UF2 file', wholeNumber)
    .requiredOption('-o, --output <file>', 'the image');
  withOutputOptions(build).action(run);
}

async function run(options: BuildOptions): Promise<void> {
  const { buildImageFile } = await import('../../firmware/image/build.ts');
  const { outputFormat } = await import('../../firmware/image/convert.ts');
  const { formatByName } = await import('../../firmware/image/file-format.ts');
  const { n2FlashLayout } = await import('../../firmware/flash/layout.ts');
  const hash: HashName | undefined = options.sha === undefined ? undefined : `sha${options.sha}`;
  const report = await buildImageFile({
    app: options.app,
    deviceKey: await loadDeviceKey(options.deviceKey),
    slot: slotOf(options),
    layout: { ...n2FlashLayout, erasedValue: options.erasedValue },
    target: options.target,
    trailer: options.confirm ? 'confirmed' : options.pad ? 'test' : 'none',
    output: options.output,
    format: outputFormat(options.format, formatByName(options.output), 'bin'),
    ...given('settings', options.settings),
    ...given('version', options.version),
    ...given('key', options.key === undefined ? undefined : await loadSigningKey(options.key)),
    ...given('base', options.base),
    ...given('familyId', options.uf2Family),
    ...given('securityCounter', options.securityCounter),
    image: {
      headerSize: options.headerSize,
      pure: options.pure ?? false,
      publicKeyFormat: options.publicKeyFormat,
      nonBootable: options.nonBootable ?? false,
      dependencies: options.dependency ?? [],
      customTlvs: options.customTlv ?? [],
      ...(await identifiers(options)),
      ...given('hash', hash),
      ...given('bootRecord', options.bootRecord),
      ...given('ramLoadAddress', options.loadAddr),
      ...given('romFixedAddress', options.romFixed),
    },
  });
  printWarnings(report.warnings, options);
  if (options.json) printDocument('kadec21/image-build/1', report);
  else {
    const signed = report.signedBy === undefined ? 'not signed' : `signed with ${report.signedBy.kind}`;
    printResult(
      `${report.output}: version ${report.version}, ${report.imageSize} bytes, ${signed}, sha256 ${report.imageSha256}`,
    );
  }
}

async function identifiers({
  vid,
  cid,
}: BuildOptions): Promise<{ vendorId?: Uint8Array; classId?: Uint8Array }> {
  if (vid === undefined && cid === undefined) return {};
  const { classIdentifier, vendorIdentifier } = await import('../../firmware/image/identifier.ts');
  const { usageError } = await import('../../firmware/image/image-error.ts');
  if (vid === undefined) throw usageError('A --cid belongs to a vendor: give --vid too.');
  const vendorId = vendorIdentifier(vid);
  return { vendorId, ...given('classId', cid === undefined ? undefined : classIdentifier(cid, vendorId)) };
}

/** `{ [name]: value }`, or nothing when the value is undefined. */
function given<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value };
function given(name: string, value: unknown): object {
  return value === undefined ? {} : { [name]: value };
}
