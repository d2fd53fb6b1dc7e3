/** What can be asked of the station over HTTP. The OpenAPI document comes from this table too. */
import { z } from 'zod';
import { Kadec21Error } from '../../base/errors.ts';
import { parseDuration } from '../../config/duration.ts';
import { faultSchema } from '../../config/fault.ts';
import { parseFault } from '../../config/fault-text.ts';
import {
  doneSchema,
  faultDocument,
  faultStateSchema,
  faultsDocument,
  faultsSchema,
  lineDocument,
  lineSchema,
  linesDocument,
  linesSchema,
  mailDocument,
  mailSchema,
  mailsDocument,
  mailsSchema,
  removedSchema,
  sessionsDocument,
  sessionsSchema,
  statusDocument,
  statusSchema,
} from '../documents.ts';
import { MAX_WAITING, type MailFilter } from '../mail-list.ts';
import type { NetworkSide } from '../network-side.ts';
import type { ServedLine } from '../served-line.ts';
import { HttpError } from './http-error.ts';

export interface Request {
  readonly side: NetworkSide;
  /** What the path's `{...}` stand for. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The body as JSON; `undefined` where there is none. */
  readonly body: unknown;
  /** Fires when the client leaves. */
  readonly left: AbortSignal;
}

export type Content =
  | { readonly type: 'json'; readonly status?: number; readonly document: unknown }
  | { readonly type: 'mail'; readonly raw: Uint8Array };

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** As in OpenAPI: `/mails/{id}`. */
  readonly path: string;
  readonly summary: string;
  readonly status: number;
  /** `undefined`: a mail as it was sent. */
  readonly answer: z.ZodType | undefined;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: z.ZodType;
  /** Error codes that it may answer with, by HTTP status. */
  readonly errors?: readonly number[];
  handle(request: Request): Content | Promise<Content>;
}

/** A proxy, or a test runner, gives up sooner than that. */
const LONGEST_WAIT = parseDuration('10min') ?? 0;

const json = (document: unknown, status = 200): Content => ({ type: 'json', document, status });

/** `spec` as the command line takes it, or the fault's fields. */
const faultBody = z.union([z.strictObject({ spec: z.string().min(1).max(1000) }), faultSchema]);

