// Made by scripts/generate-client-types.ts from the schema and src/inbox/api/operations.graphql. Do not edit.
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> =
  | T
  | { [P in keyof T]?: P extends " $fragmentName" | "__typename" ? T[P] : never };
import type { TypedDocumentNode } from "urql";
/** The proposal as the reviewer would have it, whole: what is left out is gone. */
export type AmendmentInput = {
  readonly detail?: string | null | undefined;
  readonly payload?: Record<string, unknown> | null | undefined;
  readonly title: string;
};

/** Puts a ticket into somebody's hands until they review or release it. */
export type AssignTicketInput = {
  /** Somebody who can decide on the ticket. */
  readonly assigneeId: string;
  readonly ticketId: string;
};

/** What an event says has happened. */
export type AuditEventType =
  | "ACCESS_DENIED"
  | "API_KEY_CREATED"
  | "API_KEY_REVOKED"
  | "ASSIGNED"
  | "CLAIMED"
  | "COMMENTED"
  | "DECIDED"
  | "DECISION_READ"
  | "DELIVERY_FAILED"
  | "EXPIRED"
  | "MEMBER_CHANGED"
  | "NOTIFIED"
  | "RELEASED"
  | "RESUBMITTED"
  | "RETRACTED"
  | "REVIEWED"
  | "SETTINGS_CHANGED"
  | "SIGNED_IN"
  | "SUBMITTED"
  | "WITHDRAWN";

/** Why the viewer cannot decide on a ticket's current revision. */
export type CannotDecideReason =
  | "ALREADY_REVIEWED"
  | "CLAIMED_BY_ANOTHER"
  | "NOT_A_REVIEWER"
  | "NOT_IN_QUEUE"
  | "NOT_PENDING"
  | "OWN_SUBMISSION";

/** Takes a ticket into one's hands for a while; claiming it again extends that. */
export type ClaimTicketInput = {
  readonly ticketId: string;
};

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

/** Gives a ticket back. An admin can take it out of another's hands. */
export type ReleaseTicketInput = {
  readonly ticketId: string;
};

