/**
 * A TCP port that speaks telnet with COM port control (RFC 2217): bit rate and circuits travel as on a cable. A DTE
 * that has set a bit rate other than the module's reads noise, and is read as noise, until one of them changes.
 */
import { createServer } from 'node:net';
import { misread } from './misread.ts';
import { listenOnTcp } from './offer-tcp.ts';
import { MAX_UNREAD_BYTES, type OfferedEnd, PRESENT } from './offered-line.ts';
import { OfferedConnections } from './offered-stream.ts';
import { type Rfc2217Action, Rfc2217Server } from './rfc2217-server.ts';
import type { DceSignals } from './serial-line.ts';

/** @param port 0: the system chooses one; the line's name tells which */
export async function offerRfc2217(host: string, port: number): Promise<OfferedEnd> {
  const server = createServer({ noDelay: true });
  return new OfferedRfc2217(await listenOnTcp(server, host, port), server);
}

class OfferedRfc2217 extends OfferedConnections {
  #protocol: Rfc2217Server | undefined;
  /** bit/s that the DTE has set; until then it is taken to be right. */
  #dteBaudRate: number | undefined;
  /** What came while circuit 106 was off: commands about circuits must not wait behind it. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  write(bytes: Uint8Array): boolean {
    return this.#protocol === undefined || this.send(this.#protocol.encode(this.#heard(bytes)));
  }

  protected override onConnected(): void {
    this.#protocol = new Rfc2217Server(this.driven, this.baudRate);
    this.#dteBaudRate = undefined;
    this.send(this.#protocol.begin());
    this.see(PRESENT);
  }

  protected override onGone(): void {
    this.#protocol = undefined;
    this.#held = [];
    this.#heldBytes = 0;
    super.onGone();
  }

  protected override onReceived(bytes: Uint8Array): void {
    for (const action of this.#protocol?.receive(bytes) ?? []) {
      this.#act(action);
    }
  }

  #act(action: Rfc2217Action): void {
    switch (action.type) {
      case 'data':
        this.#take(action.bytes);
        break;
      case 'send':
        this.send(action.bytes);
        break;
      case 'signals':
        this.see(action.signals);
        break;
      case 'baud-rate':
        this.#dteBaudRate = action.baudRate;
        break;
      case 'purge':
        // What has been written to the connection cannot be taken back.
        break;
    }
  }

  #take(bytes: Uint8Array): void {
    if (this.driven.cts) {
      this.emit('data', this.#heard(bytes));
      return;
    }
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > MAX_UNREAD_BYTES) {
      this.socket?.pause();
    }
  }

  /** Orders to the port come among the octets: they are read as long as there is room for both. */
  protected override get takesOctets(): boolean {
    return this.driven.cts || this.#heldBytes <= MAX_UNREAD_BYTES;
  }

  protected override onDriven(driven: DceSignals): void {
    const notice = this.#protocol?.drive(driven);
    if (notice !== undefined) {
      this.send(notice);
    }
    while (this.driven.cts && this.#held.length > 0) {
      const bytes = this.#held.shift() ?? new Uint8Array();
      this.#heldBytes -= bytes.length;
      this.emit('data', this.#heard(bytes));
    }
    if (this.driven.cts) {
      this.socket?.resume();
    }
  }

  /** What one end makes of what the other has sent. */
  #heard(bytes: Uint8Array): Uint8Array {
    const isSame = this.#dteBaudRate === undefined || this.#dteBaudRate === this.baudRate;
    return isSame ? bytes : misread(bytes);
  }
}
