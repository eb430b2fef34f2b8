import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalText } from "../../src/domain/proposal.js";
import type { SqlValue } from "../../src/persistence/sql.js";
import { databases } from "../support/databases.js";
import { Tampering } from "./audit-tampering.js";
import type { Story } from "./audit-world.js";

/** Of a ticket's row in that table (where it has several: the nth), and the event that says otherwise. */
type Edit = [
  table: string,
  column: string,
  value: SqlValue,
  ticket: keyof Story,
  event: string,
  nth?: number,
  row?: string,
];

const EDITS: readonly Edit[] = [
  ["proposal", "title", "Raise the limit a lot", "approvedByTwo", "SUBMITTED"],
  ["proposal", "detail", null, "withdrawn", "SUBMITTED"],
  ["proposal", "payload", '{"title":"x"}', "withdrawn", "SUBMITTED"],
  ["proposal", "payload", '{ "a": 1 }', "amended", "RESUBMITTED", 0, "revision = 2"],
  ["proposal", "payload", "{", "withdrawn", "SUBMITTED"],
  ["proposal", "payload", null, "withdrawn", "SUBMITTED"],
  ["proposal", "digest", "sha256:0", "amended", "RESUBMITTED", 1, "revision = 3"],
  ["proposal", "submitted_by", "principal_x", "amended", "RESUBMITTED", 1, "revision = 3"],
  ["proposal", "submitted_at", 1, "expired", "SUBMITTED"],
  ["proposal", "sequence", 1, "expired", "SUBMITTED"],
  ["proposal", "workspace_id", "workspace_x", "expired", "SUBMITTED"],
  ["proposal", "ticket_id", "ticket_0", "expired", "SUBMITTED"],
  ["review", "outcome", "REJECTED", "approved", "REVIEWED"],
  ["review", "comments", "not fine", "approved", "REVIEWED"],
  ["review", "reviewer_id", "principal_x", "approved", "REVIEWED"],
  ["review", "revision", 2, "approved", "REVIEWED"],
  ["review", "reviewed_at", 1, "approved", "REVIEWED"],
  ["review", "workspace_id", "workspace_x", "approved", "REVIEWED"],
  ["review_retraction", "retracted_at", 1, "approvedByTwo", "RETRACTED"],
  ["review_retraction", "sequence", 1, "approvedByTwo", "RETRACTED"],
  ["review_retraction", "workspace_id", "workspace_x", "approvedByTwo", "RETRACTED"],
  ["decision", "status", "REJECTED", "approved", "DECIDED"],
  ["decision", "comments", null, "approved", "DECIDED"],
  ["decision", "decided_by", "principal_x", "approved", "DECIDED"],
  ["decision", "decided_by_name", "Eve", "approved", "DECIDED"],
  ["decision", "decided_by_kind", "AGENT", "approved", "DECIDED"],
  ["decision", "decided_at", 1, "approved", "DECIDED"],
  ["decision", "hash", "0", "withdrawn", "WITHDRAWN"],
  ["decision", "sequence", 1, "expired", "EXPIRED"],
  ["decision", "workspace_id", "workspace_x", "expired", "EXPIRED"],
  ["decision", "receipt", null, "approved", "DECIDED"],
  ["decision", "receipt", "a.b.c", "approved", "DECIDED"],
  ["decision", "receipt", "a.b.c", "withdrawn", "WITHDRAWN"],
  ["ticket", "queue", "loans", "approved", "SUBMITTED"],
  ["ticket", "status", "APPROVED", "pending", "SUBMITTED"],
  ["ticket", "status", "REJECTED", "amended", "DECIDED", 1],
  ["ticket", "priority", 3, "approved", "SUBMITTED"],
  ["ticket", "approvals_required", 1, "pending", "SUBMITTED"],
  ["ticket", "submitted_by", "principal_x", "pending", "SUBMITTED"],
  ["ticket", "submitted_at", 1, "pending", "SUBMITTED"],
  ["ticket", "updated_at", 1, "withdrawn", "WITHDRAWN"],
  ["ticket", "revision", 2, "amended", "RESUBMITTED", 1],
  ["ticket", "digest", "sha256:0", "amended", "RESUBMITTED", 1],
  ["ticket", "revision_by", "principal_x", "amended", "RESUBMITTED", 1],
  ["ticket", "revision_for", "principal_x", "amended", "SUBMITTED"],
  ["ticket", "revision_for", null, "byNamedAgent", "SUBMITTED"],
  ["ticket", "counted", "[{},{}]", "pending", "REVIEWED"],
  ["ticket", "counted", "", "pending", "REVIEWED"],
  ["ticket", "assignee_id", null, "pending", "CLAIMED"],
  ["ticket", "claimed_until", 1, "pending", "CLAIMED"],
  ["ticket", "due_at", 1, "approved", "SUBMITTED"],
  ["ticket", "expires_at", null, "pending", "SUBMITTED"],
  ["ticket", "workspace_id", "workspace_x", "withdrawn", "SUBMITTED"],
  ["decision_read", "status", "REJECTED", "approved", "DECISION_READ"],
  ["snooze", "snoozed_until", 4_000_000_000_000, "pending", "SNOOZED"],
  ["snooze", "snoozed_until", null, "pending", "SNOOZED"],
  ["snooze", "revision", 2, "pending", "SNOOZED"],
  ["snooze", "sequence", 1, "pending", "SNOOZED"],
  ["snooze", "workspace_id", "workspace_x", "pending", "SNOOZED"],
  ["snooze", "snoozed_until", 4_000_000_000_000, "byNamedAgent", "UNSNOOZED"],
  ["idempotency", "ticket_id", "ticket_0", "approved", "SUBMITTED"],
  ["idempotency", "hash", "0", "approved", "SUBMITTED"],
  ["idempotency", "principal_id", "principal_x", "approved", "SUBMITTED"],
  ["idempotency", "settled_revision", 7, "approved", "SUBMITTED"],
];

