import { connect } from "node:net";
import { expect } from "vitest";
import type { DatabaseKind } from "./databases.js";
import { startTestServer, type TestServer } from "./test-server.js";

/** What an attacker gets to see on a connection, until the server has closed it. */
export interface Seen {
  readonly status: number;
  /** Values of one name are joined, as in RFC 9110, 5.3. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Every byte, several answers included. */
  readonly text: string;
}

/** A server under attack. */
export interface Target {
  readonly server: TestServer;
  readonly url: string;
  readonly port: number;
}

/** Send this, and see that. */
export interface Attack {
  readonly name: string;
  readonly send: (target: Target) => Promise<Seen> | Seen;
  readonly observe: (seen: Seen, target: Target) => Promise<void> | void;
}

/** The target of a file's attacks, on one database. */
export async function startTarget(
  kind: DatabaseKind,
  overrides: Readonly<Record<string, string>> = {},
): Promise<Target> {
  const server = await startTestServer(kind, overrides);
  return { server, url: server.url, port: server.running.port };
}

let attackers = 0;

/** An address of the loopback network that nobody else has: what one attacker spends must not spare the next one. */
export function freshAddress(): string {
  attackers += 1;
  return `127.${9 + Math.floor(attackers / 64_000)}.${Math.floor(attackers / 250) % 256}.${1 + (attackers % 250)}`;
}

/** Sends bytes as they are; resolves with what came back until the server closed the connection. */
export function exchange(
  { port }: Target,
  parts: readonly (string | Buffer)[],
  from = freshAddress(),
): Promise<Seen> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", localAddress: from }, () => {
      for (const part of parts) socket.write(typeof part === "string" ? Buffer.from(part, "latin1") : part);
    });
    const received: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => {
      received.push(chunk);
      // Event streams keep the connection, whatever is asked for.
      if (chunk.subarray(-7).toString("latin1") === "\r\n0\r\n\r\n" || chunk.equals(LAST_CHUNK))
        socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(seenIn(Buffer.concat(received).toString("utf8"))));
  });
}

/** Where a body in chunks ends (RFC 9112, 7.1). */
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

function seenIn(text: string): Seen {
  const end = text.indexOf("\r\n\r\n");
  const head = end < 0 ? text : text.slice(0, end);
  const [first = "", ...lines] = head.split("\r\n");
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const at = line.indexOf(":");
    const name = line.slice(0, at).toLowerCase();
    const value = line.slice(at + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return { status: Number(first.split(" ")[1]), headers, body: end < 0 ? "" : text.slice(end + 4), text };
}

/** One HTTP request, byte for byte; what `headers` says replaces what is usual, null leaves it out. */
export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly body?: string | Buffer;
  readonly from?: string;
}

/** Sends it on a connection of its own. Paths and header values go out as they are, one byte for each character. */
export function request(target: Target, { from, ...made }: RawRequest): Promise<Seen> {
  return exchange(target, bytesOf(made), from);
}

/** The bytes of a request. */
export function bytesOf({ method, path = "/graphql", headers = {}, body }: RawRequest): (string | Buffer)[] {
  const content = typeof body === "string" ? Buffer.from(body, "utf8") : body;
  const fields: Record<string, string | readonly string[] | null> = {
    host: "127.0.0.1",
    connection: "close",
    ...(content === undefined
      ? {}
      : { "content-type": "application/json", "content-length": String(content.length) }),
    ...headers,
  };
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === null ? [] : [value].flat().map((one) => `${name}: ${one}\r\n`),
  );
  const verb = method ?? (content === undefined ? "GET" : "POST");
  return [`${verb} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`, ...(content === undefined ? [] : [content])];
}

/** Posts JSON: an object, or a text as it is. */
export function post(target: Target, body: unknown, made: RawRequest = {}): Promise<Seen> {
  return request(target, { ...made, body: typeof body === "string" ? body : JSON.stringify(body) });
}

/** What an {@link Attack} sends: bytes as they are. */
export const raw =
  (...parts: readonly (string | Buffer)[]): Attack["send"] =>
  (target) =>
    exchange(target, parts);

/** What an {@link Attack} sends: a request. */
export const sent =
  (made: RawRequest): Attack["send"] =>
  (target) =>
    request(target, made);

