/** `kadec21 image ...`: makes flash images and looks into them. Each command loads its modules when it runs. */
import { Command } from 'commander';
import { addBuild } from './image/build.ts';
import { addConvert } from './image/convert.ts';
import { addDiff } from './image/diff.ts';
import { addInspect } from './image/inspect.ts';
import { addKeygen } from './image/keygen.ts';
import { addSign } from './image/sign.ts';
import { addVerify } from './image/verify.ts';

export function imageCommand(): Command {
  const image = new Command('image')
    .showHelpAfterError('(kadec21 image COMMAND --help tells what a command takes)')
    // Inherited by the commands below, so that main() turns a usage error into status 2.
    .exitOverride();
  addKeygen(image);
  addBuild(image);
  addSign(image);
  addInspect(image);
  addVerify(image);
  addDiff(image);
  addConvert(image);
  return image;
}
