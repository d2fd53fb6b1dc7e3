/** Lives through a fault scenario as the device would, in virtual time: submission and delivery policy. */
import { seededRandom } from '../../src/base/random.ts';
import { type Ms, ms } from '../../src/base/units.ts';
import { inVirtualTime, now } from '../../src/base/virtual-time.ts';
import { composeMail } from '../../src/smtp/compose.ts';
import {
  type DeliveryAlert,
  type DeliveryHint,
  type DeliveryState,
  hasEnded,
  startDelivery,
  stepDelivery,
} from '../../src/smtp/delivery.ts';
import type { SubmissionReply } from '../../src/smtp/submission.ts';
import { submit } from '../../src/smtp/submit.ts';
import { type FaultScenario, MOST_ATTEMPTS, OBSERVED_AFTER_HOLD, START } from './fault-scenario.ts';
import { type ConnectedPair, ScriptedServer } from './scripted-server.ts';

export interface FaultRun {
  /** When the mail had ended, or was first held. */
  readonly state: DeliveryState;
  readonly attempts: readonly SubmissionReply[];
  readonly alerts: readonly DeliveryAlert[];
  readonly hints: readonly DeliveryHint[];
  readonly totalMs: Ms;
  readonly server: ScriptedServer;
  /** Attempts after the hold began, for as long as it was watched. */
  readonly attemptsAfterHold: readonly SubmissionReply[];
}

/** @param pair how client and server are connected, see ScriptedServer */
export function runScenario(scenario: FaultScenario, pair?: ConnectedPair): Promise<FaultRun> {
  return inVirtualTime({ startAt: START, random: seededRandom(1) }, () => live(scenario, pair));
}

async function live(scenario: FaultScenario, pair: ConnectedPair | undefined): Promise<FaultRun> {
  const { account, policy } = scenario;
  const server = new ScriptedServer(scenario.sessions, scenario.credentials, pair);
  const mail = composeMail({
    from: { address: scenario.from },
    to: scenario.to.map((address) => ({ address })),
    subject: '定時データ',
    text: bodyOf(scenario.bodyBytes),
    date: START,
    messageId: { device: 'TEST-0001', record: '1' },
  });
  let state = startDelivery({ messageId: mail.messageId, recipients: mail.envelope.to }, now(), policy);
  let verdict: { state: DeliveryState; totalMs: Ms } | undefined;
  const attempts: SubmissionReply[] = [];
  const attemptsAfterHold: SubmissionReply[] = [];
  const alerts: DeliveryAlert[] = [];
  const hints: DeliveryHint[] = [];
  while (attempts.length < MOST_ATTEMPTS) {
    let step = stepDelivery(state, { type: 'tick' }, now(), policy);
    if (step.isDue) {
      const pending = mail.envelope.to.filter((address) => step.state.pending.includes(address));
      const narrowed = { ...mail, envelope: { ...mail.envelope, to: pending } };
      const reply = await submit(narrowed, account, server.connect);
      (verdict === undefined ? attempts : attemptsAfterHold).push(reply);
      step = stepDelivery(step.state, { type: 'reply', reply }, now(), policy);
    }
    // States live in flash as JSON between two attempts.
    state = JSON.parse(JSON.stringify(step.state));
    alerts.push(...step.alerts);
    hints.push(...step.hints);
    const totalMs = ms(now() - START);
    if (hasEnded(state)) {
      verdict ??= { state, totalMs };
      break;
    }
    if (state.status === 'held') {
      verdict ??= { state, totalMs };
      if (now() >= START + verdict.totalMs + OBSERVED_AFTER_HOLD) {
        break;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, (step.deadline ?? now()) - now()));
  }
  return {
    ...(verdict ?? { state, totalMs: ms(now() - START) }),
    attempts,
    attemptsAfterHold,
    alerts,
    hints,
    server,
  };
}

function bodyOf(bytes: number): string {
  const line = `${'0123456789'.repeat(7)}\n`;
  return line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes);
}
