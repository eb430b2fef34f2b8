import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import Fastify from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildApiSchema } from "../../src/graphql/schema.js";
import { type RestOptions, registerRest } from "../../src/server/rest/register-rest.js";
import { databaseKind } from "../support/databases.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { rest, signOff, submitOver } from "./rest-client.js";

type Content = Readonly<Record<string, { readonly schema: object }>>;

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

interface Found {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** A request for each operation that is answered as it should be, and one that is refused. */
interface Calls {
  readonly right: (ticketId: string) => { body?: object; key?: string; query?: string; settled?: true };
  readonly wrong: { body?: unknown; query?: string };
}

const EXTRA = { body: { nonsense: true } };

const CALLS: Readonly<Record<string, Calls>> = {
  token: { right: () => ({}), wrong: { body: { apiKey: 7 } } },
  submitReview: {
    right: () => ({
      body: {
        title: "x",
        detail: null,
        payload: { a: [1] },
        queue: "default",
        priority: "high",
        dueAt: "2030-01-01T00:00:00Z",
        expiresAt: null,
        approvalsRequired: 2,
      },
    }),
    wrong: EXTRA,
  },
  tickets: {
    right: () => ({ query: "?status=pending&status=approved&first=3" }),
    wrong: { query: "?first=x" },
  },
  decision: { right: () => ({ query: "?wait=1", settled: true }), wrong: { query: "?wait=x" } },
  resubmitReview: { right: () => ({ body: { title: "y", revision: 1 } }), wrong: EXTRA },
  withdrawReview: { right: () => ({ body: { reason: "x" } }), wrong: EXTRA },
  decideTicket: {
    right: () => ({
      key: "reviewer",
      body: { revision: 1, status: "approved", comments: "x", amendment: { title: "z", payload: {} } },
    }),
    wrong: EXTRA,
  },
  claimTicket: { right: () => ({ key: "reviewer" }), wrong: EXTRA },
  releaseTicket: { right: () => ({ key: "reviewer" }), wrong: { query: "" } },
  commentOnTicket: { right: () => ({ body: { body: "x" } }), wrong: EXTRA },
  auditTrail: { right: () => ({ query: "?first=5" }), wrong: { query: "?first=x" } },
  rotateCallbackSecret: { right: () => ({ body: { overlapMinutes: 5 } }), wrong: EXTRA },
  logEvent: { right: () => ({ body: { service: "x", level: "INFO", message: "y" } }), wrong: EXTRA },
};

describe("the OpenAPI document", () => {
  let server: TestServer;
  let document: Document;
  let operations: readonly Found[];
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  beforeAll(async () => {
    server = await startTestServer(databaseKind("sqlite"));
    const answer = await rest<Document>(server.url, null, "GET", "/openapi.json");
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    document = answer.body;
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        operation,
      })),
    );
    ajv.addSchema(document, "document");
  });
  afterAll(() => server?.close());

  /** What is wrong with a value by the document; undefined where nothing is. */
  function problemsOf(schema: object, value: unknown): string | undefined {
    const local = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')) as object;
    const check = ajv.compile(local);
    return check(value) ? undefined : ajv.errorsText(check.errors);
  }

  it("is one, of version 3.1, with nothing in it that nothing refers to", async () => {
    expect(document.openapi).toBe("3.1.0");
    const { valid, errors } = await new Validator().validate({ ...document });
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    const text = JSON.stringify(document);
    for (const name of Object.keys(document.components.schemas))
      expect(text).toContain(`"#/components/schemas/${name}"`);
    for (const { operation } of operations) expect(operation.summary.length).toBeGreaterThan(10);
  });

  it("has every route of the facade, and no other", async () => {
    const app = Fastify();
    const paths = new Set<string>();
    app.addHook("onRoute", ({ url }) => void paths.add(url.replaceAll(/:(\w+)/g, "{$1}")));
    await registerRest(app, { schema: buildApiSchema(), auth: {} } as unknown as RestOptions);
    await app.ready();
    await app.close();
    const undescribed = ["/.well-known/jwks.json", "/openapi.json"];
    expect([...paths].sort()).toEqual([...Object.keys(document.paths), ...undescribed].sort());
    for (const [path, methods] of Object.entries(document.paths)) {
      const { headers } = await rest(server.url, null, "OPTIONS", path);
      const allowed = (headers.get("allow") ?? "").split(", ").filter((name) => !/HEAD|OPTIONS/.test(name));
      expect(allowed.sort(), path).toEqual(
        Object.keys(methods)
          .map((name) => name.toUpperCase())
          .sort(),
      );
    }
    expect(operations.map(({ operation }) => operation.operationId).sort()).toEqual(
      Object.keys(CALLS).sort(),
    );
  });

  it.each(Object.entries(CALLS))("says what %s takes and answers, refusals included", async (name, calls) => {
    const found = operations.find(({ operation }) => operation.operationId === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    const { method, path, operation } = found;
    const ticket = await submitOver(server.url, server.keys.agent, { payload: { a: 1 } });
    const { body, key = "agent", query = "", settled } = calls.right(ticket.id);
    if (settled) await signOff(server.url, server.keys.reviewer, ticket);
    const who = server.keys[key as keyof typeof server.keys];
    const send = (asked: { body?: unknown; query?: string }, credential: string | null = who) =>
      rest<unknown>(
        server.url,
        credential,
        method,
        `${path.replace("{id}", ticket.id)}${asked.query ?? ""}`,
        {
          ...(asked.body === undefined ? {} : { body: asked.body }),
        },
      );
    const described = (answer: Awaited<ReturnType<typeof send>>): string => {
      const type = answer.headers.get("content-type")?.split(";")[0] ?? "";
      const schema = operation.responses[answer.status]?.content?.[type]?.schema;
      expect(schema, `${answer.status} ${type} of ${name}`).toBeDefined();
      expect(problemsOf(schema ?? {}, answer.body), answer.text).toBeUndefined();
      return String(answer.status);
    };

    const media = operation.requestBody?.content["application/json"];
    if (body !== undefined) expect(problemsOf(media?.schema ?? {}, body)).toBeUndefined();
    // What may be left out is left out here.
    if (operation.requestBody?.required === true) expect(body).toBeDefined();
    const right = await send({ query, ...(body === undefined ? {} : { body }) });
    expect(described(right)).toMatch(/^20[01]$/);

    if (calls.wrong.body !== undefined && name !== "token")
      expect(problemsOf(media?.schema ?? {}, calls.wrong.body)).toBeDefined();
    if (name !== "releaseTicket") {
      const wrong = await send(calls.wrong, name === "token" ? null : who);
      expect(described(wrong)).toBe("400");
    }
    expect(described(await send({ query }, null))).toBe("401");
    if (path.includes("{id}")) {
      const elsewhere = await rest<unknown>(
        server.url,
        server.keys.foreignReviewer,
        method,
        `${path.replace("{id}", ticket.id)}${query}`,
        body === undefined ? {} : { body },
      );
      expect(described(elsewhere)).toBe("404");
    }
  });

  it("says that an unchanged ticket is answered with 304", () => {
    const decision = operations.find(({ operation }) => operation.operationId === "decision");
    expect(decision?.operation.responses["304"]).toEqual({ description: expect.any(String) });
  });
});
