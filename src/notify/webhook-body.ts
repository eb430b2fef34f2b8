import type { PrincipalRef } from "../domain/principal.js";
import type { News, NewsDecision, NewsProposal, NewsTicket } from "./news.js";
import { PING_TYPE, webhookType } from "./webhook-types.js";

/** A webhook before it is signed: docs/webhooks.md describes it field by field. */
export interface WebhookMessage {
  /** The same for every attempt: what a receiver tells doubles apart by. */
  readonly id: string;
  readonly body: string;
}

/**
 * What is told of an event: its place in the ledger, what happened, and where the ticket stands. The proposal's text and payload are
 * not in it: who may read them asks for them, and that is on the record.
 * @throws Error for an event that is not told
 */
export function webhookMessage(news: News): WebhookMessage {
  const { event, cursor, reason, workspace, ticket, proposal, decision } = news;
  const type = webhookType(event.type, reason);
  if (type === null) throw new Error(`${event.type} is not told to anybody outside`);
  const body = JSON.stringify({
    type,
    timestamp: event.at,
    data: {
      cursor,
      sequence: event.sequence,
      workspace: { id: workspace.id, name: workspace.name },
      ticket: ticket && toTicket(ticket),
      actor: toPrincipal(event.actor),
      event: { type: event.type, revision: event.revision, data: event.data },
      proposal: proposal && toProposal(proposal),
      decision: decision && toDecision(decision),
    },
  });
  return { id: reason === "EVENT" ? cursor : `${cursor}-${reason.toLowerCase()}`, body };
}

/** A message that says nothing but that messages arrive. */
export function pingMessage(id: string, workspace: News["workspace"], now: Date): WebhookMessage {
  const body = JSON.stringify({
    type: PING_TYPE,
    timestamp: now.toISOString(),
    data: { workspace: { id: workspace.id, name: workspace.name } },
  });
  return { id: `ping_${id}`, body };
}

function toTicket(ticket: NewsTicket) {
  return {
    id: ticket.id,
    queue: ticket.queue,
    status: ticket.status,
    priority: ticket.priority,
    revision: ticket.revision,
    approvalsRequired: ticket.approvalsRequired,
    submittedBy: toPrincipal(ticket.submittedBy),
    assignee: ticket.assignee && toPrincipal(ticket.assignee),
    dueAt: toInstant(ticket.dueAt),
    expiresAt: toInstant(ticket.expiresAt),
  };
}

function toProposal({ revision, title, digest }: NewsProposal) {
  return { revision, title, digest };
}

function toDecision({ status, comments, decidedBy, decidedAt, receipt }: NewsDecision) {
  return { status, comments, decidedBy: toPrincipal(decidedBy), decidedAt: toInstant(decidedAt), receipt };
}

function toPrincipal({ id, name, kind }: PrincipalRef) {
  return { id, name, kind };
}

function toInstant(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
