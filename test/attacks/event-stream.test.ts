import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Attack,
  as,
  bytesOf,
  errorsIn,
  exchange,
  expectAlive,
  freshAddress,
  leaksNothing,
  type RawRequest,
  refused,
  request,
  startTarget,
  type Target,
} from "../support/attack.js";
import { databases } from "../support/databases.js";
import { until } from "../support/until.js";

const STREAM = "/graphql/stream";
const EVENTS = { accept: "text/event-stream" };
const DECIDED = "subscription { ticketDecided { ticketId status } }";
const MUTATION = 'mutation { submitReview(input: { title: "by GET" }) { ticket { id } } }';
const asked = (query: string): string => `${STREAM}?query=${encodeURIComponent(query)}`;

/** What an attacker with an agent's key sends. */
const member =
  (made: RawRequest): Attack["send"] =>
  (target) =>
    request(target, {
      path: STREAM,
      ...made,
      headers: { ...EVENTS, ...as(target.server.keys.agent), ...made.headers },
    });
const stranger =
  (made: RawRequest): Attack["send"] =>
  (target) =>
    request(target, { path: STREAM, ...made, headers: { ...EVENTS, ...made.headers } });
const body = (query: unknown): string => JSON.stringify({ query });
const malformed = refused(400, "BAD_REQUEST");

