/** Connections by their two endpoints. */
import type { Endpoint } from './tcp-error.ts';

export interface Connected {
  readonly local: Endpoint;
  readonly remote: Endpoint;
}

export class ConnectionTable<Entry extends Connected> {
  /** By both ports; connections that differ in addresses only are few, and searched one after the other. */
  readonly #byPorts = new Map<number, Entry[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  find(
    localAddress: number,
    localPort: number,
    remoteAddress: number,
    remotePort: number,
  ): Entry | undefined {
    const entries = this.#byPorts.get(keyOf(localPort, remotePort));
    if (entries !== undefined) {
      for (const entry of entries) {
        if (entry.local.address === localAddress && entry.remote.address === remoteAddress) {
          return entry;
        }
      }
    }
    return undefined;
  }

  add(entry: Entry): void {
    const key = keyOf(entry.local.port, entry.remote.port);
    const entries = this.#byPorts.get(key);
    if (entries === undefined) {
      this.#byPorts.set(key, [entry]);
    } else {
      entries.push(entry);
    }
    this.#size += 1;
  }

  /** @returns whether it was there */
  remove(entry: Entry): boolean {
    const key = keyOf(entry.local.port, entry.remote.port);
    const entries = this.#byPorts.get(key);
    const index = entries?.indexOf(entry) ?? -1;
    if (entries === undefined || index < 0) {
      return false;
    }
    entries.splice(index, 1);
    if (entries.length === 0) {
      this.#byPorts.delete(key);
    }
    this.#size -= 1;
    return true;
  }

  /** A copy, so that entries may be removed on the way. */
  entries(): Entry[] {
    return [...this.#byPorts.values()].flat();
  }
}

const keyOf = (localPort: number, remotePort: number): number => localPort * 0x1_0000 + remotePort;
