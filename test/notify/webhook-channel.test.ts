import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { EVENT_TYPES, OWN_LIST_TYPES, WATCHING_TYPES } from "../../src/domain/ticket-event.js";
import { readRetryAfter } from "../../src/notify/outbound-attempt.js";
import { createOutboundHttp } from "../../src/notify/outbound-http.js";
import { OutboundPolicy } from "../../src/notify/outbound-policy.js";
import { createWebhookChannel } from "../../src/notify/webhook-channel.js";
import { newWebhookSecret, webhookKey } from "../../src/notify/webhook-secret.js";
import { WEBHOOK_TYPES, webhookType } from "../../src/notify/webhook-types.js";
import { sampleNews, sampleTicket } from "../support/sample-news.js";
import { startNameServer } from "./name-server.js";
import { type Received, startReceiver } from "./receivers.js";

type Answer = { status: number; headers?: Record<string, string>; body?: string };

describe("a webhook", async () => {
  let answer: Answer = { status: 204 };
  const receiver = await startReceiver(() => answer);
  const names = await startNameServer({ "inside.test": ["10.0.0.1"] });
  const http = createOutboundHttp({
    resolver: names.resolver,
    policy: new OutboundPolicy({ allow: ["127.0.0.1"], http: false }),
    timeoutMs: 5_000,
  });
  const channel = createWebhookChannel(http);
  const url = `http://127.0.0.1:${receiver.port}/hooks/token-in-the-path`;
  const [current, previous] = [newWebhookSecret(), newWebhookSecret()];

  beforeEach(() => {
    answer = { status: 204 };
  });
  afterAll(async () => {
    http.close();
    await receiver.close();
    await names.close();
  });

  /** What the receiver got of it. */
  async function delivered(news = sampleNews(), secrets: readonly string[] = [current]): Promise<Received> {
    expect(await channel.deliverWebhook({ url, secrets }, news)).toEqual({
      outcome: "DELIVERED",
      status: 204,
    });
    const request = receiver.requests.at(-1);
    if (request === undefined) throw new Error("nothing came");
    return request;
  }

  const verify = (secret: string, { body, headers }: Received) => new Webhook(secret).verify(body, headers);

  it("is verified by the specification's own library", async () => {
    const request = await delivered();
    const message = verify(current, request);
    expect(message).toMatchObject({
      type: "ticket.decided",
      timestamp: "2026-11-23T15:00:00.000Z",
      data: { decision: { status: "APPROVED", comments: "Fine – the guarantor signed 😀" } },
    });
    expect(request.headers).toMatchObject({
      "content-type": "application/json",
      "user-agent": "Countersign-Webhooks/1",
      "webhook-id": sampleNews().cursor,
      "webhook-signature": expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
    });
    expect(Math.abs(Number(request.headers["webhook-timestamp"]) - Date.now() / 1_000)).toBeLessThan(30);
  });

  it("is verified with either secret during a rotation's overlap, and with no third", async () => {
    const request = await delivered(sampleNews(), [current, previous]);
    expect(request.headers["webhook-signature"]?.split(" ")).toHaveLength(2);
    expect(verify(current, request)).toEqual(verify(previous, request));
    expect(() => verify(newWebhookSecret(), request)).toThrow(WebhookVerificationError);
  });

  it("does not verify once anything of it is changed", async () => {
    const request = await delivered();
    const { body, headers } = request;
    const id = { ...headers, "webhook-id": "another" };
    const time = { ...headers, "webhook-timestamp": String(Number(headers["webhook-timestamp"]) + 1) };
    for (const changed of [
      { ...request, body: body.replace("APPROVED", "REJECTED") },
      { ...request, body: `${body} ` },
      { ...request, headers: id },
      { ...request, headers: time },
    ])
      expect(() => verify(current, changed)).toThrow(WebhookVerificationError);
  });

  it("is signed for the moment of the attempt: an old one is no good to who replays it", async () => {
    const hourAgo = () => new Date(Date.now() - 3_600_000);
    await createWebhookChannel(http, hourAgo).deliverWebhook({ url, secrets: [current] }, sampleNews());
    const request = receiver.requests.at(-1) as Received;
    expect(() => verify(current, request)).toThrow(/too old/);
  });

  it("says where the event is, what happened and where the ticket stands, and nothing of what was proposed", async () => {
    const news = sampleNews();
    const { body } = await delivered(news);
    expect(JSON.parse(body).data).toEqual({
      cursor: news.cursor,
      sequence: 42,
      workspace: { id: "workspace_01north", name: "north" },
      ticket: {
        ...sampleTicket,
        dueAt: "2026-11-24T15:30:00.000Z",
        expiresAt: null,
      },
      actor: { id: "principal_01ada", name: "Ada Lovelace", kind: "HUMAN" },
      event: { type: "DECIDED", revision: 2, data: news.event.data },
      proposal: { revision: 2, title: "Raise the limit of account 4711", digest: "sha256:0f1e2d" },
      decision: { ...news.decision, decidedAt: "2026-11-23T15:00:00.000Z" },
    });
    expect(body).not.toMatch(/the payload|the detail/);
  });

  it("of an event that is about no ticket says so", async () => {
    const news = sampleNews({ type: "MEMBER_CHANGED", ticket: null, proposal: null, previous: null });
    expect(JSON.parse((await delivered(news)).body)).toMatchObject({
      type: "workspace.member_changed",
      data: { ticket: null, proposal: null, decision: null },
    });
  });

  it("carries the same id with every attempt, and another for a reminder of the same event", async () => {
    const ids = [];
    for (const reason of ["EVENT", "EVENT", "REMINDER", "ESCALATION"] as const) {
      const { headers, body } = await delivered(sampleNews({ reason }));
      ids.push([JSON.parse(body).type, headers["webhook-id"]]);
    }
    const { cursor } = sampleNews();
    expect(ids).toEqual([
      ["ticket.decided", cursor],
      ["ticket.decided", cursor],
      ["ticket.reminder", `${cursor}-reminder`],
      ["ticket.escalation", `${cursor}-escalation`],
    ]);
    expect(
      ids
        .flat()
        .filter((id) => id.startsWith(cursor))
        .join(""),
    ).not.toContain(".");
  });

  it("can be a ping, which verifies too and says nothing", async () => {
    const { workspace } = sampleNews();
    const ping = () => channel.pingWebhook({ url, secrets: [current, previous] }, workspace);
    expect(await ping()).toMatchObject({ outcome: "DELIVERED" });
    const request = receiver.requests.at(-1) as Received;
    expect(verify(previous, request)).toMatchObject({ type: "webhook.ping", data: { workspace } });
    expect(request.headers["webhook-id"]).toMatch(/^ping_[0-9a-f-]{36}$/);
    await ping();
    expect(receiver.requests.at(-1)?.headers["webhook-id"]).not.toBe(request.headers["webhook-id"]);
  });

  it("exists for every type of event but those of watching and of one's own list", () => {
    for (const type of EVENT_TYPES) {
      const silent = WATCHING_TYPES.has(type) || OWN_LIST_TYPES.has(type);
      if (silent) expect(webhookType(type), type).toBeNull();
      else expect(webhookType(type), type).toMatch(/^(ticket|workspace)\.[a-z_]+$/);
    }
    expect(new Set(WEBHOOK_TYPES).size).toBe(WEBHOOK_TYPES.length);
  });

  it("is not made of an event that nobody is told of, nor without a secret", async () => {
    const target = { url, secrets: [current] };
    await expect(channel.deliverWebhook(target, sampleNews({ type: "SNOOZED" }))).rejects.toThrow(/not told/);
    for (const secrets of [[], [""], ["whsec_short"], [current, "nonsense"]])
      await expect(channel.deliverWebhook({ url, secrets }, sampleNews())).rejects.toThrow(/secret/);
  });

  it.each<[Answer, object]>([
    [
      { status: 200, body: "thanks" },
      { outcome: "DELIVERED", status: 200 },
    ],
    [{ status: 299 }, { outcome: "DELIVERED", status: 299 }],
    [
      { status: 301, headers: { location: "http://127.0.0.1/" } },
      { outcome: "RETRY", status: 301, problem: "it answered 301, and redirects are not followed" },
    ],
    [{ status: 304 }, { outcome: "RETRY", status: 304, problem: expect.stringMatching(/redirects/) }],
    [
      { status: 400, body: "my secrets" },
      { outcome: "RETRY", status: 400, problem: "it answered 400" },
    ],
    [{ status: 401 }, { outcome: "RETRY", status: 401, problem: "it answered 401" }],
    [{ status: 404 }, { outcome: "RETRY", status: 404, problem: "it answered 404" }],
    [
      { status: 410 },
      { outcome: "GONE", status: 410, problem: "it answered 410: it wants nothing any more" },
    ],
    [
      { status: 429, headers: { "retry-after": "7" } },
      { outcome: "RETRY", retryAfterMs: 7_000 },
    ],
    [{ status: 503, headers: { "retry-after": "99999999999999" } }, { retryAfterMs: 24 * 3_600_000 }],
    [
      { status: 503, headers: { "retry-after": "soon" } },
      { outcome: "RETRY", problem: "it answered 503" },
    ],
    [{ status: 500 }, { outcome: "RETRY", status: 500, problem: "it answered 500" }],
    [{ status: 599 }, { outcome: "RETRY", status: 599 }],
  ])("that is answered with %j ends as %j", async (given, expected) => {
    answer = given;
    const got = await channel.deliverWebhook({ url, secrets: [current] }, sampleNews());
    expect(got).toMatchObject(expected);
    expect("retryAfterMs" in got).toBe("retryAfterMs" in expected);
  });

  it.each([
    ["https://127.0.0.2/hooks/token", "DEAD", /internal address/],
    ["https://10.0.0.1/hooks/token", "DEAD", /internal address/],
    ["ftp://example.org/hooks/token", "DEAD", /https/],
    ["not a URL, token", "DEAD", /not a URL/],
    ["https://nowhere.test/hooks/token", "RETRY", /the name cannot be resolved/],
    ["https://inside.test/hooks/token", "RETRY", /internal address/],
    [`http://127.0.0.1:1/hooks/token`, "DEAD", /port 1 /],
  ])("to %s ends as %s, with a problem that gives no path away", async (to, outcome, problem) => {
    const got = await channel.deliverWebhook({ url: to, secrets: [current] }, sampleNews());
    expect(got).toMatchObject({ outcome, problem: expect.stringMatching(problem) });
    expect(JSON.stringify(got)).not.toContain("token");
  });

  it("that this side cuts short is tried again", async () => {
    const signal = AbortSignal.abort();
    const got = await channel.deliverWebhook({ url, secrets: [current] }, sampleNews(), signal);
    expect(got).toEqual({ outcome: "RETRY", problem: "it was cut short by this side" });
  });

  it.each([
    ["0", 0],
    ["120", 120_000],
    [" 5 ", 5_000],
    ["86401", 86_400_000],
    ["Mon, 23 Nov 2026 15:00:30 GMT", 30_000],
    ["Mon, 23 Nov 2026 14:00:00 GMT", 0],
    ["Fri, 31 Dec 9999 23:59:59 GMT", 86_400_000],
    ["-1", null],
    ["1.5", null],
    ["1e3", null],
    ["", null],
    ["2026-11-23", null],
    ["Mon, 99 Nov 2026 15:00:30 GMT", null],
    ["9".repeat(1_000), null],
  ])("that is to wait %j, waits %j ms", (text, expected) => {
    expect(readRetryAfter(text, Date.UTC(2026, 10, 23, 15))).toBe(expected);
  });

  it("has secrets of 256 random bits, and takes those of 24 to 64 bytes", () => {
    expect(current).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(current).not.toBe(previous);
    expect(webhookKey(current)?.length).toBe(32);
    const secret = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString("base64")}`;
    expect([24, 64].map((bytes) => webhookKey(secret(bytes))?.length)).toEqual([24, 64]);
    for (const text of [
      "",
      "whsec_",
      secret(23),
      secret(65),
      secret(32).slice(6),
      secret(32).replace("whsec_", "whsk_"),
      `${secret(32)} `,
      `${secret(32)}\n`,
      secret(32).replace("=", ""),
      secret(32).replace("B", "-"),
      `whsec_${"!".repeat(44)}`,
      secret(1_000_000),
    ])
      expect(webhookKey(text), text.slice(0, 60)).toBeNull();
  });
});
