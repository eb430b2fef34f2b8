import { createClient } from "graphql-sse";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../support/databases.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";

const DECIDED = `subscription($ticketId: ID, $after: LedgerCursor) {
  ticketDecided(ticketId: $ticketId, after: $after) { ticketId status cursor }
}`;

describe.each(databases)("event streams, on $name", (kind) => {
  let server: TestServer;
  const { submit, decide, ledgerCursor } = reviewCalls(() => server);

  beforeAll(async () => {
    server = await startTestServer(kind);
  });
  afterAll(() => server.close());

  const clientOf = (key: string) =>
    createClient({
      url: `${server.url}/graphql/stream`,
      headers: { authorization: `Bearer ${key}` },
      retryAttempts: 0,
    });
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/graphql/stream`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });

  it("push the decision, and end after a final one", async () => {
    const ticketId = await submit("streamed");
    const stream = clientOf(server.keys.agent).iterate({ query: DECIDED, variables: { ticketId } });
    const pushed = stream.next();
    await until(() => server.running.services.push.size === 1);
    await decide(ticketId);
    expect((await pushed).value).toMatchObject({ data: { ticketDecided: { ticketId, status: "APPROVED" } } });
    expect((await stream.next()).done).toBe(true);
  });

  it("replay from a cursor", async () => {
    const after = await ledgerCursor();
    const ids = [await submit("one"), await submit("two")];
    for (const ticketId of ids) await decide(ticketId);
    const stream = clientOf(server.keys.agent).iterate({ query: DECIDED, variables: { after } });
    const seen = [(await stream.next()).value, (await stream.next()).value];
    expect(seen).toMatchObject(ids.map((ticketId) => ({ data: { ticketDecided: { ticketId } } })));
    await stream.return?.();
    await until(() => server.running.services.push.size === 0, { what: "the subscription's end" });
  });

  it("deliver every one of many events, replayed and live, and to a second subscriber of the same", async () => {
    const after = await ledgerCursor();
    const settle = async (title: string): Promise<string> => {
      const ticketId = await submit(title);
      await decide(ticketId);
      return ticketId;
    };
    const early = await Promise.all(Array.from({ length: 60 }, (_, index) => settle(`early ${index}`)));
    for (let time = 0; time < 2; time += 1) {
      const stream = clientOf(server.keys.agent).iterate({ query: DECIDED, variables: { after } });
      const seen = new Set<string>();
      const read = async (count: number) => {
        while (seen.size < count) {
          const { value } = await stream.next();
          seen.add((value.data as { ticketDecided: { ticketId: string } }).ticketDecided.ticketId);
        }
      };
      await read(60);
      const late =
        time === 0
          ? await Promise.all(Array.from({ length: 40 }, (_, index) => settle(`late ${index}`)))
          : [];
      await read(100);
      for (const ticketId of [...early, ...late]) expect(seen).toContain(ticketId);
      await stream.return?.();
    }
  });

  it("refuse a bad credential with 401, before anything is streamed", async () => {
    const answer = await post({ query: DECIDED }, { authorization: "Bearer nonsense" });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({
      errors: [{ extensions: { code: "UNAUTHENTICATED", requestId: expect.stringMatching(/./) } }],
    });
  });

  it.each([
    ["no credential", DECIDED, {}, "UNAUTHENTICATED"],
    ["an unknown field", "subscription { nope }", {}, "GRAPHQL_VALIDATION_FAILED"],
    ["a syntax error", "subscription {", {}, "GRAPHQL_PARSE_FAILED"],
  ])("say what is wrong with %s", async (_, query, variables, code) => {
    const answer = await post({ query, variables });
    const text = await answer.text();
    expect(text).toContain(code);
    expect(text).not.toMatch(/Did you mean|node_modules/);
  });

  it("survive a body that is no JSON", async () => {
    const answer = await post("{", { authorization: `Bearer ${server.keys.agent}` });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_REQUEST" } }] });
  });
});
