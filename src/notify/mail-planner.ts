import { parseBody } from "../ledger/event-body.js";
import type { FollowedEvent } from "../persistence/delivery-queries.js";
import type { MailPlanner } from "./planner.js";
import { readMailMembers } from "./preferences/mail-members.js";
import { type MailOccasion, mailsOf, occasionOf } from "./preferences/mails-of.js";

/** Plans who is mailed of what comes in and of what is assigned, by what they want to hear. */
export const planMails: MailPlanner = async (sql, workspaceId, events, now) => {
  const occasions = events.flatMap((event) => {
    const occasion = occasionIn(event);
    return occasion === undefined ? [] : [{ event, occasion }];
  });
  if (occasions.length === 0) return [];
  const queues = new Set(occasions.map(({ occasion }) => occasion.queue));
  const members = await readMailMembers(sql, workspaceId, [...queues]);
  return occasions.flatMap(({ event, occasion }) =>
    mailsOf(occasion, members, now).map(({ principalId, how, dueAt }) => ({
      event,
      principalId,
      digest: how === "DIGEST",
      dueAt,
    })),
  );
};

function occasionIn(event: FollowedEvent): MailOccasion | undefined {
  const { body, queue, submitted_by: submittedBy, revision_for: revisionFor } = event;
  if (body === null || queue === null || submittedBy === null) return undefined;
  return occasionOf(parseBody(body), { queue, submittedBy, revisionFor });
}
