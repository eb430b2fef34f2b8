import { describe, expect, test } from "vitest";
import {
  AbortedError,
  AlreadyDecidedError,
  ConnectionError,
  CountersignError,
  CursorInvalidError,
  errorFromGraphQL,
  NotFoundError,
  StaleRevisionError,
  TimeoutError,
  UnauthenticatedError,
  withDetails,
} from "../../src/client/countersign-error.js";
import { authorizationFrom } from "../../src/client/credential.js";
import { instant, newIdempotencyKey, requireTicketId } from "../../src/client/input.js";

describe("an error of the server", () => {
  test("keeps its code, its request id and every detail", () => {
    const error = errorFromGraphQL({
      message: "title must not be empty.",
      extensions: { code: "BAD_USER_INPUT", field: "title", requestId: "r-1", stacktrace: ["secret.ts:1"] },
    });
    expect(error).toMatchObject({
      name: "CountersignError",
      message: "title must not be empty.",
      code: "BAD_USER_INPUT",
      requestId: "r-1",
      details: { field: "title" },
    });
    expect(error.details).not.toHaveProperty("stacktrace");
  });

  test.each([
    ["UNAUTHENTICATED", UnauthenticatedError],
    ["NOT_FOUND", NotFoundError],
    ["ALREADY_DECIDED", AlreadyDecidedError],
    ["STALE_REVISION", StaleRevisionError],
    ["CURSOR_INVALID", CursorInvalidError],
  ])("with code %s has a class of its own", (code, Class) => {
    const error = errorFromGraphQL({ message: "no", extensions: { code } });
    expect(error).toBeInstanceOf(Class);
    expect(error).toBeInstanceOf(CountersignError);
    expect(error.name).toBe(Class.name);
  });

  test("says which decision won, and which revision is current", () => {
    const decision = { status: "REJECTED", revision: 2 };
    const decided = errorFromGraphQL({ message: "", extensions: { code: "ALREADY_DECIDED", decision } });
    expect((decided as AlreadyDecidedError).decision).toEqual(decision);
    const stale = errorFromGraphQL({
      message: "",
      extensions: { code: "STALE_REVISION", currentRevision: 3 },
    });
    expect((stale as StaleRevisionError).currentRevision).toBe(3);
  });

  test.each([[undefined], [null], [{}], [{ message: 1, extensions: { code: 7 } }], ["text"]])(
    "that is malformed (%j) is an internal one",
    (entry) => {
      expect(errorFromGraphQL(entry).code).toBe("INTERNAL_SERVER_ERROR");
    },
  );

  test("with a code that only Object.prototype knows is a plain one", () => {
    const error = errorFromGraphQL({ message: "", extensions: { code: "constructor" } });
    expect(error.constructor).toBe(CountersignError);
  });
});

describe("an error of the client", () => {
  test("is named as the platform names its like", () => {
    expect(new AbortedError()).toMatchObject({ name: "AbortError", code: "ABORTED" });
    expect(new TimeoutError("late")).toMatchObject({ name: "TimeoutError", code: "TIMEOUT" });
    expect(new ConnectionError("gone")).toMatchObject({ name: "ConnectionError", code: "NETWORK" });
  });

  test("takes details that it has not got yet, and keeps those that it has", () => {
    const error = new CountersignError("NETWORK", "gone", { details: { ticketId: "ticket_1" } });
    withDetails(error, { ticketId: "ticket_2", idempotencyKey: "k" });
    expect(error.details).toEqual({ ticketId: "ticket_1", idempotencyKey: "k" });
  });
});

describe("the API key", () => {
  test("becomes a Bearer header, without the line break of the file that it came from", async () => {
    await expect(authorizationFrom("csk_abc\n")()).resolves.toBe("Bearer csk_abc");
    await expect(authorizationFrom(async () => "token")()).resolves.toBe("Bearer token");
  });

  test.each(["", "  ", "two words", "line\nbreak", "kéy"])("%j is refused without being repeated", (key) => {
    expect(() => authorizationFrom(key)).toThrow(expect.objectContaining({ code: "BAD_CONFIGURATION" }));
    expect(() => authorizationFrom(`secret${key} x`)).not.toThrow(/secret/);
  });

  test("from a function is checked just so", async () => {
    await expect(authorizationFrom(() => "se cret")()).rejects.not.toThrow(/se cret/);
    await expect(authorizationFrom(() => undefined as unknown as string)()).rejects.toMatchObject({
      code: "BAD_CONFIGURATION",
    });
  });

  test("from a function that fails is an error of its own, or the one that the function chose", async () => {
    const cause = new Error("vault sealed");
    await expect(authorizationFrom(() => Promise.reject(cause))()).rejects.toMatchObject({
      code: "CREDENTIAL_UNAVAILABLE",
      cause,
    });
    const chosen = new UnauthenticatedError("UNAUTHENTICATED", "revoked");
    await expect(authorizationFrom(() => Promise.reject(chosen))()).rejects.toBe(chosen);
  });
});

describe("input", () => {
  test("takes instants as dates and as text", () => {
    expect(instant(new Date(0), "dueAt")).toBe("1970-01-01T00:00:00.000Z");
    expect(instant("2026-01-01T00:00:00Z", "dueAt")).toBe("2026-01-01T00:00:00Z");
    expect(instant(undefined, "dueAt")).toBeUndefined();
    expect(() => instant(new Date("never"), "dueAt")).toThrow(
      expect.objectContaining({ code: "BAD_USER_INPUT", details: { field: "dueAt" } }),
    );
  });

  test.each(["", undefined, null, 7])("refuses %j for a ticket's id", (id) => {
    expect(() => requireTicketId(id as string)).toThrow(expect.objectContaining({ code: "BAD_USER_INPUT" }));
  });

  test("makes up idempotency keys that are all different", () => {
    const keys = new Set(Array.from({ length: 1_000 }, newIdempotencyKey));
    expect(keys.size).toBe(1_000);
  });
});
