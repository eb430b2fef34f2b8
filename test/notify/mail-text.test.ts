import { describe, expect, it } from "vitest";
import { changesOf } from "../../src/notify/mail/changes.js";
import { mailText } from "../../src/notify/mail/mail-text.js";
import type { TicketNews } from "../../src/notify/mail/ticket-news.js";
import {
  ada,
  ben,
  contextFor,
  MAIL_SAMPLES,
  NOW,
  newsOf,
  proposalOf,
  type SampleParts,
} from "../support/mail-samples.js";
import { seen, written } from "../support/mail-written.js";

const HOUR = 3_600_000;
const CLIPPED_AT = 90_000;

describe("a mail about a ticket", () => {
  it("says in both forms what is proposed, by whom, where, until when and with what digest, and how to get there", () => {
    const { text, html } = written();
    for (const form of [text, seen(html)]) {
      for (const said of [
        "Expand loan term to 7 years",
        "credit-policy",
        "High",
        "Credit agent",
        "Tue 24 Nov 2026, 14:30 Europe/Berlin (13:30 UTC)",
        "Thu 26 Nov 2026, 10:30 Europe/Berlin (09:30 UTC)",
        proposalOf().digest,
        "- applies to new loans only",
        '"rule": "small-business-loan.max-term"',
        "approves nothing",
        "You get this because you review the queue credit-policy.",
      ])
        expect(form).toContain(said);
    }
    for (const form of [text, html]) {
      expect(form).toContain("https://review.example.org/tickets/ticket_01kb0c5m2wej8r4q6v9x3t7y1z");
      expect(form).toContain("https://review.example.org/notifications");
      expect(form).toContain("https://review.example.org/unsubscribe?token=u_5f1c");
    }
  });

  it.each([
    ["new-ticket", "[credit-policy] For review: Expand loan term to 7 years"],
    ["new-revision", "[credit-policy] Revision 2, for review: Expand loan term to 7 years"],
    ["assigned", "[credit-policy] Assigned to you: Expand loan term to 7 years"],
    ["reminder", "[credit-policy] Urgent: Due 24 Nov 14:30 Europe/Berlin: Expand loan term to 7 years"],
    ["escalation", "[credit-policy] Overdue: Expand loan term to 7 years"],
    ["digest", "Countersign digest: 4 tickets wait for review, 1 settled, in credit-policy, disclosures"],
  ])("of the kind %s has a subject that says so", (name, subject) => {
    const news = MAIL_SAMPLES[name];
    expect(news === undefined ? "" : mailText(news, contextFor()).subject).toBe(subject);
  });

  it("says UTC alone where no time zone is known, and names the other day where there is one", () => {
    const target = contextFor().target;
    const inZone = (timeZone: string) =>
      written(
        { ticket: { dueAt: Date.parse("2026-11-24T23:30:00Z") } },
        contextFor({ target: { ...target, timeZone } }),
      ).text;
    expect(inZone("Nowhere/At_all")).toContain("Tue 24 Nov 2026, 23:30 UTC\n");
    expect(inZone("")).toContain("Tue 24 Nov 2026, 23:30 UTC\n");
    expect(inZone("Asia/Tokyo")).toContain(
      "Wed 25 Nov 2026, 08:30 Asia/Tokyo (Tue 24 Nov 2026, 23:30 UTC)\n",
    );
    expect(inZone("America/New_York")).toContain("18:30 America/New York (23:30 UTC)");
  });

  it.each([
    ["APPROVED", "Approved since then"],
    ["REJECTED", "Rejected since then"],
    ["NEEDS_CHANGES", "Changes have been asked for since then"],
    ["EXPIRED", "Expired since then"],
    ["WITHDRAWN", "Withdrawn since then"],
  ] as const)("begins with what has happened since, where the ticket is %s by now", (status, heading) => {
    const { text, html } = written({ ticket: { status } });
    expect(text.startsWith(`*** ${heading} ***`)).toBe(true);
    expect(html.indexOf(heading)).toBeLessThan(html.indexOf("<h1"));
    expect(text).not.toContain("You decide there");
  });

  it("begins with the revision that has come in since, and with who holds the ticket now", () => {
    expect(written({ ticket: { revision: 3 } }).text).toMatch(
      /^\*\*\* Revision 3 has come in since \*\*\*\nThis mail is about revision 1,/,
    );
    const assigned = { type: "ASSIGNED" as const, event: { data: { assigneeId: ada.id } } };
    expect(written({ ...assigned, ticket: { assignee: ben } }).text).toMatch(
      /^\*\*\* No longer assigned to you \*\*\*\nBen Lindqvist holds it now\./,
    );
    expect(written({ ...assigned, ticket: { assignee: ada } }).text).toMatch(/^Assigned to you: /);
  });

  it("calls a reminder that comes too late by its name", () => {
    const { subject, text } = written({ reason: "REMINDER", ticket: { dueAt: NOW - HOUR } });
    expect(subject).toContain("Overdue");
    expect(text).toContain("You get this because you review the queue");
  });

  it.each([
    "COMMENTED",
    "REVIEWED",
    "CLAIMED",
    "RELEASED",
    "RETRACTED",
    "EXPIRED",
    "SETTINGS_CHANGED",
    "DECIDED",
  ] as const)("can be written of every event, %s too, without what was said there", (type) => {
    const data = { body: "Said so.", comments: "Said so." };
    const { text, subject } = written({ type, event: { data, actor: ben } });
    expect(subject).toBe("[credit-policy] News: Expand loan term to 7 years");
    expect(text).toContain("Ben Lindqvist has done something about it (");
    expect(text).not.toContain("Said so.");
  });

  it("leaves out what there is not: detail, payload, deadlines, a link to unsubscribe, the proposal itself", () => {
    const bare = newsOf({
      proposal: { detail: null, payload: null },
      ticket: { dueAt: null, expiresAt: null },
    });
    const { text, html } = mailText([bare], contextFor({ unsubscribeUrl: null }));
    for (const form of [text, html]) {
      expect(form).not.toMatch(/Proposal:|Due|Expires|Stop these mails|undefined|null/);
    }
    expect(mailText([{ ...bare, proposal: null }], contextFor()).subject).toContain("A ticket");
  });
});

