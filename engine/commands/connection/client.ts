// CLIENT: the container of its subcommands.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { replyHelp } from '../help-reply.js';
import { clientKillSpec } from './client-kill.js';
import { clientIdSpec, clientInfoSpec, clientListSpec } from './client-list.js';
import { clientGetnameSpec, clientSetinfoSpec, clientSetnameSpec } from './client-name.js';
import { clientPauseSpec, clientUnblockSpec, clientUnpauseSpec } from './client-pause.js';
import { CLIENT_SUBCOMMAND } from './client-subcommand.js';
import { clientNoEvictSpec, clientNoTouchSpec, clientReplySpec } from './client-switches.js';

const HELP_LINES = [
  'GETNAME',
  '    The name of this connection.',
  'ID',
  '    The number of this connection.',
  'INFO',
  '    This connection, described as LIST does.',
  'KILL <ip:port>',
  '    Close the connection from that address.',
  'KILL <option> <value> [<option> <value> [...]]',
  '    Close the connections that every option fits:',
  '    * ADDR (<ip:port>|<unixsocket>:0): they come from there.',
  '    * ID <client-id>: it has that number.',
  '    * LADDR (<ip:port>|<unixsocket>:0): they go to that address of the server.',
  '    * MAXAGE <seconds>: they are at least that old.',
  '    * SKIPME (YES|NO): whether this connection is spared; it is unless told otherwise.',
  '    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB): they are of that kind.',
  '    * USER <username>: they are logged in as that user.',
  'LIST [ID <client-id> [...]|TYPE (NORMAL|MASTER|REPLICA|PUBSUB)]',
  '    A line for each connection, or for those asked for.',
  'NO-EVICT (ON|OFF)',
  '    Whether this connection is spared when client memory runs short.',
  'NO-TOUCH (ON|OFF)',
  '    Whether the reads of this connection leave no trace on age and frequency of keys.',
  'PAUSE <milliseconds> [WRITE|ALL]',
  '    Hold back all commands, or only writes.',
  'REPLY (ON|OFF|SKIP)',
  '    Whether this connection gets replies; SKIP leaves out the next one.',
  'SETINFO (LIB-NAME|LIB-VER) <value>',
  '    Tell which client library this is, or its version.',
  'SETNAME <name>',
  '    Name this connection.',
  'UNBLOCK <client-id> [TIMEOUT|ERROR]',
  '    End the waiting of a client, as if its time were up or with an error.',
  'UNPAUSE',
  '    End a pause.',
];

export function clientHelpCommand(ctx: Context): void {
  replyHelp(ctx, 'CLIENT', HELP_LINES);
}

export const clientSpec: CommandSpec = {
  name: 'CLIENT',
  group: 'connection',
  since: '2.4.0',
  arity: -2,
  flags: [],
  summary: 'Looks at connections and governs them; see its subcommands.',
  complexity: "The subcommand's.",
  propagate: 'never',
  subcommands: [
    clientGetnameSpec,
    {
      ...CLIENT_SUBCOMMAND,
      name: 'HELP',
      since: '5.0.0',
      arity: 2,
      flags: ['loading', 'stale'],
      summary: 'Lists the subcommands.',
      handler: clientHelpCommand,
    },
    clientIdSpec,
    clientInfoSpec,
    clientKillSpec,
    clientListSpec,
    clientNoEvictSpec,
    clientNoTouchSpec,
    clientPauseSpec,
    clientReplySpec,
    clientSetinfoSpec,
    clientSetnameSpec,
    clientUnblockSpec,
    clientUnpauseSpec,
  ],
};
