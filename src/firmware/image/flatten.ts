/** Addressed pieces to one run of bytes, gaps filled with the erased value. */
import { MAX_COLLECTED_BYTES, type Segment } from '../../wire/memory-segments.ts';
import { ImageInputError } from './image-error.ts';

export interface FlatBytes {
  readonly base: number;
  readonly bytes: Uint8Array;
}

/**
 * @param source how messages call it
 * @throws ImageInputError PAYLOAD_UNUSABLE when there is nothing, or the pieces lie too far apart
 */
export function flatten(segments: readonly Segment[], erasedValue: number, source: string): FlatBytes {
  const first = segments[0];
  const last = segments.at(-1);
  if (first === undefined || last === undefined) {
    throw new ImageInputError('PAYLOAD_UNUSABLE', `${source} holds no data.`);
  }
  if (segments.length === 1) return { base: first.address, bytes: first.data };
  const length = last.address + last.data.length - first.address;
  if (length > MAX_COLLECTED_BYTES) {
    const reach = `0x${first.address.toString(16)} to 0x${(first.address + length).toString(16)}`;
    throw new ImageInputError('PAYLOAD_UNUSABLE', `${source} reaches from ${reach}: too far for one flash.`, {
      advice: 'Pieces for another memory (RAM, option bytes) have to be left out of the file.',
    });
  }
  const bytes = new Uint8Array(length).fill(erasedValue);
  for (const { address, data } of segments) bytes.set(data, address - first.address);
  return { base: first.address, bytes };
}
