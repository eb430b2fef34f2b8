import { execute, parse } from "graphql";
import { expect, it } from "vitest";
import {
  createLoaders,
  type GraphqlServices,
  type RequestContext,
} from "../../src/graphql/request-context.js";
import { buildApiSchema } from "../../src/graphql/schema.js";

const schema = buildApiSchema();
const HEAD = { sequence: 7, hash: "ab".repeat(32) };

/** Runs the operation over an empty database that notes what it is asked, and when the head was given. */
async function orderOfReads(source: string): Promise<string[]> {
  const order: string[] = [];
  const read: GraphqlServices["read"] = {
    query: async (text) => {
      order.push(text.includes("COUNT") ? "count" : "rows");
      return [];
    },
  };
  const head = async () => {
    // Later than anything that does not wait for it.
    await new Promise((resolve) => setImmediate(resolve));
    order.push("head");
    return HEAD;
  };
  const services = { read, head, now: () => 0 } as Partial<GraphqlServices> as GraphqlServices;
  const actor = {
    id: "p",
    name: "P",
    kind: "HUMAN",
    workspaceId: "w",
    roles: ["AUDITOR"],
    queues: null,
  } as const;
  const context: RequestContext = {
    requestId: "r",
    actor,
    credential: null,
    services,
    loaders: createLoaders(read, actor),
  };
  await execute({ schema, document: parse(source), contextValue: context });
  return order;
}

const NODE = 'node(id: "ticket_01m83gt4mheh0r2rvt70rjp1fe") { id }';

it.each([
  `{ ${NODE} viewer { ledgerCursor } }`,
  `{ tickets { edges { cursor } ledgerCursor } }`,
  `{ ${NODE} viewer { ...F } } fragment F on Viewer { ... { ledgerCursor } }`,
  `{ ${NODE} viewer { alias: ledgerCursor } tickets { ledgerCursor } }`,
])("reads the head once, before anything that the cursor must not be later than: %s", async (source) => {
  const order = await orderOfReads(source);
  expect(order[0]).toBe("head");
  expect(order.filter((what) => what === "head")).toHaveLength(1);
  expect(order.length).toBeGreaterThan(1);
});

it("does not read the head where no cursor is asked for", async () => {
  expect(await orderOfReads(`{ ${NODE} tickets { edges { cursor } } }`)).not.toContain("head");
});

it("counts a list only where its total is asked for", async () => {
  expect(await orderOfReads("{ tickets { edges { cursor } } }")).toEqual(["rows"]);
  expect(await orderOfReads("{ tickets { totalCount } }")).toEqual(["rows", "count"]);
});
