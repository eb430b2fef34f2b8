import { mkdtemp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { inject } from "vitest";
import { encodeCursor } from "../../src/ledger/cursor.js";
import { type Database, openDatabase } from "../../src/persistence/database.js";
import { parseDatabaseUrl } from "../../src/persistence/database-url.js";
import { type Receiver, startReceiver } from "../notify/receivers.js";
import { type ChildServer, type ChildServerOptions, runCommand, startChildServer } from "./child-server.js";
import type { DatabaseKind } from "./databases.js";
import { gql } from "./graphql-client.js";
import { type Random, seeded } from "./load-random.js";
import { type MailSink, startMailSink } from "./mail-sink.js";
import { TEST_SIGNING_KEY } from "./test-server.js";
import { until } from "./until.js";

/** What came of telling the outside while nothing held still. */
export interface OutsideReport {
  readonly kills: number;
  readonly tickets: number;
  /** Events that had to reach the receiver. */
  readonly told: number;
  /** Requests that it took, those that came twice included. */
  readonly taken: number;
  readonly mails: number;
  /** Dead letters that had to be replayed. */
  readonly replayed: number;
}

/** The types of events that the receiver is told of. */
const TOLD = ["SUBMITTED", "REVIEWED", "DECIDED"];

interface World {
  readonly options: ChildServerOptions;
  readonly random: Random;
  readonly receiver: Receiver;
  readonly mail: MailSink;
  /** While it is, nobody takes anything. */
  down: boolean;
  /** Cursors in the order in which they were taken. */
  readonly taken: string[];
}

/**
 * Submits and decides while the server is killed, a receiver refuses and is away, and the mail server as well; then waits until
 * everything is told, and holds what arrived against the ledger.
 * @throws Error with what is missing or out of order
 */
export async function outsideRounds(
  kind: DatabaseKind,
  { kills, seed }: { readonly kills: number; readonly seed: number },
): Promise<OutsideReport> {
  const testDatabase = await kind.create();
  const world = await openWorld(testDatabase.url, seeded(seed));
  let server = await startChildServer(world.options);
  try {
    await setUp(world);
    for (let round = 0; round < kills; round += 1) {
      world.down = world.random.chance(0.4);
      await work(world, server, 400 + world.random.below(1_200));
      await server.kill();
      server = await startChildServer(world.options);
    }
    world.down = false;
    await work(world, server, 300);
    return { ...(await reckon(world, testDatabase.url)), kills };
  } finally {
    await server.terminate();
    await world.receiver.close();
    await world.mail.close();
    await testDatabase.drop();
  }
}

async function openWorld(databaseUrl: string, random: Random): Promise<World> {
  const taken: string[] = [];
  const state = { down: false };
  const unlucky = (): boolean => state.down || random.chance(0.25);
  const receiver = await startReceiver(async ({ headers }) => {
    await pause(random.below(10));
    if (unlucky()) return { status: 503 };
    taken.push(headers["webhook-id"] ?? "");
    return { status: 204 };
  });
  const mail = await startMailSink(unlucky);
  const options = {
    env: {
      DATABASE_URL: databaseUrl,
      DATA_DIR: await mkdtemp(join(inject("runDirectory"), "outside-")),
      SIGNING_KEY: TEST_SIGNING_KEY,
      OUTBOUND_ALLOW: "127.0.0.1",
      DELIVERY_RETRY_SECONDS: Array.from({ length: 20 }, () => "0.3").join(","),
      SMTP_URL: mail.url,
      MAIL_FROM: "Countersign <countersign@example.org>",
    },
  };
  return {
    options,
    random,
    receiver,
    mail,
    taken,
    get down() {
      return state.down;
    },
    set down(value) {
      state.down = value;
    },
  };
}

async function setUp({ options, receiver }: World): Promise<void> {
  const url = `http://127.0.0.1:${receiver.port}/hook`;
  const types = TOLD.flatMap((type) => ["--type", type]);
  await runCommand(["endpoints", "create", "--name", "Receiver", "--url", url, ...types], options);
  await runCommand(["members", "invite", "mailed@example.org", "--role", "reviewer"], options);
}

/** Submits, and decides most of it, until the time is over or the server gone. */
async function work({ options, random }: World, server: ChildServer, milliseconds: number): Promise<void> {
  const keys = await readFile(join(options.env.DATA_DIR, "first-keys.env"), "utf8");
  const keyOf = (name: string): string => new RegExp(`${name}=(\\S+)`).exec(keys)?.[1] ?? "";
  const [agent, reviewer] = [keyOf("COUNTERSIGN_AGENT_KEY"), keyOf("COUNTERSIGN_REVIEWER_KEY")];
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    const made = await gql<{ submitReview: { ticket: { id: string } } }>(
      server.url,
      agent,
      'mutation { submitReview(input: { title: "Told to the outside" }) { ticket { id } } }',
    );
    const ticketId = made.data?.submitReview.ticket.id;
    if (ticketId !== undefined && random.chance(0.8)) {
      await gql(
        server.url,
        reviewer,
        "mutation ($input: DecideTicketInput!) { decideTicket(input: $input) { decision { status } } }",
        { input: { ticketId, revision: 1, status: "APPROVED" } },
      );
    }
    await pause(random.below(60));
  }
}

