import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { denseJson } from "../../src/inbox/ticket/text/dense-json.js";

describe("JSON in few lines", () => {
  it("is the same value, whatever it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(denseJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("keeps a member called __proto__ a member", () => {
    const text = '{ "__proto__": [1] }';
    expect(denseJson(JSON.parse(text))).toBe(text);
  });

  it("has short members on one line, in the order of their names", () => {
    expect(denseJson({ b: { y: 1, x: [true, null] }, a: [] })).toBe(
      '{ "a": [], "b": { "x": [true, null], "y": 1 } }',
    );
  });

  it("breaks what is too long for a line, and fills lines with plain members of a list", () => {
    const text = denseJson({
      list: Array.from({ length: 1_000 }, (_, index) => index),
      name: "x".repeat(90),
    });
    const lines = text.split("\n");
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(110);
    expect(lines.length).toBeLessThan(60);
    expect(lines.at(-2)).toBe(`  "name": "${"x".repeat(90)}"`);
  });

  it("has wider lines where there would be very many", () => {
    const payload = { list: Array.from({ length: 131_000 }, (_, index) => index % 10) };
    expect(denseJson(payload).split("\n").length).toBeLessThan(1_100);
  });

  it("gives each record of a list a line of its own", () => {
    const records = Array.from({ length: 50 }, (_, id) => ({ id, state: "open" }));
    expect(denseJson(records).split("\n").slice(1, 3)).toEqual([
      '  { "id": 0, "state": "open" },',
      '  { "id": 1, "state": "open" },',
    ]);
  });
});
