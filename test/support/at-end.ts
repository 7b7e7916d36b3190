// What a test leaves to be put away. Node's `t.after` runs in the order of the calls, which takes
// a directory from under the program that uses it, and stops at the first error. Invariant: what
// was made last is put away first, and everything is, whatever fails.

import type { TestContext } from 'node:test';

type Cleanup = () => unknown;

const cleanups = new WeakMap<TestContext, Cleanup[]>();

/** Runs `cleanup` when the test ends, before what was given earlier. */
export function atEnd(t: TestContext, cleanup: Cleanup): void {
  const own = cleanups.get(t);
  if (own !== undefined) {
    own.push(cleanup);
    return;
  }
  const list = [cleanup];
  cleanups.set(t, list);
  t.after(() => runAll(list));
}

/** @throws the first error, after all have run */
async function runAll(list: Cleanup[]): Promise<void> {
  const errors: unknown[] = [];
  for (let next = list.pop(); next !== undefined; next = list.pop()) {
    try {
      await next();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
