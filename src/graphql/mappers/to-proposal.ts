import type { ProposalRow } from "../../persistence/rows.js";
import type { Proposal } from "../types/proposal.js";

/** A stored revision as the API shows it. */
export function toProposal(row: ProposalRow): Proposal {
  return {
    revision: row.revision,
    title: row.title,
    detail: row.detail,
    digest: row.digest,
    submittedAt: row.submitted_at,
    payloadText: row.payload,
    submitterId: row.submitted_by,
  };
}
