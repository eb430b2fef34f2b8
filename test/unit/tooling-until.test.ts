import { describe, expect, it } from "vitest";
import { until } from "../support/until.js";

describe("until", () => {
  it("gives the first truthy value", async () => {
    let looks = 0;
    expect(await until(() => ++looks === 3 && "third look")).toBe("third look");
    expect(looks).toBe(3);
  });

  it("takes a check that throws for one that is not met yet", async () => {
    let looks = 0;
    const check = async () => {
      looks += 1;
      if (looks < 3) {
        throw new Error("not yet");
      }
      return looks;
    };
    expect(await until(check)).toBe(3);
  });

  it("says in the end what it waited for, and why it was not met", async () => {
    const check = () => {
      throw new Error("the door is closed");
    };
    const waiting = until(check, { timeoutMs: 30, what: "the door to open" });
    await expect(waiting).rejects.toMatchObject({
      message: "waited 30 ms in vain for the door to open",
      cause: new Error("the door is closed"),
    });
  });
});
