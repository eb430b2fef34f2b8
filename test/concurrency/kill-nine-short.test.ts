import { describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { killRounds } from "../support/load-kill-rounds.js";
import { chooseSeed } from "../support/load-random.js";

// The long form, a hundred kills, is test/faults/kill-nine.test.ts.
describe.each(databases)("a server that is killed under load, on $name", (kind) => {
  it("has kept everything that it acknowledged, and nothing twice", { timeout: 300_000 }, async () => {
    const seed = chooseSeed();
    const report = await killRounds(kind, { kills: 4, seed });
    console.log(`4 x kill -9 on ${kind.name}, TEST_SEED=${seed}: ${JSON.stringify(report)}`);
    expect(report.acknowledged).toBeGreaterThan(40);
  });
});
