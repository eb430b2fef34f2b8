import { randomUUID } from "node:crypto";
import type { Database } from "../persistence/database.js";

/** A task that one server at a time does, however many there are. */
export interface Lease {
  /** Takes the lease, or renews it; false while another server holds it. */
  hold(): Promise<boolean>;
  /** Gives it up, so that another need not wait until it lapses. */
  release(): Promise<void>;
}

/**
 * A lease in the database, by the database's clock.
 * @param ttlMs after which it lapses where it is not renewed, milliseconds
 */
export function createLease(database: Database, name: string, ttlMs: number): Lease {
  const holder = randomUUID();
  return {
    hold: () =>
      database.transaction(async (sql) => {
        const [row] = await sql.query<{ holder: string; free: number }>(
          `SELECT holder, expires_at <= ${database.dialect.now} AS free FROM lease WHERE name = ? ${database.dialect.forUpdate}`,
          [name],
        );
        const until = `${database.dialect.now} + ${Math.trunc(ttlMs)}`;
        if (row === undefined) {
          await sql.query(
            `${database.dialect.insertIgnore} INTO lease (name, holder, expires_at) VALUES (?, ?, ${until})`,
            [name, holder],
          );
          const [made] = await sql.query<{ holder: string }>("SELECT holder FROM lease WHERE name = ?", [
            name,
          ]);
          return made?.holder === holder;
        }
        if (row.holder !== holder && Number(row.free) !== 1) return false;
        await sql.query(`UPDATE lease SET holder = ?, expires_at = ${until} WHERE name = ?`, [holder, name]);
        return true;
      }),
    release: async () => {
      await database.transaction((sql) =>
        sql.query("DELETE FROM lease WHERE name = ? AND holder = ?", [name, holder]),
      );
    },
  };
}
