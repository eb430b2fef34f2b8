import canonicalize from "canonicalize";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalText } from "../../src/verifier/verify-export.js";

function double(bits: string): number {
  return Buffer.from(bits, "hex").readDoubleBE();
}

describe("The verifier's own canonical text", () => {
  // RFC 8785, appendix B.
  test.each([
    ["0000000000000000", "0"],
    ["8000000000000000", "0"],
    ["0000000000000001", "5e-324"],
    ["8000000000000001", "-5e-324"],
    ["7fefffffffffffff", "1.7976931348623157e+308"],
    ["ffefffffffffffff", "-1.7976931348623157e+308"],
    ["4340000000000000", "9007199254740992"],
    ["c340000000000000", "-9007199254740992"],
    ["4430000000000000", "295147905179352830000"],
    ["44b52d02c7e14af5", "9.999999999999997e+22"],
    ["44b52d02c7e14af6", "1e+23"],
    ["44b52d02c7e14af7", "1.0000000000000001e+23"],
    ["444b1ae4d6e2ef4e", "999999999999999700000"],
    ["444b1ae4d6e2ef4f", "999999999999999900000"],
    ["444b1ae4d6e2ef50", "1e+21"],
    ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
    ["3eb0c6f7a0b5ed8d", "0.000001"],
    ["41b3de4355555553", "333333333.3333332"],
    ["41b3de4355555554", "333333333.33333325"],
    ["41b3de4355555555", "333333333.3333333"],
    ["41b3de4355555556", "333333333.3333334"],
    ["41b3de4355555557", "333333333.33333343"],
    ["becbf647612f3696", "-0.0000033333333333333333"],
    ["43143ff3c1cb0959", "1424953923781206.2"],
  ])("writes the double %s as %s", (bits, written) => {
    expect(canonicalText(double(bits))).toBe(written);
  });

  test.each(["7fffffffffffffff", "7ff0000000000000", "fff0000000000000"])("refuses the double %s", (bits) => {
    expect(() => canonicalText(double(bits))).toThrow(/range of a double/);
  });

  // RFC 8785, section 3.2.2 and 3.2.4.
  test("writes the example of the RFC", () => {
    const input = String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`;
    const written = String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`;
    expect(canonicalText(JSON.parse(input))).toBe(written);
  });

  // RFC 8785, section 3.2.3.
  test("sorts names by their UTF-16 code units", () => {
    const input = {
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\u{1f600}": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis",
    };
    const names = Object.keys(JSON.parse(canonicalText(input)) as object);
    expect(names).toEqual(["1", "\r", "\u0080", "\u00f6", "\u20ac", "\u{1f600}", "\ufb33"]);
    expect(canonicalText({ "10": 0, "9": 0, a: { c: 0, b: 0 } })).toBe('{"10":0,"9":0,"a":{"b":0,"c":0}}');
  });

  test("refuses lone surrogates, in texts and in names", () => {
    for (const value of ["\ud800", "a\udc00b", { "\udbff": 1 }, ["\udfff\ud800"]]) {
      expect(() => canonicalText(value)).toThrow(/lone surrogate/);
    }
    expect(canonicalText("\ud83d\ude00")).toBe('"😀"');
  });

  test("refuses what is nested deeper than 200 levels", () => {
    const nested = (levels: number) => JSON.parse("[".repeat(levels) + "]".repeat(levels)) as unknown;
    expect(canonicalText(nested(201))).toHaveLength(402);
    expect(() => canonicalText(nested(202))).toThrow(/200 levels/);
  });

  test("agrees with an independent implementation, and survives being parsed, on any JSON", () => {
    const json = fc.jsonValue({ maxDepth: 6, stringUnit: "binary" });
    const cases = { numRuns: 2000 };
    fc.assert(
      fc.property(json, (value) => {
        const written = canonicalText(value);
        expect(written).toBe(canonicalize(value));
        expect(canonicalText(JSON.parse(written))).toBe(written);
      }),
      cases,
    );
  });

  test("agrees with it on any double", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(canonicalText(number)).toBe(canonicalize(number));
      }),
      { numRuns: 5000 },
    );
  });
});
