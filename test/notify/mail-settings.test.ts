import { mkdtemp } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, describe, expect, inject, it } from "vitest";
import { createLog } from "../../src/server/log.js";
import { readSettings } from "../../src/server/settings.js";
import { type RunningServer, startServer } from "../../src/server/start-server.js";
import { submit } from "../api/tickets.js";
import { runCommand } from "../cli/run-command.js";
import { databaseKind } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { freePort } from "../support/mariadb.js";
import { startTestServer, TEST_SIGNING_KEY } from "../support/test-server.js";
import { until } from "../support/until.js";

const FROM = "Countersign <review@example.org>";

describe("the settings of mail", () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  it.each([
    ["another protocol", { SMTP_URL: "https://ada:s3cret@mail.example.org", MAIL_FROM: FROM }, "SMTP_URL"],
    ["a host alone", { SMTP_URL: "mail.example.org:587", MAIL_FROM: FROM }, "SMTP_URL"],
    ["a user without a password", { SMTP_URL: "smtp://ada@mail.example.org", MAIL_FROM: FROM }, "SMTP_URL"],
    ["an option that there is not", { SMTP_URL: "smtp://x.example?tls=off", MAIL_FROM: FROM }, "SMTP_URL"],
    ["no sender", { SMTP_URL: "smtp://ada:s3cret@mail.example.org" }, "MAIL_FROM"],
    ["a sender that is no address", { SMTP_URL: "smtp://mail.example.org", MAIL_FROM: "Ada" }, "MAIL_FROM"],
    [
      "a sender with a header of its own",
      { SMTP_URL: "smtp://mail.example.org", MAIL_FROM: "a@example.org\r\nBcc: eve@example.org" },
      "MAIL_FROM",
    ],
  ])("let no server start with %s, and do not repeat a password", async (_, env, name) => {
    const ran = await runCommand(["serve"], { env: { PORT: "0", ...env } });
    expect(ran).toMatchObject({ code: 4, stdout: "" });
    expect(ran.stderr).toContain(`${name}: expected`);
    expect(ran.stderr).not.toContain("s3cret");
  });

  /** A server whose log can be read. */
  const started = async (smtpUrl: string): Promise<{ running: RunningServer; log: () => string }> => {
    const database = await databaseKind("sqlite").create();
    closing.push(() => database.drop());
    const lines: string[] = [];
    const destination = new Writable({
      write: (chunk, _encoding, done) => {
        lines.push(String(chunk));
        done();
      },
    });
    const settings = readSettings({
      PORT: "0",
      DATABASE_URL: database.url,
      DATA_DIR: await mkdtemp(join(inject("runDirectory"), "data-")),
      SIGNING_KEY: TEST_SIGNING_KEY,
      SMTP_URL: smtpUrl,
      MAIL_FROM: FROM,
      DELIVERY_TIMEOUT_SECONDS: "1",
    });
    const running = await startServer(settings, { log: createLog("warn", destination) });
    closing.push(() => running.close());
    return { running, log: () => lines.join("") };
  };

  it("with a mail server that is not there only warn, and work goes on", async () => {
    const { running, log } = await started(`smtp://ada:s3cret@127.0.0.1:${await freePort()}`);
    await until(() => log().includes("mail cannot be sent for now: There is no connection"));
    expect(log()).not.toContain("s3cret");
    expect(log().trim().split("\n")).toHaveLength(1);
    const { status } = await submit(running.url, running.firstStart?.agentKey ?? "", { title: "Meanwhile" });
    expect(status).toBe("PENDING");
  });

  it("with a mail server that never says a word keep nobody from starting, working or stopping", async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
      silent.close();
    });
    const { port } = silent.address() as { port: number };
    const { running, log } = await started(`smtp://127.0.0.1:${port}`);
    await until(() => sockets.size > 0);
    const { status } = await submit(running.url, running.firstStart?.agentKey ?? "", { title: "Meanwhile" });
    expect(status).toBe("PENDING");
    await until(() => log().includes("mail cannot be sent for now: "));
    const began = performance.now();
    await running.close();
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it("tell a reviewer that no mail is set up where there is none", async () => {
    const server = await startTestServer(databaseKind("sqlite"));
    closing.push(() => server.close());
    expect(
      await gqlData(server.url, server.keys.reviewer, "{ notificationPreferences { mailConfigured } }"),
    ).toEqual({ notificationPreferences: { mailConfigured: false } });
  });
});
