import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { as, expectAlive, freshAddress, refused, startTarget, type Target } from "../support/attack.js";
import {
  attackSocket,
  closedWith,
  introduction,
  message,
  type SocketAttack,
  type SocketMessage,
  type SocketSeen,
} from "../support/attack-socket.js";
import { databases } from "../support/databases.js";
import { reviewCalls } from "../support/review-calls.js";
import { FRAME, frame } from "../support/web-socket-frames.js";

const DECIDED = "subscription { ticketDecided { ticketId status } }";
const subscribe = (id: unknown, query: string): Buffer =>
  message(JSON.stringify({ id, type: "subscribe", payload: { query } }));

interface SocketRow {
  readonly name: string;
  readonly send: (target: Target) => SocketAttack;
  readonly observe: (seen: SocketSeen, target: Target) => Promise<void> | void;
}

/** Refused before the handshake, as JSON. */
const turnedAway =
  (status: number, code = "BAD_REQUEST"): SocketRow["observe"] =>
  ({ handshake }, target) =>
    refused(status, code)(handshake, target);

const handshakes: readonly SocketRow[] = [
  {
    name: "an upgrade from another origin",
    send: () => ({ headers: { Origin: "https://evil.example" } }),
    observe: turnedAway(403, "FORBIDDEN"),
  },
  {
    name: "an upgrade from a page without an origin",
    send: () => ({ headers: { Origin: "null" } }),
    observe: turnedAway(403, "FORBIDDEN"),
  },
  {
    name: "an upgrade from the same host on another port",
    send: () => ({ headers: { Origin: "http://127.0.0.1:1" } }),
    observe: turnedAway(403, "FORBIDDEN"),
  },
  {
    name: "an upgrade from an origin that ends like ours",
    send: ({ port }) => ({ headers: { Origin: `http://evil127.0.0.1:${port}` } }),
    observe: turnedAway(403, "FORBIDDEN"),
  },
  {
    name: "an upgrade from where Host points, which is not us",
    send: () => ({ headers: { Host: "evil.example", Origin: "http://evil.example" } }),
    observe: turnedAway(403, "FORBIDDEN"),
  },
  { name: "an upgrade elsewhere", send: () => ({ path: "/auth/token" }), observe: turnedAway(404) },
  {
    name: "an upgrade at a path that only decodes to ours",
    send: () => ({ path: "/%67raphql" }),
    observe: turnedAway(404),
  },
  {
    name: "a handshake of an old version",
    send: () => ({ headers: { "Sec-WebSocket-Version": "12" } }),
    observe: turnedAway(400),
  },
  {
    name: "a handshake without a key",
    send: () => ({ headers: { "Sec-WebSocket-Key": null } }),
    observe: turnedAway(400),
  },
  {
    name: "a handshake with a key that splits the answer",
    send: () => ({ headers: { "Sec-WebSocket-Key": "a%0d%0aX-Injected: 1" } }),
    observe: turnedAway(400),
  },
  {
    name: "the retired subprotocol",
    send: () => ({ headers: { "Sec-WebSocket-Protocol": "graphql-ws" } }),
    observe: closedWith(4406),
  },
  {
    name: "no subprotocol",
    send: () => ({ headers: { "Sec-WebSocket-Protocol": null } }),
    observe: closedWith(4406),
  },
  {
    name: "an offer to compress, which is not taken up",
    send: () => ({
      headers: { "Sec-WebSocket-Extensions": "permessage-deflate; server_max_window_bits=8" },
      bytes: [message({ type: "nonsense" })],
    }),
    observe: (seen) => {
      expect(seen.handshake.headers["sec-websocket-extensions"]).toBeUndefined();
      closedWith(4400)(seen);
    },
  },
];

