import type { Database } from "./database.js";

/**
 * What about the database's settings would let an acknowledged decision get lost with the power; empty where nothing does.
 * Each sentence names the setting and the value it should have.
 */
export async function durabilityWarnings(database: Database): Promise<string[]> {
  if (!database.dialect.shared) return [];
  const [row] = await database.read.query<{ flush: number; log_bin: number; sync_binlog: number }>(
    "SELECT @@innodb_flush_log_at_trx_commit AS flush, @@log_bin AS log_bin, @@sync_binlog AS sync_binlog",
  );
  const warnings: string[] = [];
  if (Number(row?.flush) !== 1) {
    warnings.push(
      "innodb_flush_log_at_trx_commit is not 1: a crash of the database's host can lose acknowledged decisions",
    );
  }
  if (Number(row?.log_bin) === 1 && Number(row?.sync_binlog) !== 1) {
    warnings.push(
      "sync_binlog is not 1: after a crash of its host, replicas may miss acknowledged decisions",
    );
  }
  return warnings;
}
