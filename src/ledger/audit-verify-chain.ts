import { PRINCIPAL_KINDS } from "../domain/principal.js";
import { canonicalText } from "../domain/proposal.js";
import { EVENT_TYPES } from "../domain/ticket-event.js";
import type { EventRow } from "../persistence/rows.js";
import type { Sql } from "../persistence/sql.js";
import { findEventsAfter } from "../persistence/ticket-queries.js";
import { type Findings, shown } from "./audit-verify-findings.js";
import type { Breathe } from "./breath.js";
import { chainHash, type EventBody, genesisHash } from "./event-body.js";

/** How far the chain was followed. */
export interface ChainEnd {
  readonly events: number;
  readonly hash: string;
  /** Of the last event, milliseconds since the epoch; 0 before the first. */
  readonly occurredAt: number;
}

export interface ChainOptions {
  /** Called for every event that holds, in order, with its body. */
  readonly visit: (body: EventBody, row: EventRow) => void;
  readonly onProgress: (events: number) => void;
  readonly breathe: Breathe;
}

const PAGE = 2_000;

/**
 * Follows a workspace's chain from its genesis: no gap, every link and every hash re-derived from the stored text, the text
 * canonical, the columns as the text says, time never backwards. Stops at the first break.
 */
export async function verifyChain(
  sql: Sql,
  workspaceId: string,
  findings: Findings,
  { visit, onProgress, breathe }: ChainOptions,
): Promise<ChainEnd> {
  const link = new ChainLink(workspaceId);
  // From below every sequence there could be: a row before the first is as wrong as a gap.
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const page = await findEventsAfter(sql, workspaceId, after, PAGE);
    for (const row of page) {
      const breath = breathe();
      if (breath !== undefined) await breath;
      const problem = link.take(row, visit);
      if (problem !== undefined) {
        findings.reportBreak(problem.sequence, problem.reason);
        return link;
      }
    }
    const last = page.at(-1);
    if (page.length < PAGE || last === undefined) return link;
    after = last.sequence;
    onProgress(link.events);
  }
}

/** Holds the ledger's head against the last event: where they differ, the tail was cut off, grown or rewritten. */
export async function verifyHead(
  sql: Sql,
  workspaceId: string,
  end: ChainEnd,
  findings: Findings,
): Promise<void> {
  const [head] = await sql.query<{ sequence: unknown; hash: unknown; occurred_at: unknown }>(
    "SELECT sequence, hash, occurred_at FROM ledger_head WHERE workspace_id = ?",
    [workspaceId],
  );
  if (head === undefined) findings.report(null, "the ledger has no head");
  else if (head.sequence !== end.events) {
    const first = Math.min(Number(head.sequence), end.events) + 1;
    findings.report(
      first,
      `the head says that there are ${shown(head.sequence)} events, and there are ${end.events}`,
    );
  } else if (head.hash !== end.hash)
    findings.report(end.events, "the head has another hash than the last event");
  else if (end.events > 0 && head.occurred_at !== end.occurredAt) {
    findings.report(end.events, "the head has another time than the last event");
  }
}

interface Problem {
  readonly sequence: number;
  readonly reason: string;
}

/** The end of the chain so far. */
class ChainLink implements ChainEnd {
  events = 0;
  hash: string;
  occurredAt = 0;

  constructor(private readonly workspaceId: string) {
    this.hash = genesisHash(workspaceId);
  }

  /** Takes the next event, or says what is wrong with it. Never throws. */
  take(row: EventRow, visit: ChainOptions["visit"]): Problem | undefined {
    const expected = this.events + 1;
    const wrong = (reason: string): Problem => ({ sequence: expected, reason });
    if (row.sequence !== expected) return wrong(`event ${expected} is missing`);
    if (typeof row.body !== "string") return wrong(`the body of event ${expected} is not a text`);
    const hash = chainHash(this.hash, row.body);
    if (row.previous_hash !== this.hash) return this.#badLink(row, hash);
    if (row.hash !== hash)
      return wrong(`the hash of event ${expected} is not that of its body and the hash before`);
    const body = parsed(row.body);
    if (body === undefined) return wrong(`the body of event ${expected} is not in its RFC 8785 form`);
    const problem = this.#bodyProblem(row, body);
    if (problem !== undefined) return wrong(`event ${expected}: ${problem}`);
    this.events = expected;
    this.hash = hash;
    this.occurredAt = row.occurred_at;
    visit(body, row);
    return undefined;
  }

