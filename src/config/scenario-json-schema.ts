/**
 * The JSON Schema (2020-12) of a scenario file, for editors. A file may extend another one and leave things out, and
 * a value may be a variable, so that it asks for less than the check of the whole scenario does.
 */
import { z } from 'zod';
import { isMapping } from './scenario-layers.ts';
import { scenarioBodySchema, scenarioFileSchema } from './scenario-schema.ts';

const VARIABLE = { type: 'string', pattern: '\\$\\{[A-Za-z][A-Za-z0-9_-]*\\}' };

/** What tells alternatives apart is still asked for. */
const TELLS_APART = ['event', 'fault'];
const BODY_KEYS = Object.keys(scenarioBodySchema.shape);
const VALUE_TYPES = ['number', 'integer', 'boolean', 'string'];

export function scenarioJsonSchema(): object {
  const { properties, ...file } = toJson(scenarioFileSchema);
  const oneCase = {
    type: 'object',
    properties: Object.fromEntries(
      [...BODY_KEYS, 'variables'].map((key) => [key, { $ref: `#/properties/${key}` }]),
    ),
    required: ['name'],
    additionalProperties: false,
  };
  const cases = isMapping(properties.cases) ? { ...properties.cases, items: oneCase } : {};
  return { ...file, title: 'KADEC21 scenario', properties: { ...properties, cases } };
}

interface ObjectSchema {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

function toJson(schema: z.ZodType): ObjectSchema {
  const relaxed = relax(
    z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'ref' }),
    false,
  );
  const whole = isMapping(relaxed) ? relaxed : {};
  return { ...whole, properties: isMapping(whole.properties) ? whole.properties : {} };
}

/** @param isNames whether the keys are names of properties, not words of JSON Schema */
function relax(node: unknown, isNames: boolean): unknown {
  if (Array.isArray(node)) {
    return node.map((item) => relax(item, false));
  }
  if (!isMapping(node)) {
    return node;
  }
  const entries = Object.entries(node).flatMap(([key, value]): [string, unknown][] => {
    if (!isNames && key === 'required' && Array.isArray(value)) {
      const kept = value.filter((name) => TELLS_APART.includes(name));
      return kept.length === 0 ? [] : [[key, kept]];
    }
    if (!isNames && ['enum', 'default', 'const', 'propertyNames'].includes(key)) {
      return [[key, value]];
    }
    return [[key, relax(value, key === 'properties' || key === '$defs')]];
  });
  const relaxed = Object.fromEntries(entries);
  return isNames || !VALUE_TYPES.includes(String(relaxed.type)) || relaxed.const !== undefined
    ? relaxed
    : orVariable(relaxed);
}

/** Descriptions stay where editors look for them. */
function orVariable({
  description,
  default: preset,
  ...value
}: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return {
    ...(description === undefined ? {} : { description }),
    ...(preset === undefined ? {} : { default: preset }),
    anyOf: [value, VARIABLE],
  };
}