const strangers: readonly SocketRow[] = [
  { name: "nothing at all", send: () => ({}), observe: closedWith(4408) },
  {
    name: "pings instead of an introduction",
    send: () => ({ bytes: [message({ type: "ping" }), frame(FRAME.ping, "x")] }),
    observe: closedWith(4408),
  },
  {
    name: "an introduction without a credential",
    send: () => ({ bytes: [message({ type: "connection_init" })] }),
    observe: closedWith(4403),
  },
  {
    name: "an introduction with a credential that is an object",
    send: () => ({
      bytes: [message({ type: "connection_init", payload: { Authorization: { Bearer: "x" } } })],
    }),
    observe: closedWith(4403),
  },
  {
    name: "an introduction whose prototype has a credential",
    send: ({ server }) => ({
      bytes: [
        message(
          `{"type":"connection_init","payload":{"__proto__":{"Authorization":"Bearer ${server.keys.admin}"}}}`,
        ),
      ],
    }),
    observe: closedWith(4403),
  },
  {
    name: "the credential under another name",
    send: ({ server }) => ({
      bytes: [
        message({
          type: "connection_init",
          payload: { token: server.keys.admin, headers: as(server.keys.admin) },
        }),
      ],
    }),
    observe: closedWith(4403),
  },
  {
    name: "the credential in the URL",
    send: ({ server }) => ({
      path: `/graphql?authorization=Bearer%20${server.keys.admin}&access_token=${server.keys.admin}`,
      bytes: [message({ type: "connection_init" })],
    }),
    observe: closedWith(4403),
  },
  {
    name: "the credential in the upgrade's own header",
    send: ({ server }) => ({
      headers: { Authorization: `Bearer ${server.keys.admin}` },
      bytes: [message({ type: "connection_init" })],
    }),
    observe: closedWith(4403),
  },
  {
    name: "a cookie without an Origin",
    send: () => ({
      headers: { Cookie: "countersign_session=css_x" },
      bytes: [message({ type: "connection_init" })],
    }),
    observe: closedWith(4403),
  },
  { name: "a wrong key", send: () => ({ bytes: [introduction("csk_nonsense")] }), observe: closedWith(4403) },
  {
    name: "an operation before the introduction",
    send: () => ({ bytes: [subscribe("1", DECIDED)] }),
    observe: closedWith(4401),
  },
  {
    name: "an operation right behind an introduction that does not hold",
    send: () => ({ bytes: [introduction("csk_nonsense"), subscribe("1", "{ viewer { roles } }")] }),
    observe: ({ messages, closing }) => {
      expect([4401, 4403]).toContain(closing?.[0]);
      expect(messages).toEqual([]);
    },
  },
  {
    name: "a first message of 17 KB",
    send: () => ({ bytes: [introduction("x".repeat(17_000))] }),
    observe: closedWith(1009),
  },
];

/** Rows whose bytes follow the acknowledgement. */
const members: readonly {
  readonly name: string;
  readonly bytes: readonly Buffer[];
  readonly code: number;
  /** More is sent than the server reads, so that its closing frame may be lost with the connection. */
  readonly cut?: true;
}[] = [
  { name: "a second introduction", bytes: [message({ type: "connection_init" })], code: 4429 },
  { name: "a type that nobody knows", bytes: [message({ type: "__proto__" })], code: 4400 },
  { name: "a message of the server's", bytes: [message({ type: "connection_ack" })], code: 4400 },
  { name: "a message that is a list", bytes: [message("[]")], code: 4400 },
  { name: "a message that is no JSON", bytes: [message("{")], code: 4400 },
  {
    name: "a message of 40,000 brackets",
    bytes: [message(`${"[".repeat(40_000)}${"]".repeat(40_000)}`)],
    code: 4400,
  },
  { name: "an operation without an id", bytes: [subscribe(undefined, DECIDED)], code: 4400 },
  { name: "an operation whose id is empty", bytes: [subscribe("", DECIDED)], code: 4400 },
  { name: "an operation whose id is an object", bytes: [subscribe({}, DECIDED)], code: 4400 },
  {
    name: "an operation whose query is a list",
    bytes: [message({ id: "1", type: "subscribe", payload: { query: [] } })],
    code: 4400,
  },
  {
    name: "variables that are a list",
    bytes: [message({ id: "1", type: "subscribe", payload: { query: DECIDED, variables: [] } })],
    code: 4400,
  },
  { name: "an id twice", bytes: [subscribe("1", DECIDED), subscribe("1", DECIDED)], code: 4409 },
  {
    name: "a binary message that is none of the protocol's",
    bytes: [frame(FRAME.binary, Buffer.from([0, 1, 2, 255]))],
    code: 4400,
  },
  { name: "a text that is no UTF-8", bytes: [frame(FRAME.text, Buffer.from([0xc3, 0x28]))], code: 1007 },
  { name: "a frame without a mask", bytes: [Buffer.from([0x81, 0x02, 0x7b, 0x7d])], code: 1002 },
  { name: "reserved bits", bytes: [frame(0xf1, "{}")], code: 1002 },
  { name: "a compressed frame that was not agreed", bytes: [frame(0xc1, "{}")], code: 1002 },
  { name: "an opcode that nobody knows", bytes: [frame(0x83, "{}")], code: 1002 },
  { name: "a control frame of 126 bytes", bytes: [frame(FRAME.ping, "x".repeat(126))], code: 1002 },
  { name: "a control frame in fragments", bytes: [frame(0x09, "x")], code: 1002 },
  { name: "a fragment of nothing", bytes: [frame(FRAME.lastFragment, "x")], code: 1002 },
  {
    name: "a message within another's fragments",
    bytes: [frame(FRAME.firstFragment, "{"), frame(FRAME.text, "}")],
    code: 1002,
  },
  {
    name: "a frame that says it has 2^63 bytes",
    bytes: [Buffer.from("81ff8000000000000000", "hex")],
    code: 1009,
  },
  {
    name: "a frame that says it has 2 MiB",
    bytes: [Buffer.from("81ff000000000020000000000000", "hex")],
    code: 1009,
  },
  {
    name: "a mebibyte and a byte in fragments",
    bytes: [frame(FRAME.firstFragment, " ".repeat(1_048_576)), frame(FRAME.lastFragment, " ")],
    code: 1009,
    cut: true,
  },
  {
    name: "100,000 fragments",
    bytes: [
      frame(FRAME.firstFragment, " "),
      Buffer.concat(Array.from({ length: 100_000 }, () => frame(FRAME.nextFragment, ""))),
    ],
    code: 1008,
    cut: true,
  },
  {
    name: "a flood of messages",
    bytes: [Buffer.concat(Array.from({ length: 1_500 }, () => message({ type: "ping" })))],
    code: 1008,
    cut: true,
  },
  {
    name: "a flood of the protocol's own pings",
    bytes: [Buffer.concat(Array.from({ length: 1_500 }, () => frame(FRAME.ping, "x")))],
    code: 1008,
    cut: true,
  },
  { name: "a closing frame of one byte", bytes: [frame(FRAME.close, "x")], code: 1002 },
  {
    name: "a closing frame with a code that must not be sent",
    bytes: [frame(FRAME.close, Buffer.from([0x03, 0xed]))],
    code: 1002,
  },
];

