/**
 * Fails where running every migration on SQLite does not lead to the tables that the entities describe; the test suite
 * asks the same of MariaDB.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../src/persistence/database.js";
import { type DatabaseLocation, parseDatabaseUrl } from "../src/persistence/database-url.js";
import { migrate } from "../src/persistence/schema-check.js";
import { schemaDrift } from "../src/persistence/schema-drift.js";

async function driftOf(location: DatabaseLocation): Promise<readonly string[]> {
  const database = await openDatabase(location);
  try {
    await migrate(database);
    return await schemaDrift(database);
  } finally {
    await database.close();
  }
}

const directory = mkdtempSync(join(tmpdir(), "countersign-migrations-"));
try {
  const drift = await driftOf(parseDatabaseUrl(`sqlite:${join(directory, "check.db")}`));
  if (drift.length > 0) {
    console.error(`migrations and entities differ; a migration is missing for:\n  ${drift.join("\n  ")}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
