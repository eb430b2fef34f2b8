import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Attack,
  as,
  errorsIn,
  exchange,
  expectAlive,
  leaksNothing,
  type RawRequest,
  refused,
  request,
  type Seen,
  startTarget,
  type Target,
} from "../support/attack.js";
import { databaseKind } from "../support/databases.js";

const MARKUP = '"><script>alert(1)</script>';
const TICKET = "ticket_01m83gt4mheh0r2rvt70rjp1fe";

/** Sends it as the agent. */
const asAgent =
  (made: RawRequest): Attack["send"] =>
  (target) =>
    request(target, { ...made, headers: { ...as(target.server.keys.agent), ...made.headers } });
const submission = (body: string): Attack["send"] => asAgent({ path: "/hitl/tickets", body });
const badInput = refused(400, "BAD_USER_INPUT");
const malformed = refused(400, "BAD_REQUEST");
const nothingThere = refused(404, "NOT_FOUND");

/** What comes back says nothing, of whatever kind the refusal is. */
function turnedAway(seen: Seen): void {
  expect(seen.status).toBeGreaterThanOrEqual(400);
  expect(seen.status).toBeLessThan(500);
  errorsIn(seen);
  leaksNothing(seen.text);
}

const attacks: readonly Attack[] = [
  { name: "a million brackets", send: submission("[".repeat(1_000_000)), observe: malformed },
  {
    name: "80,000 objects within one another",
    send: submission(`${'{"payload":'.repeat(80_000)}1${"}".repeat(80_000)}`),
    observe: badInput,
  },
  {
    name: "a payload of 100,000 lists within one another",
    send: submission(`{"title":"x","payload":{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`),
    observe: badInput,
  },
  {
    name: "80,000 members that there are not",
    send: submission(`{${Array.from({ length: 80_000 }, (_, at) => `"m${at}":1`).join()}}`),
    observe: badInput,
  },
  { name: "markup as a member's name", send: submission(JSON.stringify({ [MARKUP]: 1 })), observe: badInput },
  { name: "a prototype", send: submission('{"__proto__":{"title":"x"}}'), observe: malformed },
  {
    name: "a constructor with a prototype",
    send: submission('{"title":"x","constructor":{"prototype":{"a":1}}}'),
    observe: malformed,
  },
  { name: "names of methods", send: submission('{"title":"x","toString":1}'), observe: badInput },
  {
    name: "a queue that is a method",
    send: submission('{"title":"x","queue":"constructor"}'),
    observe: badInput,
  },
  {
    name: "a priority that is a method",
    send: submission('{"title":"x","priority":"constructor"}'),
    observe: badInput,
  },
  { name: "a body that is cut off", send: submission('{"title":"x'), observe: malformed },
  {
    name: "bytes that are no UTF-8",
    send: asAgent({ path: "/hitl/tickets", body: Buffer.from([0x7b, 0xff, 0x7d]) }),
    observe: malformed,
  },
  { name: "a NUL", send: submission("\0"), observe: malformed },
  {
    name: "a body that is packed",
    send: asAgent({ path: "/hitl/tickets", body: "{}", headers: { "content-encoding": "gzip" } }),
    observe: turnedAway,
  },
  { name: "SQL as an id", send: asAgent({ path: "/hitl/tickets/'%20OR%201=1--" }), observe: nothingThere },
  {
    name: "an id with a blank behind it",
    send: asAgent({ path: `/hitl/tickets/${TICKET}%20` }),
    observe: nothingThere,
  },
  {
    name: "an id in capitals",
    send: asAgent({ path: `/hitl/tickets/${TICKET.toUpperCase()}` }),
    observe: nothingThere,
  },
  {
    name: "an id of 10,000 characters",
    send: asAgent({ path: `/hitl/tickets/${"x".repeat(10_000)}` }),
    observe: turnedAway,
  },
  { name: "a way up", send: asAgent({ path: "/hitl/tickets/../../etc/passwd" }), observe: turnedAway },
  {
    name: "a way up, encoded",
    send: asAgent({ path: "/hitl/tickets/%2e%2e%2f%2e%2e%2fetc%2fpasswd" }),
    observe: nothingThere,
  },
  {
    name: "bytes in the path that are no text",
    send: asAgent({ path: "/hitl/tickets/%ff%fe" }),
    observe: malformed,
  },
  {
    name: "an object in the query",
    send: asAgent({ path: "/hitl/tickets?status[a]=pending&__proto__=1" }),
    observe: badInput,
  },
  {
    name: "3,000 queues",
    send: asAgent({
      path: `/hitl/tickets?${Array.from({ length: 3_000 }, () => "queue=x").join("&")}`.slice(0, 12_000),
    }),
    observe: turnedAway,
  },
  {
    name: "a wait for ever",
    send: asAgent({ path: `/hitl/tickets/${TICKET}?wait=99999` }),
    observe: badInput,
  },
  {
    name: "a wait of nobody",
    send: (target) => request(target, { path: `/hitl/tickets/${TICKET}?wait=60` }),
    observe: refused(401, "UNAUTHENTICATED"),
  },
  {
    name: "two keys for idempotency",
    send: asAgent({ path: "/hitl/tickets", body: "{}", headers: { "idempotency-key": ["a", "b"] } }),
    observe: badInput,
  },
  {
    name: "another method by a header",
    send: asAgent({
      method: "GET",
      path: `/hitl/tickets/${TICKET}/claim`,
      headers: { "x-http-method-override": "POST" },
    }),
    observe: refused(405, "BAD_REQUEST"),
  },
  {
    name: "a credential in the URL",
    send: (target) => request(target, { path: `/hitl/tickets?access_token=${target.server.keys.agent}` }),
    observe: refused(401, "UNAUTHENTICATED"),
  },
  {
    name: "a log entry in somebody's name",
    send: asAgent({
      path: "/events",
      body: '{"service":"x","level":"INFO","message":"y","actor":{"id":"principal_x"}}',
    }),
    observe: badInput,
  },
];

describe("what is sent to REST to do harm", () => {
  let target: Target;
  beforeAll(async () => {
    target = await startTarget(databaseKind("sqlite"));
  });
  afterAll(() => target?.server.close());

  it.each(attacks)("$name is refused, and says nothing about the inside", async ({ send, observe }) => {
    const { services } = target.server.running;
    const events = async () =>
      services.database.read.query("SELECT sequence FROM audit_event WHERE type <> 'ACCESS_DENIED'");
    const before = await events();
    observe(await send(target), target);
    expect(await events()).toEqual(before);
    await expectAlive(target);
  });

  it("strangers who wait hold no place, and halves of requests none either", async () => {
    const { push } = target.server.running.services;
    const half = `POST /hitl/tickets HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"title": "`;
    const answers = await Promise.all(Array.from({ length: 50 }, () => exchange(target, [half])));
    // Nobody's body is waited for: it is known by then that nobody sends it.
    for (const { status } of answers) expect(status).toBe(401);
    expect(push.size).toBe(0);
    await expectAlive(target);
  });
});
