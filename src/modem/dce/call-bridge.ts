/** The module's end of one call: dials through the radio, and tells the machine what comes of it. */
import type { Trace } from '../../base/trace.ts';
import type { DceEvent } from './dialogue.ts';
import type { Call, DialResult } from './radio.ts';
import type { RadioUnit } from './radio-unit.ts';

export interface CallBridgeOptions {
  readonly trace: Trace;
  readonly feed: (event: DceEvent) => void;
  /** Whether the call takes no more octets now. */
  readonly onFull: (isFull: boolean) => void;
}

export class CallBridge {
  readonly #options: CallBridgeOptions;
  #giveUp: (() => void) | undefined;
  #call: Call | undefined;
  /** The call takes no more octets for now. */
  #isFull = false;

  constructor(options: CallBridgeOptions) {
    this.#options = options;
  }

  /** @param controlCharacters what the line uses itself, as PPP's map */
  dial(number: string, radio: RadioUnit, controlCharacters: number): void {
    this.#tell('>', `dial ${number}`);
    let isCurrent = true;
    const onResult = (result: DialResult) => {
      if (isCurrent) {
        isCurrent = false;
        this.#giveUp = undefined;
        this.#dialled(result);
      }
    };
    const giveUp = radio.dial(number, onResult, controlCharacters);
    // A network may know the result before it returns.
    if (isCurrent) {
      this.#giveUp = () => {
        isCurrent = false;
        giveUp();
      };
    }
  }

  /** An attempt that cannot succeed. */
  refuse(): void {
    queueMicrotask(() => this.#options.feed({ type: 'not-connected', reason: 'no-carrier' }));
  }

  write(bytes: Uint8Array): void {
    if (this.#call?.write(bytes) === false) {
      this.#setFull(true);
    }
  }

  /** From this side: the attempt or the call is over. */
  hangUp(): void {
    const [giveUp, call] = [this.#giveUp, this.#call];
    this.#giveUp = undefined;
    this.#call = undefined;
    giveUp?.();
    if (call !== undefined) {
      this.#tell('>', 'hang up');
      call.hangUp();
      this.#setFull(false);
    }
  }

  #dialled(result: DialResult): void {
    if (result.result !== 'connected') {
      this.#tell('<', result.result);
      this.#options.feed({ type: 'not-connected', reason: result.result });
      return;
    }
    const { call, bitRate } = result;
    this.#tell('<', `connected at ${bitRate} bit/s`);
    this.#call = call;
    call.on('data', (bytes) => {
      if (this.#call === call) {
        this.#options.feed({ type: 'call-data', bytes });
      }
    });
    call.on('drain', () => {
      if (this.#call === call) {
        this.#setFull(false);
      }
    });
    call.on('close', (cause) => {
      if (this.#call === call) {
        this.#call = undefined;
        this.#tell('<', `call ended${cause === undefined ? '' : `: ${cause.message}`}`);
        this.#setFull(false);
        this.#options.feed({ type: 'call-closed' });
      }
    });
    this.#options.feed({ type: 'connected', bitRate, address: result.address });
  }

  #setFull(isFull: boolean): void {
    if (this.#isFull !== isFull) {
      this.#isFull = isFull;
      this.#options.onFull(isFull);
    }
  }

  #tell(direction: '>' | '<', text: string): void {
    this.#options.trace({ layer: 'radio', direction, text });
  }
}
