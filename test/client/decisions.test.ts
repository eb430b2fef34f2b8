import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HitlClient, type HitlClientOptions, type SettledDecision } from "../../src/client/hitl-client.js";
import { ScriptedServer } from "../support/scripted-server.js";
import { AGENT_KEY } from "../support/scripted-tickets.js";
import { until } from "../support/until.js";

let server: ScriptedServer;
const clients: HitlClient[] = [];

function clientWith(options: Partial<HitlClientOptions> = {}): HitlClient {
  const retry = { baseMs: 1, capMs: 20, ...options.retry };
  const client = new HitlClient({ coreUrl: server.url, apiKey: AGENT_KEY, ...options, retry });
  clients.push(client);
  return client;
}

async function take(stream: AsyncIterator<SettledDecision>, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const { value, done } = await stream.next();
    if (done === true) break;
    ids.push(value.ticketId);
  }
  return ids;
}

const subscriptions = (): number => server.requests("TicketDecided").length;

beforeEach(async () => {
  server = await ScriptedServer.start();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await server.kill();
});

describe("the stream of decisions", () => {
  test("begins where the ledger stood when it was asked for, and not only when it is first read", async () => {
    server.approveMany(2);
    const stream = clientWith().decisions();
    await until(() => stream.cursor === undefined && server.requests("LedgerCursor").length === 1);
    const cursorAnswered = clientWith().viewer();
    await cursorAnswered;
    const ids = server.approveMany(3);
    expect(await take(stream, 3)).toEqual(ids);
  });

  test("begins after a given cursor", async () => {
    const client = clientWith();
    const { ledgerCursor: after } = await client.viewer();
    const ids = server.approveMany(3);
    expect(await take(client.decisions({ after }), 3)).toEqual(ids);
    expect(server.requests("LedgerCursor")).toEqual([]);
  });

  test("loses nothing and doubles nothing over many cuts, even of a server that says everything twice", async () => {
    server.duplicates = true;
    const client = clientWith();
    const { ledgerCursor: after } = await client.viewer();
    const stream = client.decisions({ after, bufferSize: 7 });
    const expected: string[] = [];
    const read: string[] = [];
    for (let round = 0; round < 12; round++) {
      expected.push(...server.approveMany(10));
      read.push(...(await take(stream, round % 3 === 0 ? 4 : 9)));
      if (round % 4 === 3) {
        await (round % 8 === 3 ? server.kill() : server.stop());
        expected.push(...server.approveMany(5));
        await server.start();
      } else {
        server.cutWebSockets();
      }
    }
    read.push(...(await take(stream, expected.length - read.length)));
    expect(read).toEqual(expected);
    expect(server.socketsOpened).toBeGreaterThan(10);
  });

  test("loses nothing when its first connection breaks before anything came", async () => {
    const stream = clientWith().decisions();
    const first = stream.next();
    await until(() => subscriptions() === 1);
    await server.kill();
    const [id] = server.approveMany(1);
    await server.start();
    expect((await first).value?.ticketId).toBe(id);
  });

  test("waits for a server that is gone for long, once it has reached it", async () => {
    let retries = 0;
    const client = clientWith({ retry: { attempts: 2 }, onRetry: () => retries++ });
    const stream = client.decisions({ bufferSize: 1 });
    const first = stream.next();
    await until(() => subscriptions() === 1);
    const ids = server.approveMany(1);
    await first;
    await server.kill();
    const reading = take(stream, 3);
    await until(() => retries > 6);
    ids.push(...server.approveMany(3));
    await server.start();
    expect([(await first).value?.ticketId, ...(await reading)]).toEqual(ids);
  });

  test("says up to where it was read, for another one to go on from there", async () => {
    const client = clientWith();
    const { ledgerCursor: after } = await client.viewer();
    const ids = server.approveMany(6);
    const stream = client.decisions({ after });
    expect(await take(stream, 4)).toEqual(ids.slice(0, 4));
    const { cursor } = stream;
    await stream.return();
    expect(await take(clientWith().decisions({ after: cursor }), 2)).toEqual(ids.slice(4));
  });

  test("is of one queue, where one is named", async () => {
    const client = clientWith();
    const { ledgerCursor: after } = await client.viewer();
    server.approveMany(2, "grants");
    const ids = server.approveMany(2, "loans");
    expect(await take(client.decisions({ after, queue: "loans" }), 2)).toEqual(ids);
  });

  test("holds no more than its buffer for a reader who does not read, and nothing of it is lost", async () => {
    const client = clientWith();
    const { ledgerCursor: after } = await client.viewer();
    const stream = client.decisions({ after, bufferSize: 5 });
    const ids = server.approveMany(40);
    const read = await take(stream, 1);
    await until(() => server.openSockets === 0, { what: "the subscription to be dropped" });
    read.push(...(await take(stream, 39)));
    expect(read).toEqual(ids);
    expect(subscriptions()).toBeGreaterThanOrEqual(8);
  });

  test("resumes behind what it has received, be it read or not", async () => {
    const client = clientWith();
    const { ledgerCursor: after } = await client.viewer();
    const stream = client.decisions({ after, bufferSize: 3 });
    server.approveMany(1);
    await take(stream, 1);
    server.approveMany(3);
    await until(() => server.openSockets === 0, { what: "the buffer to be full" });
    const received = (await client.viewer()).ledgerCursor;
    await take(stream, 2);
    await until(() => subscriptions() === 2);
    expect(server.requests("TicketDecided").map(({ variables }) => variables.after)).toEqual([
      after,
      received,
    ]);
  });

  test("answers overlapping reads in turn", async () => {
    const client = clientWith();
    const { ledgerCursor: after } = await client.viewer();
    const stream = client.decisions({ after });
    const reads = Array.from({ length: 5 }, () => stream.next());
    const ids = server.approveMany(5);
    expect((await Promise.all(reads)).map((read) => read.value?.ticketId)).toEqual(ids);
  });

  test("survives UNAVAILABLE and subscriptions that just end", async () => {
    server.subscriptionFaults.push({ code: "UNAVAILABLE" }, { completes: true }, { code: "RATE_LIMITED" });
    const client = clientWith();
    const { ledgerCursor: after } = await client.viewer();
    const ids = server.approveMany(2);
    expect(await take(client.decisions({ after }), 2)).toEqual(ids);
    expect(subscriptions()).toBe(4);
  });
});

