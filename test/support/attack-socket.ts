import { connect } from "node:net";
import { expect } from "vitest";
import { freshAddress, leaksNothing, type Seen, type Target } from "./attack.js";
import { upgradeRequest } from "./raw-connection.js";
import { until } from "./until.js";
import { FRAME, frame, framesIn } from "./web-socket-frames.js";

/** What an attacker gets to see on a WebSocket. */
export interface SocketSeen {
  /** Of the answer to the upgrade; 101 where it was taken. */
  readonly handshake: Seen;
  /** Text messages, in their order. */
  readonly messages: readonly SocketMessage[];
  /** Code and reason of the closing frame; undefined where there was none. */
  readonly closing: readonly [code: number, reason: string] | undefined;
}

/** A message of graphql-transport-ws. */
export interface SocketMessage {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** What to send on a WebSocket, byte for byte. */
export interface SocketAttack {
  /** Fields of the upgrade; null leaves a usual one out. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly path?: string;
  /** After the upgrade: bytes as they are. */
  readonly bytes?: readonly Buffer[];
  /** After the acknowledgement. */
  readonly afterwards?: readonly Buffer[];
  /** Enough has been seen, although the server has not closed. */
  readonly enough?: (messages: readonly SocketMessage[]) => boolean;
  readonly from?: string;
}

/** One text message. */
export const message = (content: object | string): Buffer =>
  frame(FRAME.text, typeof content === "string" ? content : JSON.stringify(content));

/** The message with which that key introduces itself. */
export const introduction = (key: string): Buffer =>
  message({ type: "connection_init", payload: { Authorization: `Bearer ${key}` } });

/** Sends it all at once; resolves when the server has closed the connection, or enough has been seen. */
export async function attackSocket(target: Target, attack: SocketAttack): Promise<SocketSeen> {
  const {
    headers = {},
    path = "/graphql",
    bytes = [],
    afterwards = [],
    from = freshAddress(),
    enough,
  } = attack;
  const left = Object.entries(headers).flatMap(([name, value]) => (value === null ? [name] : []));
  const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== null));
  const upgrade = upgradeRequest(path, given as Record<string, string>)
    .split("\r\n")
    .filter((line) => !left.some((name) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`)))
    .join("\r\n");
  const socket = connect({ port: target.port, host: "127.0.0.1", localAddress: from });
  let received = Buffer.alloc(0);
  let closed = false;
  socket.on("data", (chunk) => {
    received = Buffer.concat([received, chunk]);
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    closed = true;
  });
  socket.write(Buffer.from(upgrade, "latin1"));
  await until(() => closed || received.includes("\r\n\r\n"), { what: "an answer to the upgrade" });
  for (const part of bytes) socket.write(part);
  if (afterwards.length > 0) {
    await until(() => closed || seenIn(received).messages.some(({ type }) => type === "connection_ack"), {
      what: "the acknowledgement",
    });
    for (const part of afterwards) socket.write(part);
  }
  await until(
    () => {
      const seen = seenIn(received);
      return closed || seen.closing !== undefined || enough?.(seen.messages) === true;
    },
    { what: "the socket's end", timeoutMs: 15_000 },
  );
  socket.destroy();
  const seen = seenIn(received);
  leaksNothing(received.toString("utf8"));
  return seen;
}

function seenIn(received: Buffer): SocketSeen {
  const end = received.indexOf("\r\n\r\n");
  const head = received.toString("utf8", 0, end < 0 ? received.length : end);
  const [first = "", ...lines] = head.split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.split(":", 1)[0]?.toLowerCase() ?? "",
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
  const status = Number(first.split(" ")[1]);
  const rest = end < 0 ? Buffer.alloc(0) : received.subarray(end + 4);
  const frames = status === 101 ? framesIn(rest) : [];
  const closing = frames.find(({ opcode }) => opcode === 8)?.payload;
  return {
    handshake: {
      status,
      headers,
      body: status === 101 ? "" : rest.toString("utf8"),
      text: received.toString("utf8"),
    },
    messages: frames
      .filter(({ opcode }) => opcode === 1)
      .map(({ payload }) => JSON.parse(payload.toString("utf8")) as SocketMessage),
    closing:
      closing === undefined
        ? undefined
        : [closing.length < 2 ? 1005 : closing.readUInt16BE(0), closing.toString("utf8", 2)],
  };
}

/** Observes with which code the server closed, and that it told nothing else. */
export function closedWith(code: number): (seen: SocketSeen) => void {
  return ({ handshake, closing }) => {
    expect(handshake.status).toBe(101);
    expect(closing?.[0]).toBe(code);
    leaksNothing(closing?.[1] ?? "");
  };
}
