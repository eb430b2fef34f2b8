import { readFileSync } from "node:fs";
import { buildSchema, getOperationAST, parse, validate } from "graphql";
import { getVariableValues } from "graphql/execution/values.js";
import { describe, expect, it } from "vitest";
import { playgroundTabs } from "../../src/server/playground-tabs.js";

const schema = buildSchema(readFileSync("test/contract.graphql", "utf8"));

describe("the playground's tabs", () => {
  it("tell the story of an agent and a reviewer", () => {
    expect(playgroundTabs.map(({ name, key }) => `${name} (${key})`)).toEqual([
      "Agent: submit (agentKey)",
      "Agent: wait for the decision (agentKey)",
      "Reviewer: inbox (reviewerKey)",
      "Reviewer: decide (reviewerKey)",
    ]);
  });

  it.each(playgroundTabs)("hold to the API's contract: $name", ({ query, variables }) => {
    const document = parse(query);
    expect(validate(schema, document)).toEqual([]);
    const operation = getOperationAST(document);
    const { errors } = getVariableValues(schema, operation?.variableDefinitions ?? [], variables);
    expect(errors).toBeUndefined();
  });
});
