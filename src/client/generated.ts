// Made by scripts/generate-client-types.ts from the schema and src/client/operations.graphql. Do not edit.
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> =
  | T
  | { [P in keyof T]?: P extends " $fragmentName" | "__typename" ? T[P] : never };
import type { TypedDocument } from "./typed-document.js";
/** The proposal as the reviewer would have it, whole: what is left out is gone. */
export type AmendmentInput = {
  readonly detail?: string | null | undefined;
  readonly payload?: Record<string, unknown> | null | undefined;
  readonly title: string;
};

/** Why the viewer cannot decide on a ticket's current revision. */
export type CannotDecideReason =
  | "ALREADY_REVIEWED"
  | "CLAIMED_BY_ANOTHER"
  | "NOT_A_REVIEWER"
  | "NOT_IN_QUEUE"
  | "NOT_PENDING"
  | "OWN_SUBMISSION";

/** A remark that decides nothing. */
export type CommentOnTicketInput = {
  readonly body: string;
  /** Repeating the mutation under the same key does it once and answers as the first time; with another content it is refused. */
  readonly idempotencyKey?: string | null | undefined;
  readonly ticketId: string;
};

/** A reviewer's word on the revision that they saw. */
export type DecideTicketInput = {
  /** Only with APPROVED: approve with edits. Makes a new revision, submitted by this reviewer, on which this review counts as one approval; earlier approvals do not carry over, and where more are required the others must still give theirs. */
  readonly amendment?: AmendmentInput | null | undefined;
  /** Required with NEEDS_CHANGES. */
  readonly comments?: string | null | undefined;
  /** Repeating the mutation under the same key does it once and answers as the first time; with another content it is refused. */
  readonly idempotencyKey?: string | null | undefined;
  /** The revision that the reviewer saw: deciding on any other is refused. */
  readonly revision: number;
  readonly status: ReviewOutcome;
  readonly ticketId: string;
};

/** Where a ticket stands. APPROVED, REJECTED, EXPIRED and WITHDRAWN are final. */
export type DecisionStatus =
  /** As many reviewers as were required signed this revision off. */
  | "APPROVED"
  /** The deadline passed undecided. Never the same as REJECTED, and never an approval. */
  | "EXPIRED"
  /** The agent is asked to revise the proposal and resubmit it. */
  | "NEEDS_CHANGES"
  /** Waiting for a human. */
  | "PENDING"
  /** A reviewer refused it. */
  | "REJECTED"
  /** Taken back by its submitter. */
  | "WITHDRAWN";

/** Who acts: a machine, a person, or Countersign itself (its timers). */
export type PrincipalKind =
  /** A machine: it proposes and waits, and can never sign anything off. */
  | "AGENT"
  /** A person. */
  | "HUMAN"
  /** Countersign itself, for instance when a deadline passes. */
  | "SYSTEM";

/** How soon a human should look. */
export type Priority = "HIGH" | "LOW" | "NORMAL" | "URGENT";

/** A new revision of a proposal; it voids earlier approvals. */
export type ResubmitReviewInput = {
  /** As much text as the reviewer needs. */
  readonly detail?: string | null | undefined;
  /** Repeating the mutation under the same key does it once and answers as the first time; with another content it is refused. */
  readonly idempotencyKey?: string | null | undefined;
  /** What a machine will act on, exactly as it is signed. */
  readonly payload?: Record<string, unknown> | null | undefined;
  /** Where given: the revision that this one answers; refused with STALE_REVISION where another came in between. */
  readonly revision?: number | null | undefined;
  readonly ticketId: string;
  /** One line that says what is proposed. */
  readonly title: string;
};

/** What a reviewer may say. */
export type ReviewOutcome = "APPROVED" | "NEEDS_CHANGES" | "REJECTED";

/** What a principal may do. */
export type Role =
  /** Manages the workspace. Held by humans only. */
  | "ADMIN"
  /** Submits, and sees what it submitted. */
  | "AGENT"
  /** Reads everything in its workspace. */
  | "AUDITOR"
  /** Lists, claims and decides in its queues. Held by humans only. */
  | "REVIEWER";

