/** The commands that a page tells its reader to type: the lines of its fenced `sh` blocks. */

export type PageLine =
  | {
      readonly kind: 'kadec21';
      readonly text: string;
      readonly args: readonly string[];
      readonly status: number;
    }
  | { readonly kind: 'npm'; readonly text: string; readonly args: readonly string[] }
  | { readonly kind: 'skipped'; readonly text: string; readonly reason: string }
  | { readonly kind: 'other'; readonly text: string };

const BLOCK = /^```sh\n(.*?)^```$/gms;
const COMMENT = /\s+#\s*(.*)$/;
/** A word, or a quoted one; nothing else of a shell is needed. */
const WORD = /"([^"]*)"|'([^']*)'|(\S+)/g;

export function pageLines(page: string): PageLine[] {
  return [...page.matchAll(BLOCK)]
    .flatMap(([, block = '']) => block.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(readLine);
}

function readLine(text: string): PageLine {
  const comment = COMMENT.exec(text)?.[1] ?? '';
  const [program, ...args] = words(text.replace(COMMENT, ''));
  const [, reason] = /^not run: (.+)$/.exec(comment) ?? [];
  if (reason !== undefined) {
    return { kind: 'skipped', text, reason };
  }
  if (program === 'npm') {
    return { kind: 'npm', text, args };
  }
  const isOurs = program === 'kadec21' || (program === 'npx' && args.shift() === 'kadec21');
  const [, status = '0'] = /^exits (\d+)$/.exec(comment) ?? [];
  return isOurs ? { kind: 'kadec21', text, args, status: Number(status) } : { kind: 'other', text };
}

const words = (command: string): string[] =>
  [...command.matchAll(WORD)].map(([, double, single, plain]) => double ?? single ?? plain ?? '');
