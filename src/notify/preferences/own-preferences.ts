import { isDeepStrictEqual } from "node:util";
import { badInput, DomainError } from "../../domain/domain-error.js";
import type { Actor } from "../../domain/principal.js";
import { type Manager, memberChange } from "../../identity/managed-change.js";
import { requireQueue } from "../../identity/queues.js";
import type { Ledger, WorkspaceEvent } from "../../ledger/ledger.js";
import {
  findHoursOf,
  findPreferencesOf,
  replaceHours,
  replacePreference,
} from "../../persistence/notification-queries.js";
import type { Sql } from "../../persistence/sql.js";
import { toHours, toPreference } from "./mail-members.js";
import {
  EVERY_OTHER_QUEUE,
  MAIL_PREFERENCES,
  type MailPreference,
  mailPreference,
} from "./mail-preference.js";
import { mayBeEscalatedTo } from "./mails-of.js";
import type { NotificationHours } from "./when-to-send.js";
import { DAY_MINUTES, isTimeZone } from "./zoned-clock.js";

/** What one member wants to hear, and when. */
export interface OwnPreferences {
  /** Of every queue that is not named. */
  readonly mail: MailPreference;
  /** By queue. */
  readonly queues: readonly { readonly queue: string; readonly mail: MailPreference }[];
  readonly hours: NotificationHours;
}

/** A choice of mail by whoever it is sent to. */
export interface PreferenceChoice {
  /** Null for every queue that is not named. */
  readonly queue: string | null;
  /** Null takes back what was said of the queue: it is as in general then. */
  readonly mail: MailPreference | null;
}

/** What one member has said; what nobody has said anything about is as usual. */
export async function readOwnPreferences(sql: Sql, principalId: string): Promise<OwnPreferences> {
  const said = (await findPreferencesOf(sql, principalId)).map(toPreference);
  return {
    mail: mailPreference(said, EVERY_OTHER_QUEUE),
    queues: said.filter(({ queue }) => queue !== EVERY_OTHER_QUEUE),
    hours: toHours(await findHoursOf(sql, principalId)),
  };
}

/**
 * Says how oneself is mailed about a queue, or about all others. On the record as SETTINGS_CHANGED.
 * @throws DomainError FORBIDDEN for who is never mailed, BAD_USER_INPUT
 */
export async function setNotificationPreference(
  ledger: Ledger,
  self: Manager,
  { queue, mail }: PreferenceChoice,
): Promise<OwnPreferences> {
  if (mail !== null && !MAIL_PREFERENCES.includes(mail))
    throw badInput("mail", `mail must be one of ${MAIL_PREFERENCES.join(", ")}.`);
  if (mail === null && queue === null)
    throw badInput("mail", "Say how you are mailed about the queues for which you say nothing else.");
  if (queue === EVERY_OTHER_QUEUE) throw badInput("queue", "Name a queue, or none for all others.");
  const { workspaceId, actor } = self;
  return ownChange(ledger, self, async (sql) => {
    if (queue !== null) await requireQueue(sql, workspaceId, queue);
    await replacePreference(
      sql,
      { workspaceId, principalId: actor.id, queue: queue ?? EVERY_OTHER_QUEUE },
      mail,
    );
  });
}

/**
 * Says when oneself is mailed. On the record as SETTINGS_CHANGED.
 * @throws DomainError FORBIDDEN for who is never mailed, BAD_USER_INPUT
 */
export async function setNotificationHours(
  ledger: Ledger,
  self: Manager,
  hours: NotificationHours,
): Promise<OwnPreferences> {
  const { timeZone, quiet, digestAt } = checkedHours(hours);
  return ownChange(ledger, self, (sql) =>
    replaceHours(
      sql,
      { workspaceId: self.workspaceId, principalId: self.actor.id },
      {
        time_zone: timeZone,
        quiet_from: quiet?.from ?? null,
        quiet_until: quiet?.until ?? null,
        digest_at: digestAt,
      },
    ),
  );
}

/** Changes what somebody wants to hear, by themselves; without an event where it is as it was. */
function ownChange(
  ledger: Ledger,
  self: Manager,
  write: (sql: Sql) => Promise<void>,
): Promise<OwnPreferences> {
  const { id } = self.actor;
  return memberChange(ledger, self, requireMayBeMailed, async (sql) => {
    const before = await readOwnPreferences(sql, id);
    await write(sql);
    const now = await readOwnPreferences(sql, id);
    return { result: now, events: isDeepStrictEqual(before, now) ? [] : [preferencesEvent(id, now)] };
  });
}

/** FORBIDDEN unless it is a human who reviews or manages: nobody else is ever mailed. */
export function requireMayBeMailed(actor: Actor): void {
  if (mayBeEscalatedTo(actor)) return;
  throw new DomainError("FORBIDDEN", "Only humans who review or manage are mailed.", {
    requiredRole: "REVIEWER",
  });
}

/** What the record says of somebody's wishes: all of them, so that the last word is the whole truth. */
export function preferencesEvent(
  principalId: string,
  { mail, queues, hours }: OwnPreferences,
  more: Readonly<Record<string, unknown>> = {},
): WorkspaceEvent {
  const { timeZone, quiet, digestAt } = hours;
  const named = Object.fromEntries(queues.map((one) => [one.queue, one.mail]));
  return {
    type: "SETTINGS_CHANGED",
    data: { setting: "notifications", principalId, mail, queues: named, timeZone, quiet, digestAt, ...more },
  };
}

/** @throws DomainError BAD_USER_INPUT */
function checkedHours({ timeZone, quiet, digestAt }: NotificationHours): NotificationHours {
  if (!isTimeZone(timeZone))
    throw badInput("timeZone", 'timeZone must be the name of a time zone, such as "Europe/Berlin" or "UTC".');
  requireMinute("digestAt", digestAt);
  if (quiet === null) return { timeZone, quiet, digestAt };
  requireMinute("quietFrom", quiet.from);
  requireMinute("quietUntil", quiet.until);
  if (quiet.from === quiet.until)
    throw badInput("quietUntil", "Quiet hours must end at another time than they begin.");
  return { timeZone, quiet, digestAt };
}

function requireMinute(field: string, minute: number): void {
  if (Number.isInteger(minute) && minute >= 0 && minute < DAY_MINUTES) return;
  throw badInput(field, `${field} must be a minute of the day, from 0 to ${DAY_MINUTES - 1}.`);
}
