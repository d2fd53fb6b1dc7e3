/** The command is built once: each process that translates the sources anew would take longer to start than it works. */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { buildCommand } from './built-command.ts';

/** @returns takes it away again */
export function setup(): () => void {
  // Runs at the same time must not build into one folder.
  const command = buildCommand(`tests-${process.pid}`);
  process.env.KADEC21_COMMAND = command;
  return () => rmSync(dirname(dirname(command)), { recursive: true });
}
