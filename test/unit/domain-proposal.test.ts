import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkProposal } from "../../src/domain/proposal.js";

const codeOf = (run: () => unknown): unknown => {
  try {
    run();
    return "accepted";
  } catch (error) {
    const { code, details } = error as { code?: string; details?: { field?: string } };
    return code === undefined ? String(error) : `${code} ${details?.field}`;
  }
};

describe("a proposal", () => {
  it("has the digest that anyone can recompute from its canonical form", () => {
    fc.assert(
      fc.property(
        fc
          .string({ minLength: 1, maxLength: 300, unit: "grapheme" })
          .filter((title) => title.trim() !== "" && title.length <= 300),
        fc.option(fc.string({ unit: "grapheme" })),
        fc.option(
          fc.dictionary(
            fc.string({ unit: "grapheme" }),
            fc.oneof(fc.string({ unit: "grapheme" }), fc.boolean(), fc.constant(null), fc.integer()),
          ),
        ),
        (title, detail, payload) => {
          const proposal = checkProposal({ title, detail, payload });
          const text = canonicalize({ title, detail, payload }) ?? "";
          expect(proposal.digest).toBe(`sha256:${createHash("sha256").update(text, "utf8").digest("hex")}`);
          expect(JSON.parse(proposal.payload ?? "null")).toEqual(
            payload === null ? null : JSON.parse(JSON.stringify(payload)),
          );
        },
      ),
    );
  });

  it("has one digest whatever the order of its members and however absence is said", () => {
    const one = checkProposal({ title: "t", payload: { a: 1, b: { c: 2, d: 3 } } });
    const other = checkProposal({ title: "t", detail: null, payload: { b: { d: 3, c: 2 }, a: 1.0 } });
    expect(other).toEqual(one);
    expect(checkProposal({ title: "t", detail: "" }).digest).not.toBe(checkProposal({ title: "t" }).digest);
  });

  it.each<[string, unknown, unknown]>([
    ["no title", { title: undefined }, "BAD_USER_INPUT title"],
    ["a blank title", { title: " \n\t" }, "BAD_USER_INPUT title"],
    ["a title that is no text", { title: 5 }, "BAD_USER_INPUT title"],
    ["a title that is too long", { title: "x".repeat(301) }, "BAD_USER_INPUT title"],
    ["a lone surrogate in the title", { title: "a\ud800b" }, "BAD_USER_INPUT title"],
    ["a detail that is too long", { title: "t", detail: "x".repeat(100_001) }, "BAD_USER_INPUT detail"],
    ["a lone surrogate in the detail", { title: "t", detail: "\udc00" }, "BAD_USER_INPUT detail"],
    ["a list as payload", { title: "t", payload: [] }, "BAD_USER_INPUT payload"],
    ["a text as payload", { title: "t", payload: "{}" }, "BAD_USER_INPUT payload"],
    ["an integer beyond 2^53 - 1", { title: "t", payload: { n: 2 ** 53 } }, "BAD_USER_INPUT payload"],
    [
      "a negative one, deep inside",
      { title: "t", payload: { a: [{ n: -(2 ** 53) }] } },
      "BAD_USER_INPUT payload",
    ],
    [
      "an infinite number",
      { title: "t", payload: { n: Number.POSITIVE_INFINITY } },
      "BAD_USER_INPUT payload",
    ],
    ["a lone surrogate in a key", { title: "t", payload: { "\ud800": 1 } }, "BAD_USER_INPUT payload"],
    ["a lone surrogate in a value", { title: "t", payload: { a: ["\udfff"] } }, "BAD_USER_INPUT payload"],
    [
      "a payload that is too large",
      { title: "t", payload: { a: "x".repeat(262_144) } },
      "BAD_USER_INPUT payload",
    ],
    ["a function in the payload", { title: "t", payload: { a: () => 1 } }, "BAD_USER_INPUT payload"],
    ["the largest integer", { title: "t", payload: { n: 2 ** 53 - 1 } }, "accepted"],
    ["a pair of surrogates", { title: "😀", payload: { "😀": "😀" } }, "accepted"],
    ["an empty payload", { title: "t", payload: {} }, "accepted"],
    [
      "a prototype's name as a key",
      { title: "t", payload: JSON.parse('{"__proto__":{"a":1},"constructor":2}') },
      "accepted",
    ],
  ])("is refused or accepted as it should be with %s", (_, input, expected) => {
    expect(codeOf(() => checkProposal(input as never))).toBe(expected);
  });

  it("is refused where its payload is nested too deeply, without exhausting the stack", () => {
    const nested = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`);
    expect(codeOf(() => checkProposal({ title: "t", payload: nested(63) }))).toBe("accepted");
    expect(codeOf(() => checkProposal({ title: "t", payload: nested(5_000) }))).toBe(
      "BAD_USER_INPUT payload",
    );
  });

  it("keeps a prototype's name in the payload as plain data", () => {
    const payload = JSON.parse('{"__proto__":{"polluted":true}}');
    expect(checkProposal({ title: "t", payload }).payload).toBe('{"__proto__":{"polluted":true}}');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
