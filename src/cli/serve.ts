/** `kadec21 serve`: the network side on real lines, for devices that are not ours. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { giveOrder } from '../serve/control-socket.ts';
import { ORDERS } from '../serve/orders.ts';
import * as argument from './arguments.ts';
import { printResult, setExitStatus } from './console.ts';
import * as own from './serve/arguments.ts';
import type { ServeOptions } from './serve/options.ts';
import { runStation } from './serve/station.ts';
import { withWatchOptions } from './watching.ts';

export function serveCommand(): Command {
  const command = new Command('serve')
    .option('--pty <link>', 'a pty under this name, removed at the end (repeatable)', own.texts)
    .option('--count <n>', 'of the one --pty LINK make LINK0, LINK1, ... LINKn-1', own.count)
    .option(
      '--tcp <[host:]port>',
      'a TCP port; each connection is the device at it (repeatable)',
      own.addresses,
    )
    .option(
      '--rfc2217 <[host:]port>',
      'a TCP port with bit rate and control signals (repeatable)',
      own.addresses,
    )
    .option('--unix <path>', 'a Unix socket (repeatable)', own.texts)
    .option('--port <path>', 'a serial port with a null modem to the device (repeatable)', own.texts)
    .option('--baud <n>', "bit rate of --port (default: the module's)", own.count)
    .option('--module <name|file>', 'existing, dual-band, 3gpp, 3gpp-sockets, or a file', 'dual-band')
    .option('--at <date>', 'the day it is; time goes on from there (default: today)', argument.instant)
    .addOption(
      new Option('--op25b <mode>', 'Outbound Port 25 Blocking')
        .choices(['calendar', 'on', 'off'])
        .default('calendar'),
    )
    .option('--area <name>', 'area of the carrier, for the steps of OP25B')
    .option('--calendar <file>', 'other dates than those of the notices (kadec21 config schema calendar)')
    .option(
      '--server <host:port=address:port>',
      'let a real server answer for a host of the emulation (repeatable)',
      argument.serverMappings,
    )
    .option(
      '--publish <host:port=address:port>',
      "make a port of an emulated host one of this machine's (repeatable)",
      argument.serverMappings,
    )
    .option('--account <user:password>', 'a subscriber who may dial in (repeatable)', own.accounts)
    .option(
      '--settings <file>',
      'settings of a device: its carrier account may dial in, its mail account sign in',
    )
    .option('--pap', 'the network asks for PAP only')
    .option('--chap', 'the network asks for CHAP only')
    .addOption(
      new Option('--power-cycle <when>', 'what a device finds that comes back')
        .choices(['on-open', 'never'])
        .default('never'),
    )
    .option('--pace', 'give the line the pace of its bit rate (a pty or a TCP port has none)')
    .option(
      '--fault <spec>',
      'something that goes wrong, such as "busy@times=2" (repeatable; docs/faults.md)',
      own.faults,
    )
    .option('--maildir <dir>', 'keep the mails that arrive in a Maildir')
    .option(
      '--authority <file>',
      "write the certificate of the emulated servers' authority, for a device to trust",
    )
    .option('--http <[host:]port>', 'HTTP API and a page; on 127.0.0.1 unless told otherwise', own.address)
    .option('--control <path>', 'a Unix socket that takes orders (kadec21 serve ctl PATH help)')
    .option('--until-mail <n>', 'end when so many mails have arrived', own.count)
    .option('--for <duration>', 'end after that; 1 where --until-mail was not reached', argument.duration)
    .option('--seed <n>', 'seed of all chance', argument.seed, 1)
    .option('--json', 'events as JSON Lines on stdout')
    .option('-q, --quiet', 'nothing but lines and mails')
    .option('-v, --verbose', 'the dialogue on stderr, as --trace -')
    .addOption(new Option('--no-color').hideHelp())
    .action(serve);
  command
    .command('ctl')
    .description(`give an order to a station that runs: ${ORDERS.join(', ')}`)
    .argument('<path>', 'its --control')
    .argument('<order...>', 'the order')
    .action(control);
  return withWatchOptions(command);
}

async function serve(options: ServeOptions): Promise<void> {
  if (options.pap === true && options.chap === true) {
    throw new InvalidArgumentError('--pap and --chap exclude each other; without both, either is taken.');
  }
  setExitStatus(await runStation(options));
}

async function control(path: string, order: readonly string[]): Promise<void> {
  const answer = await giveOrder(path, order.join(' '));
  printResult(JSON.stringify(answer.ok ? answer.result : { error: answer.error }, null, 2));
  setExitStatus(answer.ok ? 0 : 1);
}
