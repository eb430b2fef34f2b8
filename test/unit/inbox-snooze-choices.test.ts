import { describe, expect, it } from "vitest";
import { instantOf, localText, snoozeChoices } from "../../src/inbox/ticket/snooze-choices.js";

const at = (text: string) => snoozeChoices(new Date(text)).map((one) => `${one.label} ${localText(one.at)}`);

describe("the times that are offered for putting a ticket aside", () => {
  it("are an hour, this afternoon, tomorrow and Monday on a morning in the week", () => {
    expect(at("2026-11-24T08:15")).toEqual([
      "In one hour 2026-11-24T09:15",
      "This afternoon 2026-11-24T14:00",
      "Tomorrow morning 2026-11-25T09:00",
      "Next Monday 2026-11-30T09:00",
    ]);
  });

  it("leave the afternoon out once it is no later than the hour", () => {
    expect(at("2026-11-24T12:59")[1]).toBe("This afternoon 2026-11-24T14:00");
    expect(at("2026-11-24T13:00")[1]).toBe("Tomorrow morning 2026-11-25T09:00");
  });

  it("leave Monday out where it is tomorrow, and mean the next one on a Monday", () => {
    expect(at("2026-11-29T20:00")).toEqual([
      "In one hour 2026-11-29T21:00",
      "Tomorrow morning 2026-11-30T09:00",
    ]);
    expect(at("2026-11-30T20:00").at(-1)).toBe("Next Monday 2026-12-07T09:00");
  });

  it("come one after the other, whatever the day and the hour", () => {
    for (let hour = 0; hour < 24 * 14; hour += 1) {
      const times = snoozeChoices(new Date(2026, 1, 22, hour, 30)).map((one) => one.at.getTime());
      expect(times).toEqual([...new Set(times)].toSorted((one, other) => one - other));
    }
  });

  it("go over the ends of months and years", () => {
    expect(at("2026-12-31T20:00")[1]).toBe("Tomorrow morning 2027-01-01T09:00");
  });
});

describe("a date and time of one's own", () => {
  it.each(["", "tomorrow", "2026-11-24", "2026-13-01T09:00", "T09:00"])(
    "is none where it reads %j",
    (text) => {
      expect(instantOf(text)).toBeUndefined();
    },
  );

  it("is what it was written as", () => {
    expect(localText(instantOf("2026-11-24T09:05") as Date)).toBe("2026-11-24T09:05");
  });
});
