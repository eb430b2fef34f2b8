import { describe, expect, test } from "vitest";
import { endpointsOf } from "../../src/client/endpoints.js";

describe("where the API is, from coreUrl", () => {
  test.each([
    ["https://core.gov.example", "https://core.gov.example/graphql", "wss://core.gov.example/graphql"],
    ["https://core.gov.example/", "https://core.gov.example/graphql", "wss://core.gov.example/graphql"],
    ["http://127.0.0.1:4000", "http://127.0.0.1:4000/graphql", "ws://127.0.0.1:4000/graphql"],
    ["https://gov.example/review", "https://gov.example/review/graphql", "wss://gov.example/review/graphql"],
    ["https://gov.example/a/b//", "https://gov.example/a/b/graphql", "wss://gov.example/a/b/graphql"],
    ["https://gov.example/graphql", "https://gov.example/graphql", "wss://gov.example/graphql"],
    ["https://gov.example/a/graphql/", "https://gov.example/a/graphql", "wss://gov.example/a/graphql"],
    [new URL("http://[::1]:4000/x"), "http://[::1]:4000/x/graphql", "ws://[::1]:4000/x/graphql"],
  ])("%s", (coreUrl, http, webSocket) => {
    expect(endpointsOf(coreUrl)).toEqual({ http, webSocket });
  });

  test.each([
    "core.gov.example",
    "",
    "ftp://core.gov.example",
    "https://user:hidden@core.gov.example",
    "https://core.gov.example/?key=hidden",
    "https://core.gov.example/#hidden",
  ])("is refused, and not repeated, when it is %j", (coreUrl) => {
    expect(() => endpointsOf(coreUrl)).toThrow(expect.objectContaining({ code: "BAD_CONFIGURATION" }));
    expect(() => endpointsOf(coreUrl)).not.toThrow(/hidden/);
  });
});
