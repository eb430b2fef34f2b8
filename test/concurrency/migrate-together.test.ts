import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/persistence/database.js";
import { parseDatabaseUrl } from "../../src/persistence/database-url.js";
import { MIGRATIONS } from "../../src/persistence/migrations.js";
import { checkSchema } from "../../src/persistence/schema-check.js";
import { databases } from "../support/databases.js";
import { killed } from "../support/process-guard.js";

const PROCESSES = 8;
const ROUNDS = 12;

/** A process that migrates what it is told to; see processes/migrate.mjs. */
interface Migrator {
  readonly process: ChildProcess;
  migrate(url: string): Promise<{ ran?: string[]; error?: string }>;
}

async function startMigrator(): Promise<Migrator> {
  const child = fork(join(import.meta.dirname, "processes/migrate.mjs"), {
    env: { PATH: process.env.PATH },
    execArgv: [],
  });
  const answer = async () => (await once(child, "message"))[0];
  expect(await answer()).toBe("ready");
  return {
    process: child,
    migrate: (url) => {
      const answered = answer();
      child.send(url);
      return answered;
    },
  };
}

describe.each(databases)("several processes that start at once on an empty database, on $name", (kind) => {
  const migrators: Migrator[] = [];

  beforeAll(async () => {
    const started = await Promise.all(Array.from({ length: PROCESSES }, startMigrator));
    migrators.push(...started);
  });
  afterAll(() => Promise.all(migrators.map(({ process }) => killed(process))));

  it("migrate it once: one does, the others wait for it", { timeout: 180_000 }, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const testDatabase = await kind.create();
      const answers = await Promise.all(migrators.map((one) => one.migrate(testDatabase.url)));
      expect(answers.flatMap(({ error }) => error ?? [])).toEqual([]);
      expect(answers.flatMap(({ ran }) => ran ?? [])).toEqual(MIGRATIONS.map(({ name }) => name));
      const database = await openDatabase(parseDatabaseUrl(testDatabase.url));
      expect(await checkSchema(database)).toEqual({ pending: [] });
      await database.close();
      await testDatabase.drop();
    }
  });
});
