import { expect, it } from "vitest";
import { databaseKind } from "../support/databases.js";
import { chooseSeed } from "../support/load-random.js";
import { LoadRig, WAIT_MS } from "../support/load-rig.js";
import { until } from "../support/until.js";

/** SQLite's write-ahead log gets there after some hundred commits. */
const MAX_FILE_BYTES = 3 * 1024 * 1024;

it("on a full disk, SQLite: the server says UNAVAILABLE, has kept what it acknowledged, and goes on once there is room", {
  timeout: 600_000,
}, async () => {
  const database = await databaseKind("sqlite").create();
  try {
    const report = await LoadRig.use(database, chooseSeed(), async (rig) => {
      const [roomy] = rig.servers;
      if (roomy === undefined) throw new Error("no server runs");
      await rig.stopServer(roomy);
      const full = await rig.startServer({ open: true, maxFileBytes: MAX_FILE_BYTES });
      await until(() => rig.workers.unavailable > 50, { what: "the disk to be full", timeoutMs: WAIT_MS });
      await rig.rest();
      await rig.inspect();
      await rig.stopServer(full);
      await rig.inspect();
      await rig.startServer({ open: true });
      await rig.progress(100);
      return rig.finish();
    });
    console.log(`a full disk: ${JSON.stringify(report)}`);
    expect(report.unavailable).toBeGreaterThan(50);
  } finally {
    await database.drop();
  }
});
