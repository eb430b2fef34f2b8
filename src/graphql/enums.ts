import { registerEnumType } from "type-graphql";
import { CANNOT_DECIDE_REASONS } from "../domain/eligibility.js";
import { PRINCIPAL_KINDS, ROLES } from "../domain/principal.js";
import { EVENT_TYPES } from "../domain/ticket-event.js";
import { DECISION_STATUSES, PRIORITIES, REVIEW_OUTCOMES } from "../domain/ticket-state.js";
import { ENDPOINT_CHANNELS } from "../notify/endpoints.js";
import { MAIL_PREFERENCES } from "../notify/preferences/mail-preference.js";
import { CHANNEL_NAMES, DELIVERY_REASONS } from "../persistence/delivery-queries.js";
import { TICKET_ORDERS } from "../persistence/ticket-listing.js";

/** The object that type-graphql knows an enum by; made from the domain's list, so that the two cannot drift apart. */
function members<Name extends string>(names: readonly Name[]): { readonly [N in Name]: N } {
  return Object.fromEntries(names.map((name) => [name, name])) as { [N in Name]: N };
}

export const DecisionStatusEnum = members(DECISION_STATUSES);
registerEnumType(DecisionStatusEnum, {
  name: "DecisionStatus",
  description: "Where a ticket stands. APPROVED, REJECTED, EXPIRED and WITHDRAWN are final.",
  valuesConfig: {
    PENDING: { description: "Waiting for a human." },
    APPROVED: { description: "As many reviewers as were required signed this revision off." },
    REJECTED: { description: "A reviewer refused it." },
    NEEDS_CHANGES: { description: "The agent is asked to revise the proposal and resubmit it." },
    EXPIRED: {
      description: "The deadline passed undecided. Never the same as REJECTED, and never an approval.",
    },
    WITHDRAWN: { description: "Taken back by its submitter." },
  },
});

export const ReviewOutcomeEnum = members(REVIEW_OUTCOMES);
registerEnumType(ReviewOutcomeEnum, { name: "ReviewOutcome", description: "What a reviewer may say." });

export const PriorityEnum = members(PRIORITIES);
registerEnumType(PriorityEnum, { name: "Priority", description: "How soon a human should look." });

export const PrincipalKindEnum = members(PRINCIPAL_KINDS);
registerEnumType(PrincipalKindEnum, {
  name: "PrincipalKind",
  description: "Who acts: a machine, a person, or Countersign itself (its timers).",
  valuesConfig: {
    AGENT: { description: "A machine: it proposes and waits, and can never sign anything off." },
    HUMAN: { description: "A person." },
    SYSTEM: { description: "Countersign itself, for instance when a deadline passes." },
  },
});

export const RoleEnum = members(ROLES);
registerEnumType(RoleEnum, {
  name: "Role",
  description: "What a principal may do.",
  valuesConfig: {
    AGENT: { description: "Submits, and sees what it submitted." },
    REVIEWER: { description: "Lists, claims and decides in its queues. Held by humans only." },
    AUDITOR: { description: "Reads everything in its workspace." },
    ADMIN: { description: "Manages the workspace. Held by humans only." },
  },
});

export const CannotDecideReasonEnum = members(CANNOT_DECIDE_REASONS);
registerEnumType(CannotDecideReasonEnum, {
  name: "CannotDecideReason",
  description: "Why the viewer cannot decide on a ticket's current revision.",
});

export const AuditEventTypeEnum = members(EVENT_TYPES);
registerEnumType(AuditEventTypeEnum, {
  name: "AuditEventType",
  description: "What an event says has happened.",
});

export const MailPreferenceEnum = members(MAIL_PREFERENCES);
registerEnumType(MailPreferenceEnum, {
  name: "MailPreference",
  description: "How somebody is mailed about a queue.",
  valuesConfig: {
    SINGLE: { description: "A mail for each revision that comes in." },
    DIGEST: { description: "One mail a day with all of them." },
    OFF: { description: "No mail at all, not even of assignments, reminders and escalations." },
  },
});

export const TicketOrderEnum = members(TICKET_ORDERS);
registerEnumType(TicketOrderEnum, {
  name: "TicketOrder",
  description: "In which order tickets are listed.",
  valuesConfig: {
    NEWEST: { description: "Last submitted first." },
    OLDEST: { description: "First submitted first." },
    PRIORITY: { description: "The most urgent first, and among those the oldest." },
    DUE: { description: "The nearest due time first; tickets without one come last." },
  },
});

export const EndpointChannelEnum = members(ENDPOINT_CHANNELS);
registerEnumType(EndpointChannelEnum, {
  name: "EndpointChannel",
  description: "How an endpoint is told.",
  valuesConfig: {
    WEBHOOK: { description: "By the Standard Webhooks specification." },
    SLACK: {
      description:
        "With the messages that incoming webhooks of Slack take, and of others that speak like it.",
    },
  },
});

export const DeliveryChannelEnum = members(CHANNEL_NAMES);
registerEnumType(DeliveryChannelEnum, {
  name: "DeliveryChannel",
  description: "By which way something is told.",
  valuesConfig: {
    CALLBACK: { description: "To the callbackUrl that a ticket was submitted with." },
    CORE: { description: "To the HMS-SYS Core that is in the settings." },
  },
});

export const DeliveryReasonEnum = members(DELIVERY_REASONS);
registerEnumType(DeliveryReasonEnum, {
  name: "DeliveryReason",
  description: "Why something is told.",
  valuesConfig: {
    EVENT: { description: "Since it happened." },
    DIGEST: { description: "Since it happened, together with what else did." },
    REMINDER: { description: "Since a ticket is due soon." },
    ESCALATION: { description: "Since a ticket was due." },
  },
});
