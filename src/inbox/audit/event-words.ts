import { shortTime } from "../list/when.tsx";
import type { AuditEvent } from "./audit-event.js";
import { nameOfType } from "./event-types.js";

type Data = Readonly<Record<string, unknown>>;

/**
 * What happened, to be read after the actor's name. What goes with an event is documented in docs/protocol.md; anything
 * else than that is shown as the type alone, never guessed.
 */
export function eventWords({ type, revision, data }: AuditEvent): string {
  const rev = revision === null ? "" : ` revision ${revision}`;
  switch (type) {
    case "SUBMITTED":
      return `submitted${rev} to the queue ${text(data, "queue")}`;
    case "RESUBMITTED":
      return data.amendment === true
        ? `edited the proposal while approving, which made${rev}`
        : `resubmitted it as${rev}`;
    case "WITHDRAWN":
      return `withdrew it${because(data, "reason")}`;
    case "EXPIRED":
      return "let it expire: the deadline passed undecided";
    case "CLAIMED":
      return "claimed it";
    case "RELEASED":
      return "gave it back";
    case "ASSIGNED":
      return "assigned it to somebody";
    case "SNOOZED":
      return `put it aside until ${instant(data, "until")}`;
    case "UNSNOOZED":
      return "took up again what was put aside";
    case "COMMENTED":
      return `remarked: ${short(text(data, "body"))}`;
    case "REVIEWED":
      return `${outcome(data.outcome)}${rev}${because(data, "comments")}`;
    case "RETRACTED":
      return `took back the approval of event ${String(data.reviewSequence)}`;
    case "DECIDED":
      return `settled${rev}: ${status(data.status)}`;
    case "DECISION_READ":
      return `read the decision on${rev}: ${status(data.status)}`;
    case "ACCESS_DENIED":
      return `was denied ${text(data, "operation")} (${text(data, "code")})${times(data.count)}`;
    default:
      return workspaceWords(type, data);
  }
}

function workspaceWords(type: AuditEvent["type"], data: Data): string {
  switch (type) {
    case "SIGNED_IN":
      return data.issuer === undefined ? "signed in with a link" : "signed in at the identity provider";
    case "LOGGED":
      return `logged for ${short(text(data, "service"))}, ${text(data, "level")}: ${short(text(data, "message"))}`;
    case "API_KEY_CREATED":
      return `made the key “${short(text(data, "label"))}” for ${text(data, "name")}${"replaces" in data ? ", in another's place" : ""}`;
    case "API_KEY_REVOKED":
      return `revoked the key ${text(data, "keyId")}`;
    case "MEMBER_CHANGED":
      return memberWords(data);
    case "SETTINGS_CHANGED":
      return settingWords(data);
    default:
      return nameOfType(type).toLowerCase();
  }
}

function settingWords(data: Data): string {
  const queue = text(data, "queue");
  switch (data.setting) {
    case "queue":
      return `set the queue ${queue} to need at least ${String(data.minimumApprovals)} approval${data.minimumApprovals === 1 ? "" : "s"}`;
    case "queue_notice":
      return `set what the queue ${queue} does about due times`;
    case "notifications":
      return `set how they are mailed${data.byLink === true ? ", by the link in a mail" : ""}`;
    case "endpoint":
      return endpointWords(data);
    case "replay":
      return `had ${data.count === 1 ? "1 dead letter" : `${String(data.count)} dead letters`} delivered again`;
    default:
      return `changed the setting ${text(data, "setting")}`;
  }
}

function endpointWords(data: Data): string {
  if (data.channel === "CALLBACK") return "made the secret of their callbacks";
  const what = `the ${data.channel === "SLACK" ? "chat" : "webhook"} “${short(text(data, "name"))}”`;
  if (data.removed === true) return `removed ${what}`;
  return `set what ${what} is told${data.disabled === true ? ": nothing, it is off" : ""}`;
}

function memberWords(data: Data): string {
  const name = text(data, "name");
  if (data.removed === true) return `removed ${name}`;
  if ("invitation" in data) return `made a sign-in link for ${name}`;
  const roles = Array.isArray(data.roles) && data.roles.length > 0 ? data.roles.join(", ") : "no role";
  const queues = Array.isArray(data.queues) ? `, in ${data.queues.join(", ") || "no queue"}` : "";
  return `set what ${name} may do: ${roles}${queues}`;
}

function outcome(said: unknown): string {
  if (said === "APPROVED") return "approved";
  if (said === "REJECTED") return "rejected";
  return said === "NEEDS_CHANGES" ? "asked for changes to" : String(said);
}

function status(said: unknown): string {
  return String(said).toLowerCase().replaceAll("_", " ");
}

function because(data: Data, member: string): string {
  const said = data[member];
  return typeof said === "string" && said !== "" ? `: ${short(said)}` : "";
}

function times(count: unknown): string {
  return typeof count === "number" && count > 1 ? `, ${count} times` : "";
}

function text(data: Data, member: string): string {
  const said = data[member];
  return typeof said === "string" ? said : "(not said)";
}

function instant(data: Data, member: string): string {
  const said = text(data, member);
  return Number.isNaN(Date.parse(said)) ? said : shortTime(said);
}

/** The whole of it is in the event's data. */
function short(said: string): string {
  const line = said.replace(/\s+/g, " ").trim();
  return line.length <= 160 ? line : `${line.slice(0, 159)}…`;
}
