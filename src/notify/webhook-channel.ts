import { randomUUID } from "node:crypto";
import type { Attempt } from "./attempt.js";
import type { WebhookTarget } from "./channels.js";
import type { News } from "./news.js";
import { attempt, USER_AGENT } from "./outbound-attempt.js";
import type { OutboundHttp } from "./outbound-http.js";
import { pingMessage, type WebhookMessage, webhookMessage } from "./webhook-body.js";
import { webhookSignatures } from "./webhook-secret.js";

/** Sends webhooks by the Standard Webhooks specification, version 1.0.0: https://www.standardwebhooks.com */
export interface WebhookChannel {
  /** @throws Error for news that no webhook tells of, or a secret that is none: never for what the other side does */
  deliverWebhook(target: WebhookTarget, news: News, signal?: AbortSignal): Promise<Attempt>;
  /** Sends a message that says nothing, to see whether it arrives. */
  pingWebhook(target: WebhookTarget, workspace: News["workspace"], signal?: AbortSignal): Promise<Attempt>;
}

export function createWebhookChannel(http: OutboundHttp, now: () => Date = () => new Date()): WebhookChannel {
  const send = (target: WebhookTarget, message: WebhookMessage, signal: AbortSignal | undefined) =>
    attempt(http, {
      url: target.url,
      headers: headersOf(target.secrets, message, now()),
      body: message.body,
      ...(signal === undefined ? {} : { signal }),
    });
  return {
    deliverWebhook: async (target, news, signal) => send(target, webhookMessage(news), signal),
    pingWebhook: async (target, workspace, signal) =>
      send(target, pingMessage(randomUUID(), workspace, now()), signal),
  };
}

function headersOf(
  secrets: readonly string[],
  { id, body }: WebhookMessage,
  now: Date,
): Readonly<Record<string, string>> {
  // Of the attempt, not of the event: a receiver refuses what is old, to be safe from replays.
  const timestamp = Math.floor(now.getTime() / 1_000);
  return {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    "user-agent": USER_AGENT,
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": webhookSignatures(secrets, { id, timestamp, body }),
  };
}
