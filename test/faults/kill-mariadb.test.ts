import { describe, expect, it } from "vitest";
import { databaseOutages } from "../support/load-database-outages.js";
import { chooseSeed } from "../support/load-random.js";

const KILLS = 10;

describe("where MariaDB is killed under load", () => {
  it("the server says so, comes back by itself, and has lost and doubled nothing", {
    timeout: 1_800_000,
  }, async () => {
    const seed = chooseSeed();
    const report = await databaseOutages({ kills: KILLS, seed });
    console.log(`${KILLS} x kill -9 of mariadbd, TEST_SEED=${seed}: ${JSON.stringify(report)}`);
    expect(report.unavailable).toBeGreaterThan(0);
  });
});
