import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Actor } from "../../src/domain/principal.js";
import { removeMember } from "../../src/identity/members.js";
import { createWorkspace, systemActor } from "../../src/identity/workspaces.js";
import {
  listQueueNotices,
  type QueueNotice,
  readQueueNotice,
  setQueueNotice,
} from "../../src/notify/deadlines/queue-notice.js";
import { databases } from "../support/databases.js";
import { type NotifyLedger, openNotifyLedger } from "./notify-ledger.js";

describe.each(databases)("what a queue does about due times, on $name", (kind) => {
  let test: NotifyLedger;
  let lead: Actor;
  beforeAll(async () => {
    test = await openNotifyLedger(kind);
    lead = await test.human("lead");
  });
  afterAll(() => test.close());

  const NOTHING = { queue: "loans", remindMinutes: null, escalateMinutes: null, escalateTo: [] };
  const set = (notice: Partial<QueueNotice>, actor = test.admin) =>
    setQueueNotice(test.ledger, { workspaceId: test.workspaceId, actor }, { ...NOTHING, ...notice });
  const read = (queue = "loans") => readQueueNotice(test.database.read, test.workspaceId, queue);

  it("is nothing, until an admin says otherwise, and the record has the whole of it each time it changes", async () => {
    expect(await read()).toEqual(NOTHING);
    const wanted = { remindMinutes: 60, escalateMinutes: 0, escalateTo: [lead.id, test.admin.id, lead.id] };
    const kept = { queue: "loans", ...wanted, escalateTo: [lead.id, test.admin.id].sort() };
    expect(await set(wanted)).toEqual(kept);
    await set(wanted);
    expect(await read()).toEqual(kept);
    expect(await test.settings("queue_notice")).toEqual([{ setting: "queue_notice", ...kept }]);
    await set({});
    expect(await listQueueNotices(test.database.read, test.workspaceId)).toEqual([]);
    expect((await test.settings("queue_notice")).at(-1)).toEqual({ setting: "queue_notice", ...NOTHING });
  });

  it.each([
    [{ remindMinutes: 0 }, "remindMinutes"],
    [{ remindMinutes: 43_201 }, "remindMinutes"],
    [{ remindMinutes: 1.5 }, "remindMinutes"],
    [{ escalateMinutes: -1, escalateTo: ["x"] }, "escalateMinutes"],
    [{ escalateMinutes: 5, escalateTo: [] }, "escalateTo"],
    [{ escalateTo: ["x"] }, "escalateMinutes"],
    [{ escalateMinutes: 5, escalateTo: ["principal_nobody"] }, "escalateTo"],
    [{ escalateMinutes: 5, escalateTo: [""] }, "escalateTo"],
    [{ escalateMinutes: 5, escalateTo: Array.from({ length: 51 }, (_, index) => `p${index}`) }, "escalateTo"],
  ])("refuses %j", async (notice, field) => {
    await expect(set(notice)).rejects.toMatchObject({ code: "BAD_USER_INPUT", details: { field } });
    expect(await read()).toEqual(NOTHING);
  });

  it("goes on to nobody who could not do anything about it, or could not be written to", async () => {
    const gone = await test.human("gone");
    const actor = await systemActor(test.database.read, test.workspaceId);
    await removeMember(test.ledger, { workspaceId: test.workspaceId, principalId: gone.id, actor });
    const other = await createWorkspace(test.database, "other");
    const foreign = await systemActor(test.database.read, other.id);
    const nobodies = [
      gone,
      foreign,
      test.agent,
      await test.human("auditor", ["AUDITOR"]),
      await test.actor("without an address", "HUMAN", ["REVIEWER"]),
    ];
    for (const { id } of nobodies)
      await expect(set({ escalateMinutes: 5, escalateTo: [lead.id, id] })).rejects.toMatchObject({
        code: "BAD_USER_INPUT",
        details: { field: "escalateTo" },
      });
  });

  it("is set by admins, for a queue that there is", async () => {
    await expect(set({ remindMinutes: 5 }, lead)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(set({ remindMinutes: 5 }, test.agent)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(set({ queue: "nowhere", remindMinutes: 5 })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
