/** What the module has to say unasked, kept until it disturbs no dialogue. */
import type { Output } from './output.ts';
import type { Settings } from './settings.ts';

type Entry =
  | { readonly code: 'RING' | 'NO CARRIER' }
  | { readonly line: string; readonly isAboutRinging?: boolean };

/** More than a long call collects (a registration change a minute for an hour); beyond that the newest is dropped. */
const MAX_WAITING = 64;

export class Unsolicited {
  #waiting: Entry[] = [];

  post(entry: Entry): void {
    if (this.#waiting.length < MAX_WAITING) {
      this.#waiting.push(entry);
    }
  }

  /** One ring: RING, or what +CRC (27.007 §6.11) and +CLIP (§7.6) make of it. */
  postRing(settings: Settings, caller: string | undefined): void {
    if (settings.number('+CRC') === 1) {
      this.post({ line: '+CRING: GPRS "PPP"', isAboutRinging: true });
    } else {
      this.post({ code: 'RING' });
    }
    if (settings.number('+CLIP') === 1) {
      const line = caller === undefined ? '+CLIP: "",128,,,,1' : `+CLIP: "${caller}",129`;
      this.post({ line, isAboutRinging: true });
    }
  }

  /** The call is answered or gone: it no longer rings. */
  forgetRinging(): void {
    this.#waiting = this.#waiting.filter(
      (entry) => !('code' in entry ? entry.code === 'RING' : entry.isAboutRinging),
    );
  }

  flush(output: Output): void {
    for (const entry of this.#waiting.splice(0)) {
      if ('code' in entry) {
        output.result(entry.code, '', 'unsolicited');
      } else {
        output.extendedResult(entry.line, 'unsolicited');
      }
    }
  }
}
