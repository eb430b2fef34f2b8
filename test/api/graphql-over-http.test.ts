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

  it("is served as the specification demands: graphql-http's audits find no MUST that fails", async () => {
    const results = await auditServer({ url: `${server.url}/graphql` });
    expect(results.length).toBeGreaterThan(50);
    const told = (status: string) =>
      results
        .filter((result) => result.status === status)
        .map((result) => `${result.id}${"reason" in result ? ` ${result.reason}` : ""}`);
    expect(told("error")).toEqual([]);
    // Three SHOULDs ask for 200 where the document or its variables are wrong. Apollo answers 400, which a client's
    // own checks, proxies and dashboards notice; docs/protocol.md says so.
    expect(told("warn").map((said) => said.slice(0, 4))).toEqual(["572B", "FDE2", "7B9B"]);
  });
});
