import { getNamedType, getNullableType, isListType, isObjectType } from "graphql";
import { describe, expect, it } from "vitest";
import { COUNTED_LISTS } from "../../src/graphql/operation-extent.js";
import { buildApiSchema } from "../../src/graphql/schema.js";

describe("the cost of an operation", () => {
  const lists = Object.values(buildApiSchema().getTypeMap())
    .flatMap((type) =>
      isObjectType(type) && !type.name.startsWith("__") ? Object.values(type.getFields()) : [],
    )
    .filter(({ name, type, args }) => {
      const manyObjects = isListType(getNullableType(type)) && isObjectType(getNamedType(type));
      // A page's edges are counted with the page.
      return args.some((argument) => argument.name === "first") || (manyObjects && name !== "edges");
    });

  it("counts every list of objects and every page that the schema has", () => {
    expect(lists.length).toBeGreaterThan(5);
    for (const { name } of lists) expect(COUNTED_LISTS, name).toContain(name);
  });

  it("is told of no list that there is not", () => {
    const names = new Set(lists.map(({ name }) => name));
    for (const name of COUNTED_LISTS) expect(names, name).toContain(name);
  });
});
