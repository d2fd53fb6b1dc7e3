/** Compares a run with what its scenario expects; every difference is a sentence. */
import type { FaultRun } from './fault-run.ts';
import type { FaultScenario, Range } from './fault-scenario.ts';
import type { ScriptedServer } from './scripted-server.ts';

const HOUR_MS = 3_600_000;

/** @returns one sentence for each thing that differs */
export function differences(scenario: FaultScenario, run: FaultRun): string[] {
  const { expect } = scenario;
  const { attempts, server, state } = run;
  const found: (string | false | undefined)[] = [
    expect.outcome !== undefined &&
      !expect.outcome.includes(state.status) &&
      `outcome is ${state.status}, expected ${expect.outcome.join(' or ')} (last attempt: ${attempts.at(-1)?.failure ?? 'accepted'}, ${attempts.at(-1)?.text})`,
    outside('attempts', expect.attempts, attempts.length),
    copiesDiffer(scenario, server),
    duplicatesDiffer(scenario, server),
    alertDiffers(expect.alert, run),
    expect.hint !== undefined &&
      !run.hints.some((hint) => expect.hint?.includes(hint)) &&
      `hints are ${run.hints.join(', ') || 'none'}, expected ${expect.hint.join(' or ')}`,
    ...pauses(run).map((pause) => outside('a pause between attempts in s', expect.retryDelayS, pause)),
    authTriesDiffer(expect.maxAuthTriesPerHour, server),
    ...(expect.serverMustNotSee ?? []).map((what) => sees(server, what) && `the server has seen ${what}`),
    ...(expect.serverMustSee ?? []).map((what) => !sees(server, what) && `the server has not seen ${what}`),
    messageIdsDiffer(expect.sameMessageId, run),
    ...attempts.map(({ startedAt, endedAt }) =>
      outside(
        'an attempt in s',
        expect.perAttemptMaxS === undefined ? undefined : { atMost: expect.perAttemptMaxS },
        (endedAt - startedAt) / 1000,
      ),
    ),
    outside('the whole in s', expect.totalS, run.totalMs / 1000),
    expect.ambiguous !== undefined &&
      attempts.some(({ isAmbiguous }) => isAmbiguous) !== expect.ambiguous &&
      `${expect.ambiguous ? 'no attempt' : 'an attempt'} was ambiguous`,
    retriedOthers(expect.retryOnlyTo, server),
    ...Object.entries(expect.copiesPerRecipient ?? {}).map(([address, copies]) =>
      outside(
        `copies for ${address}`,
        { atLeast: copies, atMost: copies },
        copiesOf(server).get(address) ?? 0,
      ),
    ),
    ...recipientsDiffer(expect.recipients, run),
    ...alwaysTrue(scenario, server),
  ];
  return found.filter((sentence) => typeof sentence === 'string');
}

/** What holds in every scenario. */
function alwaysTrue({ account }: FaultScenario, server: ScriptedServer): (string | false)[] {
  const clearAuth = server.commands.some(
    ({ line, isEncrypted }) =>
      !isEncrypted && /^AUTH (PLAIN|LOGIN)/i.test(line) && account.allowCleartextAuth !== true,
  );
  const clearMail = server.commands.some(
    ({ line, isEncrypted }) =>
      !isEncrypted && /^MAIL/i.test(line) && (account.tls === 'required' || account.tls === 'implicit'),
  );
  return [
    server.open > 0 && `${server.open} connections were left open`,
    server.spokeTooEarly > 0 && 'the client spoke before the greeting',
    clearAuth && 'a password was sent in clear',
    clearMail && 'mail was sent in clear although TLS is required',
  ];
}

function outside(what: string, range: Range | undefined, value: number): string | undefined {
  const { atLeast = -Infinity, atMost = Infinity } = range ?? {};
  if (value >= atLeast && value <= atMost) {
    return undefined;
  }
  const expected =
    atLeast === atMost ? `${atLeast}` : value < atLeast ? `at least ${atLeast}` : `at most ${atMost}`;
  return `${what}: ${value}, expected ${expected}`;
}

