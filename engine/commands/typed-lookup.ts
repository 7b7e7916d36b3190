// Looking up a key that must hold one type of value. Invariant: WRONGTYPE is replied exactly when
// WRONG_TYPE is returned.

import type { Context } from '../contract/context.js';
import { WRONGTYPE } from '../contract/errors.js';
import { NO_REF, type Ref } from '../memory/chunks.js';
import type { Args } from '../util/args.js';

/** The key holds another type: the error has been replied. No record has this reference. */
export const WRONG_TYPE: Ref = -1;

/** @returns the record of argument `index` for reading; NO_REF when absent, or WRONG_TYPE */
export function lookupReadTyped(ctx: Context, args: Args, index: number, type: number): Ref {
  const { db } = ctx;
  const ref = db.lookupRead(args, index);
  if (ref === NO_REF || db.typeOf(ref) === type) return ref;
  ctx.reply.error(WRONGTYPE);
  return WRONG_TYPE;
}

/** As `lookupReadTyped`, for a record that the command may change. */
export function lookupWriteTyped(ctx: Context, args: Args, index: number, type: number): Ref {
  const { db } = ctx;
  const ref = db.lookupWrite(args, index);
  if (ref === NO_REF || db.typeOf(ref) === type) return ref;
  ctx.reply.error(WRONGTYPE);
  return WRONG_TYPE;
}
