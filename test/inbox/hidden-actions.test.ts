import { readFile } from "node:fs/promises";
import { type DocumentNode, Kind, OperationTypeNode, parse, print, separateOperations } from "graphql";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ACCESS } from "../../src/graphql/access.js";
import { eventsOf } from "../api/members.js";
import { makeQueue } from "../api/tickets.js";
import { type Receiver, startReceiver } from "../notify/receivers.js";
import { launchBrowser } from "../support/browser.js";
import { databaseKind } from "../support/databases.js";
import { gqlData } from "../support/graphql-client.js";
import { reviewCalls } from "../support/review-calls.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { until } from "../support/until.js";
import { askFrom } from "./desk-browser.js";
import { HIDDEN, OFFERED } from "./hidden-actions-table.js";
import { CONTROLS, NEVER, PEOPLE, type Who, type World } from "./hidden-actions-world.js";
import { type Sitting, sitDown } from "./list-world.js";

/** The page's own operations, by name. */
const OPERATIONS: Readonly<Record<string, DocumentNode>> = separateOperations(
  parse(await readFile("src/inbox/api/operations.graphql", "utf8")),
);

/** The root field of an operation, and whether it changes anything. */
function rootOf(document: DocumentNode): { readonly field: string; readonly isMutation: boolean } {
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const [selection] = definition.selectionSet.selections;
    if (selection?.kind !== Kind.FIELD) break;
    const isMutation = definition.operation === OperationTypeNode.MUTATION;
    const { operation } = definition;
    const root = `${operation[0]?.toUpperCase()}${operation.slice(1)}`;
    return { field: `${root}.${selection.name.value}`, isMutation };
  }
  throw new Error("this is no operation");
}

describe("what the page hides", () => {
  it("covers every operation of the page that changes something or needs a role", () => {
    const guarded = Object.entries(OPERATIONS).filter(([, document]) => {
      const { field, isMutation } = rootOf(document);
      return isMutation || ACCESS[field]?.role !== undefined;
    });
    const fields = new Set(
      HIDDEN.map(({ sends }) => OPERATIONS[sends]).map((one) => one && rootOf(one).field),
    );
    const missing = guarded
      .filter(([, document]) => !fields.has(rootOf(document).field))
      .map(([name]) => name);
    expect(missing).toEqual([]);
    const unknown = HIDDEN.map(({ sends }) => sends).filter(
      (sends) => !(sends in OPERATIONS) && sends !== "/audit/export",
    );
    expect(unknown).toEqual([]);
    const names = HIDDEN.map(({ says }) => says);
    expect(new Set(names).size).toBe(names.length);
  });

  it("hides nothing that nobody ever sees", () => {
    const offered = new Set(OFFERED.map(([control]) => control));
    const used = new Set(HIDDEN.map(({ control }) => control));
    expect([...used].filter((control) => !offered.has(control) && !NEVER.has(control))).toEqual([]);
  });
});