/** A proposal for review. An option that is null means its default. */
export type SubmitReviewInput = {
  /** How many reviewers must approve; the queue's own minimum holds where it is larger. */
  readonly approvalsRequired?: number | null | undefined;
  /** Where to POST how it is settled, signed with the secret that rotateCallbackSecret showed. See docs/webhooks.md. */
  readonly callbackUrl?: string | null | undefined;
  /** As much text as the reviewer needs. */
  readonly detail?: string | null | undefined;
  /** When a decision is hoped for: reminders and escalations of the queue go by it, and nothing else happens then. */
  readonly dueAt?: string | null | undefined;
  /** When the ticket becomes EXPIRED if it is still undecided. */
  readonly expiresAt?: string | null | undefined;
  /** Repeating the mutation under the same key does it once and answers as the first time; with another content it is refused. */
  readonly idempotencyKey?: string | null | undefined;
  /** What a machine will act on, exactly as it is signed. */
  readonly payload?: Record<string, unknown> | null | undefined;
  readonly priority?: Priority | null | undefined;
  /** It must exist; 'default' always does. */
  readonly queue?: string | null | undefined;
  /** One line that says what is proposed. */
  readonly title: string;
};

/** What tickets must have in common. A field that is null or left out asks for nothing; an empty list matches nothing. */
export type TicketFilter = {
  /** A principal's id. */
  readonly assigneeId?: string | null | undefined;
  /** Tickets of which some revision has exactly this digest. */
  readonly digest?: string | null | undefined;
  readonly dueBefore?: string | null | undefined;
  readonly priority?: ReadonlyArray<Priority> | null | undefined;
  /** A queue that does not exist holds no tickets. */
  readonly queue?: ReadonlyArray<string> | null | undefined;
  /** Words in the title or the detail of the current revision. */
  readonly search?: string | null | undefined;
  /** True: only what the viewer has put aside and still sleeps; false: without those. */
  readonly snoozed?: boolean | null | undefined;
  readonly status?: ReadonlyArray<DecisionStatus> | null | undefined;
  readonly submittedById?: string | null | undefined;
};

/** In which order tickets are listed. */
export type TicketOrder =
  /** The nearest due time first; tickets without one come last. */
  | "DUE"
  /** Last submitted first. */
  | "NEWEST"
  /** First submitted first. */
  | "OLDEST"
  /** The most urgent first, and among those the oldest. */
  | "PRIORITY";

/** Takes one's own proposal back. */
export type WithdrawReviewInput = {
  /** Repeating the mutation under the same key does it once and answers as the first time; with another content it is refused. */
  readonly idempotencyKey?: string | null | undefined;
  /** Goes on record, and is the decision's comments. */
  readonly reason?: string | null | undefined;
  readonly ticketId: string;
};

export type PrincipalFieldsFragment = {
  readonly id: string;
  readonly name: string;
  readonly kind: PrincipalKind;
};

export type ProposalFieldsFragment = {
  readonly revision: number;
  readonly title: string;
  readonly detail: string | null;
  readonly payload: Record<string, unknown> | null;
  readonly digest: string;
  readonly submittedAt: string;
  readonly submittedBy: PrincipalFieldsFragment;
};

export type DecisionFieldsFragment = {
  readonly ticketId: string;
  readonly revision: number;
  readonly status: DecisionStatus;
  readonly comments: string | null;
  readonly decidedAt: string | null;
  readonly cursor: string | null;
  readonly receipt: string | null;
  readonly decidedBy: PrincipalFieldsFragment | null;
  readonly proposal: ProposalFieldsFragment;
};

export type TicketFieldsFragment = {
  readonly id: string;
  readonly queue: string;
  readonly status: DecisionStatus;
  readonly priority: Priority;
  readonly revision: number;
  readonly approvalsRequired: number;
  readonly submittedAt: string;
  readonly updatedAt: string;
  readonly dueAt: string | null;
  readonly expiresAt: string | null;
  readonly proposal: ProposalFieldsFragment;
  readonly submittedBy: PrincipalFieldsFragment;
  readonly assignee: PrincipalFieldsFragment | null;
};

export type ReviewFieldsFragment = {
  readonly revision: number;
  readonly outcome: ReviewOutcome;
  readonly comments: string | null;
  readonly reviewedAt: string;
  readonly reviewer: PrincipalFieldsFragment;
};

export type TicketDetailFieldsFragment = {
  readonly viewerCanDecide: boolean;
  readonly viewerCannotDecideReasons: ReadonlyArray<CannotDecideReason>;
  readonly proposals: ReadonlyArray<ProposalFieldsFragment>;
  readonly reviews: ReadonlyArray<ReviewFieldsFragment>;
  readonly decision: DecisionFieldsFragment;
} & TicketFieldsFragment;

export type ViewerQueryVariables = Exact<{ [key: string]: never }>;

export type ViewerQuery = {
  readonly viewer: {
    readonly roles: ReadonlyArray<Role>;
    readonly ledgerCursor: string;
    readonly principal: PrincipalFieldsFragment;
    readonly workspace: { readonly id: string; readonly name: string };
  };
};

export type LedgerCursorQueryVariables = Exact<{ [key: string]: never }>;

export type LedgerCursorQuery = { readonly viewer: { readonly ledgerCursor: string } };