export const routes: readonly Route[] = [
  {
    method: 'GET',
    path: '/status',
    summary: 'The station in figures',
    status: 200,
    answer: statusSchema,
    handle: ({ side }) => json(statusDocument(side)),
  },
  {
    method: 'GET',
    path: '/lines',
    summary: 'Each line and its module',
    status: 200,
    answer: linesSchema,
    handle: ({ side }) => json(linesDocument(side)),
  },
  {
    method: 'POST',
    path: '/lines/{name}/power-cycle',
    summary: "Takes the module's power away and gives it back",
    status: 200,
    answer: lineSchema,
    errors: [404],
    handle: ({ side, path }) => {
      const line = lineCalled(side, path.name);
      line.powerCycle();
      return json(lineDocument(line));
    },
  },
  {
    method: 'POST',
    path: '/lines/{name}/ring',
    summary: 'Pages the module: it says RING',
    status: 200,
    answer: doneSchema,
    errors: [404, 409],
    handle: ({ side, path }) => {
      if (!lineCalled(side, path.name).ring()) {
        throw new HttpError(409, 'NOT_ON_AIR', 'The module is not on the air.');
      }
      return json({ done: true });
    },
  },
  {
    method: 'GET',
    path: '/sessions',
    summary: 'PPP sessions: those that are up, and the last that ended or were refused',
    status: 200,
    answer: sessionsSchema,
    handle: ({ side }) => json(sessionsDocument(side)),
  },
  {
    method: 'GET',
    path: '/mails',
    summary: 'The mails that have arrived; with `wait`, as soon as there are `count` of them',
    status: 200,
    answer: mailsSchema,
    query: {
      wait: 'How long to wait, such as 30s; at most 10min',
      count: 'How many have to be there; 1 unless told otherwise',
      to: 'A part of a recipient',
      from: 'A part of the sender',
      subject: 'A part of the subject',
      line: 'The name of the line',
    },
    errors: [400, 429],
    handle: async ({ side, query, left }) => {
      const count = countOf(query);
      const waiting = side.mails.wait(filterOf(query), count, waitOf(query), left);
      if (waiting === undefined) {
        throw new HttpError(429, 'TOO_MANY_WAITING', `${MAX_WAITING} clients wait for mails already.`);
      }
      return json(mailsDocument(await waiting, count));
    },
  },
  {
    method: 'DELETE',
    path: '/mails',
    summary: 'Throws the mails away; a Maildir keeps its own',
    status: 200,
    answer: removedSchema,
    handle: ({ side }) => json({ removed: side.mails.clear() }),
  },
  {
    method: 'GET',
    path: '/mails/{id}',
    summary: 'One mail',
    status: 200,
    answer: mailSchema,
    errors: [404],
    handle: ({ side, path }) => json(mailDocument(mailCalled(side, path.id))),
  },
  {
    method: 'GET',
    path: '/mails/{id}/raw',
    summary: 'One mail as it was sent',
    status: 200,
    answer: undefined,
    errors: [404],
    handle: ({ side, path }) => ({ type: 'mail', raw: mailCalled(side, path.id).mail.raw }),
  },
  {
    method: 'GET',
    path: '/faults',
    summary: 'The faults and how they fare',
    status: 200,
    answer: faultsSchema,
    handle: ({ side }) => json(faultsDocument(side)),
  },
  {
    method: 'POST',
    path: '/faults',
    summary: 'One more fault: {"spec": "busy@times=2"} or {"fault": "busy", "times": 2}',
    status: 201,
    answer: faultStateSchema,
    body: faultBody,
    errors: [400, 409],
    handle: ({ side, body }) => json(addFault(side, body), 201),
  },
  {
    method: 'DELETE',
    path: '/faults',
    summary: 'No faults any more',
    status: 200,
    answer: removedSchema,
    handle: ({ side }) => {
      const ids = side.faults.faults.map(({ id }) => id);
      return json({ removed: ids.filter((id) => side.faults.remove(id)).length });
    },
  },
  {
    method: 'DELETE',
    path: '/faults/{id}',
    summary: 'Ends a fault',
    status: 200,
    answer: removedSchema,
    errors: [404],
    handle: ({ side, path }) => {
      if (!/^\d{1,9}$/.test(path.id ?? '') || !side.faults.remove(Number(path.id))) {
        throw new HttpError(404, 'NO_SUCH_FAULT', 'There is no fault of this number.');
      }
      return json({ removed: 1 });
    },
  },
];

function lineCalled(side: NetworkSide, name = ''): ServedLine {
  const line = side.lines.get(name);
  if (line === undefined) {
    throw new HttpError(404, 'NO_SUCH_LINE', 'No line has this name.');
  }
  return line;
}

function mailCalled(side: NetworkSide, id = '') {
  const mail = side.mails.find(id);
  if (mail === undefined) {
    throw new HttpError(
      404,
      'NO_SUCH_MAIL',
      'There is no mail of this number; the oldest make room for new ones.',
    );
  }
  return mail;
}

function waitOf(query: URLSearchParams) {
  const text = query.get('wait') ?? '0s';
  const wait = parseDuration(text);
  if (wait === undefined || wait > LONGEST_WAIT) {
    throw new HttpError(400, 'BAD_QUERY', 'wait: expected a duration of at most 10min, such as 30s.');
  }
  return wait;
}

function countOf(query: URLSearchParams): number {
  const text = query.get('count') ?? '1';
  if (!/^[1-9]\d{0,4}$/.test(text)) {
    throw new HttpError(400, 'BAD_QUERY', 'count: expected a whole number from 1 to 99999.');
  }
  return Number(text);
}

const filterOf = (query: URLSearchParams): MailFilter => ({
  to: query.get('to') ?? undefined,
  from: query.get('from') ?? undefined,
  subject: query.get('subject') ?? undefined,
  line: query.get('line') ?? undefined,
});

function addFault(side: NetworkSide, body: unknown) {
  const parsed = faultBody.safeParse(body);
  if (!parsed.success) {
    throw new HttpError(400, 'BAD_FAULT', z.prettifyError(parsed.error).slice(0, 1000));
  }
  try {
    const asked = parsed.data;
    return faultDocument(side.faults.add('spec' in asked ? parseFault(asked.spec) : asked));
  } catch (failure) {
    if (failure instanceof Kadec21Error) {
      throw new HttpError(400, 'BAD_FAULT', failure.message);
    }
    if (failure instanceof RangeError) {
      throw new HttpError(409, 'TOO_MANY_FAULTS', failure.message);
    }
    throw failure;
  }
}