describe("the API refuses what the page hides", { timeout: 60_000 }, () => {
  let browser: Browser;
  let server: TestServer;
  let receiver: Receiver;
  let world: World;
  const sittings = new Map<Who, Sitting>();
  const calls = reviewCalls(() => server);

  const pageOf = (who: Who): Page => {
    const sitting = sittings.get(who);
    if (sitting === undefined) throw new Error(`${who} has not sat down`);
    return sitting.page;
  };
  const asks = (who: Who, operation: string, variables: Readonly<Record<string, unknown>>) =>
    askFrom(pageOf(who), print(OPERATIONS[operation]!), variables);

  beforeAll(async () => {
    browser = await launchBrowser();
    receiver = await startReceiver(() => ({ status: 500 }));
    server = await startTestServer(databaseKind("sqlite"), {
      OUTBOUND_ALLOW: "127.0.0.1",
      DELIVERY_RETRY_SECONDS: "0.02",
      LEDGER_POLL_MS: "20",
    });
    await makeQueue(server, "legal", 1);
    const ids: Partial<Record<Who, string>> = {};
    for (const [name, options] of Object.entries(PEOPLE) as [Who, (typeof PEOPLE)[Who]][]) {
      const sitting = await sitDown(server, browser, { name, ...options });
      sittings.set(name, sitting);
      await sitting.page.goto(`${server.url}/`);
      const { data } = await asks(name, "Viewer", {});
      ids[name] = (data as { viewer: { principal: { id: string } } }).viewer.principal.id;
    }
    world = await makeWorld(ids as Record<Who, string>);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await receiver?.close();
  });

  /** Makes a webhook that is told of revoked keys alone, so that nothing is tried for it any more while cases run. */
  async function makeEndpoint(failsAfter: () => Promise<void>): Promise<World["endpoint"]> {
    const url = `http://127.0.0.1:${receiver.port}/`;
    const input = { name: "The webhook", url, types: ["API_KEY_REVOKED"] };
    expect((await asks("admin", "CreateEndpoint", { input })).code).toBeUndefined();
    const { data } = await asks("admin", "Endpoints", {});
    const [endpoint] = (data as { endpoints: { id: string }[] }).endpoints;
    if (endpoint === undefined) throw new Error("the webhook is not there");
    await failsAfter();
    const deadLetterId = await until(async () => {
      const found = await asks("admin", "DeadLetters", { endpointId: endpoint.id, first: 1 });
      return (found.data as { deadLetters: { edges: { node: { id: string } }[] } }).deadLetters.edges[0]?.node
        .id;
    });
    // Only then is nothing more to be put on the record about it.
    await until(async () => (await eventsOf(server, "DELIVERY_FAILED")).length > 0);
    return { id: endpoint.id, deadLetterId };
  }

  async function makeWorld(ids: Record<Who, string>): Promise<World> {
    const { url, keys } = server;
    const does: World["does"] = async (who, operation, input) => {
      const { code } = await asks(who, operation, { input });
      if (code !== undefined) throw new Error(`${who} may not ${operation}: ${code}`);
    };
    const made = async (who: Who, input: object): Promise<string> => {
      const { data, code } = await asks(who, "CreateApiKey", { input });
      if (code !== undefined) throw new Error(`no key: ${code}`);
      return (data as { createApiKey: { apiKey: { id: string } } }).createApiKey.apiKey.id;
    };
    const { viewer } = await gqlData<{ viewer: { principal: { id: string } } }>(
      url,
      keys.agent,
      "{ viewer { principal { id } } }",
    );
    const agentId = viewer.principal.id;
    const revoked = await made("another", { label: "The revoked" });
    const endpoint = await makeEndpoint(() => does("another", "RevokeApiKey", { keyId: revoked }));
    return {
      ids,
      agentId,
      endpoint,
      keys: {
        agents: await made("admin", { principalId: agentId, label: "The agent's" }),
        humans: await made("another", { label: "The human's" }),
        revoked,
      },
      does,
      submit: async (by, input = {}) => {
        const proposal = { title: `Of ${by}`, payload: { fee: 1 }, ...input };
        if (by === "an agent") return calls.submit(proposal.title, keys.agent, proposal);
        const { data } = await askFrom(
          pageOf(by),
          "mutation($input: SubmitReviewInput!) { submitReview(input: $input) { ticket { id } } }",
          { input: proposal },
        );
        return (data as { submitReview: { ticket: { id: string } } }).submitReview.ticket.id;
      },
      resubmit: async (ticketId) => {
        await gqlData(
          url,
          keys.agent,
          "mutation($input: ResubmitReviewInput!) { resubmitReview(input: $input) { ticket { id } } }",
          { input: { ticketId, title: "Once more" } },
        );
      },
      withdraw: async (ticketId) => {
        await gqlData(
          url,
          keys.agent,
          "mutation($input: WithdrawReviewInput!) { withdrawReview(input: $input) { ticket { id } } }",
          { input: { ticketId } },
        );
      },
    };
  }

  const open = async (who: Who, address: string): Promise<Page> => {
    const page = pageOf(who);
    await page.goto(`${server.url}${address}`);
    const ready = {
      tickets: page.getByRole("heading", { name: /^(Decide|No such ticket)$/ }),
      audit: page.getByText(/events? listed/),
      notifications: page.locator(".notify-page .notify-form, .notify-page > .desk-lead").first(),
      // The list of keys is the last that comes; but for that of webhooks, for who sees one.
      admin: page.locator("#keys .desk-rows, #keys .desk-quiet").first(),
    }[address.split("/")[1] ?? ""];
    await ready?.waitFor();
    if (address === "/admin" && (who === "admin" || who === "auditor"))
      await page.locator("#endpoints .desk-row").first().waitFor();
    return page;
  };
  const eventsAfter = async (sequence: number): Promise<string[]> => {
    const rows = await server.running.services.database.read.query<{ type: string }>(
      "SELECT type FROM audit_event WHERE workspace_id = ? AND sequence > ? AND type <> 'ACCESS_DENIED'",
      [server.workspaceId, sequence],
    );
    return rows.map(({ type }) => type);
  };
  const headNow = async (): Promise<number> => {
    const [row] = await server.running.services.database.read.query<{ head: number }>(
      "SELECT MAX(sequence) AS head FROM audit_event WHERE workspace_id = ?",
      [server.workspaceId],
    );
    return Number(row?.head);
  };

  it.each(OFFERED.map(([control, who, where, begins]) => ({ control, who, where, begins })))(
    "$control: there for the $who",
    async ({ control, who, where, begins }) => {
      const page = await open(who, await where(world));
      await begins?.(page);
      const found = CONTROLS[control]!(page).first();
      await found.waitFor();
      await expect.poll(() => found.isEnabled()).toBe(true);
    },
  );

  it.each(HIDDEN)("$says: $code", async ({ who, sends, control, code, about, begins }) => {
    const { at, variables } = await about(world);
    const page = await open(who, at);
    await begins?.(page, world, at);
    const found = CONTROLS[control]!(page);
    const offered = await Promise.all((await found.all()).map((one) => one.isEnabled()));
    expect(offered.filter(Boolean)).toEqual([]);

    const before = await headNow();
    if (sends.startsWith("/")) {
      const answer = (await page.evaluate(
        `fetch("${sends}").then(async (r) => ({ status: r.status, text: await r.text() }))`,
      )) as { status: number; text: string };
      expect(answer.status).toBe(403);
      expect(JSON.parse(answer.text)).toMatchObject({ errors: [{ extensions: { code } }] });
    } else expect((await asks(who, sends, variables)).code).toBe(code);
    expect(await eventsAfter(before)).toEqual([]);
  });
});