describe.each(databases)("WebSockets, on $name", (kind) => {
  let target: Target;
  const { submit } = reviewCalls(() => target.server);
  beforeAll(async () => {
    target = await startTarget(kind, { RATE_FAILURES: "50" });
  });
  afterAll(() => target?.server.close());

  it.concurrent.each([...handshakes, ...strangers])("$name", async ({ send, observe }) => {
    await observe(await attackSocket(target, send(target)), target);
    await expectAlive(target);
  });

  it.concurrent.each(members)("after the acknowledgement: $name", async ({ bytes, code, cut }) => {
    const seen = await afterAcknowledgement(target, bytes);
    if (cut !== true || seen.closing !== undefined) closedWith(code)(seen);
    await expectAlive(target);
  });

  it("an id of half a megabyte is taken, and not repeated whole where it would be logged", async () => {
    const id = "i".repeat(500_000);
    const seen = await afterAcknowledgement(
      target,
      [subscribe(id, "{ nope }")],
      (messages) => messages.length > 1,
    );
    const { payload } = seen.messages[1] as {
      payload: { extensions: { code: string; requestId: string } }[];
    };
    expect(payload[0]?.extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
    expect(payload[0]?.extensions.requestId.length).toBeLessThan(100);
  });

  it("an id that every object has names an operation like any other", async () => {
    for (const id of ["__proto__", "constructor", "toString"]) {
      const seen = await afterAcknowledgement(target, [subscribe(id, "{ viewer { roles } }")], ended);
      expect(seen.messages.at(-1)).toEqual({ id, type: "complete" });
    }
  });

  it("messages behind a violation are not acted on", async () => {
    const before = await titles();
    const mutation = 'mutation { submitReview(input: { title: "behind" }) { ticket { id } } }';
    closedWith(4400)(await afterAcknowledgement(target, [message("{"), subscribe("1", mutation)]));
    closedWith(1002)(await afterAcknowledgement(target, [frame(0xf1, "{}"), subscribe("1", mutation)]));
    await submit("in front");
    expect(await titles()).toEqual([...before, "in front"]);
  });

  it("a forged X-Forwarded-For gives an address no more sockets", async () => {
    const from = freshAddress();
    const outcomes: unknown[] = [];
    for (let guess = 0; guess < 52; guess += 1) {
      const seen = await attackSocket(target, {
        from,
        headers: { "X-Forwarded-For": `203.0.113.${guess}`, Forwarded: `for=203.0.113.${guess}` },
        bytes: [introduction(`csk_guess${guess}`)],
      });
      outcomes.push(seen.closing?.[0]);
    }
    expect(outcomes).toEqual([...Array(50).fill(4403), 1013, 1013]);
  });

  async function titles(): Promise<string[]> {
    const { database } = target.server.running.services;
    const rows = await database.read.query<{ title: string }>(
      "SELECT title FROM proposal ORDER BY ticket_id",
      [],
    );
    return rows.map(({ title }) => title);
  }
});

const ended = (messages: readonly SocketMessage[]): boolean =>
  messages.some(({ type }) => type === "complete");

/** What comes back for bytes that are sent as soon as the agent has been let in. */
function afterAcknowledgement(
  target: Target,
  bytes: readonly Buffer[],
  enough?: SocketAttack["enough"],
): Promise<SocketSeen> {
  return attackSocket(target, {
    bytes: [introduction(target.server.keys.agent)],
    afterwards: bytes,
    ...(enough === undefined ? {} : { enough }),
  });
}
