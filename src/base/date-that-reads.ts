/** `Date` by another clock: all that it does, but for what it takes for the present. */

/**
 * @param now milliseconds since 1970
 * @returns what is to stand for the process's `Date`; dates of both are dates of either
 */
export function dateThatReads(now: () => number): DateConstructor {
  return new Proxy(globalThis.Date, {
    construct: (target, parts, newTarget) =>
      Reflect.construct(target, parts.length === 0 ? [now()] : parts, newTarget),
    apply: (target) => new target(now()).toString(),
    get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
  });
}
