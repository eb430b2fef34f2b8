import { describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { outsideRounds } from "../support/load-outside.js";
import { chooseSeed } from "../support/load-random.js";

const KILLS = 40;

describe.each(databases)(
  "a server that is killed forty times while it tells the outside, on $name",
  (kind) => {
    it("has told everybody everything, in order", { timeout: 3_600_000 }, async () => {
      const seed = chooseSeed();
      const report = await outsideRounds(kind, { kills: KILLS, seed });
      console.log(`${KILLS} x kill -9 on ${kind.name}, TEST_SEED=${seed}: ${JSON.stringify(report)}`);
      expect(report.told).toBeGreaterThan(KILLS * 5);
    });
  },
);
