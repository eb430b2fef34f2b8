import { describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { chooseSeed } from "../support/load-random.js";
import { terminations } from "../support/load-terminations.js";

// The long form is test/faults/terminate.test.ts.
describe.each(databases)("a server that is told to stop under load, on $name", (kind) => {
  it("answers what runs, closes sockets with 1001, exits 0 and loses nothing", {
    timeout: 300_000,
  }, async () => {
    const report = await terminations(kind, { times: 1, seed: chooseSeed() });
    expect(report.answersLost).toBe(0);
  });
});
