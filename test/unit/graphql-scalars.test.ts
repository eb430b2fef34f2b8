import { parseValue } from "graphql";
import { describe, expect, it } from "vitest";
import { GraphQLDateTime } from "../../src/graphql/scalars/date-time.js";
import { GraphQLJSONObject } from "../../src/graphql/scalars/json-object.js";
import { GraphQLLedgerCursor } from "../../src/graphql/scalars/ledger-cursor.js";
import { GraphQLSafeInt } from "../../src/graphql/scalars/safe-int.js";

describe("DateTime", () => {
  const accepted: readonly (readonly [text: string, utc: string])[] = [
    ["2026-11-23T05:00:00Z", "2026-11-23T05:00:00.000Z"],
    ["2026-11-23T05:00:00.5Z", "2026-11-23T05:00:00.500Z"],
    ["2026-11-23T05:00:00.123456789Z", "2026-11-23T05:00:00.123Z"],
    ["2026-11-23T06:30:00.250+01:30", "2026-11-23T05:00:00.250Z"],
    ["2026-11-22T21:00:00-08:00", "2026-11-23T05:00:00.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
    ["0000-02-29T00:00:00Z", "0000-02-29T00:00:00.000Z"],
    ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
  ];

  it.each(accepted)("reads %s as %s", (text, utc) => {
    expect(GraphQLDateTime.serialize(GraphQLDateTime.parseValue(text))).toBe(utc);
    expect(GraphQLDateTime.serialize(GraphQLDateTime.parseLiteral(parseValue(JSON.stringify(text))))).toBe(
      utc,
    );
  });

  const refused: readonly unknown[] = [
    "2026-11-23T05:00:00",
    "2026-11-23",
    "2026-11-23 05:00:00Z",
    "2026-11-23T05:00Z",
    "2026-11-23t05:00:00z",
    "2026-02-29T00:00:00Z",
    "2026-02-31T00:00:00Z",
    "2100-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "2026-11-23T24:00:00Z",
    "2026-11-23T05:60:00Z",
    "2026-11-23T05:00:60Z",
    "2026-11-23T05:00:00+24:00",
    "2026-11-23T05:00:00+0100",
    "2026-W48-1T00:00:00Z",
    " 2026-11-23T05:00:00Z",
    "2026-11-23T05:00:00Z\n",
    "+002026-11-23T05:00:00Z",
    `2026-11-23T05:00:00.${"1".repeat(10_000)}Z`,
    "tomorrow",
    "",
    1_795_000_000_000,
    true,
    {},
    [],
  ];

  it.each(refused)("refuses %j, and says what it expects", (value) => {
    expect(() => GraphQLDateTime.parseValue(value)).toThrow(/ISO 8601/);
  });

  it("refuses numbers and bare words in a document", () => {
    expect(() => GraphQLDateTime.parseLiteral(parseValue("1795000000000"))).toThrow(TypeError);
    expect(() => GraphQLDateTime.parseLiteral(parseValue("NOW"))).toThrow(TypeError);
  });

  it("writes milliseconds since the epoch and dates in UTC, and nothing else", () => {
    expect(GraphQLDateTime.serialize(0)).toBe("1970-01-01T00:00:00.000Z");
    expect(GraphQLDateTime.serialize(new Date(1))).toBe("1970-01-01T00:00:00.001Z");
    expect(() => GraphQLDateTime.serialize("2026-11-23T05:00:00Z")).toThrow(TypeError);
    expect(() => GraphQLDateTime.serialize(Number.NaN)).toThrow(RangeError);
  });
});

describe("JSONObject", () => {
  const literal = (text: string, variables: Record<string, unknown> = {}) =>
    GraphQLJSONObject.parseLiteral(parseValue(text), variables);

  it("reads every kind of JSON value inside an object", () => {
    const text =
      '{ text: "é", whole: 7, part: 1.5, tiny: 1e-7, yes: true, no: false, nothing: null, list: [1, [2], {a: 3}], deep: {er: {}} }';
    expect(JSON.parse(JSON.stringify(literal(text)))).toEqual({
      text: "é",
      whole: 7,
      part: 1.5,
      tiny: 1e-7,
      yes: true,
      no: false,
      nothing: null,
      list: [1, [2], { a: 3 }],
      deep: { er: {} },
    });
  });

  it.each(["[]", "[{a: 1}]", '"text"', "1", "1.5", "true", "null", "WORD"])(
    "refuses %s, which is no object",
    (text) => {
      expect(() => literal(text)).toThrow(TypeError);
    },
  );

  it.each([[[]], ["text"], [1], [true], [null], [undefined]])("refuses %j as a variable", (value) => {
    expect(() => GraphQLJSONObject.parseValue(value)).toThrow(TypeError);
  });

  it("refuses numbers that a double cannot hold, instead of rounding them", () => {
    expect(literal("{ n: 9007199254740991 }")).toMatchObject({ n: 9_007_199_254_740_991 });
    for (const digits of [
      "9007199254740992",
      "9007199254740993",
      "-9007199254740993",
      "1e400",
      "1e17",
      "12345678901234567890",
    ]) {
      expect(() => literal(`{ n: ${digits} }`)).toThrow(/2\^53/);
      expect(() => literal(`{ list: [{ n: ${digits} }] }`)).toThrow(/2\^53/);
    }
  });

  it("refuses bare words, which JSON does not have", () => {
    expect(() => literal("{ a: WORD }")).toThrow(/quotes/);
  });

  it("keeps __proto__ and its like as plain data", () => {
    const value = literal('{ __proto__: { admin: true }, constructor: 1, toString: "x" }') as Record<
      string,
      unknown
    >;
    expect(Object.keys(value)).toEqual(["__proto__", "constructor", "toString"]);
    expect(value.admin).toBeUndefined();
    expect(JSON.stringify(value)).toBe('{"__proto__":{"admin":true},"constructor":1,"toString":"x"}');
    const sent: unknown = JSON.parse('{"__proto__":{"admin":true}}');
    expect(JSON.stringify(GraphQLJSONObject.parseValue(sent))).toBe('{"__proto__":{"admin":true}}');
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });

  it("takes variables inside, and leaves members out whose variable was not given", () => {
    const value = literal("{ a: $given, b: $absent, c: [$absent, $given], d: $constructor }", {
      given: { deep: 1 },
    });
    expect(JSON.stringify(value)).toBe('{"a":{"deep":1},"c":[null,{"deep":1}]}');
  });

  it("refuses DateTime variables inside, whose text it no longer has", () => {
    expect(() => literal("{ a: $when }", { when: new Date(0) })).toThrow(/String variable/);
  });

  it("writes objects only", () => {
    expect(GraphQLJSONObject.serialize({ a: 1 })).toEqual({ a: 1 });
    for (const value of [[], "text", 1, null])
      expect(() => GraphQLJSONObject.serialize(value)).toThrow(TypeError);
  });
});

describe("SafeInt", () => {
  it("goes up to 2^53 - 1 and no further, in both directions", () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(GraphQLSafeInt.serialize(most)).toBe(most);
    expect(GraphQLSafeInt.parseValue(most)).toBe(most);
    expect(GraphQLSafeInt.parseLiteral(parseValue(String(most)))).toBe(most);
    for (const value of [most + 1, 1.5, "7", true, null]) {
      expect(() => GraphQLSafeInt.serialize(value)).toThrow();
      expect(() => GraphQLSafeInt.parseValue(value)).toThrow();
    }
    expect(() => GraphQLSafeInt.parseLiteral(parseValue("9007199254740993"))).toThrow();
  });
});

describe("LedgerCursor", () => {
  it("is any text: whether it can be honoured is for the ledger to say", () => {
    expect(GraphQLLedgerCursor.parseValue("MTIuYWJj")).toBe("MTIuYWJj");
    expect(GraphQLLedgerCursor.parseLiteral(parseValue('""'))).toBe("");
    for (const value of [1, true, {}, []])
      expect(() => GraphQLLedgerCursor.parseValue(value)).toThrow(TypeError);
    expect(() => GraphQLLedgerCursor.parseLiteral(parseValue("12"))).toThrow(TypeError);
  });
});
