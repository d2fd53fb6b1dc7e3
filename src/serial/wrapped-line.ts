/** What every wrapper around a line has in common: all passes through, until a subclass does otherwise. */
import { EventEmitter } from 'node:events';
import type { SerialLine, SerialLineEvents } from './serial-line.ts';

export abstract class WrappedLine<Driven, Seen>
  extends EventEmitter<SerialLineEvents<Seen>>
  implements SerialLine<Driven, Seen>
{
  protected readonly line: SerialLine<Driven, Seen>;

  constructor(line: SerialLine<Driven, Seen>) {
    super();
    this.line = line;
    line.on('data', (bytes) => this.onData(bytes));
    line.on('drain', () => this.onDrain());
    line.on('signals', (seen) => this.onSignals(seen));
    line.on('close', (cause) => this.onClose(cause));
  }

  get signals(): Seen | 'unknown' {
    return this.line.signals;
  }

  get baudRate(): number {
    return this.line.baudRate;
  }

  setBaudRate(baudRate: number): void {
    this.line.setBaudRate(baudRate);
  }

  drive(signals: Partial<Driven>): void {
    this.line.drive(signals);
  }

  write(bytes: Uint8Array): boolean {
    return this.line.write(bytes);
  }

  close(): Promise<void> {
    return this.line.close();
  }

  protected onData(bytes: Uint8Array): void {
    this.emit('data', bytes);
  }

  protected onDrain(): void {
    this.emit('drain');
  }

  protected onSignals(seen: Seen): void {
    this.emit('signals', seen);
  }

  protected onClose(cause?: Error): void {
    this.emit('close', cause);
  }
}
