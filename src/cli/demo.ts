/** `kadec21 demo`: the story of the notices, run for real, and a table of how it ended. */
import process from 'node:process';
import { Command, Option } from 'commander';
import { sampleMeasurements } from '../scenario/sample.ts';
import { storyDates } from '../scenario/story.ts';
import { type StoryCell, type StoryStep, tellStory } from '../scenario/tell-story.ts';
import * as argument from './arguments.ts';
import { paint, printJson, printNote, printResult, setExitStatus } from './console.ts';
import { tableOf } from './table.ts';

interface Options {
  readonly seed: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function demoCommand(): Command {
  return new Command('demo')
    .option('--seed <n>', 'seed of all chance', argument.seed, 1)
    .option('--json', 'one JSON document on stdout')
    .option('-q, --quiet', 'no progress')
    .addOption(new Option('--no-color').hideHelp())
    .action(demo);
}

async function demo({ seed, json, quiet }: Options): Promise<void> {
  const progress = quiet === true ? undefined : new Progress(process.stderr);
  const cells: StoryCell[] = [];
  for await (const cell of tellStory(seed, await sampleMeasurements(), (step) => progress?.start(step))) {
    cells.push(cell);
    progress?.end(cell);
  }
  if (json) {
    printJson({ schema: 'kadec21/demo/1', seed, cells });
  } else {
    printResult(['', ...storyTable(cells), '', ...legend(cells), '', `seed ${seed}`].join('\n'));
  }
  // The story has both kinds of cells; a run in which nothing arrives at all is broken.
  setExitStatus(cells.some(({ delivered }) => delivered) ? 0 : 1);
}

/** A line for each cell: the steps that the device took, and where they ended. */
class Progress {
  readonly #stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  start({ unit, date }: StoryStep): void {
    if (this.#stream.isTTY) {
      this.#stream.write(`… ${date} ${unit.title}`);
    }
  }

  end(cell: StoryCell): void {
    if (this.#stream.isTTY) {
      this.#stream.clearLine(0);
      this.#stream.cursorTo(0);
    }
    const failure = cell.steps.findIndex(({ result }) => result === 'failed');
    const steps = failure === -1 ? cell.steps : cell.steps.slice(0, failure + 1);
    const told = steps.map(({ name, result }) =>
      result === 'done' ? name : paint('red', `✘ ${name}`, this.#stream),
    );
    printNote(`${cell.date} ${cell.unit}: ${told.join(', ')}`);
  }
}

/** How a code reads in a narrow column; the legend below the table tells the rest. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  OP25B: 'OP25B',
  RADIO_NO_SERVICE: 'no service',
  FIRMWARE_UNSUPPORTED_MODULE: 'unknown module',
  FIRMWARE_WRONG_BOARD: 'wrong board',
  DNS_NO_SUCH_NAME: 'no such host',
  TCP_REFUSED: 'port closed',
  SMTP_AUTH_FAILED: 'wrong password',
  SMTP_AUTH_NOT_OFFERED: 'no AUTH',
};

function storyTable(cells: readonly StoryCell[]): string[] {
  const units = [...new Set(cells.map(({ unit }) => unit))];
  const head = ['unit', 'model', 'firmware', 'module', 'mail server', ...storyDates];
  const rows = units.map((unit) => {
    const ofUnit = cells.filter((cell) => cell.unit === unit);
    const [first] = ofUnit;
    return first === undefined
      ? []
      : [unit, `-${first.generation}`, first.firmware, first.module, first.server, ...ofUnit.map(cellText)];
  });
  const [heading = '', ...lines] = tableOf([head, ...rows]);
  return [paint('bold', heading, process.stdout), ...lines];
}

function cellText({ delivered, blockedBy, attempts }: StoryCell): string {
  if (delivered) {
    return paint('green', '✔ mail', process.stdout);
  }
  const name = SHORT_NAMES[blockedBy ?? ''] ?? blockedBy ?? 'not delivered';
  return paint('red', `✘ ${name}${attempts > 1 ? ` (${attempts}x)` : ''}`, process.stdout);
}

/** Each cause once, in the order in which the table shows it. */
function legend(cells: readonly StoryCell[]): string[] {
  const causes = new Map(
    cells.flatMap((cell) => (cell.blockedBy === null ? [] : [[cell.blockedBy, cell] as const])).reverse(),
  );
  return [...causes]
    .reverse()
    .flatMap(([code, { reason, advice }]) => [
      `${paint('bold', SHORT_NAMES[code] ?? code, process.stdout)}: ${reason}`,
      ...(advice === null ? [] : [`    ${advice}`]),
    ]);
}