type Deletion = [table: string, ticket: keyof Story, event: string, nth?: number, row?: string];

const DELETIONS: readonly Deletion[] = [
  ["ticket", "withdrawn", "SUBMITTED"],
  ["proposal", "amended", "SUBMITTED", 0, "revision = 1"],
  ["review", "pending", "REVIEWED"],
  ["review_retraction", "approvedByTwo", "RETRACTED"],
  ["decision", "amended", "DECIDED", 0, "revision = 1"],
  ["decision_read", "approved", "DECISION_READ"],
  ["snooze", "pending", "SNOOZED"],
];

/** A copy of a row of that ticket, changed; and the sequence that is named. */
type Addition = [
  table: string,
  ticket: keyof Story,
  changes: Record<string, SqlValue>,
  sequence: number | null,
];

const ADDITIONS: readonly Addition[] = [
  ["ticket", "pending", { id: "ticket_0" }, null],
  ["ticket", "pending", { id: "zzz" }, null],
  ["proposal", "approved", { revision: 4, sequence: 10_000 }, 10_000],
  ["proposal", "approved", { ticket_id: "ticket_0", sequence: 10_000 }, 10_000],
  ["review", "approved", { sequence: 4 }, 4],
  ["review_retraction", "approvedByTwo", { review_sequence: 4, sequence: 5 }, 5],
  ["decision", "approved", { revision: 2, sequence: 9_999 }, 9_999],
  ["decision_read", "approved", { status: "REJECTED" }, null],
  ["decision_read", "approved", { ticket_id: "ticket_gone" }, null],
  ["snooze", "pending", { principal_id: "principal_x", sequence: 10_000 }, 10_000],
  ["snooze", "pending", { ticket_id: "ticket_0", sequence: 10_000 }, 10_000],
  ["audit_event", "withdrawn", { sequence: 10_000 }, null],
];

/** A row about whoever has that name, and the event that says otherwise. */
type MemberEdit = [table: string, column: string, value: SqlValue, name: string, event: string | null];

