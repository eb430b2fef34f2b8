import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { buildSchema, lexicographicSortSchema, printSchema } from "graphql";
import { describe, expect, it } from "vitest";
import { contractBreaks } from "../../scripts/contract-breaks.js";
import { buildApiSchema } from "../../src/graphql/schema.js";

const CONTRACT = `
  "What a reviewer may say."
  enum Outcome { APPROVED REJECTED }
  enum AuditEventType { SUBMITTED DECIDED }
  interface Node { id: ID! }
  type Ticket implements Node { id: ID! title: String! detail: String reviews(first: Int = 50, by: Outcome): [String!]! }
  type Event { type: AuditEventType! }
  input Submit { title: String! queue: String = "default" labels: [String!] }
  type Query { ticket(id: ID!): Ticket }
`;

/** Each way in which a schema can differ from the contract, as the text to replace and what it becomes. */
const breaks: readonly (readonly [what: string, from: string, to: string, says: RegExp])[] = [
  ["an output becomes nullable", "title: String! detail", "title: String detail", /Ticket\.title/],
  ["an output becomes non-null", "detail: String reviews", "detail: String! reviews", /Ticket\.detail/],
  ["list items become nullable", "): [String!]!", "): [String]!", /Ticket\.reviews/],
  ["a field is gone", "detail: String reviews", "reviews", /Ticket\.detail was removed/],
  [
    "a type is renamed",
    "enum Outcome { APPROVED REJECTED }",
    "enum Word { APPROVED REJECTED } enum Outcome { APPROVED }",
    /REJECTED/,
  ],
  ["an argument becomes optional", "ticket(id: ID!)", "ticket(id: ID)", /the arguments of Query\.ticket/],
  [
    "an argument's default changes",
    "first: Int = 50",
    "first: Int = 20",
    /the arguments of Ticket\.reviews.*50.*20/,
  ],
  ["an argument's default is gone", "first: Int = 50", "first: Int", /the arguments of Ticket\.reviews/],
  ["an argument is gone", ", by: Outcome", "", /Ticket\.reviews arg by was removed/],
  ["an argument is added", ", by: Outcome", ", by: Outcome, last: Int", /the arguments of Ticket\.reviews/],
  ["an input becomes optional", "{ title: String! queue", "{ title: String queue", /Submit\.title/],
  ["an input becomes required", "labels: [String!]", "labels: [String!]!", /Submit\.labels/],
  ["an input's default changes", '"default"', '"other"', /Submit\.queue.*default.*other/],
  ["a required input is added", "labels: [String!]", "labels: [String!] size: Int!", /size/],
  ["an enum value is gone", "{ APPROVED REJECTED }", "{ APPROVED }", /REJECTED/],
  [
    "an enum value is added",
    "{ APPROVED REJECTED }",
    "{ APPROVED REJECTED MAYBE }",
    /the values of Outcome.*MAYBE/,
  ],
  ["a type of event is gone", "{ SUBMITTED DECIDED }", "{ SUBMITTED }", /DECIDED/],
  ["an interface is gone", "Ticket implements Node", "Ticket", /Node/],
];

/** What may be added beside the contract. */
const additions: readonly (readonly [what: string, from: string, to: string])[] = [
  ["a field", "detail: String reviews", "detail: String summary: String! reviews"],
  ["an optional input", "labels: [String!]", "labels: [String!] size: Int"],
  ["a type of event", "{ SUBMITTED DECIDED }", "{ SUBMITTED SNOOZED DECIDED }"],
  ["a type", "type Query", "type Note { text: String! } type Query"],
  ["other words in a description", "What a reviewer may say.", "What one says."],
];

describe("holding a schema against the contract", () => {
  it("finds nothing where both are the same", () => {
    expect(contractBreaks(buildSchema(CONTRACT), buildSchema(CONTRACT))).toEqual([]);
  });

  it.each(breaks)("finds that %s", (_what, from, to, says) => {
    expect(CONTRACT).toContain(from);
    const found = contractBreaks(buildSchema(CONTRACT), buildSchema(CONTRACT.replace(from, to)));
    expect(found.join("\n")).toMatch(says);
  });

  it.each(additions)("accepts %s beside it", (_what, from, to) => {
    expect(CONTRACT).toContain(from);
    expect(contractBreaks(buildSchema(CONTRACT), buildSchema(CONTRACT.replace(from, to)))).toEqual([]);
  });
});

describe("the API's schema", () => {
  const schema = buildApiSchema();

  it("keeps the contract", () => {
    const contract = buildSchema(readFileSync("test/contract.graphql", "utf8"));
    expect(contractBreaks(contract, schema)).toEqual([]);
  });

  it("is what schema.graphql says", () => {
    expect(readFileSync("schema.graphql", "utf8")).toContain(printSchema(lexicographicSortSchema(schema)));
  });

  it("describes every root field, every type and every scalar", () => {
    const types = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith("__"));
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    const silent = [
      ...types.filter((type) => !type.description && !roots.some((root) => root === type)),
      ...roots
        .flatMap((root) => Object.values(root?.getFields() ?? {}))
        .filter((field) => !field.description),
    ];
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it("leaves plain fields to graphql's own resolution, which costs no promise", () => {
    const plain = {
      ReviewTicket: ["id", "status", "revision"],
      Decision: ["status", "cursor", "receipt"],
      Proposal: ["title"],
    };
    for (const [type, fields] of Object.entries(plain)) {
      for (const field of fields) {
        expect(
          Reflect.get(
            Reflect.get(schema.getType(type)!, "getFields").call(schema.getType(type))[field],
            "resolve",
          ),
        ).toBeUndefined();
      }
    }
  });

  it("is checked by a command that needs no database and no server", async () => {
    const { code, output } = await emit("--check");
    expect(output).toBe("");
    expect(code).toBe(0);
  });
});

function emit(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const command = ["--import", "tsx", "scripts/emit-schema.ts", ...args];
    const env = { PATH: process.env.PATH ?? "" };
    execFile(process.execPath, command, { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, output: `${stdout}${stderr}` });
    });
  });
}
