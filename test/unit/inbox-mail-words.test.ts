import { describe, expect, it } from "vitest";
import { inWords, minuteOf, timeOf, type Wishes } from "../../src/inbox/notifications/mail-words.js";

const USUAL: Wishes = { mail: "SINGLE", queues: {}, timeZone: "UTC", quiet: undefined, digestAt: "08:00" };
const QUIET = { from: "22:00", until: "07:00" };

describe("what somebody's wishes come to, in words", () => {
  it("is one sentence where every queue is alike, also where that was said of one by name", () => {
    expect(inWords(USUAL)).toEqual(["New tickets: one mail at once."]);
    expect(inWords({ ...USUAL, queues: { loans: "SINGLE" } })).toEqual(["New tickets: one mail at once."]);
  });

  it("names each queue that is otherwise, with its hours", () => {
    const wishes: Wishes = {
      ...USUAL,
      mail: "OFF",
      queues: { loans: "SINGLE", "<b>": "DIGEST" },
      quiet: QUIET,
    };
    expect(inWords(wishes)).toEqual([
      "New tickets of all other queues: no mail, and none when you are assigned or reminded.",
      "New tickets of queue loans: one mail at once, except 22:00–07:00 (UTC); then at 07:00.",
      "New tickets of queue <b>: one mail a day with all of them, at 08:00 (UTC).",
    ]);
  });

  it.each([
    ["06:00", QUIET, "07:00"],
    ["22:00", QUIET, "07:00"],
    ["07:00", QUIET, "07:00"],
    ["21:59", QUIET, "21:59"],
    ["12:30", { from: "12:00", until: "13:00" }, "13:00"],
    ["13:00", { from: "12:00", until: "13:00" }, "13:00"],
    ["06:00", undefined, "06:00"],
  ])("puts a daily mail at %s off to the end of quiet hours %j: %s", (digestAt, quiet, at) => {
    expect(inWords({ ...USUAL, mail: "DIGEST", quiet, digestAt })).toEqual([
      `New tickets: one mail a day with all of them, at ${at} (UTC).`,
    ]);
  });

  it("has times as the browser's fields have them", () => {
    for (const minute of [0, 59, 60, 480, 1_439]) expect(minuteOf(timeOf(minute))).toBe(minute);
    expect([timeOf(0), timeOf(1_439)]).toEqual(["00:00", "23:59"]);
    for (const nothing of ["", ":", "x"]) expect(minuteOf(nothing)).toBeNaN();
  });
});
