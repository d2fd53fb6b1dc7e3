/** A vector of the DTE direction, checked: a key that nobody here knows is a mistake, never passed over. */
import { z } from 'zod';

const flag = z.union([z.boolean(), z.literal(0), z.literal(1)]);
const octet = z.number().int().min(0).max(255);

const eventSchema = z.strictObject({
  event: z.enum([
    'dtr',
    'dcd',
    'slaveClose',
    'slaveOpen',
    'slaveSpeed',
    'incomingCall',
    'peerClose',
    'close',
  ]),
  value: z.union([flag, z.number()]).optional(),
  /** Sent before the event happens. */
  afterData: z.string().optional(),
  rings: z.number().optional(),
  speed: z.number().optional(),
});

/** Settings of the module that make no difference to how its octets are read. */
const withoutEffect = {
  E: z.unknown(),
  Q: z.unknown(),
  X: z.unknown(),
  S0: z.unknown(),
  S2: z.unknown(),
  S5: z.unknown(),
  S7: z.unknown(),
  S10: z.unknown(),
  '&C': z.unknown(),
  '&D': z.unknown(),
  DCD: flag,
  DTR: flag,
  CMEE: z.unknown(),
  CMGF: z.unknown(),
  sim: z.unknown(),
  CSQ: z.unknown(),
  CREG: z.unknown(),
};

const limit = z.number().int().min(1);

const setupSchema = z.strictObject({
  ...z.strictObject(withoutEffect).partial().shape,
  V: z.union([z.literal(0), z.literal(1)]).optional(),
  S3: octet.optional(),
  S4: octet.optional(),
  S12: octet.optional(),
  mode: z.enum(['command', 'data']).optional(),
  escaping: z.boolean().optional(),
  timeoutMs: z.number().optional(),
  gapMs: z.number().optional(),
  lineLimit: limit.optional(),
  maxLine: limit.optional(),
  maxLineLength: limit.optional(),
  maxLineBytes: limit.optional(),
  maxLen: limit.optional(),
});

const eventExpectation = z.looseObject({
  type: z.enum([
    'info',
    'urc',
    'final',
    'connect',
    'data',
    'prompt',
    'timeout',
    'stale',
    'escaped',
    'carrierLost',
    'modemReset',
    'portLost',
    'overflow',
  ]),
});

const expectSchema = z.strictObject({
  events: z.array(eventExpectation).optional(),
  mode: z.enum(['command', 'data', 'onlineCommand', 'online-command', 'online command']).optional(),
  notSent: z.union([z.string(), z.array(z.string())]).optional(),
  nextWriteNotBeforeMs: z.number().optional(),
});

const vectorSchema = z.strictObject({
  name: z.string(),
  direction: z.literal('dte'),
  chunks: z.array(z.union([z.string(), eventSchema])),
  gapsMs: z.array(z.number()).optional(),
  pending: z.union([z.string(), z.array(z.string())]).optional(),
  setup: setupSchema.optional(),
  expect: expectSchema,
  level: z.enum(['must', 'strict', 'lenient', 'hard', 'optional', 'unit']).optional(),
  needs: z.unknown().optional(),
  why: z.string().optional(),
  source: z.string().optional(),
});

export type Chunk = { readonly gapMs: number } & (
  | { readonly event: 'bytes'; readonly bytes: Uint8Array }
  | { readonly event: 'carrier-fell' | 'port-lost' | 'port-opened' | 'speed' | 'nothing' }
);

export interface AtDteVector {
  readonly name: string;
  readonly chunks: readonly Chunk[];
  readonly pending: readonly string[];
  readonly setup: z.output<typeof setupSchema>;
  readonly expect: z.output<typeof expectSchema>;
  readonly expectsTimeout: boolean;
  readonly isOptional: boolean;
}

/** @returns the vector, or a sentence that says what of it is not known here */
export function readVector(document: unknown): AtDteVector | string {
  const parsed = vectorSchema.safeParse(document);
  if (!parsed.success) {
    return parsed.error.issues
      .map((issue) => `${issue.path.join('.') || 'vector'}: ${issue.message}`)
      .join('; ');
  }
  const { name, chunks, gapsMs = [], pending = [], setup = {}, expect, level } = parsed.data;
  const { maxLine, maxLineLength, maxLineBytes, maxLen } = setup;
  return {
    name,
    chunks: chunks.flatMap((chunk, index) => readChunk(chunk, gapsMs[index] ?? 0)),
    pending: typeof pending === 'string' ? [pending] : pending,
    setup: { ...setup, lineLimit: setup.lineLimit ?? maxLine ?? maxLineLength ?? maxLineBytes ?? maxLen },
    expect,
    expectsTimeout: expect.events?.some(({ type }) => type === 'timeout') ?? false,
    isOptional: level === 'optional',
  };
}

function readChunk(chunk: string | z.output<typeof eventSchema>, gapMs: number): Chunk[] {
  if (typeof chunk === 'string') {
    return [bytesChunk(chunk, gapMs)];
  }
  const before = chunk.afterData === undefined ? [] : [bytesChunk(chunk.afterData, gapMs)];
  return [...before, { gapMs: before.length === 0 ? gapMs : 0, event: meaningOf(chunk) }];
}

const bytesChunk = (text: string, gapMs: number): Chunk => ({
  gapMs,
  event: 'bytes',
  bytes: Buffer.from(text, 'latin1'),
});

function meaningOf(chunk: z.output<typeof eventSchema>): Exclude<Chunk['event'], 'bytes'> {
  switch (chunk.event) {
    case 'dcd':
      return chunk.value === 0 || chunk.value === false ? 'carrier-fell' : 'nothing';
    case 'close':
    case 'slaveClose':
    case 'peerClose':
      return 'port-lost';
    case 'slaveOpen':
      return 'port-opened';
    case 'slaveSpeed':
      return 'speed';
    // Signals that come from the driver itself, or that it learns of by a line (RING).
    case 'dtr':
    case 'incomingCall':
      return 'nothing';
  }
}
