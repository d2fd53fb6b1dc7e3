/** Options by which a user watches a run: a trace for people, a capture for Wireshark. */
import type { Command } from 'commander';
import type { Trace } from '../base/trace.ts';
import { ms } from '../base/units.ts';
import { formatPreciseInstant } from '../config/japan-time.ts';
import { airSideOf, PppCapture } from '../serial/ppp-capture.ts';
import type { LineTap } from '../serial/tapped-line.ts';
import { type OutputFile, openOutputFile } from './output-file.ts';

export interface WatchOptions {
  readonly trace?: string;
  readonly pcap?: string;
}

export const withWatchOptions = (command: Command): Command =>
  command
    .option('--trace <file>', 'write the dialogue, one line an event (-: stderr); passwords are masked')
    .option('--pcap <file>', 'write the PPP frames of the line as a pcapng capture');

export interface Watch {
  readonly trace: Trace | undefined;
  readonly tap: LineTap | undefined;
  /** For the calls of a module's own TCP/IP stack. */
  readonly airTap: LineTap | undefined;
  end(): void;
}

/** @param hasSockets whether an emulated module makes calls by a TCP/IP stack of its own */
export function openWatch(options: WatchOptions, hasSockets = false): Watch {
  const files: OutputFile[] = [];
  const open = (path: string) => {
    const file = openOutputFile(path);
    files.push(file);
    return file;
  };
  const trace = options.trace === undefined ? undefined : traceInto(open(options.trace));
  const file = options.pcap === undefined ? undefined : open(options.pcap);
  const capture = file === undefined ? undefined : new PppCapture((octets) => file.write(octets));
  return {
    trace,
    tap: capture?.tap('serial line'),
    airTap: hasSockets ? capture?.tap(airSideOf('module')) : undefined,
    end: () => {
      for (const file of files) {
        file.close();
      }
    },
  };
}

const traceInto =
  (file: OutputFile): Trace =>
  ({ layer, direction, text }) =>
    file.write(`${formatPreciseInstant(ms(Date.now()))} ${layer.padEnd(8)} ${direction} ${text}\n`);
