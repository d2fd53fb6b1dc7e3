import type { Ms } from './units.ts';

/** Lets time pass, virtual or real: by the global timer, which virtual time fakes (`node:timers` stays real). */
export const pause = (duration: Ms): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, duration)));
