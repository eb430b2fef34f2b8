import type { TicketRowFragment } from "../api/generated.js";
import { STATUS_WORDS } from "../list/list-filter.js";
import { visible } from "../ticket/text/visible-text.js";

/**
 * What keeps something that one is about to sign from being signed, in words; undefined where nothing does.
 * @param moved whether there is a revision that one has not looked at
 */
export function blockedBy(ticket: TicketRowFragment, moved: boolean): string | undefined {
  const { decision } = ticket;
  if (ticket.status !== "PENDING") {
    const by = decision.decidedBy === null ? "" : ` by ${visible(decision.decidedBy.name)}`;
    return `Meanwhile this was settled: ${STATUS_WORDS[ticket.status]}${by}.`;
  }
  if (moved) return `Revision ${ticket.revision} has come in. Look at what changed before you sign.`;
  if (ticket.viewerCannotDecideReasons.includes("CLAIMED_BY_ANOTHER")) {
    const holder = ticket.assignee === null ? "Another reviewer" : visible(ticket.assignee.name);
    return `${holder} has claimed this ticket.`;
  }
  return ticket.viewerCanDecide ? undefined : "You cannot decide on this any more.";
}
