// INFO: sections in Redis's order, each a header and its lines, with CRLF and an empty line
// between. Invariant: a section is printed at most once, whatever was asked for.

import type { Command } from '../contract/command.js';
import type { InfoPort } from '../contract/ports.js';
import {
  CLIENTS_FIELDS,
  CLUSTER_FIELDS,
  CPU_FIELDS,
  type InfoField,
  MEMORY_FIELDS,
  REPLICATION_FIELDS,
  SERVER_FIELDS,
  STATS_FIELDS,
} from './info-fields.js';
import type { InfoSources } from './info-sources.js';
import { PERSISTENCE_FIELDS, persistenceLines } from './persistence-fields.js';

type Line = readonly [name: string, value: string | number];

interface Section {
  readonly name: string;
  readonly title: string;
  /** Part of INFO without arguments. */
  readonly isDefault: boolean;
  readonly fields: readonly InfoField[];
  readonly lines: ((sources: InfoSources) => Line[]) | null;
}

function section(
  title: string,
  isDefault: boolean,
  fields: readonly InfoField[],
  lines: ((sources: InfoSources) => Line[]) | null = null,
): Section {
  return { name: title.toLowerCase(), title, isDefault, fields, lines };
}

const SECTIONS: readonly Section[] = [
  section('Server', true, SERVER_FIELDS),
  section('Clients', true, CLIENTS_FIELDS),
  section('Memory', true, MEMORY_FIELDS),
  section('Persistence', true, PERSISTENCE_FIELDS, persistenceLines),
  section('Stats', true, STATS_FIELDS),
  section('Replication', true, REPLICATION_FIELDS),
  section('CPU', true, CPU_FIELDS),
  section('Modules', true, []),
  section('Commandstats', false, [], commandLines),
  section('Errorstats', true, [], errorLines),
  // Percentiles are not measured; the section is there because "all" promises it.
  section('Latencystats', false, []),
  section('Cluster', true, CLUSTER_FIELDS),
  section('Keyspace', true, [], keyspaceLines),
];

/** @returns a command and its subcommands, or the command alone */
function family(command: Command): Command[] {
  return command.subcommands === null ? [command] : [command, ...command.subcommands.values()];
}

function commandLines({ commands }: InfoSources): Line[] {
  const lines: Line[] = [];
  for (const top of commands.all()) {
    for (const command of family(top)) {
      const { calls, durationUs, rejectedCalls, failedCalls } = command;
      if (calls === 0 && rejectedCalls === 0 && failedCalls === 0) continue;
      const perCall = calls === 0 ? 0 : durationUs / calls;
      const counts = `rejected_calls=${rejectedCalls},failed_calls=${failedCalls}`;
      const time = `usec=${Math.round(durationUs)},usec_per_call=${perCall.toFixed(2)}`;
      lines.push([`cmdstat_${command.fullName}`, `calls=${calls},${time},${counts}`]);
    }
  }
  return lines;
}

function errorLines({ statistics }: InfoSources): Line[] {
  return [...statistics.errorsByCode].map(([code, count]) => [
    `errorstat_${code}`,
    `count=${count}`,
  ]);
}

function keyspaceLines({ keyspace }: InfoSources): Line[] {
  const lines: Line[] = [];
  for (const db of keyspace.databases) {
    if (db.count === 0) continue;
    const counts = `keys=${db.count},expires=${db.expiresCount},avg_ttl=${db.averageTtlMs()}`;
    const hashes = db.fieldDeadlines?.hashes ?? 0;
    // As Valkey 9 shows it; without deadlines of fields the line is that of Redis.
    const volatile = hashes > 0 ? `,keys_with_volatile_items=${hashes}` : '';
    lines.push([`db${db.index}`, `${counts}${volatile}`]);
  }
  return lines;
}

export class Info implements InfoPort {
  readonly sources: InfoSources;

  constructor(sources: InfoSources) {
    this.sources = sources;
  }

  get peakMemoryBytes(): number {
    const { keyspace, statistics, clock } = this.sources;
    statistics.observeMemory(keyspace.usedBytes, clock.now());
    return statistics.peakMemoryBytes;
  }

  render(sections: readonly string[]): string {
    const { keyspace, statistics, clock } = this.sources;
    statistics.observeMemory(keyspace.usedBytes, clock.now());
    const isAll = sections.includes('all') || sections.includes('everything');
    const isDefault = sections.length === 0 || sections.includes('default');
    const texts: string[] = [];
    for (const each of SECTIONS) {
      if (isAll || (isDefault && each.isDefault) || sections.includes(each.name)) {
        texts.push(this.renderSection(each));
      }
    }
    return texts.join('\r\n');
  }

  /** One sample of the rates; to be called about ten times a second. */
  sample(): void {
    const { statistics, clock, executor, listener, keyspace } = this.sources;
    const nowMs = clock.monotonicMs();
    statistics.commandRate.sample(executor.commandsProcessed, nowMs);
    statistics.inputRate.sample(listener.netInputBytes, nowMs);
    statistics.outputRate.sample(listener.netOutputBytes, nowMs);
    statistics.observeMemory(keyspace.usedBytes, clock.now());
  }

  resetStatistics(): void {
    const { statistics, executor, listener, keyspace, persistence, commands } = this.sources;
    statistics.reset();
    executor.commandsProcessed = 0;
    listener.reset();
    keyspace.keyspaceHits = 0;
    keyspace.keyspaceMisses = 0;
    keyspace.expiredKeys = 0;
    keyspace.expiredFields = 0;
    keyspace.evictedKeys = 0;
    keyspace.lazyFree.freedObjects = 0;
    persistence.resetStatistics();
    for (const top of commands.all()) {
      for (const command of family(top)) {
        command.calls = 0;
        command.durationUs = 0;
        command.rejectedCalls = 0;
        command.failedCalls = 0;
      }
    }
  }

  private renderSection({ title, fields, lines }: Section): string {
    let text = `# ${title}\r\n`;
    for (const [name, produce] of fields) {
      const value = produce(this.sources);
      if (value !== null) text += `${name}:${value}\r\n`;
    }
    for (const [name, value] of lines?.(this.sources) ?? []) text += `${name}:${value}\r\n`;
    return text;
  }
}
