import { describe, expect, it } from "vitest";
import { databaseKind, databases } from "../support/databases.js";
import { killRounds } from "../support/load-kill-rounds.js";
import { chooseSeed } from "../support/load-random.js";

const KILLS = 100;
const TIMEOUT = { timeout: 3_600_000 };

describe.each(databases)("a server that is killed under load a hundred times, on $name", (kind) => {
  it("has kept everything that it acknowledged, and nothing twice", TIMEOUT, async () => {
    const seed = chooseSeed();
    const report = await killRounds(kind, { kills: KILLS, seed });
    console.log(`${KILLS} x kill -9 on ${kind.name}, TEST_SEED=${seed}: ${JSON.stringify(report)}`);
    expect(report.acknowledged).toBeGreaterThan(KILLS * 10);
  });
});

describe("two servers over one database, of which one is killed under load, on mariadb", () => {
  it("have kept everything that they acknowledged, and nothing twice", TIMEOUT, async () => {
    const seed = chooseSeed();
    const report = await killRounds(databaseKind("mariadb"), { kills: 30, seed, servers: 2 });
    console.log(`30 x kill -9 of one of two servers, TEST_SEED=${seed}: ${JSON.stringify(report)}`);
    expect(report.acknowledged).toBeGreaterThan(300);
  });
});
