/**
 * `npm run perf`: every figure of this software, measured side by side in one run. A table for people, with
 * `--json` one line of JSON a figure. Exit status 1 when a limit is not kept. It runs what the build makes: a
 * loader that compiles on the fly would be measured too.
 */
import { deviceHeap } from './device-heap.ts';
import { type Figure, isKept } from './figure.ts';
import { fleet } from './fleet.ts';
import { imageConvert } from './image-convert.ts';
import { imageMemory } from './image-memory.ts';
import { imageStart } from './image-start.ts';
import { lineUse } from './line-use.ts';
import { mailCpu } from './mail-cpu.ts';
import { throughput } from './throughput.ts';

let isAllKept = true;
const isForPrograms = process.argv.includes('--json');

for (const measure of [
  mailCpu,
  throughput,
  lineUse,
  deviceHeap,
  fleet,
  imageStart,
  imageConvert,
  imageMemory,
]) {
  for (const figure of await measure()) {
    console.log(isForPrograms ? asJson(figure) : asRow(figure));
    isAllKept &&= isKept(figure);
  }
}
// The yardstick leaves timers behind that nobody waits for.
process.exit(isAllKept ? 0 : 1);

function asJson(figure: Figure): string {
  const { name, value, unit, limit } = figure;
  return JSON.stringify({
    name,
    value: rounded(value),
    unit,
    limit: limit?.value ?? null,
    ok: isKept(figure),
  });
}

function asRow(figure: Figure): string {
  const { name, value, unit, limit } = figure;
  const kept =
    limit === undefined ? '' : `${limit.kind} ${limit.value}  ${isKept(figure) ? 'ok' : 'NOT KEPT'}`;
  return `${name.padEnd(26)} ${String(rounded(value)).padStart(10)} ${unit.padEnd(12)} ${kept}`.trimEnd();
}

/** Four significant digits, without an exponent. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
