import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DomainError } from "../../src/domain/domain-error.js";
import type { Actor } from "../../src/domain/principal.js";
import { chainHash, genesisHash } from "../../src/ledger/event-body.js";
import type { TicketOutcome } from "../../src/ledger/ledger.js";
import { findEventsAfter } from "../../src/persistence/ticket-queries.js";
import { databases } from "../support/databases.js";
import { openTestLedger, submission, type TestLedger } from "../support/test-ledger.js";

describe.each(databases)("the commit pipeline, on $name", (kind) => {
  let test: TestLedger;
  let agent: Actor;
  let reviewers: Actor[];

  beforeAll(async () => {
    test = await openTestLedger(kind);
    agent = await test.actor("agent", "AGENT", ["AGENT"]);
    reviewers = await Promise.all(
      Array.from({ length: 5 }, (_, index) => test.actor(`reviewer ${index}`, "HUMAN", ["REVIEWER"])),
    );
  });
  afterAll(() => test.close());

  const submit = (title: string, overrides = {}): Promise<TicketOutcome> =>
    test.ledger.execute({ actor: agent, command: submission(title, overrides) });
  const decide = (actor: Actor, ticketId: string, revision = 1): Promise<TicketOutcome> =>
    test.ledger.execute({
      actor,
      ticketId,
      command: { kind: "decide", revision, outcome: "APPROVED", comments: null, amendment: null },
    });

  async function wholeChain() {
    const events = [];
    for (let after = 0; ; after = events.at(-1)?.sequence ?? 0) {
      const page = await findEventsAfter(test.database.read, test.workspaceId, after, 500);
      if (page.length === 0) return events;
      events.push(...page);
    }
  }

  it("commits commands that arrive together together, in one gapless chain", async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 600 }, (_, index) => submit(`together ${index}`)),
    );
    expect(new Set(outcomes.map((outcome) => outcome.ticket.state.id)).size).toBe(600);
    const events = await wholeChain();
    let previous = genesisHash(test.workspaceId);
    events.forEach((event, index) => {
      expect(event.sequence).toBe(index + 1);
      expect(event.previous_hash).toBe(previous);
      expect(event.hash).toBe(chainHash(previous, event.body));
      previous = event.hash;
    });
    // Far fewer instants than commands: a batch has one.
    expect(new Set(events.map((event) => event.occurred_at)).size).toBeLessThan(300);
  });

  it("lets one decision win, and tells the others which", async () => {
    const { ticket } = await submit("contended");
    const settled = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => decide(reviewers[index % 5] as Actor, ticket.state.id)),
    );
    const won = settled.filter((one) => one.status === "fulfilled");
    expect(won).toHaveLength(1);
    for (const one of settled) {
      if (one.status !== "rejected") continue;
      expect(one.reason).toBeInstanceOf(DomainError);
      expect(one.reason.code).toBe("ALREADY_DECIDED");
      expect(one.reason.details.decision).toMatchObject({ status: "APPROVED", revision: 1 });
    }
  });

  it("answers a repeated key with the first outcome, also within one batch", async () => {
    const request = {
      actor: agent,
      command: submission("once"),
      idempotency: { mutation: "submitReview", key: "k1", contentHash: "a".repeat(64) },
    };
    const outcomes = await Promise.all([1, 2, 3].map(() => test.ledger.execute(request)));
    const later = await test.ledger.execute(request);
    expect(new Set([...outcomes, later].map((outcome) => outcome.ticket.state.id)).size).toBe(1);
    expect([...outcomes, later].filter((outcome) => outcome.replayed)).toHaveLength(3);
    expect(later.position).toEqual(outcomes[0]?.position);
    const other = { ...request, idempotency: { ...request.idempotency, contentHash: "b".repeat(64) } };
    await expect(test.ledger.execute(other)).rejects.toMatchObject({ code: "IDEMPOTENCY_CONFLICT" });
  });

  it("keeps keys apart that differ in case, accent or a trailing blank only", async () => {
    const keys = ["key", "KEY", "kéy", "key ", " key"];
    const outcomes = await Promise.all(
      keys.map((key) =>
        test.ledger.execute({
          actor: agent,
          command: submission(`under ${key}`),
          idempotency: { mutation: "submitReview", key, contentHash: "c".repeat(64) },
        }),
      ),
    );
    expect(new Set(outcomes.map((outcome) => outcome.ticket.state.id)).size).toBe(keys.length);
  });

  it("commits the neighbours of a command that the database refuses", async () => {
    const fails = test.ledger.change({
      workspaceId: test.workspaceId,
      actor: agent,
      events: [{ type: "SETTINGS_CHANGED", data: { name: "broken" } }],
      write: (sql) => sql.query("INSERT INTO no_such_table VALUES (1)").then(() => undefined),
    });
    const refused = test.ledger.change({
      workspaceId: test.workspaceId,
      actor: agent,
      events: [{ type: "SETTINGS_CHANGED", data: { name: "refused" } }],
      write: async (sql, at) => {
        await sql.query(
          "INSERT INTO queue (workspace_id, name, minimum_approvals, created_at) VALUES (?, 'ghost', 1, ?)",
          [test.workspaceId, at],
        );
        throw new DomainError("BAD_USER_INPUT", "no");
      },
    });
    const neighbours = Promise.all([submit("before"), submit("after")]);
    await expect(fails).rejects.toThrow();
    await expect(refused).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
    expect(await neighbours).toHaveLength(2);
    const bodies = (await wholeChain()).map((event) => event.body).join();
    expect(bodies).not.toContain("broken");
    expect(bodies).not.toContain("refused");
    const ghosts = await test.database.read.query("SELECT name FROM queue WHERE name = 'ghost'");
    expect(ghosts).toEqual([]);
  });

  it("stores a proposal of the largest size that is accepted", async () => {
    const payload = { text: "é".repeat(120_000) };
    const { ticket, proposal } = await submit("large", {
      proposal: (await import("../../src/domain/proposal.js")).checkProposal({
        title: "'\\\"".repeat(100),
        detail: "'".repeat(100_000),
        payload,
      }),
    });
    expect(JSON.parse(proposal?.payload ?? "")).toEqual(payload);
    expect(ticket.state.digest).toBe(proposal?.digest);
    const [row] = await test.database.read.query<{ detail: string }>(
      "SELECT detail FROM proposal WHERE ticket_id = ?",
      [ticket.state.id],
    );
    expect(row?.detail).toHaveLength(100_000);
  });

  it("refuses everything once it is closed, after answering what it had accepted", async () => {
    const other = await openTestLedger(kind);
    const someone = await other.actor("agent", "AGENT", ["AGENT"]);
    const accepted = other.ledger.execute({ actor: someone, command: submission("last") });
    const closing = other.ledger.close();
    await expect(other.ledger.execute({ actor: someone, command: submission("late") })).rejects.toMatchObject(
      {
        code: "UNAVAILABLE",
      },
    );
    expect((await accepted).ticket.state.status).toBe("PENDING");
    await closing;
    await other.close();
  });
});
