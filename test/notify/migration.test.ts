import { afterEach, expect, it } from "vitest";
import { createWorkspace } from "../../src/identity/workspaces.js";
import { type Database, openDatabase } from "../../src/persistence/database.js";
import { parseDatabaseUrl } from "../../src/persistence/database-url.js";
import { findLags } from "../../src/persistence/delivery-queries.js";
import { notifyTables } from "../../src/persistence/entities-notify.js";
import { migrate } from "../../src/persistence/schema-check.js";
import { databases, type TestDatabase } from "../support/databases.js";

let opened: { database: Database; testDatabase: TestDatabase } | undefined;
afterEach(async () => {
  await opened?.database.close();
  await opened?.testDatabase.drop();
});

it.each(databases)(
  "what happened before there was anybody to tell is told to nobody, on $name",
  async (kind) => {
    const testDatabase = await kind.create();
    const database = await openDatabase(parseDatabaseUrl(testDatabase.url));
    opened = { database, testDatabase };
    await migrate(database);
    const old = await createWorkspace(database, "old");
    // Back to what the version before had: its ledger has grown, and nobody followed it.
    await database.transaction(async (sql) => {
      const int = () => ({ type: "int" as const });
      for (const { options } of notifyTables({ longText: int, int }))
        await sql.query(`DROP TABLE ${options.tableName}`);
      await sql.query("DELETE FROM migrations WHERE name = 'Notifications1764300000000'");
      await sql.query("UPDATE ledger_head SET sequence = 7 WHERE workspace_id = ?", [old.id]);
    });
    expect(await migrate(database)).toHaveLength(1);
    expect(await findLags(database.read, "notify")).toEqual([]);
    const made = await createWorkspace(database, "new");
    await database.transaction((sql) =>
      sql.query("UPDATE ledger_head SET sequence = 3 WHERE workspace_id IN (?, ?)", [made.id, old.id]),
    );
    await database.transaction((sql) =>
      sql.query("UPDATE ledger_head SET sequence = 9 WHERE workspace_id = ?", [old.id]),
    );
    expect(
      (await findLags(database.read, "notify")).map(({ workspace_id, position }) => [workspace_id, position]),
    ).toEqual(
      expect.arrayContaining([
        [old.id, 7],
        [made.id, 0],
      ]),
    );
  },
);