/** Of one mail to several recipients the server holds a copy for each transaction, or one for each recipient. */
function copiesDiffer({ expect }: FaultScenario, server: ScriptedServer): string | undefined {
  const perRecipient = Math.max(0, ...copiesOf(server).values());
  const byTransaction = outside('copies at the server', expect.copiesAtServer, server.stored.length);
  return outside('', expect.copiesAtServer, perRecipient) === undefined ? undefined : byTransaction;
}

function duplicatesDiffer({ expect }: FaultScenario, server: ScriptedServer): string | undefined {
  const duplicates = [...copiesOf(server).values()].reduce((sum, copies) => sum + copies - 1, 0);
  const range = expect.duplicatesAllowed === undefined ? undefined : { atMost: expect.duplicatesAllowed };
  return outside('duplicates', range, duplicates);
}

function copiesOf(server: ScriptedServer): Map<string, number> {
  const copies = new Map<string, number>();
  for (const recipient of server.stored.flatMap(({ recipients }) => recipients)) {
    copies.set(recipient, (copies.get(recipient) ?? 0) + 1);
  }
  return copies;
}

function alertDiffers(expected: readonly string[] | undefined, run: FaultRun): string | undefined {
  if (expected === undefined) {
    return undefined;
  }
  const raised = [...new Set(run.alerts.map(({ kind }) => kind))];
  const isAsExpected =
    raised.length === 0 ? expected.includes('none') : raised.some((kind) => expected.includes(kind));
  return isAsExpected
    ? undefined
    : `alert is ${raised.join(', ') || 'none'}, expected ${expected.join(' or ')}`;
}

function retriedOthers(only: readonly string[] | undefined, server: ScriptedServer): string | undefined {
  const later = server.commands.filter(({ line, session }) => session > 1 && /^RCPT/i.test(line));
  const others = later
    .map(({ line }) => /<(.*)>/.exec(line)?.[1] ?? '')
    .filter((address) => only?.includes(address) === false);
  return others.length === 0 ? undefined : `tried again for ${others.join(', ')}`;
}

function pauses({ attempts }: FaultRun): number[] {
  return attempts
    .slice(1)
    .map(({ startedAt }, index) => (startedAt - (attempts[index]?.endedAt ?? 0)) / 1000);
}

function authTriesDiffer(most: number | undefined, server: ScriptedServer): string | undefined {
  const tries = server.commands.filter(({ line }) => /^AUTH /i.test(line)).map(({ at }) => at);
  const inOneHour = tries.map((at) => tries.filter((other) => other >= at && other < at + HOUR_MS).length);
  return outside(
    'AUTH commands within an hour',
    most === undefined ? undefined : { atMost: most },
    Math.max(0, ...inOneHour),
  );
}

function sees(server: ScriptedServer, what: string): boolean {
  if (/^(body|message|content)$/i.test(what)) {
    return server.messageIds.length > 0;
  }
  const isClearOnly = /\bclear/i.test(what);
  const wanted = what.replace(/\s*\(?in clear( ?text)?\)?/i, '').toUpperCase();
  return server.commands.some(
    ({ line, isEncrypted }) =>
      !(isClearOnly && isEncrypted) &&
      (line.toUpperCase() === wanted ||
        line.toUpperCase().startsWith(`${wanted} `) ||
        line.toUpperCase().startsWith(`${wanted}:`)),
  );
}

function messageIdsDiffer(isSame: boolean | undefined, { server, attempts }: FaultRun): string | undefined {
  if (isSame === undefined) {
    return undefined;
  }
  const ids = new Set(server.messageIds);
  if (isSame && attempts.length > 1 && server.messageIds.length === 0) {
    return 'no Message-ID reached the server';
  }
  return ids.size <= 1 === isSame ? undefined : `Message-IDs seen: ${[...ids].join(', ')}`;
}

function recipientsDiffer(
  expected: Readonly<Record<string, string>> | undefined,
  { state }: FaultRun,
): (string | false)[] {
  return Object.entries(expected ?? {}).map(([address, wanted]) => {
    const is = state.delivered.includes(address)
      ? 'delivered'
      : state.refused.some(({ recipient }) => recipient === address)
        ? 'failed'
        : state.pending.includes(address)
          ? 'pending'
          : 'unknown';
    return is !== wanted && `${address} is ${is}, expected ${wanted}`;
  });
}