interface ToldRow {
  readonly sequence: number;
  readonly hash: string;
  readonly ticket_id: string;
  readonly type: string;
}

async function reckon(world: World, databaseUrl: string): Promise<Omit<OutsideReport, "kills">> {
  const database = await openDatabase(parseDatabaseUrl(databaseUrl));
  try {
    await until(() => nothingWaits(database), {
      timeoutMs: 60_000,
      intervalMs: 100,
      what: "everything to be told",
    });
    const replayed = new Set<string>();
    for (;;) {
      const letters = JSON.parse(await runCommand(["dead-letters", "list", "--json"], world.options)) as {
        ticketId: string;
      }[];
      if (letters.length === 0) break;
      for (const { ticketId } of letters) replayed.add(ticketId);
      await runCommand(["dead-letters", "replay", "--from", "1"], world.options);
      await until(() => nothingWaits(database), { timeoutMs: 60_000, intervalMs: 100, what: "the replay" });
    }
    const rows = await database.read.query<ToldRow>(
      "SELECT sequence, hash, ticket_id, type FROM audit_event WHERE type IN ('SUBMITTED', 'REVIEWED', 'DECIDED') ORDER BY sequence",
    );
    requireAll(world, rows, replayed);
    return {
      tickets: new Set(rows.map((row) => row.ticket_id)).size,
      told: rows.length,
      taken: world.taken.length,
      mails: world.mail.subjects.length,
      replayed: replayed.size,
    };
  } finally {
    await database.close();
  }
}

/** Whether nothing is on its way and every event of the work has been looked at. */
async function nothingWaits({ read }: Database): Promise<boolean> {
  const [waiting] = await read.query<{ count: number }>(
    "SELECT COUNT(*) AS count FROM delivery WHERE state = 'WAITING'",
  );
  const [behind] = await read.query<{ count: number }>(
    "SELECT COUNT(*) AS count FROM audit_event e LEFT JOIN follower f ON f.workspace_id = e.workspace_id AND f.name = 'notify' " +
      "WHERE e.sequence > COALESCE(f.sequence, 0) AND e.type IN ('SUBMITTED', 'REVIEWED', 'DECIDED')",
  );
  return Number(waiting?.count) === 0 && Number(behind?.count) === 0;
}

function requireAll({ taken, mail }: World, rows: readonly ToldRow[], replayed: ReadonlySet<string>): void {
  const firstTaken = new Map<string, number>();
  taken.forEach((cursor, at) => {
    if (!firstTaken.has(cursor)) firstTaken.set(cursor, at);
  });
  const last = new Map<string, number>();
  for (const { sequence, hash, ticket_id: ticketId, type } of rows) {
    const at = firstTaken.get(encodeCursor(sequence, hash));
    if (at === undefined) throw new Error(`the receiver was never told of event ${sequence}, ${type}`);
    const before = last.get(ticketId) ?? -1;
    if (at < before && !replayed.has(ticketId))
      throw new Error(`event ${sequence} of ${ticketId} came too early`);
    last.set(ticketId, Math.max(before, at));
    if (type === "SUBMITTED" && !mail.cursors.has(encodeCursor(sequence, hash)))
      throw new Error(`nobody was mailed of event ${sequence}`);
  }
}
