/** A fault in words, for a log, a status page or a report. */
import { formatDuration } from './duration.ts';
import type { Fault, Schedule } from './fault.ts';
import { formatDepth } from './fault-fields.ts';
import { formatInstant } from './japan-time.ts';

/** For instance `RCPT is answered 451, each 2nd time, 3 times at most`. */
export const describeFault = (fault: Fault): string =>
  [whatOf(fault), ...(fault.line === undefined ? [] : [`line ${fault.line}`]), ...whenOf(fault)].join(', ');

/** What goes wrong, without when. */
function whatOf(fault: Fault): string {
  switch (fault.fault) {
    case 'no-service':
      return 'no service';
    case 'weak-signal':
      return `weak signal, ${fault.dbm} dBm`;
    case 'slow-registration':
      return `registration takes ${formatDuration(fault.delay)} longer`;
    case 'busy':
      return 'the dialled number is busy';
    case 'no-answer':
      return `no answer to a call within ${formatDuration(fault.wait)}`;
    case 'no-carrier':
      return {
        dial: 'NO CARRIER instead of CONNECT',
        call: 'NO CARRIER in a call',
        data: 'NO CARRIER while the content of a mail is sent',
      }[fault.when];
    case 'lost-call':
      return 'all calls are lost';
    case 'line-noise':
      return `noise on the line (${fault.direction})`;
    case 'module-reset':
      return 'the module resets';
    case 'module-silent':
      return 'the module is silent';
    case 'slow-results':
      return `result codes come ${formatDuration(fault.delay)} late`;
    case 'ppp-refused':
      return fault.how === 'terminate'
        ? 'PPP is refused by Terminate-Request'
        : 'PPP authentication is refused';
    case 'ppp-silent':
      return 'PPP is not answered';
    case 'ppp-terminate':
      return 'the network ends PPP';
    case 'wrong-name-servers':
      return 'PPP tells wrong name servers';
    case 'packet-loss':
      return `${fault.rate * 100} % of packets are lost${wayOf(fault.direction)}`;
    case 'latency':
      return `packets come ${formatDuration(fault.delay)} late${jitterOf(fault.jitter)}${wayOf(fault.direction)}`;
    case 'syn-drop':
      return `connections${targetOf(fault)} are not answered`;
    case 'syn-reset':
      return `connections${targetOf(fault)} are reset`;
    case 'syn-unreachable':
      return `connections${targetOf(fault)} are unreachable (ICMP ${fault.code})`;
    case 'dns-failure':
      return `the name server answers ${fault.name ?? 'names'} with ${
        fault.how === 'wrong-address' ? fault.address : fault.how === 'silent' ? 'nothing' : fault.how
      }`;
    case 'smtp-greeting-delay':
      return `mail servers${targetOf(fault)} greet ${formatDuration(fault.delay)} late`;
    case 'smtp-reply':
      return `${fault.verb}${fault.to === undefined ? '' : ` for ${fault.to}`} is answered ${fault.code}${
        fault.enhanced === undefined ? '' : ` ${fault.enhanced}`
      }${targetOf(fault)}`;
    case 'smtp-greylisting':
      return `greylisting for ${formatDuration(fault.wait)}${targetOf(fault)}`;
    case 'smtp-auth-refused':
      return `AUTH is refused (${fault.how})${targetOf(fault)}`;
    case 'smtp-starttls-refused':
      return `STARTTLS is ${fault.how === 'refused' ? 'refused' : 'not offered'}${targetOf(fault)}`;
    case 'smtp-bad-certificate':
      return `bad certificate (${fault.flaw})${targetOf(fault)}`;
    case 'smtp-stall':
      return `mail servers${targetOf(fault)} fall silent at ${fault.verb}`;
    case 'smtp-lost':
      return `connections${targetOf(fault)} break at ${fault.verb}${
        fault.verb === 'end-of-data'
          ? fault.accepted
            ? ', the mail is taken'
            : ', the mail is not taken'
          : ''
      }`;
    case 'pop3-reply':
      return `${fault.verb} is answered -ERR${fault.code === undefined ? '' : ` [${fault.code}]`}${targetOf(fault)}`;
    case 'pop3-stls-refused':
      return `STLS is ${fault.how === 'refused' ? 'refused' : 'not offered'}${targetOf(fault)}`;
    case 'pop3-bad-certificate':
      return `bad certificate (${fault.flaw}) for who fetches mail${targetOf(fault)}`;
    case 'pop3-stall':
      return `mail servers${targetOf(fault)} fall silent at ${fault.verb} while mail is fetched`;
    case 'pop3-lost':
      return `connections${targetOf(fault)} break at ${fault.verb} while mail is fetched${
        fault.verb === 'QUIT' ? (fault.accepted ? ', the mails are gone' : ', the mails stay') : ''
      }`;
  }
}

const wayOf = (direction: 'up' | 'down' | 'both') => (direction === 'both' ? '' : ` (${direction})`);

const jitterOf = (jitter: Parameters<typeof formatDuration>[0]) =>
  jitter === 0 ? '' : ` and up to ${formatDuration(jitter)} more`;

function targetOf({
  host,
  port,
}: {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}) {
  const target = [...(host === undefined ? [] : [host]), ...(port === undefined ? [] : [`port ${port}`])];
  return target.length === 0 ? '' : ` to ${target.join(' ')}`;
}

function whenOf(schedule: Schedule): string[] {
  const { at, for: duration, every, after, probability, times } = schedule;
  const phrases: string[] = [];
  if (after !== undefined) {
    phrases.push(`after ${formatDepth(after)}`);
  }
  if (at !== undefined) {
    phrases.push(
      'instant' in at ? `from ${formatInstant(at.instant)}` : `from ${formatDuration(at.sinceStart)} on`,
    );
  }
  if (duration !== undefined) {
    phrases.push(`for ${formatDuration(duration)}`);
  }
  if (every !== undefined) {
    phrases.push(
      'period' in every ? `every ${formatDuration(every.period)}` : `each ${ordinal(every.occasions)} time`,
    );
  }
  if (probability !== undefined) {
    phrases.push(`with a probability of ${probability}`);
  }
  if (times !== undefined) {
    phrases.push(times === 1 ? 'once' : `${times} times at most`);
  }
  return phrases;
}

function ordinal(count: number): string {
  const suffixes = ['th', 'st', 'nd', 'rd'];
  const isTeen = Math.floor(count / 10) % 10 === 1;
  return `${count}${(isTeen ? undefined : suffixes[count % 10]) ?? 'th'}`;
}
