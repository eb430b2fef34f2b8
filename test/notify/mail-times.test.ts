import { createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { manage, verdictOn } from "../api/members.js";
import { run } from "../api/tickets.js";
import { databases } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { until } from "../support/until.js";
import {
  headerOf,
  type Mailed,
  type MailWorld,
  MINUTE,
  minuteFromNow,
  openMailWorld,
  pressUnsubscribe,
  unsubscribeLink,
} from "./mail-world.js";

const HOUR = 60 * MINUTE;

describe.each(databases)("when a server mails, on $name", (kind) => {
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
  const quietForHalfAnHour = (...members: Mailed[]) =>
    Promise.all(
      members.map((one) => one.hours({ quietFrom: minuteFromNow(-30), quietUntil: minuteFromNow(30) })),
    );

  it("gathers what came in for a digest, and sends it once, at its time", async () => {
    const desk = await world.desk("Ada", "Grace");
    // What is told to others in the same second is read once for all; here nobody else is told.
    await desk.Grace.wants("OFF");
    await desk.Ada.wants("DIGEST");
    await desk.Ada.hours({ digestAt: minuteFromNow(20) });
    const settled = await world.submit(desk.queue, "Settled before the digest");
    const waiting = await world.submit(desk.queue, "Waits still", { priority: "URGENT" });
    await run(url, keys().agent, "resubmitReview", { ticketId: waiting, title: "Waits still, better" });
    await run(url, desk.Grace.key, "decideTicket", { ticketId: settled, revision: 1, status: "APPROVED" });
    await world.settled();
    expect(desk.Ada.mails()).toEqual([]);
    world.later(21 * MINUTE);
    await world.settled();
    expect(desk.Ada.subjects()).toEqual([
      `Countersign digest: 1 ticket waits for review, 1 settled, in ${desk.queue}`,
    ]);
    const [mail] = desk.Ada.mails();
    const text = mail?.parsed.text ?? "";
    for (const [title, times] of [
      ["Settled before the digest", 1],
      ["Waits still, better", 1],
      [`/tickets/${settled}`, 1],
      [`/tickets/${waiting}`, 1],
    ] as const)
      expect(text.split(title)).toHaveLength(times + 1);
    const told = await world.record("NOTIFIED", desk.Ada);
    expect(told.map(({ ticketId, data }) => [ticketId, data.reason])).toEqual([
      [settled, "DIGEST"],
      [waiting, "DIGEST"],
      [waiting, "DIGEST"],
    ]);
    world.later(2 * HOUR);
    await world.settled();
    expect(desk.Ada.mails()).toHaveLength(1);
  });

  it("mails an assignment at once to who chose a digest", async () => {
    const desk = await world.desk("Ada", "Grace");
    await desk.Ada.wants("DIGEST");
    await desk.Ada.hours({ digestAt: minuteFromNow(20) });
    const ticketId = await world.submit(desk.queue, "Yours");
    await run(url, desk.Grace.key, "assignTicket", { ticketId, assigneeId: desk.Ada.id });
    await world.settled();
    expect(desk.Ada.subjects()).toEqual([`[${desk.queue}] Assigned to you: Yours`]);
  });

  it("puts mails off until quiet hours have ended, in order, and says what has happened since", async () => {
    const desk = await world.desk("Ada", "Grace");
    await desk.Grace.wants("OFF");
    await quietForHalfAnHour(desk.Ada);
    const ticketId = await world.submit(desk.queue, "At night");
    await run(url, keys().agent, "resubmitReview", { ticketId, title: "At night, better" });
    await run(url, desk.Grace.key, "decideTicket", { ticketId, revision: 2, status: "APPROVED" });
    await world.settled();
    world.later(20 * MINUTE);
    await world.settled();
    expect(desk.Ada.mails()).toEqual([]);
    world.later(15 * MINUTE);
    await world.settled();
    expect(desk.Ada.subjects()).toEqual([
      `[${desk.queue}] For review: At night`,
      `[${desk.queue}] Revision 2, for review: At night, better`,
    ]);
    const [first, second] = desk.Ada.mails();
    expect(first?.parsed.text).toMatch(/^\*\*\* Revision 2 has come in since \*\*\*\n.*: approved\./);
    expect(second?.parsed.text).toMatch(/^\*\*\* .*approved.* \*\*\*\n/i);
  });

  it("drops, on record, what was planned for who has left, or has lost the queue, before it was sent", async () => {
    const desk = await world.desk("Leaving", "Losing", "Staying");
    const { queue } = await world.desk();
    const all = [desk.Leaving, desk.Losing, desk.Staying];
    await quietForHalfAnHour(...all);
    const ticketId = await world.submit(desk.queue, "Not theirs any more");
    await world.settled();
    for (const one of all) expect(one.mails()).toEqual([]);
    await manage(url, keys().admin, "removeMember", { memberId: desk.Leaving.id });
    await manage(url, keys().admin, "changeMember", { memberId: desk.Losing.id, queues: [queue] });
    world.later(HOUR);
    await world.settled();
    expect(desk.Staying.mails()).toHaveLength(1);
    for (const gone of [desk.Leaving, desk.Losing]) {
      expect(gone.mails()).toEqual([]);
      expect(await world.record("DELIVERY_FAILED", gone)).toMatchObject([
        { ticketId, data: { channel: "MAIL", dropped: true } },
      ]);
    }
    const waiting = await rows<{ target: string }>("SELECT target FROM delivery");
    for (const { id } of all) expect(waiting.map(({ target }) => target)).not.toContain(id);
  });

  it("stops by one click, as a mail program does it, the next mail and one that waits already", async () => {
    const desk = await world.desk("Ada", "Grace");
    await world.submit(desk.queue, "First");
    await world.settled();
    const [mail] = desk.Ada.mails();
    if (mail === undefined) throw new Error("no mail came");
    expect(headerOf(mail, "List-Unsubscribe-Post")).toBe("List-Unsubscribe=One-Click");
    expect(unsubscribeLink(mail)).toMatch(/^https:/);
    await quietForHalfAnHour(desk.Ada);
    const ticketId = await world.submit(desk.queue, "Waits in quiet hours");
    await world.settled();
    expect(await pressUnsubscribe(world, mail)).toBe(200);
    expect(await pressUnsubscribe(world, mail)).toBe(200);
    world.later(HOUR);
    await world.submit(desk.queue, "After");
    await world.settled();
    expect(desk.Ada.mails()).toHaveLength(1);
    expect(desk.Grace.mails()).toHaveLength(3);
    expect(await world.record("DELIVERY_FAILED", desk.Ada)).toMatchObject([
      { ticketId, data: { dropped: true, problem: expect.stringContaining("switched mail off") } },
    ]);
    await desk.Ada.wants("SINGLE", desk.queue);
    await world.submit(desk.queue, "Wanted again");
    await world.settled();
    expect(desk.Ada.subjects().at(-1)).toContain("Wanted again");
  });

  it("reminds the reviewers before the due time, and tells others after it, each once", async () => {
    const desk = await world.desk("Ada", "Grace");
    const boss = await world.member("Boss", { roles: ["ADMIN"] });
    const input = { queue: desk.queue, remindMinutes: 60, escalateMinutes: 30, escalateTo: [boss.id] };
    await gqlData(
      url,
      keys().admin,
      "mutation ($input: SetQueueNoticeInput!) { setQueueNotice(input: $input) { queue { name } } }",
      { input },
    );
    const dueAt = new Date(Date.now() + 2 * HOUR).toISOString();
    const late = await world.member("Late", { queues: [desk.queue] });
    await late.hours({ quietFrom: minuteFromNow(30), quietUntil: minuteFromNow(90) });
    const overtaken = await world.submit(desk.queue, "Decided in quiet hours", { dueAt });
    const ticketId = await world.submit(desk.queue, "Due", { dueAt });
    const decided = await world.submit(desk.queue, "Decided in time", { dueAt });
    await run(url, desk.Ada.key, "decideTicket", { ticketId: decided, revision: 1, status: "APPROVED" });
    await world.settled();
    for (const one of [desk.Ada, desk.Grace, late]) expect(one.mails()).toHaveLength(3);
    const about = (one: Mailed, reason: string) =>
      one.mails().filter((mail) => headerOf(mail, "X-Countersign-Reason") === reason);
    // A server that starts looks at due times at once; one that runs does so every few seconds.
    const at = async (milliseconds: number) => {
      world.later(milliseconds);
      await world.server.restart();
      await world.settled();
    };
    await at(61 * MINUTE);
    for (const one of [desk.Ada, desk.Grace]) {
      const reminders = about(one, "REMINDER");
      const reminded = reminders.map((mail) => headerOf(mail, "X-Countersign-Ticket"));
      expect(reminded.sort()).toEqual([ticketId, overtaken].sort());
      expect(reminders.map(({ parsed }) => parsed.subject)).toContainEqual(
        expect.stringMatching(/^\[desk-\d+\] Due .* UTC: Due$/),
      );
    }
    expect(about(late, "REMINDER")).toEqual([]);
    await run(url, desk.Ada.key, "decideTicket", { ticketId: overtaken, revision: 1, status: "APPROVED" });
    expect(boss.mails()).toEqual([]);
    await at(60 * MINUTE);
    expect(boss.mails()).toEqual([]);
    // Nobody is urged to what was done in their quiet hours.
    const latest = about(late, "REMINDER").map((mail) => headerOf(mail, "X-Countersign-Ticket"));
    expect(latest).toEqual([ticketId]);
    expect(await world.record("DELIVERY_FAILED", late)).toMatchObject([
      { ticketId: overtaken, data: { reason: "REMINDER", dropped: true } },
    ]);
    await at(30 * MINUTE);
    expect(boss.subjects()).toEqual([`[${desk.queue}] Overdue: Due`]);
    expect(about(boss, "ESCALATION")).toHaveLength(1);
    await at(10 * MINUTE);
    expect(boss.mails()).toHaveLength(1);
    for (const one of [desk.Ada, desk.Grace]) expect(one.mails()).toHaveLength(5);
    expect((await world.record("NOTIFIED", boss)).map(({ data }) => data.reason)).toEqual(["ESCALATION"]);
  });

  it("waits for a mail server that is down, delays no decision, and mails all of it in order", async () => {
    const desk = await world.desk("Ada", "Grace", "Bea");
    const titles = ["A", "B", "C", "D", "E"];
    const story = async () => {
      const took: number[] = [];
      for (const title of titles) {
        const ticketId = await world.submit(desk.queue, title);
        for (const revision of [2, 3])
          await run(url, keys().agent, "resubmitReview", { ticketId, title: `${title}${revision}` });
        const began = performance.now();
        await run(url, desk.Ada.key, "decideTicket", { ticketId, revision: 3, status: "APPROVED" });
        took.push(performance.now() - began);
      }
      return Math.max(...took);
    };
    await story();
    await world.settled();
    const before = desk.Grace.mails().length;
    expect(before).toBe(15);
    await world.stopMailServer();
    // At first it is worse than down: it takes connections and says nothing, so that each attempt takes five seconds.
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => silent.listen(world.mail.port, "127.0.0.1", resolve));
    const slowest = await story();
    expect(slowest).toBeLessThan(2_500);
    expect(sockets.size).toBeGreaterThan(0);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
    await until(async () => {
      const tried = await rows<{ tried: number }>(
        "SELECT COUNT(*) AS tried FROM delivery WHERE attempts > 0",
      );
      // Of each recipient one is tried, and what is behind it waits with it.
      return Number(tried[0]?.tried) >= 3;
    });
    const [problem] = await rows<{ problem: string }>(
      "SELECT problem FROM delivery WHERE problem IS NOT NULL",
    );
    expect(problem?.problem).toMatch(/^There is no connection to the mail server/);
    await world.startMailServer();
    const all = [desk.Ada, desk.Grace, desk.Bea];
    await until(() => all.every((one) => one.mails().length === 2 * before));
    await world.settled();
    for (const one of all) {
      const late = one.subjects().slice(before);
      expect(new Set(late).size).toBe(15);
      for (const title of titles)
        expect(late.filter((subject) => subject?.includes(`: ${title}`))).toEqual([
          `[${desk.queue}] For review: ${title}`,
          `[${desk.queue}] Revision 2, for review: ${title}2`,
          `[${desk.queue}] Revision 3, for review: ${title}3`,
        ]);
      expect(await world.record("DELIVERY_FAILED", one)).toEqual([]);
    }
    expect(await verdictOn(world.server)).toMatchObject({ ok: true });
  });
});
