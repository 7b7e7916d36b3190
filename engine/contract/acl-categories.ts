// Which ACL categories a command is in: what its flags and its group imply, and what its spec
// adds. COMMAND and ACL use this one derivation. Invariant: every command is in exactly one of
// `fast` and `slow`.

import { COMMAND_FLAGS, type Command, type CommandGroup } from './command.js';

/** In the order Redis prints them. */
export const ACL_CATEGORIES = [
  'keyspace',
  'read',
  'write',
  'set',
  'sortedset',
  'list',
  'hash',
  'string',
  'bitmap',
  'hyperloglog',
  'geo',
  'stream',
  'pubsub',
  'admin',
  'fast',
  'slow',
  'blocking',
  'dangerous',
  'connection',
  'transaction',
  'scripting',
] as const;
export type AclCategory = (typeof ACL_CATEGORIES)[number];

const GROUP_CATEGORY: Readonly<Record<CommandGroup, AclCategory | null>> = {
  generic: 'keyspace',
  string: 'string',
  list: 'list',
  set: 'set',
  'sorted-set': 'sortedset',
  hash: 'hash',
  stream: 'stream',
  bitmap: 'bitmap',
  hyperloglog: 'hyperloglog',
  geo: 'geo',
  pubsub: 'pubsub',
  transactions: 'transaction',
  scripting: 'scripting',
  connection: 'connection',
  server: null,
};
const GROUP_CATEGORIES: ReadonlySet<string | null> = new Set(Object.values(GROUP_CATEGORY));

/** @returns the category of the command's group, unless its spec says that it belongs elsewhere */
function groupCategory({ spec }: Command): AclCategory | null {
  // A mere container of subcommands touches nothing itself.
  if (spec.handler === undefined) return null;
  const isElsewhere = spec.acl?.some((name) => GROUP_CATEGORIES.has(name)) ?? false;
  return isElsewhere ? null : GROUP_CATEGORY[spec.group];
}

/** @returns the categories of a command, in the order of ACL_CATEGORIES, without the `@` */
export function aclCategories(command: Command): readonly AclCategory[] {
  const { flags } = command;
  const names = new Set<string>(command.spec.acl);
  const group = groupCategory(command);
  if (group !== null) names.add(group);
  if ((flags & COMMAND_FLAGS.write) !== 0) names.add('write');
  if ((flags & COMMAND_FLAGS.readonly) !== 0 && !names.has('scripting')) names.add('read');
  if ((flags & COMMAND_FLAGS.admin) !== 0) names.add('admin').add('dangerous');
  if ((flags & COMMAND_FLAGS.pubsub) !== 0) names.add('pubsub');
  if ((flags & COMMAND_FLAGS.blocking) !== 0) names.add('blocking');
  names.add((flags & COMMAND_FLAGS.fast) !== 0 || names.has('fast') ? 'fast' : 'slow');
  return ACL_CATEGORIES.filter((name) => names.has(name));
}
