import { toProposal } from "../mappers/to-proposal.js";
import type { RequestContext, RevisionKey } from "../request-context.js";
import type { Proposal } from "../types/proposal.js";

/**
 * One revision of a ticket that the viewer may see.
 * @throws Error where it is missing: every revision is stored with its event, so the database is damaged
 */
export async function proposalOf(context: RequestContext, key: RevisionKey): Promise<Proposal> {
  const row = await context.loaders.proposals.load(key);
  if (row === undefined) throw new Error(`revision ${key.revision} of ${key.ticketId} is missing`);
  return toProposal(row);
}
