// What the subcommands of CLIENT have in common, and how two of them read a type of client.

import type { ArgumentDoc, CommandSpec } from '../../contract/command.js';
import type { ClientType } from '../../contract/ports.js';
import type { Args } from '../../util/args.js';

export const CLIENT_SUBCOMMAND = {
  group: 'connection',
  flags: ['noscript', 'loading', 'stale'],
  complexity: 'O(1)',
  propagate: 'never',
} as const satisfies Partial<CommandSpec>;

export const CLIENT_ADMIN_SUBCOMMAND = {
  ...CLIENT_SUBCOMMAND,
  flags: ['admin', 'noscript', 'loading', 'stale'],
} as const satisfies Partial<CommandSpec>;

export const ON_OR_OFF: readonly ArgumentDoc[] = [
  {
    name: 'enabled',
    type: 'oneof',
    arguments: [
      { name: 'on', type: 'pure-token', token: 'ON' },
      { name: 'off', type: 'pure-token', token: 'OFF' },
    ],
  },
];

const TYPES: ReadonlyMap<string, ClientType> = new Map([
  ['normal', 'normal'],
  ['slave', 'replica'],
  ['replica', 'replica'],
  ['pubsub', 'pubsub'],
  ['master', 'master'],
  ['primary', 'master'],
]);

/** @returns the type that argument `index` names, or an error text */
export function parseClientType(args: Args, index: number): ClientType | { error: string } {
  const given = args.text(index);
  return TYPES.get(given.toLowerCase()) ?? { error: `ERR Unknown client type '${given}'` };
}
