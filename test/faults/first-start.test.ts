import { describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { firstStartKills } from "../support/load-first-start.js";
import { chooseSeed } from "../support/load-random.js";

const KILLS = 15;

describe.each(databases)("a server that is killed amid its first start fifteen times, on $name", (kind) => {
  it("makes keys that work when it is started again", { timeout: 1_800_000 }, async () => {
    const seed = chooseSeed();
    const report = await firstStartKills(kind, { kills: KILLS, seed });
    console.log(
      `${KILLS} x kill -9 amid the first start on ${kind.name}, TEST_SEED=${seed}: ${JSON.stringify(report)}`,
    );
    expect(report.early + report.filesLeft).toBe(KILLS);
  });
});