export type DecisionQueryVariables = Exact<{
  ticketId: string;
}>;

export type DecisionQuery = { readonly decision: DecisionFieldsFragment };

export type TicketQueryVariables = Exact<{
  id: string;
}>;

export type TicketQuery = { readonly ticket: TicketDetailFieldsFragment | null };

export type TicketsQueryVariables = Exact<{
  filter?: TicketFilter | null | undefined;
  orderBy?: TicketOrder | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  withTotalCount: boolean;
}>;

export type TicketsQuery = {
  readonly tickets: {
    readonly totalCount?: number;
    readonly ledgerCursor: string;
    readonly edges: ReadonlyArray<{ readonly node: TicketFieldsFragment }>;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
};

export type SubmitReviewMutationVariables = Exact<{
  input: SubmitReviewInput;
}>;

export type SubmitReviewMutation = {
  readonly submitReview: { readonly ledgerCursor: string; readonly ticket: TicketFieldsFragment };
};

export type ResubmitReviewMutationVariables = Exact<{
  input: ResubmitReviewInput;
}>;

export type ResubmitReviewMutation = {
  readonly resubmitReview: { readonly ledgerCursor: string; readonly ticket: TicketFieldsFragment };
};

export type WithdrawReviewMutationVariables = Exact<{
  input: WithdrawReviewInput;
}>;

export type WithdrawReviewMutation = { readonly withdrawReview: { readonly ticket: TicketFieldsFragment } };

export type CommentOnTicketMutationVariables = Exact<{
  input: CommentOnTicketInput;
}>;

export type CommentOnTicketMutation = { readonly commentOnTicket: { readonly ticket: TicketFieldsFragment } };

export type DecideTicketMutationVariables = Exact<{
  input: DecideTicketInput;
}>;

export type DecideTicketMutation = { readonly decideTicket: { readonly decision: DecisionFieldsFragment } };

export type TicketDecidedSubscriptionVariables = Exact<{
  ticketId?: string | null | undefined;
  queue?: string | null | undefined;
  after?: string | null | undefined;
}>;

export type TicketDecidedSubscription = { readonly ticketDecided: DecisionFieldsFragment };

export const ViewerDocument: TypedDocument<ViewerQuery, ViewerQueryVariables> = {
  name: "Viewer",
  text: "query Viewer{viewer{principal{...PrincipalFields}roles workspace{id name}ledgerCursor}}fragment PrincipalFields on Principal{id name kind}",
};

export const LedgerCursorDocument: TypedDocument<LedgerCursorQuery, LedgerCursorQueryVariables> = {
  name: "LedgerCursor",
  text: "query LedgerCursor{viewer{ledgerCursor}}",
};

export const DecisionDocument: TypedDocument<DecisionQuery, DecisionQueryVariables> = {
  name: "Decision",
  text: "query Decision($ticketId:ID!){decision(ticketId:$ticketId){...DecisionFields}}fragment DecisionFields on Decision{ticketId revision status comments decidedBy{...PrincipalFields}decidedAt cursor receipt proposal{...ProposalFields}}fragment PrincipalFields on Principal{id name kind}fragment ProposalFields on Proposal{revision title detail payload digest submittedBy{...PrincipalFields}submittedAt}",
};

export const TicketDocument: TypedDocument<TicketQuery, TicketQueryVariables> = {
  name: "Ticket",
  text: "query Ticket($id:ID!){ticket(id:$id){...TicketDetailFields}}fragment TicketDetailFields on ReviewTicket{...TicketFields proposals{...ProposalFields}reviews{...ReviewFields}decision{...DecisionFields}viewerCanDecide viewerCannotDecideReasons}fragment TicketFields on ReviewTicket{id queue status priority revision approvalsRequired proposal{...ProposalFields}submittedBy{...PrincipalFields}submittedAt updatedAt assignee{...PrincipalFields}dueAt expiresAt}fragment ProposalFields on Proposal{revision title detail payload digest submittedBy{...PrincipalFields}submittedAt}fragment PrincipalFields on Principal{id name kind}fragment ReviewFields on Review{reviewer{...PrincipalFields}revision outcome comments reviewedAt}fragment DecisionFields on Decision{ticketId revision status comments decidedBy{...PrincipalFields}decidedAt cursor receipt proposal{...ProposalFields}}",
};

export const TicketsDocument: TypedDocument<TicketsQuery, TicketsQueryVariables> = {
  name: "Tickets",
  text: "query Tickets($filter:TicketFilter$orderBy:TicketOrder$first:Int$after:String$withTotalCount:Boolean!){tickets(filter:$filter orderBy:$orderBy first:$first after:$after){edges{node{...TicketFields}}pageInfo{hasNextPage endCursor}totalCount@include(if:$withTotalCount)ledgerCursor}}fragment TicketFields on ReviewTicket{id queue status priority revision approvalsRequired proposal{...ProposalFields}submittedBy{...PrincipalFields}submittedAt updatedAt assignee{...PrincipalFields}dueAt expiresAt}fragment ProposalFields on Proposal{revision title detail payload digest submittedBy{...PrincipalFields}submittedAt}fragment PrincipalFields on Principal{id name kind}",
};

export const SubmitReviewDocument: TypedDocument<SubmitReviewMutation, SubmitReviewMutationVariables> = {
  name: "SubmitReview",
  text: "mutation SubmitReview($input:SubmitReviewInput!){submitReview(input:$input){ticket{...TicketFields}ledgerCursor}}fragment TicketFields on ReviewTicket{id queue status priority revision approvalsRequired proposal{...ProposalFields}submittedBy{...PrincipalFields}submittedAt updatedAt assignee{...PrincipalFields}dueAt expiresAt}fragment ProposalFields on Proposal{revision title detail payload digest submittedBy{...PrincipalFields}submittedAt}fragment PrincipalFields on Principal{id name kind}",
};

export const ResubmitReviewDocument: TypedDocument<ResubmitReviewMutation, ResubmitReviewMutationVariables> =
  {
    name: "ResubmitReview",
    text: "mutation ResubmitReview($input:ResubmitReviewInput!){resubmitReview(input:$input){ticket{...TicketFields}ledgerCursor}}fragment TicketFields on ReviewTicket{id queue status priority revision approvalsRequired proposal{...ProposalFields}submittedBy{...PrincipalFields}submittedAt updatedAt assignee{...PrincipalFields}dueAt expiresAt}fragment ProposalFields on Proposal{revision title detail payload digest submittedBy{...PrincipalFields}submittedAt}fragment PrincipalFields on Principal{id name kind}",
  };

export const WithdrawReviewDocument: TypedDocument<WithdrawReviewMutation, WithdrawReviewMutationVariables> =
  {
    name: "WithdrawReview",
    text: "mutation WithdrawReview($input:WithdrawReviewInput!){withdrawReview(input:$input){ticket{...TicketFields}}}fragment TicketFields on ReviewTicket{id queue status priority revision approvalsRequired proposal{...ProposalFields}submittedBy{...PrincipalFields}submittedAt updatedAt assignee{...PrincipalFields}dueAt expiresAt}fragment ProposalFields on Proposal{revision title detail payload digest submittedBy{...PrincipalFields}submittedAt}fragment PrincipalFields on Principal{id name kind}",
  };

export const CommentOnTicketDocument: TypedDocument<
  CommentOnTicketMutation,
  CommentOnTicketMutationVariables
> = {
  name: "CommentOnTicket",
  text: "mutation CommentOnTicket($input:CommentOnTicketInput!){commentOnTicket(input:$input){ticket{...TicketFields}}}fragment TicketFields on ReviewTicket{id queue status priority revision approvalsRequired proposal{...ProposalFields}submittedBy{...PrincipalFields}submittedAt updatedAt assignee{...PrincipalFields}dueAt expiresAt}fragment ProposalFields on Proposal{revision title detail payload digest submittedBy{...PrincipalFields}submittedAt}fragment PrincipalFields on Principal{id name kind}",
};

export const DecideTicketDocument: TypedDocument<DecideTicketMutation, DecideTicketMutationVariables> = {
  name: "DecideTicket",
  text: "mutation DecideTicket($input:DecideTicketInput!){decideTicket(input:$input){decision{...DecisionFields}}}fragment DecisionFields on Decision{ticketId revision status comments decidedBy{...PrincipalFields}decidedAt cursor receipt proposal{...ProposalFields}}fragment PrincipalFields on Principal{id name kind}fragment ProposalFields on Proposal{revision title detail payload digest submittedBy{...PrincipalFields}submittedAt}",
};

export const TicketDecidedDocument: TypedDocument<
  TicketDecidedSubscription,
  TicketDecidedSubscriptionVariables
> = {
  name: "TicketDecided",
  text: "subscription TicketDecided($ticketId:ID$queue:String$after:LedgerCursor){ticketDecided(ticketId:$ticketId queue:$queue after:$after){...DecisionFields}}fragment DecisionFields on Decision{ticketId revision status comments decidedBy{...PrincipalFields}decidedAt cursor receipt proposal{...ProposalFields}}fragment PrincipalFields on Principal{id name kind}fragment ProposalFields on Proposal{revision title detail payload digest submittedBy{...PrincipalFields}submittedAt}",
};
