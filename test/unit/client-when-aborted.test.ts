import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { CallScopes } from "../../src/client/call-scope.js";
import { whenAborted } from "../../src/client/when-aborted.js";

describe("waiting for a signal's abort", () => {
  test("calls everybody back once, and nobody who took it back", () => {
    const controller = new AbortController();
    const called: string[] = [];
    const note = (name: string) => (): void => void called.push(name);
    whenAborted(controller.signal, note("a"));
    const forget = whenAborted(controller.signal, note("b"));
    const twice = note("c");
    const forgetOne = whenAborted(controller.signal, twice);
    whenAborted(controller.signal, twice);
    forget();
    forgetOne();
    controller.abort();
    expect(called).toEqual(["a", "c"]);
  });

  test("puts one listener on the signal, however many wait", () => {
    const { signal } = new AbortController();
    const scopes = new CallScopes();
    for (let i = 0; i < 50; i++) scopes.open({ signal });
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
  });
});
