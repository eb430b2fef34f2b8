import type { Bench } from "../harness/bench.js";
import { calmly } from "../harness/calmly.js";
import { type Desk, openDesk } from "../harness/desk.js";
import type { DatabaseName } from "../harness/options.js";
import { measureBlocking } from "./inbox/blocking.js";
import { measureChanges } from "./inbox/changes.js";
import { measureDecisions } from "./inbox/decisions.js";
import { measureLoads } from "./inbox/loads.js";

const PARTS: readonly [string, (bench: Bench, desk: Desk, database: DatabaseName) => Promise<void>][] = [
  ["opening", measureLoads],
  ["deciding", measureDecisions],
  ["changes by others", measureChanges],
  ["typing, scrolling, large tickets", measureBlocking],
];

/** How soon the inbox shows what its reader waits for, and whether anything holds it up, with many tickets pending. */
export async function measureInbox(bench: Bench, database: DatabaseName, run: number): Promise<void> {
  const place = await bench.databases.create(database);
  try {
    const { inboxTickets, inboxDecisions, inboxChanges } = bench.options.sizes;
    // As many more as are decided before the list is scrolled through.
    const desk = await openDesk(place, inboxTickets + 4 * inboxDecisions + 2 * inboxChanges);
    try {
      for (const [name, measure] of PARTS) {
        bench.tell(`${database}, run ${run}: inbox, ${name}`);
        await calmly(bench, (one) => measure(one, desk, database));
      }
    } finally {
      await desk.close();
    }
  } finally {
    await place.drop();
  }
}
