import { describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { firstStartKills } from "../support/load-first-start.js";
import { chooseSeed } from "../support/load-random.js";

// The long form, fifteen kills, is test/faults/first-start.test.ts.
describe.each(databases)("a server that is killed amid its first start, on $name", (kind) => {
  it("makes keys that work when it is started again", { timeout: 300_000 }, async () => {
    const seed = chooseSeed();
    const report = await firstStartKills(kind, { kills: 4, seed });
    console.log(
      `4 x kill -9 amid the first start on ${kind.name}, TEST_SEED=${seed}: ${JSON.stringify(report)}`,
    );
    expect(report.early + report.filesLeft).toBe(4);
  });
});
