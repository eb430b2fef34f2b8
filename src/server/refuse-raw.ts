import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type Problem, problemBody } from "./http-problem.js";
import { RAW_HEADERS } from "./security-headers.js";

/** Answers on a connection that no HTTP answer belongs to (a refused upgrade, or what is no HTTP), and ends it. */
export function refuseRaw(socket: Duplex, problem: Problem): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const body = problemBody(problem, requestId);
  const headers: Readonly<Record<string, string>> = {
    ...RAW_HEADERS,
    ...problem.headers,
    connection: "close",
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(body)),
    "x-request-id": requestId,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.once("finish", () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? "Error"}\r\n${lines.join("")}\r\n${body}`,
  );
}
