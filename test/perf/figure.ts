/** One measured figure, with what it must keep to. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** `at most` or `at least`, and how much; absent where the figure only informs. */
  readonly limit?: { readonly kind: 'at most' | 'at least'; readonly value: number };
}

export const isKept = ({ value, limit }: Figure): boolean => {
  if (limit === undefined) {
    return true;
  }
  return limit.kind === 'at most' ? value <= limit.value : value >= limit.value;
};

/** CPU time of this process that `work` takes, user and system, in milliseconds. */
export async function cpuTime(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

export function median(values: readonly number[]): number {
  const ordered = [...values].sort((a, b) => a - b);
  return ordered[Math.floor(ordered.length / 2)] ?? Number.NaN;
}