const MEMBER_EDITS: readonly MemberEdit[] = [
  ["principal", "roles", '["REVIEWER"]', "Agent", "MEMBER_CHANGED"],
  ["principal", "roles", "", "Agent", "MEMBER_CHANGED"],
  ["principal", "kind", "HUMAN", "Agent", "MEMBER_CHANGED"],
  ["principal", "name", "Eve", "Ada", "MEMBER_CHANGED"],
  ["principal", "queues", "[]", "Ada", "MEMBER_CHANGED"],
  ["principal", "roles", '["ADMIN"]', "Countersign", null],
  ["api_key", "secret_hash", "0".repeat(64), "Ada", "API_KEY_CREATED"],
  ["api_key", "principal_id", "principal_x", "Ada", "API_KEY_CREATED"],
  ["api_key", "expires_at", 4_000_000_000_000, "Ada", "API_KEY_CREATED"],
  ["api_key", "revoked_at", 1, "Ada", "API_KEY_CREATED"],
  ["api_key", "revoked_at", null, "Who left", "API_KEY_REVOKED"],
  ["principal", "email", "eve@example.org", "Invited", "MEMBER_CHANGED"],
  ["principal", "email", null, "Invited", "MEMBER_CHANGED"],
  ["principal", "removed_at", 1, "Ada", "MEMBER_CHANGED"],
  ["principal", "removed_at", null, "Who was removed", "MEMBER_CHANGED"],
  ["api_key", "on_behalf_of", null, "Named agent", "API_KEY_CREATED"],
  ["api_key", "on_behalf_of", "principal_x", "Ada", "API_KEY_CREATED"],
  ["queue", "minimum_approvals", 1, "loans", "SETTINGS_CHANGED"],
  ["queue", "minimum_approvals", 0, "default", null],
];

