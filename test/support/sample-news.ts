import type { PrincipalRef } from "../../src/domain/principal.js";
import type { EventType } from "../../src/domain/ticket-event.js";
import { encodeCursor } from "../../src/ledger/cursor.js";
import type { News, NewsProposal, NewsTicket } from "../../src/notify/news.js";

const agent: PrincipalRef = { id: "principal_01agent", name: "Pricing agent", kind: "AGENT" };
const reviewer: PrincipalRef = { id: "principal_01ada", name: "Ada Lovelace", kind: "HUMAN" };

export const sampleProposal: NewsProposal = {
  revision: 2,
  title: "Raise the limit of account 4711",
  detail: "the detail that nobody is sent",
  payload: '{"secret":"the payload that nobody is sent"}',
  digest: "sha256:0f1e2d",
};

export const sampleTicket: NewsTicket = {
  id: "ticket_01k0000000000000000000000",
  queue: "credit",
  status: "APPROVED",
  priority: "URGENT",
  revision: 2,
  approvalsRequired: 1,
  submittedBy: agent,
  assignee: null,
  dueAt: Date.UTC(2026, 10, 24, 15, 30),
  expiresAt: null,
};

/** News of a decision, unless told otherwise. */
export function sampleNews(changes: Partial<News> & { type?: EventType } = {}): News {
  const { type = "DECIDED", ...rest } = changes;
  const status = type === "DECIDED" ? "APPROVED" : type === "EXPIRED" || type === "WITHDRAWN" ? type : null;
  return {
    workspace: { id: "workspace_01north", name: "north" },
    reason: "EVENT",
    cursor: encodeCursor(42, "a".repeat(64)),
    event: {
      v: 1,
      workspace: "workspace_01north",
      sequence: 42,
      type,
      ticket: sampleTicket.id,
      revision: 2,
      actor: status !== null ? reviewer : agent,
      at: "2026-11-23T15:00:00.000Z",
      data: { status: "APPROVED", digest: sampleProposal.digest },
    },
    ticket: sampleTicket,
    proposal: sampleProposal,
    previous: { ...sampleProposal, revision: 1, payload: '{"secret":"the payload before"}' },
    decision:
      status !== null
        ? {
            status,
            comments: "Fine – the guarantor signed 😀",
            decidedBy: reviewer,
            decidedAt: Date.UTC(2026, 10, 23, 15),
            receipt: "eyJ.receipt.sig",
          }
        : null,
    ...rest,
  };
}
