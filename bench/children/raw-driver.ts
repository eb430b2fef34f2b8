import { readFileSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { createConnection } from "mysql2/promise";
import type { RawResult, RawTask, RawTransaction } from "../harness/raw-rows.js";
import { answer } from "./answer.js";

/** Nothing but the driver: the rows as they are, one transaction after the other, on one connection. */
answer(async ({ url, file }: RawTask): Promise<RawResult> => {
  const phases = JSON.parse(readFileSync(file, "utf8")) as RawTransaction[][];
  return url.startsWith("sqlite:") ? runSqlite(url.slice("sqlite:".length), phases) : runMysql(url, phases);
});

function runSqlite(path: string, phases: readonly RawTransaction[][]): RawResult {
  const database = new Sqlite(path);
  // As the server's writer has it.
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma("wal_autocheckpoint = 4000");
  const statements = new Map<string, Sqlite.Statement>();
  const prepared = (text: string): Sqlite.Statement => {
    let statement = statements.get(text);
    if (statement === undefined) {
      statement = database.prepare(text);
      statements.set(text, statement);
    }
    return statement;
  };
  const seconds = phases.map((transactions) => {
    const started = performance.now();
    for (const transaction of transactions) {
      prepared("BEGIN IMMEDIATE").run();
      for (const [text, values] of transaction) prepared(text).run(...values);
      prepared("COMMIT").run();
    }
    return (performance.now() - started) / 1_000;
  });
  database.close();
  return { seconds };
}

async function runMysql(url: string, phases: readonly RawTransaction[][]): Promise<RawResult> {
  const connection = await createConnection(url);
  const seconds: number[] = [];
  for (const transactions of phases) {
    const started = performance.now();
    for (const transaction of transactions) {
      await connection.query("START TRANSACTION");
      for (const [text, values] of transaction) await connection.execute(text, [...values]);
      await connection.query("COMMIT");
    }
    seconds.push((performance.now() - started) / 1_000);
  }
  await connection.end();
  return { seconds };
}