describe("the stream of decisions ends", () => {
  test("with CURSOR_INVALID for a cursor that the server cannot honour", async () => {
    const stream = clientWith().decisions({ after: "bm9uc2Vuc2U" });
    await expect(stream.next()).rejects.toMatchObject({ name: "CursorInvalidError", code: "CURSOR_INVALID" });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await until(() => server.openSockets === 0);
  });

  test("with CURSOR_INVALID when the server comes back from a backup, after what was read before", async () => {
    const client = clientWith();
    const { ledgerCursor: after } = await client.viewer();
    const stream = client.decisions({ after });
    const [id] = server.approveMany(1);
    expect(await take(stream, 1)).toEqual([id]);
    server.restoreBackup();
    server.cutWebSockets();
    await expect(stream.next()).rejects.toMatchObject({ code: "CURSOR_INVALID" });
  });

  test("with UNAUTHENTICATED, at once, for a key that is not accepted", async () => {
    server.refuseSocketsWith = 4403;
    const stream = clientWith().decisions();
    await expect(stream.next()).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect(server.socketsOpened).toBe(1);
    await expect(clientWith({ apiKey: "csk_wrong" }).decisions().next()).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
    });
    expect(server.socketsOpened).toBe(1);
  });

  test("with BAD_RESPONSE for a decision from which it could not resume", async () => {
    server.garble = () => ({
      data: { ticketDecided: { status: "APPROVED", ticketId: "ticket_1", cursor: null } },
    });
    const client = clientWith();
    const { ledgerCursor: after } = await client.viewer();
    server.approveMany(1);
    await expect(client.decisions({ after }).next()).rejects.toMatchObject({ code: "BAD_RESPONSE" });
  });

  test("when its reader breaks off, and the socket closes", async () => {
    const client = clientWith();
    const { ledgerCursor: after } = await client.viewer();
    server.approveMany(3);
    for await (const decision of client.decisions({ after })) {
      expect(decision.status).toBe("APPROVED");
      break;
    }
    await until(() => server.openSockets === 0);
  });

  test("when return() is called while a read is waiting", async () => {
    const stream = clientWith().decisions();
    const read = stream.next();
    await until(() => subscriptions() === 1);
    await stream.return();
    expect(await read).toEqual({ done: true, value: undefined });
    await until(() => server.openSockets === 0);
  });

  test("with ABORTED when its signal is aborted, and what was held counts as unread", async () => {
    const client = clientWith();
    const { ledgerCursor: after } = await client.viewer();
    const ids = server.approveMany(5);
    const controller = new AbortController();
    const stream = client.decisions({ after, signal: controller.signal });
    expect(await take(stream, 2)).toEqual(ids.slice(0, 2));
    controller.abort();
    await expect(stream.next()).rejects.toMatchObject({ name: "AbortError" });
    expect(await take(client.decisions({ after: stream.cursor }), 3)).toEqual(ids.slice(2));
  });

  test("with ABORTED when the signal had been aborted before the first read", async () => {
    const stream = clientWith().decisions({ signal: AbortSignal.abort() });
    await expect(stream.next()).rejects.toMatchObject({ code: "ABORTED" });
  });

  test("quietly when the client is closed", async () => {
    const client = clientWith();
    const stream = client.decisions();
    const read = stream.next();
    await until(() => subscriptions() === 1);
    await client.close();
    expect(await read).toEqual({ done: true, value: undefined });
    await expect(client.decisions().next()).rejects.toMatchObject({ code: "CLIENT_CLOSED" });
  });

  test("without harm when nobody ever reads it and the server is not there", async () => {
    const client = clientWith({ retry: { attempts: 1 } });
    await server.kill();
    const stream = client.decisions();
    await expect(client.viewer()).rejects.toMatchObject({ code: "NETWORK" });
    expect(await stream.return()).toEqual({ done: true, value: undefined });
  });

  test.each([0, -1, 1.5, Number.NaN])("before it begins, with a buffer of %d", (bufferSize) => {
    expect(() => clientWith().decisions({ bufferSize })).toThrow(
      expect.objectContaining({ code: "BAD_USER_INPUT", details: { field: "bufferSize" } }),
    );
    expect(server.seen).toEqual([]);
  });
});
