import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SqlValue } from "../../src/persistence/sql.js";
import { databases } from "../support/databases.js";
import { type AuditWorld, openAuditWorld, type RawClient, rawClient, tellStory } from "./audit-world.js";

/** Tables of the record: their key, and a column that somebody could want to change. */
const TABLES = [
  ["audit_event", ["workspace_id", "sequence"], "body"],
  ["proposal", ["ticket_id", "revision"], "title"],
  ["review", ["ticket_id", "sequence"], "outcome"],
  ["review_retraction", ["ticket_id", "review_sequence"], "workspace_id"],
  ["decision", ["ticket_id", "revision"], "status"],
] as const;

type Row = Record<string, SqlValue>;

describe.each(databases)("the record refuses a database client, on $name:", (kind) => {
  let world: AuditWorld;
  let client: RawClient;

  beforeAll(async () => {
    world = await openAuditWorld(kind);
    await tellStory(world);
    client = await rawClient(world.location);
  });
  afterAll(async () => {
    await client.close();
    await world.close();
  });

  const rowsOf = (table: string, key: readonly string[]): Promise<Row[]> =>
    client.query<Row>(`SELECT * FROM ${table} ORDER BY ${key.join(", ")}`);

  /** Runs what must be refused, and makes sure that not a byte has changed. */
  async function refused(table: string, key: readonly string[], statement: string, values: SqlValue[] = []) {
    const before = await rowsOf(table, key);
    await expect(client.query(statement, values)).rejects.toThrow(`${table} is append-only`);
    expect(await rowsOf(table, key)).toEqual(before);
  }

  function insertOf(
    verb: string,
    table: string,
    row: Row,
    suffix = "",
  ): [statement: string, values: SqlValue[]] {
    const columns = Object.keys(row);
    const marks = columns.map(() => "?").join(", ");
    return [`${verb} INTO ${table} (${columns.join(", ")}) VALUES (${marks}) ${suffix}`, Object.values(row)];
  }

  describe.each(TABLES)("%s", (table, key, column) => {
    const anyRow = async (): Promise<Row> => ({ ...(await rowsOf(table, key)).at(-1)!, [column]: "forged" });

    it("takes no UPDATE", async () => {
      await refused(table, key, `UPDATE ${table} SET ${column} = 'forged'`);
      await refused(table, key, `UPDATE ${table} SET ${column} = ${column}`);
      await refused(table, key, `UPDATE ${table} SET ${key[1]} = ${key[1]} + 1000`);
    });

    it("takes no DELETE", async () => {
      await refused(table, key, `DELETE FROM ${table}`);
      await refused(table, key, `DELETE FROM ${table} WHERE ${key[1]} > 0`);
    });

    it("takes no REPLACE of a row", async () => {
      await refused(table, key, ...insertOf("REPLACE", table, await anyRow()));
    });

    it("takes no upsert", async () => {
      const suffix =
        kind.name === "sqlite"
          ? `ON CONFLICT (${key.join(", ")}) DO UPDATE SET ${column} = 'forged'`
          : `ON DUPLICATE KEY UPDATE ${column} = 'forged'`;
      await refused(table, key, ...insertOf("INSERT", table, await anyRow(), suffix));
    });

    it("keeps the row where an INSERT meets its key", async () => {
      const before = await rowsOf(table, key);
      await expect(client.query(...insertOf("INSERT", table, await anyRow()))).rejects.toThrow();
      await client
        .query(
          ...insertOf(kind.name === "sqlite" ? "INSERT OR IGNORE" : "INSERT IGNORE", table, await anyRow()),
        )
        .catch(() => undefined);
      expect(await rowsOf(table, key)).toEqual(before);
    });

    if (kind.name === "sqlite") {
      it.each(["INSERT OR REPLACE", "REPLACE"])(
        "takes no %s under another key with an existing rowid",
        async (verb) => {
          const [hidden] = await client.query<{ rowid: number }>(`SELECT rowid FROM ${table} LIMIT 1`);
          const row = { ...(await anyRow()), rowid: hidden!.rowid, [key[0]]: "elsewhere" };
          await refused(table, key, ...insertOf(verb, table, row));
        },
      );

      it("takes no UPDATE OR REPLACE, whatever the connection's settings", async () => {
        await refused(table, key, `UPDATE OR REPLACE ${table} SET ${key[1]} = 1`);
        await client.query("PRAGMA recursive_triggers = OFF");
        await refused(table, key, ...insertOf("INSERT OR REPLACE", table, await anyRow()));
      });
    }
  });
});
