import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConnectionError, CountersignError } from "../../src/client/countersign-error.js";
import { delayAfter, fullJitter, isTransient, orAborted, pause } from "../../src/client/retry-policy.js";

const POLICY = { attempts: 5, baseMs: 100, capMs: 1_000 };

describe("the pause between two tries", () => {
  test("lies between nothing and the doubled, capped base", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), (failures) => {
        const delay = fullJitter(failures, POLICY);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(Math.min(1_000, 100 * 2 ** (failures - 1)));
      }),
    );
  });

  test("spreads over the whole of that range", () => {
    const delays = Array.from({ length: 1_000 }, () => fullJitter(10, POLICY));
    expect(Math.min(...delays)).toBeLessThan(100);
    expect(Math.max(...delays)).toBeGreaterThan(900);
  });

  test("is never shorter than the server asked for", () => {
    const error = new CountersignError("RATE_LIMITED", "slowly", { details: { retryAfter: 3 } });
    expect(delayAfter(error, 1, POLICY)).toBeGreaterThanOrEqual(3_000);
    expect(delayAfter(error, 1, POLICY)).toBeLessThanOrEqual(3_100);
  });

  test("ends with the signal's reason, at once, when that is aborted", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const waiting = pause(60_000, controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(pause(60_000, controller.signal)).rejects.toBe(reason);
    await expect(orAborted(new Promise(() => undefined), controller.signal)).rejects.toBe(reason);
  });
});

describe("what is tried again", () => {
  test.each(["UNAVAILABLE", "RATE_LIMITED", "CREDENTIAL_UNAVAILABLE"])("%s is", (code) => {
    expect(isTransient(new CountersignError(code, "later"))).toBe(true);
  });

  test("a lost connection is", () => {
    expect(isTransient(new ConnectionError("gone"))).toBe(true);
  });

  test.each(["NOT_FOUND", "UNAUTHENTICATED", "ALREADY_DECIDED", "INTERNAL_SERVER_ERROR", "BAD_RESPONSE"])(
    "%s is not",
    (code) => {
      expect(isTransient(new CountersignError(code, "no"))).toBe(false);
    },
  );

  test("what the server wants to hear of in an hour is not", () => {
    const error = new CountersignError("RATE_LIMITED", "later", { details: { retryAfter: 3_600 } });
    expect(isTransient(error)).toBe(false);
  });

  test("a mistake in the program is not", () => {
    expect(isTransient(new TypeError("undefined is not a function"))).toBe(false);
  });
});
