import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { run, submit, type Ticket } from "../api/tickets.js";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { openList, type Sitting, sitDown, titles } from "./list-world.js";

describe("the list while things happen", { timeout: 60_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  let sitting: Sitting;
  let first: Ticket;
  let second: Ticket;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  beforeEach(async () => {
    server = await startTestServer(databaseKind("sqlite"));
    first = await submit(server.url, server.keys.agent, { title: "First" });
    second = await submit(server.url, server.keys.agent, { title: "Second", approvalsRequired: 2 });
    sitting = await sitDown(server, browser);
  });
  afterEach(async () => {
    await sitting.context.close();
    await server.close();
  });
  afterAll(() => browser?.close());

  const places = () =>
    sitting.page.evaluate(
      `[...document.querySelectorAll("li")].map((row) => row.getBoundingClientRect().top)`,
    );

  it("announces new tickets without moving a row, and puts them in when told to", async () => {
    const { page, seen } = sitting;
    await openList(page, server, "/?order=newest");
    await page.getByRole("link", { name: "Pending 2" }).waitFor();
    const before = await places();
    for (const title of ["Third", "Fourth", "Fifth"]) {
      await submit(server.url, server.keys.agent, { title });
    }
    await page.getByText("3 new tickets").waitFor();
    await page.getByRole("link", { name: "Pending 5" }).waitFor();
    expect(await titles(page)).toEqual(["Second", "First"]);
    expect(await places()).toEqual(before);
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await until(async () => (await titles(page)).length === 5);
    expect(await titles(page)).toEqual(["Fifth", "Fourth", "Third", "Second", "First"]);
    expect(await page.getByText("new ticket").count()).toBe(0);
    expect(seen.errors).toEqual([]);
  });

  it("does not announce what the filter leaves out, or what is settled again before one looks", async () => {
    const { page } = sitting;
    await openList(page, server, "/?priority=normal&order=oldest");
    await submit(server.url, server.keys.agent, { title: "Not normal", priority: "LOW" });
    const gone = await submit(server.url, server.keys.agent, { title: "Gone" });
    await page.getByText("1 new ticket").waitFor();
    await run(server.url, server.keys.agent, "withdrawReview", { ticketId: gone.id });
    await until(async () => (await page.getByText("1 new ticket").count()) === 0);
    expect(await titles(page)).toEqual(["First", "Second"]);
  });

  it("leaves a settled ticket where it is and says by whom, until the list is asked for anew", async () => {
    const { page } = sitting;
    await openList(page, server, "/?order=oldest");
    const before = await places();
    const decide = (key: string, ticket: Ticket, status: string) =>
      run(server.url, key, "decideTicket", { ticketId: ticket.id, revision: 1, status });
    await decide(server.keys.reviewer2, first, "APPROVED");
    await page.getByText("Approved by Second reviewer, less than a minute ago").waitFor();
    await decide(server.keys.reviewer2, second, "APPROVED");
    await page.getByText("1 of 2 approvals").waitFor();
    expect(await places()).toEqual(before);
    await page.getByRole("link", { name: /^Approved 1/ }).click();
    await until(async () => (await titles(page)).join() === "First");
    await page.getByRole("link", { name: /^Pending 1/ }).click();
    await until(async () => (await titles(page)).join() === "Second");
  });

  it("says that it has no connection, and goes on where it was when the server is back", async () => {
    const { page } = sitting;
    const frames: string[] = [];
    page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => frames.push(String(payload))));
    const delivered: string[] = [];
    page.on("websocket", (socket) =>
      socket.on("framereceived", ({ payload }) => {
        const message = JSON.parse(String(payload)) as {
          type: string;
          payload?: { data?: { ticketChanged?: { event: { sequence: number } } } };
        };
        const sequence = message.payload?.data?.ticketChanged?.event.sequence;
        if (message.type === "next") delivered.push(String(sequence));
      }),
    );
    await openList(page, server, "/?order=oldest");
    await submit(server.url, server.keys.agent, { title: "Before" });
    await page.getByText("1 new ticket").waitFor();

    await server.running.close();
    await page.getByText("No connection.").waitFor();
    expect(await titles(page)).toEqual(["First", "Second"]);
    await server.restart();
    // Most likely before the page has come back: the pauses between its attempts grow.
    await submit(server.url, server.keys.agent, { title: "Meanwhile" });
    await run(server.url, server.keys.reviewer2, "decideTicket", {
      ticketId: first.id,
      revision: 1,
      status: "REJECTED",
    });
    await page.getByText("2 new tickets").waitFor({ timeout: 20_000 });
    await page.getByText("Rejected by Second reviewer").waitFor();
    expect(await page.getByText("No connection.").count()).toBe(0);
    expect(new Set(delivered).size).toBe(delivered.length);
    const asked = frames
      .map((frame) => JSON.parse(frame) as { type: string; payload?: { variables: { after: string } } })
      .filter(({ type }) => type === "subscribe")
      .map(({ payload }) => payload?.variables.after);
    expect(asked.length).toBeGreaterThanOrEqual(2);
    expect(asked.at(-1)).not.toBe(asked[0]);
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await until(async () => (await titles(page)).join() === "Second,Before,Meanwhile");
  });

  it("asks for everything anew where the server cannot go on from its position", async () => {
    const { page } = sitting;
    let lied = 0;
    await page.routeWebSocket(/graphql/, (socket) => {
      const there = socket.connectToServer();
      socket.onMessage((message) => {
        const parsed = JSON.parse(String(message)) as { type: string; payload: { variables: object } };
        // As after a restored backup: a position that this ledger never had.
        if (parsed.type === "subscribe" && lied++ === 0) {
          parsed.payload.variables = { after: "999999.0123456789abcdef" };
        }
        there.send(JSON.stringify(parsed));
      });
    });
    await openList(page, server, "/?order=oldest");
    await until(() => lied >= 2, { what: "a second subscription" });
    await submit(server.url, server.keys.agent, { title: "After all" });
    await page.getByText("1 new ticket").waitFor();
    expect(await titles(page)).toEqual(["First", "Second"]);
  });
});
