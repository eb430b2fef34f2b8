import type { AuditEventType } from "../api/generated.js";

/** What each type of event is called on the page, in groups that are asked for together. */
export const EVENT_GROUPS = [
  {
    id: "work",
    says: "Proposals",
    types: { SUBMITTED: "Submitted", RESUBMITTED: "Resubmitted", WITHDRAWN: "Withdrawn", EXPIRED: "Expired" },
  },
  {
    id: "review",
    says: "Reviews and decisions",
    types: { REVIEWED: "Reviewed", RETRACTED: "Review taken back", DECIDED: "Decided" },
  },
  {
    id: "hands",
    says: "Hands and remarks",
    types: {
      CLAIMED: "Claimed",
      RELEASED: "Released",
      ASSIGNED: "Assigned",
      SNOOZED: "Put aside",
      UNSNOOZED: "Woken",
      COMMENTED: "Commented",
    },
  },
  {
    id: "people",
    says: "People and keys",
    types: {
      SIGNED_IN: "Signed in",
      MEMBER_CHANGED: "Member changed",
      API_KEY_CREATED: "Key made",
      API_KEY_REVOKED: "Key revoked",
      SETTINGS_CHANGED: "Settings changed",
    },
  },
  {
    id: "watching",
    says: "Watching",
    types: {
      DECISION_READ: "Decision read",
      NOTIFIED: "Notified",
      DELIVERY_FAILED: "Delivery failed",
      ACCESS_DENIED: "Access denied",
      LOGGED: "Logged",
    },
  },
] as const satisfies readonly {
  readonly id: string;
  readonly says: string;
  readonly types: Partial<Record<AuditEventType, string>>;
}[];

const NAMES: ReadonlyMap<string, string> = new Map(
  EVENT_GROUPS.flatMap(({ types }) => Object.entries(types)),
);

/** A type that a later server knows is called what it is. */
export function nameOfType(type: string): string {
  return NAMES.get(type) ?? type;
}

/** The types that a choice in the URL stands for; null for all of them. */
export function typesOf(choice: string): readonly AuditEventType[] | null {
  const group = EVENT_GROUPS.find(({ id }) => id === choice);
  if (group !== undefined) return Object.keys(group.types) as AuditEventType[];
  return NAMES.has(choice) ? [choice as AuditEventType] : null;
}
