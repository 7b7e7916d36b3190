// Who may use the server: the `default` user with the password of `requirepass`, until there are
// ACL users. Invariant: how long a comparison takes says nothing about where passwords differ.

import type { Context } from '../../contract/context.js';
import { WRONGPASS } from '../../contract/errors.js';

export const DEFAULT_USER = 'default';

/** Compares every character of `given`, whatever the outcome so far. */
function isSamePassword(given: string, password: string): boolean {
  let difference = given.length ^ password.length;
  for (let i = 0; i < given.length; i++) {
    difference |= given.charCodeAt(i) ^ password.charCodeAt(i % password.length);
  }
  return difference === 0;
}

/** @returns whether the default user has a password */
export function isPasswordRequired(ctx: Context): boolean {
  return ctx.config.text('requirepass') !== '';
}

/**
 * Logs the session in; names and passwords are latin1.
 * @returns null, or the whole error text
 */
export function authenticate(ctx: Context, user: string, given: string): string | null {
  const password = ctx.config.text('requirepass');
  // Without a password the default user is let in with any.
  const isRight = password === '' || isSamePassword(given, password);
  if (user !== DEFAULT_USER || !isRight) return WRONGPASS;
  ctx.session.isAuthenticated = true;
  ctx.session.user = DEFAULT_USER;
  return null;
}
