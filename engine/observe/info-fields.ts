// The one table of INFO fields: section, name, and where the value comes from. Names and order are
// those of Redis 7.2; a field whose value is null is left out, and what this server has no notion
// of (forks, jemalloc's pages) is not in the table at all.

import { EVENT_LOOP, REDIS_VERSION } from './identity.js';
import type { InfoSources } from './info-sources.js';
import { humanBytes, percent, ratio } from './info-values.js';

export type InfoValue = string | number | null;
export type InfoField = readonly [name: string, produce: (sources: InfoSources) => InfoValue];

const NO_REPLICATION_ID = '0'.repeat(40);
const SECONDS_PER_DAY = 86400;
const LRU_CLOCK_MASK = 0xffffff;

function uptimeSeconds({ clock, identity }: InfoSources): number {
  return Math.floor((clock.monotonicMs() - identity.startedAtMs) / 1000);
}

function kilobytes(bytesPerSecond: number): string {
  return (bytesPerSecond / 1024).toFixed(2);
}

export const SERVER_FIELDS: readonly InfoField[] = [
  ['redis_version', () => REDIS_VERSION],
  ['reddis_version', ({ identity }) => identity.version],
  ['redis_git_sha1', () => '00000000'],
  ['redis_git_dirty', () => 0],
  ['redis_mode', () => 'standalone'],
  ['os', ({ process }) => process.os],
  ['arch_bits', () => 64],
  ['monotonic_clock', () => 'performance.now'],
  ['multiplexing_api', () => EVENT_LOOP],
  ['node_version', ({ process }) => process.nodeVersion],
  ['process_id', ({ process }) => process.pid],
  ['process_supervised', () => 'no'],
  ['run_id', ({ identity }) => identity.runId],
  ['tcp_port', ({ process }) => process.tcpPort],
  ['server_time_usec', ({ clock }) => clock.nowUs()],
  ['clock_jumps', ({ clock }) => clock.jumps],
  ['clock_gap_ms', ({ clock }) => clock.gapMs],
  ['uptime_in_seconds', uptimeSeconds],
  ['uptime_in_days', (sources) => Math.floor(uptimeSeconds(sources) / SECONDS_PER_DAY)],
  ['hz', ({ config }) => config.number('hz')],
  ['configured_hz', ({ config }) => config.number('hz')],
  ['lru_clock', ({ clock }) => Math.floor(clock.now() / 1000) & LRU_CLOCK_MASK],
  ['executable', ({ process }) => process.executable],
  ['config_file', ({ process }) => process.configFile],
  ['io_threads_active', () => 0],
];

export const CLIENTS_FIELDS: readonly InfoField[] = [
  ['connected_clients', ({ listener }) => listener.connectedClients],
  ['cluster_connections', () => 0],
  ['maxclients', ({ config }) => config.number('maxclients')],
  ['client_recent_max_input_buffer', ({ listener }) => listener.recentMaxInputBufferBytes],
  ['client_recent_max_output_buffer', ({ listener }) => listener.recentMaxOutputBufferBytes],
  ['blocked_clients', ({ listener }) => listener.blockedClients],
  ['tracking_clients', () => 0],
  ['watching_clients', ({ transactions }) => transactions.watchedKeys.watcherCount],
  ['clients_in_timeout_table', ({ blocking }) => blocking.timeoutCount],
  ['total_watched_keys', ({ transactions }) => transactions.watchedKeys.keyCount],
  ['total_blocking_keys', ({ blocking }) => blocking.keyWaiters.keyCount],
  // No command here waits for a key to go.
  ['total_blocking_keys_on_nokey', () => 0],
];

function residentOverUsed(sources: InfoSources, isRatio: boolean): InfoValue {
  const residentBytes = sources.process.residentBytes();
  if (residentBytes === null) return null;
  const { usedBytes } = sources.keyspace;
  return isRatio ? ratio(residentBytes, usedBytes) : residentBytes - usedBytes;
}

function human(sizeBytes: number | null): InfoValue {
  return sizeBytes === null ? null : humanBytes(sizeBytes);
}

