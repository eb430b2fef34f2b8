import type { Actor } from "../../src/domain/principal.js";
import type { EventType } from "../../src/domain/ticket-event.js";
import { systemActor } from "../../src/identity/workspaces.js";
import type { Attempt } from "../../src/notify/attempt.js";
import type { Channels } from "../../src/notify/channels.js";
import { createEndpoint } from "../../src/notify/endpoints.js";
import type { News } from "../../src/notify/news.js";
import { type Notifier, type NotifierOptions, startNotifier } from "../../src/notify/notifier.js";
import type { Database } from "../../src/persistence/database.js";
import type { DeliveryRow } from "../../src/persistence/delivery-queries.js";
import type { DatabaseKind } from "../support/databases.js";
import { openTestLedger, submission, type TestLedger } from "../support/test-ledger.js";
import { until } from "../support/until.js";

/** What a channel was handed. */
export interface Told {
  readonly url: string;
  readonly type: EventType;
  readonly sequence: number;
  readonly ticketId: string | null;
  readonly secrets: readonly string[];
  readonly news: News;
}

/** What becomes of an attempt; DELIVERED where it says nothing. */
export type Script = (told: Told, signal: AbortSignal) => Attempt | Promise<Attempt> | undefined;

/** A ledger with agents, reviewers and a notifier whose channels do as a test says. */
export interface NotifyWorld extends TestLedger {
  readonly agent: Actor;
  readonly reviewer: Actor;
  /** Everything that was tried, in order. */
  readonly tried: Told[];
  /** Ids of what was given up. */
  readonly givenUp: string[];
  /** What was delivered. */
  readonly delivered: Told[];
  script: Script;
  readonly channels: Channels;
  start(options?: Partial<NotifierOptions>): Notifier;
  endpoint(url: string, options?: EndpointOptions): Promise<string>;
  submit(title: string, queue?: string): Promise<string>;
  decide(
    ticketId: string,
    outcome?: "APPROVED" | "REJECTED" | "NEEDS_CHANGES",
    revision?: number,
  ): Promise<void>;
  deliveries(): Promise<DeliveryRow[]>;
  /** How far the ledger has been looked at, as it is stored. */
  position(): Promise<number>;
  /** The types and data of the ledger's events of those types, in order. */
  events(
    ...types: EventType[]
  ): Promise<{ type: EventType; ticketId: string | null; data: Record<string, unknown> }[]>;
  /** Waits until nothing waits, and everything is on record. */
  settled(): Promise<void>;
}

export interface EndpointOptions {
  readonly queues?: readonly string[] | null;
  readonly types?: readonly EventType[] | null;
  readonly channel?: "WEBHOOK" | "SLACK";
}

/** Where what the Core is told appears. */
export const CORE = "core";

/** Pauses between attempts, milliseconds: as the real ones, but a thousand times as short. */
export const QUICK: readonly number[] = [5, 30, 60, 120, 200];

export async function openNotifyWorld(kind: DatabaseKind): Promise<NotifyWorld> {
  const ledger = await openTestLedger(kind);
  const agent = await ledger.actor("Agent", "AGENT", ["AGENT"]);
  const reviewer = await ledger.actor("Reviewer", "HUMAN", ["REVIEWER"]);
  const notifiers: Notifier[] = [];
  const system = await systemActor(ledger.database.read, ledger.workspaceId);
  const tell = async (
    url: string,
    secrets: readonly string[],
    news: News,
    signal: AbortSignal,
  ): Promise<Attempt> => {
    const { type, sequence, ticket: ticketId } = news.event;
    const told = { url, type, sequence, ticketId, secrets, news };
    world.tried.push(told);
    const attempt = (await world.script(told, signal)) ?? { outcome: "DELIVERED", status: 200 };
    if (attempt.outcome === "DELIVERED") world.delivered.push(told);
    return attempt;
  };
  const channels: Channels = {
    webhook: ({ url, secrets }, news, signal) => tell(url, secrets, news, signal),
    slack: ({ url }, news, signal) => tell(url, [], news, signal),
    mail: undefined,
    core: (news, signal) => tell(CORE, [], news, signal),
  };
  const world: NotifyWorld = {
    ...ledger,
    agent,
    reviewer,
    tried: [],
    delivered: [],
    givenUp: [],
    channels,
    script: () => undefined,
    start: (options = {}) => {
      const notifier = startNotifier({
        database: ledger.database,
        ledger: ledger.ledger,
        channels,
        planner: { mails: undefined, core: false },
        notices: undefined,
        schedule: QUICK,
        pollMs: 20,
        now: Date.now,
        unsubscribeUrl: () => "",
        onError: () => undefined,
        onDeadLetter: ({ id }) => world.givenUp.push(id),
        ...options,
      });
      notifiers.push(notifier);
      return notifier;
    },
    endpoint: async (url, { queues = null, types = null, channel = "WEBHOOK" } = {}) => {
      const { endpoint } = await createEndpoint(ledger.ledger, (url) => url, {
        workspaceId: ledger.workspaceId,
        actor: system,
        channel,
        name: url,
        url,
        queues,
        types,
      });
      return endpoint.id;
    },
    submit: async (title, queue = "default") => {
      const { ticket } = await ledger.ledger.execute({ actor: agent, command: submission(title, { queue }) });
      return ticket.state.id;
    },
    decide: async (ticketId, outcome = "APPROVED", revision = 1) => {
      const comments = outcome === "APPROVED" ? null : "Why";
      const command = { kind: "decide", revision, outcome, comments, amendment: null } as const;
      await ledger.ledger.execute({ actor: reviewer, ticketId, command });
    },
    deliveries: () => allDeliveries(ledger.database),
    position: async () => {
      const [row] = await ledger.database.read.query<{ sequence: number }>(
        "SELECT sequence FROM follower WHERE workspace_id = ?",
        [ledger.workspaceId],
      );
      return row?.sequence ?? 0;
    },
    events: async (...types) => {
      const rows = await ledger.database.read.query<{
        type: EventType;
        ticket_id: string | null;
        body: string;
      }>(
        `SELECT type, ticket_id, body FROM audit_event WHERE workspace_id = ? AND type IN (${types.map(() => "?").join(", ")}) ORDER BY sequence`,
        [ledger.workspaceId, ...types],
      );
      return rows.map(({ type, ticket_id: ticketId, body }) => ({
        type,
        ticketId,
        data: JSON.parse(body).data,
      }));
    },
    settled: async () => {
      await until(
        async () => {
          const waiting = (await allDeliveries(ledger.database)).filter(({ state }) => state === "WAITING");
          const [row] = await ledger.database.read.query<{ behind: number }>(
            "SELECT COUNT(*) AS behind FROM audit_event e LEFT JOIN follower f ON f.workspace_id = e.workspace_id " +
              "WHERE e.sequence > COALESCE(f.sequence, 0) AND e.type IN ('SUBMITTED', 'RESUBMITTED', 'DECIDED', 'REVIEWED')",
          );
          return waiting.length === 0 && Number(row?.behind) === 0;
        },
        { timeoutMs: 15_000, what: "everything to be told" },
      );
    },
    close: async () => {
      await Promise.all(notifiers.map((notifier) => notifier.close()));
      await ledger.close();
    },
  };
  return world;
}

async function allDeliveries({ read }: Pick<Database, "read">): Promise<DeliveryRow[]> {
  return read.query<DeliveryRow>("SELECT * FROM delivery ORDER BY sequence, id");
}
