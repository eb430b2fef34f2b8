import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { createConnection } from "mysql2/promise";
import { inject } from "vitest";
import { askForMariadb } from "./mariadb-starter.js";

/** A fresh, empty database, for one test file or one test. */
export interface TestDatabase {
  readonly name: "sqlite" | "mariadb";
  /** What goes into DATABASE_URL. */
  readonly url: string;
  /** Removes it. Close whatever is connected to it first. */
  drop(): Promise<void>;
}

export interface DatabaseKind {
  readonly name: TestDatabase["name"];
  create(): Promise<TestDatabase>;
}

/** Both kinds of database: `describe.each(databases)("submitting, on $name", ({ create }) => …)`. */
export const databases: readonly DatabaseKind[] = [
  { name: "sqlite", create: createSqlite },
  { name: "mariadb", create: createMariadb },
];

/** The kind of database with that name, for what concerns one of them only. */
export function databaseKind(name: TestDatabase["name"]): DatabaseKind {
  return name === "sqlite" ? { name, create: createSqlite } : { name, create: createMariadb };
}

async function createSqlite(): Promise<TestDatabase> {
  const directory = await mkdtemp(join(inject("runDirectory"), "sqlite-"));
  return {
    name: "sqlite",
    url: `sqlite:${join(directory, "countersign.db")}`,
    drop: () => rm(directory, { recursive: true, force: true }),
  };
}

async function createMariadb(): Promise<TestDatabase> {
  const server = await askForMariadb(inject("mariadbStarter"));
  const database = `countersign_test_${randomBytes(6).toString("hex")}`;
  await runStatement(server, `CREATE DATABASE \`${database}\``);
  const url = new URL(server);
  url.pathname = `/${database}`;
  return {
    name: "mariadb",
    url: url.href,
    drop: () => runStatement(server, `DROP DATABASE IF EXISTS \`${database}\``),
  };
}

async function runStatement(server: string, statement: string): Promise<void> {
  const connection = await createConnection(server);
  try {
    await connection.query(statement);
  } finally {
    await connection.end();
  }
}
