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
  | "LOGGED"
  | "MEMBER_CHANGED"
  | "NOTIFIED"
  | "RELEASED"
  | "RESUBMITTED"
  | "RETRACTED"
  | "REVIEWED"
  | "SETTINGS_CHANGED"
  | "SIGNED_IN"
  | "SNOOZED"
  | "SUBMITTED"
  | "UNSNOOZED"
  | "WITHDRAWN";

/** Why the viewer cannot decide on a ticket's current revision. */
export type CannotDecideReason =
  | "ALREADY_REVIEWED"
  | "CLAIMED_BY_ANOTHER"
  | "NOT_A_REVIEWER"
  | "NOT_IN_QUEUE"
  | "NOT_PENDING"
  | "OWN_SUBMISSION";

/** What is to be different; what is absent stays. */
export type ChangeEndpointInput = {
  /** Off: what happens meanwhile is not told; what waited becomes dead letters. */
  readonly disabled?: boolean | null | undefined;
  readonly endpointId: string;
  readonly name?: string | null | undefined;
  /** Null for all. */
  readonly queues?: ReadonlyArray<string> | null | undefined;
  /** Null for the usual ones. */
  readonly types?: ReadonlyArray<AuditEventType> | null | undefined;
  /** https, and an address that the whole world may reach, unless the operator allows otherwise. */
  readonly url?: string | null | undefined;
};

/** What is to be different about a member; what is left out stays. */
export type ChangeMemberInput = {
  readonly memberId: string;
  readonly name?: string | null | undefined;
  /** All of them; an explicit null means every queue. */
  readonly queues?: ReadonlyArray<string> | null | undefined;
  /** All of them, not only those to be added. */
  readonly roles?: ReadonlyArray<Role> | null | undefined;
};

/** What is to be different about a queue. */
export type ChangeQueueInput = {
  /** Of tickets that are submitted from then on. */
  readonly minimumApprovals: number;
  readonly name: string;
};

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

/** A key for oneself; an ADMIN names an agent, or a new one, to make a key for it. */
export type CreateApiKeyInput = {
  /** Of an agent that there is not yet. */
  readonly agentName?: string | null | undefined;
  /** A human's own key lasts for 90 days unless told, and for a year at most; an agent's may have no end. A key that is made with another key ends with it at the latest. */
  readonly expiresAt?: string | null | undefined;
  /** What it is for; the principal's name, unless told. */
  readonly label?: string | null | undefined;
  /** The human who uses the agent with this key, and so cannot review what it submits. */
  readonly onBehalfOf?: string | null | undefined;
  /** An agent that there is. */
  readonly principalId?: string | null | undefined;
};

/** Where events are to be told from now on. */
export type CreateEndpointInput = {
  readonly channel?: EndpointChannel;
  /** What it is for. */
  readonly name: string;
  /** Only tickets of these queues; null for all. */
  readonly queues?: ReadonlyArray<string> | null | undefined;
  /** Only events of these types. Null: everything about the work on tickets, and for a chat what comes in and what is settled. */
  readonly types?: ReadonlyArray<AuditEventType> | null | undefined;
  /** https, and an address that the whole world may reach, unless the operator allows otherwise. */
  readonly url: string;
};

