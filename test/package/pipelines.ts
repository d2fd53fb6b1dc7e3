/** The pipelines of docs/ci.md: what their jobs run, as a shell would cut it into words. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface PipelineRun {
  readonly name: string;
  /** Arguments of `kadec21`, one entry a shard. */
  readonly shards: readonly string[][];
  readonly merge: readonly string[][];
}

interface GitHubJobs {
  readonly jobs: Readonly<
    Record<'scenarios' | 'verdict', { readonly steps: readonly { readonly run?: string }[] }>
  >;
}

type GitLabJobs = Readonly<Record<'scenarios' | 'verdict', { readonly script: readonly string[] }>>;

const SHARDS = ['1', '2', '3', '4'];
/** `${{ matrix.shard }}`, which is no template of this language. */
const MATRIX_SHARD = ['$', '{{ matrix.shard }}'].join('');

export function pipelinesOfGuide(): PipelineRun[] {
  const guide = readFileSync(new URL('../../docs/ci.md', import.meta.url), 'utf8');
  const [github, gitlab] = [...guide.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
  const { jobs }: GitHubJobs = parse(github ?? '');
  const { scenarios, verdict }: GitLabJobs = parse(gitlab ?? '');
  const linesOf = (job: keyof typeof jobs) => jobs[job].steps.flatMap(({ run }) => run ?? []);
  return [
    {
      name: 'GitHub Actions',
      shards: SHARDS.flatMap((shard) => commandsIn(linesOf('scenarios'), { [MATRIX_SHARD]: shard })),
      merge: commandsIn(linesOf('verdict'), {}),
    },
    {
      name: 'GitLab',
      shards: SHARDS.flatMap((shard) =>
        commandsIn(scenarios.script, { $CI_NODE_INDEX: shard, $CI_NODE_TOTAL: `${SHARDS.length}` }),
      ),
      merge: commandsIn(verdict.script, {}),
    },
  ];
}

function commandsIn(lines: readonly string[], values: Readonly<Record<string, string>>): string[][] {
  const filled = (line: string) =>
    Object.entries(values).reduce((text, [name, value]) => text.replaceAll(name, value), line);
  return lines
    .filter((line) => line.startsWith('kadec21 '))
    .map((line) => filled(line).split(' ').slice(1).flatMap(globbed));
}

const globbed = (word: string): string[] =>
  word.includes('*') ? SHARDS.map((shard) => word.replace('*', shard)) : [word];