/** What an {@link Attack} sends: JSON, to the API. */
export const posted =
  (body: unknown, headers: RawRequest["headers"] = {}): Attack["send"] =>
  (target) =>
    post(target, body, { headers });

/** The header that says who one is. */
export function as(key: string): { readonly authorization: string } {
  return { authorization: `Bearer ${key}` };
}

const TELLTALES: readonly RegExp[] = [
  // SQL, and the databases' own words
  /\b(?:SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|SQLITE_\w+|ER_[A-Z]{3,}|QueryFailedError)\b/,
  /\b(?:sqlite|mysql|mariadb|typeorm)\b/i,
  // stacks and paths
  /\n\s+at |node_modules|node:internal|\.[cm]?[jt]s:\d+|\/(?:src|dist|home|tmp|work|usr|etc)\//,
  // names of what it is made of, and of errors inside of it
  /\bFST_|\bHPE_|\bECONN|TypeError|RangeError|ReferenceError|SyntaxError|InternalError|Maximum call stack|fastify|apollo-server|graphql-ws|\bundefined\b|\[object /i,
  // names that were not asked for
  /Did you mean/,
];

/** Fails where a text says something about the inside of the server, or repeats a secret. */
export function leaksNothing(text: string, secrets: readonly string[] = []): void {
  for (const telltale of TELLTALES) expect(text).not.toMatch(telltale);
  for (const secret of secrets) expect(text.includes(secret), "a secret is repeated").toBe(false);
}

/** An error as every answer has it. */
export interface ShownError {
  readonly message: string;
  readonly extensions: Readonly<Record<string, unknown>> & {
    readonly code: string;
    readonly requestId: string;
  };
}

/** The errors in an answer of any form: GraphQL's, that of the sign-in pages, and the problem details of the REST routes. */
export function errorsIn({ headers, body }: Pick<Seen, "headers" | "body">): readonly ShownError[] {
  expect(headers["content-type"]).toMatch(/^application\/(?:(?:graphql-response|problem)\+)?json\b/);
  const { errors, error, ...problem } = JSON.parse(body) as {
    errors?: readonly ShownError[];
    error?: { message: string; code: string; requestId: string };
    detail?: string;
  };
  if (headers["content-type"]?.startsWith("application/problem+json")) {
    const { detail = "", ...extensions } = problem;
    return [{ message: detail, extensions: extensions as ShownError["extensions"] }];
  }
  if (error === undefined) return errors ?? [];
  const { message, ...extensions } = error;
  return [{ message, extensions }];
}

/** Observes a refusal: status, code, message, request id, and nothing about the inside. */
export function refused(
  status: number,
  code: string,
  details: Readonly<Record<string, unknown>> = {},
): Attack["observe"] {
  return (seen) => {
    const [first, ...others] = errorsIn(seen);
    expect([seen.status, first?.extensions.code]).toEqual([status, code]);
    for (const error of [first, ...others]) {
      expect(error?.message.length).toBeGreaterThan(10);
      expect(error?.extensions.requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(error?.extensions.requestId).toBe(seen.headers["x-request-id"]);
    }
    expect(first?.extensions).toMatchObject(details);
    expect(seen.headers["x-content-type-options"]).toBe("nosniff");
    expect(seen.headers["content-security-policy"]).toContain("default-src 'none'");
    expect(JSON.parse(seen.body)).not.toHaveProperty("data");
    leaksNothing(seen.text);
  };
}

/** Observes that an operation was answered with exactly these data. */
export function answered(data: unknown): Attack["observe"] {
  return (seen) => {
    expect([seen.status, seen.headers["content-type"]]).toEqual([200, "application/json; charset=utf-8"]);
    expect(JSON.parse(seen.body)).toEqual({ data });
    leaksNothing(seen.text);
  };
}

/** Sends what anybody might send, and expects it to be answered: the server is alive, and has nobody mixed up. */
export async function expectAlive(target: Target): Promise<void> {
  const { keys } = target.server;
  const seen = await post(
    target,
    { query: "{ viewer { principal { name } roles } }" },
    { headers: as(keys.auditor) },
  );
  expect(JSON.parse(seen.body)).toEqual({
    data: { viewer: { principal: { name: "Auditor" }, roles: ["AUDITOR"] } },
  });
}
