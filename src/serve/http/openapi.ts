/** The OpenAPI 3.1 document: the table of routes, with JSON Schemas from their zod schemas. */
import { z } from 'zod';
import { errorSchema } from '../documents.ts';
import { type Route, routes } from './routes.ts';

const schemaOf = (schema: z.ZodType, io: 'input' | 'output' = 'output') => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
  });
  return rest;
};

const jsonContent = (schema: object) => ({ 'application/json': { schema } });

/** @param version of this software */
export function openApiDocument(version: string) {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  paths['/events'] = {
    get: {
      summary: 'What happens, as it happens (server-sent events; each data line is a JSON document)',
      responses: { '200': { description: 'a stream', content: { 'text/event-stream': {} } } },
    },
  };
  return {
    openapi: '3.1.0',
    info: {
      title: 'kadec21 serve',
      version,
      description: 'The emulated module, au.NET and mail servers behind a real line: status, mails, faults.',
    },
    paths,
    components: { schemas: { Error: schemaOf(errorSchema) } },
  };
}

function operationOf({ path, summary, status, answer, query = {}, body, errors = [] }: Route): object {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(query).map(([name, description]) => ({
    name,
    in: 'query',
    description,
    schema: { type: 'string' },
  }));
  const content = answer === undefined ? { 'message/rfc822': {} } : jsonContent(schemaOf(answer));
  const failures = errors.map((code) => [
    String(code),
    { description: 'what was wrong', content: jsonContent({ $ref: '#/components/schemas/Error' }) },
  ]);
  return {
    summary,
    parameters: [...inPath, ...inQuery],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: jsonContent(schemaOf(body, 'input')) } }),
    responses: { [String(status)]: { description: 'as asked', content }, ...Object.fromEntries(failures) },
  };
}