describe.each(databases)("audit verify finds, on $name,", (kind) => {
  let its: Tampering;

  beforeAll(async () => {
    its = await Tampering.open(kind);
  });
  afterAll(() => its.close());

  const ofTicket = (table: string, ticket: keyof Story, row = "1 = 1"): string =>
    `${table === "ticket" ? "id" : "ticket_id"} = '${its.story[ticket]}' AND ${row}`;

  it.each(EDITS)(
    "an edited %s.%s (%j)",
    async (table, column, value, ticket, event, nth = 0, row = "1 = 1") => {
      const verdict = await its.verdictAfter(() =>
        its.set(table, column, value, ofTicket(table, ticket, row)),
      );
      expect(verdict).toMatchObject({ ok: false, sequence: its.event(ticket, event, nth).sequence });
    },
  );

  it.each(DELETIONS)("a deleted row of %s", async (table, ticket, event, nth = 0, row = "1 = 1") => {
    const verdict = await its.verdictAfter(() =>
      its.client.query(`DELETE FROM ${table} WHERE ${ofTicket(table, ticket, row)}`),
    );
    expect(verdict).toMatchObject({ ok: false, sequence: its.event(ticket, event, nth).sequence });
  });

  it.each(ADDITIONS)(
    "a row of %s that no event calls for (%s, %j)",
    async (table, ticket, changes, sequence) => {
      const verdict = await its.verdictAfter(() => its.copyRow(table, ofTicket(table, ticket), changes));
      const missing = its.lastEvent.sequence + 1;
      expect(verdict).toMatchObject({ ok: false, sequence: table === "audit_event" ? missing : sequence });
    },
  );

  it.each(MEMBER_EDITS)("an edited %s.%s (%j)", async (table, column, value, name, event) => {
    const verdict = await its.verdictAfter(() => its.set(table, column, value, "name = ?", name));
    const { keyId } = JSON.parse(its.eventAbout("API_KEY_CREATED", `"name":"Who left"`).body).data;
    const about = event === "API_KEY_REVOKED" ? keyId : name;
    const said = column === "removed_at" && value === null ? '"removed":true' : `"${about}"`;
    const sequence = event === null ? null : its.eventAbout(event, said).sequence;
    expect(verdict).toMatchObject({ ok: false, sequence });
  });

  it("deleted members, keys and queues", async () => {
    for (const [table, name, type] of [
      ["principal", "Bob", "MEMBER_CHANGED"],
      ["api_key", "Bob", "API_KEY_CREATED"],
      ["queue", "loans", "SETTINGS_CHANGED"],
    ] as const) {
      const verdict = await its.verdictAfter(() =>
        its.client.query(`DELETE FROM ${table} WHERE name = '${name}'`),
      );
      expect(verdict).toMatchObject({ ok: false, sequence: its.eventAbout(type, `"${name}"`).sequence });
    }
  });

  it("members, keys and queues that no event calls for", async () => {
    for (const [table, changes] of [
      ["principal", { id: "principal_x" }],
      ["api_key", { id: "key_x" }],
      ["queue", { name: "shadow" }],
    ] as const) {
      const verdict = await its.verdictAfter(() => its.copyRow(table, "name IN ('Ada', 'loans')", changes));
      expect(verdict).toMatchObject({ ok: false, sequence: null, reason: expect.stringContaining(table) });
    }
  });

  it.each([
    ["sign_in_link", "secret_hash", "0".repeat(64), "MEMBER_CHANGED"],
    ["sign_in_link", "principal_id", "principal_x", "MEMBER_CHANGED"],
    ["sign_in_link", "expires_at", 4_000_000_000_000, "MEMBER_CHANGED"],
    ["sign_in_link", "used_at", null, "SIGNED_IN"],
    ["session", "secret_hash", "0".repeat(64), "SIGNED_IN"],
    ["session", "principal_id", "principal_x", "SIGNED_IN"],
    ["session", "expires_at", 4_000_000_000_000, "SIGNED_IN"],
  ])("an edited %s.%s", async (table, column, value, type) => {
    const [{ id } = { id: "" }] = await its.client.query<{ id: string }>(
      `SELECT id FROM ${table} ORDER BY id`,
    );
    const verdict = await its.verdictAfter(() => its.set(table, column, value, "id = ?", id));
    expect(verdict).toMatchObject({ ok: false, sequence: its.eventAbout(type, `"${id}"`).sequence });
  });

  it.each(["sign_in_link", "session"])("a row of %s that somebody made for themselves", async (table) => {
    const [{ id } = { id: "" }] = await its.client.query<{ id: string }>(
      `SELECT id FROM ${table} ORDER BY id`,
    );
    const verdict = await its.verdictAfter(() => its.copyRow(table, `id = '${id}'`, { id: `${id}x` }));
    expect(verdict).toMatchObject({ ok: false, sequence: null, reason: expect.stringContaining(table) });
  });

  it("an identity at a provider that no event knows", async () => {
    const verdict = await its.verdictAfter(() =>
      its.client.query(
        "INSERT INTO external_identity (id, workspace_id, principal_id, issuer, subject, claims_at, created_at) " +
          "SELECT 'identity_x', workspace_id, id, 'https://evil.example', 'eve', 1, 1 FROM principal WHERE name = 'Ada'",
      ),
    );
    expect(verdict).toMatchObject({
      ok: false,
      sequence: null,
      reason: expect.stringContaining("external_identity"),
    });
  });

  it("a review by who was no reviewer then, though they were one before, or are now", async () => {
    const review = its.event("approved", "REVIEWED");
    for (const name of ["Who was removed", "Invited", "Late reviewer"]) {
      const { principalId } = JSON.parse(its.eventAbout("MEMBER_CHANGED", `"${name}"`).body).data;
      const body = JSON.parse(review.body);
      Object.assign(body, { actor: { id: principalId, kind: "HUMAN", name } });
      const verdict = await its.verdictAfter(async () => {
        await its.rewrite(review.sequence, canonicalText(body));
        await its.set("audit_event", "actor_id", principalId, "sequence = ?", review.sequence);
        await its.set("review", "reviewer_id", principalId, "sequence = ?", review.sequence);
      });
      expect(verdict).toMatchObject({
        ok: false,
        sequence: review.sequence,
        reason: expect.stringContaining("no reviewer then"),
      });
    }
  });

  it("the receipt of another decision, however well it is signed", async () => {
    const [other] = await its.client.query<{ receipt: string }>(
      `SELECT receipt FROM decision WHERE ${ofTicket("decision", "approvedByTwo")}`,
    );
    const verdict = await its.verdictAfter(() =>
      its.set("decision", "receipt", other!.receipt, ofTicket("decision", "approved")),
    );
    const { sequence } = its.event("approved", "DECIDED");
    expect(verdict).toMatchObject({ ok: false, sequence, reason: expect.stringContaining("something else") });
  });

  it("the first of several things, and how many more there are", async () => {
    const verdict = await its.verdictAfter(async () => {
      await its.set("ticket", "status", "APPROVED", ofTicket("ticket", "pending"));
      await its.set("review", "comments", "not fine", ofTicket("review", "approved"));
      await its.set("proposal", "title", "Another", ofTicket("proposal", "withdrawn"));
    });
    expect(verdict).toMatchObject({
      ok: false,
      sequence: its.event("approved", "REVIEWED").sequence,
      more: 2,
    });
  });

  it("what lies before a break of the chain, too", async () => {
    const verdict = await its.verdictAfter(async () => {
      await its.set("proposal", "title", "Another", ofTicket("proposal", "approved"));
      await its.client.query("DELETE FROM audit_event WHERE sequence = ?", [its.lastEvent.sequence - 1]);
    });
    expect(verdict).toMatchObject({
      ok: false,
      sequence: its.event("approved", "SUBMITTED").sequence,
      more: 1,
    });
  });
});
