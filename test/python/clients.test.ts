import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { revokeKey } from "../../src/identity/keys.js";
import { systemActor } from "../../src/identity/workspaces.js";
import { eventsOf } from "../api/members.js";
import { startProxy } from "../client/cuttable-proxy.js";
import { databaseKind } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { type PythonRun, runPython } from "../support/python.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

type Json = Readonly<Record<string, unknown>>;

/** What every ticket has that nobody has decided on. */
const UNDECIDED = { status: "pending", comments: null, decidedBy: null, cursor: null, receipt: null };

describe("the Python clients", () => {
  let server: TestServer;
  const runs: PythonRun[] = [];
  const calls = reviewCalls(() => server);

  beforeAll(async () => {
    server = await startTestServer(databaseKind("sqlite"));
  });
  afterEach(() => Promise.all(runs.splice(0).map((run) => run.kill())));
  afterAll(() => server?.close());

  function begin(program: string, args: readonly string[], env: Record<string, string> = {}): PythonRun {
    const { agent, reviewer, foreignAgent } = server.keys;
    const run = runPython([join(import.meta.dirname, "programs", `${program}.py`), ...args], {
      env: { URL: server.url, AGENT: agent, REVIEWER: reviewer, FOREIGN: foreignAgent, ...env },
    });
    runs.push(run);
    return run;
  }

  /** Every line of JSON that was said so far. */
  const toldBy = (run: PythonRun): Json[] =>
    run
      .said()
      .split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line) => JSON.parse(line) as Json);

  async function allOf(run: PythonRun): Promise<Json[]> {
    expect(await run.ended, run.said()).toBe(0);
    return toldBy(run);
  }

  const said = (run: PythonRun, what: string, condition: (told: readonly Json[]) => boolean) =>
    until(() => condition(toldBy(run)), { what: `${what} in: ${run.said()}`, timeoutMs: 15_000 });

  describe.each(["blocking", "asyncio"])("%s", (kind) => {
    it("live through a ticket with a reviewer", async () => {
      const told = Object.assign({}, ...(await allOf(begin("story", [kind])))) as Record<string, Json>;
      const title = "Expand loan term to 7 years";
      expect(told.submitted).toMatchObject({
        ...UNDECIDED,
        revision: 1,
        title,
        detail: "From 5 to 7.",
        payload: { years: 7, "€": [1, null, 0.1] },
        queue: "default",
        priority: "high",
        submittedBy: { kind: "agent" },
      });
      // The types name exactly what there is.
      expect(told.lacks).toEqual([]);
      expect(told.reviews).toEqual([]);
      expect(told.first).toMatchObject({
        status: "needs_changes",
        comments: "Six years at most",
        decidedBy: { kind: "human" },
      });
      expect(told.second).toMatchObject({
        status: "approved",
        revision: 3,
        payload: { years: 5 },
        comments: "With five",
        receipt: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      });
      expect(told.withdrawn).toMatchObject({ status: "withdrawn" });
      expect(told.now).toMatchObject({ status: "withdrawn", title: "Another" });
      const logged = await eventsOf(server, "LOGGED");
      expect(logged.map(({ data }) => data)).toContainEqual(
        expect.objectContaining({ service: "underwriting", level: "INFO", message: `told by ${kind}` }),
      );
    });

    it("say what is refused", async () => {
      const told = await allOf(begin("refusals", [kind]));
      const seen = Object.fromEntries(
        told.map(({ name, code, status, kind: error, details }) => [name, { code, status, error, details }]),
      );
      const bad = (field?: string) =>
        expect.objectContaining({
          code: "BAD_USER_INPUT",
          error: "CountersignError",
          ...(field === undefined ? {} : { details: expect.objectContaining({ field }) }),
        });
      const refusal = (code: string, error = "CountersignError") => expect.objectContaining({ code, error });
      expect(seen).toEqual({
        "no title": bad("title"),
        "an empty title": bad("title"),
        "a title that is no text": bad("title"),
        "a huge title": bad("title"),
        "half a surrogate": bad(),
        "a payload that is a list": bad("payload"),
        "a deep payload": bad(),
        "an unknown member": bad(),
        "an unknown queue": bad("queue"),
        "no instant": bad("dueAt"),
        "two megabytes": expect.objectContaining({ code: "BAD_REQUEST", status: 413 }),
        "a key with another content": refusal("IDEMPOTENCY_CONFLICT"),
        "an agent's review": refusal("FORBIDDEN"),
        "a foreign ticket": refusal("NOT_FOUND", "NotFoundError"),
        "a wait for a foreign ticket": refusal("NOT_FOUND", "NotFoundError"),
        "no ticket": refusal("NOT_FOUND", "NotFoundError"),
        "a stale revision": expect.objectContaining({
          error: "StaleRevisionError",
          details: expect.objectContaining({ currentRevision: 1 }),
        }),
        "an unknown outcome": bad("status"),
        "too late": expect.objectContaining({
          error: "AlreadyDecidedError",
          details: expect.objectContaining({
            decision: expect.objectContaining({ status: expect.any(String) }),
          }),
        }),
        "a level that is none": bad("level"),
      });
      expect(told.filter(({ known }) => known !== true)).toEqual([]);
    });

    it("submit once, however often the answer is lost", async () => {
      const proxy = await startForgetfulProxy(server.url, 2);
      try {
        const [told] = await allOf(begin("submit", [kind], { URL: proxy.url }));
        expect(proxy.submissions()).toBe(3);
        const made = (await eventsOf(server, "SUBMITTED")).length;
        const again = begin("submit", [kind], { URL: server.url });
        expect(await allOf(again)).not.toEqual([told]);
        expect((await eventsOf(server, "SUBMITTED")).length).toBe(made + 1);
        const titles = await gqlData<{ tickets: { totalCount: number } }>(
          server.url,
          server.keys.reviewer,
          `{ tickets(filter: { search: "Once only, ${kind}" }) { totalCount } }`,
        );
        expect(titles.tickets.totalCount).toBe(2);
      } finally {
        await proxy.close();
      }
    });
  });

  it("wait through broken connections and restarts, by long poll and by push", {
    timeout: 40_000,
  }, async () => {
    const proxy = await startProxy(server.url);
    const ticketId = await calls.submit("Worth waiting for");
    const run = begin("wait", [ticketId], { URL: proxy.url });
    try {
      await said(run, "the subscription", (told) => told.some(({ subscribed }) => subscribed === true));
      proxy.cut();
      await said(run, "a retry of each", () => (run.said().match(/^retry: /gm) ?? []).length >= 3);
      await server.restart();
      await server.restart();
      await calls.decide(ticketId, { comments: "At last" });
      const ends = (await allOf(run)).filter(({ way }) => way !== undefined);
      const end = { status: "approved", comments: "At last", title: "Worth waiting for" };
      expect(ends.sort((a, b) => String(a.way).localeCompare(String(b.way)))).toEqual([
        { way: "asyncio", ...end },
        { way: "blocking", ...end },
        { way: "pushed", ...end },
      ]);
    } finally {
      await proxy.close();
    }
  });

  it("stop waiting when their key is revoked", { timeout: 30_000 }, async () => {
    const agent = await server.principal("Agent of a day", "AGENT", ["AGENT"]);
    const ticketId = await calls.submit("Never to be heard of", agent.key);
    const run = begin("wait", [ticketId], { AGENT: agent.key });
    await said(run, "the subscription", (told) => told.some(({ subscribed }) => subscribed === true));
    const { ledger, database } = server.running.services;
    await revokeKey(ledger, {
      workspaceId: server.workspaceId,
      keyId: agent.keyId,
      actor: await systemActor(database.read, server.workspaceId),
    });
    const ends = (await allOf(run)).filter(({ way }) => way !== undefined);
    expect(ends.map(({ error }) => error)).toEqual(Array(3).fill("UnauthenticatedError"));
    expect(run.said()).not.toContain(agent.key);
  });

  it("are pushed every decision once and in order, and go on where they had come to", async () => {
    const first = begin("follow", ["2", "", ""]);
    await said(first, "the beginning", (told) => told.length === 1);
    const ids: string[] = [];
    for (const title of ["One", "Two", "Three"]) ids.push(await calls.submit(title));
    for (const id of ids) await calls.decide(id, { status: "REJECTED", comments: id });
    const seen = (await allOf(first)).slice(1) as { decision: Json; cursor: string }[];
    expect(seen.map(({ decision }) => decision.id)).toEqual(ids.slice(0, 2));
    expect(seen[0]?.decision).toMatchObject({
      status: "rejected",
      comments: ids[0],
      revision: 1,
      title: "One",
      payload: null,
      digest: expect.stringMatching(/^sha256:/),
      decidedBy: { kind: "human", name: "First reviewer" },
      cursor: seen[0]?.cursor,
    });
    const rest = await allOf(begin("follow", ["1", "default", seen[1]?.cursor ?? ""]));
    expect(rest).toMatchObject([{ cursor: seen[1]?.cursor }, { decision: { id: ids[2] } }]);
  });

  it("are told of a cursor that cannot be honoured", async () => {
    const told = await allOf(begin("follow", ["1", "", "bm9uZQ"]));
    expect(told.at(-1)).toEqual({ error: "CursorInvalidError", code: "CURSOR_INVALID" });
  });
});

/** Hands requests on, and breaks the connection instead of answering the first submissions. */
async function startForgetfulProxy(target: string, forgets: number) {
  let submissions = 0;
  const proxy = createServer((incoming, outgoing) => {
    const { method, url = "/", headers } = incoming;
    const submission = url === "/hitl/tickets";
    if (submission) submissions++;
    const forgotten = submission && submissions <= forgets;
    const onward = httpRequest(new URL(url, target), { method, headers }, (answer) => {
      if (!forgotten) {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
        return;
      }
      answer.resume();
      answer.on("end", () => incoming.socket.destroy());
    });
    incoming.pipe(onward);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    submissions: () => submissions,
    close: async () => {
      const closed = once(proxy, "close");
      proxy.close();
      proxy.closeAllConnections();
      await closed;
    },
  };
}
