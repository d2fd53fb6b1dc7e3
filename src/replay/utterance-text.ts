/** How what was said is shown to people. */
import { describeFrame } from './frames.ts';
import type { ExpectedStep } from './script-steps.ts';
import type { Utterance } from './utterances.ts';

export const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Long lines help nobody. */
export const textOf = (bytes: Uint8Array): string => JSON.stringify(latin1(bytes.subarray(0, 200)));

export function describe(utterance: Utterance): string {
  switch (utterance.kind) {
    case 'text':
      return textOf(utterance.bytes);
    case 'frame':
      return describeFrame(utterance);
    case 'payload':
      return `${utterance.bytes.length} octets on connection ${utterance.connection}`;
    case 'damaged':
      return `${utterance.bytes.length} octets that are no frame`;
  }
}

export function describeStep({ what }: ExpectedStep): string {
  switch (what.kind) {
    case 'dtrOff':
      return 'DTR off';
    case 'octets':
      return describe(what.utterance);
    case 'hear':
      return what.match === undefined ? describe(what.utterance) : `what fits ${what.match.source}`;
  }
}
