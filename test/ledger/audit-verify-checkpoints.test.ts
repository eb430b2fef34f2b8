import { CompactSign, generateKeyPair } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verifyLedger } from "../../src/ledger/audit-verify.js";
import { CHECKPOINT_TYP, openCheckpointText } from "../../src/ledger/checkpoint.js";
import { databases } from "../support/databases.js";
import { Tampering, TICKET_TABLES } from "./audit-tampering.js";

describe.each(databases)("audit verify with checkpoints, on $name", (kind) => {
  let its: Tampering;

  beforeAll(async () => {
    its = await Tampering.open(kind);
  });
  afterAll(() => its.close());

  it("holds each of them against the chain, in whatever order they come, and says which was the last", async () => {
    const { sequence } = its.lastEvent;
    const checkpoints = [its.checkpointAt(3), its.checkpointAt(sequence - 1), its.checkpointAt(7)];
    expect(await its.verify(checkpoints)).toMatchObject({ ok: true, checkpointSequence: sequence - 1 });
  });

  it("takes no notice of other workspaces' checkpoints, unless one of its own is demanded", async () => {
    const { keys, workspace } = its.world;
    const payload = {
      v: 1,
      workspace: "workspace_x",
      sequence: 3,
      hash: "0",
      at: "2026-01-01T00:00:00.000Z",
    };
    const jws = keys.sign(CHECKPOINT_TYP, payload);
    expect(await its.verify([{ ...payload, jws }])).toMatchObject({ ok: true, checkpointSequence: null });
    const options = { keys, checkpoints: [openCheckpointText(keys, jws)], demandCheckpoint: true };
    expect(await verifyLedger(its.client, workspace.id, options)).toEqual({
      ok: false,
      sequence: null,
      reason: expect.stringContaining("no checkpoint of this workspace"),
    });
  });

  it("finds a tail that was cut off together with everything that followed from it", async () => {
    const last = its.event("approved", "SUBMITTED").sequence - 1;
    const end = its.events[last - 1]!;
    const cut = async (): Promise<void> => {
      await its.forget(TICKET_TABLES);
      await its.set("principal", "roles", '["AUDITOR"]', "name = ?", "Late reviewer");
      await its.client.query("DELETE FROM audit_event WHERE sequence > ?", [last]);
      await its.set("ledger_head", "hash", end.hash, "1 = 1");
      await its.set("ledger_head", "occurred_at", end.occurred_at, "1 = 1");
      await its.set("ledger_head", "sequence", last, "1 = 1");
    };
    expect(await its.verdictAfter(cut, [its.checkpointAt(last)])).toMatchObject({ ok: true, tickets: 0 });
    const verdict = await its.verdictAfter(cut, [
      its.checkpointAt(last),
      its.checkpointAt(its.lastEvent.sequence),
    ]);
    expect(verdict).toEqual({ ok: false, sequence: last + 1, reason: expect.stringContaining("cut off") });
  });

  it("finds a ledger that was emptied", async () => {
    const verdict = await its.verdictAfter(async () => {
      await its.forget([...TICKET_TABLES, "audit_event", "api_key", "sign_in_link", "session"]);
      await its.client.query("DELETE FROM principal WHERE kind <> 'SYSTEM'");
      await its.client.query("DELETE FROM queue WHERE name <> 'default'");
      await its.set("ledger_head", "hash", its.events[0]!.previous_hash, "1 = 1");
      await its.set("ledger_head", "sequence", 0, "1 = 1");
    }, [its.checkpointAt(its.lastEvent.sequence)]);
    expect(verdict).toEqual({ ok: false, sequence: 1, reason: expect.stringContaining("cut off") });
  });

  it("finds a chain that was rebuilt so well that nothing else shows it", async () => {
    const { sequence, body } = its.event("approved", "COMMENTED");
    const rebuild = () => its.rewrite(sequence, body.replace("100", "900"));
    expect(await its.verdictAfter(rebuild)).toMatchObject({ ok: true });
    expect(await its.verdictAfter(rebuild, [its.checkpointAt(sequence - 1)])).toMatchObject({ ok: true });

    const later = [sequence - 1, sequence + 3, sequence + 4].map((place) => its.checkpointAt(place));
    const verdict = await its.verdictAfter(rebuild, later);
    expect(verdict).toMatchObject({ ok: false, sequence: sequence + 3, more: 1 });
    expect(verdict).toHaveProperty("reason", expect.stringContaining(`from event ${sequence} on`));
  });

  it("believes no checkpoint that was altered, nor one that somebody else signed", async () => {
    const checkpoint = its.checkpointAt(5);
    const altered = await its.verify([{ ...checkpoint, sequence: 6 }]);
    expect(altered).toMatchObject({
      ok: false,
      sequence: null,
      reason: expect.stringContaining("something else"),
    });

    const { privateKey } = await generateKeyPair("EdDSA");
    const { jws: _, ...said } = checkpoint;
    const jws = await new CompactSign(Buffer.from(JSON.stringify({ v: 1, ...said })))
      .setProtectedHeader({ alg: "EdDSA", kid: its.world.keys.kid, typ: CHECKPOINT_TYP })
      .sign(privateKey);
    const forged = await its.verify([{ ...said, jws }]);
    expect(forged).toMatchObject({ ok: false, sequence: null, reason: expect.stringContaining("signature") });
    expect(await its.verify([{}])).toMatchObject({ ok: false, sequence: null });
    for (const text of ["", "{", "[]", "a.b.c", "null", JSON.stringify(said)]) {
      expect(openCheckpointText(its.world.keys, text)).toHaveProperty("problem");
    }
    const { kind: _kind, ...open } = { kind: "checkpoint", ...checkpoint };
    for (const text of [
      checkpoint.jws,
      JSON.stringify(checkpoint),
      JSON.stringify({ kind: "checkpoint", ...open }),
    ]) {
      expect(openCheckpointText(its.world.keys, text)).toEqual(checkpoint);
    }
  });

  describe("finds, in a chain whose hashes all fit, what the rules do not allow:", () => {
    it("a review by an agent", async () => {
      const target = its.event("approved", "REVIEWED");
      const verdict = await its.verdictOfBody(target, ({ actor }: Record<string, Record<string, string>>) => {
        actor!.kind = "AGENT";
      });
      expect(verdict).toMatchObject({
        ok: false,
        sequence: target.sequence,
        reason: expect.stringContaining("human"),
      });
    });

    it("another number of approvals than were required or given", async () => {
      const submitted = its.event("approvedByTwo", "SUBMITTED");
      const required = await its.verdictOfBody(
        submitted,
        ({ data }: Record<string, Record<string, unknown>>) => {
          data!.approvalsRequired = 3;
        },
      );
      expect(required).toMatchObject({ ok: false, sequence: submitted.sequence });
      const decided = its.event("approvedByTwo", "DECIDED");
      const given = await its.verdictOfBody(
        decided,
        ({ data }: Record<string, Record<string, unknown[]>>) => {
          data!.reviews!.pop();
        },
      );
      expect(given).toMatchObject({ ok: false, sequence: decided.sequence });
    });

    it("a decision about another digest than was reviewed", async () => {
      const target = its.event("approved", "DECIDED");
      const verdict = await its.verdictOfBody(target, ({ data }: Record<string, Record<string, unknown>>) => {
        data!.digest = "sha256:0";
      });
      expect(verdict).toMatchObject({ ok: false, sequence: target.sequence });
    });

    it("a review that settles the revision, without the decision", async () => {
      const target = its.event("withdrawn", "WITHDRAWN");
      const verdict = await its.verdictOfBody(target, (body: Record<string, unknown>) => {
        const { digest } = JSON.parse(its.event("withdrawn", "SUBMITTED").body).data;
        const reviewer = JSON.parse(its.event("approved", "REVIEWED").body).actor;
        const data = { outcome: "REJECTED", comments: null, digest, amendment: false };
        Object.assign(body, { type: "REVIEWED", actor: reviewer, data });
      });
      expect(verdict).toMatchObject({ ok: false, sequence: target.sequence });
    });

    it("data that are none", async () => {
      const target = its.event("approved", "DECIDED");
      const verdict = await its.verdictOfBody(target, (body: Record<string, unknown>) => {
        body.data = { status: "APPROVED" };
      });
      expect(verdict).toMatchObject({ ok: false, sequence: target.sequence });
    });
  });
});