describe("what a revision changes", () => {
  const changed = (parts: SampleParts) => written({ type: "RESUBMITTED", ...parts });

  it("can be read without colour: signs before the lines, the words that differ struck out and underlined", () => {
    const { text, html } = changed({
      previous: { detail: "The fee is 5.\nSame.", revision: 1 },
      proposal: { detail: "The fee is 7.\nSame.", revision: 2 },
    });
    expect(text).toContain("Text: 1 removed, 1 added\n| - The fee is 5.\n| + The fee is 7.\n|   Same.");
    expect(html).toMatch(/− <bdi>The fee is <del [^>]*line-through[^>]*>5<\/del>/);
    expect(html).toMatch(/\+ <bdi>The fee is <ins [^>]*underline[^>]*>7<\/ins>/);
    expect(text).not.toContain("Payload:");
  });

  it("marks the words in a long line, and leaves out what is the same", () => {
    const long = (word: string) => `${"x ".repeat(60)}${word}${" y".repeat(60)}`;
    const rest = Array.from({ length: 40 }, (_, index) => `Line ${index}.`).join("\n");
    const { text } = changed({
      previous: { detail: `${long("old")}\n${rest}` },
      proposal: { detail: `${long("new")}\n${rest}`, revision: 2 },
    });
    expect(text).toContain("[-old-]");
    expect(text).toContain("{+new+}");
    expect(text).toContain("| @@ 38 lines are the same @@");
  });

  it("is found in payloads member by member, whatever their order on the wire", () => {
    const { text } = changed({
      previous: { payload: '{"a":1,"b":[1,2]}' },
      proposal: { payload: '{"a":1,"b":[1,3]}', revision: 2 },
    });
    expect(text).toContain("| -     2\n| +     3");
  });

  it("is said to be nothing where the two are the same", () => {
    expect(changed({ previous: {}, proposal: { revision: 2 } }).text).toContain(
      "Nothing differs from revision 1: title, text and payload are the same.",
    );
  });

  it("is found once, whoever and however many are told", () => {
    const lines = (word: string) => Array.from({ length: 2_000 }, (_, i) => (i % 50 === 0 ? word : `${i}`));
    const before = proposalOf({ detail: lines("a").join("\n") });
    const after = proposalOf({ detail: lines("b").join("\n"), revision: 2 });
    const found = changesOf(before, after);
    expect(found).toMatchObject([{ part: "Text", removed: 40, added: 40, unmatched: false }]);
    // Read anew from the database, as for whoever is told later.
    expect(changesOf({ ...before }, { ...after })).toBe(found);
    expect(changesOf(after, before)).not.toBe(found);
    const other = proposalOf({ detail: lines("c").slice(0, 1_960).join("\n"), revision: 2 });
    expect(changesOf(before, other)).toMatchObject([{ part: "Text", removed: 80, added: 40 }]);
  });

  it("takes a bounded time and room where everything differs", () => {
    const lines = (word: string) => Array.from({ length: 9_000 }, (_, i) => `${word}${i * 7}`).join("\n");
    const started = performance.now();
    const { html, text } = changed({
      previous: { detail: lines("a"), payload: JSON.stringify({ a: lines("b").split("\n") }) },
      proposal: { detail: lines("c"), payload: JSON.stringify({ a: lines("d").split("\n") }), revision: 2 },
    });
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(Buffer.byteLength(html)).toBeLessThan(CLIPPED_AT);
    expect(text).toContain("Text: too much differs to be shown here. Compare the revisions in the inbox.");
  });
});

