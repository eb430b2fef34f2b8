import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { killed } from "../support/process-guard.js";
import { ScriptedServer } from "../support/scripted-server.js";
import { until } from "../support/until.js";

const program = fileURLToPath(new URL("./processes/one-call.ts", import.meta.url));

interface Outcome {
  readonly output: string;
  readonly exitCode: number | null;
}

/** Runs the program until it ends; longer than some seconds after it has said its last word is a handle that leaked. */
async function run(use: string, coreUrl: string): Promise<Outcome> {
  const child = spawn(process.execPath, ["--import", "tsx", program, use, coreUrl]);
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    output += String(chunk);
  });
  try {
    await until(() => output !== "" || child.exitCode !== null, { what: "the last word", timeoutMs: 15_000 });
    const ended = child.exitCode !== null ? Promise.resolve() : once(child, "close");
    await until(() => child.exitCode !== null, { what: "the process's end", timeoutMs: 3_000 });
    await ended;
    return { output: output.trim(), exitCode: child.exitCode };
  } finally {
    await killed(child);
  }
}

let server: ScriptedServer;

beforeEach(async () => {
  server = await ScriptedServer.start();
});

afterEach(async () => {
  await server.kill();
});

describe("a process that uses the SDK ends by itself", () => {
  test("after the decision has come", async () => {
    const running = run("decided", server.url);
    await until(() => server.requests("TicketDecided").length === 1, { timeoutMs: 15_000 });
    server.decide("ticket_1", "APPROVED");
    expect(await running).toEqual({ output: "done", exitCode: 0 });
  });

  test("after a wait has timed out", async () => {
    expect(await run("timeout", server.url)).toEqual({ output: "TIMEOUT", exitCode: 0 });
  });

  test("after a wait has timed out between two tries to connect", async () => {
    await server.kill();
    expect(await run("unreachable", server.url)).toEqual({ output: "TIMEOUT", exitCode: 0 });
  });

  test("after a wait was aborted whose handshake nobody had answered", async () => {
    server.ignoresHandshakes = true;
    expect(await run("abort", server.url)).toEqual({ output: "TIMEOUT", exitCode: 0 });
  });

  test("after a wait was aborted whose connection nobody had even read from", async () => {
    const sockets = new Set<{ destroy(): void }>();
    const mute = createServer((socket) => sockets.add(socket));
    mute.listen(0, "127.0.0.1");
    await once(mute, "listening");
    try {
      const { port } = mute.address() as { port: number };
      expect(await run("abort", `http://127.0.0.1:${port}`)).toEqual({ output: "TIMEOUT", exitCode: 0 });
    } finally {
      for (const socket of sockets) socket.destroy();
      mute.close();
    }
  });

  test("after a wait was aborted on a connection that was dead", async () => {
    const running = run("dead", server.url);
    await until(() => server.requests("TicketDecided").length === 1, { timeoutMs: 15_000 });
    server.freezeSockets();
    expect(await running).toEqual({ output: "TIMEOUT", exitCode: 0 });
  });

  test("with a stream of decisions that was never read", async () => {
    expect(await run("unread", server.url)).toEqual({ output: "done", exitCode: 0 });
  });

  test("after the reading of a stream was broken off", async () => {
    const running = run("broken", server.url);
    await until(() => server.requests("TicketDecided").length === 1, { timeoutMs: 15_000 });
    server.decide("ticket_1", "APPROVED");
    expect(await running).toEqual({ output: "done", exitCode: 0 });
  });
});
