import { expect } from "vitest";
import { as, errorsIn, leaksNothing, post, type ShownError, type Target } from "./attack.js";
import { LiveClient } from "./live-client.js";
import { until } from "./until.js";

/** The ways to send an operation; the same guards stand before each. */
export const TRANSPORTS = ["HTTP", "WebSocket", "event stream"] as const;

/** One of {@link TRANSPORTS}. */
export type AttackTransport = (typeof TRANSPORTS)[number];

/** What came back for an operation. */
export interface OperationSeen {
  readonly data: unknown;
  readonly errors: readonly ShownError[];
  /** Everything, as it came. */
  readonly text: string;
}

/** An operation that is sent over every transport, and the code that each must answer with; undefined: with data. */
export interface OperationAttack {
  readonly name: string;
  readonly query: unknown;
  /** JSON as it is sent, so that it may be what `JSON.stringify` never writes. */
  readonly variables?: string;
  readonly operationName?: string;
  readonly code: string | undefined | Readonly<Record<AttackTransport, string | undefined>>;
  /** Beyond the code. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Names of the schema that the answer must not give away. */
  readonly secretNames?: RegExp;
}

/** Sends the attack over that transport as the agent, observes its answer, and that what it met lives on. */
export async function observeOperation(
  target: Target,
  transport: AttackTransport,
  attack: OperationAttack,
): Promise<void> {
  const { code, details = {}, secretNames } = attack;
  const seen = await send(target, transport, payloadOf(attack));
  const expected = typeof code === "object" ? code[transport] : code;
  const [first] = seen.errors;
  expect([first?.extensions.code, seen.text.slice(0, 400)]).toEqual([expected, expect.any(String)]);
  if (expected === undefined) expect(seen.data).toBeTruthy();
  else expect(first?.extensions).toMatchObject(details);
  for (const { message, extensions } of seen.errors) {
    expect(message.length).toBeGreaterThan(10);
    expect(message.length).toBeLessThan(2_000);
    expect(extensions.requestId).toMatch(/^[0-9a-f-]{36}(?:\/.*)?$/);
  }
  leaksNothing(seen.text);
  if (secretNames !== undefined) expect(seen.text).not.toMatch(secretNames);
}

function payloadOf({ query, variables, operationName }: OperationAttack): string {
  const name = operationName === undefined ? "" : `, "operationName": ${JSON.stringify(operationName)}`;
  return `{"query": ${JSON.stringify(query)}${name}${variables === undefined ? "" : `, "variables": ${variables}`}}`;
}

function send(target: Target, transport: AttackTransport, payload: string): Promise<OperationSeen> {
  if (transport === "HTTP") return overHttp(target, payload);
  return transport === "WebSocket" ? overSocket(target, payload) : overEvents(target, payload);
}

async function overHttp(target: Target, payload: string): Promise<OperationSeen> {
  const seen = await post(target, payload, { headers: as(target.server.keys.agent) });
  const errors = errorsIn(seen);
  for (const { extensions } of errors) expect(extensions.requestId).toBe(seen.headers["x-request-id"]);
  return { data: (JSON.parse(seen.body) as { data?: unknown }).data, errors, text: seen.text };
}

async function overEvents({ url, server }: Target, payload: string): Promise<OperationSeen> {
  const answer = await fetch(`${url}/graphql/stream`, {
    method: "POST",
    headers: { ...as(server.keys.agent), "content-type": "application/json", accept: "text/event-stream" },
    body: payload,
  });
  const body = await answer.text();
  const headers = Object.fromEntries(answer.headers);
  const events = [...body.matchAll(/^data: (\{.*)$/gm)].map(([, text = ""]) => text);
  const inEvent = (text: string) => errorsIn({ headers: { "content-type": "application/json" }, body: text });
  const errors = answer.ok ? events.flatMap(inEvent) : errorsIn({ headers, body });
  for (const { extensions } of errors) expect(extensions.requestId).toBe(headers["x-request-id"]);
  const [first] = events.map((text) => JSON.parse(text) as { data?: unknown });
  return { data: first?.data, errors, text: body };
}

/** On a socket of its own, on which another operation is served afterwards: what is refused is refused alone. */
async function overSocket({ url, server }: Target, payload: string): Promise<OperationSeen> {
  const client = await LiveClient.connect(url, server.keys.agent);
  try {
    client.socket.send(`{"id": "attack", "type": "subscribe", "payload": ${payload}}`);
    await until(
      () => client.closed ?? client.messages.find(({ id, type }) => id === "attack" && type !== "next"),
      {
        what: "the operation's end",
      },
    );
    expect(client.closed).toBeUndefined();
    const sibling = client.subscribe("{ viewer { roles } }");
    expect(await client.deliveries(sibling, 1)).toEqual([{ viewer: { roles: ["AGENT"] } }]);
    const said = client.messages.filter(({ id }) => id === "attack");
    const results = said.filter(({ type }) => type === "next").map(({ payload: result }) => result as Result);
    const errors = said.filter(({ type }) => type === "error").flatMap((one) => one.payload as ShownError[]);
    return {
      data: results[0]?.data,
      errors: [...errors, ...results.flatMap((result) => result.errors ?? [])],
      text: JSON.stringify(said),
    };
  } finally {
    client.close();
  }
}

interface Result {
  readonly data?: unknown;
  readonly errors?: readonly ShownError[];
}
