import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/domain/limits.js";
import { pageSize } from "../../src/graphql/page-size.js";
import { decodeTicketCursor, encodeTicketCursor } from "../../src/graphql/ticket-cursor.js";
import { isTypeId } from "../../src/graphql/type-ids.js";
import { TICKET_ORDERS, type TicketKey, type TicketOrder } from "../../src/persistence/ticket-listing.js";

const ID = "ticket_01m83gt4mheh0r2rvt70rjp1fe";

const KEYS: Readonly<Record<TicketOrder, TicketKey>> = {
  NEWEST: [1_795_000_000_000, ID],
  OLDEST: [1_795_000_000_000, ID],
  PRIORITY: [2, 1_795_000_000_000, ID],
  DUE: [Number.MAX_SAFE_INTEGER, ID],
};

const text = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("a cursor in a list of tickets", () => {
  it.each(TICKET_ORDERS)("comes back as what it was in the order %s", (order) => {
    expect(decodeTicketCursor(order, encodeTicketCursor(order, KEYS[order]))).toEqual(KEYS[order]);
  });

  it("is refused in every other order", () => {
    for (const order of TICKET_ORDERS) {
      for (const other of TICKET_ORDERS.filter((name) => name !== order)) {
        expect(() => decodeTicketCursor(order, encodeTicketCursor(other, KEYS[other]))).toThrow(/cursor/);
      }
    }
  });

  it.each([
    ["nothing", ""],
    ["no base64url", "%%%"],
    ["no JSON", Buffer.from("[1").toString("base64url")],
    ["no list", text({ NEWEST: 1 })],
    ["null", text(null)],
    ["too few values", text(["NEWEST", 1])],
    ["too many values", text(["NEWEST", 1, ID, 2])],
    ["an id that is no text", text(["NEWEST", 1, 2])],
    ["a time that is no integer", text(["NEWEST", 1.5, ID])],
    ["a time that is text", text(["NEWEST", "1", ID])],
    ["another way to write the same", `${encodeTicketCursor("NEWEST", KEYS.NEWEST)}=`],
    ["more than fits", "W".repeat(100_000)],
  ])("is refused where it is %s", (_what, cursor) => {
    expect(() => decodeTicketCursor("NEWEST", cursor)).toThrow(
      expect.objectContaining({ code: "BAD_USER_INPUT", details: { field: "after" } }),
    );
  });
});

describe("the size of a page", () => {
  it("is what was asked for, at most the limit, and 50 where nothing was", () => {
    expect([null, undefined, 1, 99, LIMITS.pageSize, 2 ** 31 - 1].map(pageSize)).toEqual([
      50, 50, 1, 99, 100, 100,
    ]);
  });

  it.each([0, -1, -(2 ** 31)])("is refused where it is %i", (first) => {
    expect(() => pageSize(first)).toThrow(expect.objectContaining({ code: "BAD_USER_INPUT" }));
  });
});

describe("the form of an id", () => {
  it("is a prefix and 26 digits of Crockford's alphabet", () => {
    expect(isTypeId("ticket", ID)).toBe(true);
    expect(isTypeId("principal", ID)).toBe(false);
    for (const wrong of [
      "",
      "ticket_",
      ID.toUpperCase(),
      `${ID} `,
      ` ${ID}`,
      `${ID}\n`,
      ID.slice(0, -1),
      `${ID}0`,
      ID.replace("m", "l"),
      ID.replace("_0", "_8"),
    ]) {
      expect(isTypeId("ticket", wrong), JSON.stringify(wrong)).toBe(false);
    }
  });
});
