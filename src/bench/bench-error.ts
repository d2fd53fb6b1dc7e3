/** What the bench itself finds wrong. */
import { type ErrorDetails, Kadec21Error, type Layer } from '../base/errors.ts';

export type BenchErrorCode =
  /** A station took longer than it may. */
  | 'BENCH_TIMEOUT'
  /** What a station builds on is not there: a mistake in the table of stations. */
  | 'BENCH_NOTHING_THERE'
  /** What answers is no modem. */
  | 'BENCH_NO_MODEM'
  | 'BENCH_SLOW_ANSWERS'
  | 'BENCH_MODULE_RESET'
  | 'BENCH_MODULE_SILENT'
  | 'BENCH_BAD_OPTION';

export class BenchError extends Kadec21Error {
  readonly code: BenchErrorCode;
  readonly layer: Layer;

  constructor(code: BenchErrorCode, message: string, details: ErrorDetails = {}, layer: Layer = 'modem') {
    super(message, details);
    this.code = code;
    this.layer = layer;
  }
}