/** Takes one's own approval back, while the ticket is still PENDING. */
export type RetractReviewInput = {
  readonly revision: number;
  readonly ticketId: string;
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

export type ViewerQueryVariables = Exact<{ [key: string]: never }>;

export type ViewerQuery = {
  readonly viewer: {
    readonly roles: ReadonlyArray<Role>;
    readonly ledgerCursor: string;
    readonly principal: { readonly id: string; readonly name: string; readonly kind: PrincipalKind };
    readonly workspace: { readonly id: string; readonly name: string };
  };
};

export type TicketsQueryVariables = Exact<{
  filter?: TicketFilter | null | undefined;
  orderBy?: TicketOrder | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;

export type TicketsQuery = {
  readonly tickets: {
    readonly ledgerCursor: string;
    readonly edges: ReadonlyArray<{ readonly cursor: string; readonly node: TicketRowFragment }>;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
};

export type TicketCountQueryVariables = Exact<{
  filter?: TicketFilter | null | undefined;
}>;

export type TicketCountQuery = { readonly tickets: { readonly totalCount: number } };

export type TicketRowFragment = {
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
  readonly viewerCanDecide: boolean;
  readonly viewerCannotDecideReasons: ReadonlyArray<CannotDecideReason>;
  readonly proposal: { readonly revision: number; readonly title: string; readonly digest: string };
  readonly decision: {
    readonly ticketId: string;
    readonly status: DecisionStatus;
    readonly decidedAt: string | null;
    readonly decidedBy: { readonly id: string; readonly name: string } | null;
  };
  readonly submittedBy: { readonly id: string; readonly name: string; readonly kind: PrincipalKind };
  readonly assignee: { readonly id: string; readonly name: string } | null;
  readonly reviews: ReadonlyArray<{
    readonly revision: number;
    readonly outcome: ReviewOutcome;
    readonly retractedAt: string | null;
    readonly reviewer: { readonly id: string; readonly name: string };
  }>;
};

export type QueuesQueryVariables = Exact<{ [key: string]: never }>;

export type QueuesQuery = { readonly queues: ReadonlyArray<{ readonly name: string }> };

export type TicketQueryVariables = Exact<{
  id: string;
}>;

export type TicketQuery = {
  readonly viewer: {
    readonly roles: ReadonlyArray<Role>;
    readonly ledgerCursor: string;
    readonly principal: { readonly id: string; readonly name: string };
  };
  readonly ticket: TicketDetailFragment | null;
};

export type TicketRevisionsQueryVariables = Exact<{
  id: string;
}>;

export type TicketRevisionsQuery = {
  readonly ticket: { readonly id: string; readonly proposals: ReadonlyArray<ProposalTextFragment> } | null;
};

export type TicketTrailQueryVariables = Exact<{
  id: string;
  first: number;
  after?: string | null | undefined;
}>;

export type TicketTrailQuery = {
  readonly ticket: {
    readonly id: string;
    readonly auditTrail: {
      readonly edges: ReadonlyArray<{
        readonly cursor: string;
        readonly node: {
          readonly sequence: number;
          readonly type: AuditEventType;
          readonly revision: number | null;
          readonly at: string;
          readonly data: Record<string, unknown>;
          readonly actor: { readonly id: string; readonly name: string; readonly kind: PrincipalKind };
        };
      }>;
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  } | null;
};

export type AssignableQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;

export type AssignableQuery = {
  readonly members: {
    readonly edges: ReadonlyArray<{
      readonly node: {
        readonly id: string;
        readonly name: string;
        readonly kind: PrincipalKind;
        readonly roles: ReadonlyArray<Role>;
        readonly queues: ReadonlyArray<string> | null;
      };
    }>;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
};

export type OneTicketChangedSubscriptionVariables = Exact<{
  ticketId: string;
  after?: string | null | undefined;
}>;

export type OneTicketChangedSubscription = {
  readonly ticketChanged: { readonly cursor: string; readonly event: { readonly sequence: number } };
};

export type AssignMutationVariables = Exact<{
  input: AssignTicketInput;
}>;

export type AssignMutation = { readonly assignTicket: { readonly ticket: { readonly id: string } } };

export type TicketDetailFragment = {
  readonly proposal: ProposalTextFragment;
  readonly reviews: ReadonlyArray<{
    readonly revision: number;
    readonly outcome: ReviewOutcome;
    readonly comments: string | null;
    readonly reviewedAt: string;
    readonly retractedAt: string | null;
    readonly reviewer: { readonly id: string; readonly name: string };
  }>;
  readonly decision: {
    readonly ticketId: string;
    readonly revision: number;
    readonly status: DecisionStatus;
    readonly comments: string | null;
    readonly decidedAt: string | null;
    readonly receipt: string | null;
    readonly decidedBy: { readonly id: string; readonly name: string } | null;
  };
} & TicketRowFragment;

export type ProposalTextFragment = {
  readonly revision: number;
  readonly title: string;
  readonly detail: string | null;
  readonly payload: Record<string, unknown> | null;
  readonly digest: string;
  readonly submittedAt: string;
  readonly submittedBy: { readonly id: string; readonly name: string; readonly kind: PrincipalKind };
};

export type TicketChangedSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;

export type TicketChangedSubscription = {
  readonly ticketChanged: {
    readonly cursor: string;
    readonly event: {
      readonly sequence: number;
      readonly type: AuditEventType;
      readonly revision: number | null;
      readonly at: string;
      readonly actor: { readonly id: string; readonly name: string; readonly kind: PrincipalKind };
    };
    readonly ticket: TicketRowFragment;
  };
};

export type DecideMutationVariables = Exact<{
  input: DecideTicketInput;
}>;

export type DecideMutation = {
  readonly decideTicket: {
    readonly ticket: TicketDetailFragment;
    readonly decision: { readonly ticketId: string; readonly status: DecisionStatus };
  };
};

export type ClaimMutationVariables = Exact<{
  input: ClaimTicketInput;
}>;

export type ClaimMutation = { readonly claimTicket: { readonly ticket: TicketRowFragment } };

export type ReleaseMutationVariables = Exact<{
  input: ReleaseTicketInput;
}>;

export type ReleaseMutation = { readonly releaseTicket: { readonly ticket: TicketRowFragment } };

export type CommentMutationVariables = Exact<{
  input: CommentOnTicketInput;
}>;

export type CommentMutation = { readonly commentOnTicket: { readonly ticket: TicketDetailFragment } };

export type RetractMutationVariables = Exact<{
  input: RetractReviewInput;
}>;

export type RetractMutation = { readonly retractReview: { readonly ticket: TicketDetailFragment } };

export const ViewerDocument =
  "query Viewer{viewer{principal{id name kind}roles workspace{id name}ledgerCursor}}" as unknown as TypedDocumentNode<
    ViewerQuery,
    ViewerQueryVariables
  >;

export const TicketsDocument =
  "query Tickets($filter:TicketFilter$orderBy:TicketOrder$first:Int!$after:String){tickets(filter:$filter orderBy:$orderBy first:$first after:$after){edges{cursor node{...TicketRow}}pageInfo{hasNextPage endCursor}ledgerCursor}}fragment TicketRow on ReviewTicket{id queue status priority revision proposal{revision title digest}decision{ticketId status decidedAt decidedBy{id name}}approvalsRequired submittedBy{id name kind}submittedAt updatedAt assignee{id name}dueAt expiresAt viewerCanDecide viewerCannotDecideReasons reviews{reviewer{id name}revision outcome retractedAt}}" as unknown as TypedDocumentNode<
    TicketsQuery,
    TicketsQueryVariables
  >;

export const TicketCountDocument =
  "query TicketCount($filter:TicketFilter){tickets(filter:$filter first:1){totalCount}}" as unknown as TypedDocumentNode<
    TicketCountQuery,
    TicketCountQueryVariables
  >;

export const QueuesDocument = "query Queues{queues{name}}" as unknown as TypedDocumentNode<
  QueuesQuery,
  QueuesQueryVariables
>;

export const TicketDocument =
  "query Ticket($id:ID!){viewer{principal{id name}roles ledgerCursor}ticket(id:$id){...TicketDetail}}fragment TicketDetail on ReviewTicket{...TicketRow proposal{...ProposalText}reviews{reviewer{id name}revision outcome comments reviewedAt retractedAt}decision{ticketId revision status comments decidedBy{id name}decidedAt receipt}}fragment TicketRow on ReviewTicket{id queue status priority revision proposal{revision title digest}decision{ticketId status decidedAt decidedBy{id name}}approvalsRequired submittedBy{id name kind}submittedAt updatedAt assignee{id name}dueAt expiresAt viewerCanDecide viewerCannotDecideReasons reviews{reviewer{id name}revision outcome retractedAt}}fragment ProposalText on Proposal{revision title detail payload digest submittedBy{id name kind}submittedAt}" as unknown as TypedDocumentNode<
    TicketQuery,
    TicketQueryVariables
  >;

export const TicketRevisionsDocument =
  "query TicketRevisions($id:ID!){ticket(id:$id){id proposals{...ProposalText}}}fragment ProposalText on Proposal{revision title detail payload digest submittedBy{id name kind}submittedAt}" as unknown as TypedDocumentNode<
    TicketRevisionsQuery,
    TicketRevisionsQueryVariables
  >;

export const TicketTrailDocument =
  "query TicketTrail($id:ID!$first:Int!$after:String){ticket(id:$id){id auditTrail(first:$first after:$after){edges{cursor node{sequence type revision actor{id name kind}at data}}pageInfo{hasNextPage endCursor}}}}" as unknown as TypedDocumentNode<
    TicketTrailQuery,
    TicketTrailQueryVariables
  >;

export const AssignableDocument =
  "query Assignable($first:Int!$after:String){members(first:$first after:$after){edges{node{id name kind roles queues}}pageInfo{hasNextPage endCursor}}}" as unknown as TypedDocumentNode<
    AssignableQuery,
    AssignableQueryVariables
  >;

export const OneTicketChangedDocument =
  "subscription OneTicketChanged($ticketId:ID!$after:LedgerCursor){ticketChanged(ticketId:$ticketId after:$after){cursor event{sequence}}}" as unknown as TypedDocumentNode<
    OneTicketChangedSubscription,
    OneTicketChangedSubscriptionVariables
  >;

export const AssignDocument =
  "mutation Assign($input:AssignTicketInput!){assignTicket(input:$input){ticket{id}}}" as unknown as TypedDocumentNode<
    AssignMutation,
    AssignMutationVariables
  >;

export const TicketChangedDocument =
  "subscription TicketChanged($after:LedgerCursor){ticketChanged(after:$after){cursor event{sequence type revision actor{id name kind}at}ticket{...TicketRow}}}fragment TicketRow on ReviewTicket{id queue status priority revision proposal{revision title digest}decision{ticketId status decidedAt decidedBy{id name}}approvalsRequired submittedBy{id name kind}submittedAt updatedAt assignee{id name}dueAt expiresAt viewerCanDecide viewerCannotDecideReasons reviews{reviewer{id name}revision outcome retractedAt}}" as unknown as TypedDocumentNode<
    TicketChangedSubscription,
    TicketChangedSubscriptionVariables
  >;

export const DecideDocument =
  "mutation Decide($input:DecideTicketInput!){decideTicket(input:$input){ticket{...TicketDetail}decision{ticketId status}}}fragment TicketDetail on ReviewTicket{...TicketRow proposal{...ProposalText}reviews{reviewer{id name}revision outcome comments reviewedAt retractedAt}decision{ticketId revision status comments decidedBy{id name}decidedAt receipt}}fragment TicketRow on ReviewTicket{id queue status priority revision proposal{revision title digest}decision{ticketId status decidedAt decidedBy{id name}}approvalsRequired submittedBy{id name kind}submittedAt updatedAt assignee{id name}dueAt expiresAt viewerCanDecide viewerCannotDecideReasons reviews{reviewer{id name}revision outcome retractedAt}}fragment ProposalText on Proposal{revision title detail payload digest submittedBy{id name kind}submittedAt}" as unknown as TypedDocumentNode<
    DecideMutation,
    DecideMutationVariables
  >;

export const ClaimDocument =
  "mutation Claim($input:ClaimTicketInput!){claimTicket(input:$input){ticket{...TicketRow}}}fragment TicketRow on ReviewTicket{id queue status priority revision proposal{revision title digest}decision{ticketId status decidedAt decidedBy{id name}}approvalsRequired submittedBy{id name kind}submittedAt updatedAt assignee{id name}dueAt expiresAt viewerCanDecide viewerCannotDecideReasons reviews{reviewer{id name}revision outcome retractedAt}}" as unknown as TypedDocumentNode<
    ClaimMutation,
    ClaimMutationVariables
  >;

export const ReleaseDocument =
  "mutation Release($input:ReleaseTicketInput!){releaseTicket(input:$input){ticket{...TicketRow}}}fragment TicketRow on ReviewTicket{id queue status priority revision proposal{revision title digest}decision{ticketId status decidedAt decidedBy{id name}}approvalsRequired submittedBy{id name kind}submittedAt updatedAt assignee{id name}dueAt expiresAt viewerCanDecide viewerCannotDecideReasons reviews{reviewer{id name}revision outcome retractedAt}}" as unknown as TypedDocumentNode<
    ReleaseMutation,
    ReleaseMutationVariables
  >;

export const CommentDocument =
  "mutation Comment($input:CommentOnTicketInput!){commentOnTicket(input:$input){ticket{...TicketDetail}}}fragment TicketDetail on ReviewTicket{...TicketRow proposal{...ProposalText}reviews{reviewer{id name}revision outcome comments reviewedAt retractedAt}decision{ticketId revision status comments decidedBy{id name}decidedAt receipt}}fragment TicketRow on ReviewTicket{id queue status priority revision proposal{revision title digest}decision{ticketId status decidedAt decidedBy{id name}}approvalsRequired submittedBy{id name kind}submittedAt updatedAt assignee{id name}dueAt expiresAt viewerCanDecide viewerCannotDecideReasons reviews{reviewer{id name}revision outcome retractedAt}}fragment ProposalText on Proposal{revision title detail payload digest submittedBy{id name kind}submittedAt}" as unknown as TypedDocumentNode<
    CommentMutation,
    CommentMutationVariables
  >;

export const RetractDocument =
  "mutation Retract($input:RetractReviewInput!){retractReview(input:$input){ticket{...TicketDetail}}}fragment TicketDetail on ReviewTicket{...TicketRow proposal{...ProposalText}reviews{reviewer{id name}revision outcome comments reviewedAt retractedAt}decision{ticketId revision status comments decidedBy{id name}decidedAt receipt}}fragment TicketRow on ReviewTicket{id queue status priority revision proposal{revision title digest}decision{ticketId status decidedAt decidedBy{id name}}approvalsRequired submittedBy{id name kind}submittedAt updatedAt assignee{id name}dueAt expiresAt viewerCanDecide viewerCannotDecideReasons reviews{reviewer{id name}revision outcome retractedAt}}fragment ProposalText on Proposal{revision title detail payload digest submittedBy{id name kind}submittedAt}" as unknown as TypedDocumentNode<
    RetractMutation,
    RetractMutationVariables
  >;
