import { expect } from "vitest";
import type { DatabaseKind } from "./databases.js";
import { type LoadReport, LoadRig, WAIT_MS } from "./load-rig.js";
import { until } from "./until.js";

/**
 * Tells servers under load to stop (SIGTERM), so many times: each answers what runs, closes its sockets with 1001 and exits
 * with 0, and nothing acknowledged is lost.
 * @throws Error or assertion error with what is wrong
 */
export async function terminations(
  kind: DatabaseKind,
  { times, seed }: { readonly times: number; readonly seed: number },
): Promise<LoadReport> {
  const database = await kind.create();
  try {
    return await LoadRig.use(database, seed, async (rig) => {
      for (let time = 1; time <= times; time += 1) {
        await termination(rig);
        await rig.startServer({ open: true });
      }
      return rig.finish();
    });
  } finally {
    await database.drop();
  }
}

async function termination(rig: LoadRig): Promise<void> {
  const { followers, workers } = rig;
  const before = followers.map(({ ends }) => ends.length);
  const lost = workers.answersLost;
  await rig.progress(20 + rig.random.below(100));
  const [server] = rig.servers;
  if (server === undefined) throw new Error("no server runs");
  const connected = () => followers.every(({ accepted }) => accepted) && workers.connectedTo(server.url);
  await until(connected, { what: "everybody to be connected", timeoutMs: WAIT_MS });
  await rig.stopServer(server);
  expect(server.errors).toEqual([]);
  await rig.rest();
  expect(workers.answersLost - lost).toBe(0);
  for (const [index, { ends, name }] of followers.entries()) {
    expect(ends.slice(before[index]), name).toEqual([{ closed: 1001, accepted: true }]);
  }
  await rig.inspect();
}
