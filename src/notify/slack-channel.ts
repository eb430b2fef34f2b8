import type { Attempt } from "./attempt.js";
import type { News } from "./news.js";
import { attempt, USER_AGENT } from "./outbound-attempt.js";
import type { OutboundAnswer } from "./outbound-exchange.js";
import type { OutboundHttp } from "./outbound-http.js";
import { slackMessage, type TicketLinks } from "./slack-message.js";
import { inertText } from "./slack-text.js";

/** Sends messages to incoming webhooks of Slack, and of what is compatible with it. */
export interface SlackChannel {
  /** News that a channel is not told of are DROPPED. */
  deliverSlack(
    target: { readonly url: string },
    news: News,
    links: TicketLinks,
    signal?: AbortSignal,
  ): Promise<Attempt>;
  /** Sends a message that says nothing, to see whether it arrives. */
  pingSlack(
    target: { readonly url: string },
    workspace: News["workspace"],
    signal?: AbortSignal,
  ): Promise<Attempt>;
}

/** Slack's words for a webhook that has ended, with 403, 404 or 410: https://api.slack.com/messaging/webhooks#handling_errors */
const ENDED: ReadonlySet<string> = new Set([
  "no_service",
  "no_service_id",
  "no_active_hooks",
  "no_team",
  "team_disabled",
  "invalid_token",
  "channel_not_found",
  "channel_is_archived",
]);

/** Its words for a message that it will never take, with 400. */
const REFUSED: ReadonlySet<string> = new Set([
  "invalid_payload",
  "invalid_blocks",
  "invalid_blocks_format",
  "no_text",
]);

/** Characters of a workspace's name in a test. */
const WORKSPACE = 200;

export function createSlackChannel(http: OutboundHttp): SlackChannel {
  const send = (url: string, message: object, signal: AbortSignal | undefined): Promise<Attempt> => {
    const body = JSON.stringify(message);
    const headers = {
      "content-type": "application/json; charset=utf-8",
      "content-length": String(Buffer.byteLength(body)),
      "user-agent": USER_AGENT,
    };
    return attempt(http, { url, headers, body, ...(signal === undefined ? {} : { signal }) }, meaning);
  };
  return {
    deliverSlack: async ({ url }, news, links, signal) => {
      const message = slackMessage(news, links);
      if (message === null)
        return { outcome: "DROPPED", problem: `no message tells of ${news.event.type} to a channel` };
      return send(url, message, signal);
    },
    pingSlack: async ({ url }, { name }, signal) =>
      send(url, { text: `A test from Countersign, workspace ${inertText(name, WORKSPACE)}.` }, signal),
  };
}

function meaning({ status, body }: OutboundAnswer): Attempt | null {
  const word = body.trim();
  if ((status === 403 || status === 404) && ENDED.has(word))
    return { outcome: "GONE", status, problem: `it answered ${status}: ${word}` };
  if (status === 400 && REFUSED.has(word))
    return { outcome: "DEAD", status, problem: `it answered ${status}: ${word}` };
  return null;
}
