import { CountersignError } from "./countersign-error.js";

/**
 * A ticket's id, checked before it is sent: a subscription without one would be about every ticket.
 * @throws CountersignError BAD_USER_INPUT
 */
export function requireTicketId(ticketId: string): string {
  if (typeof ticketId === "string" && ticketId !== "") return ticketId;
  throw new CountersignError("BAD_USER_INPUT", "A ticket's id is required.", {
    details: { field: "ticketId" },
  });
}

/**
 * An instant as the API takes it.
 * @throws CountersignError BAD_USER_INPUT for an invalid Date
 */
export function instant(value: Date | string | undefined, field: string): string | undefined {
  if (!(value instanceof Date)) return value;
  if (!Number.isNaN(value.getTime())) return value.toISOString();
  throw new CountersignError("BAD_USER_INPUT", `${field} is not a valid date.`, { details: { field } });
}

/** 122 random bits. Browsers have randomUUID only on secure pages, but getRandomValues everywhere. */
export function newIdempotencyKey(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
