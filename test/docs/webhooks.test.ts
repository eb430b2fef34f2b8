import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, inject, it } from "vitest";
import { createOutboundHttp } from "../../src/notify/outbound-http.js";
import { OutboundPolicy } from "../../src/notify/outbound-policy.js";
import { createWebhookChannel } from "../../src/notify/webhook-channel.js";
import { newWebhookSecret, webhookSignatures } from "../../src/notify/webhook-secret.js";
import { PING_TYPE, WEBHOOK_TYPES } from "../../src/notify/webhook-types.js";
import { sampleNews, sampleTicket } from "../support/sample-news.js";
import { until } from "../support/until.js";

const page = readFileSync(join(import.meta.dirname, "../../docs/webhooks.md"), "utf8");

function snippet(name: string): string {
  const found = new RegExp(`<!-- snippet: ${name} -->\\n\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1];
  if (found === undefined) throw new Error(`docs/webhooks.md has no snippet "${name}"`);
  return found;
}

describe("docs/webhooks.md", () => {
  const http = createOutboundHttp({
    policy: new OutboundPolicy({ allow: ["127.0.0.1"], http: false }),
    timeoutMs: 10_000,
  });
  const channel = createWebhookChannel(http);
  let receiver: ChildProcess | undefined;

  afterEach(async () => {
    const ending = receiver;
    receiver = undefined;
    if (ending === undefined || ending.exitCode !== null) return;
    const ended = new Promise((resolve) => ending.once("exit", resolve));
    ending.kill("SIGKILL");
    await ended;
  });
  afterAll(() => http.close());

  it("names every type that there is", () => {
    const named = [...page.matchAll(/`((?:ticket|workspace|webhook)\.[a-z_]+)`/g)].map(([, type]) => type);
    expect(new Set(named)).toEqual(new Set([...WEBHOOK_TYPES, PING_TYPE]));
  });

  it.each([
    ["node", process.execPath, "receiver.mjs"],
    ["python", "python3", "receiver.py"],
  ])("has a receiver in %s that verifies, and takes doubles for one", async (name, program, file) => {
    const path = join(await mkdtemp(join(inject("runDirectory"), "receiver-")), file);
    await writeFile(path, snippet(name));
    const [secret, newer] = [newWebhookSecret(), newWebhookSecret()];
    let said = "";
    receiver = spawn(program, [path], { env: { ...process.env, PORT: "0", WEBHOOK_SECRET: secret } });
    for (const stream of [receiver.stdout, receiver.stderr])
      stream?.on("data", (chunk) => {
        said += chunk;
      });
    const port = await until(() => /listening on (\d+)/.exec(said)?.[1]);
    const url = `http://127.0.0.1:${port}/`;
    const news = sampleNews();
    const deliver = (...secrets: string[]) => channel.deliverWebhook({ url, secrets }, news);
    expect(await deliver(newer)).toEqual({ outcome: "RETRY", status: 401, problem: "it answered 401" });
    const delivered = { outcome: "DELIVERED", status: 204 };
    expect([await deliver(secret), await deliver(secret), await deliver(newer, secret)]).toEqual([
      delivered,
      delivered,
      delivered,
    ]);
    expect(await channel.pingWebhook({ url, secrets: [secret] }, news.workspace)).toEqual(delivered);
    await until(() => said.includes(PING_TYPE));
    expect(said.split(/\r?\n/).filter((line) => line.startsWith("ticket."))).toEqual([
      `ticket.decided ${sampleTicket.id} APPROVED`,
    ]);

    const now = Math.floor(Date.now() / 1_000);
    const send = async (headers: Record<string, string>) =>
      (await fetch(url, { method: "POST", headers, body: "{}" })).status;
    for (const timestamp of [now - 3_600, now + 3_600]) {
      const headers = {
        "webhook-id": "an-id",
        "webhook-timestamp": String(timestamp),
        "webhook-signature": webhookSignatures([secret], { id: "an-id", timestamp, body: "{}" }),
      };
      expect(await send(headers)).toBe(401);
    }
    expect(await send({})).toBe(401);
    const odd = { "webhook-id": "x", "webhook-timestamp": "soon", "webhook-signature": "v1, v2,eA== ," };
    expect([await send(odd), await send({ ...odd, "webhook-timestamp": String(now) })]).toEqual([401, 401]);
  });
});
