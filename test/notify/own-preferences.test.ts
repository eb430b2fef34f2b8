import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { removeMember } from "../../src/identity/members.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { switchOffByLink, takeBackByLink } from "../../src/notify/preferences/change-by-link.js";
import { readMailMembers } from "../../src/notify/preferences/mail-members.js";
import {
  readOwnPreferences,
  setNotificationHours,
  setNotificationPreference,
} from "../../src/notify/preferences/own-preferences.js";
import { USUAL_HOURS } from "../../src/notify/preferences/when-to-send.js";
import { databases } from "../support/databases.js";
import { type NotifyLedger, openNotifyLedger } from "./notify-ledger.js";

describe.each(databases)("what somebody wants to hear, on $name", (kind) => {
  let test: NotifyLedger;
  beforeAll(async () => {
    test = await openNotifyLedger(kind);
  });
  afterAll(() => test.close());

  const as = (actor: NotifyLedger["admin"]) => ({ workspaceId: test.workspaceId, actor });
  const read = (actor: NotifyLedger["admin"]) => readOwnPreferences(test.database.read, actor.id);
  const eventsOf = async ({ id }: NotifyLedger["admin"]) =>
    (await test.settings("notifications")).filter(({ principalId }) => principalId === id);

  it("is a mail for each, at any hour, until they say otherwise", async () => {
    const ada = await test.human("ada");
    expect(await read(ada)).toEqual({ mail: "SINGLE", queues: [], hours: USUAL_HOURS });
  });

  it("is kept in general and by queue, and the record has the whole of it each time it changes", async () => {
    const ada = await test.human("ada");
    await setNotificationPreference(test.ledger, as(ada), { queue: null, mail: "DIGEST" });
    await setNotificationPreference(test.ledger, as(ada), { queue: "loans", mail: "OFF" });
    await setNotificationPreference(test.ledger, as(ada), { queue: "loans", mail: "OFF" });
    const hours = { timeZone: "Asia/Kathmandu", quiet: { from: 1_320, until: 420 }, digestAt: 0 };
    const now = await setNotificationHours(test.ledger, as(ada), hours);
    expect(now).toEqual({ mail: "DIGEST", queues: [{ queue: "loans", mail: "OFF" }], hours });
    expect(await read(ada)).toEqual(now);
    const events = await eventsOf(ada);
    expect(events).toHaveLength(3);
    const principalId = ada.id;
    expect(events.at(-1)).toEqual({
      setting: "notifications",
      principalId,
      mail: "DIGEST",
      queues: { loans: "OFF" },
      ...hours,
    });
    await setNotificationPreference(test.ledger, as(ada), { queue: "loans", mail: null });
    await setNotificationHours(test.ledger, as(ada), USUAL_HOURS);
    expect(await read(ada)).toEqual({ mail: "DIGEST", queues: [], hours: USUAL_HOURS });
  });

  it("is nobody else's, and read for all members of the workspace in two statements", async () => {
    const [ada, grace, silent] = [
      await test.human("ada"),
      await test.human("grace"),
      await test.human("silent"),
    ];
    await test.actor("without an address", "HUMAN", ["REVIEWER"]);
    await setNotificationPreference(test.ledger, as(ada), { queue: "loans", mail: "OFF" });
    await setNotificationPreference(test.ledger, as(ada), { queue: "default", mail: "OFF" });
    await setNotificationPreference(test.ledger, as(grace), { queue: null, mail: "DIGEST" });
    await setNotificationHours(test.ledger, as(grace), { ...USUAL_HOURS, digestAt: 60 });
    const statements: string[] = [];
    const counting = {
      query: <Row>(text: string, values?: readonly (string | number | null)[]) => {
        statements.push(text);
        return test.database.read.query<Row>(text, values);
      },
    };
    const members = await readMailMembers(counting, test.workspaceId, ["loans", "claims"]);
    expect(statements).toHaveLength(2);
    const of = ({ id }: { id: string }) => members.find(({ member }) => member.id === id);
    expect(of(ada)?.preferences).toEqual([{ queue: "loans", mail: "OFF" }]);
    expect(of(grace)).toMatchObject({
      preferences: [{ queue: "", mail: "DIGEST" }],
      hours: { digestAt: 60 },
    });
    expect(of(silent)).toMatchObject({ reachable: true, preferences: [], hours: USUAL_HOURS });
    expect(members.some(({ member }) => member.name === "without an address")).toBe(false);
  });

  const wrong: [string, Parameters<typeof setNotificationPreference>[2], string][] = [
    ["a queue that there is not", { queue: "nowhere", mail: "OFF" }, "queue"],
    ["a queue without a name", { queue: "", mail: "OFF" }, "queue"],
    ["a huge name", { queue: "x".repeat(100_000), mail: "OFF" }, "queue"],
    ["nothing in general", { queue: null, mail: null }, "mail"],
    ["another choice", { queue: null, mail: "LOUD" as "OFF" }, "mail"],
  ];
  it.each(wrong)("cannot be %s", async (_, choice, field) => {
    const ada = await test.human("ada");
    await expect(setNotificationPreference(test.ledger, as(ada), choice)).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: { field },
    });
    expect(await eventsOf(ada)).toEqual([]);
  });

  it.each([
    [{ timeZone: "Mars/Olympus" }, "timeZone"],
    [{ timeZone: "" }, "timeZone"],
    [{ digestAt: 1_440 }, "digestAt"],
    [{ digestAt: -1 }, "digestAt"],
    [{ digestAt: 0.5 }, "digestAt"],
    [{ quiet: { from: -1, until: 5 } }, "quietFrom"],
    [{ quiet: { from: 1, until: 1_440 } }, "quietUntil"],
    [{ quiet: { from: 60, until: 60 } }, "quietUntil"],
    [{ quiet: { from: Number.NaN, until: 60 } }, "quietFrom"],
  ])("refuses the hours %j", async (given, field) => {
    const ada = await test.human("ada");
    await expect(
      setNotificationHours(test.ledger, as(ada), { ...USUAL_HOURS, ...given }),
    ).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: { field },
    });
    expect(await read(ada)).toEqual({ mail: "SINGLE", queues: [], hours: USUAL_HOURS });
  });

  it("is said by humans who review or manage, and by nobody whose membership has ended", async () => {
    const auditor = await test.human("auditor", ["AUDITOR"]);
    for (const actor of [test.agent, auditor]) {
      await expect(
        setNotificationPreference(test.ledger, as(actor), { queue: null, mail: "OFF" }),
      ).rejects.toMatchObject({ code: "FORBIDDEN" });
    }
    await setNotificationPreference(test.ledger, as(test.admin), { queue: null, mail: "OFF" });
    const leaving = await test.human("leaving");
    await remove(leaving.id);
    await expect(setNotificationHours(test.ledger, as(leaving), USUAL_HOURS)).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
    });
  });

  const remove = async (principalId: string): Promise<void> => {
    const actor = await systemActor(test.database.read, test.workspaceId);
    await removeMember(test.ledger, { workspaceId: test.workspaceId, principalId, actor });
  };

  const by = () => ({ ledger: test.ledger, read: test.database.read });
  const link = ({ id }: { id: string }, queue: string | null = "loans") => ({
    workspaceId: test.workspaceId,
    principalId: id,
    queue,
  });

  it("is switched off by the link in a mail, and as it was when that is taken back", async () => {
    const ada = await test.human("ada");
    expect(await switchOffByLink(by(), link(ada))).toEqual([{ queue: "loans", mail: null }]);
    expect(await switchOffByLink(by(), link(ada))).toEqual([]);
    expect(await read(ada)).toMatchObject({ mail: "SINGLE", queues: [{ queue: "loans", mail: "OFF" }] });
    expect((await eventsOf(ada)).map(({ byLink = false }) => byLink)).toEqual([true]);
    await takeBackByLink(by(), link(ada), [{ queue: "loans", mail: null }]);
    expect(await read(ada)).toMatchObject({ queues: [] });
  });

  it("is switched off for every queue by the link of a digest, those that were named too", async () => {
    const ada = await test.human("ada");
    const choices = [
      { queue: null, mail: "DIGEST" },
      { queue: "loans", mail: "SINGLE" },
    ] as const;
    for (const choice of choices) await setNotificationPreference(test.ledger, as(ada), choice);
    await setNotificationPreference(test.ledger, as(ada), { queue: "default", mail: "OFF" });
    const before = await switchOffByLink(by(), link(ada, null));
    expect(before).toEqual(choices);
    const off = { mail: "OFF", queues: ["default", "loans"].map((queue) => ({ queue, mail: "OFF" })) };
    expect(await read(ada)).toMatchObject(off);
    await takeBackByLink(by(), link(ada, null), before);
    expect(await read(ada)).toMatchObject({
      mail: "DIGEST",
      queues: [{ mail: "OFF" }, { queue: "loans", mail: "SINGLE" }],
    });
  });

  it("is, by a link, changed of what the link is about and of nothing else", async () => {
    const ada = await test.human("ada");
    const elsewhere = [
      { queue: null, mail: "OFF" },
      { queue: "default", mail: "OFF" },
    ] as const;
    await takeBackByLink(by(), link(ada), elsewhere);
    await takeBackByLink(by(), link(ada, null), [{ queue: "x".repeat(10_000), mail: "OFF" }]);
    expect(await read(ada)).toEqual({ mail: "SINGLE", queues: [], hours: USUAL_HOURS });
  });

  it("stays as it is when the link is somebody's who was removed, or nobody's, or of another workspace", async () => {
    const [leaving, ada] = [await test.human("leaving"), await test.human("ada")];
    await remove(leaving.id);
    const dead = [
      link(leaving),
      link({ id: "principal_nobody" }),
      { ...link(ada), workspaceId: "workspace_other" },
    ];
    for (const one of dead) expect(await switchOffByLink(by(), one)).toEqual([]);
    for (const one of [leaving, ada]) {
      expect((await read(one)).queues).toEqual([]);
      expect(await eventsOf(one)).toEqual([]);
    }
  });

  it("is one of the choices where several are made at once, with an event for each", async () => {
    const ada = await test.human("ada");
    const choices = ["SINGLE", "DIGEST", "OFF"] as const;
    await Promise.all(
      choices.map((mail) => setNotificationPreference(test.ledger, as(ada), { queue: "loans", mail })),
    );
    const rows = await test.rows("SELECT mail FROM notification_preference WHERE principal_id = ?", [ada.id]);
    expect(rows).toHaveLength(1);
    const events = await eventsOf(ada);
    expect(events).toHaveLength(3);
    expect(events.at(-1)).toMatchObject({ queues: { loans: (rows[0] as { mail: string }).mail } });
  });
});
