// COMMAND DOCS: summary, history and arguments of commands, in the shape of Redis 7.2.

import type { ArgumentDoc, Command } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import type { Reply } from '../../contract/reply.js';
import type { Args } from '../../util/args.js';
import { replyFlags } from './command-info.js';

type Field = readonly [name: string, write: (reply: Reply) => void];

function textField(name: string, value: string | undefined): Field[] {
  return value === undefined ? [] : [[name, (reply) => reply.text(value)]];
}

function replyFields(reply: Reply, fields: readonly Field[]): void {
  reply.map(fields.length);
  for (const [name, write] of fields) {
    reply.text(name);
    write(reply);
  }
}

function argumentFlags(doc: ArgumentDoc): string[] {
  const flags: string[] = [];
  if (doc.optional === true) flags.push('optional');
  if (doc.multiple === true) flags.push('multiple');
  if (doc.multipleToken === true) flags.push('multiple_token');
  return flags;
}

function argumentFields(doc: ArgumentDoc): Field[] {
  const isGroup = doc.type === 'oneof' || doc.type === 'block';
  const fields: Field[] = [...textField('name', doc.name), ...textField('type', doc.type)];
  if (!isGroup) fields.push(...textField('display_text', doc.name));
  const { keySpecIndex } = doc;
  if (keySpecIndex !== undefined) {
    fields.push(['key_spec_index', (reply) => reply.integer(keySpecIndex)]);
  }
  fields.push(...textField('token', doc.token), ...textField('since', doc.since));
  fields.push(...textField('deprecated_since', doc.deprecatedSince));
  const flags = argumentFlags(doc);
  if (flags.length > 0) fields.push(['flags', (reply) => replyFlags(reply, flags)]);
  if (isGroup) fields.push(['arguments', (reply) => replyArguments(reply, doc.arguments ?? [])]);
  return fields;
}

function replyArguments(reply: Reply, docs: readonly ArgumentDoc[]): void {
  reply.array(docs.length);
  for (const doc of docs) replyFields(reply, argumentFields(doc));
}

function replyHistory(reply: Reply, history: readonly (readonly [string, string])[]): void {
  reply.set(history.length);
  for (const [since, change] of history) {
    reply.array(2);
    reply.text(since);
    reply.text(change);
  }
}

function replySubcommands(reply: Reply, subcommands: ReadonlyMap<string, Command>): void {
  reply.map(subcommands.size);
  for (const sub of subcommands.values()) {
    reply.text(sub.fullName);
    replyDocs(reply, sub);
  }
}

function replyDocs(reply: Reply, { spec, subcommands }: Command): void {
  const fields: Field[] = [
    ...textField('summary', spec.summary),
    ...textField('since', spec.since),
    ...textField('group', spec.group),
    ...textField('complexity', spec.complexity),
  ];
  if (spec.deprecated !== undefined) {
    fields.push(['doc_flags', (to) => replyFlags(to, ['deprecated'])]);
    fields.push(...textField('deprecated_since', spec.deprecated.since));
    fields.push(...textField('replaced_by', spec.deprecated.replacedBy));
  }
  const { history, arguments: docs } = spec;
  if (history !== undefined) fields.push(['history', (to) => replyHistory(to, history)]);
  if (docs !== undefined) fields.push(['arguments', (to) => replyArguments(to, docs)]);
  if (subcommands !== null) {
    fields.push(['subcommands', (to) => replySubcommands(to, subcommands)]);
  }
  replyFields(reply, fields);
}

/** Names that are no commands are left out. */
export function commandDocsCommand(ctx: Context, args: Args): void {
  const { commands, reply } = ctx;
  const wanted: Command[] = [];
  for (let i = 2; i < args.count; i++) {
    const command = commands.byName(args.text(i));
    if (command !== null) wanted.push(command);
  }
  if (args.count === 2) wanted.push(...commands.all());
  reply.map(wanted.length);
  for (const command of wanted) {
    reply.text(command.fullName);
    replyDocs(reply, command);
  }
}
