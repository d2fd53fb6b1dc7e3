/** Options by which a user watches a run: a trace for people, a capture for Wireshark. */
import type { Command } from 'commander';
import type { Trace } from '../base/trace.ts';
import { ms } from '../base/units.ts';
import { formatPreciseInstant } from '../config/japan-time.ts';
import { pppCapture } from '../serial/ppp-capture.ts';
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
  end(): void;
}

export function openWatch(options: WatchOptions): Watch {
  const files: OutputFile[] = [];
  const open = (path: string) => {
    const file = openOutputFile(path);
    files.push(file);
    return file;
  };
  const trace = options.trace === undefined ? undefined : traceInto(open(options.trace));
  const capture = options.pcap === undefined ? undefined : open(options.pcap);
  return {
    trace,
    tap: capture === undefined ? undefined : pppCapture((octets) => capture.write(octets)),
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
