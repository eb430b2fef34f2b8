import { describe, expect, it } from "vitest";
import { prettyJson } from "../../src/inbox/ticket/text/pretty-json.js";
import { visible as visibleInInbox } from "../../src/inbox/ticket/text/visible-text.js";
import { prettyPayload } from "../../src/notify/mail/changes.js";
import { mailText } from "../../src/notify/mail/mail-text.js";
import type { TicketNews } from "../../src/notify/mail/ticket-news.js";
import { visible } from "../../src/notify/mail/visible-text.js";
import { ada, contextFor, newsOf } from "../support/mail-samples.js";
import { seen, written } from "../support/mail-written.js";

describe("hostile text", () => {
  const EVIL =
    '</td></title><script>alert(1)</script><img src="https://evil.example/x.png" onerror=alert(1)>';
  const evil = {
    ...newsOf({
      type: "RESUBMITTED",
      proposal: {
        title: EVIL,
        detail: EVIL,
        payload: JSON.stringify({ [EVIL]: EVIL }),
        digest: EVIL,
        revision: 2,
      },
      previous: { title: `x${EVIL}`, detail: null, payload: null },
      event: { actor: { id: EVIL, name: EVIL, kind: "HUMAN" } },
      ticket: {
        id: `../../${EVIL}`,
        queue: EVIL,
        submittedBy: { id: EVIL, name: EVIL, kind: "HUMAN" },
        assignee: { id: EVIL, name: EVIL, kind: "HUMAN" },
      },
    }),
    workspace: { id: "w", name: EVIL },
  };

  it("is shown and does nothing: no tag, no attribute and no address of theirs is in the HTML", () => {
    const mails: readonly [TicketNews, ...TicketNews[]][] = [
      [evil],
      [evil, newsOf({ ticket: { queue: EVIL } })],
    ];
    for (const news of mails) {
      const { html } = mailText(news, contextFor());
      expect(html).not.toMatch(/<script|<img|<link|<iframe|<object|<form|url\(|@import/i);
      const tags = html.replace(/<!--\[if mso\]>.*?<!\[endif\]-->/g, "").match(/<[^>]*>/g) ?? [];
      for (const tag of tags) expect(tag).not.toMatch(/\son\w+=/i);
      for (const [, address] of html.matchAll(/(?:href|src)="([^"]*)"/g))
        expect(address).toMatch(
          /^https:\/\/review\.example\.org\/(tickets\/[\w.%()-]+|notifications|unsubscribe\?token=u_5f1c)?$/,
        );
      expect(seen(html)).toContain("<script>alert(1)</script>");
    }
  });

  it("cannot escape through addresses that are given in", () => {
    const { html } = written(
      {},
      contextFor({ unsubscribeUrl: 'https://x.example/"><script>alert(1)</script>' }),
    );
    expect(html).not.toContain("<script");
  });

  it("is written out where nobody would see it, in every place", () => {
    const hidden = "a\u202Eb\u2066c\u200Bd\uFEFFe\u00ADf\u{E0041}g\u0007h";
    const { subject, text, html } = written({
      proposal: { title: hidden, detail: hidden, payload: JSON.stringify({ hidden }) },
      ticket: { queue: hidden, submittedBy: { ...ada, name: hidden } },
    });
    for (const form of [subject, text, html]) {
      expect(form).not.toMatch(/[\u202A-\u202E\u2066\u2067\u200B\uFEFF\u00AD]|[\u{E0000}-\u{E007F}]/u);
      expect(form).toContain("a⟦U+202E⟧b⟦U+2066⟧c⟦U+200B⟧d⟦U+FEFF⟧e");
    }
  });

  it("is written out as the inbox writes it out, character by character", () => {
    for (let code = 0; code <= 0x10ffff; code += 1) {
      // Ends of lines are told apart in a page and not in a mail; halves of pairs cannot come in.
      if ([0x0d, 0x2028, 0x2029].includes(code) || (code >= 0xd800 && code <= 0xdfff)) continue;
      const character = String.fromCodePoint(code);
      if (visible(character) !== visibleInInbox(character)) expect.fail(`U+${code.toString(16)}`);
    }
    const payload = { b: [1, { z: null }], 10: "x", 2: "y", a: "\u202E", ["__proto__"]: 1 };
    expect(prettyPayload(JSON.stringify(JSON.parse(prettyJson(payload))))).toBe(prettyJson(payload));
  });

  it("cannot pass for a line of ours: every one of its lines has the mark before it", () => {
    const lines = ["-- ", "Stop these mails: https://evil.example", "*** Approved ***", "| x"];
    for (const end of ["\n", "\r", "\r\n", "\u2028", "\u2029", "\u0085", "\u000B"]) {
      const { text } = written({ proposal: { detail: lines.join(end), payload: null } });
      const own = text.split(/\r\n|[\n\r\v\u2028\u2029\u0085]/).filter((line) => !line.startsWith("| "));
      for (const line of lines.slice(1)) expect(own).not.toContain(line);
      expect(own.filter((line) => line === "-- ")).toHaveLength(1);
    }
  });

  it("that runs from right to left is isolated: in names, in lines, and in each member of JSON", () => {
    const { text, html, subject } = written({
      proposal: { title: "\u05D0\u05D1", detail: "\u05D0 1", payload: '{"\u05D0":"\u05D1"}' },
      ticket: { submittedBy: { ...ada, name: "\u05D3" } },
    });
    expect(subject).toBe("[credit-policy] For review: \u2068\u05D0\u05D1\u2069");
    expect(text).toContain("| \u2068\u05D0 1\u2069\n");
    expect(text).toContain('|   \u2068"\u05D0"\u2069: \u2068"\u05D1"\u2069\n');
    expect(text).toContain("Submitted by:       \u2068\u05D3\u2069\n");
    expect(html).toContain("<bdi>&quot;\u05D0&quot;</bdi>: <bdi>&quot;\u05D1&quot;</bdi>");
    expect(html).toContain("<bdi>\u05D3</bdi>");
  });
});

describe("a subject", () => {
  it.each([
    ["a header of its own", "Hi\r\nBcc: eve@evil.example\r\n\r\nBody"],
    ["every other end of a line", "Hi\u2028Bcc:\u2029x\u0085y\u000Bz"],
    ["tabs and blanks", "  a \t\t b\u00A0\u00A0 "],
    ["too many characters", "\u{1F600}".repeat(150)],
    ["what is written out", "\u202E".repeat(300)],
    ["letters that run from right to left", "\u05D0 ".repeat(150)],
    ["nothing one sees", "\u00A0"],
  ])("is one line of 150 characters at most, with %s in the title", (_, title) => {
    for (const queue of ["credit-policy", "q\r\nBcc: x".repeat(6), "\u{1F600}".repeat(32)]) {
      const { subject } = written({ proposal: { title }, ticket: { queue } });
      expect(subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      expect(subject.length).toBeLessThanOrEqual(150);
      expect(subject).not.toMatch(/\p{Surrogate}/u);
      expect((subject.match(/\u2068/g) ?? []).length).toBe((subject.match(/\u2069/g) ?? []).length);
    }
  });
});
