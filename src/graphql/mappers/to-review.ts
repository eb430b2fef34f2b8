import type { ReviewRow } from "../../persistence/rows.js";
import type { Review } from "../types/review.js";

/** A stored review as the API shows it. */
export function toReview(row: ReviewRow): Review {
  return {
    revision: row.revision,
    outcome: row.outcome,
    comments: row.comments,
    reviewedAt: row.reviewed_at,
    retractedAt: row.retracted_at,
    reviewerId: row.reviewer_id,
  };
}
