import { auditServer } from "graphql-http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKind } from "../support/databases.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe("GraphQL over HTTP", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(databaseKind("sqlite"));
  });
  afterAll(() => server.close());

  it("is served as the specification demands: graphql-http's audits find nothing that fails, MUST or SHOULD", async () => {
    const results = await auditServer({ url: `${server.url}/graphql` });
    expect(results.length).toBeGreaterThan(50);
    const told = (status: string) =>
      results
        .filter((result) => result.status === status)
        .map((result) => `${result.id}${"reason" in result ? ` ${result.reason}` : ""}`);
    expect(told("error")).toEqual([]);
    expect(told("warn")).toEqual([]);
  });
});
