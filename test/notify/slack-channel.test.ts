import { afterAll, describe, expect, it } from "vitest";
import { EVENT_TYPES } from "../../src/domain/ticket-event.js";
import type { News } from "../../src/notify/news.js";
import { createOutboundHttp } from "../../src/notify/outbound-http.js";
import { OutboundPolicy } from "../../src/notify/outbound-policy.js";
import { createSlackChannel } from "../../src/notify/slack-channel.js";
import { SLACK_EVENTS, type SlackMessage, slackMessage } from "../../src/notify/slack-message.js";
import { inertText } from "../../src/notify/slack-text.js";
import { sampleNews, sampleProposal, sampleTicket } from "../support/sample-news.js";
import { startReceiver } from "./receivers.js";

const links = { ticket: (id: string) => `https://countersign.example/tickets/${id}` };

function message(news: News): SlackMessage {
  const made = slackMessage(news, links);
  if (made === null) throw new Error("there is no message");
  return made;
}

/** Every text of a message, with the kind of text that it is. */
function textsOf(value: unknown): { type: string; text: string }[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (value === null || typeof value !== "object") return [];
  const { type, text } = value as { type?: unknown; text?: unknown };
  const own = typeof type === "string" && typeof text === "string" ? [{ type, text }] : [];
  return [...own, ...Object.values(value).flatMap(textsOf)];
}

/** Without what keeps characters apart. */
const read = (text: string) => text.replaceAll("\u200b", "");

