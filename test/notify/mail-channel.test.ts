import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { MailTarget } from "../../src/notify/channels.js";
import type { MailChannel } from "../../src/notify/mail/mail-channel.js";
import { mailText } from "../../src/notify/mail/mail-text.js";
import type { News } from "../../src/notify/news.js";
import { idsOf, mailChannels } from "../support/mail-channels.js";
import { contextFor, MAIL_SAMPLES, NOW, newsOf } from "../support/mail-samples.js";
import { type MailServer, type ReceivedMail, startMailServer } from "../support/mail-server.js";

const { target } = contextFor();
const channels = mailChannels();
afterEach(() => channels.close());

function addressees(mail: ReceivedMail | undefined) {
  const to = mail?.parsed.to ?? [];
  return Array.isArray(to) ? to : [to];
}

describe("the mail channel", () => {
  let server: MailServer;
  let channel: MailChannel;
  beforeAll(async () => {
    server = await startMailServer();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    server.received.length = 0;
    server.answer = null;
    channel = channels.to(`smtp://127.0.0.1:${server.port}`);
  });
  const send = (news: readonly News[] = [newsOf()], to: MailTarget = target, one = idsOf()) =>
    channel.deliver(to, news, one, new AbortController().signal);
  const head = (name: string): unknown => server.received[0]?.parsed.headers.get(name);

  it("delivers what was written, to the letter, as text and as HTML", async () => {
    const news = MAIL_SAMPLES["hostile"] ?? [newsOf()];
    expect(await send(news)).toEqual({ outcome: "DELIVERED", status: 250 });
    const [mail] = server.received;
    const written = mailText(news, contextFor());
    expect(mail?.parsed.text).toBe(written.text);
    expect(mail?.parsed.html).toBe(written.html);
    expect(mail?.parsed.subject).toBe(written.subject);
    expect(mail?.from).toBe("review@example.org");
    expect(mail?.to).toEqual(["ada@example.org"]);
    expect(mail?.parsed.from?.text).toBe('"Countersign" <review@example.org>');
    expect(addressees(mail)[0]?.text).toBe('"Ada Okafor" <ada@example.org>');
    expect(mail?.raw).toMatch(/Content-Type: multipart\/alternative/);
    expect(mail?.raw).not.toMatch(/[^\r\n]{999}/);
    expect(mail?.raw).toMatch(/^[\r\n\t\x20-\x7e]*$/);
  });

  it("says in its head what it is, whose thread it belongs to, and how to stop it with one click", async () => {
    await send();
    const id = newsOf().ticket.id;
    const [mail] = server.received;
    expect(mail?.parsed.messageId).toBe("<delivery_1@example.org>");
    expect(mail?.parsed.inReplyTo).toBe(`<${id}@example.org>`);
    expect(mail?.parsed.references).toBe(`<${id}@example.org>`);
    expect(mail?.parsed.date?.getTime()).toBe(NOW);
    expect(head("auto-submitted")).toBe("auto-generated");
    expect(head("x-countersign-cursor")).toBe("c_42_9f86d081");
    expect(head("x-countersign-event")).toBe("SUBMITTED");
    expect(head("x-countersign-ticket")).toBe(id);
    expect(mail?.raw).toMatch(/^List-Id: <credit-policy\.lending\.example\.org>\r$/im);
    expect(mail?.raw).toMatch(
      /^List-Unsubscribe: <https:\/\/review\.example\.org\/unsubscribe\?token=u_5f1c>\r$/m,
    );
    expect(mail?.raw).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m);
  });

  it("has one Message-ID for a delivery however often it is tried, and another for another", async () => {
    for (const id of ["delivery_a", "delivery_a", "delivery_b"]) await send([newsOf()], target, idsOf(id));
    expect(server.received.map(({ parsed }) => parsed.messageId)).toEqual([
      "<delivery_a@example.org>",
      "<delivery_a@example.org>",
      "<delivery_b@example.org>",
    ]);
  });

  it("sends one digest for many, which belongs to no ticket's thread", async () => {
    await send(MAIL_SAMPLES["digest"]);
    expect(server.received).toHaveLength(1);
    expect(server.received[0]?.parsed.inReplyTo).toBeUndefined();
    expect(head("x-countersign-event")).toBe("DIGEST");
  });

  it("offers no one-click by plain http, and nothing at all where the address is none", async () => {
    await send([newsOf()], target, { deliveryId: "d", unsubscribeUrl: "http://127.0.0.1:4000/u" });
    await send([newsOf()], target, { deliveryId: "d", unsubscribeUrl: "javascript:alert(1)" });
    await send([newsOf()], target, { deliveryId: "d", unsubscribeUrl: "" });
    const [plain, wrong, none] = server.received.map(({ raw }) => raw);
    expect(plain).toContain("List-Unsubscribe: <http://127.0.0.1:4000/u>");
    expect(plain).not.toContain("List-Unsubscribe-Post");
    for (const raw of [wrong, none]) expect(raw).not.toMatch(/List-Unsubscribe|javascript|Stop these mails/);
  });

  it("lets nothing that is put into it add to its head or to who gets it", async () => {
    const evil = 'x"\r\nBcc: eve@evil.example\r\n\r\n<eve@evil.example>, ';
    const news = newsOf({
      proposal: { title: evil },
      ticket: { id: evil, queue: evil },
      event: { type: evil as "SUBMITTED" },
    });
    await send(
      [{ ...news, cursor: evil, workspace: { id: evil, name: evil } }],
      { ...target, name: evil },
      { deliveryId: evil, unsubscribeUrl: `https://review.example.org/u?${evil}` },
    );
    const [mail] = server.received;
    expect(mail?.to).toEqual(["ada@example.org"]);
    const headers = [...(mail?.parsed.headers.keys() ?? [])];
    expect(headers).not.toContain("bcc");
    expect(addressees(mail).flatMap(({ value }) => value.map(({ address }) => address))).toEqual([
      "ada@example.org",
    ]);
    const before = mail?.raw.slice(0, mail.raw.indexOf("\r\n\r\n")) ?? "";
    expect(before).not.toMatch(/^Bcc/im);
    expect(before.match(/^Subject:/gim)).toHaveLength(1);
  });

  it.each([
    ["ada@example.org, eve@evil.example"],
    ["<ada@example.org>"],
    ["ada@example.org\r\nRCPT TO:<eve@evil.example>"],
    ["ada"],
    [""],
    ["a b@example.org"],
    ["ada@exa mple.org"],
    [`${"a".repeat(65)}@example.org`],
    ["ada\u200B@example.org"],
  ])("sends nothing to %j, which is no address", async (email) => {
    expect(await send([newsOf()], { ...target, email })).toMatchObject({ outcome: "DEAD" });
    expect(server.received).toHaveLength(0);
  });

  it.each([
    ["ada@bücher.example", "ada@xn--bcher-kva.example", "Ada"],
    ["zoë@example.org", "zoë@example.org", "Zoë Ångström 审核"],
    ["δοκιμή@παράδειγμα.example", "δοκιμή@παράδειγμα.example", "Δ, “x” (y) <z>"],
  ])("reaches %s, and names as people write them", async (email, reached, name) => {
    expect(await send([newsOf()], { ...target, email, name })).toMatchObject({ outcome: "DELIVERED" });
    const [mail] = server.received;
    // The server shows domains in letters; where the rest is ASCII, they are sent as that.
    expect(mail?.to).toEqual([email]);
    expect(Buffer.from(mail?.raw ?? "", "latin1").toString()).toContain(`<${reached}>`);
    expect(addressees(mail)[0]?.value[0]?.name).toBe(name.replace(/[<>]/g, "").trim());
  });

  it("says that there is nothing to write about, where there is not", async () => {
    for (const news of [[], [{ ...newsOf(), ticket: null }]])
      expect(await send(news)).toEqual({ outcome: "DROPPED", problem: "There is no ticket to write about." });
  });

  it.each([
    ["RCPT", 451, "4.7.1 Greylisted, come again", "RETRY", /asks to try again later\. \(451 4\.7\.1\)/],
    [
      "RCPT",
      550,
      "5.1.1 No such user here",
      "DEAD",
      /does not take mail for this recipient\. \(550 5\.1\.1\)/,
    ],
    ["RCPT", 553, "Bad mailbox", "DEAD", /recipient\. \(553\)/],
    ["RCPT", 552, "5.2.2 Mailbox full", "DEAD", /recipient/],
    ["RCPT", 554, "5.7.1 Relay access denied", "RETRY", /by its policy .* The operator has to mend that/],
    ["RCPT", 530, "5.7.0 Authentication required", "RETRY", /refuses the user or password of SMTP_URL/],
    ["MAIL", 550, "5.1.8 Sender unknown", "RETRY", /refuses the sender, MAIL_FROM/],
    ["MAIL", 421, "4.3.2 Going down", "RETRY", /try again later|connection/],
    ["DATA", 552, "5.3.4 Too big", "DEAD", /larger than the mail server takes/],
    ["DATA", 554, "5.6.0 Will not have it", "DEAD", /does not take this mail/],
    ["DATA", 550, "5.7.26 DMARC", "RETRY", /SPF, DKIM or DMARC/],
    ["DATA", 451, "4.3.0 Try later", "RETRY", /try again later/],
  ] as const)("takes %s %i %s for %s", async (at, code, text, outcome, problem) => {
    server.answer = { at, code, text: `${text} ${target.email} Expand loan term` };
    const attempt = await send();
    expect(attempt).toMatchObject({ outcome, status: code });
    const said = attempt.outcome === "DELIVERED" ? "" : attempt.problem;
    expect(said).toMatch(problem);
    // What a server writes stays out: it may repeat whatever it was sent.
    expect(said).not.toMatch(/Expand|ada@|Greylisted/);
    server.answer = null;
    expect(await send()).toMatchObject({ outcome: "DELIVERED" });
  });

  it("sends 200 mails over no more connections than it may have, none twice", async () => {
    server.connections.most = server.connections.open;
    const made = server.connections.made;
    const sent = await Promise.all(
      Array.from({ length: 200 }, (_, index) => send([newsOf()], target, idsOf(`delivery_${index}`))),
    );
    expect(sent.every(({ outcome }) => outcome === "DELIVERED")).toBe(true);
    expect(new Set(server.received.map(({ parsed }) => parsed.messageId)).size).toBe(200);
    expect(server.received).toHaveLength(200);
    expect(server.connections.made - made).toBeLessThanOrEqual(6);
  });

  it("finds nothing wrong when it is verified", async () => {
    expect(await channel.verify()).toBeUndefined();
    expect(server.received).toHaveLength(0);
  });

  it("ends what waits for its turn when it is told to", async () => {
    const stop = new AbortController();
    const sending = Array.from({ length: 30 }, () =>
      channel.deliver(target, [newsOf()], idsOf(), stop.signal),
    );
    stop.abort();
    for (const attempt of await Promise.all(sending))
      expect(attempt).toMatchObject({ outcome: "RETRY", problem: expect.stringMatching(/stopped before/) });
    expect(await send()).toMatchObject({ outcome: "DELIVERED" });
  });
});
