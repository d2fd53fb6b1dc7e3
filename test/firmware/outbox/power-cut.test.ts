import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NorFlash } from '../../../src/firmware/flash/nor-flash.ts';
import { CutFlash, OutboxUnderTest, outboxLayout, PowerLost, type Tear } from './given.ts';

/** What a device does with its outbox: each step is acknowledged when it returns. */
type Action =
  | { readonly kind: 'queue'; readonly number: number; readonly textBytes: number }
  /** The server's answer for the mail at this place of the queue. */
  | { readonly kind: 'answer'; readonly place: number; readonly accepted: number };

/** What is known for certain of the outbox, and what the step under way may have changed. */
interface Book {
  readonly waiting: Map<string, readonly string[]>;
  doubtful: string | undefined;
  /** Mails that the step under way may let go of to make room. */
  mayGo: boolean;
}

let points = 0;

function act(outbox: OutboxUnderTest, action: Action, book: Book): void {
  if (action.kind === 'queue') {
    book.doubtful = `<${action.number}.unit@example.jp>`;
    book.mayGo = true;
    outbox.queue(action.number, action.textBytes);
  } else {
    const entry = outbox.state.entries[action.place % Math.max(1, outbox.state.entries.length)];
    if (entry === undefined) return;
    book.doubtful = entry.mail.messageId;
    book.mayGo = false;
    outbox.answer(entry.mail.messageId, action.accepted);
  }
  note(outbox, book);
}

/** What is too large for the flash is told when it is queued, and not promised. */
function note({ state, store }: OutboxUnderTest, book: Book): void {
  book.waiting.clear();
  for (const entry of state.entries.filter((each) => store.canStore(each))) {
    book.waiting.set(entry.mail.messageId, entry.delivery.pending);
  }
  book.doubtful = undefined;
}

/** Comes up after a cut: nothing acknowledged is lost, nothing is there twice, what was made room for is counted. */
function comeUp(flash: CutFlash, book: Book, droppedBefore: number): OutboxUnderTest {
  const outbox = new OutboxUnderTest(flash);
  const ids = outbox.store.entries.map(({ mail }) => mail.messageId);
  expect(new Set(ids).size).toBe(ids.length);
  const gone = [...book.waiting.keys()].filter((id) => !ids.includes(id) && id !== book.doubtful);
  // To make room the oldest goes, as many as are counted.
  expect(gone).toEqual([...book.waiting.keys()].slice(0, gone.length));
  expect(book.mayGo || gone.length === 0).toBe(true);
  expect(outbox.store.dropped - droppedBefore).toBe(gone.length);
  for (const { mail, delivery } of outbox.store.entries) {
    const known = book.waiting.get(mail.messageId);
    if (known === undefined) expect(mail.messageId).toBe(book.doubtful);
    else if (mail.messageId !== book.doubtful) expect(delivery.pending).toEqual(known);
    expect(Buffer.from(mail.raw).toString()).toContain(`Message-ID: ${mail.messageId}`);
  }
  expect(outbox.store.alerts).toEqual([]);
  points += 1;
  return outbox;
}

/** Lives on: queues, and sends everything to its end. */
function livesOn(outbox: OutboxUnderTest): void {
  outbox.queue(9999, 100);
  while (outbox.state.entries.length > 0) {
    const [first] = outbox.state.entries;
    outbox.answer(first?.mail.messageId ?? '', 2);
  }
}

const story: readonly Action[] = Array.from({ length: 14 }, (_, round): readonly Action[] => [
  { kind: 'queue', number: 3 * round, textBytes: 150 + 90 * (round % 5) },
  { kind: 'queue', number: 3 * round + 1, textBytes: 20 },
  { kind: 'answer', place: 1, accepted: 1 },
  { kind: 'queue', number: 3 * round + 2, textBytes: round % 4 === 3 ? 1500 : 60 },
  { kind: 'answer', place: round, accepted: 2 },
  { kind: 'answer', place: 0, accepted: round % 3 === 0 ? 2 : 1 },
]).flat();

const geometries = [
  { sectors: 2, sectorSize: 2048, writeSize: 8 },
  { sectors: 5, sectorSize: 1024, writeSize: 1 },
  { sectors: 8, sectorSize: 1024, writeSize: 32 },
  { sectors: 4, sectorSize: 4096, writeSize: 8 },
];

const newBook = (): Book => ({ waiting: new Map(), doubtful: undefined, mayGo: false });

function runUntilCut(outbox: OutboxUnderTest, actions: readonly Action[], book: Book): number {
  let dropped = outbox.store.dropped;
  try {
    for (const action of actions) {
      act(outbox, action, book);
      dropped = outbox.store.dropped;
    }
  } catch (failure) {
    if (!(failure instanceof PowerLost)) throw failure;
  }
  return dropped;
}

describe.each(geometries)(
  'an outbox of $sectors sectors of $sectorSize, writes of $writeSize',
  (geometry) => {
    const layout = outboxLayout(geometry.sectors, geometry.sectorSize, geometry.writeSize);

    it('loses and doubles nothing when the power is cut at any operation', { timeout: 60_000 }, () => {
      const whole = new CutFlash(new NorFlash({ layout }));
      runUntilCut(new OutboxUnderTest(whole), story, newBook());
      expect(whole.flash.eraseCounts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(3);
      for (let after = 0; after < whole.count; after += 1) {
        for (const tear of ['between', 'torn'] satisfies Tear[]) {
          const cut = new CutFlash(new NorFlash({ layout }), after, tear);
          const book = newBook();
          const dropped = runUntilCut(new OutboxUnderTest(cut), story, book);
          livesOn(comeUp(new CutFlash(cut.flash), book, dropped));
        }
      }
    });

    it('nor when it is cut again and again', { timeout: 60_000 }, () => {
      const action: fc.Arbitrary<Action> = fc.oneof(
        fc.record({ kind: fc.constant('queue' as const), number: fc.nat(9000), textBytes: fc.nat(1200) }),
        fc.record({ kind: fc.constant('answer' as const), place: fc.nat(20), accepted: fc.nat(2) }),
      );
      const life = fc.record({
        actions: fc.array(action, { minLength: 5, maxLength: 40 }),
        after: fc.nat(120),
        tear: fc.constantFrom<Tear>('between', 'torn'),
      });
      fc.assert(
        fc.property(fc.array(life, { minLength: 2, maxLength: 4 }), (lives) => {
          let flash = new NorFlash({ layout });
          const book = newBook();
          let dropped = 0;
          for (const { actions, after, tear } of lives) {
            const cut = new CutFlash(flash, after, tear);
            const outbox = comeUp(cut, book, dropped);
            note(outbox, book);
            dropped = runUntilCut(outbox, actions, book);
            flash = cut.flash;
          }
          livesOn(comeUp(new CutFlash(flash), book, dropped));
        }),
        { numRuns: 60 },
      );
    });
  },
);

it('has cut the power at every operation', () => {
  process.stdout.write(`the outbox lost its power at ${points} points\n`);
  expect(points).toBeGreaterThan(2000);
});
