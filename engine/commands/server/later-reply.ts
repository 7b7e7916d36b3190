// Replies to work that ends after the handler has returned, or at once: only the one who does the
// work knows. Invariant: exactly one reply is written either way, never from inside the work.

import type { Context } from '../../contract/context.js';
import type { Reply } from '../../contract/reply.js';

/**
 * Starts work and answers when it is done; the session waits meanwhile, the others go on.
 * @param start begins the work; calls `done` exactly once, perhaps before it returns
 * @param write writes the reply
 */
export function replyLater<Outcome>(
  ctx: Context,
  start: (done: (outcome: Outcome) => void) => void,
  write: (reply: Reply, outcome: Outcome) => void,
): void {
  const early: Outcome[] = [];
  let finish: ((write: (reply: Reply) => void) => void) | null = null;
  start((outcome) => {
    if (finish === null) early.push(outcome);
    else finish((reply) => write(reply, outcome));
  });
  if (early.length > 0) {
    write(ctx.reply, early[0]);
    return;
  }
  const nothing = (): void => {};
  finish = ctx.blocking.block({
    session: ctx.session,
    timeoutMs: 0,
    mayUnblock: false,
    onTimeout: nothing,
    onGone: nothing,
  });
}

/** `+OK`, or the error. */
export function writeOutcome(reply: Reply, error: string | null): void {
  if (error === null) reply.ok();
  else reply.error(error);
}
