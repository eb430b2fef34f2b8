import {
  type OwnNotificationsFragment,
  SetNotificationHoursDocument,
  SetNotificationPreferenceDocument,
} from "../api/generated.js";
import { act, Refusal } from "../desk/desk-client.js";
import { minuteOf, timeOf, type Wishes } from "./mail-words.js";

/** What the server has, as the form has it. */
export function wishesOf(saved: OwnNotificationsFragment): Wishes {
  const { mail, queues, timeZone, quietFrom, quietUntil, digestAt } = saved;
  const isQuiet = typeof quietFrom === "number" && typeof quietUntil === "number";
  return {
    mail,
    queues: Object.fromEntries(queues.map((one) => [one.queue, one.mail])),
    timeZone,
    quiet: isQuiet ? { from: timeOf(quietFrom), until: timeOf(quietUntil) } : undefined,
    digestAt: timeOf(digestAt),
  };
}

/** Whether they come to the same. */
export function sameWishes(one: Wishes, other: Wishes): boolean {
  const shown = ({ queues, quiet, ...rest }: Wishes): string =>
    JSON.stringify([rest.mail, rest.timeZone, rest.digestAt, quiet, Object.entries(queues).sort()]);
  return shown(one) === shown(other);
}

/**
 * Sends what is different, one after the other: each is a change of its own, on the record.
 * @param onSaved hears after each what the server has from then on, so that a refusal in between undoes nothing
 * @throws Refusal
 */
export async function saveWishes(
  wishes: Wishes,
  before: Wishes,
  onSaved: (saved: OwnNotificationsFragment) => void,
): Promise<void> {
  const hours = hoursOf(wishes);
  if (JSON.stringify(hours) !== JSON.stringify(hoursOf(before))) {
    const { setNotificationHours } = await act(SetNotificationHoursDocument, { input: hours });
    onSaved(setNotificationHours.notificationPreferences);
  }
  const choices = [
    ...(wishes.mail === before.mail ? [] : [{ mail: wishes.mail }]),
    ...[...new Set([...Object.keys(wishes.queues), ...Object.keys(before.queues)])]
      .filter((queue) => wishes.queues[queue] !== before.queues[queue])
      .map((queue) => ({ queue, mail: wishes.queues[queue] ?? null })),
  ];
  for (const input of choices) {
    const { setNotificationPreference } = await act(SetNotificationPreferenceDocument, { input });
    onSaved(setNotificationPreference.notificationPreferences);
  }
}

/** @throws Refusal where a time is missing: the browser's own field can be emptied */
function hoursOf({ timeZone, quiet, digestAt }: Wishes) {
  const minute = (time: string, what: string): number => {
    const found = minuteOf(time);
    if (Number.isNaN(found)) throw new Refusal(`Say ${what}.`, "BAD_USER_INPUT");
    return found;
  };
  return {
    timeZone,
    quietFrom: quiet === undefined ? null : minute(quiet.from, "when quiet hours begin"),
    quietUntil: quiet === undefined ? null : minute(quiet.until, "when quiet hours end"),
    digestAt: minute(digestAt, "when the daily mail is to come"),
  };
}
