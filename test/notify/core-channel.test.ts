import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Attempt } from "../../src/notify/attempt.js";
import { type CoreChannel, createCoreChannel } from "../../src/notify/core/core-channel.js";
import { sampleNews } from "../support/sample-news.js";
import { type CoreFault, ScriptedCore } from "../support/scripted-core.js";
import { until } from "../support/until.js";

const KEY = "core-key-of-countersign";
/** Long enough for a busy machine, where an answer comes; and for where none does. */
const PATIENCE_MS = { answered: 15_000, silent: 1_000 };
const isSilent = (fault: CoreFault | undefined): boolean =>
  fault !== undefined && ("hangs" in fault || "stalls" in fault);

describe("the channel to the Core", () => {
  let core: ScriptedCore;
  let channel: CoreChannel;
  let clock: number;
  const { signal } = new AbortController();
  const withPatience = (timeoutMs: number): CoreChannel =>
    createCoreChannel({ url: core.url, apiKey: KEY, timeoutMs, now: () => clock });
  const deliver = (type: "SUBMITTED" | "DECIDED" = "SUBMITTED"): Promise<Attempt> =>
    channel.deliver(sampleNews({ type }), signal);

  beforeAll(async () => {
    core = await ScriptedCore.start();
  });
  afterAll(() => core.stop());
  beforeEach(() => {
    clock = 1_000_000;
    core.keys.set(KEY, { expiresIn: 600 });
    core.presented.length = 0;
    core.logged.length = 0;
    core.faults.auth.length = 0;
    core.faults.events.length = 0;
    channel = withPatience(PATIENCE_MS.answered);
  });
  afterEach(() => {
    expect(core.faults).toEqual({ auth: [], events: [] });
    expect(core.strayed).toEqual([]);
  });

  it("logs each step as the chapter's service does, with one token for many", async () => {
    expect(await deliver()).toEqual({ outcome: "DELIVERED", status: 201 });
    expect(await deliver("DECIDED")).toEqual({ outcome: "DELIVERED", status: 201 });
    expect(core.presented).toEqual([KEY]);
    expect(core.logged).toEqual([
      {
        service: "hitl-service",
        level: "INFO",
        message: expect.stringMatching(/^submitted for review: ticket /),
      },
      {
        service: "hitl-service",
        level: "INFO",
        message: expect.stringMatching(/^review completed: ticket /),
      },
    ]);
  });

  it("asks for a token once, however many deliveries begin together", async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => deliver()));
    expect(outcomes.every(({ outcome }) => outcome === "DELIVERED")).toBe(true);
    expect(core.presented).toHaveLength(1);
    expect(core.logged).toHaveLength(20);
  });

  it.each([
    ["600 s", 600, 569_000, 571_000],
    ["10 s", 10, 7_900, 8_100],
    ["nobody knows how long", undefined, 299_000, 301_000],
  ])("asks for another shortly before its token ends, where that lasts %s", async (_, lasts, good, late) => {
    core.keys.set(KEY, lasts === undefined ? {} : { expiresIn: lasts });
    await deliver();
    clock += good;
    await deliver();
    expect(core.presented).toHaveLength(1);
    clock += late - good;
    await deliver();
    expect(core.presented).toHaveLength(2);
  });

  it("renews a token that the Core has forgotten, once, and loses nothing by it", async () => {
    await deliver();
    core.tokens.clear();
    expect((await Promise.all([deliver(), deliver()])).map(({ outcome }) => outcome)).toEqual([
      "DELIVERED",
      "DELIVERED",
    ]);
    expect(core.presented.length).toBeLessThanOrEqual(3);
    expect(core.logged).toHaveLength(3);
  });

  const answering = (status: number, headers: Record<string, string> = {}): CoreFault => ({
    status,
    headers,
  });
  const refusal = (status: number): Attempt => ({
    outcome: "RETRY",
    status,
    problem: `the Core does not take the token of CORE_API_KEY (status ${status})`,
  });

  it.each<[string, CoreFault[], Attempt]>([
    ["takes it with any status of success", [answering(204)], { outcome: "DELIVERED", status: 204 }],
    ["goes on refusing new tokens", [answering(401), answering(401)], refusal(401)],
    ["forbids it", [answering(403)], refusal(403)],
    ["forbids it after a new token", [answering(401), answering(403)], refusal(403)],
    [
      "does not understand it",
      [answering(422)],
      { outcome: "DEAD", status: 422, problem: "the Core: it answered with status 422" },
    ],
    [
      "is somewhere else",
      [answering(307, { location: "http://127.0.0.1:9/events" })],
      { outcome: "RETRY", status: 307, problem: "the Core: it answered with status 307" },
    ],
    [
      "is broken",
      [answering(500)],
      { outcome: "RETRY", status: 500, problem: "the Core: it answered with status 500" },
    ],
    [
      "asks for patience",
      [answering(503, { "retry-after": "120" })],
      {
        outcome: "RETRY",
        status: 503,
        retryAfterMs: 120_000,
        problem: "the Core: it answered with status 503",
      },
    ],
    [
      "has had too much",
      [answering(429, { "retry-after": new Date(1_000_000 + 60_000).toUTCString() })],
      {
        outcome: "RETRY",
        status: 429,
        retryAfterMs: 60_000,
        problem: "the Core: it answered with status 429",
      },
    ],
    [
      "asks for more patience than anybody has",
      [answering(503, { "retry-after": "999999999" })],
      {
        outcome: "RETRY",
        status: 503,
        retryAfterMs: 86_400_000,
        problem: "the Core: it answered with status 503",
      },
    ],
    [
      "says nothing of use about when",
      [answering(503, { "retry-after": "soon" })],
      { outcome: "RETRY", status: 503, problem: "the Core: it answered with status 503" },
    ],
    ["hangs", [{ hangs: true }], { outcome: "RETRY", problem: "the Core: no answer within 1000 ms" }],
    [
      "breaks off",
      [{ breaks: true }],
      { outcome: "RETRY", problem: expect.stringMatching(/^the Core: no connection( \(\w+\))?$/) },
    ],
    ["takes it and never stops talking", [{ endless: true }], { outcome: "DELIVERED", status: 200 }],
    ["takes it and does not finish", [{ stalls: true }], { outcome: "DELIVERED", status: 200 }],
  ])("answers for a Core that %s", async (_, faults, expected) => {
    await deliver();
    if (isSilent(faults[0])) channel = withPatience(PATIENCE_MS.silent);
    core.faults.events.push(...faults);
    expect(await deliver()).toEqual(expected);
  });

  it.each<[string, CoreFault, Attempt]>([
    [
      "does not know its key",
      answering(401),
      { outcome: "RETRY", status: 401, problem: "the Core does not take CORE_API_KEY (status 401)" },
    ],
    [
      "is no Core",
      answering(404),
      { outcome: "RETRY", status: 404, problem: "no token from the Core: it answered with status 404" },
    ],
    [
      "asks for patience",
      answering(503, { "retry-after": "7" }),
      {
        outcome: "RETRY",
        status: 503,
        retryAfterMs: 7_000,
        problem: "no token from the Core: it answered with status 503",
      },
    ],
    [
      "hangs",
      { hangs: true },
      { outcome: "RETRY", problem: "no token from the Core: no answer within 1000 ms" },
    ],
    ...(
      [
        ["talks nonsense", { status: 200, body: "<html>welcome</html>" }],
        ["gives nothing", { status: 200, body: "{}" }],
        ["gives a token that breaks out of a header", { status: 200, body: '{"token":"a\\r\\nx: y"}' }],
        ["gives a token that has ended", { status: 200, body: '{"token":"t","expiresIn":0}' }],
        ["gives a huge token", { status: 200, body: JSON.stringify({ token: "t".repeat(10_000) }) }],
        ["never stops talking", { endless: true }],
        ["does not finish", { stalls: true }],
      ] as [string, CoreFault][]
    ).map(([how, fault]): [string, CoreFault, Attempt] => [
      how,
      fault,
      { outcome: "RETRY", status: 200, problem: "no token from the Core: its answer holds no token" },
    ]),
  ])("tries again later where the Core, asked for a token, %s", async (_, fault, expected) => {
    if (isSilent(fault)) channel = withPatience(PATIENCE_MS.silent);
    core.faults.auth.push(fault);
    expect(await deliver()).toEqual(expected);
    expect(core.logged).toEqual([]);
    expect((await deliver()).outcome).toBe("DELIVERED");
  });

  it("comes through once the Core is back", async () => {
    await deliver();
    await core.stop();
    expect(await deliver()).toEqual({
      outcome: "RETRY",
      problem: expect.stringMatching(/^the Core: no connection/),
    });
    await core.start();
    expect((await deliver()).outcome).toBe("DELIVERED");
  });

  it("is cut off at once, and says so", async () => {
    const cut = new AbortController();
    const slow = createCoreChannel({ url: core.url, apiKey: KEY, timeoutMs: 60_000 });
    core.faults.auth.push({ hangs: true });
    const attempt = slow.deliver(sampleNews({ type: "SUBMITTED" }), cut.signal);
    await until(() => core.presented.length === 1);
    cut.abort();
    expect(await attempt).toEqual({
      outcome: "RETRY",
      problem: "no token from the Core: the attempt was cut off",
    });
  });

  it("never says its key or token, nor anything that the Core said", async () => {
    await deliver();
    const [token = ""] = core.tokens.keys();
    const echo = { status: 500, body: `your key ${KEY}, your token ${token}` };
    core.faults.events.push(echo, { ...echo, status: 400 });
    core.faults.auth.push(echo);
    const said = JSON.stringify([await deliver(), await deliver()]);
    core.tokens.clear();
    const after = JSON.stringify(await deliver());
    for (const secret of [KEY, token, "your key"]) expect(said + after).not.toContain(secret);
  });
});
