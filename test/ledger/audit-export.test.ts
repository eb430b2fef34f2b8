import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWorkspace } from "../../src/identity/workspaces.js";
import { exportLedger } from "../../src/ledger/audit-export.js";
import { withSnapshot } from "../../src/ledger/audit-verify-snapshot.js";
import { verifyExport } from "../../src/verifier/verify-export.js";
import { databases } from "../support/databases.js";
import { Tampering } from "./audit-tampering.js";

describe.each(databases)("audit export, on $name", (kind) => {
  let its: Tampering;

  beforeAll(async () => {
    its = await Tampering.open(kind);
  });
  afterAll(() => its.close());

  async function exported(workspace = its.world.workspace): Promise<string[]> {
    const { keys } = its.world;
    const lines: string[] = [];
    for await (const line of exportLedger(its.client, workspace, { keys, at: Date.now() })) lines.push(line);
    return lines;
  }
  async function* each(lines: readonly string[]): AsyncGenerator<string> {
    yield* lines;
  }
  const publicKeys = () => its.world.keys.publicJwks().keys.map((key) => ({ ...key }));
  const judged = (lines: readonly string[]) => verifyExport(each(lines), { keys: publicKeys() });

  it("is accepted by the offline verifier, which has only the public key", async () => {
    const { sequence, hash } = its.lastEvent;
    expect(await judged(await exported())).toMatchObject({
      ok: true,
      workspace: its.world.workspace.id,
      events: its.events.length,
      lastSequence: sequence,
      lastHash: hash,
    });
  });

  it("has each revision's text and each receipt right after their events, and ends with a checkpoint", async () => {
    const lines = (await exported()).map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ kind: "header", v: 1, workspace: { name: "audited" }, fromSequence: 1 });
    expect(lines.filter((line) => line.kind === "event").map((line) => line.sequence)).toEqual(
      its.events.map((event) => event.sequence),
    );
    const lineAfter = (sequence: number) => lines[lines.findIndex((line) => line.sequence === sequence) + 1];
    const { sequence, body } = its.event("approved", "SUBMITTED");
    const { kind: line, digest, title, detail, payload } = lineAfter(sequence);
    expect(line).toBe("proposal");
    expect(digest).toBe(JSON.parse(body).data.digest);
    expect(title).toBe("Späte Gebühr \u{1F4B6} \u2028 erlassen");
    expect(payload.nested).toEqual({ "9": null, "10": [1, 2.5e-7] });
    expect(detail).toContain("in two lines");
    expect(lineAfter(its.event("amended", "DECIDED").sequence)).toMatchObject({
      kind: "receipt",
      revision: 1,
    });
    expect(lineAfter(its.event("withdrawn", "WITHDRAWN").sequence)).not.toMatchObject({ kind: "receipt" });
    expect(lines.at(-1)).toMatchObject({ kind: "checkpoint", sequence: its.lastEvent.sequence });
  });

  it("splices payloads in as they were hashed", async () => {
    const [row] = await its.client.query<{ payload: string; detail: string; title: string; digest: string }>(
      `SELECT * FROM proposal WHERE ticket_id = '${its.story.approved}'`,
    );
    const line = (await exported()).find(
      (found) => found.includes(row!.digest) && found.includes('"proposal"'),
    )!;
    const [, payload] = /"payload":(.*),"digest":/s.exec(line)!;
    const text = `{"detail":${JSON.stringify(row!.detail)},"payload":${payload},"title":${JSON.stringify(row!.title)}}`;
    expect(`sha256:${createHash("sha256").update(text).digest("hex")}`).toBe(row!.digest);
  });

  it("is rejected by the offline verifier once a line was edited, removed or cut off", async () => {
    const lines = await exported();
    const index = lines.findIndex((line) => line.includes("RETRACTED"));
    const edited = lines.map((line, at) => (at === index ? line.replace("RETRACTED", "COMMENTED") : line));
    expect(await judged(edited)).toMatchObject({ ok: false });
    expect(await judged(lines.filter((_, at) => at !== index))).toMatchObject({ ok: false });
    expect(await judged(lines.slice(0, -1))).toMatchObject({ ok: false });
    expect(await judged(lines.filter((line) => !line.includes('"kind":"receipt"')))).toMatchObject({
      ok: false,
    });
  });

  it("exports an empty ledger, too", async () => {
    const workspace = await createWorkspace(its.world.database, `empty on ${kind.name}`);
    const lines = await exported(workspace);
    expect(lines).toHaveLength(2);
    expect(await judged(lines)).toMatchObject({ ok: true, events: 0, lastSequence: 0 });
  });

  it("stops at one head, whatever is committed meanwhile", async () => {
    const { location, workspace, keys, ledger } = its.world;
    const last = its.lastEvent.sequence;
    const lines = await withSnapshot(location, async (sql) => {
      const taken: string[] = [];
      for await (const line of exportLedger(sql, workspace, { keys, at: Date.now() })) {
        taken.push(line);
        if (taken.length !== 2) continue;
        const actor = { id: "principal_x", name: "Somebody", kind: "SYSTEM" } as const;
        await ledger.change({
          workspaceId: workspace.id,
          actor,
          events: [{ type: "SETTINGS_CHANGED", data: {} }],
        });
      }
      return taken;
    });
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ kind: "checkpoint", sequence: last });
    expect(await judged(lines)).toMatchObject({ ok: true, lastSequence: last });
  });

  it.each([
    ["an edited event", "UPDATE audit_event SET body = '{}' WHERE sequence = 5", /event 5 does not hold/],
    ["a missing event", "DELETE FROM audit_event WHERE sequence = 5", /event 5 is missing/],
    ["a missing end", "DELETE FROM audit_event WHERE sequence > 5", /event 6 is missing/],
    ["another head", "UPDATE ledger_head SET hash = 'x'", /another hash than its last event/],
    ["no head", "DELETE FROM ledger_head", /no head/],
  ])("signs nothing over %s", async (_, tamper, message) => {
    await its.client.query("BEGIN");
    await its.client.query(tamper);
    await expect(exported()).rejects.toThrow(message);
    await its.client.query("ROLLBACK");
  });
});
