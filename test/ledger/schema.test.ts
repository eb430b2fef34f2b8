import { describe, expect, it } from "vitest";
import { openDatabase } from "../../src/persistence/database.js";
import { parseDatabaseUrl } from "../../src/persistence/database-url.js";
import { durabilityWarnings } from "../../src/persistence/durability.js";
import { MIGRATIONS } from "../../src/persistence/migrations.js";
import { checkSchema, migrate } from "../../src/persistence/schema-check.js";
import { schemaDrift } from "../../src/persistence/schema-drift.js";
import { databases } from "../support/databases.js";

describe.each(databases)("the schema, on $name", (kind) => {
  async function withDatabase(work: (database: Awaited<ReturnType<typeof openDatabase>>) => Promise<void>) {
    const testDatabase = await kind.create();
    const database = await openDatabase(parseDatabaseUrl(testDatabase.url));
    try {
      await work(database);
    } finally {
      await database.close();
      await testDatabase.drop();
    }
  }

  it("is made by the migrations exactly as the entities describe it", () =>
    withDatabase(async (database) => {
      expect((await checkSchema(database)).pending).toHaveLength(MIGRATIONS.length);
      expect(await migrate(database)).toHaveLength(MIGRATIONS.length);
      expect(await schemaDrift(database)).toEqual([]);
      expect(await migrate(database)).toEqual([]);
    }));

  it("is migrated once where several servers start together", () =>
    withDatabase(async (database) => {
      const others = database.dialect.shared
        ? await Promise.all([1, 2].map(() => openDatabase({ dialect: "mysql", url: urlOf(database) })))
        : [];
      const ran = await Promise.all([database, ...others].map((one) => migrate(one)));
      expect(ran.flat()).toHaveLength(MIGRATIONS.length);
      await Promise.all(others.map((one) => one.close()));
    }));

  it("is brought on from each earlier version, with what is stored", () =>
    withDatabase(async (database) => {
      const runner = database.dataSource.createQueryRunner();
      const [first] = MIGRATIONS;
      await new first().up(runner);
      await runner.query(
        database.dialect.shared
          ? "CREATE TABLE migrations (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, timestamp bigint NOT NULL, name varchar(255) NOT NULL)"
          : "CREATE TABLE migrations (id integer PRIMARY KEY AUTOINCREMENT NOT NULL, timestamp bigint NOT NULL, name varchar NOT NULL)",
      );
      await runner.query("INSERT INTO migrations (timestamp, name) VALUES (1764000000000, ?)", [
        new first().name,
      ]);
      await runner.query(
        "INSERT INTO principal (id, workspace_id, name, kind, roles, queues, created_at) VALUES ('p', 'w', 'Ann', 'HUMAN', '[]', NULL, 1)",
      );
      await runner.release();
      expect(await migrate(database)).toEqual(MIGRATIONS.slice(1).map(({ name }) => name));
      expect(await schemaDrift(database)).toEqual([]);
      const rows = await database.read.query("SELECT name, email, removed_at FROM principal");
      expect(rows).toEqual([{ name: "Ann", email: null, removed_at: null }]);
    }));

  it("is refused where it is newer than the program", () =>
    withDatabase(async (database) => {
      await migrate(database);
      await database.dataSource.query(
        "INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'FromTheFuture')",
      );
      await expect(migrate(database)).rejects.toThrow(/newer than this program.*FromTheFuture/);
    }));

  it("is refused where a migration was cut off", () =>
    withDatabase(async (database) => {
      await migrate(database);
      await database.dataSource.query("INSERT INTO migration_in_progress (name) VALUES ('CutOff')");
      await expect(checkSchema(database)).rejects.toThrow(/half-migrated: CutOff/);
    }));

  it("is refused where it has tables but no record of migrations", () =>
    withDatabase(async (database) => {
      await migrate(database);
      await database.dataSource.query("DELETE FROM migrations");
      await expect(migrate(database)).rejects.toThrow(/half-migrated or not Countersign's/);
    }));

  it("is refused where a trigger that keeps the record is gone", () =>
    withDatabase(async (database) => {
      await migrate(database);
      await database.dataSource.query("DROP TRIGGER review_no_update");
      await expect(checkSchema(database)).rejects.toThrow(/review_no_update/);
    }));

  it("is refused where a table is gone", () =>
    withDatabase(async (database) => {
      await migrate(database);
      await database.dataSource.query("DROP TABLE lease");
      await expect(checkSchema(database)).rejects.toThrow(/lacks lease/);
    }));

  it("warns where the database may lose what it acknowledged", () =>
    withDatabase(async (database) => {
      expect(await durabilityWarnings(database)).toEqual([]);
      if (!database.dialect.shared) return;
      const pretend = {
        ...database,
        read: { query: async () => [{ flush: 2, log_bin: 1, sync_binlog: 0 }] as never },
      };
      expect(await durabilityWarnings(pretend)).toHaveLength(2);
    }));
});

function urlOf(database: Awaited<ReturnType<typeof openDatabase>>): string {
  return (database.dataSource.options as { url: string }).url;
}
