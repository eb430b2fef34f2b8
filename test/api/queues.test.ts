import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LIMITS } from "../../src/domain/limits.js";
import { databases } from "../support/databases.js";
import { gql, gqlData } from "../support/graphql-client.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { eventsOf, manage, verdictOn } from "./members.js";
import { submit, ticketOf } from "./tickets.js";

describe.each(databases)("managing queues, on $name", (kind) => {
  let server: TestServer;
  let url: string;
  let keys: TestServer["keys"];
  beforeAll(async () => {
    server = await startTestServer(kind);
    ({ url, keys } = server);
  });
  afterAll(() => server?.close());

  const tryTo = (key: string | null, name: "createQueue" | "changeQueue", input: object) =>
    gql<Record<string, { queue: { name: string; minimumApprovals: number } }>>(
      url,
      key,
      `mutation ($input: ${name === "createQueue" ? "CreateQueueInput" : "ChangeQueueInput"}!) {
        ${name}(input: $input) { queue { name minimumApprovals } } }`,
      { input },
    );
  const queues = async (key = keys.agent) =>
    (
      await gqlData<{ queues: { name: string; minimumApprovals: number }[] }>(
        url,
        key,
        "{ queues { name minimumApprovals } }",
      )
    ).queues;

  it("is an admin's: made and changed on the record, for what is submitted from then on", async () => {
    expect((await tryTo(keys.admin, "createQueue", { name: "loans" })).data?.createQueue).toEqual({
      queue: { name: "loans", minimumApprovals: 1 },
    });
    const before = await submit(url, keys.agent, { queue: "loans" });
    const changed = await tryTo(keys.admin, "changeQueue", { name: "loans", minimumApprovals: 3 });
    expect(changed.data?.changeQueue?.queue.minimumApprovals).toBe(3);
    const after = await submit(url, keys.agent, { queue: "loans" });
    const needs = async (id: string) => (await ticketOf(url, keys.auditor, id)).approvalsRequired;
    expect([await needs(before.id), await needs(after.id)]).toEqual([1, 3]);
    const events = (await eventsOf(server, "SETTINGS_CHANGED")).filter(({ data }) => data.queue === "loans");
    expect(events.map(({ data }) => data.minimumApprovals)).toEqual([1, 3]);
    expect(events.every(({ actor }) => actor.kind === "HUMAN")).toBe(true);
    // The same again changes nothing, and puts nothing on record.
    await tryTo(keys.admin, "changeQueue", { name: "loans", minimumApprovals: 3 });
    expect(
      (await eventsOf(server, "SETTINGS_CHANGED")).filter(({ data }) => data.queue === "loans"),
    ).toHaveLength(2);
  });

  it("is refused to everybody else, with or without a credential", async () => {
    const before = await queues();
    for (const name of ["createQueue", "changeQueue"] as const) {
      const input = { name: name === "createQueue" ? "mine" : "default", minimumApprovals: 2 };
      for (const key of [keys.agent, keys.reviewer, keys.auditor])
        expect((await tryTo(key, name, input)).code).toBe("FORBIDDEN");
      expect((await tryTo(null, name, input)).code).toBe("UNAUTHENTICATED");
    }
    expect(await queues()).toEqual(before);
  });

  it("is not done with a key that was revoked a moment ago", async () => {
    const leaving = await server.principal("Leaving", "HUMAN", ["ADMIN"]);
    expect((await tryTo(leaving.key, "createQueue", { name: "theirs" })).code).toBeUndefined();
    await manage(url, keys.admin, "revokeApiKey", { keyId: leaving.keyId });
    expect((await tryTo(leaving.key, "createQueue", { name: "back-door" })).code).toBe("UNAUTHENTICATED");
    expect((await queues()).map(({ name }) => name)).not.toContain("back-door");
  });

  it.each([
    ["no name", { name: "" }, "name"],
    ["blanks for a name", { name: "  " }, "name"],
    ["a name that is too long", { name: "x".repeat(LIMITS.queueName + 1) }, "name"],
    ["a huge name", { name: "x".repeat(100_000) }, "name"],
    ["a line break in the name", { name: "a\nb" }, "name"],
    ["a name that is taken", { name: "default" }, "name"],
    ["no approval", { name: "new", minimumApprovals: 0 }, "minimumApprovals"],
    ["less than none", { name: "new", minimumApprovals: -1 }, "minimumApprovals"],
    [
      "too many approvals",
      { name: "new", minimumApprovals: LIMITS.approvalsRequired + 1 },
      "minimumApprovals",
    ],
  ])("refuses %s, says which field, and makes nothing", async (_, input, field) => {
    const before = await queues();
    const { errors } = await tryTo(keys.admin, "createQueue", input);
    expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field });
    expect(await queues()).toEqual(before);
  });

  it.each([
    ["a number for a name", { name: 7 }],
    ["a text for a number", { name: "new", minimumApprovals: "2" }],
    ["half an approval", { name: "new", minimumApprovals: 1.5 }],
    ["nothing", {}],
  ])("refuses %s", async (_, input) => {
    expect((await tryTo(keys.admin, "createQueue", input)).code).toBe("BAD_USER_INPUT");
  });

  it("does not find a queue that is not there, nor another workspace's", async () => {
    const foreign = await gqlData<{ queues: unknown[] }>(url, keys.foreignAgent, "{ queues { name } }");
    expect(foreign.queues).toEqual([{ name: "default" }]);
    for (const name of ["nowhere", "", "x".repeat(100_000)])
      expect((await tryTo(keys.admin, "changeQueue", { name, minimumApprovals: 2 })).code).toBe("NOT_FOUND");
  });

  it("makes one queue of a name, however many ask at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => tryTo(keys.admin, "createQueue", { name: "contested" })),
    );
    expect(answers.filter(({ code }) => code === undefined)).toHaveLength(1);
    expect(answers.filter(({ code }) => code === "BAD_USER_INPUT")).toHaveLength(7);
    expect((await queues()).filter(({ name }) => name === "contested")).toHaveLength(1);
  });

  it("leaves nothing for audit verify to find", async () => {
    expect(await verdictOn(server)).toMatchObject({ ok: true });
  });
});
