/** When a mail that did not get through is tried again. */
import { hours, type Ms, minutes, ms } from '../base/units.ts';

export interface DeliveryPolicy {
  readonly firstRetry: Ms;
  readonly factor: number;
  readonly longestRetry: Ms;
  /** Since the mail was queued, or since a hold ended. */
  readonly giveUpAfter: Ms;
}

/** A logger on its own submission server; the half hour of RFC 5321 §4.5.4.1 is for relays. */
export const standardDeliveryPolicy: DeliveryPolicy = {
  firstRetry: minutes(5),
  factor: 2,
  longestRetry: hours(1),
  giveUpAfter: hours(24),
};

/** What greylisting usually asks for. */
const SHORTEST_AFTER_DEFERRAL: Ms = minutes(5);
/** A mail that may have arrived gets the time to show up at the other end (RFC 5321 §4.5.3.2.6). */
const SHORTEST_AFTER_AMBIGUITY: Ms = minutes(10);
/** Accounts are locked after a few wrong passwords: one try an hour, and ever fewer. */
const FIRST_RECHECK: Ms = hours(1);
const LONGEST_RECHECK: Ms = hours(24);
/** Where doubling has long met every bound. */
const MOST_DOUBLINGS = 64;

/** @param failures in a row, the last one included */
export function retryPause(
  policy: DeliveryPolicy,
  failures: number,
  after: { isDeferral: boolean; isAmbiguous: boolean },
): Ms {
  const backOff = policy.firstRetry * policy.factor ** Math.min(failures - 1, MOST_DOUBLINGS);
  return ms(
    Math.max(
      Math.min(backOff, policy.longestRetry),
      after.isDeferral ? SHORTEST_AFTER_DEFERRAL : 0,
      after.isAmbiguous ? SHORTEST_AFTER_AMBIGUITY : 0,
    ),
  );
}

/** @param rechecks that have been made since the hold began */
export function recheckPause(rechecks: number): Ms {
  return ms(Math.min(FIRST_RECHECK * 2 ** Math.min(rechecks, MOST_DOUBLINGS), LONGEST_RECHECK));
}
