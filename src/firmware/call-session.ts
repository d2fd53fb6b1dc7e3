/** What happens over one call: PPP or the module's sockets, name, connection, mail; and back down again. */
import type { Duplex } from 'node:stream';
import { Kadec21Error } from '../base/errors.ts';
import type { Trace } from '../base/trace.ts';
import type { Settings } from '../config/settings-schema.ts';
import type { ComposedMail } from '../smtp/compose.ts';
import type { SubmissionReply } from '../smtp/submission.ts';
import { formatIpv4, type Ipv4Address, parseIpv4 } from '../wire/ipv4.ts';
import type { CommsParts, SessionCall, SessionHost, SessionLink } from './comms-parts.ts';
import type { Observations } from './diagnosis.ts';
import { mailAccount, mailTimeLimits } from './mail-account.ts';
import { concernsOnlyThisMail, type MailResults } from './mail-results.ts';
import type { AtEnd, SessionSteps, StepOutcome } from './session-steps.ts';

export interface CallContext {
  readonly settings: Settings;
  readonly parts: CommsParts;
  readonly trace: Trace;
  readonly steps: SessionSteps;
  readonly results: MailResults;
  readonly seen: Observations;
}

/**
 * Sends what is still to be sent. Answers go to `context.results`; rejects when no mail server was reached, or when
 * the call was lost: then with the loss, as everything above it only fails in consequence.
 */
export async function sendOverCall(context: CallContext, call: SessionCall): Promise<void> {
  await context.steps.ending(async (atEnd) => {
    const link = context.parts.link(call);
    const loss = new CallLoss(call, link);
    try {
      await sendOverLink(context, link, loss, atEnd);
    } catch (error) {
      throw loss.cause ?? error;
    }
  });
}

async function sendOverLink(
  context: CallContext,
  link: SessionLink,
  loss: CallLoss,
  atEnd: AtEnd,
): Promise<void> {
  const { steps } = context;
  const addresses = await steps.take(
    `open-${link.kind}`,
    () => link.open(),
    ({ address, nameServers }) =>
      `${formatIpv4(address)}, name servers ${nameServers.map(formatIpv4).join(' ')}`,
  );
  atEnd(`close-${link.kind}`, () => link.close());

  const host = link.host(addresses);
  atEnd('close-ip', async () => host.close());

  const server = await steps.take('resolve', () => resolve(context, host), formatIpv4);
  await sendAll(context, host, server, loss);
}

async function resolve({ seen }: CallContext, host: SessionHost): Promise<Ipv4Address> {
  const literal = parseIpv4(seen.host);
  if (literal !== undefined) {
    return literal;
  }
  const address = await host.resolve(seen.host);
  seen.hasResolved = true;
  return address;
}

/** One connection per mail; a failure that is not about the mail itself ends it for all. */
async function sendAll(
  context: CallContext,
  host: SessionHost,
  server: Ipv4Address,
  loss: CallLoss,
): Promise<void> {
  for (const mail of context.results.resendable()) {
    const socket = await connect(context, host, server);
    const reply = await submitMail(context, mail, socket);
    if (reply.failure !== undefined && loss.cause !== undefined) {
      throw loss.cause;
    }
    if (reply.failure !== undefined && !concernsOnlyThisMail(reply)) {
      return;
    }
  }
}

async function connect(
  { settings, steps, seen }: CallContext,
  host: SessionHost,
  address: Ipv4Address,
): Promise<Duplex> {
  const { port } = seen;
  try {
    return await steps.take(
      'connect',
      () => host.connect({ address, port }, { timeoutMs: settings.mail.timeLimits.connect }),
      () => `${formatIpv4(address)}:${port}`,
    );
  } catch (error) {
    if (error instanceof Kadec21Error && /^TCP_(TIMED_OUT|UNREACHABLE)$/.test(error.code)) {
      seen.hasEchoed = await doesEcho(steps, host, address);
    }
    throw error;
  }
}

/**
 * Nobody answered at the port: does the host answer at all? One packet tells OP25B from a dead server; no echo
 * proves nothing, as many hosts never give one.
 */
async function doesEcho(steps: SessionSteps, host: SessionHost, address: Ipv4Address): Promise<boolean> {
  try {
    await steps.take(
      'check-link',
      () => host.ping(address),
      (roundTrip) => `echo after ${Math.round(roundTrip)} ms`,
    );
    return true;
  } catch {
    return false;
  }
}

function submitMail(
  { settings, parts, trace, steps, results }: CallContext,
  mail: ComposedMail,
  socket: Duplex,
): Promise<SubmissionReply> {
  const submission = parts.submit(mail, mailAccount(settings.mail), async () => socket, {
    timeLimits: mailTimeLimits(settings.mail),
    trace,
  });
  results.expect(mail, submission);
  return steps.take('submit', () => submission, outcomeOf);
}

function outcomeOf({ failure, text, causeCode }: SubmissionReply): StepOutcome {
  return { detail: text, failure: failure === undefined ? undefined : (causeCode ?? failure) };
}

interface Closing {
  on(event: 'close', listener: (cause?: Error) => void): unknown;
}

/**
 * Whether, and why, the call or the link on it has ended without this side's doing. A refusal of the account is the
 * cause; that the network then hangs up is its consequence.
 */
class CallLoss {
  readonly #link: SessionLink;
  #closed: Error | undefined;

  constructor(call: Closing, link: SessionLink) {
    this.#link = link;
    call.on('close', (cause?: Error) => {
      this.#closed ??= cause;
    });
  }

  get cause(): Error | undefined {
    const { lostBy } = this.#link;
    return isRefusal(lostBy) ? lostBy : (this.#closed ?? lostBy);
  }
}

const isRefusal = (cause: Error | undefined): boolean =>
  cause instanceof Kadec21Error && cause.code === 'PPP_AUTH_REJECTED';