describe("a large proposal", () => {
  it.each([
    ["plain words", "word ".repeat(20_000)],
    ["a mark that takes six bytes", '"'.repeat(100_000)],
    ["what is written out", "\u202E".repeat(100_000)],
    ["emoji", "\u{1F600}".repeat(50_000)],
    ["empty lines", "\n".repeat(100_000)],
    ["tags", "<b>".repeat(33_000)],
    ["one line", "x".repeat(100_000)],
  ])("of %s is cut, and stays below what mail programs cut off", (_, detail) => {
    const payload = JSON.stringify({ text: detail.slice(0, 60_000), list: detail.slice(0, 2_000).split("") });
    const parts = {
      type: "RESUBMITTED" as const,
      proposal: { detail, payload, revision: 2, title: detail.trim().slice(0, 300) || "x" },
      previous: { detail: detail.replaceAll(/[\s\S]{50}/g, "$&\ny"), payload: '{"list":[]}', title: "Other" },
      event: { actor: { ...ben, name: '"'.repeat(200) } },
    };
    const { html, text } = written(parts);
    expect(Buffer.byteLength(html)).toBeLessThan(CLIPPED_AT);
    const [, more] = /… ([\d,]+) more characters in the inbox/.exec(text) ?? [];
    expect(Number(more?.replaceAll(",", ""))).toBeGreaterThan(1_000);
    expect(seen(html)).toContain(`… ${more} more characters in the inbox`);
    expect(html).toContain("Stop these mails");
    expect(html.endsWith("</html>\n")).toBe(true);
    expect(html + text).not.toMatch(/\p{Surrogate}/u);
  });

  it("says exactly how much is left out", () => {
    const { text } = written({ proposal: { detail: "a".repeat(60_000), payload: null } });
    expect(text).toContain(`| ${"a".repeat(16_000)}\n… 44,000 more characters in the inbox`);
  });

  it("of the largest payload is written in no time", () => {
    const payload = JSON.stringify({ list: Array.from({ length: 25_000 }, (_, index) => `m${index}`) });
    const started = performance.now();
    expect(Buffer.byteLength(written({ proposal: { payload } }).html)).toBeLessThan(CLIPPED_AT);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe("a digest", () => {
  const many = (count: number, queues: number): TicketNews[] =>
    Array.from({ length: count }, (_, index) =>
      newsOf({
        proposal: { title: `Proposal ${index}` },
        ticket: { id: `ticket_${index}`, queue: `queue-${String(index % queues).padStart(2, "0")}` },
      }),
    );
  const digestOf = (news: TicketNews[]) => mailText(news as [TicketNews, ...TicketNews[]], contextFor());

  it("names each ticket once, by queue, the urgent ones first, as they stand now, with a link each", () => {
    const { text, html } = mailText(MAIL_SAMPLES["digest"] as [TicketNews, ...TicketNews[]], contextFor());
    expect(text.match(/\* Lower the minimum/g)).toHaveLength(1);
    expect(text).toContain("Waiting · due 24 Nov 12:30 Europe/Berlin · new, revision 2");
    expect(text).toContain("* Waive the late fee for the first missed payment\n  Approved\n");
    expect(text.indexOf("credit-policy\n---")).toBeLessThan(text.indexOf("disclosures\n---"));
    expect(text.indexOf("* Expand")).toBeLessThan(text.indexOf("* Raise"));
    expect(html.match(/href="https:\/\/review\.example\.org\/tickets\//g)).toHaveLength(5);
  });

  it.each([
    [5_000, 1],
    [5_000, 60],
    [60, 60],
  ])("of %i tickets in %i queues is bounded and says how many there are more", (count, queues) => {
    const { html, text, subject } = digestOf(many(count, queues));
    const shown = text.match(/^\* /gm)?.length ?? 0;
    expect(shown).toBeLessThanOrEqual(50);
    const more = [...text.matchAll(/and ([\d,]+) more/gi)].reduce(
      (sum, [, number]) => sum + Number(number?.replaceAll(",", "")),
      0,
    );
    expect(shown + more).toBe(count);
    expect(Buffer.byteLength(html)).toBeLessThan(CLIPPED_AT);
    expect(subject.length).toBeLessThanOrEqual(150);
  });

  it("stays below what mail programs cut off, whatever the titles are", () => {
    const news = many(60, 12).map((one) => ({
      ...one,
      proposal: one.proposal === null ? null : { ...one.proposal, title: '"\u202E'.repeat(150) },
      ticket: { ...one.ticket, queue: `${one.ticket.queue}${'"'.repeat(50)}` },
    }));
    expect(Buffer.byteLength(digestOf(news).html)).toBeLessThan(CLIPPED_AT);
  });
});
