import type { EventType } from "../../src/domain/ticket-event.js";
import type { News } from "../../src/notify/news.js";

const AGENT = { id: "principal_a", name: "Loan agent", kind: "AGENT" } as const;
const REVIEWER = { id: "principal_r", name: "Ada Reviewer", kind: "HUMAN" } as const;
export const NEWS_TICKET = "ticket_01h455vb4pex5vsknk084sn02q";
export const NEWS_CURSOR = "MTIuMDEyMzQ1Njc4OWFiY2RlZg";

/** News of a ticket as a channel is given it: how it came in, or how it was decided. */
export function sampleNews(type: EventType, changed: Partial<News> = {}): News {
  const decided = type === "DECIDED";
  const at = "2026-01-02T03:04:05.000Z";
  const proposal = {
    revision: 1,
    title: "Expand loan term to 7 years",
    detail: "A detail that is nobody's business.",
    payload: '{"years":7}',
    digest: `sha256:${"0".repeat(64)}`,
  };
  return {
    workspace: { id: "workspace_1", name: "default" },
    reason: "EVENT",
    cursor: NEWS_CURSOR,
    event: {
      v: 1,
      workspace: "workspace_1",
      sequence: 12,
      type,
      ticket: NEWS_TICKET,
      revision: 1,
      actor: decided ? REVIEWER : AGENT,
      at,
      data: decided ? { status: "NEEDS_CHANGES", comments: "A comment that stays here." } : {},
    },
    ticket: {
      id: NEWS_TICKET,
      queue: "default",
      status: "NEEDS_CHANGES",
      priority: "NORMAL",
      revision: 1,
      approvalsRequired: 1,
      submittedBy: AGENT,
      assignee: null,
      dueAt: null,
      expiresAt: null,
    },
    proposal,
    previous: null,
    decision: decided
      ? {
          status: "NEEDS_CHANGES",
          comments: "A comment that stays here.",
          decidedBy: REVIEWER,
          decidedAt: Date.parse(at),
          receipt: null,
        }
      : null,
    ...changed,
  };
}