/** Streamed: one event with that code, then the end. */
function oneEvent(code: string): Attack["observe"] {
  return ({ status, headers, text }) => {
    expect([status, headers["content-type"]]).toEqual([200, "text/event-stream; charset=utf-8"]);
    expect(headers["x-content-type-options"]).toBe("nosniff");
    const events = [...text.matchAll(/^data: (\{.*)$/gm)].map(([, data = ""]) => data);
    expect(events).toHaveLength(1);
    const inEvent = { headers: { "content-type": "application/json" }, body: events[0] ?? "" };
    expect(errorsIn(inEvent).map(({ extensions }) => [extensions.code, extensions.requestId])).toContainEqual(
      [code, headers["x-request-id"]],
    );
    leaksNothing(text);
  };
}

const attacks: readonly Attack[] = [
  {
    name: "a stranger who subscribes",
    send: stranger({ body: body(DECIDED) }),
    observe: oneEvent("UNAUTHENTICATED"),
  },
  {
    name: "a key that does not hold",
    send: stranger({ body: body(DECIDED), headers: as("csk_nonsense") }),
    observe: refused(401, "UNAUTHENTICATED"),
  },
  {
    name: "a mutation by GET",
    send: member({ path: asked(MUTATION) }),
    observe: refused(405, "BAD_REQUEST"),
  },
  {
    name: "a mutation by HEAD",
    send: member({ method: "HEAD", path: asked(MUTATION) }),
    observe: ({ status, body: said }) => expect([status, said]).toEqual([405, ""]),
  },
  {
    name: "a reservation of the other mode (PUT)",
    send: member({ method: "PUT", body: "{}" }),
    observe: refused(405, "BAD_REQUEST"),
  },
  {
    name: "an end of somebody's operation (DELETE)",
    send: member({ method: "DELETE", path: `${STREAM}?operationId=1` }),
    observe: refused(405, "BAD_REQUEST"),
  },
  {
    name: "a token of the other mode, which is none",
    send: stranger({ path: `${STREAM}?token=x`, headers: { "x-graphql-event-stream-token": "x" } }),
    observe: malformed,
  },
  {
    name: "no events accepted",
    send: member({ body: body(DECIDED), headers: { accept: "text/html" } }),
    observe: refused(406, "BAD_REQUEST"),
  },
  { name: "a batch", send: member({ body: `[${body(DECIDED)}]` }), observe: malformed },
  { name: "a query that is a list", send: member({ body: body([DECIDED]) }), observe: malformed },
  {
    name: "a form",
    send: member({
      body: `query=${DECIDED}`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
    }),
    observe: refused(415, "BAD_REQUEST"),
  },
  {
    name: "a plain text",
    send: member({ body: body(DECIDED), headers: { "content-type": "text/plain" } }),
    observe: refused(415, "BAD_REQUEST"),
  },
  {
    name: "a body that poisons prototypes",
    send: member({ body: '{"query": "{ __typename }", "__proto__": {"a": 1}}' }),
    observe: malformed,
  },
  {
    name: "more than a mebibyte",
    send: member({ body: " ".repeat(1_048_577) }),
    observe: refused(413, "BAD_REQUEST"),
  },
  {
    name: "a subscription of 20 KB",
    send: member({ body: JSON.stringify({ query: DECIDED, variables: { a: "x".repeat(20_000) } }) }),
    observe: oneEvent("QUERY_TOO_COMPLEX"),
  },
  {
    name: "a query of 20 KB in the URL",
    send: member({ path: asked(`{ __typename } #${"x".repeat(20_000)}`) }),
    observe: refused(431, "BAD_REQUEST"),
  },
  {
    name: "two queries in the URL",
    send: member({ path: `${asked("{ __typename }")}&query=x` }),
    observe: malformed,
  },
  {
    name: "variables in the URL that are no JSON",
    send: member({ path: `${asked("{ __typename }")}&variables={` }),
    observe: malformed,
  },
  {
    name: "a cursor that is forged",
    send: member({ body: body('subscription { ticketDecided(after: "AAAA") { status } }') }),
    observe: oneEvent("CURSOR_INVALID"),
  },
  {
    name: "a Last-Event-ID, which nobody gave",
    send: member({ body: body("{ nope }"), headers: { "last-event-id": "\u00ff'; DROP TABLE" } }),
    observe: oneEvent("GRAPHQL_VALIDATION_FAILED"),
  },
  {
    name: "a genuine session from another origin",
    send: stranger({
      body: body(DECIDED),
      headers: { cookie: "countersign_session=css_x", origin: "https://evil.example" },
    }),
    observe: refused(403, "FORBIDDEN"),
  },
  {
    name: "markup in a document",
    send: member({ body: body("<script>alert(1)</script>") }),
    observe: oneEvent("GRAPHQL_PARSE_FAILED"),
  },
  {
    name: "line breaks that would make an event of their own",
    send: member({ body: body('{ ticket(id: "a\\n\\nevent: next\\ndata: {}\\n\\n") { id } }') }),
    observe: oneEvent("NOT_FOUND"),
  },
];

describe.each(databases)("event streams, on $name", (kind) => {
  let target: Target;
  beforeAll(async () => {
    target = await startTarget(kind, { SOCKETS_PER_PRINCIPAL: "20" });
  });
  afterAll(() => target?.server.close());

  it.each(attacks)("$name", async ({ send, observe }) => {
    await observe(await send(target), target);
    await expectAlive(target);
  });

  it("a storm of reconnecting leaves nothing behind", async () => {
    const { push } = target.server.running.services;
    const parts = bytesOf({
      path: STREAM,
      body: body(DECIDED),
      headers: { ...EVENTS, ...as(target.server.keys.agent) },
    });
    const from = freshAddress();
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(
        Array.from({ length: 10 }, async () => {
          const stop = new AbortController();
          const answer = await fetch(`${target.url}${STREAM}`, {
            method: "POST",
            headers: { ...EVENTS, ...as(target.server.keys.agent), "content-type": "application/json" },
            body: body(DECIDED),
            signal: stop.signal,
          });
          expect([200, 429]).toContain(answer.status);
          stop.abort();
        }),
      );
    }
    await until(() => push.size === 0, { what: "the end of every subscription" });
    // Nor does anything keep the places that they had.
    const [one] = await Promise.all([
      exchange(target, [...parts.slice(0, 1), parts[1] ?? ""], from),
      ending(),
    ]);
    expect(one.status).toBe(200);

    async function ending(): Promise<void> {
      await until(() => push.size === 1);
      await target.server.restart();
    }
  });
});
