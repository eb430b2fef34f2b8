import {
  readLines,
  type Verdict,
  type VerifyOptions,
  verifyExport,
} from "../../src/verifier/verify-export.js";
import {
  canonical,
  ExportBuilder,
  type ProposedText,
  people,
  type Signer,
  sha256,
} from "../support/export-builder.js";

export const { agent, first, second, third, timer } = people;

/** Different texts, with all that is awkward about JSON in one of them. */
export function text(title: string): ProposedText {
  return {
    title,
    detail: title === "plain" ? null : 'A "detail"\nwith \\ and ünïcode 🔏\u2028.',
    payload:
      title === "plain" ? null : { z: [1, -0.5, 1e-7, { nested: null }], a: true, "€": "", amount: 12.5 },
  };
}

/** One export in which everything happens that may happen. */
export function sampleBuilder(signer: Signer): ExportBuilder {
  const book = new ExportBuilder(signer);
  book.event("API_KEY_CREATED", timer, null, null, { keyId: "key_1", kind: "AGENT", roles: ["AGENT"] });
  book.event("SIGNED_IN", first);
  book.event("LOGGED", agent, null, null, { service: "hitl-service", level: "INFO", message: "Submitting" });
  book.submit("ticket_a", agent, text("plain"));
  book.event("CLAIMED", first, "ticket_a", 1, { until: "2026-11-23T06:00:00.000Z" });
  book.event("DECISION_READ", agent, "ticket_a", 1, { status: "PENDING", via: "QUERY" });
  book.review("ticket_a", first, "APPROVED", "Fine.");
  book.event("DECISION_READ", agent, "ticket_a", 1, { status: "APPROVED", via: "SUBSCRIPTION" });
  book.event("COMMENTED", second, "ticket_a", 1, { body: "After the end." });
  book.event("NOTIFIED", timer, "ticket_a", 1, { to: "a webhook" });
  book.submit("ticket_b", agent, text("two approvals"), { approvalsRequired: 2 });
  book.review("ticket_b", first, "APPROVED");
  book.retract("ticket_b", first);
  book.event("RELEASED", first, "ticket_b", 1, { assigneeId: first.id });
  book.review("ticket_b", first, "APPROVED", "After all.");
  book.event("DELIVERY_FAILED", timer);
  book.review("ticket_b", second, "APPROVED");
  book.submit("ticket_c", agent, text("to be changed"), { approvalsRequired: 2 });
  book.review("ticket_c", first, "APPROVED");
  book.review("ticket_c", second, "NEEDS_CHANGES", "Shorter, please.");
  book.event("SNOOZED", third, "ticket_c", 1, { until: "2026-11-24T09:00:00.000Z" });
  book.event("UNSNOOZED", third, "ticket_c", 1, { principalId: third.id });
  book.event("ASSIGNED", first, "ticket_c", 1, { assigneeId: second.id });
  book.resubmit("ticket_c", agent, text("changed"));
  book.review("ticket_c", second, "REJECTED", "No.");
  book.submit("ticket_d", agent, text("to be amended"), { approvalsRequired: 2 });
  book.review("ticket_d", third, "APPROVED");
  book.amend("ticket_d", first, text("amended"));
  book.event("ACCESS_DENIED", agent, "ticket_of_somebody_else", null, { what: "decision" });
  book.review("ticket_d", third, "APPROVED");
  book.submit("ticket_e", first, text("withdrawn"));
  book.event("WITHDRAWN", first, "ticket_e", 1, { reason: null });
  // To the millisecond when EXPIRED, two events on, is written.
  const expiresAt = new Date(book.time + 2000).toISOString();
  book.submit("ticket_f", agent, text("expiring"), { expiresAt });
  book.event("EXPIRED", timer, "ticket_f", 1, { expiresAt });
  book.submit("ticket_h", agent, text("by somebody's agent"), { onBehalfOf: first.id });
  book.event("ASSIGNED", second, "ticket_h", 1, { assigneeId: third.id });
  book.event("RELEASED", timer, "ticket_h", 1, { assigneeId: third.id });
  book.resubmit("ticket_h", agent, text("by another's agent"), { onBehalfOf: second.id });
  book.review("ticket_h", first, "APPROVED");
  book.submit("ticket_g", agent, text("pending"), { approvalsRequired: 2 });
  book.review("ticket_g", first, "APPROVED");
  book.resubmit("ticket_g", agent, text("pending still"));
  book.review("ticket_g", first, "APPROVED");
  book.event("SETTINGS_CHANGED", first, null, null, { claimMinutes: 30 });
  return book;
}

export async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

/** What the verifier says to these lines, by default under the signer's key alone. */
export function verdictOn(
  lines: readonly string[],
  signer: Signer,
  options: Partial<VerifyOptions> = {},
): Promise<Verdict> {
  return verifyExport(each(lines), { keys: [signer.jwk], ...options });
}

/** What the verifier says to a file of these bytes. */
export function verdictOnBytes(bytes: Uint8Array, signer: Signer): Promise<Verdict> {
  async function* chunks() {
    yield bytes;
  }
  return verifyExport(readLines(chunks()), { keys: [signer.jwk] });
}

type Data = Record<string, unknown>;

export function kindOf(line: string): string {
  return (JSON.parse(line) as { kind: string }).kind;
}

/** Index of the line that the event of that sequence stands on. */
export function indexOf(lines: readonly string[], sequence: number): number {
  return lines.findIndex((line) => {
    const record = JSON.parse(line) as Data;
    return record["kind"] === "event" && record["sequence"] === sequence;
  });
}

/** The sequences of all events of that type. */
export function sequencesOf(lines: readonly string[], type: string): number[] {
  const events = lines.filter((line) => kindOf(line) === "event").map((line) => JSON.parse(line) as Data);
  const right = events.filter(({ body }) => (JSON.parse(String(body)) as Data)["type"] === type);
  return right.map(({ sequence }) => Number(sequence));
}

/** The same lines with one changed; `edit` changes what the line says in place. */
export function edited(lines: readonly string[], index: number, edit: (record: Data) => void): string[] {
  const record = JSON.parse(lines[index] ?? "") as Data;
  edit(record);
  return lines.with(index, JSON.stringify(record));
}

/** The same lines with the body of an event changed, and nothing else: its hash stays as it was. */
export function editedBody(lines: readonly string[], sequence: number, edit: (body: Data) => void): string[] {
  return edited(lines, indexOf(lines, sequence), (record) => {
    const body = JSON.parse(String(record["body"])) as Data;
    edit(body);
    record["body"] = canonical(body);
  });
}

/** What somebody does who can write the database but not sign: renumbers the events and computes all hashes anew. */
export function rechained(lines: readonly string[], workspace = "workspace_main"): string[] {
  let hash = sha256(`countersign:ledger:v1:${workspace}`);
  let sequence = 0;
  return lines.map((line) => {
    if (kindOf(line) !== "event") return line;
    const { body: text } = JSON.parse(line) as { body: string };
    sequence += 1;
    const body = canonical({ ...(JSON.parse(text) as Data), sequence });
    const previousHash = hash;
    hash = sha256(`${previousHash}\n${body}`);
    return JSON.stringify({ kind: "event", sequence, previousHash, hash, body });
  });
}
