/**
 * Timers in the order in which they come due, those of one instant in the order in which they were set. A binary heap:
 * the timers of a thousand devices cost each of them little.
 */
export interface QueuedTimer {
  /** When it comes due, in milliseconds. */
  at: number;
  /** Among those of one instant the lowest comes first. */
  order: number;
  /** Where the queue has it; -1 while it is not in the queue. Only the queue writes it. */
  place: number;
}

export class TimerQueue<Timer extends QueuedTimer> {
  readonly #heap: Timer[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** What comes due first. */
  get first(): Timer | undefined {
    return this.#heap[0];
  }

  /** @param timer one that is not in the queue */
  add(timer: Timer): void {
    this.#rise(timer, this.#heap.length);
  }

  /** @returns false where the queue does not have it */
  remove(timer: Timer): boolean {
    const { place } = timer;
    if (place < 0 || this.#heap[place] !== timer) {
      return false;
    }
    const last = this.#heap.pop();
    timer.place = -1;
    if (last !== undefined && last !== timer) {
      // It takes the free place, and goes from there to where it belongs.
      this.#rise(last, place);
      this.#sink(last, last.place);
    }
    return true;
  }

  #rise(timer: Timer, from: number): void {
    const heap = this.#heap;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(timer, parent)) {
        break;
      }
      heap[place] = parent;
      parent.place = place;
      place = above;
    }
    heap[place] = timer;
    timer.place = place;
  }

  #sink(timer: Timer, from: number): void {
    const heap = this.#heap;
    let place = from;
    for (;;) {
      const left = heap[2 * place + 1];
      const right = heap[2 * place + 2];
      const child = right !== undefined && left !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || !isBefore(child, timer)) {
        break;
      }
      const { place: below } = child;
      heap[place] = child;
      child.place = place;
      place = below;
    }
    heap[place] = timer;
    timer.place = place;
  }
}

const isBefore = (a: QueuedTimer, b: QueuedTimer): boolean =>
  a.at < b.at || (a.at === b.at && a.order < b.order);
