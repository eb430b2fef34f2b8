import type { z } from "zod";
import type { PrincipalRef } from "../../domain/principal.js";
import { iso } from "../../domain/refusals.js";
import { holderAt } from "../../domain/ticket-state.js";
import { toDecision } from "../../graphql/mappers/to-decision.js";
import type { RequestContext } from "../../graphql/request-context.js";
import { principalOf } from "../../graphql/resolvers/principal-of.js";
import { proposalOf } from "../../graphql/resolvers/proposal-of.js";
import type { AuditEvent } from "../../graphql/types/audit-event.js";
import type { ReviewRow, StoredTicket } from "../../persistence/rows.js";
import { type EVENT, lower, type PRINCIPAL, type REVIEW, type TICKET } from "./wire-answers.js";

/**
 * A ticket that the viewer may see as REST shows it. The proposal is the current revision's: a settled ticket's is the one that
 * was decided on, since nothing follows a decision but another revision, which is pending again.
 */
export async function toTicketRepresentation(
  context: RequestContext,
  stored: StoredTicket,
): Promise<z.output<typeof TICKET>> {
  const { state } = stored;
  const { id, revision } = state;
  const decision = toDecision(stored);
  const holder = holderAt(state, context.services.now());
  const [proposal, submitter, assignee, reviews] = await Promise.all([
    proposalOf(context, { ticketId: id, revision }),
    principalOf(context, state.submittedBy),
    holder === null ? null : principalOf(context, holder),
    context.loaders.reviews.load(id),
  ]);
  const standing = reviews.filter((review) => review.retracted_at === null);
  return {
    id,
    status: lower(decision.status),
    comments: decision.comments,
    revision,
    title: proposal.title,
    detail: proposal.detail,
    payload: proposal.payloadText === null ? null : (JSON.parse(proposal.payloadText) as unknown),
    digest: proposal.digest,
    queue: state.queue,
    priority: lower(state.priority),
    approvalsRequired: state.approvalsRequired,
    submittedBy: toPrincipal(submitter),
    submittedAt: iso(state.submittedAt),
    updatedAt: iso(state.updatedAt),
    dueAt: iso(state.dueAt),
    expiresAt: iso(state.expiresAt),
    assignee: assignee === null ? null : toPrincipal(assignee),
    decidedBy: decision.decidedBy === null ? null : toPrincipal(decision.decidedBy),
    decidedAt: iso(decision.decidedAt),
    cursor: decision.cursor,
    receipt: decision.receipt,
    reviews: await Promise.all(standing.map((review) => toReview(context, review))),
  };
}

/** An event of the ledger as REST shows it. */
export function toEventRepresentation({ body, at, ...event }: AuditEvent): z.output<typeof EVENT> {
  const { actor, data } = body();
  return { ...event, actor: toPrincipal(actor), at: iso(at), data };
}

async function toReview(context: RequestContext, row: ReviewRow): Promise<z.output<typeof REVIEW>> {
  return {
    reviewer: toPrincipal(await principalOf(context, row.reviewer_id)),
    revision: row.revision,
    outcome: lower(row.outcome),
    comments: row.comments,
    reviewedAt: iso(row.reviewed_at),
  };
}

function toPrincipal({ id, name, kind }: PrincipalRef): z.output<typeof PRINCIPAL> {
  return { id, name, kind: lower(kind) };
}
