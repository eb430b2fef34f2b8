import { parseBody } from "../ledger/event-body.js";
import type { FollowedEvent } from "../persistence/delivery-queries.js";
import type { MailPlanner } from "./planner.js";
import { readMailMembers } from "./preferences/mail-members.js";
import { type MailOccasion, mailsOf, occasionOf } from "./preferences/mails-of.js";

/** Plans who is mailed of what comes in and of what is assigned, by what they want to hear. */
export const planMails: MailPlanner = async (sql, workspaceId, events) => {
  const occasions = new Map<FollowedEvent, MailOccasion>();
  for (const event of events) {
    const occasion = occasionIn(event);
    if (occasion !== undefined) occasions.set(event, occasion);
  }
  if (occasions.size === 0) return () => [];
  const queues = new Set([...occasions.values()].map(({ queue }) => queue));
  const members = await readMailMembers(sql, workspaceId, [...queues]);
  return (event, now) => {
    const occasion = occasions.get(event);
    const mails = occasion === undefined ? [] : mailsOf(occasion, members, now);
    return mails.map(({ principalId, how, dueAt }) => ({ principalId, digest: how === "DIGEST", dueAt }));
  };
};

function occasionIn(event: FollowedEvent): MailOccasion | undefined {
  const { body, queue, submitted_by: submittedBy, revision_for: revisionFor } = event;
  const { approvals_required: approvalsRequired } = event;
  if (body === null || queue === null || submittedBy === null || approvalsRequired === null) return undefined;
  return occasionOf(parseBody(body), { queue, submittedBy, revisionFor, approvalsRequired });
}
