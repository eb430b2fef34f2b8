import type { Telling } from "../notify/channels.js";
import { createOutboundHttp, type OutboundHttp } from "../notify/outbound-http.js";
import { checkOutboundUrl, OutboundPolicy } from "../notify/outbound-policy.js";
import { createSlackChannel, type SlackChannel } from "../notify/slack-channel.js";
import { createWebhookChannel, type WebhookChannel } from "../notify/webhook-channel.js";
import type { OutboundSettings } from "./outside-settings.js";

/** What goes out by HTTP, to URLs that users give. */
export interface HttpWays extends Telling {
  readonly webhook: WebhookChannel;
  readonly slack: SlackChannel;
  /** Ends the connections that are kept. */
  close(): void;
}

/** Nothing is connected to before something is sent. */
export function openHttpWays({ allow, http: plain, timeoutMs }: OutboundSettings): HttpWays {
  const policy = new OutboundPolicy({ allow, http: plain });
  const http: OutboundHttp = createOutboundHttp({ policy, timeoutMs });
  const webhook = createWebhookChannel(http);
  const slack = createSlackChannel(http);
  return {
    webhook,
    slack,
    checkUrl: (url, field) => checkOutboundUrl(url, policy, field),
    ping: (channel, target, workspace, signal) =>
      channel === "SLACK"
        ? slack.pingSlack(target, workspace, signal)
        : webhook.pingWebhook(target, workspace, signal),
    close: () => http.close(),
  };
}
