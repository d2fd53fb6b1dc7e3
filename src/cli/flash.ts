/** `kadec21 flash ...`: an emulated NOR flash in a file, with its bootloader. */
import { Command } from 'commander';
import { addBoot } from './flash/boot.ts';
import { addConfirm } from './flash/confirm.ts';
import { addInfo } from './flash/info.ts';
import { addInit } from './flash/init.ts';
import { addRead } from './flash/read.ts';
import { addWrite } from './flash/write.ts';

export function flashCommand(): Command {
  const flash = new Command('flash')
    .showHelpAfterError('(kadec21 flash COMMAND --help tells what a command takes)')
    // Inherited by the commands below, so that main() turns a usage error into status 2.
    .exitOverride();
  addInit(flash);
  addWrite(flash);
  addRead(flash);
  addBoot(flash);
  addConfirm(flash);
  addInfo(flash);
  return flash;
}
