// What a command writes to the log when its effect on a key is that the key goes.

import type { Context } from '../contract/context.js';
import type { Args } from '../util/args.js';

/** Logs that the key in argument `index` was deleted. */
export function logKeyDeletion({ db, effects }: Context, args: Args, index: number): void {
  effects.begin(db.index, 2);
  effects.text('DEL');
  effects.bytes(args.bytes, args.at[index], args.length[index]);
  effects.end();
}
