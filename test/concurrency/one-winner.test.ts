import { describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { eachOf, oneWinner } from "../support/load-contest.js";
import { useContest } from "../support/load-contest-fixture.js";
import { settlements } from "../support/load-ledger.js";

const TICKETS = 200;
/** Tickets that are contended for at the same time. */
const WIDTH = 4;

describe.each(databases)("one decision wins, on $name", (kind) => {
  const fixture = useContest(kind);

  it.each([
    ["one server", 1],
    ["two servers over one database", 2],
  ])("of 50 at once on each of 200 tickets, through %s", { timeout: 300_000 }, async (how, servers) => {
    const before = (await fixture.inspect()).chain.events.length;
    const contest = fixture.through(servers);
    const names = Array.from({ length: TICKETS }, (_, index) => `${how} ${index}`);
    await eachOf(names, WIDTH, (name) => oneWinner(contest, name));
    const { chain } = await fixture.inspect();
    const settled = settlements(chain.events).filter(({ sequence }) => sequence > before);
    expect(settled).toHaveLength(TICKETS);
    expect(new Set(settled.map(({ ticketId }) => ticketId)).size).toBe(TICKETS);
  });
});
