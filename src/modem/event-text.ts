/** An event of the dialogue as one line for people. */
import type { DialogueEvent } from './dialogue-action.ts';

/** @returns undefined for octets of a call, which other layers show */
export function eventText(event: DialogueEvent): string | undefined {
  switch (event.type) {
    case 'info':
      return event.line;
    case 'urc':
      return event.payload === undefined ? event.line : `${event.line} / ${event.payload}`;
    case 'final':
      return event.result === 'OK' ? 'OK' : failureText(event);
    case 'connect':
      return event.text === '' ? 'CONNECT' : `CONNECT ${event.text}`;
    case 'prompt':
      return '>';
    case 'octets':
      return `(${event.bytes.length} octets)`;
    case 'data':
      return undefined;
    case 'timeout':
      return `no answer in time to ${event.command}${event.rawTail === '' ? '' : `, only ${event.rawTail}`}`;
    case 'stale':
      return `(late) ${event.lines.join(' / ')}`;
    case 'escaped':
      return 'OK (command state, call held)';
    case 'carrierLost':
      return 'NO CARRIER (end of the call)';
    case 'modemReset':
      return `${event.line} (the module has started anew)`;
    case 'portLost':
      return '(line closed)';
    case 'overflow':
      return `(a line longer than ${event.limit} octets was thrown away)`;
  }
}

function failureText({ kind, reason, text }: { kind?: string; reason?: string; text?: string }): string {
  return kind === 'CME' || kind === 'CMS'
    ? `+${kind} ERROR: ${text ?? ''}`.trimEnd()
    : (reason ?? text ?? 'ERROR');
}