describe("a message to a channel", () => {
  it("says what, who, queue, priority, until when, and where to look", () => {
    expect(message(sampleNews())).toEqual({
      text: [
        "Approved: Raise the limit of account 4711",
        "By Ada Lovelace",
        "Fine – the guarantor signed 😀",
        "Queue: credit · Priority: Urgent · Due: 2026-11-24 15:30 UTC",
        "https://countersign.example/tickets/ticket_01k0000000000000000000000",
      ].join("\n"),
      blocks: [
        { type: "header", text: { type: "plain_text", text: "Approved", emoji: false } },
        {
          type: "section",
          text: { type: "plain_text", text: "Raise the limit of account 4711", emoji: false },
        },
        {
          type: "context",
          elements: [{ type: "plain_text", text: "By Ada Lovelace", emoji: false }],
        },
        {
          type: "section",
          text: { type: "plain_text", text: "Fine – the guarantor signed 😀", emoji: false },
        },
        {
          type: "section",
          fields: [
            { type: "mrkdwn", text: "*Queue*\ncredit", verbatim: true },
            { type: "mrkdwn", text: "*Priority*\nUrgent", verbatim: true },
            {
              type: "mrkdwn",
              text: "*Due*\n<!date^1795534200^{date_short_pretty} at {time}|2026-11-24 15:30 UTC>",
              verbatim: true,
            },
          ],
        },
        {
          type: "section",
          text: {
            type: "mrkdwn",
            text: "<https://countersign.example/tickets/ticket_01k0000000000000000000000|Open the ticket>",
            verbatim: true,
          },
        },
      ],
      unfurl_links: false,
      unfurl_media: false,
    });
  });

  it.each<[string, News, RegExp]>([
    [
      "a submission",
      sampleNews({ type: "SUBMITTED" }),
      /^New ticket for review: Raise.*\nBy Pricing agent\n/,
    ],
    [
      "a resubmission",
      sampleNews({ type: "RESUBMITTED" }),
      /^Revision 2 for review: Raise.*\nBy Pricing agent/,
    ],
    [
      "a reminder",
      sampleNews({ type: "SUBMITTED", reason: "REMINDER" }),
      /^Due soon: .*\nSubmitted by Pricing/,
    ],
    ["an escalation", sampleNews({ type: "SUBMITTED", reason: "ESCALATION" }), /^Overdue: .*\nSubmitted by/],
    ["an end", sampleNews({ type: "EXPIRED" }), /^Expired without a decision: Raise/],
    ["a withdrawal", sampleNews({ type: "WITHDRAWN" }), /^Withdrawn: Raise/],
  ])("tells of %s", (_, news, expected) => {
    expect(message(news).text).toMatch(expected);
  });

  it("is made of what a channel is told of, and of nothing else", () => {
    for (const type of EVENT_TYPES)
      expect(slackMessage(sampleNews({ type }), links) !== null, type).toBe(SLACK_EVENTS.has(type));
    expect(slackMessage(sampleNews({ ticket: null }), links)).toBeNull();
  });

  it("has no deadline where there is none, and no words where nobody said any", () => {
    const { decision, ...news } = sampleNews({ ticket: { ...sampleTicket, dueAt: null } });
    const silent = message({ ...news, decision: decision && { ...decision, comments: null } });
    expect(silent.text.split("\n")).toHaveLength(4);
    expect(silent.text).not.toContain("Due");
  });

  it("contains neither the payload nor the detail, nor what the revision before had", () => {
    for (const type of SLACK_EVENTS)
      expect(JSON.stringify(message(sampleNews({ type })))).not.toMatch(/payload|the detail/);
  });

  const HOSTILE = [
    "<!channel> <!here> <!everyone> <@U012AB3CD> <#C012AB3CD> <!subteam^S1>",
    "@channel @here @all @ada",
    "<https://evil.example|Open the ticket>",
    "[Open the ticket](https://evil.example) ![](https://evil.example/pixel.png)",
    "https://evil.example www.evil.example mailto:evil@evil.example",
    "*APPROVED* _by_ ~nobody~ `code` ```block```",
    "line\nApproved: something else\r\n# heading\u2028> quote",
    "a \u202egnp.exe\u202c b \u2066c\u2069 \u200fd\u061c e\u0000f\u0007g\u001b[31m",
    "&lt;!channel&gt; &amp;amp; & < >",
    ":rotating_light: <!date^0^{date}|x>",
  ];

  it.each(HOSTILE)("does nothing that is written in it: %j", (text) => {
    const { decision, ...news } = sampleNews({
      proposal: { ...sampleProposal, title: text },
      ticket: { ...sampleTicket, queue: text, submittedBy: { id: "p", name: text, kind: "AGENT" } },
    });
    const by = decision && { ...decision, comments: text, decidedBy: { ...decision.decidedBy, name: text } };
    const made = message({ ...news, decision: by });
    const own =
      /<!date\^1795534200\^\{date_short_pretty\} at \{time\}\|[^<>|]*>|<https:\/\/countersign[^<>|]*\|Open the ticket>/g;
    for (const one of [...textsOf(made.blocks), { type: "text", text: made.text }]) {
      const theirs = one.text.replaceAll(own, "");
      expect(theirs).not.toMatch(/[<>]/);
      expect(theirs.replaceAll(/&(amp|lt|gt);/g, "")).not.toContain("&");
      expect(theirs).not.toMatch(/[@#]\w/);
      expect(theirs).not.toMatch(/\]\(|!\[/);
      expect(theirs.replaceAll("https://countersign.example/", "")).not.toMatch(/:\/\/|www\.|mailto:/);
      expect(theirs).not.toMatch(/[^\P{Cc}\n]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
      if (one.type === "mrkdwn") expect(theirs.replace(/^\*\w+\*\n/, "")).not.toMatch(/(^|\s)[*_~`]\S/);
    }
    // A line for each thing that is said: theirs adds none.
    expect(made.text.split("\n")).toHaveLength(5);
    expect(made.blocks).toHaveLength(6);
  });

  it("still says what was written", () => {
    expect(read(inertText("Ada & Co. <3 #1: 100% @ 5_000*2", 200))).toBe(
      "Ada &amp; Co. &lt;3 #1: 100% @ 5_000*2",
    );
    expect(inertText("👩‍👩‍👧 नमस्ते שלום café", 200)).toBe("👩‍👩‍👧 नमस्ते שלום café");
  });

  it("stays within Slack's limits whatever was written", () => {
    for (const unit of ["x", "&", "<", "😀", "*", "@a", "👩‍👩‍👧 ", "\u202e", "\n"]) {
      const long = unit.repeat(20_000);
      const { decision, ...news } = sampleNews({
        proposal: { ...sampleProposal, title: long },
        ticket: { ...sampleTicket, queue: long },
      });
      const by = decision && {
        ...decision,
        comments: long,
        decidedBy: { ...decision.decidedBy, name: long },
      };
      const made = message({ ...news, decision: by });
      expect(made.text.length).toBeLessThanOrEqual(5_000);
      for (const block of made.blocks as { type: string; fields?: unknown[] }[]) {
        const most = block.type === "header" ? 150 : block.fields === undefined ? 3_000 : 2_000;
        for (const { text } of textsOf(block)) {
          expect(text.length).toBeGreaterThan(0);
          expect(text.length).toBeLessThanOrEqual(most);
          expect(text).not.toMatch(/&(?!(amp|lt|gt);)|\p{Surrogate}/u);
        }
      }
    }
  });

  it("is cut between characters, with a sign of it", () => {
    expect(inertText("abcdef", 6)).toBe("abcdef");
    expect(inertText("abcdefg", 6)).toBe("abcde…");
    expect(inertText("a&b", 5)).toBe("a…");
    expect(inertText("😀😀😀", 4)).toBe("😀…");
  });
});

describe("a channel's incoming webhook", async () => {
  let answer = { status: 200, body: "ok" };
  const receiver = await startReceiver(() => answer);
  const policy = new OutboundPolicy({ allow: ["127.0.0.1"], http: false });
  const http = createOutboundHttp({ policy, timeoutMs: 5_000 });
  const channel = createSlackChannel(http);
  const url = `http://127.0.0.1:${receiver.port}/services/T0/B0/secret`;

  afterAll(async () => {
    http.close();
    await receiver.close();
  });

  it("is sent the message as JSON", async () => {
    answer = { status: 200, body: "ok" };
    expect(await channel.deliverSlack({ url }, sampleNews(), links)).toEqual({
      outcome: "DELIVERED",
      status: 200,
    });
    const request = receiver.requests.at(-1);
    expect(request?.headers["content-type"]).toMatch(/^application\/json/);
    expect(JSON.parse(request?.body ?? "")).toEqual(message(sampleNews()));
  });

  it("is not sent what a channel is not told of", async () => {
    const before = receiver.requests.length;
    expect(await channel.deliverSlack({ url }, sampleNews({ type: "CLAIMED" }), links)).toMatchObject({
      outcome: "DROPPED",
    });
    expect(receiver.requests.length).toBe(before);
  });

  it.each([
    [404, "no_service", "GONE"],
    [404, "no_team\n", "GONE"],
    [404, "channel_not_found", "GONE"],
    [410, "channel_is_archived", "GONE"],
    [410, "", "GONE"],
    [403, "invalid_token", "GONE"],
    [403, "action_prohibited", "RETRY"],
    [404, "<html>not here, for now</html>", "RETRY"],
    [404, "no_service_for_you", "RETRY"],
    [400, "invalid_payload", "DEAD"],
    [400, "invalid_blocks", "DEAD"],
    [400, "something", "RETRY"],
    [500, "no_service", "RETRY"],
    [500, "rollup_error", "RETRY"],
    [429, "rate_limited", "RETRY"],
    [302, "", "RETRY"],
  ])("that answers %i %j ends as %s", async (status, body, outcome) => {
    answer = { status, body };
    const got = await channel.deliverSlack({ url }, sampleNews(), links);
    expect(got).toMatchObject({ outcome, status });
    expect(JSON.stringify(got)).not.toContain("secret");
  });

  it("inside is refused like any other", async () => {
    const inside = { url: "https://169.254.169.254/latest/meta-data" };
    expect(await channel.deliverSlack(inside, sampleNews(), links)).toMatchObject({ outcome: "DEAD" });
  });
});
