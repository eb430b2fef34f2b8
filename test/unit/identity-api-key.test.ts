import { describe, expect, it } from "vitest";
import { looksLikeApiKey, newApiKey, parseApiKey } from "../../src/identity/api-key.js";
import { secretMatches } from "../../src/identity/secret-text.js";

describe("an API key", () => {
  it("says whose it is, carries 256 bits of secret, and ends with a checksum", () => {
    const { id, text, secretHash } = newApiKey();
    expect(text).toMatch(/^csk_[0-9a-z]{26}_[\w-]{43}[\w-]{6}$/);
    expect(text.slice(4, 30)).toBe(id.slice("key_".length));
    expect(secretHash).toMatch(/^[0-9a-f]{64}$/);
    expect(looksLikeApiKey(text)).toBe(true);
    expect(newApiKey().text).not.toBe(text);
  });

  it("is read again as it was made", () => {
    const { id, text, secretHash } = newApiKey();
    expect(parseApiKey(text)).toEqual({ id, secretHash });
  });

  it("is refused where a single character is another", () => {
    const { text } = newApiKey();
    for (let index = 0; index < text.length; index += 1) {
      const other = text[index] === "0" ? "1" : "0";
      expect(parseApiKey(text.slice(0, index) + other + text.slice(index + 1))).toBeUndefined();
    }
  });

  it.each([
    "",
    "csk_",
    "csk_x_y",
    "key_01h455vb4pex5vsknk084sn02q",
    `csk_${"a".repeat(5_000)}`,
    "csk_\u{1F511}",
  ])("is refused as %j", (text) => {
    expect(parseApiKey(text)).toBeUndefined();
  });

  it("is refused with anything around it", () => {
    const { text } = newApiKey();
    for (const other of [` ${text}`, `${text} `, `${text}\n`, text.toUpperCase(), text.slice(0, -1)]) {
      expect(parseApiKey(other)).toBeUndefined();
    }
  });

  it("matches its own secret only, and nobody's where there is none", () => {
    const [mine, others] = [newApiKey(), newApiKey()];
    const presented = parseApiKey(mine.text)!;
    expect(secretMatches(presented, mine.secretHash)).toBe(true);
    expect(secretMatches(presented, others.secretHash)).toBe(false);
    expect(secretMatches(presented, undefined)).toBe(false);
    expect(secretMatches(presented, "")).toBe(false);
    expect(secretMatches(presented, mine.secretHash.slice(2))).toBe(false);
  });
});
