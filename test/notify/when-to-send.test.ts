import { describe, expect, it } from "vitest";
import { isQuiet, type NotificationHours, whenToSend } from "../../src/notify/preferences/when-to-send.js";
import { isTimeZone, minuteOfDay } from "../../src/notify/preferences/zoned-clock.js";

const MINUTE = 60_000;

/** `22:30` as a minute of the day. */
function at(text: string): number {
  const [hour = 0, minute = 0] = text.split(":").map(Number);
  return hour * 60 + minute;
}

function hours(timeZone: string, quiet: string | null, digest = "08:00"): NotificationHours {
  const [from = "", until = ""] = quiet?.split("–") ?? [];
  return {
    timeZone,
    quiet: quiet === null ? null : { from: at(from), until: at(until) },
    digestAt: at(digest),
  };
}

const due = (now: string, wanted: NotificationHours, how: "SINGLE" | "DIGEST" = "SINGLE"): string =>
  new Date(whenToSend(Date.parse(now), wanted, how)).toISOString().replace(":00.000Z", "Z");

describe("a single mail", () => {
  it("is sent at once where no hour is quiet, to the millisecond", () => {
    expect(whenToSend(1_234_567, hours("UTC", null), "SINGLE")).toBe(1_234_567);
  });

  it.each([
    ["before them", "2026-11-23T21:59Z", "2026-11-23T21:59Z"],
    ["as they begin", "2026-11-23T22:00Z", "2026-11-24T07:00Z"],
    ["after midnight", "2026-11-24T06:59Z", "2026-11-24T07:00Z"],
    ["as they end", "2026-11-24T07:00Z", "2026-11-24T07:00Z"],
  ])("waits for the end of quiet hours that go over midnight: %s", (_, now, then) => {
    expect(due(now, hours("UTC", "22:00–07:00"))).toBe(then);
  });

  it("waits in quiet hours of one day, and in zones a quarter of an hour off", () => {
    expect(due("2026-11-23T12:30Z", hours("UTC", "12:00–13:00"))).toBe("2026-11-23T13:00Z");
    // Nepal is 5:45 ahead, Newfoundland 3:30 behind in winter, the Chatham Islands 13:45 ahead in summer.
    expect(due("2026-11-23T18:00Z", hours("Asia/Kathmandu", "22:00–07:00"))).toBe("2026-11-24T01:15Z");
    expect(due("2026-11-23T03:00Z", hours("America/St_Johns", "22:00–07:00"))).toBe("2026-11-23T10:30Z");
    expect(due("2026-01-10T09:00Z", hours("Pacific/Chatham", "22:00–07:00"))).toBe("2026-01-10T17:15Z");
  });

  it("is sent when the clocks go forward past the end of quiet hours, and never in them", () => {
    // 02:00 is 03:00 in Berlin on 29 March 2026: there is no 02:30.
    expect(due("2026-03-29T00:30Z", hours("Europe/Berlin", "22:00–02:30"))).toBe("2026-03-29T01:00Z");
    // At midnight in Beirut.
    expect(due("2026-03-28T21:30Z", hours("Asia/Beirut", "22:00–00:15"))).toBe("2026-03-28T22:00Z");
  });

  it("waits again where the clocks are put back into quiet hours, and is sent where they are put back out of them", () => {
    // 03:00 is 02:00 once more in Berlin on 25 October 2026, at 01:00 UTC.
    const early = hours("Europe/Berlin", "22:00–02:30");
    expect(due("2026-10-25T00:10Z", early)).toBe("2026-10-25T00:30Z");
    expect(due("2026-10-25T00:40Z", early)).toBe("2026-10-25T00:40Z");
    expect(due("2026-10-25T01:10Z", early)).toBe("2026-10-25T01:30Z");
    expect(due("2026-10-25T00:45Z", hours("Europe/Berlin", "02:30–03:30"))).toBe("2026-10-25T01:00Z");
  });
});

