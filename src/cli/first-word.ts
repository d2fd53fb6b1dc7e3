/**
 * Which command a command line names, told before commander knows what options there are: the first word that is
 * no option. Of `help COMMAND` it is the command, so that its options are loaded and can be told.
 */
export function firstWord(args: readonly string[]): {
  readonly word?: string;
  readonly rest: readonly string[];
} {
  const isWord = (arg: string): boolean => !arg.startsWith('-');
  const at = args.findIndex(isWord);
  const word = args[at];
  if (word === undefined) return { rest: [] };
  const rest = args.slice(at + 1);
  return word === 'help' && rest.some(isWord) ? firstWord(rest) : { word, rest };
}