  /** Whose fault it is that two events do not fit together: an event that is sound in itself was chained to another one. */
  #badLink(row: EventRow, hash: string): Problem {
    const sound =
      typeof row.previous_hash === "string" &&
      chainHash(row.previous_hash, row.body) === row.hash &&
      parsed(row.body)?.sequence === row.sequence;
    if (sound && row.hash !== hash && this.events > 0) {
      return {
        sequence: this.events,
        reason: `event ${this.events} is not the one that event ${this.events + 1} was chained to`,
      };
    }
    const before = this.events === 0 ? "this workspace's genesis hash" : `the hash of event ${this.events}`;
    return {
      sequence: this.events + 1,
      reason: `the previous hash of event ${this.events + 1} is not ${before}`,
    };
  }

  #bodyProblem(row: EventRow, body: EventBody): string | undefined {
    const shape = shapeProblem(body);
    if (shape !== undefined) return shape;
    if (body.workspace !== this.workspaceId) return "the body belongs to another workspace";
    if (body.sequence !== row.sequence) return `the body has the sequence ${shown(body.sequence)}`;
    const { at, actor } = body;
    if (!Number.isSafeInteger(row.occurred_at) || row.occurred_at < this.occurredAt) {
      return "it is earlier than the event before";
    }
    const columns: readonly (readonly [name: string, stored: unknown, said: unknown])[] = [
      ["type", row.type, body.type],
      ["ticket_id", row.ticket_id, body.ticket],
      ["revision", row.revision, body.revision],
      ["actor_id", row.actor_id, actor.id],
    ];
    for (const [name, stored, said] of columns) {
      if (stored !== said) return `the column ${name} says ${shown(stored)}, the body ${shown(said)}`;
    }
    return instantText(row.occurred_at) === at
      ? undefined
      : `the column occurred_at does not say ${shown(at)}`;
  }
}

const MEMBERS = "actor at data revision sequence ticket type v workspace";
const TYPES: ReadonlySet<string> = new Set(EVENT_TYPES);
const KINDS: ReadonlySet<string> = new Set(PRINCIPAL_KINDS);

function shapeProblem(body: EventBody): string | undefined {
  // The text is canonical, so the members come in this order.
  if (Object.keys(body).join(" ") !== MEMBERS) return "the body has other members than an event has";
  if (body.v !== 1) return "the body is not of version 1";
  if (!TYPES.has(body.type)) return `there is no type of event ${shown(body.type)}`;
  const { actor, data, revision, ticket } = body;
  if (!isObject(actor) || Object.keys(actor).join(" ") !== "id kind name" || !KINDS.has(actor.kind)) {
    return "the body's actor is none";
  }
  if (typeof actor.id !== "string" || typeof actor.name !== "string") return "the body's actor is none";
  if (!isObject(data)) return "the body's data are no object";
  if (ticket !== null && typeof ticket !== "string") return "the body's ticket is no id";
  return revision === null || Number.isSafeInteger(revision)
    ? undefined
    : "the body's revision is no whole number";
}

/** The body, where the text is the RFC 8785 form of a JSON object. */
function parsed(text: string): EventBody | undefined {
  try {
    const body: unknown = JSON.parse(text);
    if (!isObject(body)) return undefined;
    // Canonicalising costs three times as much as stringifying, which gives the same where the names are in order and no
    // text holds a lone surrogate (the only thing beyond ASCII control characters that JSON.stringify escapes).
    const plain = JSON.stringify(body) === text && isOrdered(body) && !text.includes("\\ud");
    return plain || canonicalText(body) === text ? (body as unknown as EventBody) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether every object in it has its members in order of their names' UTF-16 code units (RFC 8785, 3.2.3). */
function isOrdered(value: object): boolean {
  let before = "";
  const list = Array.isArray(value);
  for (const name in value) {
    if (!list && name < before) return false;
    before = name;
    const member: unknown = value[name as keyof typeof value];
    if (typeof member === "object" && member !== null && !isOrdered(member)) return false;
  }
  return true;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function instantText(instant: number): string | undefined {
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
