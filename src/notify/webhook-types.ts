import type { EventType } from "../domain/ticket-event.js";
import type { NewsReason } from "./news.js";

/** What each type of event is called in a webhook; null for what is never sent: watching, and one's own list. */
const TYPES = {
  SUBMITTED: "ticket.submitted",
  RESUBMITTED: "ticket.resubmitted",
  WITHDRAWN: "ticket.withdrawn",
  EXPIRED: "ticket.expired",
  CLAIMED: "ticket.claimed",
  RELEASED: "ticket.released",
  ASSIGNED: "ticket.assigned",
  SNOOZED: null,
  UNSNOOZED: null,
  COMMENTED: "ticket.commented",
  REVIEWED: "ticket.reviewed",
  RETRACTED: "ticket.review_retracted",
  DECIDED: "ticket.decided",
  DECISION_READ: null,
  LOGGED: null,
  NOTIFIED: null,
  DELIVERY_FAILED: null,
  ACCESS_DENIED: null,
  SIGNED_IN: null,
  // Of no ticket: for endpoints that name the type, and no others.
  API_KEY_CREATED: "workspace.api_key_created",
  API_KEY_REVOKED: "workspace.api_key_revoked",
  MEMBER_CHANGED: "workspace.member_changed",
  SETTINGS_CHANGED: "workspace.settings_changed",
} as const satisfies Readonly<Record<EventType, string | null>>;

const OF_DEADLINES = { REMINDER: "ticket.reminder", ESCALATION: "ticket.escalation" } as const;

/** Of a message that an admin asked for, to see whether it arrives. */
export const PING_TYPE = "webhook.ping";

/** The type of the webhook that tells of an event, or of its ticket's deadline; null where none does. */
export function webhookType(type: EventType, reason: NewsReason = "EVENT"): string | null {
  return reason === "EVENT" ? TYPES[type] : OF_DEADLINES[reason];
}

/** Every type that an endpoint may ask for. */
export const WEBHOOK_TYPES: readonly string[] = [
  ...Object.values(TYPES).filter((type) => type !== null),
  ...Object.values(OF_DEADLINES),
];
