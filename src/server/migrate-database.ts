import { openDatabase } from "../persistence/database.js";
import { migrate } from "../persistence/schema-check.js";
import { readSettings } from "./settings.js";

/** Migrates the database that the environment names, whatever MIGRATE says; resolves with what was run. */
export async function migrateDatabase(
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  const settings = readSettings(env);
  const database = await openDatabase(settings.database, settings.databasePool);
  try {
    return await migrate(database);
  } finally {
    await database.close();
  }
}
