import { badInput } from "../domain/domain-error.js";
import { isTicketKey, type TicketKey, type TicketOrder } from "../persistence/ticket-listing.js";

/** Longer texts are no cursors of ours. */
const MAX_LENGTH = 256;

/** A place in a list of tickets, as opaque text: the order's name and the values of its key. */
export function encodeTicketCursor(order: TicketOrder, key: TicketKey): string {
  return Buffer.from(JSON.stringify([order, ...key]), "utf8").toString("base64url");
}

/**
 * Reads a cursor of that order.
 * @throws DomainError BAD_USER_INPUT for anything else, a cursor of another order included
 */
export function decodeTicketCursor(order: TicketOrder, text: string): TicketKey {
  const [name, ...key] = parse(text);
  if (name !== order || !isTicketKey(order, key) || encodeTicketCursor(order, key) !== text) {
    throw badInput("after", `after must be a cursor from a list of tickets in the order ${order}.`);
  }
  return key;
}

function parse(text: string): readonly unknown[] {
  if (text.length > MAX_LENGTH) return [];
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