export const MEMORY_FIELDS: readonly InfoField[] = [
  ['used_memory', ({ keyspace }) => keyspace.usedBytes],
  ['used_memory_human', ({ keyspace }) => humanBytes(keyspace.usedBytes)],
  ['used_memory_rss', ({ process }) => process.residentBytes()],
  ['used_memory_rss_human', ({ process }) => human(process.residentBytes())],
  ['used_memory_peak', ({ statistics }) => statistics.peakMemoryBytes],
  ['used_memory_peak_human', ({ statistics }) => humanBytes(statistics.peakMemoryBytes)],
  [
    'used_memory_peak_perc',
    ({ keyspace, statistics }) => percent(keyspace.usedBytes, statistics.peakMemoryBytes),
  ],
  ['used_memory_overhead', ({ keyspace }) => keyspace.indexBytes],
  ['used_memory_startup', () => 0],
  ['used_memory_dataset', ({ keyspace }) => keyspace.usedBytes - keyspace.indexBytes],
  [
    'used_memory_dataset_perc',
    ({ keyspace: { usedBytes, indexBytes } }) => percent(usedBytes - indexBytes, usedBytes),
  ],
  ['used_memory_js_heap', ({ process }) => process.heapBytes()],
  ['allocator_allocated', ({ keyspace }) => keyspace.usedBytes],
  ['allocator_active', ({ keyspace }) => keyspace.usedBytes + keyspace.fragmentedBytes],
  ['allocator_resident', ({ keyspace }) => keyspace.reservedBytes],
  ['total_system_memory', ({ process }) => process.totalMemoryBytes],
  ['total_system_memory_human', ({ process }) => human(process.totalMemoryBytes)],
  ['used_memory_lua', () => 0],
  ['used_memory_scripts', () => 0],
  ['number_of_cached_scripts', () => 0],
  ['number_of_functions', () => 0],
  ['number_of_libraries', () => 0],
  ['maxmemory', ({ config }) => config.number('maxmemory')],
  ['maxmemory_human', ({ config }) => humanBytes(config.number('maxmemory'))],
  ['maxmemory_policy', ({ config }) => config.text('maxmemory-policy')],
  [
    'allocator_frag_ratio',
    ({ keyspace }) => ratio(keyspace.usedBytes + keyspace.fragmentedBytes, keyspace.usedBytes),
  ],
  ['allocator_frag_bytes', ({ keyspace }) => keyspace.fragmentedBytes],
  ['mem_fragmentation_ratio', (sources) => residentOverUsed(sources, true)],
  ['mem_fragmentation_bytes', (sources) => residentOverUsed(sources, false)],
  ['mem_not_counted_for_evict', () => 0],
  ['mem_replication_backlog', () => 0],
  ['mem_clients_slaves', () => 0],
  ['mem_cluster_links', () => 0],
  ['mem_aof_buffer', ({ persistence }) => persistence.bufferedBytes],
  ['mem_allocator', () => 'arena'],
  ['active_defrag_running', () => 0],
  ['lazyfree_pending_objects', ({ keyspace }) => keyspace.lazyFree.pendingObjects],
  ['lazyfreed_objects', ({ keyspace }) => keyspace.lazyFree.freedObjects],
];

export const STATS_FIELDS: readonly InfoField[] = [
  ['total_connections_received', ({ listener }) => listener.connectionsReceived],
  ['total_commands_processed', ({ executor }) => executor.commandsProcessed],
  ['instantaneous_ops_per_sec', ({ statistics }) => Math.floor(statistics.commandRate.perSecond)],
  ['total_net_input_bytes', ({ listener }) => listener.netInputBytes],
  ['total_net_output_bytes', ({ listener }) => listener.netOutputBytes],
  ['total_net_repl_input_bytes', () => 0],
  ['total_net_repl_output_bytes', () => 0],
  ['instantaneous_input_kbps', ({ statistics }) => kilobytes(statistics.inputRate.perSecond)],
  ['instantaneous_output_kbps', ({ statistics }) => kilobytes(statistics.outputRate.perSecond)],
  ['instantaneous_input_repl_kbps', () => '0.00'],
  ['instantaneous_output_repl_kbps', () => '0.00'],
  ['rejected_connections', ({ listener }) => listener.connectionsRejected],
  ['sync_full', () => 0],
  ['sync_partial_ok', () => 0],
  ['sync_partial_err', () => 0],
  ['expired_keys', ({ keyspace }) => keyspace.expiredKeys],
  ['expired_fields', ({ keyspace }) => keyspace.expiredFields],
  ['expired_stale_perc', () => '0.00'],
  ['evicted_keys', ({ keyspace }) => keyspace.evictedKeys],
  ['evicted_clients', () => 0],
  ['keyspace_hits', ({ keyspace }) => keyspace.keyspaceHits],
  ['keyspace_misses', ({ keyspace }) => keyspace.keyspaceMisses],
  ['pubsub_channels', () => 0],
  ['pubsub_patterns', () => 0],
  ['pubsubshard_channels', () => 0],
  ['latest_fork_usec', () => 0],
  ['total_forks', () => 0],
  ['migrate_cached_sockets', () => 0],
  ['slave_expires_tracked_keys', () => 0],
  ['tracking_total_keys', () => 0],
  ['tracking_total_items', () => 0],
  ['tracking_total_prefixes', () => 0],
  ['total_error_replies', ({ statistics }) => statistics.errorReplies],
  ['protocol_errors', ({ listener }) => listener.protocolErrors],
  ['client_query_buffer_limit_disconnections', ({ listener }) => listener.queryLimitDisconnections],
  [
    'client_output_buffer_limit_disconnections',
    ({ listener }) => listener.outputLimitDisconnections,
  ],
];

export const REPLICATION_FIELDS: readonly InfoField[] = [
  ['role', () => 'master'],
  ['connected_slaves', () => 0],
  ['master_failover_state', () => 'no-failover'],
  ['master_replid', ({ identity }) => identity.replicationId],
  ['master_replid2', () => NO_REPLICATION_ID],
  ['master_repl_offset', () => 0],
  ['second_repl_offset', () => -1],
  ['repl_backlog_active', () => 0],
  ['repl_backlog_size', ({ config }) => config.number('repl-backlog-size')],
  ['repl_backlog_first_byte_offset', () => 0],
  ['repl_backlog_histlen', () => 0],
];

export const CPU_FIELDS: readonly InfoField[] = [
  ['used_cpu_sys', ({ process }) => process.cpu()?.systemSeconds.toFixed(6) ?? null],
  ['used_cpu_user', ({ process }) => process.cpu()?.userSeconds.toFixed(6) ?? null],
  ['used_cpu_sys_children', () => '0.000000'],
  ['used_cpu_user_children', () => '0.000000'],
];

export const CLUSTER_FIELDS: readonly InfoField[] = [['cluster_enabled', () => 0]];
