/** The operations that are measured, with the smallest selections that tell whether they worked. */
export const SUBMIT =
  "mutation Submit($input: SubmitReviewInput!) { submitReview(input: $input) { ticket { id } } }";
export const RESUBMIT =
  "mutation Resubmit($input: ResubmitReviewInput!) { resubmitReview(input: $input) { ticket { id } } }";
export const COMMENT =
  "mutation Comment($input: CommentOnTicketInput!) { commentOnTicket(input: $input) { ticket { id } } }";
export const DECIDE =
  "mutation Decide($input: DecideTicketInput!) { decideTicket(input: $input) { decision { status } } }";
export const DECISION =
  "query Decision($ticketId: ID!) { decision(ticketId: $ticketId) { status revision } }";
export const DECIDED =
  "subscription Decided($ticketId: ID!) { ticketDecided(ticketId: $ticketId) { status revision } }";

/** A proposal of the size that agents send: about 300 bytes. */
export function proposalNumber(index: number): { title: string; detail: string; payload: object } {
  return {
    title: `Expand loan term to ${5 + (index % 20)} years (${index})`,
    detail: "Increase the maximum term for small-business loans, as the underwriting agent suggests.",
    payload: {
      rule: "small-business-loan.max-term",
      unit: "years",
      from: 5,
      to: 5 + (index % 20),
      case: index,
    },
  };
}
