import { describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { chooseSeed } from "../support/load-random.js";
import { terminations } from "../support/load-terminations.js";

describe.each(databases)("servers that are told to stop under load, on $name", (kind) => {
  it("answer what runs, close sockets with 1001, exit 0 and lose nothing", {
    timeout: 1_800_000,
  }, async () => {
    const seed = chooseSeed();
    const report = await terminations(kind, { times: 20, seed });
    console.log(`20 x SIGTERM on ${kind.name}, TEST_SEED=${seed}: ${JSON.stringify(report)}`);
    expect(report.answersLost).toBe(0);
  });
});
