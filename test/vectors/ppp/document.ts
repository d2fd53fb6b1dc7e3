/** The format of a PPP vector file, as its `about` describes it. What is not in here makes a vector fail. */
import { z } from 'zod';

/** How far the link has come when the octets of a vector arrive. */
export const linkStates = [
  'lcp-req-sent',
  'lcp-ack-rcvd',
  'lcp-ack-sent',
  'lcp-opened',
  'auth-pap',
  'auth-chap',
  'network-ipcp-starting',
  'network',
] as const;
export type LinkState = (typeof linkStates)[number];

export type Role = 'client' | 'server';

const hex = z.string().regex(/^([0-9a-fA-F]{2})*$/, 'an even number of hexadecimal digits');

/** Texts for people. */
const remarks = {
  why: z.string().optional(),
  ref: z.string().optional(),
  note: z.string().optional(),
  title: z.string().optional(),
};

const vector = z.strictObject({
  id: z.string(),
  sut_role: z.enum(['any', 'client', 'server']),
  state: z.enum(linkStates),
  in_hex: z.union([hex, z.array(hex)]),
  expect: z.record(z.string(), z.unknown()),
  ...remarks,
});
export type PppVector = z.infer<typeof vector>;

const scenario = z.strictObject({
  id: z.string(),
  sut_role: z.enum(['any', 'client', 'server']).optional(),
  steps: z.string(),
  check: z.string().optional(),
  ...remarks,
});
export type PppScenario = z.infer<typeof scenario>;

/** Thrown for a vector that says something this runner does not know. */
export class UnreadableVectorError extends Error {}

/** Whether a document is of this family: its vectors are octets for a link in some state. */
export function isPppDocument(document: unknown): document is Readonly<Record<string, unknown>> {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return false;
  }
  const { vectors, stateful } = document as Readonly<Record<string, unknown>>;
  const has = (list: unknown, key: string) =>
    Array.isArray(list) &&
    list.length > 0 &&
    list.every((entry) => typeof entry === 'object' && entry !== null && key in entry);
  return has(vectors, 'in_hex') || (has(stateful, 'steps') && vectors === undefined);
}

export const readVector = (value: unknown): PppVector => read(vector, value);
export const readScenario = (value: unknown): PppScenario => read(scenario, value);

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    const where = issue?.path.join('.') || 'the vector';
    throw new UnreadableVectorError(`This runner cannot read ${where}: ${issue?.message ?? 'wrong format'}.`);
  }
  return result.data;
}
