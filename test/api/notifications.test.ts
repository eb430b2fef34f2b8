import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { gql, gqlData } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { eventsOf, manage, verdictOn } from "./members.js";
import { makeQueue } from "./tickets.js";

const PREFERENCES =
  "notificationPreferences { mailConfigured address mail queues { queue mail } timeZone quietFrom quietUntil digestAt }";
const NOTICE = "queue { name notice { remindMinutes escalateMinutes escalateTo } }";
const MUTATIONS = {
  setNotificationPreference: ["SetNotificationPreferenceInput", PREFERENCES],
  setNotificationHours: ["SetNotificationHoursInput", PREFERENCES],
  setQueueNotice: ["SetQueueNoticeInput", NOTICE],
} as const;
const USUAL = {
  mailConfigured: false,
  address: null,
  mail: "SINGLE",
  queues: [],
  timeZone: "UTC",
  quietFrom: null,
  quietUntil: null,
  digestAt: 480,
};

describe.each(databases)("what is mailed to whom, over the API, on $name", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  beforeAll(async () => {
    server = await startTestServer(kind);
    ({ url, keys } = server);
    await makeQueue(server, "loans", 1);
  });
  afterAll(() => server?.close());

  const tryTo = (key: string | null, name: keyof typeof MUTATIONS, input: object) =>
    gql<Record<string, { notificationPreferences: object; queue: object }>>(
      url,
      key,
      `mutation ($input: ${MUTATIONS[name][0]}!) { ${name}(input: $input) { ${MUTATIONS[name][1]} } }`,
      { input },
    );
  const own = async (key: string) =>
    (await gqlData<{ notificationPreferences: unknown }>(url, key, `{ ${PREFERENCES} }`))
      .notificationPreferences;
  const notices = async (key: string) =>
    (
      await gqlData<{ queues: { name: string; notice: unknown }[] }>(
        url,
        key,
        "{ queues { name notice { remindMinutes escalateMinutes escalateTo } } }",
      )
    ).queues;
  const withAddress = async (name: string, roles: string[]) =>
    (await manage(url, keys.admin, "inviteMember", { email: `${name}@example.org`, name, roles })).member;

  it("is each reviewer's own choice, on the record, and seen by nobody else", async () => {
    expect(await own(keys.reviewer)).toEqual(USUAL);
    const off = await tryTo(keys.reviewer, "setNotificationPreference", { queue: "loans", mail: "OFF" });
    expect(off.data?.setNotificationPreference?.notificationPreferences).toMatchObject({
      queues: [{ queue: "loans", mail: "OFF" }],
    });
    await tryTo(keys.reviewer, "setNotificationPreference", { mail: "DIGEST" });
    const hours = { timeZone: "Europe/Berlin", quietFrom: 1_320, quietUntil: 420, digestAt: 0 };
    await tryTo(keys.reviewer, "setNotificationHours", hours);
    const now = { ...USUAL, mail: "DIGEST", queues: [{ queue: "loans", mail: "OFF" }], ...hours };
    expect(await own(keys.reviewer)).toEqual(now);
    expect(await own(keys.reviewer2)).toEqual(USUAL);
    const events = (await eventsOf(server, "SETTINGS_CHANGED")).filter(
      ({ data }) => data.setting === "notifications",
    );
    expect(events).toHaveLength(3);
    expect(events.every(({ actor, data }) => actor.id === data.principalId)).toBe(true);
    await tryTo(keys.reviewer, "setNotificationPreference", { queue: "loans", mail: null });
    await tryTo(keys.reviewer, "setNotificationHours", {});
    expect(await own(keys.reviewer)).toEqual({ ...USUAL, mail: "DIGEST" });
  });

  it("is refused to whom nothing is ever mailed, and to nobody's credential", async () => {
    for (const key of [keys.agent, keys.auditor]) {
      expect((await tryTo(key, "setNotificationPreference", { mail: "OFF" })).code).toBe("FORBIDDEN");
      expect((await tryTo(key, "setNotificationHours", {})).code).toBe("FORBIDDEN");
      expect((await gql(url, key, `{ ${PREFERENCES} }`)).code).toBe("FORBIDDEN");
    }
    expect((await tryTo(null, "setNotificationPreference", { mail: "OFF" })).code).toBe("UNAUTHENTICATED");
    expect((await tryTo(keys.admin, "setNotificationPreference", { mail: "OFF" })).code).toBeUndefined();
  });

  it("is not changed with a key that was revoked a moment ago", async () => {
    const leaving = await server.principal("Leaving", "HUMAN", ["REVIEWER"]);
    expect((await tryTo(leaving.key, "setNotificationPreference", { mail: "DIGEST" })).code).toBeUndefined();
    await manage(url, keys.admin, "revokeApiKey", { keyId: leaving.keyId });
    expect((await tryTo(leaving.key, "setNotificationPreference", { mail: "OFF" })).code).toBe(
      "UNAUTHENTICATED",
    );
  });

  it.each([
    ["setNotificationPreference", { queue: "nowhere", mail: "OFF" }, "queue"],
    ["setNotificationPreference", { queue: "", mail: "OFF" }, "queue"],
    ["setNotificationPreference", { queue: "x".repeat(100_000), mail: "OFF" }, "queue"],
    ["setNotificationPreference", {}, "mail"],
    ["setNotificationHours", { timeZone: "Mars/Olympus" }, "timeZone"],
    ["setNotificationHours", { timeZone: "+02:00" }, "timeZone"],
    ["setNotificationHours", { timeZone: "x".repeat(100_000) }, "timeZone"],
    ["setNotificationHours", { quietFrom: 60 }, "quietUntil"],
    ["setNotificationHours", { quietUntil: 60 }, "quietFrom"],
    ["setNotificationHours", { quietFrom: 60, quietUntil: 60 }, "quietUntil"],
    ["setNotificationHours", { quietFrom: 1_440, quietUntil: 60 }, "quietFrom"],
    ["setNotificationHours", { digestAt: -1 }, "digestAt"],
    ["setQueueNotice", { queue: "loans", remindMinutes: 0 }, "remindMinutes"],
    ["setQueueNotice", { queue: "loans", remindMinutes: 43_201 }, "remindMinutes"],
    ["setQueueNotice", { queue: "loans", escalateMinutes: 5 }, "escalateTo"],
    ["setQueueNotice", { queue: "loans", escalateMinutes: 5, escalateTo: ["x"] }, "escalateTo"],
  ] as const)("%s refuses %j, says which field, and changes nothing", async (name, input, field) => {
    const before = [await own(keys.admin), await notices(keys.admin)];
    const { errors } = await tryTo(keys.admin, name, input);
    expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field });
    expect([await own(keys.admin), await notices(keys.admin)]).toEqual(before);
  });

  it.each([
    ["setNotificationPreference", { mail: "LOUD" }],
    ["setNotificationPreference", { queue: 7, mail: "OFF" }],
    ["setNotificationHours", { digestAt: "08:00" }],
    ["setNotificationHours", { digestAt: 1.5 }],
    ["setQueueNotice", { remindMinutes: 5 }],
    ["setQueueNotice", { queue: "loans", escalateTo: null }],
  ] as const)("%s refuses %j for its form", async (name, input) => {
    expect((await tryTo(keys.admin, name, input)).code).toBe("BAD_USER_INPUT");
  });

  it("goes on to members whom an admin names for a queue, which agents and reviewers are not shown", async () => {
    const boss = await withAddress("boss", ["ADMIN"]);
    const input = { queue: "loans", remindMinutes: 60, escalateMinutes: 30, escalateTo: [boss.id] };
    const set = await tryTo(keys.admin, "setQueueNotice", input);
    const { queue: name, ...notice } = input;
    expect(set.data?.setQueueNotice?.queue).toEqual({ name, notice });
    const nothing = { remindMinutes: null, escalateMinutes: null, escalateTo: [] };
    for (const key of [keys.admin, keys.auditor])
      expect(await notices(key)).toEqual([
        { name: "default", notice: nothing },
        { name, notice },
      ]);
    for (const key of [keys.agent, keys.reviewer])
      expect(await notices(key)).toEqual([
        { name: "default", notice: null },
        { name, notice: null },
      ]);
    const changed = await gqlData<{ changeQueue: unknown }>(
      url,
      keys.admin,
      `mutation { changeQueue(input: { name: "loans", minimumApprovals: 2 }) { ${NOTICE} } }`,
    );
    expect(changed.changeQueue).toEqual({ queue: { name, notice } });
    expect(
      (await eventsOf(server, "SETTINGS_CHANGED")).some(({ data }) => data.setting === "queue_notice"),
    ).toBe(true);
  });

  it("is set for a queue by its own admins alone, and to nobody of another workspace", async () => {
    const foreign = await gqlData<{ viewer: { principal: { id: string } } }>(
      url,
      keys.foreignReviewer,
      "{ viewer { principal { id } } }",
    );
    const escalateTo = [foreign.viewer.principal.id];
    const refused = await tryTo(keys.admin, "setQueueNotice", {
      queue: "loans",
      escalateMinutes: 5,
      escalateTo,
    });
    expect(refused.errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "escalateTo" });
    for (const key of [keys.agent, keys.reviewer, keys.auditor, keys.foreignReviewer])
      expect((await tryTo(key, "setQueueNotice", { queue: "loans", remindMinutes: 5 })).code).toBe(
        "FORBIDDEN",
      );
    expect((await tryTo(keys.admin, "setQueueNotice", { queue: "nowhere" })).code).toBe("NOT_FOUND");
  });

  it("leaves nothing for audit verify to find", async () => {
    expect(await verdictOn(server)).toMatchObject({ ok: true });
  });
});
