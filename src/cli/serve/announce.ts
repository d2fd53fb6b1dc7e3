/** What a station shows while it works: lines and mails on stdout, what else happens on stderr; or all as JSON Lines. */
import process from 'node:process';
import { eventDocument, sentenceOf } from '../../serve/describe.ts';
import type { Happening } from '../../serve/happening.ts';
import { paint, printNote, printResult } from '../console.ts';

export interface Announcing {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export const announcer =
  ({ json, quiet }: Announcing) =>
  (happening: Happening): void => {
    if (json === true) {
      printResult(JSON.stringify(eventDocument(happening)));
      return;
    }
    const sentence = sentenceOf(happening);
    if (sentence === undefined) {
      return;
    }
    if (isResult(happening)) {
      printResult(sentence);
    } else if (quiet !== true || happening.type === 'failure') {
      printNote(coloured(happening, sentence));
    }
  };

const isResult = (happening: Happening): boolean =>
  happening.type === 'mail' || (happening.type === 'line' && happening.state === 'ready');

function coloured(happening: Happening, sentence: string): string {
  switch (happening.type) {
    case 'failure':
      return paint('red', sentence, process.stderr);
    case 'blocked':
    case 'sign-in':
    case 'fault':
      return paint('yellow', sentence, process.stderr);
    default:
      return paint('dim', sentence, process.stderr);
  }
}
