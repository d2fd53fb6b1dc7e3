/** Which fault does what: one line each. */
import type { Fault } from '../../config/fault.ts';
import type { EndFault, FaultParts } from './fault-parts.ts';
import * as fetching from './kinds/fetching.ts';
import { lineNoise, moduleReset, moduleSilent, slowResults } from './kinds/line.ts';
import * as mail from './kinds/mail.ts';
import * as network from './kinds/network.ts';
import * as radio from './kinds/radio.ts';

/** Lets a fault begin: its window is open, or its occasions may come. @returns ends it */
export function beginFault(fault: Fault, parts: FaultParts): EndFault {
  switch (fault.fault) {
    case 'no-service':
      return radio.noService(parts);
    case 'weak-signal':
      return radio.weakSignal(fault, parts);
    case 'slow-registration':
      return radio.slowRegistration(fault, parts);
    case 'busy':
      return radio.busy(parts);
    case 'no-answer':
      return radio.noAnswer(fault, parts);
    case 'no-carrier':
      return radio.noCarrier(fault, parts);
    case 'lost-call':
      return radio.lostCall(parts);
    case 'line-noise':
      return lineNoise(fault, parts);
    case 'module-reset':
      return moduleReset(fault, parts);
    case 'module-silent':
      return moduleSilent(fault, parts);
    case 'slow-results':
      return slowResults(fault, parts);
    case 'ppp-refused':
      return network.pppRefused(fault, parts);
    case 'ppp-silent':
      return network.pppSilent(parts);
    case 'ppp-terminate':
      return network.pppTerminate(fault, parts);
    case 'wrong-name-servers':
      return network.wrongNameServers(parts);
    case 'packet-loss':
      return network.packetLoss(fault, parts);
    case 'latency':
      return network.latency(fault, parts);
    case 'syn-drop':
      return network.synDrop(fault, parts);
    case 'syn-reset':
      return network.synReset(fault, parts);
    case 'syn-unreachable':
      return network.synUnreachable(fault, parts);
    case 'dns-failure':
      return network.dnsFailure(fault, parts);
    case 'smtp-greeting-delay':
      return mail.greetingDelay(fault, parts);
    case 'smtp-reply':
      return mail.reply(fault, parts);
    case 'smtp-greylisting':
      return mail.greylisting(fault, parts);
    case 'smtp-auth-refused':
      return mail.authRefused(fault, parts);
    case 'smtp-starttls-refused':
      return mail.startTlsRefused(fault, parts);
    case 'smtp-bad-certificate':
      return mail.badCertificate(fault, parts);
    case 'smtp-stall':
      return mail.stall(fault, parts);
    case 'smtp-lost':
      return mail.lost(fault, parts);
    case 'pop3-reply':
      return fetching.reply(fault, parts);
    case 'pop3-stls-refused':
      return fetching.stlsRefused(fault, parts);
    case 'pop3-bad-certificate':
      return mail.badCertificate(fault, parts);
    case 'pop3-stall':
      return fetching.stall(fault, parts);
    case 'pop3-lost':
      return fetching.lost(fault, parts);
  }
}
