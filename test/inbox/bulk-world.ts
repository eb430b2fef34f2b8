import type { Page } from "playwright-core";
import { makeQueue, submit, type Ticket } from "../api/tickets.js";
import { gqlData } from "../support/graphql-client.js";
import type { TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { askFrom } from "./desk-browser.js";
import { listed, openList } from "./list-world.js";

/** A review as the record has it. */
export interface Recorded {
  readonly revision: number;
  readonly outcome: string;
  readonly comments: string | null;
  readonly reviewer: { readonly name: string };
}

/** Three proposals in the queue `rules`, of which the second takes two approvals. */
export async function submitRules(server: TestServer) {
  await makeQueue(server, "rules");
  const rule = (title: string, input: object = {}) =>
    submit(server.url, server.keys.agent, { title, queue: "rules", ...input });
  return {
    one: await rule("Rule 1"),
    two: await rule("Rule 2", { approvalsRequired: 2 }),
    three: await rule("Rule 3"),
  };
}

/** Opens each ticket on its page, as people do, and comes back to the list. */
export async function openEach(page: Page, server: TestServer, tickets: readonly Ticket[]): Promise<void> {
  for (const { id } of tickets) {
    await page.goto(`${server.url}/tickets/${id}`);
    await page.getByRole("heading", { name: "Decide" }).waitFor();
  }
  await openList(page, server, "/?order=oldest");
}

/** Has the browser remember these tickets as opened, for where there are too many to open them one by one. */
export async function rememberEach(page: Page, tickets: readonly Ticket[]): Promise<void> {
  const { data } = await askFrom(page, "{ viewer { principal { id } } }");
  const { viewer } = data as { viewer: { principal: { id: string } } };
  const kept = { at: Date.now(), tickets: tickets.map(({ id, proposal }) => [id, 1, proposal.digest]) };
  const name = `countersign.opened.${viewer.principal.id}`;
  await page.evaluate(
    `localStorage.setItem(${JSON.stringify(name)}, ${JSON.stringify(JSON.stringify(kept))})`,
  );
  await page.reload();
  await listed(page);
}

/** The box that selects a ticket. */
export function box(page: Page, { proposal }: Ticket) {
  return page.getByRole("checkbox", { name: `Select ${proposal.title}`, exact: true });
}

/** Why a ticket cannot be selected, as its box is described; null where it can. */
export async function whyNot(page: Page, ticket: Ticket): Promise<string | null> {
  const field = box(page, ticket);
  await field.waitFor();
  if ((await field.getAttribute("aria-disabled")) !== "true") return null;
  const described = await field.getAttribute("aria-describedby");
  return page.locator(`[id="${described}"]`).textContent();
}

/** Waits until a ticket cannot be selected for that reason, or (null) can be. */
export async function untilWhyNot(page: Page, ticket: Ticket, words: string | null): Promise<void> {
  let last: string | null | undefined;
  await until(
    async () => {
      last = await whyNot(page, ticket);
      return last === words;
    },
    { what: `${ticket.proposal.title}: ${words}` },
  ).catch((cause: unknown) => {
    throw new Error(`${ticket.proposal.title}: ${last}`, { cause });
  });
}

/** The bar that says what is selected. */
export function bar(page: Page) {
  return page.getByRole("region", { name: "Selected tickets" });
}

/** What the open dialog says of a ticket. */
export function line(page: Page, { proposal }: Ticket) {
  return page.getByRole("dialog").getByRole("listitem").filter({ hasText: proposal.title });
}

/** The reviews of each ticket, as an auditor reads them. */
export async function reviewsOf(
  server: TestServer,
  tickets: readonly Ticket[],
): Promise<readonly (readonly Recorded[])[]> {
  const query =
    "query ($id: ID!) { ticket(id: $id) { reviews { revision outcome comments reviewer { name } } } }";
  return Promise.all(
    tickets.map(async ({ id }) => {
      type Data = { ticket: { reviews: Recorded[] } };
      return (await gqlData<Data>(server.url, server.keys.auditor, query, { id })).ticket.reviews;
    }),
  );
}

/** Watches the decisions that the page sends: under which keys, and how many at a time. */
export async function watchDecisions(page: Page) {
  const keys: string[] = [];
  let now = 0;
  let most = 0;
  await page.route("**/graphql", async (route) => {
    const body = route.request().postData() ?? "";
    if (!body.includes("decideTicket(")) return route.continue();
    const { variables } = JSON.parse(body) as { variables: { input: { idempotencyKey: string } } };
    keys.push(variables.input.idempotencyKey);
    now += 1;
    most = Math.max(most, now);
    const response = await route.fetch();
    now -= 1;
    return route.fulfill({ response });
  });
  return { keys, most: () => most };
}
