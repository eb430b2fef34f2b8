import { z } from "zod";
import { PRINCIPAL_KINDS } from "../../domain/principal.js";
import { EVENT_TYPES } from "../../domain/ticket-event.js";
import { DECISION_STATUSES, PRIORITIES, REVIEW_OUTCOMES } from "../../domain/ticket-state.js";

/** What the REST facade answers; its part of the OpenAPI document is made from this, and every answer is held against it. */

/** A word of the API as REST writes it. */
export type Lower<Word extends string> = Lowercase<Word>;

export function lower<Word extends string>(word: Word): Lower<Word> {
  return word.toLowerCase() as Lower<Word>;
}

function lowerAll<Word extends string>(words: readonly Word[]): [Lower<Word>, ...Lower<Word>[]] {
  return words.map(lower) as [Lower<Word>, ...Lower<Word>[]];
}

const status = z.enum(lowerAll(DECISION_STATUSES));
const outcome = z.enum(lowerAll(REVIEW_OUTCOMES));
const priority = z.enum(lowerAll(PRIORITIES));
/** JSON knows no other numbers; the bounds of a double would only be noise in the document. */
const whole = z.number().meta({ type: "integer" });
export const INSTANT = z.string().meta({ format: "date-time" });
export const CURSOR = z.string().describe("A position in the workspace's ledger; opaque.");

export const PRINCIPAL = z
  .object({ id: z.string(), name: z.string(), kind: z.enum(lowerAll(PRINCIPAL_KINDS)) })
  .meta({ id: "Principal", description: "Who acts: a machine, a person, or Countersign itself." });

export const REVIEW = z
  .object({
    reviewer: PRINCIPAL,
    revision: whole,
    outcome,
    comments: z.string().nullable(),
    reviewedAt: INSTANT,
  })
  .meta({
    id: "Review",
    description: "One reviewer's word on one revision; one that was taken back is not shown.",
  });

export const TICKET = z
  .object({
    id: z.string(),
    status: status.describe("approved, rejected, expired and withdrawn are final."),
    comments: z.string().nullable().describe("What whoever settled it said."),
    revision: whole.describe("The revision shown: the one decided or, while pending, the one to decide."),
    title: z.string(),
    detail: z.string().nullable(),
    payload: z.unknown().meta({
      type: ["object", "null"],
      description: "What a machine will act on, exactly as it is signed.",
    }),
    digest: z
      .string()
      .describe("sha256:<hex> over the RFC 8785 form of {title, detail, payload}; anyone can recompute it."),
    queue: z.string(),
    priority,
    approvalsRequired: whole,
    submittedBy: PRINCIPAL,
    submittedAt: INSTANT,
    updatedAt: INSTANT,
    dueAt: INSTANT.nullable(),
    expiresAt: INSTANT.nullable(),
    assignee: PRINCIPAL.nullable(),
    decidedBy: PRINCIPAL.nullable(),
    decidedAt: INSTANT.nullable(),
    cursor: CURSOR.nullable().describe("Position of the event that settled it; null while pending."),
    receipt: z
      .string()
      .nullable()
      .describe(
        "A signed statement (compact JWS, EdDSA) of who decided what; null unless reviews settled it.",
      ),
    reviews: z.array(REVIEW).describe("Those that stand, of every revision, oldest first."),
  })
  .meta({ id: "Ticket", description: "A proposal on its way through review, with its decision." });

export const TICKETS = z
  .object({
    tickets: z.array(TICKET),
    next: z
      .string()
      .nullable()
      .describe("Hand it back as `after` for the next page; null where this is the last."),
  })
  .meta({ id: "Tickets" });

export const EVENT = z
  .object({
    sequence: whole,
    cursor: CURSOR,
    type: z.enum(EVENT_TYPES),
    ticketId: z.string().nullable(),
    revision: whole.nullable(),
    actor: PRINCIPAL.describe("Who did it, as they were called then."),
    at: INSTANT,
    data: z
      .unknown()
      .meta({ type: "object", description: "As it stands on the record; see docs/protocol.md." }),
    previousHash: z.string(),
    hash: z.string(),
  })
  .meta({ id: "Event", description: "One event of the workspace's ledger." });

export const EVENTS = z
  .object({
    events: z.array(EVENT),
    next: CURSOR.nullable().describe(
      "Hand it back as `after` for the next page; null where this is the last.",
    ),
  })
  .meta({ id: "Events" });

export const CALLBACK_SECRET = z
  .object({ secret: z.string().describe("whsec_…: it is shown this once.") })
  .meta({ id: "CallbackSecret", description: "What signs the callbacks of one's tickets." });

export const LOGGED = z
  .object({ sequence: whole, cursor: CURSOR })
  .meta({ id: "Logged", description: "Where an entry stands on the record." });

export const PROBLEM = z
  .looseObject({
    type: z.string().describe("urn:countersign:error:<code>"),
    title: z.string(),
    status: whole,
    detail: z.string().describe("What is wrong, and what to do."),
    code: z.string().describe("Stable; programs switch on it."),
    requestId: z.string().describe("Finds the request in the server's log."),
    field: z.string().optional().describe("With BAD_USER_INPUT: what is wrong of the input."),
    currentRevision: whole.optional().describe("With STALE_REVISION."),
    decision: z.unknown().optional().meta({
      type: "object",
      description: "With ALREADY_DECIDED and NOT_PENDING: the decision that stands.",
    }),
    retryAfter: z.number().optional().describe("Seconds; with RATE_LIMITED and UNAVAILABLE."),
  })
  .meta({ id: "Problem", description: "A refusal (RFC 9457), with whatever is needed to act on it." });
