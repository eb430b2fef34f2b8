import { describe, expect, it } from "vitest";
import { EVENT_TYPES, OWN_LIST_TYPES, WATCHING_TYPES } from "../../src/domain/ticket-event.js";
import { coreMessage } from "../../src/notify/core/core-message.js";
import type { News } from "../../src/notify/news.js";
import { sampleNews, sampleTicket } from "../support/sample-news.js";

const { id } = sampleTicket;
const { cursor } = sampleNews();

const titled = (title: string): Partial<News> => ({
  proposal: { revision: 1, title, detail: null, payload: null, digest: "sha256:0" },
});

describe("what is forwarded to the Core", () => {
  it("says the chapter's words, the ticket, where it then stood, the revision, who, and the cursor", () => {
    expect(coreMessage(sampleNews({ type: "SUBMITTED" }))).toBe(
      `submitted for review: ticket ${id}, pending, revision 2, by Pricing agent, cursor ${cursor}: ` +
        "Raise the limit of account 4711",
    );
    expect(coreMessage(sampleNews({ type: "DECIDED" }))).toBe(
      `review completed: ticket ${id}, approved, revision 2, by Ada Lovelace, cursor ${cursor}: ` +
        "Raise the limit of account 4711",
    );
  });

  it("says what somebody was shown who checked a ticket", () => {
    const { event, ...news } = sampleNews({ type: "DECISION_READ" });
    const seen = { ...event, data: { status: "NEEDS_CHANGES", via: "QUERY" } };
    expect(coreMessage({ ...news, decision: null, event: seen })).toMatch(
      /^checking ticket: ticket \S+, needs changes, revision 2/,
    );
  });

  it("holds nothing of what was proposed or said beyond the title, whatever the step", () => {
    for (const type of EVENT_TYPES) {
      const message = coreMessage(sampleNews({ type }));
      expect(message).not.toMatch(/nobody is sent|guarantor|secret/);
      expect(message).toMatch(/^[a-z][a-z ]+: ticket /);
    }
  });

  it("has a word of its own for every step of the work on a ticket", () => {
    const steps = EVENT_TYPES.slice(0, EVENT_TYPES.indexOf("DECISION_READ")).filter(
      (type) => !WATCHING_TYPES.has(type) && !OWN_LIST_TYPES.has(type),
    );
    const words = steps.map((type) => coreMessage(sampleNews({ type })).split(":")[0]);
    expect(new Set(words).size).toBe(steps.length);
    expect(words).toContain("review retracted");
  });

  it.each([
    ["line breaks", "one\r\ntwo\u2028three", "one two three"],
    ["controls and text that runs backwards", "a\u0000b\u202ec\u001b[31m", "a b c [31m"],
  ])("is one line, whatever the title: %s", (_, title, shown) => {
    const message = coreMessage(sampleNews({ type: "SUBMITTED", ...titled(title) }));
    expect(message.endsWith(`: ${shown}`)).toBe(true);
    expect(message).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
  });

  it("has at most 500 characters, all facts among them, and no half ones", () => {
    const name = "N".repeat(200);
    for (const shift of ["", "x"]) {
      const news = sampleNews({ type: "SUBMITTED", ...titled(shift + "🏦".repeat(150)) });
      const message = coreMessage({
        ...news,
        event: { ...news.event, actor: { ...news.event.actor, name } },
      });
      expect(message.length).toBeLessThanOrEqual(500);
      expect(message.length).toBeGreaterThan(497);
      expect(message).toContain(`cursor ${cursor}`);
      expect(message).toMatch(/🏦…$/u);
      expect(Buffer.from(message).toString()).toBe(message);
    }
  });

  it("speaks of events without a ticket, and of tickets without a proposal", () => {
    const news = sampleNews({ type: "SETTINGS_CHANGED" });
    const without: News = {
      ...news,
      ticket: null,
      proposal: null,
      event: { ...news.event, ticket: null, revision: null },
    };
    expect(coreMessage(without)).toBe(`settings changed: by Pricing agent, cursor ${cursor}`);
  });
});
