/**
 * A pseudo-terminal under a name that stays: to a device's program it looks like a serial port. It has no circuits,
 * but two things that programs do to hang up are seen: the last close, and the speed B0.
 */
import { ABSENT, MAX_UNREAD_BYTES, OfferedEnd, PRESENT } from './offered-line.ts';
import { linkPty, type PtyLink } from './pty-link.ts';
import { PtyMaster, type PtyRead } from './pty-master.ts';

/** The system does not tell that a slave was opened: this often it is looked at while nobody has it open. */
const OPEN_POLL_MS = 100;
/** Programs hold B0 for half a second to a second (pppd, minicom, mgetty). */
const SPEED_POLL_MS = 250;

/** @param link where the link to the pty shall be, such as `/tmp/modem` @throws LineError */
export async function offerPty(link: string): Promise<OfferedEnd> {
  const master = await PtyMaster.open();
  try {
    return new OfferedPty(link, master, linkPty(link, master.path, PtyMaster.isOurs));
  } catch (cause) {
    await master.close();
    throw cause;
  }
}

class OfferedPty extends OfferedEnd {
  readonly #link: PtyLink;
  #master: PtyMaster;
  #isReleased = false;
  #isConnected = false;
  /** Octets that the DTE has not read yet. */
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #poll: NodeJS.Timeout | undefined;

  constructor(name: string, master: PtyMaster, link: PtyLink) {
    super(name);
    this.#master = master;
    this.#link = link;
    this.#listen();
    this.#awaitOpen();
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#isConnected) {
      return true;
    }
    const taken = this.#unread.length === 0 ? this.#master.write(bytes) : 0;
    if (taken === bytes.length) {
      return true;
    }
    const rest = bytes.subarray(taken);
    if (this.#unreadBytes + rest.length > MAX_UNREAD_BYTES) {
      this.droppedBytes += rest.length;
    } else {
      this.#unread.push(rest);
      this.#unreadBytes += rest.length;
      this.#wait();
    }
    return false;
  }

  protected override onDriven(): void {
    if (this.#isConnected) {
      this.#wait();
    }
  }

  protected override async release(): Promise<void> {
    clearTimeout(this.#poll);
    this.#isReleased = true;
    this.#link.remove();
    this.#isConnected = false;
    await this.#master.close();
  }

  #listen(): void {
    this.#master.on('readable', () => this.#read());
    this.#master.on('writable', () => this.#writeUnread());
    this.#master.on('disconnect', () => this.#leave());
  }

  #awaitOpen(): void {
    this.#poll = setTimeout(() => {
      const read = this.#master.read();
      if (read === 'closed') {
        this.#awaitOpen();
      } else {
        this.#enter(read);
      }
    }, OPEN_POLL_MS);
  }

  /** @param read what the DTE has written already */
  #enter(read: Exclude<PtyRead, 'closed'>): void {
    this.#isConnected = true;
    this.see(PRESENT);
    this.#watchSpeed(undefined);
    this.#wait();
    if (read !== 'nothing') {
      this.emit('data', read);
    }
  }

  /** What the DTE wrote while it was held up, and what it did not read, goes with it. */
  #leave(): void {
    if (!this.#isConnected) {
      return;
    }
    this.#isConnected = false;
    clearTimeout(this.#poll);
    this.#unread = [];
    this.#unreadBytes = 0;
    if (this.#master.discardUnread()) {
      this.#awaitOpen();
    } else {
      void this.#takeFreshPty();
    }
    this.see(ABSENT);
    // Who waits for room must not wait for the next DTE.
    this.emit('drain');
  }

  /** The name stays, what it leads to does not: a pty that nobody can open any more is of no use to the next DTE. */
  async #takeFreshPty(): Promise<void> {
    const claimed = this.#master;
    try {
      const fresh = await PtyMaster.open();
      if (this.#isReleased) {
        await fresh.close();
        return;
      }
      this.#link.leadTo(fresh.path);
      this.#master = fresh;
      this.#listen();
      await claimed.close();
    } catch {
      // The system gives no other: then root's programs can open the old one still.
    }
    this.#awaitOpen();
  }

  /** Circuit 106 off leaves octets where they are; the close is waited for in any case. */
  #wait(): void {
    const toRead = this.driven.cts;
    this.#master.waitFor({ toRead, toWrite: this.#unread.length > 0, forClose: !toRead });
  }

  #read(): void {
    if (!this.#isConnected || !this.driven.cts) {
      return;
    }
    const read = this.#master.read();
    if (read === 'closed') {
      this.#leave();
      return;
    }
    this.#wait();
    if (read !== 'nothing') {
      this.emit('data', read);
    }
  }

  #writeUnread(): void {
    while (this.#isConnected) {
      const first = this.#unread[0];
      if (first === undefined) {
        break;
      }
      const taken = this.#master.write(first);
      this.#unreadBytes -= taken;
      if (taken < first.length) {
        this.#unread[0] = first.subarray(taken);
        this.#wait();
        return;
      }
      this.#unread.shift();
    }
    if (this.#isConnected) {
      this.#wait();
      this.emit('drain');
    }
  }

  /** B0 hangs up until another speed is set. One that was there already when the DTE came means nothing. */
  #watchSpeed(before: number | undefined): void {
    this.#poll = setTimeout(async () => {
      const speed = await this.#master.speed();
      if (this.#isConnected) {
        if (speed === 0 && before !== undefined && before !== 0) {
          this.see(ABSENT);
        } else if (speed !== 0) {
          this.see(PRESENT);
        }
        this.#watchSpeed(speed === 0 && !this.signals.dtr ? before : speed);
      }
    }, SPEED_POLL_MS);
  }
}