describe("a digest", () => {
  it.each([
    ["before its time, on that day", "2026-11-23T07:59Z", "2026-11-23T08:00Z"],
    ["at its time, at once", "2026-11-23T08:00Z", "2026-11-23T08:00Z"],
    ["after it, on the next", "2026-11-23T08:01Z", "2026-11-24T08:00Z"],
  ])("is sent once a day: %s", (_, now, then) => {
    expect(due(now, hours("UTC", null), "DIGEST")).toBe(then);
  });

  it("is put off to the end of quiet hours, and what comes in until then goes with it", () => {
    const early = hours("UTC", "22:00–07:00", "06:00");
    expect(due("2026-11-23T05:00Z", early, "DIGEST")).toBe("2026-11-23T07:00Z");
    expect(due("2026-11-23T06:30Z", early, "DIGEST")).toBe("2026-11-23T07:00Z");
    expect(due("2026-11-23T07:01Z", early, "DIGEST")).toBe("2026-11-24T07:00Z");
    const late = hours("UTC", "22:00–07:00", "23:00");
    expect(due("2026-11-24T00:30Z", late, "DIGEST")).toBe("2026-11-24T07:00Z");
  });

  it("is sent once on the days on which the clocks change", () => {
    const spring = hours("America/New_York", null, "02:30");
    // 02:00 is 03:00 on 8 March 2026, at 07:00 UTC.
    expect(due("2026-03-08T05:00Z", spring, "DIGEST")).toBe("2026-03-08T07:00Z");
    expect(due("2026-03-08T07:01Z", spring, "DIGEST")).toBe("2026-03-09T06:30Z");
    const autumn = hours("America/New_York", null, "01:30");
    // 02:00 is 01:00 once more on 1 November 2026, at 06:00 UTC.
    expect(due("2026-11-01T05:00Z", autumn, "DIGEST")).toBe("2026-11-01T05:30Z");
    expect(due("2026-11-01T05:31Z", autumn, "DIGEST")).toBe("2026-11-02T06:30Z");
  });

  it("keeps to the local day on both sides of the date line", () => {
    expect(due("2026-11-23T17:00Z", hours("Pacific/Kiritimati", null, "08:00"), "DIGEST")).toBe(
      "2026-11-23T18:00Z",
    );
    expect(due("2026-11-23T17:00Z", hours("Pacific/Pago_Pago", null, "08:00"), "DIGEST")).toBe(
      "2026-11-23T19:00Z",
    );
    // Samoa left out 30 December 2011 altogether.
    expect(due("2011-12-29T20:00Z", hours("Pacific/Apia", null, "08:00"), "DIGEST")).toBe(
      "2011-12-30T10:00Z",
    );
  });
});

const CHANGES = [
  ["Europe/Berlin", "2026-03-28T12:00Z"],
  ["Europe/Berlin", "2026-10-24T12:00Z"],
  ["Australia/Lord_Howe", "2026-04-04T03:00Z"],
  ["Australia/Lord_Howe", "2026-10-03T03:00Z"],
  ["America/Nuuk", "2026-03-28T12:00Z"],
  ["Asia/Beirut", "2026-03-28T06:00Z"],
  ["Pacific/Chatham", "2026-09-26T02:00Z"],
  ["Africa/Casablanca", "2026-02-14T12:00Z"],
  ["Asia/Kolkata", "2026-06-01T12:00Z"],
] as const;

describe.each(CHANGES)("in %s from %s, held against a clock that is read minute by minute", (zone, from) => {
  const start = Date.parse(from);
  const minutes = Array.from({ length: 36 * 60 }, (_, minute) => start + minute * MINUTE);
  const shown = minutes.map((instant) => minuteOfDay(zone, instant));

  it.each(["22:00–07:00", "02:30–03:30", "00:00–02:15", "23:30–00:30", "01:45–01:15"])(
    "quiet %s",
    (quiet) => {
      const wanted = hours(zone, quiet);
      const stretch = wanted.quiet ?? { from: 0, until: 0 };
      let loud: number | undefined;
      for (let index = minutes.length - 1; index >= 0; index -= 1) {
        const [now = 0, minute = 0] = [minutes[index], shown[index]];
        if (!isQuiet(stretch, minute)) loud = now;
        if (loud !== undefined) expect(whenToSend(now, wanted, "SINGLE")).toBe(loud);
      }
      expect(loud).toBeDefined();
    },
  );
});

describe("a time zone", () => {
  it.each(["UTC", "Europe/Berlin", "America/Argentina/ComodRivadavia", "Etc/GMT+5"])("may be %s", (zone) => {
    expect(isTimeZone(zone)).toBe(true);
  });

  it.each(["", " ", "Mars/Olympus", "+02:00", "Europe/Berlin\n", "../etc", "x".repeat(10_000), "UTC\u0000"])(
    "may not be %j",
    (zone) => {
      expect(isTimeZone(zone)).toBe(false);
    },
  );

  it("that this server does not know any more does not keep a mail back", () => {
    expect(due("2026-11-23T23:00Z", hours("Mars/Olympus", "22:00–07:00"))).toBe("2026-11-24T07:00Z");
  });
});
