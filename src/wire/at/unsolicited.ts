/**
 * Unsolicited result codes: which lines they are, and how they differ from an answer of the same name
 * (3GPP TS 27.007, 27.005; vendors' boot messages). By arity and syntax, so that none is lost or doubled.
 */
import type { CommandForm, Expectation } from './expectation.ts';
import { type AtValue, parseInformation } from './value.ts';

type Decision = 'urc' | 'answer';

/** Decides when a command of the same name is outstanding. */
type Rule = (parameters: readonly AtValue[], form: CommandForm) => Decision;

const always: Rule = () => 'urc';
const onlyReads: Rule = (_, form) => (form === 'read' || form === 'test' ? 'answer' : 'urc');

/** 27.007 7.2: the answer is `n,stat,...`, the unsolicited form `stat,"lac",...` lacks `n`. */
const registration: Rule = ([, second], form) =>
  form === 'test' || (form === 'read' && second?.kind === 'number') ? 'answer' : 'urc';

/** The answer tells settings in numbers, the unsolicited form opens with a number in quotes. */
const callingLine: Rule = ([first]) => (first?.kind === 'string' ? 'urc' : 'answer');

/** 27.007 7.15: only the read form answers, with `n` alone. */
const ussd: Rule = (parameters, form) =>
  form === 'test' || (form === 'read' && parameters.length <= 1) ? 'answer' : 'urc';

const RULES: Readonly<Record<string, Rule>> = {
  '+CREG': registration,
  '+CGREG': registration,
  '+CEREG': registration,
  '+C5GREG': registration,
  '+CLIP': callingLine,
  '+COLP': callingLine,
  '+CDIP': callingLine,
  '+CNAP': callingLine,
  '+CCWA': callingLine,
  '+CUSD': ussd,
  '+CFUN': onlyReads,
  '+CPIN': onlyReads,
  '+CIEV': always,
  '+CRING': always,
  '+CMTI': always,
  '+CMT': always,
  '+CBMI': always,
  '+CBM': always,
  '+CDSI': always,
  '+CDS': always,
  '+CSSI': always,
  '+CSSU': always,
  '+CGEV': always,
  '+CTZV': always,
  '+CTZE': always,
  '+CTZDST': always,
  // Sockets inside the module: only the test forms answer by these names (sockets/unsolicited.ts).
  '+QIURC': always,
  '+QIOPEN': onlyReads,
  '+QPING': onlyReads,
  '+WEND': always,
  '+WORG': always,
  '+WIND': always,
};

/** The first thing that modules of several makers say after power-on or a reset. */
export const BOOT_MESSAGES: readonly string[] = ['RDY', '^SYSSTART', 'SYSSTART', '*EMRDY: 1'];

const WORDS: ReadonlySet<string> = new Set([
  'RING',
  'APP RDY',
  'PB DONE',
  'SMS READY',
  'CALL READY',
  'POWERED DOWN',
  'NORMAL POWER DOWN',
  'GPSOK',
]);

/** Whether a line is unsolicited or belongs to the answer of the outstanding command line. */
export function classifyLine(line: string, pending: Expectation): Decision {
  const word = line.trim().toUpperCase();
  if (WORDS.has(word)) {
    return 'urc';
  }
  const information = parseInformation(line);
  if (information === undefined) {
    // Free text, PDU lines, register values: nobody else sends lines without a prefix.
    return pending.isSerialNumber && !/^[0-9A-Fx]+$/i.test(word.replace(/[",\s]/g, '')) ? 'urc' : 'answer';
  }
  const name = information.name.toUpperCase();
  const rule = RULES[name];
  const command = pending.extended.find((one) => sameCommand(one.name, name));
  if (command !== undefined) {
    return rule?.(information.parameters, command.form) ?? 'answer';
  }
  return pending.isFreeText && rule === undefined ? 'answer' : 'urc';
}

/** Some modules name in `+GMM:` what was asked with +CGMM, or the other way round. */
function sameCommand(command: string, name: string): boolean {
  return identityName(command) === identityName(name);
}

const identityName = (name: string) => name.replace(/^\+CG(MI|MM|MR|SN)$/, '+G$1');

/** Whether a second line without prefix follows (27.005 3.4.1): `blank`: it may also be empty. */
export function payloadAfter(line: string): 'none' | 'text' | 'blank' {
  const information = parseInformation(line);
  if (information === undefined) {
    return 'none';
  }
  const { name, parameters } = information;
  const isText = parameters.length > 2;
  if (name === '+CMT') {
    return isText ? 'blank' : 'text';
  }
  // A status report or broadcast in text mode is one line or has its text after it; as PDU it is length and PDU.
  return (name === '+CDS' && parameters.length === 1) || name === '+CBM' ? 'text' : 'none';
}

/** Whether the first line after this information text is text as it stands, even if it reads OK. */
export function isTextHeader(line: string): boolean {
  return /^\+CMG[RL]:/.test(line);
}
