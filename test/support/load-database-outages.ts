import { randomBytes } from "node:crypto";
import { createConnection } from "mysql2/promise";
import { expect } from "vitest";
import type { ChildServer } from "./child-server.js";
import { gql } from "./graphql-client.js";
import { type LoadReport, LoadRig, WAIT_MS } from "./load-rig.js";
import { type RunningMariadb, startMariadb } from "./mariadb.js";
import { until } from "./until.js";

const LEAST = 10;
const MOST = 150;
const LATER_MS = 25;

/**
 * Kills MariaDB itself (SIGKILL) under load, so many times: the server says UNAVAILABLE meanwhile and comes back by itself,
 * nothing acknowledged is lost, and commits whose outcome was unknown took effect once or not at all.
 * @throws Error or assertion error with what is wrong
 */
export async function databaseOutages({
  kills,
  seed,
}: {
  readonly kills: number;
  readonly seed: number;
}): Promise<LoadReport> {
  const mariadb = await startMariadb();
  try {
    return await LoadRig.use({ url: await createDatabase(mariadb) }, seed, async (rig) => {
      for (let kill = 1; kill <= kills; kill += 1) {
        try {
          await outage(rig, mariadb);
        } catch (error) {
          throw new Error(`at kill ${kill} of ${kills}: ${String(error)}`, { cause: error });
        }
      }
      return rig.finish();
    });
  } finally {
    await mariadb.stop();
  }
}

async function createDatabase(mariadb: RunningMariadb): Promise<string> {
  const name = `countersign_outage_${randomBytes(4).toString("hex")}`;
  const connection = await createConnection(mariadb.url);
  await connection.query(`CREATE DATABASE ${name}`);
  await connection.end();
  return `${mariadb.url}/${name}`;
}

async function outage(rig: LoadRig, mariadb: RunningMariadb): Promise<void> {
  const { random, inspector } = rig;
  const place = inspector.chain.events.length;
  const { cursor } = inspector;
  const [server] = rig.servers;
  if (server === undefined) throw new Error("no server runs");
  await rig.progress(LEAST + random.below(MOST - LEAST));
  // The moment itself is what is tried.
  await new Promise((resume) => setTimeout(resume, random.below(LATER_MS)));
  await mariadb.kill();
  await saysSo(rig, server);
  await mariadb.restart();
  await rig.progress(LEAST);
  await until(async () => (await fetch(`${server.url}/readyz`)).status === 200, { timeoutMs: WAIT_MS });
  await rig.rest();
  await rig.inspect();
  await rig.replay(server, cursor, place);
  const internal = server.errors.filter((line) => line.includes("internal error"));
  expect(internal).toEqual([]);
  rig.gate.open(server.url);
}

/** What everybody is told while the database is away. */
async function saysSo({ world }: LoadRig, { url }: ChildServer): Promise<void> {
  const [agent] = world.agents;
  if (agent === undefined) throw new Error("there is no agent");
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  // It may have looked a moment ago.
  await until(async () => (await fetch(`${url}/readyz`)).status === 503, { timeoutMs: WAIT_MS });
  const asked = await gql(url, agent.key, "{ viewer { ledgerCursor } }");
  expect(asked.code, JSON.stringify(asked)).toBe("UNAVAILABLE");
  expect(asked.errors[0]?.extensions.retryAfter).toBeGreaterThan(0);
  const submit = 'mutation { submitReview(input: { title: "Meanwhile" }) { ticket { id } } }';
  const told = await gql(url, agent.key, submit);
  expect(told.code, JSON.stringify(told)).toBe("UNAVAILABLE");
}
