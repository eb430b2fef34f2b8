import type { AuditEvent } from "./audit-event.js";
import { eventWords } from "./event-words.js";

const COLUMNS = [
  "sequence",
  "at",
  "type",
  "actorId",
  "actorName",
  "actorKind",
  "ticketId",
  "revision",
  "title",
  "words",
  "data",
  "previousHash",
  "hash",
] as const;

/** The events as a table for a spreadsheet (RFC 4180). */
export function asCsv(events: readonly AuditEvent[]): string {
  const rows = events.map((event) => [
    event.sequence,
    event.at,
    event.type,
    event.actor.id,
    event.actor.name,
    event.actor.kind,
    event.ticketId,
    event.revision,
    event.proposal?.title,
    eventWords(event),
    JSON.stringify(event.data),
    event.previousHash,
    event.hash,
  ]);
  return `${[COLUMNS, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

/** The events, one JSON object a line, as the API gave them. */
export function asJsonLines(events: readonly AuditEvent[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join("");
}

/** Hands a text to the browser as a file. */
export function saveFile(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken hold of it by the next turn at the latest.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}

/**
 * A spreadsheet runs what begins with one of these as a formula, also where it is quoted, and people's names and remarks are
 * anybody's to choose. With an apostrophe before it, it is a text (OWASP, "CSV Injection").
 */
const FORMULA = /^[\s\0]*[=+\-@\t\r\n|%＝＋－＠]/;

function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const plain = FORMULA.test(value) ? `'${value}` : value;
  return `"${plain.replaceAll('"', '""')}"`;
}
