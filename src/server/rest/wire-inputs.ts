import { z } from "zod";
import { LIMITS } from "../../domain/limits.js";
import { LOG_LEVELS } from "../../domain/log-entry.js";
import { DECISION_STATUSES, PRIORITIES, REVIEW_OUTCOMES } from "../../domain/ticket-state.js";
import { CURSOR, INSTANT, lower } from "./wire-answers.js";

/**
 * What the REST facade takes; its part of the OpenAPI document is made from this. Only the shape is looked at here: lengths and
 * whatever else is a rule are the domain's, which refuses in the order of precedence, so that they are merely told.
 */

/** A word of a list, in any case, as the API knows it. */
function word<Word extends string>(words: readonly Word[]) {
  return z
    .string()
    .transform((text, context) => {
      const found = words.find((known) => known === text.toUpperCase());
      if (found !== undefined) return found;
      context.addIssue(`must be one of ${words.map(lower).join(", ")}`);
      return z.NEVER;
    })
    .meta({ enum: words.map(lower) });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What may be left out; null means the same. */
function optionally<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value) => value ?? null);
}

const revision = z.int32().min(1).meta({ type: "integer" });
/** Kept as it came, so that its digest is that of what was sent. */
const payload = z
  .unknown()
  .optional()
  .refine((value) => value === null || value === undefined || isObject(value), "must be a JSON object")
  .transform((value) => (isObject(value) ? value : null))
  .meta({ type: ["object", "null"], description: "What a machine will act on, exactly as it is signed." });

const proposal = {
  title: z.string().meta({ maxLength: LIMITS.title, description: "One line that says what is proposed." }),
  detail: optionally(z.string()).meta({
    maxLength: LIMITS.detail,
    description: "As much text as the reviewer needs.",
  }),
  payload,
};

export const SUBMISSION = z.strictObject({
  ...proposal,
  queue: optionally(z.string()).meta({ maxLength: LIMITS.queueName, default: "default" }),
  priority: optionally(word(PRIORITIES)),
  dueAt: optionally(INSTANT).describe(
    "When a decision is hoped for: reminders and escalations of the queue go by it, and nothing else happens then.",
  ),
  expiresAt: optionally(INSTANT).describe("When the ticket expires if it is still undecided."),
  approvalsRequired: optionally(z.int32()).meta({ minimum: 1, maximum: LIMITS.approvalsRequired }),
  callbackUrl: optionally(z.string()).meta({
    maxLength: LIMITS.url,
    description: "Where to POST how it is settled, signed with the secret that /hitl/callback-secret showed.",
  }),
});

export const CALLBACK_ROTATION = z
  .strictObject({
    overlapMinutes: z.int32().min(0).max(LIMITS.overlapMinutes).optional().meta({
      default: 1440,
      description: "How long the former secret signs beside the new one.",
    }),
  })
  .nullish();

export const RESUBMISSION = z.strictObject({
  ...proposal,
  revision: optionally(revision).describe(
    "The revision that this one answers; refused where another came in between.",
  ),
});

export const WITHDRAWAL = z
  .strictObject({ reason: optionally(z.string()).meta({ maxLength: LIMITS.reason }) })
  .nullish();

export const SIGN_OFF = z.strictObject({
  revision: revision.describe("The revision that the reviewer saw: deciding on any other is refused."),
  status: word(REVIEW_OUTCOMES),
  comments: optionally(z.string()).meta({
    maxLength: LIMITS.comments,
    description: "Required with needs_changes.",
  }),
  amendment: optionally(z.strictObject(proposal)).describe(
    "Only with approved: the proposal with edits, whole.",
  ),
});

export const REMARK = z.strictObject({ body: z.string().meta({ maxLength: LIMITS.comments }) });

/** Nothing need be said; what is said must be nothing. */
export const EMPTY = z.strictObject({}).nullish();

export const LOG_ENTRY = z.strictObject({
  service: z.string().meta({ maxLength: LIMITS.logService }),
  level: z.string().meta({ enum: [...LOG_LEVELS, "WARN"], description: "In any case; WARN is WARNING." }),
  message: z.string().meta({ maxLength: LIMITS.logMessage }),
});

/** A whole number in a URL. */
function wholeNumber(most: number) {
  return z
    .string()
    .refine((text) => /^\d{1,6}$/.test(text) && Number(text) <= most, `must be a whole number up to ${most}`)
    .transform(Number);
}

/** Given once, or several times. */
function each<Item>(item: (text: string) => Item | undefined, expected: string) {
  return z.unknown().transform((value, context): readonly Item[] | undefined => {
    if (value === undefined) return undefined;
    const items = [value].flat().map((one) => (typeof one === "string" ? item(one) : undefined));
    if (items.length > LIMITS.filterList) context.addIssue(`may be given at most ${LIMITS.filterList} times`);
    else if (items.every((one) => one !== undefined)) return items;
    else context.addIssue(expected);
    return z.NEVER;
  });
}

const first = wholeNumber(999_999)
  .optional()
  .meta({
    type: "integer",
    default: 50,
    description: `Entries of a page; ${LIMITS.pageSize} at most are given.`,
  });

export const WAIT_SECONDS = 60;

export const READING = z.strictObject({
  wait: wholeNumber(WAIT_SECONDS).optional().meta({
    type: "integer",
    maximum: WAIT_SECONDS,
    description: "Seconds that the answer may wait for the ticket to be settled (a long poll).",
  }),
});

export const LISTING = z.strictObject({
  status: each(
    (text) => DECISION_STATUSES.find((known) => known === text.toUpperCase()),
    `must be one of ${DECISION_STATUSES.map(lower).join(", ")}`,
  )
    .optional()
    .meta({ type: "array", items: { type: "string", enum: DECISION_STATUSES.map(lower) } }),
  queue: each((text) => text, "must be a queue's name")
    .optional()
    .meta({ type: "array", items: { type: "string" } }),
  first,
  after: z.string().optional().describe("A page's `next`."),
});

export const TRAIL = z.strictObject({
  first,
  after: CURSOR.optional().describe("An event's cursor: what came after it."),
});

export const TICKET_ID = z.object({ id: z.string().describe("A ticket's id.") });

export const IDEMPOTENT = z.looseObject({
  "idempotency-key": z.string().optional().meta({
    maxLength: LIMITS.idempotencyKey,
    description:
      "Repeating the request under the same key does it once; with another content it is refused. The same key means the same in GraphQL.",
  }),
});

export const CONDITIONAL = z.looseObject({
  "if-none-match": z
    .string()
    .optional()
    .describe("An ETag: answered with 304 where the ticket is as it was."),
});
