import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verifyLedger } from "../../src/ledger/audit-verify.js";
import { withSnapshot } from "../../src/ledger/audit-verify-snapshot.js";
import { chainHash } from "../../src/ledger/event-body.js";
import type { EventRow } from "../../src/persistence/rows.js";
import { databases } from "../support/databases.js";
import { Tampering } from "./audit-tampering.js";

describe.each(databases)("audit verify, on $name", (kind) => {
  let its: Tampering;

  beforeAll(async () => {
    its = await Tampering.open(kind);
  });
  afterAll(() => its.close());

  /** Edits an event's text, and the hash beside it so that they fit each other. */
  async function edit(
    { sequence, body, previous_hash: previous }: EventRow,
    from: string,
    to: string,
  ): Promise<void> {
    const edited = body.replace(from, to);
    await its.set("audit_event", "body", edited, "sequence = ?", sequence);
    await its.set("audit_event", "hash", chainHash(previous, edited), "sequence = ?", sequence);
  }

  it("accepts a record that nobody touched", async () => {
    const { location, workspace, keys } = its.world;
    const { sequence, hash } = its.lastEvent;
    expect(await withSnapshot(location, (sql) => verifyLedger(sql, workspace.id, { keys }))).toEqual({
      ok: true,
      events: its.events.length,
      tickets: 7,
      lastSequence: sequence,
      lastHash: hash,
      checkpointSequence: null,
    });
  });

  it("sees one moment, however much is written meanwhile", async () => {
    const { location, workspace, keys, database, ledger } = its.world;
    const actor = { id: "principal_x", name: "Somebody", kind: "SYSTEM" } as const;
    const event = { type: "SETTINGS_CHANGED", data: {} } as const;
    const verdict = await withSnapshot(location, async (sql) => {
      await sql.query("SELECT sequence FROM ledger_head");
      const [added] = await ledger.change({ workspaceId: workspace.id, actor, events: [event] });
      expect(added?.sequence).toBe(its.events.length + 1);
      return verifyLedger(sql, workspace.id, { keys });
    });
    expect(verdict).toMatchObject({ ok: true, lastSequence: its.events.length });
    await its.client.query("DELETE FROM audit_event WHERE sequence > ?", [its.events.length]);
    await its.client.query("UPDATE ledger_head SET sequence = ?, hash = ?, occurred_at = ?", [
      its.lastEvent.sequence,
      its.lastEvent.hash,
      its.lastEvent.occurred_at,
    ]);
    expect(await verifyLedger(database.read, workspace.id, { keys })).toMatchObject({ ok: true });
  });

  it("takes no notice of other workspaces' records", async () => {
    const verdict = await its.verdictAfter(() =>
      its.copyRow("ticket", "1 = 1", { id: "ticket_0", workspace_id: "workspace_of_others" }),
    );
    expect(verdict).toMatchObject({ ok: true, tickets: 7 });
  });

  it("tells how far it has come", async () => {
    const { workspace, keys } = its.world;
    const progress: string[] = [];
    await verifyLedger(its.client, workspace.id, { keys, onProgress: ({ pass }) => progress.push(pass) });
    expect(progress.every((pass) => pass === "events" || pass === "tickets")).toBe(true);
  });

  describe("finds, in the chain,", () => {
    it("an edited text", async () => {
      const { sequence, body } = its.event("approved", "COMMENTED");
      const verdict = await its.verdictAfter(() =>
        its.set("audit_event", "body", body.replace("100", "900"), "sequence = ?", sequence),
      );
      expect(verdict).toMatchObject({ ok: false, sequence, reason: expect.stringContaining("hash") });
    });

    it("an edited text whose own hash was made to fit", async () => {
      const event = its.event("approved", "COMMENTED");
      const verdict = await its.verdictAfter(() => edit(event, "100", "900"));
      expect(verdict).toMatchObject({ ok: false, sequence: event.sequence });
    });

    it("an edited last event whose own hash was made to fit", async () => {
      const verdict = await its.verdictAfter(() => edit(its.lastEvent, "SYSTEM", "HUMAN"));
      expect(verdict).toMatchObject({ ok: false, sequence: its.lastEvent.sequence });
    });

    it.each(["type", "ticket_id", "actor_id", "previous_hash", "hash"])(
      "an edited column %s",
      async (column) => {
        const { sequence } = its.event("amended", "REVIEWED");
        const verdict = await its.verdictAfter(() =>
          its.set("audit_event", column, "COMMENTED", "sequence = ?", sequence),
        );
        expect(verdict).toMatchObject({ ok: false, sequence });
      },
    );

    it.each(["revision", "occurred_at"])("an edited column %s", async (column) => {
      const { sequence } = its.event("amended", "REVIEWED");
      const verdict = await its.verdictAfter(() =>
        its.client.query(`UPDATE audit_event SET ${column} = ${column} + 1 WHERE sequence = ?`, [sequence]),
      );
      expect(verdict).toMatchObject({ ok: false, sequence });
    });

    it.each(["CLAIMED", "DECIDED", "DECISION_READ"])("a deleted %s", async (type) => {
      const { sequence } = its.event("approved", type);
      const verdict = await its.verdictAfter(() =>
        its.client.query("DELETE FROM audit_event WHERE sequence = ?", [sequence]),
      );
      expect(verdict).toMatchObject({ ok: false, sequence, reason: `event ${sequence} is missing` });
    });

    it("a deleted first event, and one put before it", async () => {
      const verdict = await its.verdictAfter(() =>
        its.client.query("DELETE FROM audit_event WHERE sequence = 1"),
      );
      expect(verdict).toMatchObject({ ok: false, sequence: 1 });
      const other = await its.verdictAfter(() => its.copyRow("audit_event", "sequence = 1", { sequence: 0 }));
      expect(other).toMatchObject({ ok: false, sequence: 1 });
    });

    it("two events in each other's place", async () => {
      const { sequence } = its.event("approvedByTwo", "RETRACTED");
      const verdict = await its.verdictAfter(async () => {
        await its.set("audit_event", "sequence", 10_000, "sequence = ?", sequence);
        await its.set("audit_event", "sequence", sequence, "sequence = ?", sequence + 1);
        await its.set("audit_event", "sequence", sequence + 1, "sequence = ?", 10_000);
      });
      expect(verdict).toMatchObject({ ok: false, sequence });
    });

    it("two texts in each other's place, with the chain made to fit", async () => {
      const [first, second] = [
        its.event("approvedByTwo", "RETRACTED"),
        its.event("approvedByTwo", "REVIEWED", 1),
      ];
      const verdict = await its.verdictAfter(async () => {
        await its.set("audit_event", "body", first.body, "sequence = ?", second.sequence);
        await its.rewrite(first.sequence, second.body);
      });
      expect(verdict).toMatchObject({ ok: false, sequence: first.sequence });
    });

    it.each([
      ["another form than RFC 8785's", (body: string) => body.replace(/^\{/, "{ "), "RFC 8785"],
      ["a doubled member", (body: string) => body.replace('"v":1', '"v":1,"v":1'), "RFC 8785"],
      [
        "members in another order",
        (body: string) => `{"v":1,${body.slice(1).replace(',"v":1', "")}`,
        "RFC 8785",
      ],
      [
        "another workspace",
        (body: string) => body.replace(/workspace_[0-9a-z]+/, "workspace_x"),
        "workspace",
      ],
      ["another sequence", (body: string) => body.replace(/"sequence":\d+/, '"sequence":1'), "sequence"],
      ["another version", (body: string) => body.replace('"v":1', '"v":2'), "version"],
      ["no actor", (body: string) => body.replace('"kind":"SYSTEM",', ""), "actor"],
      ["another member", (body: string) => body.replace('"v":1', '"u":1,"v":1'), "members"],
      ["a type that there is not", (body: string) => body.replace("EXPIRED", "FORGIVEN"), "type"],
    ])("a text with %s, with the chain made to fit", async (_, change, reason) => {
      const { sequence, body } = its.lastEvent;
      const verdict = await its.verdictAfter(() => its.rewrite(sequence, change(body)));
      expect(verdict).toMatchObject({ ok: false, sequence, reason: expect.stringContaining(reason) });
    });

    it.each(["", "null", "[]", "{", '{"v":1}', "\u0000", "9".repeat(400)])("the text %j", async (body) => {
      const { sequence } = its.event("withdrawn", "WITHDRAWN");
      const verdict = await its.verdictAfter(() => its.rewrite(sequence, body));
      expect(verdict).toMatchObject({ ok: false, sequence });
    });

    it("a time that runs backwards, with the chain made to fit", async () => {
      const { sequence, body, occurred_at: at } = its.lastEvent;
      const earlier = its.events[0]!.occurred_at - 1;
      const verdict = await its.verdictAfter(async () => {
        await its.set("audit_event", "occurred_at", earlier, "sequence = ?", sequence);
        await its.rewrite(
          sequence,
          body.replace(new Date(at).toISOString(), new Date(earlier).toISOString()),
        );
      });
      expect(verdict).toMatchObject({ ok: false, sequence, reason: expect.stringContaining("earlier") });
    });

    it.each([
      ["sequence", 9_999, 1],
      ["hash", "0".repeat(64), 0],
      ["occurred_at", 1, 0],
    ])("a head with another %s than its last event", async (column, value, beyond) => {
      const verdict = await its.verdictAfter(() => its.set("ledger_head", column, value, "1 = 1"));
      expect(verdict).toMatchObject({ ok: false, sequence: its.lastEvent.sequence + beyond });
    });

    it("a head that stands before the last events, and none at all", async () => {
      const verdict = await its.verdictAfter(() => its.set("ledger_head", "sequence", 7, "1 = 1"));
      expect(verdict).toMatchObject({ ok: false, sequence: 8 });
      const other = await its.verdictAfter(() => its.client.query("DELETE FROM ledger_head"));
      expect(other).toMatchObject({ ok: false, sequence: null });
    });
  });
});
