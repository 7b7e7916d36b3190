// Assertions that stay on in production: a broken invariant stops the process before it can reach
// the log. Bad input from a client or a file is never an assertion; it is an error value.

/** Thrown when the program itself is wrong. Nothing catches it but the process boundary. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/**
 * @param condition what must hold
 * @param claim the invariant in words, as it should read in the crash report
 * @throws AssertionError when the condition is falsy
 */
export function assert(condition: unknown, claim: string): asserts condition {
  if (!condition) throw new AssertionError(claim);
}
