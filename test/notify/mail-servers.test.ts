import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { SMTPServerAuthentication } from "smtp-server";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { MailChannelOptions } from "../../src/notify/mail/mail-channel.js";
import { idsOf, mailChannels } from "../support/mail-channels.js";
import { contextFor, newsOf } from "../support/mail-samples.js";
import { type MailServer, startMailServer } from "../support/mail-server.js";
import { selfMadeCertificate } from "../support/self-made-certificate.js";
import { until } from "../support/until.js";

const PASSWORD = "s3cret-pass%word";
const { target } = contextFor();
const channels = mailChannels();
afterEach(() => channels.close());

describe("where the mail server is not as it should be, the mail channel", () => {
  it("waits for one that is down, and delivers when it is back", async () => {
    const first = await startMailServer();
    await first.close();
    const told: string[] = [];
    const onProblem = (problem: string, server: string) => told.push(`${server} ${problem}`);
    const channel = channels.to(`smtp://127.0.0.1:${first.port}`, { onProblem });
    const deliver = () => channel.deliver(target, [newsOf()], idsOf(), new AbortController().signal);
    expect(await deliver()).toMatchObject({
      outcome: "RETRY",
      problem: "There is no connection to the mail server, or it was lost. (ECONNREFUSED)",
    });
    expect(await channel.verify()).toMatch(/no connection/);
    // Which server that is, the operator is told, and once; whoever reads the ledger is not.
    const which = new RegExp(`^127\\.0\\.0\\.1:${first.port} There is no connection`);
    expect(told).toEqual([expect.stringMatching(which)]);
    const second = await startMailServer({}, first.port);
    try {
      expect(await deliver()).toMatchObject({ outcome: "DELIVERED" });
      expect(second.received).toHaveLength(1);
      second.answer = { at: "RCPT", code: 550, text: "5.1.1 No such user" };
      expect(await deliver()).toMatchObject({ outcome: "DEAD" });
      second.answer = { at: "RCPT", code: 451, text: "4.7.1 Greylisted" };
      expect(await deliver()).toMatchObject({ outcome: "RETRY" });
      expect(told).toHaveLength(1);
      second.answer = { at: "MAIL", code: 550, text: "5.1.8 Sender unknown" };
      await deliver();
      expect(told.at(-1)).toMatch(/refuses the sender, MAIL_FROM/);
    } finally {
      await second.close();
    }
  });

  it("tells the operator what keeps it from signing in, what passes too", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.end("421 4.3.2 Come again later\r\n");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const told: string[] = [];
    const onProblem = (problem: string) => told.push(problem);
    try {
      const { port } = server.address() as AddressInfo;
      const problem = await channels.to(`smtp://127.0.0.1:${port}`, { onProblem }).verify();
      expect(problem).toContain("421");
      expect(told).toEqual([problem]);
    } finally {
      server.close();
    }
  });

  it("gives a host that does not exist the time to come into being", async () => {
    const channel = channels.to("smtp://mail.does-not-exist.invalid");
    expect(await channel.deliver(target, [newsOf()], idsOf(), new AbortController().signal)).toMatchObject({
      outcome: "RETRY",
      problem: expect.stringMatching(/^(?!.*does-not-exist).*mail server/),
    });
  });

  it("says that a mail may have arrived by trying it again later, not at once, where the last word is lost", async () => {
    let mails = 0;
    const sockets = new Set<Socket>();
    const replies: readonly (readonly [RegExp, string])[] = [
      [/^EHLO/i, "250 hello"],
      [/^(MAIL|RCPT|RSET|NOOP)/i, "250 ok"],
      [/^DATA/i, "354 go on"],
    ];
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.write("220 hello\r\n");
      let said = "";
      socket.on("data", (chunk) => {
        said += chunk.toString("latin1");
        if (said.endsWith("\r\n.\r\n")) {
          mails += 1;
          socket.destroy();
        }
        const reply = replies.find(([command]) => command.test(said));
        if (reply === undefined || !said.endsWith("\r\n")) return;
        said = "";
        socket.write(`${reply[1]}\r\n`);
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const channel = channels.to(`smtp://127.0.0.1:${(server.address() as AddressInfo).port}`);
      expect(await channel.deliver(target, [newsOf()], idsOf(), new AbortController().signal)).toMatchObject({
        outcome: "RETRY",
        problem: expect.stringMatching(/or it was lost/),
      });
      expect(mails).toBe(1);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });

  it("minds no connection that the server has closed since the last mail", async () => {
    const server = await startMailServer();
    try {
      const channel = channels.to(`smtp://127.0.0.1:${server.port}`);
      const deliver = () => channel.deliver(target, [newsOf()], idsOf(), new AbortController().signal);
      for (let count = 0; count < 3; count += 1) {
        expect(await deliver()).toMatchObject({ outcome: "DELIVERED" });
        server.hangUp();
        await until(() => server.connections.open === 0);
      }
      expect(server.received).toHaveLength(3);
    } finally {
      await server.close();
    }
  });

  describe("that hangs", () => {
    let hanging: Server;
    const sockets = new Set<Socket>();
    const greets = { greeting: "", trickles: false };
    beforeAll(async () => {
      hanging = createServer((socket) => {
        sockets.add(socket);
        socket.on("error", () => undefined);
        if (greets.greeting !== "") socket.write(greets.greeting);
        if (greets.trickles) {
          const timer = setInterval(() => socket.write("220-and more\r\n"), 20);
          socket.on("close", () => clearInterval(timer));
        }
      }).listen(0, "127.0.0.1");
      await once(hanging, "listening");
    });
    afterAll(() => {
      for (const socket of sockets) socket.destroy();
      hanging.close();
    });
    const url = () => `smtp://127.0.0.1:${(hanging.address() as AddressInfo).port}`;

    it.each([
      ["says nothing at all", "", false],
      ["says nothing after its greeting", "220 hello\r\n", false],
      ["never ends its greeting", "220-hello\r\n", true],
    ])("gives up in time on one that %s", async (_, greeting, trickles) => {
      Object.assign(greets, { greeting, trickles });
      const channel = channels.to(url(), { timeoutMs: 300, connections: 1 });
      const started = performance.now();
      expect(await channel.deliver(target, [newsOf()], idsOf(), new AbortController().signal)).toMatchObject({
        outcome: "RETRY",
        problem: expect.stringMatching(/does not answer in time/),
      });
      expect(performance.now() - started).toBeLessThan(3_000);
    });

    it("ends the attempt the moment it is told to", async () => {
      Object.assign(greets, { greeting: "", trickles: false });
      const channel = channels.to(url(), { timeoutMs: 60_000 });
      const stop = new AbortController();
      const before = sockets.size;
      const sending = channel.deliver(target, [newsOf()], idsOf(), stop.signal);
      await until(() => sockets.size > before);
      stop.abort();
      expect(await sending).toMatchObject({
        outcome: "RETRY",
        problem: expect.stringMatching(/stopped before/),
      });
    });

    it("ends what is under way when it is closed", async () => {
      const channel = channels.to(url(), { timeoutMs: 60_000 });
      const before = sockets.size;
      const sending = channel.deliver(target, [newsOf()], idsOf(), new AbortController().signal);
      await until(() => sockets.size > before);
      channel.close();
      expect(await sending).toMatchObject({ outcome: "RETRY" });
    });
  });
});

describe("the way to the mail server", () => {
  const made = selfMadeCertificate();
  let open: MailServer;
  let starttls: MailServer;
  let implicit: MailServer;
  beforeAll(async () => {
    const auth = {
      authOptional: false,
      onAuth: (
        { username, password }: SMTPServerAuthentication,
        _: unknown,
        callback: (error: Error | null, response?: { user: string }) => void,
      ) => {
        if (username === "ada" && password === PASSWORD) return callback(null, { user: "ada" });
        callback(new Error(`Not with ${password}`));
      },
    };
    open = await startMailServer({ ...auth, allowInsecureAuth: true });
    starttls = await startMailServer({ ...made, ...auth });
    implicit = await startMailServer({ ...made, secure: true });
  });
  afterAll(() => Promise.all([open, starttls, implicit].map((server) => server.close())));
  const login = (password = PASSWORD) => `ada:${encodeURIComponent(password)}@`;
  const deliver = (url: string, more: Partial<MailChannelOptions> = {}) =>
    channels.to(url, more).deliver(target, [newsOf()], idsOf(), new AbortController().signal);

  it("is not taken with a certificate that nobody trusts, neither by STARTTLS nor from the first byte", async () => {
    for (const url of [`smtp://${login()}127.0.0.1:${starttls.port}`, `smtps://127.0.0.1:${implicit.port}`]) {
      expect(await deliver(url)).toMatchObject({
        outcome: "RETRY",
        problem: expect.stringMatching(/certificate/),
      });
    }
    expect([...starttls.received, ...implicit.received]).toHaveLength(0);
  });

  it("is taken where the certificate is trusted, and what travels there is encrypted", async () => {
    const ca = made.cert;
    for (const [server, url] of [
      [starttls, `smtp://${login()}127.0.0.1:${starttls.port}`],
      [starttls, `smtp://${login()}localhost:${starttls.port}?tls=required`],
      [implicit, `smtps://127.0.0.1:${implicit.port}`],
    ] as const) {
      expect(await deliver(url, { ca })).toMatchObject({ outcome: "DELIVERED" });
      expect(server.received.at(-1)?.wasSafe).toBe(true);
    }
  });

  it("is not taken without TLS where TLS is required", async () => {
    const before = open.received.length;
    expect(await deliver(`smtp://${login()}127.0.0.1:${open.port}?tls=required`)).toMatchObject({
      outcome: "RETRY",
      problem: expect.stringMatching(/TLS failed/),
    });
    expect(open.received).toHaveLength(before);
  });

  it("is for who may sign in: a wrong password is the operator's to mend, and kills no mail", async () => {
    expect(await deliver(`smtp://${login()}127.0.0.1:${open.port}`)).toMatchObject({ outcome: "DELIVERED" });
    const wrong = channels.to(`smtp://${login("wrong-password")}127.0.0.1:${open.port}`);
    const attempt = await wrong.deliver(target, [newsOf()], idsOf(), new AbortController().signal);
    expect(attempt).toMatchObject({
      outcome: "RETRY",
      problem: expect.stringMatching(/refuses the user or password of SMTP_URL\. The operator has to mend/),
    });
    const verified = await wrong.verify();
    expect(verified).toMatch(/refuses the user or password/);
    expect(JSON.stringify([attempt, verified])).not.toContain("wrong-password");
  });

  it("is not gone without signing in, where signing in is wanted and not offered", async () => {
    const server = await startMailServer({ disabledCommands: ["AUTH", "STARTTLS"] });
    try {
      expect(await deliver(`smtp://${login()}127.0.0.1:${server.port}`)).toMatchObject({
        outcome: "RETRY",
        problem: expect.stringMatching(/SMTP_URL/),
      });
      expect(server.received).toHaveLength(0);
    } finally {
      await server.close();
    }
  });

  it("takes nothing that is larger than the server says it takes", async () => {
    const server = await startMailServer({ size: 2_000 });
    try {
      expect(await deliver(`smtp://127.0.0.1:${server.port}`)).toMatchObject({
        outcome: "DEAD",
        problem: expect.stringMatching(/larger than the mail server takes/),
      });
    } finally {
      await server.close();
    }
  });
});
