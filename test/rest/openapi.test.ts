import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKind } from "../support/databases.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { rest } from "./rest-client.js";

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Record<string, { schema: object }> };
  readonly responses: Record<string, { readonly content?: Record<string, { schema: object }> }>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

describe("the OpenAPI document", () => {
  let server: TestServer;
  let document: Document;
  beforeAll(async () => {
    server = await startTestServer(databaseKind("sqlite"));
    document = (await rest<Document>(server.url, null, "GET", "/openapi.json")).body;
  });
  afterAll(() => server?.close());

  it("is one, of version 3.1", async () => {
    expect(document.openapi).toBe("3.1.0");
    expect(await new Validator().validate({ ...document })).toEqual({ valid: true });
  });
});
