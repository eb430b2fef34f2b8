import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inviteMember } from "../../src/identity/members.js";
import { findWorkspaceByName, systemActor } from "../../src/identity/workspaces.js";
import { manage, verdictOn } from "../api/members.js";
import { makeQueue, run, submit, ticketOf } from "../api/tickets.js";
import { BrowserLike } from "../support/browser-like.js";
import { databases } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { until } from "../support/until.js";
import { linksOf, type MailWorld, openMailWorld, PUBLIC_URL, pressUnsubscribe } from "./mail-world.js";

describe.each(databases)("a server that mails, on $name", (kind) => {
  let world: MailWorld;
  let url: string;
  beforeAll(async () => {
    world = await openMailWorld(kind);
    ({ url } = world.server);
  });
  afterAll(() => world?.close());

  const keys = () => world.server.keys;
  const rows = <Row extends object>(statement: string) =>
    world.server.running.services.database.read.query<Row>(statement);

  it("mails a submission to every reviewer of the queue with an address, and to nobody else", async () => {
    const desk = await world.desk("Ada", "Grace", "Silent");
    const other = await world.desk("Elsewhere");
    const everywhere = await world.member("Everywhere");
    const [auditor, admin] = [
      await world.member("Auditor", { roles: ["AUDITOR"] }),
      await world.member("Boss", { roles: ["ADMIN"] }),
    ];
    await desk.Silent.wants("OFF", desk.queue);
    await world.submit(desk.queue, "Expand the loan term");
    await world.settled();
    const subject = `[${desk.queue}] For review: Expand the loan term`;
    for (const told of [desk.Ada, desk.Grace, everywhere]) expect(told.subjects()).toContain(subject);
    for (const untold of [desk.Silent, other.Elsewhere, auditor, admin]) expect(untold.mails()).toEqual([]);
    const [mail] = desk.Ada.mails();
    expect(mail?.to).toEqual([desk.Ada.address]);
    expect(mail?.from).toBe("review@example.org");
    await everywhere.wants("OFF");
  });

  it("does not mail the human behind an agent's key of what the agent submits", async () => {
    const desk = await world.desk("Owner", "Colleague");
    const { key } = await manage(url, keys().admin, "createApiKey", {
      agentName: "The owner's agent",
      onBehalfOf: desk.Owner.id,
    });
    const { id } = await submit(url, key, { queue: desk.queue, title: "For me" });
    await run(url, key, "resubmitReview", { ticketId: id, title: "For me, better" });
    await world.settled();
    expect(desk.Colleague.mails()).toHaveLength(2);
    expect(desk.Owner.mails()).toEqual([]);
  });

  it("mails a new revision with what it changes, and an amendment to nobody", async () => {
    const desk = await world.desk("Ada", "Grace");
    const ticketId = await world.submit(desk.queue, "Expand the loan term", { payload: { years: 5 } });
    const resubmission = { ticketId, title: "Expand the loan term", payload: { years: 7 } };
    await run(url, keys().agent, "resubmitReview", resubmission);
    await run(url, desk.Ada.key, "decideTicket", {
      ticketId,
      revision: 2,
      status: "APPROVED",
      amendment: { title: "Expand the loan term a little", payload: { years: 6 } },
    });
    await world.settled();
    expect(desk.Grace.subjects()).toEqual([
      `[${desk.queue}] For review: Expand the loan term`,
      `[${desk.queue}] Revision 2, for review: Expand the loan term`,
    ]);
    expect(desk.Ada.mails()).toHaveLength(2);
    const text = desk.Grace.mails()[1]?.parsed.text ?? "";
    expect(text).toMatch(/^\| - .*"years": 5/m);
    expect(text).toMatch(/^\| \+ .*"years": 7/m);
    expect((await ticketOf(url, keys().agent, ticketId)).revision).toBe(3);
  });

  it("sends no second mail where a submission is repeated under its idempotency key", async () => {
    const desk = await world.desk("Ada");
    const input = { queue: desk.queue, title: "Once", idempotencyKey: `once-${desk.queue}` };
    const tickets = await Promise.all([1, 2, 3].map(() => submit(url, keys().agent, input)));
    tickets.push(await submit(url, keys().agent, input));
    expect(new Set(tickets.map(({ id }) => id)).size).toBe(1);
    await world.settled();
    expect(desk.Ada.subjects()).toEqual([`[${desk.queue}] For review: Once`]);
  });

  it("mails who is assigned a ticket, and nobody of what they took or kept themselves", async () => {
    const desk = await world.desk("Ada", "Grace");
    const ticketId = await world.submit(desk.queue, "Whose?");
    await run(url, desk.Ada.key, "claimTicket", { ticketId });
    await run(url, desk.Ada.key, "assignTicket", { ticketId, assigneeId: desk.Ada.id });
    await run(url, desk.Ada.key, "assignTicket", { ticketId, assigneeId: desk.Grace.id });
    await world.settled();
    const came = `[${desk.queue}] For review: Whose?`;
    expect(desk.Ada.subjects()).toEqual([came]);
    expect(desk.Grace.subjects()).toEqual([came, `[${desk.queue}] Assigned to you: Whose?`]);
  });

  it("leads from the mail to the ticket, after signing in", async () => {
    const desk = await world.desk("Ada");
    const ticketId = await world.submit(desk.queue, "Open me");
    await world.settled();
    const [mail] = desk.Ada.mails();
    const link = `${PUBLIC_URL}/tickets/${ticketId}`;
    expect(mail?.parsed.text).toContain(`Open the ticket:\n${link}\n`);
    expect(mail?.parsed.html).toContain(`href="${link}"`);
    const browser = new BrowserLike(url);
    const refused = await browser.open(new URL(link).pathname);
    expect(refused.status).toBe(303);
    const signInPage = refused.response.headers.get("location") ?? "";
    expect(new URL(signInPage, url).searchParams.get("next")).toBe(`/tickets/${ticketId}`);
    expect((await browser.open(signInPage)).status).toBe(200);
    const { ledger, database } = world.server.running.services;
    const { workspaceId } = world.server;
    const actor = await systemActor(database.read, workspaceId);
    const { link: way } = await inviteMember(ledger, { workspaceId, actor, email: desk.Ada.address });
    const signedIn = await browser.submit("/sign-in", { link: way.text });
    expect([signedIn.status, signedIn.response.headers.get("location")]).toEqual([
      303,
      `/tickets/${ticketId}`,
    ]);
    const query = "query ($id: ID!) { ticket(id: $id) { proposal { title } } }";
    const seen = await browser.gql(query, { id: ticketId }, { origin: PUBLIC_URL });
    expect(seen.data).toEqual({ ticket: { proposal: { title: "Open me" } } });
  });

  it("approves and changes nothing, whoever opens the links of a forwarded mail", async () => {
    const desk = await world.desk("Ada", "Grace");
    const ticketId = await world.submit(desk.queue, "Forwarded");
    await world.settled();
    const links = desk.Ada.mails().flatMap(linksOf);
    expect(links.some((link) => link.includes("/unsubscribe/"))).toBe(true);
    expect(links).toContain(`${PUBLIC_URL}/tickets/${ticketId}`);
    expect(links).toContain(`${PUBLIC_URL}/notifications`);
    expect(links.every((link) => link.startsWith(`${PUBLIC_URL}/`))).toBe(true);
    const state = async () =>
      JSON.stringify([
        await rows(
          "SELECT hash FROM audit_event WHERE type NOT IN ('DECISION_READ', 'ACCESS_DENIED') ORDER BY workspace_id, sequence",
        ),
        await rows("SELECT * FROM notification_preference ORDER BY principal_id, queue"),
        await rows("SELECT * FROM ticket ORDER BY id"),
        await rows("SELECT * FROM review ORDER BY ticket_id, revision"),
      ]);
    const before = await state();
    for (const link of links)
      for (const headers of [{}, { authorization: `Bearer ${desk.Grace.key}` }, { "x-purpose": "preview" }])
        for (const method of ["GET", "HEAD"]) {
          const response = await fetch(world.reached(link), { method, headers, redirect: "manual" });
          expect(response.status, link).toBeLessThan(500);
          expect(await response.text()).not.toContain("Forwarded");
        }
    expect(await state()).toBe(before);
    expect(await ticketOf(url, keys().agent, ticketId)).toMatchObject({ status: "PENDING" });
  });

  it("lets no name and no queue add a recipient", async () => {
    const queue = "q <eve@example.org> =?utf-8?Q?=0D=0ABcc:_x?=";
    await makeQueue(world.server, queue);
    const ada = await world.member('Ada, "Eve" <eve@example.org>; Bea', {
      queues: [queue],
      email: "hostile@example.org",
    });
    await world.submit(queue, "Whose mail is it?");
    await world.settled();
    const [mail, ...others] = ada.mails();
    expect(others).toEqual([]);
    expect(mail?.to).toEqual([ada.address]);
    const recipients = [mail?.parsed.to ?? []].flat().flatMap(({ value }) => value);
    expect(recipients.map(({ address }) => address)).toEqual([ada.address]);
    expect(mail?.parsed.cc ?? mail?.parsed.bcc).toBeUndefined();
    expect(mail?.parsed.subject).toMatch(
      /^\[q <eve@example\.org> =\?utf-8\?Q\?[^\r\n]*: Whose mail is it\?$/,
    );
    expect(world.mail.received.flatMap(({ to }) => to)).not.toContain("eve@example.org");
  });

  it("lets no title add a header, a recipient or a line of its own", async () => {
    const desk = await world.desk("Ada");
    const titles = [
      "Break\r\nBcc: eve@example.org\r\n\r\nFree text",
      "Break\nX-Injected: yes",
      "Break\rX-Injected: yes",
      "Break\u2028X-Injected: yes\u2029X-Injected: yes\u0085X-Injected: yes",
      "=?utf-8?Q?Break=0D=0AX-Injected:_yes?=",
      `=?utf-8?B?8J+Sow==?= ${"\u{1f4a3} =?".repeat(40)}`,
      "Ada <eve@example.org>, \u202eevil",
      `${"\u{1f4a3}".repeat(140)} X-Injected: yes`,
    ];
    let taken = 0;
    for (const title of titles) {
      const made = await attemptToSubmit(title, desk.queue);
      if (made === "BAD_USER_INPUT") continue;
      expect(made).toBe("made");
      taken += 1;
    }
    expect(taken).toBeGreaterThan(2);
    await world.settled();
    expect(desk.Ada.mails()).toHaveLength(taken);
    expect(world.mail.received.flatMap(({ to }) => to)).not.toContain("eve@example.org");
    // What mail programs would decode is shown as it was written.
    for (const shown of [
      "=?utf-8?Q?Break=0D=0AX-Injected:_yes?=",
      "=?utf-8?B?8J+Sow==?= \u{1f4a3} =?\u{1f4a3} =?",
    ])
      expect(desk.Ada.subjects().some((subject) => subject?.includes(`: ${shown}`))).toBe(true);
    for (const { to, raw, parsed } of desk.Ada.mails()) {
      expect(to).toEqual([desk.Ada.address]);
      const head = raw.split("\r\n\r\n", 1)[0] ?? "";
      expect(head).not.toMatch(/^(X-Injected|Bcc|Cc):/im);
      expect(parsed.headerLines.map(({ key }) => key)).not.toContain("x-injected");
      expect(parsed.subject).toMatch(/^\[desk-\d+\] For review: [^\r\n]+$/);
      expect(head.split("\r\n").every((line) => !line.includes("\n") && line.length < 999)).toBe(true);
    }
  });

  const attemptToSubmit = async (title: string, queue: string) => {
    const made = await submit(url, keys().agent, { title, queue }).catch((error: Error) => error.message);
    if (typeof made !== "string") return "made";
    return made.includes("BAD_USER_INPUT") ? "BAD_USER_INPUT" : made;
  };

  it("gives up on a mailbox that is not there, for that one alone, and delivers when it is back", async () => {
    const desk = await world.desk("Ada", "Gone");
    const text = `5.1.1 <${desk.Gone.address}> no such user`;
    world.refusing.set(desk.Gone.address, { code: 550, text });
    const ticketId = await world.submit(desk.queue, "Half of them");
    const letters = async () => {
      type Data = { deadLetters: { edges: { node: { id: string; ticketId: string; problem: string } }[] } };
      const query = "{ deadLetters { edges { node { id ticketId channel problem httpStatus attempts } } } }";
      const { deadLetters } = await gqlData<Data>(url, keys().admin, query);
      return deadLetters.edges.map(({ node }) => node).filter((node) => node.ticketId === ticketId);
    };
    await until(async () => (await letters()).length === 1);
    await world.settled();
    expect(desk.Ada.mails()).toHaveLength(1);
    expect(desk.Gone.mails()).toEqual([]);
    const [letter] = await letters();
    expect(letter).toMatchObject({ channel: "MAIL", attempts: 1, httpStatus: 550 });
    expect(letter?.problem).not.toContain("@");
    expect(await world.record("DELIVERY_FAILED", desk.Gone)).toMatchObject([
      { ticketId, data: { status: 550, attempts: 1 } },
    ]);
    world.refusing.delete(desk.Gone.address);
    const replayed = await gqlData(
      url,
      keys().admin,
      "mutation ($input: ReplayDeadLettersInput!) { replayDeadLetters(input: $input) { replayed } }",
      { input: { ids: [letter?.id] } },
    );
    expect(replayed).toEqual({ replayDeadLetters: { replayed: 1 } });
    await until(() => desk.Gone.mails().length === 1);
    await until(async () => (await letters()).length === 0);
    expect(desk.Ada.mails()).toHaveLength(1);
  });

  it("tries again where the mail server asks for it, and delivers once", async () => {
    const desk = await world.desk("Ada");
    world.refusing.set(desk.Ada.address, { code: 451, text: "4.7.1 greylisted" });
    await world.submit(desk.queue, "Greylisted");
    await until(async () => {
      const waiting = await rows<{ attempts: number }>(
        "SELECT attempts FROM delivery WHERE state = 'WAITING'",
      );
      return waiting.some(({ attempts }) => attempts >= 2);
    });
    world.refusing.delete(desk.Ada.address);
    await until(() => desk.Ada.mails().length === 1);
    await world.settled();
    expect(desk.Ada.mails()).toHaveLength(1);
    const [notified] = await world.record("NOTIFIED", desk.Ada);
    expect(notified?.data.attempts).toBeGreaterThan(2);
    expect(await world.record("DELIVERY_FAILED", desk.Ada)).toEqual([]);
  });

  it("mails nobody of another workspace, not even under the same address", async () => {
    const { database } = world.server.running.services;
    const foreign = await findWorkspaceByName(database.read, "foreign");
    const email = "both@example.org";
    const there = await world.member("There", { workspaceId: foreign?.id ?? "", email });
    const title = "Of the other workspace";
    await submit(url, keys().foreignAgent, { title });
    await until(() => there.mails().length === 1);
    expect(there.subjects()).toEqual([`[default] For review: ${title}`]);
    await world.submit("default", "Of this workspace");
    await world.settled();
    const told = world.mail.received.filter(({ parsed }) => parsed.subject?.includes(title));
    expect(told.flatMap(({ to }) => to)).toEqual([email]);
    expect(there.mails()).toHaveLength(1);
    const here = await world.member("Here", { queues: ["default"], email });
    await world.submit("default", "Of this workspace again");
    await world.settled();
    const ofHere = here.mails().find(({ parsed }) => parsed.subject?.includes("this workspace again"));
    // Who unsubscribes here goes on being mailed there.
    expect(await pressUnsubscribe(world, ofHere)).toBe(200);
    await submit(url, keys().foreignAgent, { title: "Still mailed there" });
    await world.submit("default", "Not mailed here");
    await until(() => there.subjects().includes("[default] For review: Still mailed there"));
    await world.settled();
    expect(here.subjects()).not.toContain("[default] For review: Not mailed here");
  });

  it("says that mail is set up, names people and no addresses on the record, and keeps a record that holds", async () => {
    const desk = await world.desk("Ada");
    const ticketId = await world.submit(desk.queue, "On record");
    await world.settled();
    expect(await world.record("NOTIFIED", desk.Ada)).toMatchObject([
      { ticketId, data: { channel: "MAIL", principalId: desk.Ada.id, reason: "EVENT", attempts: 1 } },
    ]);
    const told = await rows<{ body: string }>(
      "SELECT body FROM audit_event WHERE type IN ('NOTIFIED', 'DELIVERY_FAILED')",
    );
    expect(told.length).toBeGreaterThan(5);
    for (const { body } of told) expect(body).not.toContain("@");
    expect(
      await gqlData(url, desk.Ada.key, "{ notificationPreferences { mailConfigured address } }"),
    ).toEqual({ notificationPreferences: { mailConfigured: true, address: desk.Ada.address } });
    expect(await verdictOn(world.server)).toMatchObject({ ok: true });
  });
});
