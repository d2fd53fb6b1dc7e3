/** A vector of the DTE direction, checked: a key that nobody here knows is a mistake, never passed over. */
import { z } from 'zod';
import type { AnswerShape } from '../../../src/wire/at/expectation.ts';

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

/** The longest line that is held, under the names that it goes by. */
const lineLimits = {
  lineLimit: limit,
  maxLine: limit,
  maxLineLength: limit,
  maxLineBytes: limit,
  maxLen: limit,
  lineMax: limit,
  bufferSize: limit,
  maxBuffer: limit,
};

const setupSchema = z.strictObject({
  ...z.strictObject(withoutEffect).partial().shape,
  ...z.strictObject(lineLimits).partial().shape,
  V: z.union([z.literal(0), z.literal(1)]).optional(),
  S3: octet.optional(),
  S4: octet.optional(),
  S12: octet.optional(),
  mode: z.enum(['command', 'data', 'onlineCommand', 'online-command']).optional(),
  escaping: z.boolean().optional(),
  timeoutMs: z.number().optional(),
  gapMs: z.number().optional(),
  bootUrcs: z.array(z.string()).optional(),
  bootMessages: z.array(z.string()).optional(),
});

const commandSchema = z.strictObject({
  command: z.string(),
  timeoutMs: z.number().optional(),
  /** Lines that end it well besides OK. */
  finals: z.array(z.string()).optional(),
  prefixes: z.array(z.string()).optional(),
  prompt: z.boolean().optional(),
});

const pendingSchema = z.union([z.string(), commandSchema]);

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
  mode: z.enum(['command', 'data', 'onlineCommand', 'online-command', 'closed']).optional(),
  notSent: z.union([z.string(), z.array(z.string())]).optional(),
  nextWriteNotBeforeMs: z.number().optional(),
});

const vectorSchema = z.strictObject({
  name: z.string(),
  direction: z.literal('dte'),
  chunks: z.array(z.union([z.string(), eventSchema])),
  gapsMs: z.array(z.number()).optional(),
  pending: z.union([pendingSchema, z.array(pendingSchema)]).optional(),
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

export interface PendingCommand {
  readonly line: string;
  readonly timeoutMs: number | undefined;
  readonly shape: AnswerShape;
}

export interface AtDteVector {
  readonly name: string;
  readonly chunks: readonly Chunk[];
  readonly pending: readonly PendingCommand[];
  readonly setup: z.output<typeof setupSchema>;
  readonly expect: z.output<typeof expectSchema>;
  readonly lineLimit: number | undefined;
  readonly bootMessages: readonly string[] | undefined;
  readonly expectedTimeouts: number;
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
  const limits = Object.keys(lineLimits).map(
    (key) => Object.entries(setup).find(([name]) => name === key)?.[1],
  );
  const pendingList = Array.isArray(pending) ? pending : [pending];
  return {
    name,
    chunks: chunks.flatMap((chunk, index) => readChunk(chunk, gapsMs[index] ?? 0)),
    pending: pendingList.map(readPending),
    setup,
    expect,
    lineLimit: limits.find((one) => typeof one === 'number'),
    bootMessages: setup.bootUrcs ?? setup.bootMessages,
    expectedTimeouts: expect.events?.filter(({ type }) => type === 'timeout').length ?? 0,
    isOptional: level === 'optional',
  };
}

function readPending(pending: z.output<typeof pendingSchema>): PendingCommand {
  if (typeof pending === 'string') {
    return { line: pending, timeoutMs: undefined, shape: {} };
  }
  const { command, timeoutMs, finals = [], prefixes = [], prompt } = pending;
  return {
    line: command,
    timeoutMs,
    shape: {
      finals: Object.fromEntries(finals.map((line) => [line, 'OK' as const])),
      prefixes,
      ...(prompt === undefined ? {} : { asksForText: prompt }),
    },
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
