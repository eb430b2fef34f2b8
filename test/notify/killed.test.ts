import { describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { outsideRounds } from "../support/load-outside.js";
import { chooseSeed } from "../support/load-random.js";

// The long form is test/faults/outside.test.ts.
describe.each(databases)("a server that is killed while it tells the outside, on $name", (kind) => {
  it("has told everybody everything, in order, through refusals and outages", {
    timeout: 240_000,
  }, async () => {
    const seed = chooseSeed();
    const report = await outsideRounds(kind, { kills: 2, seed });
    console.log(`telling the outside on ${kind.name}, TEST_SEED=${seed}: ${JSON.stringify(report)}`);
    expect(report.told).toBeGreaterThan(20);
    expect(report.mails).toBeGreaterThan(5);
  });
});
