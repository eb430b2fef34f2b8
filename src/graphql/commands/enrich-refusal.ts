import { DomainError, type ErrorDetails } from "../../domain/domain-error.js";
import { encodeCursor } from "../../ledger/cursor.js";
import type { RequestContext } from "../request-context.js";

/**
 * A refusal with what its caller needs to act on it and the rules cannot know: the cursor of the decision that won, and
 * the name of whoever holds the ticket. Only a ticket that the actor may see is ever refused with these.
 */
export async function enrichRefusal(
  context: RequestContext,
  ticketId: string,
  error: DomainError,
): Promise<DomainError> {
  switch (error.code) {
    case "ALREADY_DECIDED":
    case "NOT_PENDING":
      return withCursor(context, ticketId, error);
    case "CLAIMED_BY_ANOTHER":
      return withAssignee(context, error);
    case "FORBIDDEN":
    case "OWN_SUBMISSION":
      return withDetails(error, { ...error.details, ticketId });
    default:
      return error;
  }
}

async function withCursor(
  context: RequestContext,
  ticketId: string,
  error: DomainError,
): Promise<DomainError> {
  const { decision } = error.details;
  if (!isRecord(decision) || typeof decision.revision !== "number") return error;
  const row = await context.loaders.decisions.load({ ticketId, revision: decision.revision });
  if (row === undefined) return error;
  return withDetails(error, {
    ...error.details,
    decision: { ...decision, cursor: encodeCursor(row.sequence, row.hash) },
  });
}

async function withAssignee(context: RequestContext, error: DomainError): Promise<DomainError> {
  const { assigneeId, ...others } = error.details;
  if (typeof assigneeId !== "string") return error;
  const principal = await context.loaders.principals.load(assigneeId);
  if (principal === undefined) return error;
  return withDetails(error, { ...others, assignee: { id: principal.id, name: principal.name } });
}

function withDetails(error: DomainError, details: ErrorDetails): DomainError {
  return new DomainError(error.code, error.message, details, { cause: error });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
