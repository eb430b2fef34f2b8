import { DataSource } from "typeorm";
import type { Database } from "./database.js";

/** The statements that would turn the database's tables into what the entities describe; empty where they agree. */
export async function schemaDrift(database: Database): Promise<readonly string[]> {
  const { dataSource, dialect } = database;
  const isMariadb = dialect.shared && /mariadb/i.test(await versionOf(dataSource));
  if (!isMariadb) return statements(dataSource);
  // MariaDB reports defaults in words of its own, which TypeORM understands only under that name.
  const named = new DataSource({ ...dataSource.options, type: "mariadb" } as ConstructorParameters<
    typeof DataSource
  >[0]);
  await named.initialize();
  try {
    return await statements(named);
  } finally {
    await named.destroy();
  }
}

async function statements(dataSource: DataSource): Promise<readonly string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map((query) => query.query);
}

async function versionOf(dataSource: DataSource): Promise<string> {
  const rows: { version: string }[] = await dataSource.query("SELECT VERSION() AS version");
  return rows[0]?.version ?? "";
}
