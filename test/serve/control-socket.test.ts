import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { giveOrder, openControlSocket } from '../../src/serve/control-socket.ts';
import { NetworkSide } from '../../src/serve/network-side.ts';
import { moduleCalled } from './given.ts';
import { MemoryOffer } from './memory-offer.ts';

let folder = '';
let path = '';
let side: NetworkSide;
let close: () => Promise<void>;
let quits = 0;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kadec21-control-'));
  path = join(folder, 'control');
  side = new NetworkSide({ seed: 1, module: moduleCalled('3gpp') });
  side.addLine('one', new MemoryOffer());
  quits = 0;
  close = await openControlSocket(path, side, () => {
    quits += 1;
  });
});
afterEach(async () => {
  await close();
  await side.close();
  rmSync(folder, { recursive: true });
});

it('is for its owner only', () => {
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('adds, lists and removes faults', async () => {
  expect(await giveOrder(path, 'fault add busy@times=2')).toMatchObject({ ok: true, result: { id: 1 } });
  expect(await giveOrder(path, 'fault list')).toMatchObject({ result: { faults: [{ id: 1, hits: 0 }] } });
  expect(await giveOrder(path, 'fault remove 1')).toEqual({ ok: true, result: { removed: 1 } });
  expect(await giveOrder(path, 'fault remove 1')).toMatchObject({
    ok: false,
    error: { code: 'NO_SUCH_FAULT' },
  });
});

it('pages a module, takes its power, tells the status, ends the station', async () => {
  expect(await giveOrder(path, 'page one')).toEqual({ ok: true, result: ['one'] });
  expect(await giveOrder(path, 'power one')).toEqual({ ok: true, result: ['one'] });
  // It boots: nothing is on the air.
  expect(await giveOrder(path, 'page one')).toMatchObject({ error: { code: 'NOT_ON_AIR' } });
  expect(await giveOrder(path, 'status')).toMatchObject({ result: { lines: { total: 1 } } });
  expect(await giveOrder(path, 'quit')).toEqual({ ok: true, result: 'bye' });
  expect(quits).toBe(1);
});

it.each([
  ['launch', 'UNKNOWN_ORDER'],
  ['fault add bussy', 'FAULT_INVALID'],
  ['power nobody', 'NO_SUCH_LINE'],
])('refuses %s', async (order, code) => {
  expect(await giveOrder(path, order)).toMatchObject({ ok: false, error: { code } });
});

it('takes several orders in any pieces, and lets go of who never ends a line', async () => {
  const socket = connect(path);
  let text = '';
  socket.setEncoding('utf8').on('data', (part) => {
    text += part;
  });
  socket.write('sta');
  socket.write('tus\nlin');
  socket.write('es\n');
  socket.write('x'.repeat(10_000));
  await new Promise((resolve) => socket.once('end', resolve));
  expect(
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).ok),
  ).toEqual([true, true, false]);
});

it('takes the place of a socket that a killed station left behind, not of one in use', async () => {
  await expect(openControlSocket(path, side, () => {})).rejects.toMatchObject({ code: 'LINE_BUSY' });
});