/** A queue for reviewers to pick tickets up in. */
export type CreateQueueInput = {
  /** Approvals that every ticket in it needs at least, by different people. */
  readonly minimumApprovals?: number;
  /** Names it from then on: a queue is never renamed nor removed. */
  readonly name: string;
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

/** Why something is told. */
export type DeliveryReason =
  /** Since it happened, together with what else did. */
  | "DIGEST"
  /** Since a ticket was due. */
  | "ESCALATION"
  /** Since it happened. */
  | "EVENT"
  /** Since a ticket is due soon. */
  | "REMINDER";

/** How an endpoint is told. */
export type EndpointChannel =
  /** With the messages that incoming webhooks of Slack take, and of others that speak like it. */
  | "SLACK"
  /** By the Standard Webhooks specification. */
  | "WEBHOOK";

/** Asks a human in, or sends a member another sign-in link; who was removed is a member again. */
export type InviteMemberInput = {
  /** Names the member; capitals make no difference. */
  readonly email: string;
  /** The address, unless told. */
  readonly name?: string | null | undefined;
  /** Where a reviewer is to work; every queue, unless told. */
  readonly queues?: ReadonlyArray<string> | null | undefined;
  /** Needed for somebody new; for a member, they must be those that the member has. */
  readonly roles?: ReadonlyArray<Role> | null | undefined;
};

/** How somebody is mailed about a queue. */
export type MailPreference =
  /** One mail a day with all of them. */
  | "DIGEST"
  /** No mail at all, not even of assignments, reminders and escalations. */
  | "OFF"
  /** A mail for each revision that comes in. */
  | "SINGLE";

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

/** Which endpoint. */
export type RemoveEndpointInput = {
  readonly endpointId: string;
};

/** Ends a membership, with every key, session and sign-in link of theirs. */
export type RemoveMemberInput = {
  readonly memberId: string;
};

/** Which dead letters: those named, or those of an endpoint, of a range of events, or both. */
export type ReplayDeadLettersInput = {
  readonly endpointId?: string | null | undefined;
  /** From this event on, itself included. */
  readonly from?: string | null | undefined;
  /** 100 at most. */
  readonly ids?: ReadonlyArray<string> | null | undefined;
  /** Up to this event, itself included. */
  readonly to?: string | null | undefined;
};

/** Takes one's own approval back, while the ticket is still PENDING. */
export type RetractReviewInput = {
  readonly revision: number;
  readonly ticketId: string;
};

/** What a reviewer may say. */
export type ReviewOutcome = "APPROVED" | "NEEDS_CHANGES" | "REJECTED";

/** Ends one's own key, or as an ADMIN anybody's. */
export type RevokeApiKeyInput = {
  readonly keyId: string;
};

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

/** Replaces one's own key, or as an ADMIN an agent's. */
export type RotateApiKeyInput = {
  /** A human's own key lasts for 90 days unless told, and for a year at most; an agent's may have no end. A key that is made with another key ends with it at the latest. */
  readonly expiresAt?: string | null | undefined;
  readonly keyId: string;
  /** How long the old key goes on working, minutes, where it does not end before; 43200 at most. */
  readonly overlapMinutes?: number | null | undefined;
};

/** A new secret for an endpoint. */
export type RotateEndpointSecretInput = {
  readonly endpointId: string;
  /** How long the former secret signs beside the new one, minutes; 43200 at most. */
  readonly overlapMinutes?: number;
};

/** When the viewer wants to be mailed; all of it. */
export type SetNotificationHoursInput = {
  /** Minute of the day at which a digest is mailed. */
  readonly digestAt?: number;
  /** Minute of the day, 0 to 1439. Without it no hour is quiet. */
  readonly quietFrom?: number | null | undefined;
  /** Minute of the day, of the next one where it is the smaller one. */
  readonly quietUntil?: number | null | undefined;
  /** An IANA name, such as Europe/Berlin. */
  readonly timeZone?: string;
};

/** How the viewer wants to be mailed. */
export type SetNotificationPreferenceInput = {
  /** Null takes back what was said of the queue: it is as in general then. */
  readonly mail?: MailPreference | null | undefined;
  /** Every queue of which nothing else is said, unless named. */
  readonly queue?: string | null | undefined;
};

/** What a queue is to do about the due times of its tickets; all of it. */
export type SetQueueNoticeInput = {
  /** Minutes after the due time, 0 to 43200; never without it. */
  readonly escalateMinutes?: number | null | undefined;
  /** Members to escalate to, 50 at most: humans who review or manage, and have an address. */
  readonly escalateTo?: ReadonlyArray<string>;
  readonly queue: string;
  /** Minutes before the due time, 1 to 43200; never without it. */
  readonly remindMinutes?: number | null | undefined;
};

/** Takes a ticket out of one's own list for a while. It decides nothing. */
export type SnoozeTicketInput = {
  /** The revision that was looked at: STALE_REVISION where another one has come in. */
  readonly revision?: number | null | undefined;
  readonly ticketId: string;
  /** When it comes back; in the future, and at most 365 days away. */
  readonly until: string;
};

/** Which endpoint. */
export type TestEndpointInput = {
  readonly endpointId: string;
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

/** Takes up again what one has put aside. */
export type UnsnoozeTicketInput = {
  readonly ticketId: string;
};

export type ViewerQueryVariables = Exact<{ [key: string]: never }>;

export type ViewerQuery = {
  readonly viewer: {
    readonly roles: ReadonlyArray<Role>;
    readonly queues: ReadonlyArray<string> | null;
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

export type AsleepQueryVariables = Exact<{
  filter?: TicketFilter | null | undefined;
  first: number;
}>;

export type AsleepQuery = {
  readonly tickets: {
    readonly totalCount: number;
    readonly edges: ReadonlyArray<{
      readonly node: { readonly id: string; readonly viewerSnoozedUntil: string | null };
    }>;
  };
};

export type OneTicketRowQueryVariables = Exact<{
  id: string;
}>;

export type OneTicketRowQuery = { readonly ticket: TicketRowFragment | null };

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
  readonly viewerSnoozedUntil: string | null;
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
        readonly email: string | null;
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

export type SnoozeMutationVariables = Exact<{
  input: SnoozeTicketInput;
}>;

export type SnoozeMutation = { readonly snoozeTicket: { readonly ticket: TicketRowFragment } };

export type UnsnoozeMutationVariables = Exact<{
  input: UnsnoozeTicketInput;
}>;

export type UnsnoozeMutation = { readonly unsnoozeTicket: { readonly ticket: TicketRowFragment } };

export type CommentMutationVariables = Exact<{
  input: CommentOnTicketInput;
}>;

export type CommentMutation = { readonly commentOnTicket: { readonly ticket: TicketDetailFragment } };

export type RetractMutationVariables = Exact<{
  input: RetractReviewInput;
}>;

export type RetractMutation = { readonly retractReview: { readonly ticket: TicketDetailFragment } };

export type RecentEventsQueryVariables = Exact<{
  ticketId?: string | null | undefined;
  types?: ReadonlyArray<AuditEventType> | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;

export type RecentEventsQuery = {
  readonly recentEvents: {
    readonly edges: ReadonlyArray<{
      readonly cursor: string;
      readonly node: {
        readonly sequence: number;
        readonly type: AuditEventType;
        readonly ticketId: string | null;
        readonly revision: number | null;
        readonly at: string;
        readonly data: Record<string, unknown>;
        readonly previousHash: string;
        readonly hash: string;
        readonly proposal: { readonly title: string } | null;
        readonly actor: { readonly id: string; readonly name: string; readonly kind: PrincipalKind };
      };
    }>;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
};

export type VerifyAuditMutationVariables = Exact<{
  waitSeconds: number;
}>;

export type VerifyAuditMutation = {
  readonly verifyAudit: {
    readonly startedAt: string;
    readonly events: number;
    readonly tickets: number;
    readonly verdict: {
      readonly ok: boolean;
      readonly furtherFindings: number;
      readonly checkedAt: string;
      readonly lastSequence: number | null;
      readonly lastHash: string | null;
      readonly checkpointSequence: number | null;
      readonly findings: ReadonlyArray<{ readonly sequence: number | null; readonly message: string }>;
    } | null;
  };
};

export type MemberRowFragment = {
  readonly id: string;
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly roles: ReadonlyArray<Role>;
  readonly queues: ReadonlyArray<string> | null;
  readonly email: string | null;
  readonly createdAt: string;
  readonly removedAt: string | null;
};

export type MembersQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  includeRemoved: boolean;
}>;

export type MembersQuery = {
  readonly members: {
    readonly edges: ReadonlyArray<{ readonly node: MemberRowFragment }>;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
};

export type QueuesQueryVariables = Exact<{ [key: string]: never }>;

export type QueuesQuery = {
  readonly queues: ReadonlyArray<{ readonly name: string; readonly minimumApprovals: number }>;
};

export type ManagedQueuesQueryVariables = Exact<{ [key: string]: never }>;

export type ManagedQueuesQuery = {
  readonly queues: ReadonlyArray<{
    readonly name: string;
    readonly minimumApprovals: number;
    readonly notice: {
      readonly remindMinutes: number | null;
      readonly escalateMinutes: number | null;
      readonly escalateTo: ReadonlyArray<string>;
    } | null;
  }>;
};

export type SetQueueNoticeMutationVariables = Exact<{
  input: SetQueueNoticeInput;
}>;

export type SetQueueNoticeMutation = {
  readonly setQueueNotice: { readonly queue: { readonly name: string } };
};

export type OwnNotificationsFragment = {
  readonly mailConfigured: boolean;
  readonly address: string | null;
  readonly mail: MailPreference;
  readonly timeZone: string;
  readonly quietFrom: number | null;
  readonly quietUntil: number | null;
  readonly digestAt: number;
  readonly queues: ReadonlyArray<{ readonly queue: string; readonly mail: MailPreference }>;
};

export type NotificationsQueryVariables = Exact<{ [key: string]: never }>;

export type NotificationsQuery = { readonly notificationPreferences: OwnNotificationsFragment };

export type SetNotificationPreferenceMutationVariables = Exact<{
  input: SetNotificationPreferenceInput;
}>;

export type SetNotificationPreferenceMutation = {
  readonly setNotificationPreference: { readonly notificationPreferences: OwnNotificationsFragment };
};

export type SetNotificationHoursMutationVariables = Exact<{
  input: SetNotificationHoursInput;
}>;

export type SetNotificationHoursMutation = {
  readonly setNotificationHours: { readonly notificationPreferences: OwnNotificationsFragment };
};

export type CreateQueueMutationVariables = Exact<{
  input: CreateQueueInput;
}>;

export type CreateQueueMutation = { readonly createQueue: { readonly queue: { readonly name: string } } };

export type ChangeQueueMutationVariables = Exact<{
  input: ChangeQueueInput;
}>;

export type ChangeQueueMutation = { readonly changeQueue: { readonly queue: { readonly name: string } } };

export type EndpointRowFragment = {
  readonly id: string;
  readonly channel: EndpointChannel;
  readonly name: string;
  readonly url: string;
  readonly queues: ReadonlyArray<string> | null;
  readonly types: ReadonlyArray<AuditEventType> | null;
  readonly disabledAt: string | null;
  readonly disabledReason: string | null;
  readonly deadLetters: number;
};

export type EndpointsQueryVariables = Exact<{ [key: string]: never }>;

export type EndpointsQuery = { readonly endpoints: ReadonlyArray<EndpointRowFragment> };

export type CreateEndpointMutationVariables = Exact<{
  input: CreateEndpointInput;
}>;

export type CreateEndpointMutation = {
  readonly createEndpoint: { readonly secret: string | null; readonly endpoint: { readonly name: string } };
};

export type ChangeEndpointMutationVariables = Exact<{
  input: ChangeEndpointInput;
}>;

export type ChangeEndpointMutation = {
  readonly changeEndpoint: { readonly endpoint: { readonly name: string } };
};

export type RemoveEndpointMutationVariables = Exact<{
  input: RemoveEndpointInput;
}>;

export type RemoveEndpointMutation = {
  readonly removeEndpoint: { readonly endpoint: { readonly id: string } };
};

export type RotateEndpointSecretMutationVariables = Exact<{
  input: RotateEndpointSecretInput;
}>;

export type RotateEndpointSecretMutation = { readonly rotateEndpointSecret: { readonly secret: string } };

export type TestEndpointMutationVariables = Exact<{
  input: TestEndpointInput;
}>;

export type TestEndpointMutation = {
  readonly testEndpoint: {
    readonly delivered: boolean;
    readonly httpStatus: number | null;
    readonly problem: string | null;
    readonly milliseconds: number;
  };
};

export type DeadLettersQueryVariables = Exact<{
  endpointId: string;
  first: number;
  after?: string | null | undefined;
}>;

export type DeadLettersQuery = {
  readonly deadLetters: {
    readonly edges: ReadonlyArray<{
      readonly node: {
        readonly id: string;
        readonly ticketId: string | null;
        readonly eventSequence: number;
        readonly reason: DeliveryReason;
        readonly attempts: number;
        readonly problem: string | null;
        readonly givenUpAt: string;
      };
    }>;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
};

export type ReplayDeadLettersMutationVariables = Exact<{
  input: ReplayDeadLettersInput;
}>;

export type ReplayDeadLettersMutation = { readonly replayDeadLetters: { readonly replayed: number } };

export type InviteMemberMutationVariables = Exact<{
  input: InviteMemberInput;
}>;

export type InviteMemberMutation = {
  readonly inviteMember: {
    readonly signInUrl: string;
    readonly expiresAt: string;
    readonly member: MemberRowFragment;
  };
};

export type ChangeMemberMutationVariables = Exact<{
  input: ChangeMemberInput;
}>;

export type ChangeMemberMutation = { readonly changeMember: { readonly member: MemberRowFragment } };

export type RemoveMemberMutationVariables = Exact<{
  input: RemoveMemberInput;
}>;

export type RemoveMemberMutation = { readonly removeMember: { readonly member: { readonly id: string } } };

export type ApiKeyRowFragment = {
  readonly id: string;
  readonly label: string;
  readonly roles: ReadonlyArray<Role>;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly principal: { readonly id: string; readonly name: string; readonly kind: PrincipalKind };
  readonly onBehalfOf: { readonly id: string; readonly name: string } | null;
};

export type ApiKeysQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  principalId?: string | null | undefined;
}>;

export type ApiKeysQuery = {
  readonly apiKeys: {
    readonly edges: ReadonlyArray<{ readonly node: ApiKeyRowFragment }>;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
};

export type CreateApiKeyMutationVariables = Exact<{
  input: CreateApiKeyInput;
}>;

export type CreateApiKeyMutation = {
  readonly createApiKey: { readonly key: string; readonly apiKey: ApiKeyRowFragment };
};

export type RotateApiKeyMutationVariables = Exact<{
  input: RotateApiKeyInput;
}>;

export type RotateApiKeyMutation = {
  readonly rotateApiKey: {
    readonly key: string;
    readonly apiKey: ApiKeyRowFragment;
    readonly replaced: { readonly id: string; readonly expiresAt: string | null };
  };
};

export type RevokeApiKeyMutationVariables = Exact<{
  input: RevokeApiKeyInput;
}>;

export type RevokeApiKeyMutation = {
  readonly revokeApiKey: { readonly apiKey: { readonly id: string; readonly revokedAt: string | null } };
};

export type TicketViewersSubscriptionVariables = Exact<{
  ticketId: string;
}>;

export type TicketViewersSubscription = {
  readonly ticketViewers: {
    readonly count: number;
    readonly viewers: ReadonlyArray<{
      readonly since: string;
      readonly principal: { readonly id: string; readonly name: string };
    }>;
  };
};

export const ViewerDocument =
  "query Viewer{viewer{principal{id name kind}roles queues workspace{id name}ledgerCursor}}" as unknown as TypedDocumentNode<
    ViewerQuery,
    ViewerQueryVariables
  >;

export const TicketsDocument =
  "query Tickets($filter:TicketFilter$orderBy:TicketOrder$first:Int!$after:String){tickets(filter:$filter orderBy:$orderBy first:$first after:$after){edges{cursor node{...TicketRow}}pageInfo{hasNextPage endCursor}ledgerCursor}}fragment TicketRow on ReviewTicket{id queue status priority revision proposal{revision title digest}decision{ticketId status decidedAt decidedBy{id name}}approvalsRequired submittedBy{id name kind}submittedAt updatedAt assignee{id name}dueAt expiresAt viewerSnoozedUntil viewerCanDecide viewerCannotDecideReasons reviews{reviewer{id name}revision outcome retractedAt}}" as unknown as TypedDocumentNode<
    TicketsQuery,
    TicketsQueryVariables
  >;

export const TicketCountDocument =
  "query TicketCount($filter:TicketFilter){tickets(filter:$filter first:1){totalCount}}" as unknown as TypedDocumentNode<
    TicketCountQuery,
    TicketCountQueryVariables
  >;

export const AsleepDocument =
  "query Asleep($filter:TicketFilter$first:Int!){tickets(filter:$filter first:$first){edges{node{id viewerSnoozedUntil}}totalCount}}" as unknown as TypedDocumentNode<
    AsleepQuery,
    AsleepQueryVariables
  >;

export const OneTicketRowDocument =
  "query OneTicketRow($id:ID!){ticket(id:$id){...TicketRow}}fragment TicketRow on ReviewTicket{id queue status priority revision proposal{revision title digest}decision{ticketId status decidedAt decidedBy{id name}}approvalsRequired submittedBy{id name kind}submittedAt updatedAt assignee{id name}dueAt expiresAt viewerSnoozedUntil viewerCanDecide viewerCannotDecideReasons reviews{reviewer{id name}revision outcome retractedAt}}" as unknown as TypedDocumentNode<
    OneTicketRowQuery,
    OneTicketRowQueryVariables
  >;

export const TicketDocument =
  "query Ticket($id:ID!){viewer{principal{id name}roles ledgerCursor}ticket(id:$id){...TicketDetail}}fragment TicketDetail on ReviewTicket{...TicketRow proposal{...ProposalText}reviews{reviewer{id name}revision outcome comments reviewedAt retractedAt}decision{ticketId revision status comments decidedBy{id name}decidedAt receipt}}fragment TicketRow on ReviewTicket{id queue status priority revision proposal{revision title digest}decision{ticketId status decidedAt decidedBy{id name}}approvalsRequired submittedBy{id name kind}submittedAt updatedAt assignee{id name}dueAt expiresAt viewerSnoozedUntil viewerCanDecide viewerCannotDecideReasons reviews{reviewer{id name}revision outcome retractedAt}}fragment ProposalText on Proposal{revision title detail payload digest submittedBy{id name kind}submittedAt}" as unknown as TypedDocumentNode<
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
  "query Assignable($first:Int!$after:String){members(first:$first after:$after){edges{node{id name kind email roles queues}}pageInfo{hasNextPage endCursor}}}" as unknown as TypedDocumentNode<
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
  "subscription TicketChanged($after:LedgerCursor){ticketChanged(after:$after){cursor event{sequence type revision actor{id name kind}at}ticket{...TicketRow}}}fragment TicketRow on ReviewTicket{id queue status priority revision proposal{revision title digest}decision{ticketId status decidedAt decidedBy{id name}}approvalsRequired submittedBy{id name kind}submittedAt updatedAt assignee{id name}dueAt expiresAt viewerSnoozedUntil viewerCanDecide viewerCannotDecideReasons reviews{reviewer{id name}revision outcome retractedAt}}" as unknown as TypedDocumentNode<
    TicketChangedSubscription,
    TicketChangedSubscriptionVariables
  >;

export const DecideDocument =
  "mutation Decide($input:DecideTicketInput!){decideTicket(input:$input){ticket{...TicketDetail}decision{ticketId status}}}fragment TicketDetail on ReviewTicket{...TicketRow proposal{...ProposalText}reviews{reviewer{id name}revision outcome comments reviewedAt retractedAt}decision{ticketId revision status comments decidedBy{id name}decidedAt receipt}}fragment TicketRow on ReviewTicket{id queue status priority revision proposal{revision title digest}decision{ticketId status decidedAt decidedBy{id name}}approvalsRequired submittedBy{id name kind}submittedAt updatedAt assignee{id name}dueAt expiresAt viewerSnoozedUntil viewerCanDecide viewerCannotDecideReasons reviews{reviewer{id name}revision outcome retractedAt}}fragment ProposalText on Proposal{revision title detail payload digest submittedBy{id name kind}submittedAt}" as unknown as TypedDocumentNode<
    DecideMutation,
    DecideMutationVariables
  >;

export const ClaimDocument =
  "mutation Claim($input:ClaimTicketInput!){claimTicket(input:$input){ticket{...TicketRow}}}fragment TicketRow on ReviewTicket{id queue status priority revision proposal{revision title digest}decision{ticketId status decidedAt decidedBy{id name}}approvalsRequired submittedBy{id name kind}submittedAt updatedAt assignee{id name}dueAt expiresAt viewerSnoozedUntil viewerCanDecide viewerCannotDecideReasons reviews{reviewer{id name}revision outcome retractedAt}}" as unknown as TypedDocumentNode<
    ClaimMutation,
    ClaimMutationVariables
  >;

export const ReleaseDocument =
  "mutation Release($input:ReleaseTicketInput!){releaseTicket(input:$input){ticket{...TicketRow}}}fragment TicketRow on ReviewTicket{id queue status priority revision proposal{revision title digest}decision{ticketId status decidedAt decidedBy{id name}}approvalsRequired submittedBy{id name kind}submittedAt updatedAt assignee{id name}dueAt expiresAt viewerSnoozedUntil viewerCanDecide viewerCannotDecideReasons reviews{reviewer{id name}revision outcome retractedAt}}" as unknown as TypedDocumentNode<
    ReleaseMutation,
    ReleaseMutationVariables
  >;

export const SnoozeDocument =
  "mutation Snooze($input:SnoozeTicketInput!){snoozeTicket(input:$input){ticket{...TicketRow}}}fragment TicketRow on ReviewTicket{id queue status priority revision proposal{revision title digest}decision{ticketId status decidedAt decidedBy{id name}}approvalsRequired submittedBy{id name kind}submittedAt updatedAt assignee{id name}dueAt expiresAt viewerSnoozedUntil viewerCanDecide viewerCannotDecideReasons reviews{reviewer{id name}revision outcome retractedAt}}" as unknown as TypedDocumentNode<
    SnoozeMutation,
    SnoozeMutationVariables
  >;

export const UnsnoozeDocument =
  "mutation Unsnooze($input:UnsnoozeTicketInput!){unsnoozeTicket(input:$input){ticket{...TicketRow}}}fragment TicketRow on ReviewTicket{id queue status priority revision proposal{revision title digest}decision{ticketId status decidedAt decidedBy{id name}}approvalsRequired submittedBy{id name kind}submittedAt updatedAt assignee{id name}dueAt expiresAt viewerSnoozedUntil viewerCanDecide viewerCannotDecideReasons reviews{reviewer{id name}revision outcome retractedAt}}" as unknown as TypedDocumentNode<
    UnsnoozeMutation,
    UnsnoozeMutationVariables
  >;

export const CommentDocument =
  "mutation Comment($input:CommentOnTicketInput!){commentOnTicket(input:$input){ticket{...TicketDetail}}}fragment TicketDetail on ReviewTicket{...TicketRow proposal{...ProposalText}reviews{reviewer{id name}revision outcome comments reviewedAt retractedAt}decision{ticketId revision status comments decidedBy{id name}decidedAt receipt}}fragment TicketRow on ReviewTicket{id queue status priority revision proposal{revision title digest}decision{ticketId status decidedAt decidedBy{id name}}approvalsRequired submittedBy{id name kind}submittedAt updatedAt assignee{id name}dueAt expiresAt viewerSnoozedUntil viewerCanDecide viewerCannotDecideReasons reviews{reviewer{id name}revision outcome retractedAt}}fragment ProposalText on Proposal{revision title detail payload digest submittedBy{id name kind}submittedAt}" as unknown as TypedDocumentNode<
    CommentMutation,
    CommentMutationVariables
  >;

export const RetractDocument =
  "mutation Retract($input:RetractReviewInput!){retractReview(input:$input){ticket{...TicketDetail}}}fragment TicketDetail on ReviewTicket{...TicketRow proposal{...ProposalText}reviews{reviewer{id name}revision outcome comments reviewedAt retractedAt}decision{ticketId revision status comments decidedBy{id name}decidedAt receipt}}fragment TicketRow on ReviewTicket{id queue status priority revision proposal{revision title digest}decision{ticketId status decidedAt decidedBy{id name}}approvalsRequired submittedBy{id name kind}submittedAt updatedAt assignee{id name}dueAt expiresAt viewerSnoozedUntil viewerCanDecide viewerCannotDecideReasons reviews{reviewer{id name}revision outcome retractedAt}}fragment ProposalText on Proposal{revision title detail payload digest submittedBy{id name kind}submittedAt}" as unknown as TypedDocumentNode<
    RetractMutation,
    RetractMutationVariables
  >;

export const RecentEventsDocument =
  "query RecentEvents($ticketId:ID$types:[AuditEventType!]$first:Int!$after:String){recentEvents(ticketId:$ticketId types:$types first:$first after:$after){edges{cursor node{sequence type ticketId revision proposal{title}actor{id name kind}at data previousHash hash}}pageInfo{hasNextPage endCursor}}}" as unknown as TypedDocumentNode<
    RecentEventsQuery,
    RecentEventsQueryVariables
  >;

export const VerifyAuditDocument =
  "mutation VerifyAudit($waitSeconds:Int!){verifyAudit(waitSeconds:$waitSeconds){startedAt events tickets verdict{ok findings{sequence message}furtherFindings checkedAt lastSequence lastHash checkpointSequence}}}" as unknown as TypedDocumentNode<
    VerifyAuditMutation,
    VerifyAuditMutationVariables
  >;

export const MembersDocument =
  "query Members($first:Int!$after:String$includeRemoved:Boolean!){members(first:$first after:$after includeRemoved:$includeRemoved){edges{node{...MemberRow}}pageInfo{hasNextPage endCursor}}}fragment MemberRow on Member{id name kind roles queues email createdAt removedAt}" as unknown as TypedDocumentNode<
    MembersQuery,
    MembersQueryVariables
  >;

export const QueuesDocument = "query Queues{queues{name minimumApprovals}}" as unknown as TypedDocumentNode<
  QueuesQuery,
  QueuesQueryVariables
>;

export const ManagedQueuesDocument =
  "query ManagedQueues{queues{name minimumApprovals notice{remindMinutes escalateMinutes escalateTo}}}" as unknown as TypedDocumentNode<
    ManagedQueuesQuery,
    ManagedQueuesQueryVariables
  >;

export const SetQueueNoticeDocument =
  "mutation SetQueueNotice($input:SetQueueNoticeInput!){setQueueNotice(input:$input){queue{name}}}" as unknown as TypedDocumentNode<
    SetQueueNoticeMutation,
    SetQueueNoticeMutationVariables
  >;

export const NotificationsDocument =
  "query Notifications{notificationPreferences{...OwnNotifications}}fragment OwnNotifications on NotificationPreferences{mailConfigured address mail queues{queue mail}timeZone quietFrom quietUntil digestAt}" as unknown as TypedDocumentNode<
    NotificationsQuery,
    NotificationsQueryVariables
  >;

export const SetNotificationPreferenceDocument =
  "mutation SetNotificationPreference($input:SetNotificationPreferenceInput!){setNotificationPreference(input:$input){notificationPreferences{...OwnNotifications}}}fragment OwnNotifications on NotificationPreferences{mailConfigured address mail queues{queue mail}timeZone quietFrom quietUntil digestAt}" as unknown as TypedDocumentNode<
    SetNotificationPreferenceMutation,
    SetNotificationPreferenceMutationVariables
  >;

export const SetNotificationHoursDocument =
  "mutation SetNotificationHours($input:SetNotificationHoursInput!){setNotificationHours(input:$input){notificationPreferences{...OwnNotifications}}}fragment OwnNotifications on NotificationPreferences{mailConfigured address mail queues{queue mail}timeZone quietFrom quietUntil digestAt}" as unknown as TypedDocumentNode<
    SetNotificationHoursMutation,
    SetNotificationHoursMutationVariables
  >;

export const CreateQueueDocument =
  "mutation CreateQueue($input:CreateQueueInput!){createQueue(input:$input){queue{name}}}" as unknown as TypedDocumentNode<
    CreateQueueMutation,
    CreateQueueMutationVariables
  >;

export const ChangeQueueDocument =
  "mutation ChangeQueue($input:ChangeQueueInput!){changeQueue(input:$input){queue{name}}}" as unknown as TypedDocumentNode<
    ChangeQueueMutation,
    ChangeQueueMutationVariables
  >;

export const EndpointsDocument =
  "query Endpoints{endpoints{...EndpointRow}}fragment EndpointRow on Endpoint{id channel name url queues types disabledAt disabledReason deadLetters}" as unknown as TypedDocumentNode<
    EndpointsQuery,
    EndpointsQueryVariables
  >;

export const CreateEndpointDocument =
  "mutation CreateEndpoint($input:CreateEndpointInput!){createEndpoint(input:$input){endpoint{name}secret}}" as unknown as TypedDocumentNode<
    CreateEndpointMutation,
    CreateEndpointMutationVariables
  >;

export const ChangeEndpointDocument =
  "mutation ChangeEndpoint($input:ChangeEndpointInput!){changeEndpoint(input:$input){endpoint{name}}}" as unknown as TypedDocumentNode<
    ChangeEndpointMutation,
    ChangeEndpointMutationVariables
  >;

export const RemoveEndpointDocument =
  "mutation RemoveEndpoint($input:RemoveEndpointInput!){removeEndpoint(input:$input){endpoint{id}}}" as unknown as TypedDocumentNode<
    RemoveEndpointMutation,
    RemoveEndpointMutationVariables
  >;

export const RotateEndpointSecretDocument =
  "mutation RotateEndpointSecret($input:RotateEndpointSecretInput!){rotateEndpointSecret(input:$input){secret}}" as unknown as TypedDocumentNode<
    RotateEndpointSecretMutation,
    RotateEndpointSecretMutationVariables
  >;

export const TestEndpointDocument =
  "mutation TestEndpoint($input:TestEndpointInput!){testEndpoint(input:$input){delivered httpStatus problem milliseconds}}" as unknown as TypedDocumentNode<
    TestEndpointMutation,
    TestEndpointMutationVariables
  >;

export const DeadLettersDocument =
  "query DeadLetters($endpointId:ID!$first:Int!$after:String){deadLetters(endpointId:$endpointId first:$first after:$after){edges{node{id ticketId eventSequence reason attempts problem givenUpAt}}pageInfo{hasNextPage endCursor}}}" as unknown as TypedDocumentNode<
    DeadLettersQuery,
    DeadLettersQueryVariables
  >;

export const ReplayDeadLettersDocument =
  "mutation ReplayDeadLetters($input:ReplayDeadLettersInput!){replayDeadLetters(input:$input){replayed}}" as unknown as TypedDocumentNode<
    ReplayDeadLettersMutation,
    ReplayDeadLettersMutationVariables
  >;

export const InviteMemberDocument =
  "mutation InviteMember($input:InviteMemberInput!){inviteMember(input:$input){member{...MemberRow}signInUrl expiresAt}}fragment MemberRow on Member{id name kind roles queues email createdAt removedAt}" as unknown as TypedDocumentNode<
    InviteMemberMutation,
    InviteMemberMutationVariables
  >;

export const ChangeMemberDocument =
  "mutation ChangeMember($input:ChangeMemberInput!){changeMember(input:$input){member{...MemberRow}}}fragment MemberRow on Member{id name kind roles queues email createdAt removedAt}" as unknown as TypedDocumentNode<
    ChangeMemberMutation,
    ChangeMemberMutationVariables
  >;

export const RemoveMemberDocument =
  "mutation RemoveMember($input:RemoveMemberInput!){removeMember(input:$input){member{id}}}" as unknown as TypedDocumentNode<
    RemoveMemberMutation,
    RemoveMemberMutationVariables
  >;

export const ApiKeysDocument =
  "query ApiKeys($first:Int!$after:String$principalId:ID){apiKeys(first:$first after:$after principalId:$principalId){edges{node{...ApiKeyRow}}pageInfo{hasNextPage endCursor}}}fragment ApiKeyRow on ApiKey{id label principal{id name kind}roles onBehalfOf{id name}createdAt expiresAt revokedAt}" as unknown as TypedDocumentNode<
    ApiKeysQuery,
    ApiKeysQueryVariables
  >;

export const CreateApiKeyDocument =
  "mutation CreateApiKey($input:CreateApiKeyInput!){createApiKey(input:$input){apiKey{...ApiKeyRow}key}}fragment ApiKeyRow on ApiKey{id label principal{id name kind}roles onBehalfOf{id name}createdAt expiresAt revokedAt}" as unknown as TypedDocumentNode<
    CreateApiKeyMutation,
    CreateApiKeyMutationVariables
  >;

export const RotateApiKeyDocument =
  "mutation RotateApiKey($input:RotateApiKeyInput!){rotateApiKey(input:$input){apiKey{...ApiKeyRow}key replaced{id expiresAt}}}fragment ApiKeyRow on ApiKey{id label principal{id name kind}roles onBehalfOf{id name}createdAt expiresAt revokedAt}" as unknown as TypedDocumentNode<
    RotateApiKeyMutation,
    RotateApiKeyMutationVariables
  >;

export const RevokeApiKeyDocument =
  "mutation RevokeApiKey($input:RevokeApiKeyInput!){revokeApiKey(input:$input){apiKey{id revokedAt}}}" as unknown as TypedDocumentNode<
    RevokeApiKeyMutation,
    RevokeApiKeyMutationVariables
  >;

export const TicketViewersDocument =
  "subscription TicketViewers($ticketId:ID!){ticketViewers(ticketId:$ticketId){count viewers{principal{id name}since}}}" as unknown as TypedDocumentNode<
    TicketViewersSubscription,
    TicketViewersSubscriptionVariables
  >;
