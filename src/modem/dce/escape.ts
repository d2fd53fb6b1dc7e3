/**
 * The escape sequence from online data state: three escape characters (S2) between two silences of S12/50 s
 * each, with less than that between them. Hayes practice; V.250 leaves the matter open.
 * Silence is measured between arrivals: there is none inside one chunk.
 */
import { type Ms, ms } from '../../base/units.ts';
import type { Settings } from './settings.ts';

/** What to do with a chunk: octets that are data, and where the chunk turned into commands. */
export interface Escaping {
  readonly data: readonly Uint8Array[];
  /** The offset behind the escape sequence, when it ended inside this chunk (only without guard time). */
  readonly commandsFrom?: number;
}

const SEQUENCE_LENGTH = 3;

export class EscapeDetector {
  /** Escape characters that may become the sequence, kept back from the call meanwhile. */
  #held = 0;
  #lastArrival: Ms = ms(0);
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Online data state begins: the silence before an escape counts from here. */
  start(now: Ms): void {
    this.#held = 0;
    this.#lastArrival = now;
  }

  /** S2; above 127 there is no escape. */
  get #character(): number {
    return this.#settings.register(2);
  }

  /** S12 counts fiftieths of a second; 0: silence does not matter, the three characters do. */
  get #guardMs(): number {
    return this.#settings.register(12) * 20;
  }

  /** When `expire` has something to do. */
  get deadline(): Ms | undefined {
    return this.#held > 0 && this.#guardMs > 0 ? ms(this.#lastArrival + this.#guardMs) : undefined;
  }

  push(bytes: Uint8Array, now: Ms): Escaping {
    const guardMs = this.#guardMs;
    const character = this.#character;
    if (guardMs === 0) {
      return this.#pushUnguarded(bytes);
    }
    const isCandidate = this.#held > 0 || now - this.#lastArrival >= guardMs;
    this.#lastArrival = now;
    if (!isCandidate || bytes[0] !== character || character > 127) {
      return { data: this.#release(bytes) };
    }
    const total = this.#held + bytes.length;
    if (total > SEQUENCE_LENGTH || bytes.some((octet) => octet !== character)) {
      return { data: this.#release(bytes) };
    }
    this.#held = total;
    return { data: [] };
  }

  /** The silence behind the held characters is complete: `escape` when they were the sequence. */
  expire(): 'escape' | Uint8Array {
    const held = this.#takeHeld();
    return held.length === SEQUENCE_LENGTH ? 'escape' : held;
  }

  #pushUnguarded(bytes: Uint8Array): Escaping {
    const character = this.#character;
    if (character > 127 || (this.#held === 0 && !bytes.includes(character))) {
      return { data: [bytes] };
    }
    let run = this.#held;
    for (let index = 0; index < bytes.length; index += 1) {
      run = bytes[index] === character ? run + 1 : 0;
      if (run === SEQUENCE_LENGTH) {
        const before = bytes.subarray(0, Math.max(0, index + 1 - run));
        const data = index + 1 > run ? this.#release(before) : [];
        this.#held = 0;
        return { data, commandsFrom: index + 1 };
      }
    }
    if (run >= bytes.length) {
      this.#held = run;
      return { data: [] };
    }
    const data = this.#release(bytes.subarray(0, bytes.length - run));
    this.#held = run;
    return { data };
  }

  #release(bytes: Uint8Array): readonly Uint8Array[] {
    return this.#held === 0 ? [bytes] : [this.#takeHeld(), bytes];
  }

  #takeHeld(): Uint8Array {
    const held = new Uint8Array(this.#held).fill(this.#character);
    this.#held = 0;
    return held;
  }
}
