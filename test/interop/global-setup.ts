/** The command is built once: each process that translates the sources anew would take longer to start than it works. */
import process from 'node:process';
import { buildCommand } from '../docs/built-command.ts';

export function setup(): void {
  process.env.KADEC21_COMMAND ??= buildCommand('interop');
}
