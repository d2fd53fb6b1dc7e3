/**
 * Flow control by characters, DC1 (XON) and DC3 (XOFF): ITU-T V.250 §6.2.12. A machine: what the DTE sends goes in,
 * what is left of it for the module comes out, and whether the module may send. Circuits 105 and 106 are obeyed and
 * driven beside it, wherever the line has them: line-writer.ts.
 */
import { FLOW_BY_MODULE, FLOW_BY_TERMINAL, flowControl } from './commands/flow-control.ts';
import type { Settings } from './settings.ts';

export const XON = 0x11;
export const XOFF = 0x13;

/** Both as PPP's map of control characters names them: bit n for octet n (RFC 1662 §7.1). */
const ACCM_OF_XON_AND_XOFF = ((1 << XON) | (1 << XOFF)) >>> 0;

const isFlowCharacter = (octet: number): boolean => octet === XON || octet === XOFF;

export class SoftwareFlow {
  readonly #settings: Settings;
  #isHeldByTerminal = false;
  #holdsTerminal = false;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Whether the DTE may hold the module up by XOFF. */
  get isObeyed(): boolean {
    const { byTerminal } = flowControl(this.#settings);
    return byTerminal === FLOW_BY_TERMINAL.characters || byTerminal === FLOW_BY_TERMINAL.charactersPassedOn;
  }

  /** Whether the module must not send. */
  get isStopped(): boolean {
    return this.#isHeldByTerminal && this.isObeyed;
  }

  /**
   * The control characters that the line uses itself, as PPP's map: whoever sends through it has to escape them, and
   * those that come without escape are not the sender's.
   */
  get controlCharacters(): number {
    return this.isObeyed || this.#isDriven ? ACCM_OF_XON_AND_XOFF : 0;
  }

  /**
   * Takes XON and XOFF out of what the DTE sends.
   * @param isData online data state: only there is something that the characters could be passed on to (`+IFC=3`)
   * @returns what is for the module, or for the call
   */
  fromTerminal(bytes: Uint8Array, isData: boolean): Uint8Array {
    if (!this.isObeyed) {
      this.#isHeldByTerminal = false;
      return bytes;
    }
    const last = bytes.findLast(isFlowCharacter);
    if (last === undefined) {
      return bytes;
    }
    this.#isHeldByTerminal = last === XOFF;
    const { byTerminal } = flowControl(this.#settings);
    const isPassedOn = isData && byTerminal === FLOW_BY_TERMINAL.charactersPassedOn;
    return isPassedOn ? bytes : bytes.filter((octet) => !isFlowCharacter(octet));
  }

  /** Another DTE is there, or the same anew: what the one before has asked for is over. */
  terminalChanged(): void {
    this.#isHeldByTerminal = false;
    this.#holdsTerminal = false;
  }

  /**
   * What to send to the DTE, at once and past all that waits.
   * @param isFull whether the module takes no more octets for the call
   */
  toTerminal(isFull: boolean): typeof XON | typeof XOFF | undefined {
    const holds = isFull && this.#isDriven;
    if (holds === this.#holdsTerminal) {
      return undefined;
    }
    this.#holdsTerminal = holds;
    return holds ? XOFF : XON;
  }

  get #isDriven(): boolean {
    return flowControl(this.#settings).byModule === FLOW_BY_MODULE.characters;
  }
}
