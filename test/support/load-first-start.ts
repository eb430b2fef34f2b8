import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createConnection } from "mysql2/promise";
import { inject } from "vitest";
import { openDatabase } from "../../src/persistence/database.js";
import { parseDatabaseUrl } from "../../src/persistence/database-url.js";
import { type ChildServer, launchChildServer } from "./child-server.js";
import type { DatabaseKind, TestDatabase } from "./databases.js";
import { gqlData } from "./graphql-client.js";
import { type Random, seeded } from "./load-random.js";
import { TEST_SIGNING_KEY } from "./test-server.js";
import { until } from "./until.js";

/** What became of first starts that were killed. */
export interface FirstStartReport {
  /** Kills that left a file of keys, and of these the ones whose keys were never committed: the next start made others. */
  filesLeft: number;
  filesOverwritten: number;
  /** Kills amid the first migration on MariaDB, after which the database has to be made again. */
  halfMigrated: number;
  /** Kills that came before the file was there. */
  early: number;
}

interface Place {
  readonly env: Record<"DATABASE_URL" | "DATA_DIR" | "SIGNING_KEY" | "LOG_LEVEL", string>;
  readonly database: TestDatabase;
}

interface Keys {
  readonly agent: string;
  readonly reviewer: string;
}

/** How long the parts of a first start take here, milliseconds. */
interface Pace {
  readonly toMigrated: number;
  readonly toListening: number;
}

/**
 * Kills a server amid its very first start, each time on a fresh database: every other time after a random while, and
 * every other time just after the migration, where the workspace and its keys are made. Then starts it again and demands
 * that the keys in DATA_DIR/first-keys.env work, both of them, and that there are no others.
 * @throws Error where that is not so
 */
export async function firstStartKills(
  kind: DatabaseKind,
  { kills, seed }: { readonly kills: number; readonly seed: number },
): Promise<FirstStartReport> {
  const random = seeded(seed);
  const report = { filesLeft: 0, filesOverwritten: 0, halfMigrated: 0, early: 0 };
  const pace = await withPlace(kind, measure);
  for (let kill = 0; kill < kills; kill += 1) {
    await withPlace(kind, async (place) => {
      await killAmid(place, pace, random, kill % 2 === 1);
      const left = await keysIn(place);
      const server = await startAgain(place, report);
      try {
        const keys = await keysIn(place);
        if (keys === undefined) throw new Error("the start left no keys");
        await demandThatTheyWork(server, keys);
        if (left === undefined) report.early += 1;
        else report.filesLeft += 1;
        if (left !== undefined && left.agent !== keys.agent) report.filesOverwritten += 1;
      } finally {
        await server.kill();
      }
      await demandNoOthers(place);
    });
  }
  return report;
}

async function withPlace<Result>(
  kind: DatabaseKind,
  work: (place: Place) => Promise<Result>,
): Promise<Result> {
  const database = await kind.create();
  const dataDir = await mkdtemp(join(inject("runDirectory"), "first-start-"));
  try {
    return await work({
      database,
      env: {
        DATABASE_URL: database.url,
        DATA_DIR: dataDir,
        SIGNING_KEY: TEST_SIGNING_KEY,
        // The line that says that the migration is done comes at this level.
        LOG_LEVEL: "info",
      },
    });
  } finally {
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measure({ env }: Place): Promise<Pace> {
  const begun = performance.now();
  const server = launchChildServer({ env });
  try {
    await migrated(server);
    const toMigrated = performance.now() - begun;
    await server.listening();
    return { toMigrated, toListening: performance.now() - begun };
  } finally {
    await server.kill();
  }
}

async function migrated(server: ChildServer): Promise<void> {
  await until(() => server.output.includes('"msg":"migrated"'), { intervalMs: 1, timeoutMs: 60_000 });
}

async function killAmid({ env }: Place, pace: Pace, random: Random, afterMigration: boolean): Promise<void> {
  const server = launchChildServer({ env });
  try {
    if (afterMigration) await migrated(server);
    // On a machine with other things to do this start may be slower than the one that was measured, or faster.
    const span = afterMigration ? pace.toListening - pace.toMigrated : pace.toListening;
    await pause(random.below(Math.ceil(1.2 * span)));
  } finally {
    await server.kill();
  }
}

/** Starts the server, after a kill amid MariaDB's first migration as docs/operations.md says. */
async function startAgain({ env, database }: Place, report: FirstStartReport): Promise<ChildServer> {
  const server = launchChildServer({ env });
  try {
    await server.listening();
    return server;
  } catch (error) {
    if (database.name !== "mariadb" || !/the schema is half-migrated/.test(server.output)) throw error;
    report.halfMigrated += 1;
    await recreate(database);
    const next = launchChildServer({ env });
    await next.listening();
    return next;
  }
}

async function recreate({ url }: TestDatabase): Promise<void> {
  const server = new URL(url);
  const name = server.pathname.slice(1);
  server.pathname = "/";
  const connection = await createConnection(server.href);
  try {
    await connection.query(`DROP DATABASE \`${name}\``);
    await connection.query(`CREATE DATABASE \`${name}\``);
  } finally {
    await connection.end();
  }
}

async function keysIn({ env }: Place): Promise<Keys | undefined> {
  const text = await readFile(join(env.DATA_DIR, "first-keys.env"), "utf8").catch(() => "");
  const [, agent, reviewer] =
    /^COUNTERSIGN_AGENT_KEY=(\S+)\nCOUNTERSIGN_REVIEWER_KEY=(\S+)\nCOUNTERSIGN_ADMIN_SIGN_IN=\S+\n$/.exec(
      text,
    ) ?? [];
  return agent === undefined || reviewer === undefined ? undefined : { agent, reviewer };
}

async function demandThatTheyWork({ url }: ChildServer, keys: Keys): Promise<void> {
  for (const [key, role] of [
    [keys.agent, "AGENT"],
    [keys.reviewer, "REVIEWER"],
  ] as const) {
    const { viewer } = await gqlData<{ viewer: { roles: string[] } }>(url, key, "{ viewer { roles } }");
    if (viewer.roles.join() !== role) throw new Error(`the ${role}'s first key says ${viewer.roles}`);
  }
}

async function demandNoOthers({ env }: Place): Promise<void> {
  const database = await openDatabase(parseDatabaseUrl(env.DATABASE_URL));
  try {
    const keys = await database.read.query<{ id: string }>("SELECT id FROM api_key");
    if (keys.length !== 2) throw new Error(`there are ${keys.length} keys instead of two`);
  } finally {
    await database.close();
  }
}
